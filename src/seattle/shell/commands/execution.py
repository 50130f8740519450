"""Programs: starting and stopping them, and waiting for their end."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from seattle.client import Failure, Place, Results, RunPlace, Success, went_well
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.client.errors import NotRunning, TimedOut
from seattle.client.outcomes import in_words
from seattle.client.program_files import program_files
from seattle.fabric.node_api import RunOutcome
from seattle.shell.asking import ask_vessels
from seattle.shell.call import Call
from seattle.shell.command_table import Command, Shelf
from seattle.shell.encasement import task
from seattle.shell.errors import StillRuns, Unfit
from seattle.shell.folding import listed
from seattle.shell.local_files import read
from seattle.shell.reasons import on_one_line
from seattle.shell.report import ask, make_groups, tell, tell_failures, tell_if_empty
from seattle.shell.survey import survey
from seattle.shell.targets import Known
from seattle.shell.waiting import Moved

LONGEST_END: Final = 200  # characters of what is said of an end


async def run(call: Call) -> None:
    """Put a program into each vessel, and start it."""
    wanted = await task(call.path("FILE"), call.many("ARGUMENT"))
    path, arguments = wanted.program, wanted.arguments
    await read(path)  # what is wrong with it is told at once
    needed = await asyncio.to_thread(program_files, path, arguments)
    contents = {file.name: await read(file) for file in reversed(needed)}  # the program last, which is then whole
    if both := contents.keys() & {layer.name for layer in wanted.layers}:
        raise Unfit(f"two files would be {min(both)!r} in the vessels", hint="give one of them another name")

    moved = Moved()

    async def upload_and_start(group: AsyncVesselGroup) -> Results[RunPlace]:
        for name, content in contents.items():
            uploaded = await group.put(content, name, progress=moved.note)
            if uploaded.failed:
                return Results(uploaded.failed)
        return (await group.start(path.name, *arguments, layers=wanted.layers)).started

    tell(call.session, "run", await ask(call, upload_and_start, doing=f"running {path.name}", moved=moved))


async def start(call: Call) -> None:
    """Start a program that is in the vessels."""
    name, arguments = call.remote("REMOTE"), call.many("ARGUMENT")

    async def begin(group: AsyncVesselGroup) -> Results[RunPlace]:
        return (await group.start(name, *arguments)).started

    tell(call.session, "start", await ask(call, begin, doing=f"starting {name}"))


async def stop(call: Call) -> None:
    """Stop what runs."""
    tell(call.session, "stop", await ask(call, lambda group: group.stop(), doing="stopping"))


async def reset(call: Call) -> None:
    """Stop what runs, and delete files and log."""
    tell(call.session, "reset", await ask(call, lambda group: group.reset(), doing="resetting"))


async def wait(call: Call) -> None:
    """Wait until the programs have ended, and tell how they did."""
    seconds = _seconds(call.text("SECONDS")) if call.text("SECONDS") else None
    begun, failed = await latest_runs(call)

    async def end_of(group: AsyncVesselGroup) -> Results[RunOutcome]:
        latest = await group.attach()
        ends = await latest.wait(seconds)
        if seconds is None or latest.started.failed:
            return ends
        return Results([_still(one) if isinstance(one, Failure) else one for one in ends])

    results = await ask_vessels(call.session, begun, end_of, doing="waiting for programs", at_once=max(len(begun), 1))
    tell_ends(call, [*results, *failed], say=call.session.show)


def _still(end: Failure) -> Failure:
    """The same; of a program that had not ended in time, that it still runs: its node was not late."""
    return Failure.of(end.vessel, StillRuns()) if isinstance(end.error, TimedOut) else end


async def latest_runs(call: Call) -> tuple[list[Known], list[Failure]]:
    """The vessels of the target that have run something, as they are now; and the others, with why there is no run."""
    target = call.target
    tell_if_empty(call.session, target)
    looked = await survey(call.session, target)
    begun = {one.vessel for one in looked.ok if one.value.run}
    none = [
        Failure.of(one.vessel, NotRunning("no program has run there yet")) for one in looked.ok if not one.value.run
    ]
    return [one for one in target if one.vessel.place in begun], [*looked.failed, *none]


def tell_ends(call: Call, ends: Sequence[Success[RunOutcome] | Failure], *, say: Callable[[str], None]) -> None:
    """Say how programs ended, and where; groups `waitgood` and `waitfail` if they did so differently."""
    session = call.session
    by_words: dict[str, list[Place]] = {}
    for one in ends:
        if isinstance(one, Success):
            by_words.setdefault(on_one_line(in_words(one.value), most=LONGEST_END), []).append(one.vessel)
    for words, places in by_words.items():
        say(f"{words}: {listed([session.targets.label(place) for place in places])}")
    tell_failures(session, [one for one in ends if isinstance(one, Failure)])
    good = [one.vessel for one in ends if isinstance(one, Success) and went_well(one.value)]
    bad = [one.vessel for one in ends if one.vessel not in good]
    session.tally(worked=len(good), failed=len(bad))
    if good and bad:
        make_groups(session, {"waitgood": good, "waitfail": bad})


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError as why:
        raise Unfit(f"{text!r} is no number of seconds") from why
    if not 0 < seconds < float("inf"):
        raise Unfit(f"{text} s can't be waited for", hint="give a number above 0, or none to wait for the end")
    return seconds


_RUN_DETAILS: Final = (
    "Files beside it that it imports are put there, too. It runs when this command has ended: `follow`, `show log` and "
    "`wait` tell what it does. A program that runs there already is not disturbed; that counts as a failure.\n\n"
    "Where FILE is encasementlib, the first of the arguments are security layers, the outermost first, and then comes "
    "the program that runs beneath them."
)

COMMANDS: Final = (
    Command(
        "run|runv1|runv2 FILE [ARGUMENT...]",
        run,
        "Put a program into the vessels, and start it.",
        details=_RUN_DETAILS,
        examples=(
            ("on browsegood run ping.repy 192.0.2.1", "with an argument"),
            ("run encasementlib.repy monitor.repy attack.repy", "beneath a security layer"),
        ),
    ),
    Command(
        "start|startv1|startv2 REMOTE [ARGUMENT...]",
        start,
        "Start a program that is in the vessels already.",
        examples=(("on browsegood start ping.repy 192.0.2.1", "it has been uploaded"),),
        shelf=Shelf.EXTENDED,
    ),
    Command("stop", stop, "Stop the programs that run.", examples=(("on %1 stop", "in the first vessel"),)),
    Command(
        "reset",
        reset,
        "Stop the programs, and delete all files and logs.",
        examples=(("on browsegood reset", "as good as new"),),
    ),
    Command(
        "wait [SECONDS]",
        wait,
        "Wait until the programs have ended, and tell how.",
        details="At most SECONDS, if they are given. Where the end was as it should be is 'waitgood', else 'waitfail'.",
        examples=(("on browsegood wait 60", "a minute at most"),),
    ),
)
