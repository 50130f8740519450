"""What there is to do so that a number of vessels run a program. It decides only: time and facts are arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from seattle.client.places import Place
from seattle.client.vessel import Vessel
from seattle.fabric.node_api import VesselState

SHORTEST: Final = 1.0  # seconds between two rounds, whatever happens


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How patient the upkeep is. Times are in seconds."""

    period: float = 30.0  # between two looks at all, where no news come
    pauses: tuple[float, ...] = (1.0, 5.0, 30.0, 120.0, 600.0)  # before another try; the last stays
    restarts: int = 3  # starts in a row that came to nothing, after which a vessel is replaced
    healthy: float = 60.0  # so long a program has to run for its start to have come to something
    away: float = 300.0  # so long a node may be out of reach before its vessel is replaced

    def pause(self, fruitless: int) -> float:
        """How long to wait after so many fruitless tries in a row."""
        return self.pauses[min(fruitless, len(self.pauses)) - 1] if self.pauses and fruitless > 0 else 0.0


DEFAULT_PACE: Final = Pace()


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What is to be done now."""

    lost: list[Place]  # no longer ours: forget them
    renew: list[Place]
    start: list[Place]
    release: list[tuple[Place, str]]  # and why
    acquire: int  # vessels
    wait: float  # seconds until the next look


@dataclass
class _Mark:
    """What is remembered of a vessel."""

    starts: int = 0  # in a row, that came to nothing so far
    running_since: float | None = None
    start_at: float = 0.0  # not before
    away_since: float | None = None
    longest: float = 0.0  # seconds that its lease had left at most


@dataclass
class Upkeep:
    """Keeps `count` vessels running. Nothing is tried again without a pause, and only own vessels are released."""

    count: int
    pace: Pace
    _marks: dict[Place, _Mark] = field(default_factory=dict)
    _fruitless: int = 0  # tries to get vessels, and vessels that came to nothing, since all was well
    _acquire_at: float = 0.0  # not before

    def plan(
        self, own: Sequence[Place], *, leases: Mapping[Place, float], seen: Mapping[Place, Vessel], now: float
    ) -> Steps:
        """What is to be done.

        `own`: the vessels of this upkeep. `leases`: seconds for which each vessel that we hold will be ours. `seen`:
        what nodes say of those that can be reached.
        """
        held = [place for place in own if place in leases]
        lost = [place for place in own if place not in leases]
        self._marks = {place: self._marks.get(place, _Mark()) for place in held}
        release = [(place, why) for place in held if (why := self._hopeless(place, seen.get(place), now))]
        for _ in (*release, *lost):
            self.not_acquired(now)
        given_up = {place for place, _ in release}
        kept = [place for place in held if place not in given_up]
        release += [(place, "it is one more than wanted") for place in kept[self.count :]]
        kept = kept[: self.count]
        missing = self.count - len(kept)
        if not missing and all(self._is_healthy(place, now) for place in kept):
            self._fruitless = 0
        return Steps(
            lost=lost,
            renew=[place for place in kept if self._is_to_be_renewed(place, leases[place])],
            start=[place for place in kept if self._is_to_be_started(place, seen.get(place), now)],
            release=release,
            acquire=missing if now >= self._acquire_at else 0,
            wait=self._wait(kept, seen, now, acquiring=missing > 0),
        )

    def started(self, place: Place, now: float) -> None:
        """A program was started there, or that was tried."""
        mark = self._marks.setdefault(place, _Mark())
        mark.starts += 1
        mark.start_at = now + self.pace.pause(mark.starts)

    def not_acquired(self, now: float) -> None:
        """Not all vessels were to be had, or one came to nothing: there is a pause before more are asked for."""
        self._fruitless += 1
        self._acquire_at = now + self.pace.pause(self._fruitless)

    def _hopeless(self, place: Place, vessel: Vessel | None, now: float) -> str:
        """Why a vessel is to be replaced; empty if it is not. Remembers what is seen."""
        mark = self._marks[place]
        if vessel is None:
            mark.away_since = now if mark.away_since is None else mark.away_since
            return "its node does not answer" if now - mark.away_since >= self.pace.away else ""
        mark.away_since = None
        if vessel.state is VesselState.STARTED:
            mark.running_since = now if mark.running_since is None else mark.running_since
            if self._is_healthy(place, now):
                mark.starts = 0
            return ""
        mark.running_since = None
        return f"its program ended {mark.starts} times in a row" if mark.starts >= self.pace.restarts else ""

    def _is_healthy(self, place: Place, now: float) -> bool:
        since = self._marks[place].running_since
        return since is not None and now - since >= self.pace.healthy

    def _is_to_be_renewed(self, place: Place, left: float) -> bool:
        mark = self._marks[place]
        mark.longest = max(mark.longest, left)
        return left < mark.longest / 2 or left < 4 * self.pace.period

    def _is_to_be_started(self, place: Place, vessel: Vessel | None, now: float) -> bool:
        ended = vessel is not None and vessel.state is not VesselState.STARTED
        return ended and now >= self._marks[place].start_at

    def _wait(self, kept: Sequence[Place], seen: Mapping[Place, Vessel], now: float, *, acquiring: bool) -> float:
        idle = [place for place in kept if place in seen and seen[place].state is not VesselState.STARTED]
        times = [self._marks[place].start_at - now for place in idle if self._marks[place].start_at > now]
        if acquiring and self._acquire_at > now:
            times.append(self._acquire_at - now)
        return max(SHORTEST, min([self.pace.period, *times]))
