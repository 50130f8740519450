"""`repy log FOLDER`: what a run with `--log FOLDER` has written, and how it ended."""

import json
import os
import sys
import time
from collections.abc import Iterator

from seattle.repy.cli.log_folder import is_in_use
from seattle.repy.cli.options import Command, Option, UsageError
from seattle.repy.cli.people import reason, say
from seattle.repy.outcome import Outcome
from seattle.repy.outcome_file import read_outcome
from seattle.repy.ring_log import Piece, is_log, read_ring
from seattle.repy.visible import visible_stream

FAILED = 1

_CHUNK = 1 << 20  # bytes
_LOOK_AGAIN = 0.2  # seconds

COMMAND = Command(
    "repy log",
    "repy log [--follow] [--json] FOLDER",
    "Print the log that `repy run --log FOLDER` keeps, and on stderr how the run ended, if it did.",
    (
        Option("--follow", "", "go on until the run ends"),
        Option("--json", "", "print one JSON object: first_offset, end_offset, text, running, outcome, ended_at"),
    ),
)


def main(words: list[str]) -> int:
    """Print the log; 0, or 1 if the folder has none."""
    chosen = COMMAND.read(words)
    if len(chosen.words) != 1:
        raise COMMAND.wrong("expected one folder")
    if chosen.has("--json") and chosen.has("--follow"):
        raise COMMAND.wrong("--json shows what there is now, so it can't be combined with --follow")
    try:
        folder = os.open(chosen.words[0], os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as why:
        raise UsageError(reason(why)) from why
    if chosen.has("--json"):
        _print_json(folder)
        return 0
    for piece in _pieces(folder, follow=chosen.has("--follow")):
        _write(piece.data)
    is_running = is_in_use(folder)  # looked at first: the outcome is there before the run lets go of the folder
    ended = _outcome(folder)
    if ended is not None:
        say(f"repy: {ended[0]}")
    elif is_running:
        say("repy: the run goes on")
    elif is_log(folder):
        say("repy: the run was killed, and all who could have recorded how it ended")
    else:
        say(f"repy: error: there is no log in {chosen.words[0]!r}")
        return FAILED
    return 0


def _pieces(folder: int, *, follow: bool) -> Iterator[Piece]:
    """All that is kept, and with `follow` what comes until the run is over."""
    offset: int | None = None
    while True:
        is_over = not follow or _is_over(folder)  # looked at first: nothing is written after it
        while (piece := _read(folder, offset)).data:
            if offset is not None and piece.offset > offset:
                say(f"repy: {piece.offset - offset} bytes of the log were overwritten before they could be shown")
            offset = piece.offset + len(piece.data)
            yield piece
        if is_over:
            return
        time.sleep(_LOOK_AGAIN)


def _is_over(folder: int) -> bool:
    """Whether nothing will be written any more: there is an outcome, or nobody who could write one."""
    is_abandoned = is_log(folder) and not is_in_use(folder)  # without a log the first run is yet to come
    return is_abandoned or _outcome(folder) is not None


def _read(folder: int, offset: int | None) -> Piece:
    try:
        return read_ring(folder, offset, _CHUNK)
    except OSError as why:  # not ours to read, or no log of ours
        raise UsageError(f"the log can't be read: {reason(why)}") from why


def _write(data: bytes) -> None:
    if sys.stdout is None:
        return
    if sys.stdout.isatty():  # what a program wrote must not steer a terminal
        data = visible_stream(data.decode("utf-8", "backslashreplace")).encode()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _print_json(folder: int) -> None:
    is_running = is_in_use(folder)
    ended = _outcome(folder)
    pieces = list(_pieces(folder, follow=False))
    outcome = None if ended is None else _facts(ended[0])
    record = {
        "first_offset": pieces[0].offset if pieces else 0,
        "end_offset": pieces[-1].end if pieces else 0,
        "text": b"".join(piece.data for piece in pieces).decode("utf-8", "backslashreplace"),
        "running": is_running and ended is None,
        "outcome": outcome,
        "ended_at": None if ended is None else ended[1],
    }
    print(json.dumps(record))


def _facts(outcome: Outcome) -> dict[str, object]:
    return {"kind": outcome.kind.value, "detail": outcome.detail, "exit_code": outcome.exit_code}


def _outcome(folder: int) -> tuple[Outcome, float] | None:
    try:
        return read_outcome(folder)
    except (OSError, ValueError) as why:
        raise UsageError(f"the outcome beside the log can't be read: {reason(why)}") from why
