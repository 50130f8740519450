"""Charts over time as SVG, with a table of the same for those who don't see them. Times are UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

WIDTH: Final = 560
HEIGHT: Final = 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 30  # around the lines, for words
_ROWS: Final = 24  # of the table
_LINES: Final = 4  # across, at most
_GAP: Final = 2.5  # times the usual distance: nothing was counted in between, and no line is drawn
_SPANS: Final = (  # how far apart the times below are, and how they are written
    (timedelta(hours=1), "%H:%M"),
    (timedelta(hours=6), "%H:%M"),
    (timedelta(days=1), "%-d %b"),
    (timedelta(days=7), "%-d %b"),
    (timedelta(days=30), "%-d %b"),
    (timedelta(days=91), "%b %Y"),
    (timedelta(days=365), "%Y"),
)
_TIMES: Final = 8  # below, at most


@dataclass(frozen=True)
class Series:
    """What is drawn as one line."""

    name: str
    values: Sequence[int]


@dataclass(frozen=True)
class Line:
    """A line as it is drawn; `style` is 1, 2, ...: see style.css."""

    name: str
    style: int
    path: str
    end: tuple[float, float]
    last: int


@dataclass(frozen=True)
class Tick:
    """A word beside an axis, and where."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """All that the template needs."""

    title: str
    lines: list[Line]
    across: list[Tick]
    below: list[Tick]
    names: list[str]
    rows: list[tuple[datetime, list[int]]]  # of the table
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    bottom: int = HEIGHT - _BOTTOM


def chart(
    title: str, times: Sequence[datetime], series: Sequence[Series], *, since: datetime, until: datetime
) -> Chart:
    """Draw lines over the time from `since` to `until`; each series has a value for each of the times."""
    top = _round_number(max((max(one.values, default=0) for one in series), default=0))
    span = (until - since).total_seconds()

    def x(time: datetime) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * (time - since).total_seconds() / span, 1)

    def y(value: float) -> float:
        return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / top, 1)

    lines = [
        Line(
            name=one.name,
            style=style,
            path=_path([(x(time), y(value)) for time, value in zip(times, one.values, strict=True)], _breaks(times)),
            end=(x(times[-1]), y(one.values[-1])),
            last=one.values[-1],
        )
        for style, one in enumerate(series, start=1)
        if times
    ]
    step = -(-len(times) // _ROWS) or 1
    rows = [(time, [one.values[at] for one in series]) for at, time in list(enumerate(times))[::-1][::step]]
    return Chart(
        title=title,
        lines=lines,
        across=[Tick(y(value), f"{value:,}") for value in range(0, top + 1, top // _LINES or 1)],
        below=[Tick(x(time), text) for time, text in _times(since, until)],
        names=[one.name for one in series],
        rows=rows,
    )


def _round_number(most: int) -> int:
    """The least of 4, 8, 20, 40, 80, 200, ... that is not less: its quarters are round, too."""
    power = 1
    while True:
        for digit in (4, 8, 20):
            if digit * power >= most:
                return digit * power
        power *= 10


def _breaks(times: Sequence[datetime]) -> set[int]:
    """Where a line begins anew, since nothing was counted for long before that."""
    gaps = sorted(later - earlier for earlier, later in pairwise(times))
    if not gaps:
        return set()
    usual = gaps[len(gaps) // 2]
    return {at for at, (earlier, later) in enumerate(pairwise(times), start=1) if later - earlier > _GAP * usual}


def _path(points: Sequence[tuple[float, float]], breaks: set[int]) -> str:
    return "".join(
        f"{'M' if at == 0 or at in breaks else 'L'}{across:g} {down:g}" for at, (across, down) in enumerate(points)
    )


def _times(since: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """Round times in between, few enough to stand side by side."""
    step, pattern = next(((step, pattern) for step, pattern in _SPANS if (until - since) / step <= _TIMES), _SPANS[-1])
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    first = -(-(since - midnight) // step)
    found = [midnight + step * number for number in range(first, first + _TIMES + 1)]
    return [(time, time.strftime(pattern)) for time in found if since <= time <= until]
