"""One vessel's log, pulled by long polls until its run ends."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from seattle.client.aio.link import Link
from seattle.client.errors import NotRunning
from seattle.client.places import Place
from seattle.fabric.errors import BadReply
from seattle.fabric.node_api import (
    GET_VESSELS,
    MAX_CHUNK,
    READ_LOG,
    GetVessels,
    LogChunk,
    ReadLog,
    RestartPolicy,
    RunOutcome,
)

CHUNK: Final = 32 * 1024  # bytes of log in one answer; a thousand vessels have one each on the way
MAX_KEPT: Final = 130 * 1024 * 1024  # bytes of one log: more than the most that a node can be told to keep
END: Final = 2**62  # an offset past the end of any log: nothing but the state is answered
UNHURRIED: Final = 0.5  # seconds before the next poll when there was nothing
LONGEST_UNHURRIED: Final = 5.0  # seconds between two looks at what waits for its next start

NO_OUTCOME: Final = RunOutcome(kind="unknown", detail="the node does not know how it ended")


@dataclass(frozen=True)
class RunPlace:
    """A run: which vessel, which run of it, and where in the vessel's log it begins."""

    place: Place
    run: int
    log_offset: int | None = None  # bytes; None for the oldest byte that is kept


async def read_pieces(link: Link, run: RunPlace) -> AsyncIterator[LogChunk]:
    """The log of a run as it grows, a piece at a time. The last piece has `ended`.

    A node that does not answer is asked again, as often as our patience says. What the vessel runs later is not in it.
    Raises FabricError, and NotRunning when the node can't tell of earlier runs and has begun another.
    """
    offset = run.log_offset
    while True:
        request = ReadLog(vessel=run.place.vessel, offset=offset, count=CHUNK, wait=link.patience.poll, run=run.run)
        piece = await _ask_patiently(link, run, request)
        offset = piece.next_offset
        yield piece
        if piece.ended:
            return
        if not piece.data:  # the wait is over; or, soon after the last, the node holds back no more polls
            await asyncio.sleep(UNHURRIED)


async def wait_for_end(link: Link, run: RunPlace) -> RunOutcome:
    """How the run ended, when it has. Raises as `read_pieces` does."""
    while True:
        # The log itself is not wanted: only whether there will be more of it.
        request = ReadLog(vessel=run.place.vessel, offset=END, count=1, wait=link.patience.poll, run=run.run)
        piece = await _ask_patiently(link, run, request)
        if piece.ended:
            return piece.outcome or NO_OUTCOME
        await asyncio.sleep(UNHURRIED)


async def run_after(link: Link, run: RunPlace) -> RunPlace | None:
    """The next run in that vessel, when its node has started the program again; None if it is not going to.

    Raises FabricError.
    """
    pause = UNHURRIED
    while True:
        told = await link.ask_patiently(run.place, GET_VESSELS, GetVessels())
        vessel = next((one for one in told.vessels if one.name == run.place.vessel), None)
        if vessel is None:
            return None
        if vessel.run > run.run:
            return RunPlace(run.place, run.run + 1)
        if vessel.restart == RestartPolicy.NEVER:
            return None
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_UNHURRIED)


async def latest_run(link: Link, place: Place) -> int:
    """The number of a vessel's latest run, 0 if it has had none. Raises FabricError."""
    return (await link.ask(place, READ_LOG, ReadLog(vessel=place.vessel, offset=END, count=1))).run


async def read_kept(link: Link, place: Place) -> bytes:
    """All of a vessel's log that is kept now. Raises FabricError."""
    end = (await link.ask(place, READ_LOG, ReadLog(vessel=place.vessel, offset=END, count=1))).next_offset
    kept = bytearray()
    offset = None
    while True:
        piece = await link.ask(place, READ_LOG, ReadLog(vessel=place.vessel, offset=offset, count=MAX_CHUNK))
        kept += piece.data
        offset = piece.next_offset
        if not piece.data or offset >= end:  # a program that goes on writing has no end
            return bytes(kept)
        if len(kept) > MAX_KEPT:
            raise BadReply(f"the node's log has more than {MAX_KEPT} bytes, which no node keeps")


async def _ask_patiently(link: Link, run: RunPlace, request: ReadLog) -> LogChunk:
    piece = await link.ask_patiently(run.place, READ_LOG, request, wait=request.wait)
    if piece.run > run.run:  # a node that can't tell of earlier runs, or we never knew of one
        raise NotRunning(f"run {run.run} is over: the vessel has begun run {piece.run} since")
    return piece
