"""What people see while vessels are asked: how many have answered, and who is late."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from seattle.client import Place, Vessel
from seattle.repy.visible import visible

APPEARS: Final = 0.3  # seconds after which there is something to see
LATE: Final = 3.0  # seconds after which those who have not answered are named
NAMED: Final = 3  # of them
MEGABYTE: Final = 1_000_000  # bytes
WIDE: Final = 80  # columns
_BAR: Final = 20  # characters


class Moved:
    """How much of files has been moved, of those that are on the way."""

    def __init__(self) -> None:
        self._files: dict[Place, tuple[int, int]] = {}

    def note(self, vessel: Vessel, moved: int, total: int) -> None:
        """So many bytes of a vessel's file have been moved, of so many."""
        self._files[vessel.place] = (moved, total)

    def __str__(self) -> str:
        moved, total = (sum(sizes) for sizes in zip((0, 0), *self._files.values(), strict=True))
        return f", {moved / MEGABYTE:.1f} of {total / MEGABYTE:.1f} MB" if total >= MEGABYTE else ""


class Waiting:
    """A line on a terminal, as long as this is entered and somebody has not answered; nothing where there is none.

    Args:
        notes: where the line is drawn.
        doing: what is waited for.
        labels: who is asked, and how each is called.
        moved: of files, if it is about those.
    """

    def __init__(self, notes: Console, doing: str, labels: Mapping[Place, str], moved: Moved | None = None) -> None:
        self._notes = notes
        self._doing = doing
        self._left = dict(labels)
        self._all = len(labels)
        self._failed = 0
        self._moved = moved or ""
        self._live: Live | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._began = 0.0

    def came(self, place: Place, *, ok: bool) -> None:
        """One has answered, or failed."""
        self._left.pop(place, None)
        self._failed += not ok

    def line(self, after: float, *, width: int = WIDE) -> str:
        """How it stands after so many seconds; where there is no room for both, the numbers without the bar."""
        done = self._all - len(self._left)
        bar = "━" * (_BAR * done // max(self._all, 1))
        failed = f", {self._failed} failed" if self._failed else ""
        numbers = f"{self._doing}: {done} of {self._all} done{failed}{self._moved}"
        shown = f"{bar:╌<{_BAR}} {numbers}"
        return f"{shown if len(shown) <= width else numbers}{self._late(after)}"

    def _late(self, after: float) -> str:
        if after < LATE or not self._left:
            return ""
        named = list(self._left.values())[:NAMED]
        more = len(self._left) - len(named)
        return f"; still waiting for {', '.join(named)}{f' and {more} more' if more else ''}"

    def __enter__(self) -> Self:
        if self._notes.is_terminal:
            loop = asyncio.get_running_loop()
            self._began = loop.time()
            self._timer = loop.call_later(APPEARS, self._appear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._live is not None:
            self._live.stop()

    def _appear(self) -> None:
        clock = asyncio.get_running_loop().time

        def draw() -> Text:
            line = self.line(clock() - self._began, width=self._notes.width)
            return Text(visible(line), "dim", no_wrap=True, overflow="ellipsis")

        # Nothing else is printed meanwhile, and what is read from the keyboard is not ours.
        self._live = Live(
            console=self._notes,
            get_renderable=draw,
            transient=True,
            refresh_per_second=8,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()
