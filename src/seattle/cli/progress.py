"""What people see while something takes long: a line on the terminal of stderr. Nothing where that is no terminal."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from seattle.cli.console import visible
from seattle.client import Place, Run, Vessel

NAMED: Final = 3  # vessels that are waited for
SHOWN_A_SECOND: Final = 8

Moved = Callable[[Vessel, int, int], None]  # bytes moved, bytes in all


@contextmanager
def transfer_bar(doing: str, vessels: int) -> Iterator[Moved]:
    """A bar for a file that so many vessels take or give. What it yields is told how far each is, from any thread."""
    if not sys.stderr.isatty():
        yield lambda _vessel, _moved, _total: None
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import, and only for terminals
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn  # noqa: PLC0415 - as above

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(doing, total=None)
        moved_on: dict[Place, int] = {}

        def tell(vessel: Vessel, moved: int, total: int) -> None:
            moved_on[vessel.place] = moved
            progress.update(bar, completed=sum(moved_on.values()), total=total * vessels)

        yield tell


@contextmanager
def waiting_line(run: Run) -> Iterator[None]:
    """Says how many runs have ended, and which are waited for."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import, and only for terminals
    from rich.live import Live  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    places = [one.vessel for one in run.started]
    with Live(
        console=Console(stderr=True),
        get_renderable=lambda: Text(stragglers(places, run), style="dim", no_wrap=True, overflow="ellipsis"),
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
