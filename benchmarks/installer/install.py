"""What a donor downloads, waits for, and pays later: the installer's size, its time, an update's, and a look for one.

The installer is of this tree, with the wheels that this Python needs on this machine; one for all Pythons and machines
is as much larger as their wheels are more. It unpacks, measures the computer, writes the node's settings and key, and
puts all in place; no service is registered. The update is the whole step: a release is fetched from this machine,
checked, unpacked, tried out with a program behind both walls, and named as the next.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from benchmarks.installer.releases import Repository, served, wheels
from benchmarks.rows import Row, at_most
from benchmarks.timing import by_turns, median
from seattle.identity.keys import KeyPair
from seattle.installer.build_ids import new_build_id
from seattle.installer.building import assemble, bundle_fact, loader_digest
from seattle.installer.standalone.codes import UpdateCode
from seattle.installer.statement import FORMAT, NodePart, Statement, Updates, sign
from seattle.updater.roles import Channel

ROUNDS = 3
CHECKS = 5


def measure() -> Iterator[Row]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first, second = wheels(folder, "1.0"), wheels(folder, "1.1")
        repository = Repository(folder / "releases")
        repository.publish(first, folder / "1.0.bundle")
        with served(repository.folder) as mirror:
            installer = folder / "node.pyz"
            _build(installer, folder / "1.0.bundle", mirror.url, repository.root)
            yield Row(name="installer's size", ours=installer.stat().st_size / 1e6, unit="MB", target=at_most(20))
            ours, pip = by_turns(lambda: _install(installer, folder), lambda: _pip(first, folder), rounds=ROUNDS)
            yield Row(
                name="installed, offline",
                ours=median(ours),
                unit="s",
                peer=median(pip),
                peer_name="venv and pip, from local wheels",
                target=at_most(30),
                note="ours also checks the signature, measures the computer, makes the node",
            )
            yield from _checks(folder / "home", lambda: mirror.bytes)
            repository.publish(second, folder / "1.1.bundle")
            began = time.perf_counter()
            _step(folder / "home", UpdateCode.PREPARED)
            yield Row(
                name="update: fetched, unpacked, tried out",
                ours=time.perf_counter() - began,
                unit="s",
                target=at_most(60),
                note=f"{bundle_fact(folder / '1.1.bundle').size / 1e6:.1f} MB fetched; the node runs on meanwhile",
            )


def _build(out: Path, bundle: Path, url: str, root: bytes) -> None:
    statement = Statement(
        format=FORMAT,
        id=new_build_id(),
        bundle=bundle_fact(bundle),
        loader=loader_digest(),
        vesselinfo=f"Percent 100\nOwner {KeyPair.generate().public.id}\n",
        node=NodePart(["nats://127.0.0.1:4222"]),
        updates=Updates(url, Channel.STABLE, msgspec.json.decode(root, type=dict)),
    )
    assemble(*sign(statement, KeyPair.generate()), bundle, out)


def _install(installer: Path, folder: Path) -> float:
    """Seconds until it is there."""
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    return _timed("sh", str(installer), "--yes", "--folder", str(home), "--service", "none", "--no-start")


def _pip(wheels: Path, folder: Path) -> float:
    """Seconds until the same wheels are in an environment, by the usual tools."""
    place = folder / "venv"
    shutil.rmtree(place, ignore_errors=True)
    made = _timed(sys.executable, "-m", "venv", str(place))
    names = [str(file) for file in sorted(wheels.glob("*.whl"))]
    return made + _timed(str(place / "bin" / "python"), "-m", "pip", "install", "--no-index", "--quiet", *names)


def _checks(home: Path, bytes_sent: Callable[[], int]) -> Iterator[Row]:
    _step(home, UpdateCode.NOTHING_NEW)  # the first one gets what was not known yet
    before, times = bytes_sent(), []
    for _ in range(CHECKS):
        began = time.perf_counter()
        _step(home, UpdateCode.NOTHING_NEW)
        times.append(time.perf_counter() - began)
    fetched = (bytes_sent() - before) / CHECKS
    yield Row(name="a look that finds nothing new", ours=fetched, unit="bytes", target=at_most(4096))
    yield Row(name="the same, its process included", ours=median(times), unit="s")


def _step(home: Path, expected: UpdateCode) -> None:
    python = str(home / "current" / "bin" / "python3")
    command = [python, "-P", "-m", "seattle.installer.update", "--home", str(home)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != expected:
        raise RuntimeError(f"the step ended with {done.returncode}, not {expected!r}: {done.stderr}")


def _timed(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, env=_environment())
    return time.perf_counter() - began


def _environment() -> dict[str, str]:
    """The installer takes the Python that is measured with."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
