"""Lines of many vessels, shown when all have come: what was the same on many, once."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import typer

from seattle.cli.console import print_json, to_terminal, visible
from seattle.client import Line, Place

MOST_KEPT: Final = 64 * 1024 * 1024  # characters of all vessels together, shared out evenly
NAMED: Final = 8  # vessels in a heading; of more it says how many


@dataclass
class _Output:
    lines: list[str] = field(default_factory=list)
    size: int = 0  # characters
    missed: int = 0  # bytes of its log, lost before we read them
    cut: int = 0  # lines that we did not keep


class FoldedLines:
    """Keeps the lines of each vessel, and prints each different output once, with the vessels that wrote it.

    Args:
        places: where lines will come from.
        as_json: print a JSON object for each output.
    """

    def __init__(self, places: Sequence[Place], *, as_json: bool) -> None:
        self._outputs = {place: _Output() for place in places}
        self._most = MOST_KEPT // max(len(places), 1)
        self._as_json = as_json

    def show(self, line: Line) -> None:
        """Keep a line; of a vessel that writes too many, only the first."""
        output = self._outputs[line.vessel]
        output.missed += line.missed
        if output.size + len(line.text) > self._most:
            output.cut += 1
            return
        output.lines.append(line.text)
        output.size += len(line.text) + 1

    def finish(self) -> None:
        """Print it all, in the order of the first vessel of each output."""
        places: dict[str, list[Place]] = {}
        for place, output in self._outputs.items():
            places.setdefault(_text(output), []).append(place)
        for text, same in places.items():
            if self._as_json:
                print_json({"event": "output", "vessels": [str(place) for place in same], "text": text})
            else:
                self._print(same)

    def _print(self, same: Sequence[Place]) -> None:
        """Lines of the program stand behind a bar, so that none can look like ours."""
        heading = f"---- {_named(same)} ({len(same)} of {len(self._outputs)}) ----"
        typer.echo(typer.style(heading, bold=True) if to_terminal() else heading)
        output = self._outputs[same[0]]
        for line in _lost(output):
            typer.echo(line)
        for text in output.lines:
            for line in text.splitlines() or [""]:
                typer.echo(f"| {visible(line) if sys.stdout.isatty() else line}")
        for line in _cut(output):
            typer.echo(line)


def _named(places: Sequence[Place]) -> str:
    more = len(places) - NAMED
    return ", ".join(map(str, places[:NAMED])) + (f" and {more} more" if more > 0 else "")


def _text(output: _Output) -> str:
    return "".join(f"{line}\n" for line in (*_lost(output), *output.lines, *_cut(output)))


def _lost(output: _Output) -> list[str]:
    return [f"... {output.missed} bytes are missing here ..."] if output.missed else []


def _cut(output: _Output) -> list[str]:
    return [f"... and {output.cut} lines more ..."] if output.cut else []
