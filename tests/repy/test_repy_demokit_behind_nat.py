"""The last steps of the take-home walk where they were meant: at home, behind a translator of addresses (NAT)."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.fabric.private_networks import INSIDE, OUTSIDE, Internet, internet, why_not

DEMOKIT = Path(__file__).parents[2] / "examples" / "demokit"
PUBLIC = "203.0.113.21"  # the translator's address
OUT_PORT, IN_PORT = 63150, 63151
BOUND = 30.0  # seconds; far more than anything takes
REPY = [sys.executable, "-c", "import sys; from seattle.repy.cli import main; sys.exit(main())"]


@dataclass(frozen=True)
class Places:
    """A computer in the Internet (`net`), and one at home."""

    net: Internet
    runtime: Path  # with a folder for each, since a nursery belongs to the network that it was started in

    @contextmanager
    def repy(self, place: str, *words: str) -> Iterator["subprocess.Popen[str]"]:
        """A program that runs in a place. It is stopped in the end, and the place's nursery ends, too."""
        own = self.runtime / place
        own.mkdir(mode=0o700, exist_ok=True)
        command = [*self.net.inside(place), *REPY, "--restrictions", "restrictions.allowallports", *words]
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(own)}
        with subprocess.Popen(command, cwd=DEMOKIT, env=environment, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield process
            finally:
                process.terminate()
                process.wait(BOUND)
                for pid in self.net.processes(place):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGTERM)


@pytest.fixture
def places() -> Iterator[Places]:
    if reason := why_not():
        pytest.skip(reason)
    with tempfile.TemporaryDirectory() as runtime, internet() as net:  # the name of a socket has to be short
        net.attach("home", PUBLIC)
        yield Places(net, Path(runtime))


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_given_a_home_behind_a_nat_when_it_pings_then_the_server_sees_another_address_and_its_answer_comes(
    places: Places,
) -> None:
    with places.repy("net", "--ip", OUTSIDE, "udppingserver.repy", str(OUT_PORT)) as server:
        assert "listening" in line(server)
        with places.repy("home", "udpping.repy", OUTSIDE, str(OUT_PORT)) as home:
            assert line(home) == f"sent 'ping' from {INSIDE} to {OUTSIDE}:{OUT_PORT}\n"
            assert line(home).startswith(f"received 'got ping' from {OUTSIDE}:{OUT_PORT}")
        assert line(server).startswith(f"received 'ping' from {PUBLIC}:")


def test_given_a_server_at_a_home_behind_a_nat_when_it_is_pinged_then_nothing_reaches_it(places: Places) -> None:
    with places.repy("home", "udppingserver.repy", str(IN_PORT)) as home:
        assert line(home) == f"listening at {INSIDE} port {IN_PORT}\n"
        with places.repy("net", "--ip", OUTSIDE, "udpping.repy", PUBLIC, str(IN_PORT)) as out:
            said, _ = out.communicate(timeout=BOUND)
        assert said == f"sent 'ping' from {OUTSIDE} to {PUBLIC}:{IN_PORT}\n"
        home.terminate()
        assert home.communicate(timeout=BOUND)[0] == ""
