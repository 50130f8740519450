"""Which dialect a file is written in, by its suffix, and how its text becomes code.

A dialect is a function from text and file name to code that raises CodeUnsafe for text it refuses. Another dialect
joins by a file in this folder and a line in `_BY_SUFFIX`.
"""

from collections.abc import Callable
from pathlib import PurePosixPath
from types import CodeType

from seattle.repy.language.compiler import compile_program

Compile = Callable[[str, str], CodeType]

_BY_SUFFIX: dict[str, Compile] = {".py": compile_program, ".repy3": compile_program}
_REPY_V2 = frozenset({".r2py", ".repy"})


class UnknownDialectError(ValueError):
    """No dialect is known for the suffix of this file name."""

    code = "unknown-dialect"


def dialect_of(filename: str) -> Compile:
    """The function that compiles programs with this file name.

    Raises UnknownDialectError, with what to do, if there is none.
    """
    suffix = PurePosixPath(filename).suffix.lower()
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if suffix in _REPY_V2:
        raise UnknownDialectError(f"{filename}: Repy V2 is not available here; write Repy 3 and name the file `.py`")
    raise UnknownDialectError(
        f"{filename}: no dialect is known for this name; Repy 3 programs end in `.py` or `.repy3`"
    )
