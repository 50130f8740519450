"""`csv`, whose reader takes one line at a time, and without the registry of dialects: it is one for the whole process.

Python's reader loses its place, and its memory, when the lines that it reads come from code that has it read on.
"""

import csv as python
from _thread import allocate_lock
from collections.abc import Iterable
from typing import Any, Self

from seattle.repy.language.modules.facade import freeze_family
from seattle.repy.language.names import words


class Reader:
    """Rows, made of lines."""

    __slots__ = ("__reading", "__real")

    def __init__(self, csvfile: Iterable[str], /, dialect: Any = "excel", **settings: Any) -> None:
        self.__real = _READER(csvfile, dialect, **settings)
        self.__reading = allocate_lock()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> list[Any]:
        if not self.__reading.acquire(blocking=False):
            raise RuntimeError(
                "this reader is reading already: it can't read on for its own lines or in another thread"
            )
        try:
            return next(self.__real)
        finally:
            self.__reading.release()

    @property
    def dialect(self) -> Any:
        """How fields are told apart."""
        return self.__real.dialect

    @property
    def line_num(self) -> int:
        """How many lines have been read."""
        return self.__real.line_num


_READER = python.reader
freeze_family(Reader)
python.reader = Reader  # type: ignore[assignment]  # DictReader makes one

MEMBERS = {
    name: getattr(python, name)
    for name in words(
        "Dialect DictReader DictWriter Error QUOTE_ALL QUOTE_MINIMAL QUOTE_NONE QUOTE_NONNUMERIC QUOTE_NOTNULL "
        "QUOTE_STRINGS Sniffer excel excel_tab reader unix_dialect writer"
    )
    if hasattr(python, name)  # some are newer than others
}
