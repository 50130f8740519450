"""Tables: for a terminal as wide as it is, for a file as wide as they need to be."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from seattle.repy.visible import visible
from seattle.shell.session import Session

WIDE: Final = 200  # columns, where there is no terminal to measure


def show_table(session: Session, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under headings. The first column is a name that people copy, and is never broken."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))  # Text: what strangers wrote is not markup
    out = session.out if session.out.is_terminal else Console(file=session.out.file, width=WIDE)
    out.print(table)
