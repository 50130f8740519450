"""From pieces of a log to lines of text."""

from dataclasses import dataclass
from typing import Final

from seattle.client.places import Place

MAX_LINE: Final = 64 * 1024  # bytes; a longer line comes in several
_CONTINUATION = 0x80  # bytes 10xxxxxx go on with a character of UTF-8
_CONTINUATION_MASK = 0xC0
_LONGEST_CHARACTER = 4  # bytes


@dataclass(frozen=True)
class Line:
    """One line that a vessel wrote, without its end."""

    vessel: Place
    text: str
    missed: int = 0  # bytes lost before this line: a log keeps the newest, and we came too late


class LineSplitter:
    """Splits a stream of bytes into lines. Holds the unfinished one, never more than `MAX_LINE` bytes.

    What is not UTF-8 is replaced, character by character.
    """

    def __init__(self, max_line: int = MAX_LINE) -> None:
        self._max = max_line
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines that these bytes finish."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        lines = [_text(part) for line in whole for part in self._parts(line)]
        *parts, self._rest = self._parts(self._rest)
        return [*lines, *map(_text, parts)]

    def finish(self) -> list[str]:
        """The last line, if it was never finished."""
        rest, self._rest = self._rest, b""
        return [_text(rest)] if rest else []

    def _parts(self, line: bytes) -> list[bytes]:
        parts = []
        while len(line) > self._max:
            cut = _cut(line, self._max)
            parts.append(line[:cut])
            line = line[cut:]
        return [*parts, line]


class LineMaker:
    """Makes lines of one vessel's log, of which pieces may be lost.

    Args:
        vessel: whose log it is.
        offset: where in the log the first piece should begin, in bytes; None if that is not known.
    """

    def __init__(self, vessel: Place, offset: int | None) -> None:
        self._vessel = vessel
        self._expected = offset
        self._missed = 0
        self._splitter = LineSplitter()

    def feed(self, offset: int, data: bytes) -> list[Line]:
        """The lines that a piece of log, which begins at `offset` (bytes), finishes."""
        lines = []
        if self._expected is not None and offset > self._expected:
            lines = self.finish()  # what was begun before the gap does not go on after it
            self._missed += offset - self._expected
        self._expected = offset + len(data)
        return lines + self._lines(self._splitter.feed(data))

    def finish(self) -> list[Line]:
        """The last line, if it was never finished."""
        return self._lines(self._splitter.finish())

    def _lines(self, texts: list[str]) -> list[Line]:
        lines = []
        for text in texts:
            lines.append(Line(self._vessel, text, self._missed))
            self._missed = 0
        return lines


def _cut(line: bytes, limit: int) -> int:
    """Where to cut so that no character is torn: at the limit or up to three bytes before."""
    for cut in range(limit, max(limit - _LONGEST_CHARACTER, 0), -1):
        if line[cut] & _CONTINUATION_MASK != _CONTINUATION:
            return cut
    return limit  # this is not UTF-8 anyway


def _text(line: bytes) -> str:
    return line.decode("utf-8", errors="replace")
