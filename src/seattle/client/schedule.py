"""Which vessel takes which input next. It decides only: time comes as an argument, and others do what it says."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

V = TypeVar("V", bound=Hashable)  # a vessel


@dataclass
class _Input(Generic[V]):
    tries: int = 0  # that were begun
    trying: dict[V, float] = field(default_factory=dict)  # on these vessels now, since then
    failed_on: set[V] = field(default_factory=set)
    decided: bool = False  # answered, or given up


class Schedule(Generic[V]):
    """Inputs 0 to `count` - 1, each to be answered once.

    An input that has failed goes to a vessel on which it has not, as long as there is one, and is given up after so
    many tries. When none is left to take, one that has been tried for `again_after` seconds on a single vessel may be
    tried on a second: whichever is first decides.
    """

    def __init__(self, count: int, *, tries: int, again_after: float | None = None) -> None:
        self._inputs: list[_Input[V]] = [_Input() for _ in range(count)]
        self._waiting = list(range(count))[::-1]  # the next is the last
        self._running: set[int] = set()  # begun, and neither waiting nor decided
        self._undecided = count
        self._vessels: set[V] = set()
        self._most_tries = tries
        self._again_after = again_after

    @property
    def over(self) -> bool:
        """Whether all is decided."""
        return not self._undecided

    @property
    def undecided(self) -> list[int]:
        """What has neither been answered nor given up."""
        return [number for number, one in enumerate(self._inputs) if not one.decided]

    def tries(self, number: int) -> int:
        """How often it was begun."""
        return self._inputs[number].tries

    def join(self, vessel: V) -> None:
        """A vessel is there to take inputs."""
        self._vessels.add(vessel)

    def leave(self, vessel: V) -> None:
        """It is not any more."""
        self._vessels.discard(vessel)

    def take(self, vessel: V, now: float) -> int | None:
        """The input that this vessel is to try now, which is begun with that; None if there is none at the moment."""
        number = self._next_waiting(vessel)
        if number is None:
            number = self._straggler(vessel, now)
        if number is not None:
            one = self._inputs[number]
            one.tries += 1
            one.trying[vessel] = now
            self._running.add(number)
        return number

    def seconds_until_again(self, vessel: V, now: float) -> float | None:
        """When there may be an input to try a second time, if nothing happens before; None if there won't be one."""
        began = [since for _, since in self._alone(vessel)]
        if self._again_after is None or not began:
            return None
        return max(0.0, min(began) + self._again_after - now)

    def answered(self, number: int) -> bool:
        """An input has its answer; whether that is the first, which decides."""
        return self._decide(number)

    def failed(self, number: int, vessel: V) -> bool:
        """A try has failed; whether the input is given up with that."""
        one = self._inputs[number]
        one.trying.pop(vessel, None)
        one.failed_on.add(vessel)
        if one.decided or one.trying:  # somebody else was first, or may still be
            return False
        if one.tries >= self._most_tries:
            return self._decide(number)
        self._running.discard(number)
        self._waiting.append(number)  # the next to be taken: its answer is late already
        return False

    def _decide(self, number: int) -> bool:
        one = self._inputs[number]
        first, one.decided = not one.decided, True
        self._undecided -= first
        self._running.discard(number)
        return first

    def _next_waiting(self, vessel: V) -> int | None:
        for place in range(len(self._waiting) - 1, -1, -1):
            failed_on = self._inputs[self._waiting[place]].failed_on
            if vessel not in failed_on or self._vessels <= failed_on:
                return self._waiting.pop(place)
        return None

    def _straggler(self, vessel: V, now: float) -> int | None:
        late = [
            (since, number)
            for number, since in self._alone(vessel)
            if self._again_after is not None and now - since >= self._again_after
        ]
        return min(late)[1] if late else None

    def _alone(self, vessel: V) -> list[tuple[int, float]]:
        """What is tried on a single vessel, another one, since when; and could be tried on this one, too."""
        running = [(number, self._inputs[number]) for number in self._running]
        return [
            (number, since)
            for number, one in running
            if len(one.trying) == 1 and one.tries < self._most_tries
            for tried_on, since in one.trying.items()
            if vessel not in (tried_on, *one.failed_on)
        ]
