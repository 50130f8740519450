"""`seattle demo`: the whole path once, on this machine - a real program on many vessels, and its result.

A testbed is started, whose user registers, donates the nodes and gets their vessels. `examples/allpairsping.py` runs
on every vessel behind both walls, its lines are shown as they come, each vessel is asked for its row of latencies over
HTTP, the table of all rows is drawn, and the vessels are released.
"""

import asyncio
import json
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from seattle.cli.console import counted
from seattle.client.aio.run import AsyncRun
from seattle.client.aio.testbed import AsyncTestbed, connect
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.client.vessel import Vessel
from seattle.devkit.examples import find_example
from seattle.testbed import LocalTestbed, Size, TestbedError

PROGRAM: Final = "allpairsping.py"
BROWSE_PATIENCE: Final = 20.0  # seconds until all vessels have to be in the directory
RUN_PATIENCE: Final = 60.0  # seconds until all rows have to be complete
FETCH_PATIENCE: Final = 5.0  # seconds for one row
MAX_ROW: Final = 64 * 1024  # bytes; a vessel may send what it likes

FAST: Final = 5.0  # milliseconds; below it a latency is shown as good, above ten times as much as bad

Row = list[float | None]


async def demo(size: Size, folder: Path | None, console: Console, *, clearinghouse: bool = True) -> int:
    """Run the demonstration; progress goes to `console`, the table to standard output. The exit code."""
    with tempfile.TemporaryDirectory(prefix="seattle-demo-") as own:
        began = time.monotonic()
        console.print(
            f"Starting a testbed of {counted(size.nodes, 'node')} with {counted(size.vessels, 'vessel')} each ..."
        )
        async with LocalTestbed(folder or Path(own) / "testbed", size, clearinghouse=clearinghouse) as testbed:
            console.print(f"  it runs after {time.monotonic() - began:.1f} s: {_parts(testbed)}", markup=False)
            async with connect(testbed.profile) as client:
                if testbed.site is None:
                    vessels = await _browse(client, size)
                    code = _judge(await _ping(vessels, console), vessels, console)
                else:
                    code = await _get_and_release(client, size, console)
        console.print(f"The testbed is gone again; {time.monotonic() - began:.1f} s in all.")
    return code


def _parts(testbed: LocalTestbed) -> str:
    """What was started."""
    if testbed.site is None or testbed.visitor is None:
        return "broker, directory and nodes"
    return f"broker, directory, site and worker; {testbed.visitor.username} registered, and donated the nodes"


async def _get_and_release(client: AsyncTestbed, size: Size, console: Console) -> int:
    """Get all vessels from the clearinghouse, run the program on them, and give them back."""
    began, wanted = time.monotonic(), size.nodes * size.vessels
    vessels = await client.acquire(wanted)
    if len(vessels) < wanted:
        raise TestbedError(f"only {len(vessels)} of {wanted} vessels that we got can be reached")
    console.print(f"  acquired {counted(len(vessels), 'vessel')} in {time.monotonic() - began:.1f} s")
    code = _judge(await _ping(vessels, console), vessels, console)
    released = await vessels.release()
    console.print(f"Released {counted(len(released), 'vessel')}.")
    return code


async def _browse(client: AsyncTestbed, size: Size) -> AsyncVesselGroup:
    """All vessels, as soon as the directory knows them."""
    wanted = size.nodes * size.vessels
    deadline = time.monotonic() + BROWSE_PATIENCE
    while len(vessels := await client.browse()) < wanted:
        if time.monotonic() > deadline:
            raise TestbedError(f"only {len(vessels)} of {wanted} vessels came into the directory")
        await asyncio.sleep(0.1)
    return vessels


async def _ping(vessels: AsyncVesselGroup, console: Console) -> list[Row]:
    """Run the program on all vessels; the rows of latencies, in the vessels' order."""
    places = [_place(vessel) for vessel in vessels]
    index = {vessel.place: number for number, vessel in enumerate(vessels)}
    console.print(f"Running {PROGRAM} on {counted(len(vessels), 'vessel')} ...")
    run = await vessels.run(find_example(PROGRAM), lambda vessel: [str(index[vessel.place]), *places])
    for failure in run.started.failed:
        console.print(f"  {failure.vessel} did not start: {failure.error}", style="red", markup=False)
    try:
        await _follow(run, len(vessels), console)
        return await asyncio.gather(*(_fetch_row(place, number, len(places)) for number, place in enumerate(places)))
    finally:
        stopped = await run.stop()
        for failure in stopped.failed:
            console.print(f"  {failure.vessel} was not stopped: {failure.error}", style="red", markup=False)


async def _follow(run: AsyncRun, wanted: int, console: Console) -> None:
    """Show the program's lines until all rows are complete, or nothing more can come, or time is over."""
    complete = 0
    try:
        async with asyncio.timeout(RUN_PATIENCE), run.follow() as lines:
            async for line in lines:
                console.print(Text.assemble((f"  {line.vessel} ", "cyan"), line.text))
                complete += line.text.startswith("row ") and " is complete" in line.text
                if complete == wanted:
                    return
    except TimeoutError:
        console.print(f"  only {complete} of {wanted} rows were complete after {RUN_PATIENCE:.0f} s", style="red")


async def _fetch_row(place: str, index: int, count: int) -> Row:
    """The row that a vessel serves; all None if it does not, or serves something else."""
    try:
        text = await asyncio.to_thread(_get, f"http://{place}/")
        answer = json.loads(text)
        values = answer["milliseconds"]
        if answer["index"] == index and len(values) == count:
            return [float(value) if isinstance(value, (int, float)) else None for value in values]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # shown as missing
    return [None] * count


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=FETCH_PATIENCE) as answer:  # noqa: S310 - an http URL of our own making
        body: bytes = answer.read(MAX_ROW)
    return body


def _place(vessel: Vessel) -> str:
    """`IP:PORT` of a vessel, with a port that it may use for UDP and TCP both."""
    ports = sorted(set(vessel.udp_ports) & set(vessel.tcp_ports))
    if not ports or not vessel.addresses:
        raise TestbedError(f"vessel {vessel} has no port or no address to be reached at")
    return f"{vessel.addresses[0]}:{ports[0]}"


def _judge(rows: list[Row], vessels: Sequence[Vessel], console: Console) -> int:
    """Draw the table; 0 if every pair answered."""
    Console().print(_table(rows, vessels))
    silent = [
        f"{vessels[of]} -> {vessels[to]}"
        for of, row in enumerate(rows)
        for to, value in enumerate(row)
        if of != to and value is None
    ]
    if silent:
        console.print(f"error: {len(silent)} pairs did not answer: {', '.join(silent[:10])}", style="red", markup=False)
        return 1
    console.print(f"All {len(rows) * (len(rows) - 1)} pairs answered.", style="green")
    return 0


def _table(rows: list[Row], vessels: Sequence[Vessel]) -> Table:
    table = Table(title="Latencies between all vessels, in milliseconds", caption="row: from; column: to")
    table.add_column("vessel", style="cyan", no_wrap=True)
    for number, _ in enumerate(vessels):
        table.add_column(str(number), justify="right")
    for number, (row, vessel) in enumerate(zip(rows, vessels, strict=True)):
        table.add_row(f"{number}  {vessel}", *(_cell(value, same=number == to) for to, value in enumerate(row)))
    return table


def _cell(value: float | None, *, same: bool) -> Text:
    if same:
        return Text("·", style="dim")
    if value is None:
        return Text("none", style="bold red")
    style = "green" if value < FAST else "yellow" if value < 10 * FAST else "red"
    return Text(f"{value:.1f}", style=style)
