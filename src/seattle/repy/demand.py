"""How many spares a nursery should keep: one, and more for as long as launchers come faster than one is made."""

import math

RUSH = 0.1  # seconds; launchers that come closer together want one more spare
CALM = 2.0  # seconds without a launcher, after which one spare is enough again: each takes some megabytes


class Demand:
    """What launchers want. Moments are seconds of any clock that runs evenly."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._wanted = 1
        self._last = -math.inf

    def note_taken(self, now: float) -> None:
        """A launcher has taken a spare."""
        if now - self._last < RUSH:
            self._wanted = min(self._wanted + 1, self._most)
        self._last = now

    def wanted(self, now: float) -> int:
        """How many spares to keep, 1 or more."""
        if now >= self.calm_at:
            self._wanted = 1
        return self._wanted

    @property
    def calm_at(self) -> float:
        """The moment when fewer will do, if no launcher comes before; infinity if one does already."""
        return math.inf if self._wanted == 1 else self._last + CALM
