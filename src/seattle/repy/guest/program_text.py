"""The way from a text of the program, in a file or not, to code that may be run."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

from seattle.repy import door
from seattle.repy.guest.deep_stack import on_deep_stack
from seattle.repy.guest.exceptions import CodeUnsafeError
from seattle.repy.guest.sources import Sources
from seattle.repy.language.compiler import compile_program
from seattle.repy.language.violations import CodeUnsafe


def read_file(openfile: Callable[..., Any], name: str) -> bytes:
    """All of a file of the vessel, by the calls that a program has."""
    file = openfile(name, False)  # noqa: FBT003 - the reference's signature
    try:
        data = file.readat(door.MAX_PROGRAM + 1, 0)
    finally:
        file.close()
    if type(data) is not bytes or len(data) > door.MAX_PROGRAM:
        raise CodeUnsafeError(
            f"{name}: this is not the text of a module: it has to be at most {door.MAX_PROGRAM} bytes"
        )
    return data


def compile_file(data: bytes, name: str, sources: Sources) -> CodeType:
    """The code in a file. Raises CodeUnsafeError with every violation."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        raise CodeUnsafeError(f"{name}: this is not the text of a program: {why}") from None
    return compile_text(text, name, sources)


def compile_text(text: str, name: str, sources: Sources) -> CodeType:
    """The code that a text is. Raises CodeUnsafeError with every violation."""
    try:
        code = on_deep_stack(lambda: compile_program(text, name))
    except CodeUnsafe as why:
        raise CodeUnsafeError(str(why)) from None
    sources.add(name, text)
    return code
