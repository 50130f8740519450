"""Lines of many vessels on a terminal: each says where it comes from, in a colour of its own."""

import sys
from collections.abc import Sequence
from itertools import cycle
from typing import Final

import typer

from seattle.cli.console import print_json, to_terminal, visible
from seattle.cli.vessel_options import place_facts
from seattle.client import Line, Place

COLOURS: Final = ("cyan", "green", "yellow", "magenta", "blue", "red")


class LinePrinter:
    """Prints lines on stdout: `U.../v1 | text`, or a JSON object each.

    Args:
        places: where lines will come from.
        as_json: print JSON.
    """

    def __init__(self, places: Sequence[Place], *, as_json: bool) -> None:
        self._as_json = as_json
        self._terminal = sys.stdout.isatty()
        colours = to_terminal()
        width = max((len(str(place)) for place in places), default=0)
        self._prefixes = {
            place: _prefix(f"{place!s:<{width}} |", colour if colours else None)
            for place, colour in zip(places, cycle(COLOURS), strict=False)
        }

    def show(self, line: Line) -> None:
        """Print it at once."""
        if self._as_json:
            print_json({"event": "line", **place_facts(line.vessel), "text": line.text, "missed": line.missed})
            return
        if line.missed:
            self._write(line.vessel, f"... {line.missed} bytes are missing here ...")
        self._write(line.vessel, line.text)

    def _write(self, place: Place, text: str) -> None:
        # In a file the text is as the program wrote it; a terminal must not obey it.
        sys.stdout.write(f"{self._prefixes[place]} {visible(text) if self._terminal else text}\n")
        sys.stdout.flush()


def _prefix(text: str, colour: str | None) -> str:
    return text if colour is None else typer.style(text, fg=colour)
