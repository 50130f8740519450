"""The outcome on disk, beside the log: a node that was away when a run ended still learns how it did."""

import json
import os
import time
from contextlib import suppress

from seattle.repy.outcome import Outcome, OutcomeKind

_NAME = "outcome"
_LARGEST = 1 << 20  # bytes


def write_outcome(folder: int, outcome: Outcome, *, traffic: int) -> None:
    """Record how the run ended, whole or not at all. `folder` is a descriptor; `traffic` the bytes on the network."""
    record = {"kind": outcome.kind.value, "detail": outcome.detail, "traffic": traffic, "ended_at": time.time()}
    text = json.dumps(record)
    fd = os.open(_NAME + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600, dir_fd=folder)
    with os.fdopen(fd, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(fd)
    os.rename(_NAME + ".new", _NAME, src_dir_fd=folder, dst_dir_fd=folder)


def read_outcome(folder: int) -> tuple[Outcome, float] | None:
    """The recorded outcome and when the run ended (seconds since the epoch); None while there is none."""
    try:
        fd = os.open(_NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return None
    with os.fdopen(fd) as file:
        record = json.loads(file.read(_LARGEST))
    return Outcome(OutcomeKind(record["kind"]), record["detail"]), float(record["ended_at"])


def clear_outcome(folder: int) -> None:
    """Forget the last run's outcome: another run begins."""
    with suppress(FileNotFoundError):
        os.unlink(_NAME, dir_fd=folder)
