"""Watching a program on many vessels until it has ended, in time or not."""

import threading
from types import TracebackType
from typing import Final, Protocol, Self

from seattle.cli.console import print_json, say
from seattle.cli.folded_lines import FoldedLines
from seattle.cli.interruption import STOPPING_LATER
from seattle.cli.live_lines import LinePrinter
from seattle.cli.progress import waiting_line
from seattle.cli.vessel_options import place_facts
from seattle.client import Line, Place, Run

STOP_PATIENCE: Final = 10.0  # seconds for programs to end after Ctrl-C


class Printer(Protocol):
    """Shows lines."""

    def show(self, line: Line) -> None:
        """Take a line that has come."""


class Deadline:
    """Stops a run that takes longer than so many seconds (None: it may take as long as it likes), and remembers where.

    `late`: the vessels on which it still ran then.
    """

    def __init__(self, run: Run, seconds: float | None) -> None:
        self.seconds = seconds
        self.late: set[Place] = set()
        self._run = run
        self._timer = None if seconds is None else threading.Timer(seconds, self._stop)

    def _stop(self) -> None:
        self.late = set(self._run.places) - self._run.outcomes.keys()
        self._run.stop()

    def __enter__(self) -> Self:
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()  # if it is stopping the run just now: the testbed is still to be there


def follow(run: Run, *, as_json: bool) -> bool:
    """Show what runs write until they have ended, and return True, or until Ctrl-C stops them, and return False."""
    return _show_lines(run, LinePrinter(run.places, as_json=as_json), as_json=as_json, is_ours=True)


def look_on(run: Run, *, as_json: bool) -> None:
    """Show what runs write until they have ended for good, also when nodes start them again, or until Ctrl-C."""
    _show_lines(run, LinePrinter(run.places, as_json=as_json), as_json=as_json, is_ours=False)


def follow_folded(run: Run, *, as_json: bool) -> bool:
    """As `follow`, but show what runs write in the end, and what many write the same only once. Ctrl-C stops them."""
    lines = FoldedLines(run.places, as_json=as_json)
    with waiting_line(run):
        ended = _show_lines(run, lines, as_json=as_json, is_ours=True)
    lines.finish()
    return ended


def stop(run: Run) -> None:
    """Stop it, and give it time to end."""
    run.stop()
    run.wait(STOP_PATIENCE)


def _show_lines(run: Run, printer: Printer, *, as_json: bool, is_ours: bool) -> bool:
    """`is_ours`: whoever interrupts us wants it stopped; otherwise we only look on, for as long as there is to see."""
    try:
        for line in run.follow(on_note=_print_note if as_json else _say_note, through_restarts=not is_ours):
            printer.show(line)
    except KeyboardInterrupt:
        if is_ours:
            say("stopping" if len(run.started) == len(run.places) else STOPPING_LATER)
            stop(run)
        return False
    except BrokenPipeError:  # `seattle run prog.py | head`
        if is_ours:
            stop(run)
        raise
    return True


def _print_note(place: Place, text: str) -> None:
    print_json({"event": "note", **place_facts(place), "text": text})


def _say_note(place: Place, text: str) -> None:
    say(f"note: {place}: {text}")
