"""What is done by the clock, and not at any one node. All of it may be done by several workers at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from seattle.clearinghouse.accounts import housekeeping
from seattle.clearinghouse.credits import donations
from seattle.clearinghouse.fleet import services as fleet
from seattle.clearinghouse.journal import services as journal
from seattle.clearinghouse.journal.services import Deed
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.statistics.services import take_snapshot

BEAT_EVERY: Final = timedelta(seconds=5)
SETTLE_EVERY: Final = timedelta(seconds=30)  # what visits did not: silence, and who moved up in a queue
COUNT_EVERY: Final = timedelta(seconds=30)  # whether it is time for it, `take_snapshot` knows
TRIM_EVERY: Final = timedelta(minutes=1)
LOST_FOR: Final = timedelta(hours=1)
STRANGERS_FOR: Final = timedelta(days=7)

log = structlog.get_logger()


@dataclass(kw_only=True)
class Chore:
    """Something that is done every so often."""

    every: timedelta
    do: Callable[[datetime], object]
    next_at: datetime | None = None


class Chores:
    """All of them. `worker`: what this process is called."""

    def __init__(self, worker: str, *, started_at: datetime) -> None:
        self._worker = worker
        self._started_at = started_at
        self._all = [
            Chore(every=BEAT_EVERY, do=self._beat),
            Chore(every=timedelta(seconds=1), do=self._expire),
            Chore(every=TRIM_EVERY, do=self._trim),
            Chore(every=TRIM_EVERY, do=housekeeping.forget),
            Chore(every=SETTLE_EVERY, do=donations.sweep),
            Chore(every=COUNT_EVERY, do=take_snapshot),
        ]

    def do(self, now: datetime) -> None:
        """Those that are due. What goes wrong with one is logged, and keeps no other from being done."""
        for chore in self._all:
            if chore.next_at is None or chore.next_at <= now:
                chore.next_at = now + chore.every
                try:
                    chore.do(now)
                except Exception:
                    log.exception("chore_failed", chore=getattr(chore.do, "__name__", ""))

    def stop(self, now: datetime) -> None:
        """This worker ends."""
        journal.stop_beating(self._worker, now=now)

    def _beat(self, now: datetime) -> None:
        journal.beat(self._worker, started_at=self._started_at, now=now)

    def _expire(self, now: datetime) -> None:
        if ended := leases.expire(now):
            journal.write(
                self._worker,
                [Deed(action="expire", vessel=one.vessel_name, detail=f"of {one.username}") for one in ended],
            )

    def _trim(self, now: datetime) -> None:
        journal.trim()
        fleet.forget_lost(now, after=LOST_FOR)
        fleet.forget_strangers(now, after=STRANGERS_FOR)
