"""From a shell that is connected: how long until a program's first line is there, on one vessel and on a hundred."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.node.testbed import testbed
from benchmarks.rows import Row, at_most
from benchmarks.timing import median
from benchmarks.tools.hello100 import NODES, PLACES, VESSELS
from benchmarks.tools.terminal import Terminal
from seattle.client import VesselGroup, connect

ROUNDS = 5
# Its text is not what it prints: the line that is typed must not be taken for output.
PROGRAM = 'print("hel" + "lo")\n'
HELLO = "hello"


def measure() -> Iterator[Row]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory(prefix="seattle-bench-warm-") as folder:
        (Path(folder) / "program.py").write_text(PROGRAM)
        yield from asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> list[Row]:
    async with testbed(nodes=NODES, vessels=VESSELS) as bed:
        return await asyncio.to_thread(_rows, folder, bed.local.profile.folder)


def _rows(folder: Path, profile: Path) -> list[Row]:
    program = folder / "program.py"
    with connect(profile) as there:
        everywhere = there.browse()
        one = everywhere.of(everywhere[:1])
        by_sdk = [median([_first_line(group, program) for _ in range(ROUNDS)]) for group in (one, everywhere)]
    in_seash = _in_seash(folder, profile)
    name = "put, start, first line"
    return [
        Row(name=f"{name}, one vessel, in seash", ours=in_seash[0] * 1e3, unit="ms", target=at_most(200)),
        Row(name=f"{name}, {PLACES} vessels, in seash", ours=in_seash[1] * 1e3, unit="ms"),
        Row(name=f"{name}, one vessel, by the SDK", ours=by_sdk[0] * 1e3, unit="ms", target=at_most(200)),
        Row(name=f"{name}, {PLACES} vessels, by the SDK", ours=by_sdk[1] * 1e3, unit="ms"),
    ]


def _first_line(group: VesselGroup, program: Path) -> float:
    began = time.perf_counter()
    run = group.launch(program)
    lines = run.follow()
    next(lines)
    took = time.perf_counter() - began
    for _ in lines:
        pass
    return took


def _in_seash(folder: Path, profile: Path) -> list[float]:
    """On one vessel and on all, from the key that sends the line."""
    env = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "SEATTLE_PROFILE": str(profile), "LC_ALL": "C.UTF-8"}
    with Terminal([Path(sys.executable).parent / "seash"], env) as terminal:
        terminal.wait_for("!>")
        terminal.press(f"as {profile.name} browse\r")
        terminal.wait_for("browsegood")
        targets = ("%1", "browsegood")
        return [median([_typed(terminal, target, folder) for _ in range(ROUNDS)]) for target in targets]


def _typed(terminal: Terminal, target: str, folder: Path) -> float:
    began = time.perf_counter()
    terminal.press(f"on {target} run {folder}/program.py\ron {target} follow\r")
    first = terminal.wait_for(HELLO)
    terminal.wait_for("!>")
    return first - began
