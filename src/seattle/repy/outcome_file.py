"""The outcome on disk, beside the log: a node that was away when a run ended still learns how it did."""

import json
import os
import time
from contextlib import suppress
from typing import Any

from seattle.repy.outcome import Outcome, OutcomeKind

_NAME = "outcome"
_NEW = "outcome.new"
_LARGEST = 1 << 20  # bytes
_RESERVED = 24 * 1024  # bytes; an account takes 8 KiB of them at most
_NEVER = 1e11  # seconds since the epoch, in the year 5138
_KEPT = 600  # characters at each end of a detail that has to fit there, each at most 12 bytes long

Account = dict[str, object]
"""What a run has cost: `cpu` (seconds), `memory` (bytes at its peak), `sent` and `received` (bytes exchanged with other
computers, as they were charged), `destinations` and `others` (bytes of payload; see `monitor/sockets/destinations.py`).
"""


class OutcomeFile:
    """The outcome of a run that begins. It has its place on the disk at once: a full disk may be what ends the run."""

    def __init__(self, folder: int) -> None:
        """`folder` is a descriptor, and stays the caller's. Raises OSError if the disk is full already."""
        self._folder = folder
        self._fd = os.open(_NEW, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600, dir_fd=folder)
        try:
            os.posix_fallocate(self._fd, 0, _RESERVED)
        except OSError:
            self.discard()
            raise

    def write(self, outcome: Outcome, *, traffic: int, account: Account | None = None) -> None:
        """Record how the run ended, whole or not at all; once. Where the disk is full a long detail is cut.

        `traffic`: the run's bytes on the network; `account`: what it has cost in all.
        """
        try:
            size = self._write(outcome, traffic, account)
        except OSError:
            middle = "\n...\n" if len(outcome.detail) > 2 * _KEPT else ""
            cut = outcome.detail[:_KEPT] + middle + outcome.detail[_KEPT:][-_KEPT:]
            size = self._write(outcome._replace(detail=cut), traffic, account)
        os.ftruncate(self._fd, size)
        os.fsync(self._fd)
        os.rename(_NEW, _NAME, src_dir_fd=self._folder, dst_dir_fd=self._folder)

    def discard(self) -> None:
        """Let go of the file, and leave nothing of it: the run does not begin."""
        self.close()
        os.unlink(_NEW, dir_fd=self._folder)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)

    def _write(self, outcome: Outcome, traffic: int, account: Account | None) -> int:
        record = {
            "kind": outcome.kind.value,
            "detail": outcome.detail,
            "traffic": traffic,
            "ended_at": time.time(),
            "account": account,
        }
        data = json.dumps(record).encode()
        written = 0
        while written < len(data):
            written += os.pwrite(self._fd, data[written:], written)
        return written


def write_outcome(folder: int, outcome: Outcome) -> None:
    """Record how a run ended that nobody else can record any more. `folder` is a descriptor."""
    file = OutcomeFile(folder)
    try:
        file.write(outcome, traffic=0)
    finally:
        file.close()


def read_outcome(folder: int) -> tuple[Outcome, float] | None:
    """The recorded outcome and when the run ended (seconds since the epoch); None while there is none.

    Raises OSError; ValueError for what no monitor has written so, as a disk may have lost half of it.
    """
    match _read(folder):
        case None:
            return None
        case {"kind": kind, "detail": str(detail), "ended_at": int() | float() as ended_at} if 0 <= ended_at < _NEVER:
            # Characters that are no text, and that nobody else could write down or send, are shown.
            detail = detail.encode("utf-8", "backslashreplace").decode()
            return Outcome(OutcomeKind(kind), detail), float(ended_at)
    raise ValueError("this is no outcome")


def read_account(folder: int) -> object:
    """What the ended run has cost, as JSON values: an `Account` if the monitor wrote it; None if nobody knows.

    Raises as `read_outcome`.
    """
    record = _read(folder)
    return None if record is None else record.get("account")


def clear_outcome(folder: int) -> None:
    """Forget the last run's outcome: another run begins."""
    with suppress(FileNotFoundError):
        os.unlink(_NAME, dir_fd=folder)


def _read(folder: int) -> dict[str, Any] | None:
    try:
        fd = os.open(_NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return None
    with os.fdopen(fd, encoding="utf-8") as file:
        try:
            record: object = json.loads(file.read(_LARGEST))
        except RecursionError as why:
            raise ValueError("it is nested deeper than any outcome") from why
    if isinstance(record, dict):
        return record
    raise ValueError("this is no outcome")
