"""Tables for people, on stdout."""

from collections.abc import Iterable, Sequence
from typing import Final

from seattle.cli.console import to_terminal, visible

WIDE: Final = 160  # columns, where there is no terminal to measure


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A line for each row. The first column is a name that people copy: it is never broken."""
    from rich import box  # noqa: PLC0415 - as below
    from rich.console import Console  # noqa: PLC0415 - slow to import, and JSON doesn't need it
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    first, *others = headings
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for heading in others:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))  # Text: what nodes say is not markup
    Console(width=None if to_terminal() else WIDE).print(table)
