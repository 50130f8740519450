"""Parts of a vessel's log, as callers get them."""

from dataclasses import dataclass
from pathlib import Path

from seattle.node.errors import NoSuchRun
from seattle.node.folders import opened
from seattle.node.records import RunRecord
from seattle.node.store import Store
from seattle.repy.ring_log import Piece, read_ring


@dataclass(frozen=True)
class LogView:
    """A part of a log, and how things stood when it was read."""

    piece: Piece
    ended: bool  # nothing runs, and the piece reaches the log's end
    run: RunRecord | None  # the one asked for, or else the latest


def view_earlier(store: Store, vessel: str, number: int, log_folder: Path, offset: int | None, count: int) -> LogView:
    """Up to `count` bytes from `offset` on of what a run wrote after which others began. Raises NoSuchRun."""
    record = store.run(vessel, number)
    if record is None:
        raise NoSuchRun(f"vessel {vessel} remembers no run {number}: get_vessels tells the latest")
    end = store.log_end(record)
    if end is None:  # a reset has emptied the log
        return LogView(Piece(record.log_start, b"", record.log_start), ended=True, run=record)
    begin = min(max(offset or 0, record.log_start), end)
    with opened(log_folder) as fd:
        piece = read_ring(fd, begin, min(count, end - begin))
    if piece.offset >= end:  # overwritten since
        piece = Piece(end, b"", end)
    data = piece.data[: end - piece.offset]
    return LogView(Piece(piece.offset, data, end), ended=piece.offset + len(data) >= end, run=record)
