"""The library's code, kept beside its texts once it is compiled, as Python keeps that of its own modules.

Checking and compiling all of it takes a third of a second, which every nursery would begin with. Whoever could write
to where it is kept could write to the library and to Seattle itself.
"""

import hashlib
import importlib.util
import marshal
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import CodeType
from typing import Final

import seattle.lib
from seattle.repy import language

_FOLDER: Final = "__pycache__"


def kept(texts: Mapping[str, str], compile_all: Callable[[], Mapping[str, CodeType]]) -> Mapping[str, CodeType]:
    """The code of these texts: as it was kept, or as it is compiled now, and then kept where that can be written."""
    file = Path(seattle.lib.__path__[0]) / _FOLDER / f"library.{sys.implementation.cache_tag}.marshal"
    mark = _mark(texts)
    with suppress(OSError, ValueError, EOFError, TypeError):
        data = file.read_bytes()
        if data.startswith(mark):
            found: Mapping[str, CodeType] = marshal.loads(data[len(mark) :])  # noqa: S302 - as Python does, see above
            return found
    compiled = dict(compile_all())
    with suppress(OSError):
        _write(file, mark + marshal.dumps(compiled))
    return compiled


def _mark(texts: Mapping[str, str]) -> bytes:
    """What the code depends on: the texts, the language that checks and rewrites them, and the interpreter."""
    digest = hashlib.sha256(importlib.util.MAGIC_NUMBER)
    for file in sorted(Path(language.__path__[0]).rglob("*.py")):
        digest.update(file.read_bytes())
    for name, text in sorted(texts.items()):
        digest.update(f"\0{name}\0{text}".encode())
    return digest.digest()


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    new = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        new.write_bytes(data)
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
