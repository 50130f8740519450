"""What people see while something takes long: a line on the terminal of stderr. Nothing where that is no terminal."""

import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Final, Self

from seattle.cli.console import visible
from seattle.client import Place, Run, Vessel

PATIENCE: Final = 0.3  # seconds after which there is something to see

NAMED: Final = 3  # vessels that are waited for
SHOWN_A_SECOND: Final = 8


class TransferBar:
    """A bar for a file that so many vessels take or give. It is told how far each is, from any thread.

    Whatever is done within `PATIENCE` shows none: most files are small.
    """

    def __init__(self, doing: str, vessels: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._doing = doing
        self._vessels = vessels
        self._clock = clock
        self._moved: dict[Place, int] = {}  # bytes
        self._update: Callable[[int, int], None] | None = None  # of the bar that is seen, if one is
        self._bar = ExitStack()

    def __enter__(self) -> Self:
        self._appears = self._clock() + PATIENCE if sys.stderr.isatty() else math.inf
        return self

    def __call__(self, vessel: Vessel, moved: int, total: int) -> None:
        """This vessel has so many of so many bytes."""
        self._moved[vessel.place] = moved
        if self._update is None and self._clock() >= self._appears:
            self._update = self._appear()
        if self._update is not None:
            self._update(sum(self._moved.values()), total * self._vessels)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._appears = math.inf
        self._bar.close()

    def _appear(self) -> Callable[[int, int], None]:
        from rich.console import Console  # noqa: PLC0415 - slow to import, and only for terminals
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn  # noqa: PLC0415 - as above

        columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
        progress = self._bar.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
        bar = progress.add_task(visible(self._doing), total=None)
        return lambda moved, total: progress.update(bar, completed=moved, total=total)


@contextmanager
def waiting_line(run: Run) -> Iterator[None]:
    """Says how many runs have ended, and which are waited for."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import, and only for terminals
    from rich.live import Live  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    with Live(
        console=Console(stderr=True),
        get_renderable=lambda: Text(stragglers(run.places, run), style="dim", no_wrap=True, overflow="ellipsis"),
        refresh_per_second=SHOWN_A_SECOND,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=True,
    ):
        yield


def stragglers(places: Sequence[Place], run: Run) -> str:
    """`3 of 5 have ended; waiting for A/v1, B/v1`."""
    late = [str(place) for place in places if place not in run.outcomes]
    more = f" and {len(late) - NAMED} more" if len(late) > NAMED else ""
    waiting = f"; waiting for {', '.join(late[:NAMED])}{more}" if late else ""
    return visible(f"{len(places) - len(late)} of {len(places)} have ended{waiting}")
