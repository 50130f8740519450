"""What a program asks of its node, by way of the launcher: to announce a value, and to look values up.

The monitor has no way to the fabric, and no credential. It passes a question on with a number, and waits for the answer
that has the same number, or until its patience is at an end.
"""

import os
from collections.abc import Callable
from itertools import count
from typing import Final

from seattle.repy import launch
from seattle.repy.door import Refusal
from seattle.repy.monitor.metering import pay, wait_for
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import READABLE, Readiness, Task
from seattle.resources.meter import Meter

PATIENCE: Final = 15.0  # seconds; a little more than the node takes for its own question
MAX_KEY: Final = 256  # characters, as a directory takes them
MAX_VALUE: Final = 1024  # characters
MAX_LIFETIME: Final = 3600  # seconds
MAX_ANSWER: Final = 100  # values
OVERHEAD: Final = 256  # bytes of a question or an answer, beside what is in it


class Questions:
    """Of one vessel. Each question that waits belongs to one thread of the guest, so their number is bounded.

    Args:
        tell: says words to the launcher, if there is one.
        meter: is charged for what goes to the node and comes from it.
        answered: whether the launcher answers at all.
    """

    def __init__(self, tell: Callable[..., None], meter: Meter, *, answered: bool) -> None:
        self._tell = tell
        self._meter = meter
        self._answered = answered
        self._number = count(1)
        self._waiting: dict[str, int] = {}  # number -> descriptor that becomes readable
        self._answers: dict[str, list[str]] = {}

    def announce(self, key: str, value: str, lifetime: int) -> Task:
        """Announce a value."""
        _check_key(key)
        if len(value) > MAX_VALUE or "\0" in value:
            raise RefusedError(Refusal.ARGUMENT, f"value: expected at most {MAX_VALUE} characters, and no NUL")
        if not 1 <= lifetime <= MAX_LIFETIME:
            raise RefusedError(Refusal.ARGUMENT, f"ttlval {lifetime}: expected 1 to {MAX_LIFETIME} seconds")
        yield from self._ask(launch.ANNOUNCE, key, value, str(lifetime))

    def look_up(self, key: str, most: int) -> Task:
        """Values under a key."""
        _check_key(key)
        if not most >= 1:
            raise RefusedError(Refusal.ARGUMENT, f"maxvals {most}: expected 1 or more")
        values = yield from self._ask(launch.LOOK_UP, key, str(min(most, MAX_ANSWER)))
        return values

    def hear(self, number: str, words: list[str]) -> None:
        """The launcher's answer. One that nobody waits for any more is forgotten."""
        bell = self._waiting.get(number)
        if bell is not None and number not in self._answers:
            self._answers[number] = words
            os.eventfd_write(bell, 1)

    def _ask(self, *question: str) -> Task:
        if not self._answered:
            raise RefusedError(
                Refusal.ADVERTISE, "this program was not started by a node, and only a node can announce and look up"
            )
        yield from wait_for(self._meter.netsend, self._meter.netrecv)
        number = str(next(self._number))
        bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._waiting[number] = bell
        try:
            self._tell(launch.ASK, number, *question)
            yield from pay(self._meter.netsend, OVERHEAD + sum(len(word.encode()) for word in question))
            yield Readiness(bell, READABLE, PATIENCE)
            answer = self._answers.pop(number, None)
        finally:
            del self._waiting[number]
            self._answers.pop(number, None)
            os.close(bell)
        yield from pay(self._meter.netrecv, OVERHEAD + sum(len(word.encode()) for word in answer or ()))
        match answer:
            case [launch.DONE, *values]:
                return values
            case [launch.FAILED, why, *_]:
                raise RefusedError(Refusal.ADVERTISE, why)
            case _:
                raise RefusedError(Refusal.TIMEOUT, f"the node did not answer within {PATIENCE:g} s: try again later")


def _check_key(key: str) -> None:
    if not 1 <= len(key) <= MAX_KEY or "\0" in key:
        raise RefusedError(Refusal.ARGUMENT, f"key: expected 1 to {MAX_KEY} characters, and no NUL")
