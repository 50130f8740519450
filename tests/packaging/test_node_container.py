"""What is in deploy/node, tried as far as a machine without containers can: what the image runs, a real installer."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.installer.conftest import Tree, bundle, tree  # noqa: F401 - fixtures
from tests.installer.statements import SIGNER, statement

from seattle.installer.building import assemble, bundle_fact, loader_digest
from seattle.installer.statement import sign

DEPLOY = Path(__file__).parents[2] / "deploy" / "node"
BOUND = 120.0  # seconds; far more than anything takes

pytestmark = pytest.mark.slow


class Container:
    """What it is from inside: a volume, an installer, and the script."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "volume" / "node"
        self.home.parent.mkdir()
        self.running: subprocess.Popen[bytes] | None = None

    def environment(self, **more: str) -> dict[str, str]:
        places = {"HOME": str(self.home.parent), "SEATTLE_NODE_HOME": str(self.home)}
        installer = {"SEATTLE_NODE_INSTALLER": str(self.folder / "node.pyz"), "SEATTLE_PYTHON": sys.executable}
        return {"PATH": os.environ["PATH"], **places, **installer, **more}

    def start(self, *words: str) -> dict[str, object]:
        """Its status, once it says one."""
        command = ["sh", str(DEPLOY / "start.sh"), *words]
        with (self.folder / "said").open("ab") as said:
            self.running = subprocess.Popen(
                command, env=self.environment(), stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
        deadline = time.monotonic() + BOUND
        while True:
            if (self.home / "seattle-node").exists():
                done = subprocess.run(
                    [self.home / "seattle-node", "status", "--json"],
                    check=False,
                    env=self.environment(),
                    capture_output=True,
                    text=True,
                )
                told: dict[str, object] = json.loads(done.stdout) if done.returncode == 0 else {}
                if "supervisor" in told:  # it answers itself, and so hears signals, too
                    return told
            assert self.running.poll() is None, (self.folder / "said").read_text()
            assert time.monotonic() < deadline, (self.folder / "said").read_text()
            time.sleep(0.1)

    def stop(self) -> int:
        """As `podman stop` does; the exit code."""
        assert self.running is not None
        self.running.send_signal(signal.SIGTERM)
        code, self.running = self.running.wait(BOUND), None
        return code


@pytest.fixture
def container(bundle: Path, tmp_path: Path) -> Iterator[Container]:  # noqa: F811 - the fixture
    said = statement(bundle=bundle_fact(bundle), loader=loader_digest())
    made = Container(tmp_path)
    assemble(*sign(said, SIGNER), bundle, tmp_path / "node.pyz")
    yield made
    if made.running is not None:
        made.stop()


def key_of(container: Container) -> bytes:
    return (container.home / "node" / "node.key").read_bytes()


def test_given_an_empty_volume_when_the_container_starts_then_it_installs_and_next_time_it_is_the_same_node(
    container: Container,
) -> None:
    assert container.start("--percent", "5")["version"] == "1.0"
    key = key_of(container)
    assert container.stop() == 0
    (container.folder / "node.pyz").unlink()  # it is not needed any more
    assert container.start()["version"] == "1.0"
    assert key_of(container) == key


def test_given_another_signer_than_is_expected_when_the_container_starts_then_nothing_is_installed(
    container: Container,
) -> None:
    done = subprocess.run(
        ["sh", str(DEPLOY / "start.sh")],
        check=False,
        env=container.environment(SEATTLE_NODE_SIGNED_BY="U" + "A" * 55),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BOUND,
    )
    assert done.returncode != 0
    assert "signed by" in done.stderr
    assert not container.home.exists()


def test_given_the_recipe_when_it_is_read_then_all_that_it_copies_and_starts_is_there() -> None:
    recipe = (DEPLOY / "Containerfile").read_text()
    (copied,) = re.findall(r"^COPY (.*) (\S+)/$", recipe, re.MULTILINE)
    names, place = copied[0].split(), copied[1]
    assert {name for name in names if (DEPLOY / name).exists()} == {"start.sh"}
    script = (DEPLOY / "start.sh").read_text()
    assert f"{place}/node.pyz" in script
    assert f'ENTRYPOINT ["sh", "{place}/start.sh"]' in recipe
    assert shutil.which("sh")
