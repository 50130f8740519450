"""What is told of a run: events for programs, errors and an exit code for the shell."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from seattle.cli.console import ExitCode, print_json, say, tell_failures
from seattle.cli.following import Deadline
from seattle.cli.sending import Started
from seattle.cli.vessel_options import exit_code, place_facts, result_facts
from seattle.client import Failure, Place, Success, Verdict, went_well
from seattle.client.aio.starts import Start
from seattle.client.errors import TimedOut
from seattle.client.outcomes import in_words
from seattle.fabric.node_api import RunOutcome

Ends = Mapping[Place, RunOutcome | Failure]


def print_start(start: Start) -> None:
    """The event of a vessel: the number of the run, or why there is none."""
    with suppress(BrokenPipeError):  # whoever shows lines will meet it, and stop what was started
        print_json({"event": "started", **result_facts(start, lambda run: {"run": run.run})})


def finish_detached(started: Started) -> ExitCode:
    """Say where it did not start."""
    results = (*started.run.settled(), *started.untaken)
    failed = [(one.vessel, one.message) for one in results if isinstance(one, Failure)]
    tell_failures("vessels did not start it", failed, of=len(results))
    return exit_code(Verdict.of(not isinstance(one, Failure) for one in results))


def ends_of(started: Started, deadline: Deadline) -> Ends:
    """How it ended on each vessel; where it had to be stopped, and where it never ran, that is a failure."""
    ends: dict[Place, RunOutcome | Failure] = {}
    for place in started.run.places:
        end = started.run.outcomes.get(place) or Failure.of(place, TimedOut("it still runs"))
        if place in deadline.late:
            end = Failure.of(place, TimedOut(f"it took longer than {deadline.seconds:g} s"))
        ends[place] = end
    return ends | {one.vessel: one for one in started.untaken}


def print_ends(ends: Ends) -> None:
    """An event for each vessel."""
    for place, end in ends.items():
        print_json({"event": "ended", **place_facts(place), "ok": went_well(end), **_end_facts(end)})


def tell_collected(collected: Sequence[Success[Path] | Failure], into: Path, *, as_json: bool) -> None:
    """Which files were fetched."""
    if as_json:
        for one in collected:
            print_json({"event": "collected", **result_facts(one, lambda path: {"path": str(path)})})
    failed = [(one.vessel, one.message) for one in collected if isinstance(one, Failure)]
    tell_failures("files were not collected", failed, of=len(collected))
    if len(collected) > len(failed):
        say(f"note: {len(collected) - len(failed)} files were collected into {into}")


def finish(ends: Ends, collected: Sequence[Success[Path] | Failure]) -> ExitCode:
    """Say where it did not end well, and how that went on the whole."""
    bad = [(place, in_words(end)) for place, end in ends.items() if not went_well(end)]
    tell_failures("vessels did not come to a good end", bad, of=len(ends))
    incomplete = {one.vessel for one in collected if isinstance(one, Failure)}
    return exit_code(Verdict.of(went_well(end) and place not in incomplete for place, end in ends.items()))


def _end_facts(end: RunOutcome | Failure) -> dict[str, Any]:
    if isinstance(end, Failure):
        return {"code": end.code, "message": end.message}
    return {"outcome": msgspec.to_builtins(end)}
