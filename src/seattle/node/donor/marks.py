"""Two marks make one decision that does not flap: hold back at the first, go on only at the second."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Marks:
    """Where to hold back and where to go on, in the unit of what is read. Which is higher says which way is bad."""

    stop_at: float
    resume_at: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.stop_at) and math.isfinite(self.resume_at)) or self.stop_at == self.resume_at:
            raise ValueError(
                f"stop {self.stop_at:g} and resume {self.resume_at:g} have to be two different numbers: what lies "
                "between them changes nothing"
            )

    def bad(self, reading: float) -> bool:
        """Whether it has reached the mark at which to hold back."""
        return reading >= self.stop_at if self.stop_at > self.resume_at else reading <= self.stop_at

    def good(self, reading: float) -> bool:
        """Whether it has reached the mark at which to go on."""
        return reading <= self.resume_at if self.stop_at > self.resume_at else reading >= self.resume_at


class Latch:
    """Remembers which mark was reached last."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self.held = False

    def update(self, reading: float | None) -> bool:
        """Whether to hold back after this reading; None: it can't be read, which holds back until a good one."""
        if reading is None or math.isnan(reading) or self._marks.bad(reading):
            self.held = True
        elif self._marks.good(reading):
            self.held = False
        return self.held
