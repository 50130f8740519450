"""Tables for notebooks. What stands in them was written by nodes, programs and strangers: all of it is escaped."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import islice
from typing import Final

from seattle.client.wording import outcome_in_words
from seattle.fabric.node_api import RunOutcome

MOST_ROWS: Final = 100
MOST_TEXT: Final = 300  # characters of one cell


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[object]], *, of: int) -> str:
    """A table of at most 100 rows; `of` is how many there are."""
    told = f"{caption}, of which {MOST_ROWS} are shown" if of > MOST_ROWS else caption
    lines = [f"<caption>{escape(told)}</caption>", _row("th", head)]
    lines += [_row("td", row) for row in islice(rows, MOST_ROWS)]
    return f"<table>\n{''.join(lines)}</table>"


def _row(cell: str, values: Sequence[object]) -> str:
    # <bdi>: text that runs from right to left, or says so, changes nothing around it.
    return f"<tr>{''.join(f'<{cell}><bdi>{escape(_text(one))}</bdi></{cell}>' for one in values)}</tr>\n"


def _text(value: object) -> str:
    match value:
        case None:
            text = ""
        case RunOutcome():
            text = outcome_in_words(value)
        case bytes():
            text = value[: 4 * MOST_TEXT].decode("utf-8", errors="replace")
        case _:
            text = str(value)
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}..."
