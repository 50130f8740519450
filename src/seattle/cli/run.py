"""`seattle run`: run a program on vessels and follow it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from seattle.cli.console import WrongUsage, print_json, say, tell_failures
from seattle.cli.live_lines import LinePrinter
from seattle.cli.vessel_options import (
    JsonOption,
    OnOption,
    ProfileOption,
    chosen_vessels,
    exit_code,
    place_facts,
    reporting,
    result_facts,
)
from seattle.client import Failure, Run, Verdict, went_well
from seattle.client.errors import NoSuchProgram, TimedOut
from seattle.client.outcomes import in_words
from seattle.client.places import Place
from seattle.fabric.node_api import RestartPolicy, RunOutcome

STOP_PATIENCE: Final = 10.0  # seconds for programs to end after Ctrl-C


def run(
    program: Annotated[str, typer.Argument(metavar="PROGRAM", help="A Repy program on this computer.")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="ARGS", help="Passed to the program.")] = None,
    *,
    on: OnOption = None,
    profile: ProfileOption = None,
    detach: Annotated[bool, typer.Option("--detach", help="Start it and leave; `seattle logs` shows it.")] = False,
    restart: Annotated[
        RestartPolicy,
        typer.Option(help="With --detach: when nodes start it again that has ended, until it is stopped."),
    ] = RestartPolicy.NEVER,
    as_json: JsonOption = False,
) -> None:
    """Put a program into vessels, start it there, and show what it writes until it has ended everywhere.

    Ctrl-C stops it, and so does a reader of its output that goes away. Exit code 0: it ended well on all vessels,
    3: on some, 1: on none.
    """
    with reporting():
        if restart is not RestartPolicy.NEVER and not detach:
            raise WrongUsage(f"--restart {restart} is for programs that nobody waits for: add --detach")
        if not Path(program).is_file():
            raise NoSuchProgram(f"there is no program {program} here", hint="give the path of a file on this computer")
        with chosen_vessels(profile, on) as vessels:
            with _interrupt_put_off() as interrupted:
                started = vessels.run(Path(program), *(arguments or []), restart=restart)
            if as_json:
                _print_started(started)
            if interrupted.is_set():
                _stop(started)
            elif detach:
                raise typer.Exit(_finish_detached(started))
            else:
                follow(started, as_json=as_json, stop_on_interrupt=True)
            raise typer.Exit(_finish(started, as_json=as_json))


def follow(started: Run, *, as_json: bool, stop_on_interrupt: bool) -> None:
    """Show what runs write until they have ended, or Ctrl-C, or nobody reads our output any more."""
    printer = LinePrinter([one.vessel for one in started.started], as_json=as_json)
    try:
        for line in started.follow(on_note=_print_note if as_json else _say_note):
            printer.show(line)
    except KeyboardInterrupt:
        if stop_on_interrupt:
            say("stopping; Ctrl-C once more leaves the programs to themselves")
            _stop(started)
    except BrokenPipeError:  # `seattle run prog.py | head`
        if stop_on_interrupt:
            _stop(started)
        raise


def _print_note(place: Place, text: str) -> None:
    print_json({"event": "note", **place_facts(place), "text": text})


def _say_note(place: Place, text: str) -> None:
    say(f"note: {place}: {text}")


@contextmanager
def _interrupt_put_off() -> Iterator[threading.Event]:
    """While inside, the first Ctrl-C only sets the event: what is being started could not be stopped yet."""
    interrupted = threading.Event()

    def put_off(_number: int, _frame: object) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, before)
        say("stopping when it has started; Ctrl-C once more leaves at once")

    before = signal.signal(signal.SIGINT, put_off)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


def _stop(started: Run) -> None:
    started.stop()
    started.wait(STOP_PATIENCE)


def _print_started(started: Run) -> None:
    for one in started.started:
        print_json({"event": "started", **result_facts(one, lambda run: {"run": run.run})})


def _finish_detached(started: Run) -> int:
    failed = started.started.failed
    tell_failures("vessels did not start it", [(one.vessel, one.message) for one in failed], of=len(started.started))
    return exit_code(Verdict.of(not isinstance(one, Failure) for one in started.started))


def _finish(started: Run, *, as_json: bool) -> int:
    ends = {one.vessel: started.outcomes.get(one.vessel) or _still_running(one.vessel) for one in started.started}
    if as_json:
        for place, end in ends.items():
            print_json({"event": "ended", **place_facts(place), "ok": went_well(end), **_end_facts(end)})
    bad = [(place, in_words(end)) for place, end in ends.items() if not went_well(end)]
    tell_failures("vessels did not come to a good end", bad, of=len(ends))
    return exit_code(Verdict.of(went_well(end) for end in ends.values()))


def _still_running(place: Place) -> Failure:
    return Failure.of(place, TimedOut("it still runs"))


def _end_facts(end: RunOutcome | Failure) -> dict[str, Any]:
    if isinstance(end, Failure):
        return {"code": end.code, "message": end.message}
    return {"outcome": msgspec.to_builtins(end)}
