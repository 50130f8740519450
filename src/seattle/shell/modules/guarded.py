"""Code of modules: it may fail in any way, and does not take the shell with it."""

import asyncio
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seattle.shell.call import Call
from seattle.shell.command_table import Work
from seattle.shell.errors import EXPECTED, ShellError
from seattle.shell.extensions import Extension
from seattle.shell.modules.errors import ModuleBroken
from seattle.shell.modules.module import Hook

if TYPE_CHECKING:  # a session has modules
    from seattle.shell.session import Session


class GuardedExtension(Extension):
    """What the module of this name does, or that it is broken."""

    def __init__(self, name: str, extension: Extension) -> None:
        self._name = name
        self._extension = extension

    def rewrite(self, session: "Session", line: str) -> str:
        """As the module does. Raises ModuleBroken; not for the line that disables it."""
        if line.split() == ["disable", self._name]:
            return line
        try:
            return str(self._extension.rewrite(session, line))
        except ShellError:
            raise
        except Exception as why:
            raise broken(self._name, why) from why

    def complete(self, session: "Session", words: Sequence[str], begun: str) -> Iterable[str]:
        """As the module does; nothing if it fails, for nobody has asked for anything yet."""
        try:
            return [str(one) for one in self._extension.complete(session, words, begun)]
        except Exception:  # noqa: BLE001 - as above
            return ()


def guarded_work(name: str, work: Work) -> Work:
    """A command's work; what nobody expected of it is that its module is broken."""

    async def do(call: Call) -> None:
        try:
            await work(call)
        except EXPECTED:
            raise
        except Exception as why:
            raise broken(name, why) from why

    return do


async def guarded_hook(name: str, hook: Hook, session: "Session", *, within: float) -> None:
    """A module's beginning or end, which may take so many seconds.

    Raises ModuleBroken for what nobody expected, and what commands may end in.
    """
    try:
        async with asyncio.timeout(within):
            await hook(session)
    except TimeoutError as why:
        raise ModuleBroken(name, f"it has not begun, or ended, within {within:g} s") from why
    except EXPECTED:
        raise
    except Exception as why:
        raise broken(name, why) from why


def broken(name: str, why: Exception) -> ModuleBroken:
    """That a module is broken, with where in its code."""
    frames = traceback.extract_tb(why.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return ModuleBroken(name, f"{type(why).__name__}: {why}{place}")
