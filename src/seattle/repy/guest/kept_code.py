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
from typing import Final, NoReturn

import seattle.lib
from seattle.repy import language
from seattle.repy.guest import packed

_FOLDER: Final = "__pycache__"


def kept(texts: Mapping[str, str], compile_all: Callable[[], Mapping[str, bytes]]) -> Mapping[str, bytes]:
    """The packed code of these texts: as it was kept, or as it is compiled now, and kept if that can be written."""
    file = Path(seattle.lib.__path__[0]) / _FOLDER / f"library.{sys.implementation.cache_tag}.marshal"
    mark = _mark(texts)
    with suppress(OSError, ValueError, EOFError, TypeError):
        data = file.read_bytes()
        if data.startswith(mark):
            found: Mapping[str, bytes] = marshal.loads(data[len(mark) :])  # noqa: S302 - as Python does, see above
            return found
    compiled = _compiled_by_a_child(compile_all) or dict(compile_all())
    with suppress(OSError):
        _write(file, mark + marshal.dumps(compiled))
    return compiled


def _compiled_by_a_child(compile_all: Callable[[], Mapping[str, bytes]]) -> dict[str, bytes] | None:
    """Fork, and have it compiled over there: what that leaves scattered in memory would be a part of every vessel's.

    None where there is no process to be had, or where it failed: then whoever does it here learns why.
    """
    hear, tell = os.pipe()
    try:
        child = os.fork()
        if child == 0:
            _compile_and_end(compile_all, tell)
    except OSError:
        os.close(hear)
        return None
    finally:
        os.close(tell)
    with os.fdopen(hear, "rb") as there:
        told = there.read()
    with suppress(ChildProcessError):  # a caller that ignores SIGCHLD has its children reaped by the kernel
        os.waitpid(child, 0)
    with suppress(ValueError, EOFError, TypeError):
        compiled: dict[str, bytes] = marshal.loads(told)  # noqa: S302 - our own child's
        return compiled
    return None


def _compile_and_end(compile_all: Callable[[], Mapping[str, bytes]], tell: int) -> NoReturn:
    try:
        with os.fdopen(tell, "wb") as there:
            there.write(marshal.dumps(dict(compile_all())))
    except BaseException as why:  # noqa: BLE001 - the caller's code must not run twice
        print(f"the library could not be compiled by a process of its own: {why!r}", file=sys.stderr)
    finally:
        os._exit(0)


def _mark(texts: Mapping[str, str]) -> bytes:
    """What the code depends on: the texts, the language that rewrites them, how it is packed, and the interpreter."""
    digest = hashlib.sha256(importlib.util.MAGIC_NUMBER)
    for file in (Path(packed.__file__), *sorted(Path(language.__path__[0]).rglob("*.py"))):
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
