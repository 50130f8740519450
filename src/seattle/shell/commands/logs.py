"""Logs: what programs have written, and what they write now."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Final

from seattle.client import Failure, Line, Place, Results, Success
from seattle.client.aio.run import AsyncRun
from seattle.shell.asking import connected, converted, go_on
from seattle.shell.call import Call
from seattle.shell.command_table import Command
from seattle.shell.commands.execution import latest_runs, tell_ends
from seattle.shell.folding import folded
from seattle.shell.local_files import beside, named, write
from seattle.shell.reasons import MOST_SAID, on_one_line
from seattle.shell.report import ask, tell
from seattle.shell.targets import Known

_COLOURS: Final = ("cyan", "green", "yellow", "magenta", "blue", "red")


async def show_log(call: Call) -> None:
    """Show the log of each vessel."""
    results = await _logs(call)
    texts = converted(results, lambda log: log.decode(errors="replace").removesuffix("\n"))
    for vessels, text in folded(texts.ok, fold=call.session.settings.folding):
        call.session.show_beneath(f"Log from {vessels}:", text)
    tell(call.session, "log", results)


async def write_log(call: Call) -> None:
    """Write the log of each vessel to a file of its own."""
    results = await _logs(call)
    files = beside(named(call.path("PREFIX"), "log"), [one.vessel.place for one in call.target])
    for one in results.ok:
        await write(files[one.vessel], one.value)
        call.session.show(f"Wrote log of '{one.vessel}' to {files[one.vessel]}")
    tell(call.session, "log", results)


async def _logs(call: Call) -> Results[bytes]:
    return await ask(call, lambda group: group.logs(), doing="reading logs")


async def follow(call: Call) -> None:
    """Show what programs write, as they do, until they have ended for good or this is interrupted."""
    begun, failed = await latest_runs(call)
    go_on()
    runs, lost = await _attached(call, begun)
    failed += lost
    show = _printer(call, [one.vessel.place for one in begun])
    try:
        async with asyncio.TaskGroup() as group:
            for one in runs:
                group.create_task(_print_lines(call, one, show), name="follow programs")
    finally:
        ends = [
            end if isinstance(end, Failure) else Success(place, end)
            for one in runs
            for place, end in one.outcomes.items()
        ]
        tell_ends(call, [*ends, *failed], say=call.session.note)
        followed = len(begun) - len(lost)
        if running := followed - len(ends):
            call.session.note(f"{running} of {followed} programs run on: `stop` ends them")


async def _attached(call: Call, begun: Sequence[Known]) -> tuple[list[AsyncRun], list[Failure]]:
    """The latest runs, a run for each identity; and the vessels of those in whose name nothing can be asked now."""
    testbeds = await connected(call.session, [one.identity for one in begun])
    runs: list[AsyncRun] = []
    lost: list[Failure] = []
    for name, testbed in testbeds.items():
        theirs = [one.vessel for one in begun if one.identity == name]
        if isinstance(testbed, Exception):
            lost += [Failure.of(one.place, testbed) for one in theirs]
        else:
            runs.append(await testbed.group(theirs).attach())
    return runs, lost


async def _print_lines(call: Call, run: AsyncRun, show: Callable[[Line], None]) -> None:
    def tell_donors_words(place: Place, words: str) -> None:
        call.session.note(f"{call.session.targets.label(place)}: {on_one_line(words, most=MOST_SAID)}", style="yellow")

    async with run.follow(on_note=tell_donors_words, through_restarts=True) as lines:
        async for line in lines:
            show(line)


def _printer(call: Call, places: list[Place]) -> Callable[[Line], None]:
    """Shows lines: `%1 | text`, each vessel in a colour of its own."""
    numbers = {one.vessel.place: f"%{one.number}" for one in call.target}
    width = max((len(numbers[place]) for place in places), default=0)
    styles = dict(zip(places, cycle(_COLOURS), strict=False))

    def show(line: Line) -> None:
        label, style = f"{numbers[line.vessel]:<{width}}", styles[line.vessel]
        if line.missed:
            call.session.show_from(label, f"... {line.missed} bytes are missing here ...", style=style)
        call.session.show_from(label, line.text, style=style)

    return show


_FOLDED: Final = "What is the same on several vessels is shown once, unless `set folding off` has been said."

COMMANDS: Final = (
    Command(
        "show log|logs",
        show_log,
        "Show what programs have written.",
        details=f"It outlives them, and those that run later write behind it; `reset` empties it. {_FOLDED}",
        examples=(("on browsegood show log", "of each vessel"),),
    ),
    Command(
        "show log|logs to PREFIX:FILE",
        write_log,
        "Write what programs have written to files.",
        details="The log of each vessel goes to PREFIX.NODE_VESSEL; if PREFIX is a folder, to log.NODE_VESSEL in it.",
        examples=(("on browsegood show log to ping", "for instance ping.UBXS3TA7K_v1"),),
    ),
    Command(
        "show log|logs follow",
        follow,
        "Show what programs write, as they do.",
        details="As `follow`.",
        examples=(("on browsegood show log follow", "until all have ended, or Ctrl-C"),),
    ),
    Command(
        "follow",
        follow,
        "Show what programs write, as they do.",
        details="Each line says which vessel it is from. It goes on until all programs have ended; Ctrl-C ends it "
        "before that, and stops none of them.",
        examples=(("on browsegood follow", "until all have ended, or Ctrl-C"),),
    ),
)
