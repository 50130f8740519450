"""Tables for people, on stdout."""

from collections.abc import Iterable, Sequence
from typing import Final

from seattle.cli.console import to_terminal, visible

WIDE: Final = 160  # columns, where there is no terminal to measure
GAP: Final = 3  # columns between two of a table, at most
NARROW: Final = 12  # columns in which a text can be broken and still be read


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A line for each row.

    The first column is a name that people copy: it is never broken. Of the others those are that are longest, as long
    as the terminal has room for the rest.
    """
    from rich import box  # noqa: PLC0415 - as below
    from rich.console import Console  # noqa: PLC0415 - slow to import, and JSON doesn't need it
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    console = Console(width=None if to_terminal() else WIDE)
    cells = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    whole = _whole(widths, console.width)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", no_wrap=number in whole)
    for row in cells:
        table.add_row(*map(Text, row))  # Text: what nodes say is not markup
    console.print(table)


def _whole(widths: Sequence[int], room: int) -> set[int]:
    """The columns that are not to be broken: the first, and the shortest others that leave room for what is left."""
    others = sorted(range(1, len(widths)), key=widths.__getitem__)
    whole, left = {0}, room - widths[0] - len(widths) * GAP
    for position, column in enumerate(others, 1):
        left -= widths[column]
        if left < (len(others) - position) * NARROW:
            break
        whole.add(column)
    return whole
