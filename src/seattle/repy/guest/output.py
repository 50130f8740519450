"""`log` and `print`: text to the vessel's log."""

import io
from collections.abc import Sequence
from typing import Any

from seattle.repy.door import MAX_DATA, Log
from seattle.repy.guest.channel import ask
from seattle.repy.guest.exceptions import RepyArgumentError


class Output:
    """Remembers how the log ends, for `log` puts a space between two calls unless a line has ended."""

    def __init__(self) -> None:
        self._last = "\n"

    def write(self, data: bytes) -> None:
        """Append bytes to the log, in as many frames as it takes."""
        if len(data) <= MAX_DATA:
            ask(Log(data))
            return
        for start in range(0, len(data), MAX_DATA):
            ask(Log(data[start : start + MAX_DATA]))

    def log(self, *values: object) -> None:
        """Write values to the vessel's log, a space between them, and no line end.

        There is a space between two calls as well, unless the first ended in white space other than a space.

        Args:
            values: Anything. Of each, its text is written; `bytes` go as they are.

        Raises:
            RepyArgumentError: There are arguments by keyword.
            ResourceForbiddenError: The vessel's `lograte` is 0.

        Costs:
            `lograte`, each byte.
        """
        pieces: list[bytes] = []
        for value in values:
            if self._last == " " or not self._last.isspace():
                pieces.append(b" ")
            if isinstance(value, (bytes, bytearray)):
                piece = b"".join((value,))  # plain bytes, whatever a class derived from them makes of itself
                self._last = piece[-1:].decode("latin-1") or self._last
            else:
                text = str.__str__(str(value))  # plain text, likewise
                piece, self._last = text.encode("utf-8", "replace"), text[-1:] or self._last
            pieces.append(piece)
        self.write(b"".join(pieces))

    def print(
        self, *values: object, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: bool = False
    ) -> None:
        """Write values to the vessel's log, as Python's `print` does.

        Args:
            values: Anything. Of each, its text is written.
            sep: What is written between the values, a `str`; None is a space.
            end: What is written after them, a `str`; None is a line end.
            file: An object whose `write` is given the text, which the log has not then; None for the log. What has no
                `write` is an `AttributeError`, as in Python.
            flush: True calls the `flush` of `file`, too. Of what goes to the log nothing is kept back.

        Raises:
            RepyArgumentError: `sep` or `end` is no text.
            ResourceForbiddenError: The vessel's `lograte` is 0.

        Costs:
            `lograte`, each byte.
        """
        text = printed(values, sep, end)
        if file is not None:
            print_to(file, text, flush=flush)
            return
        self._last = text[-1:] or self._last
        self.write(text.encode("utf-8", "replace"))


def printed(values: Sequence[object], sep: str | None, end: str | None) -> str:
    """The text that `print` writes for its arguments. Raises RepyArgumentError for those that it can't do."""
    separator, ending = " " if sep is None else sep, "\n" if end is None else end
    if type(separator) is not str or type(ending) is not str:
        raise RepyArgumentError("sep and end have to be a str or None")
    return separator.join([str(value) for value in values]) + ending


def print_to(file: Any, text: str, *, flush: bool) -> None:
    """Hand the text to a file of the program's."""
    file.write(text)
    if flush:
        file.flush()


class LogStream(io.TextIOBase):
    """Stands in for `sys.stdout` where a program runs behind the kernel wall alone."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def writable(self) -> bool:
        """Say so: yes."""
        return True

    def write(self, text: str) -> int:
        """Append to the log."""
        self._output.write(text.encode("utf-8", "replace"))
        return len(text)
