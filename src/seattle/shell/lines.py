"""Doing a line so that whatever happens is told, and the shell goes on."""

import asyncio
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from seattle.shell.errors import EXPECTED
from seattle.shell.outcome import Outcome
from seattle.shell.own_files import open_private, own_folder
from seattle.shell.saving import autosave
from seattle.shell.session import Session

MAX_REPORTS: Final = 1024 * 1024  # bytes of reports of our own mistakes; then they begin anew


async def do_line(session: Session, line: str, *, where: str = "") -> Outcome:
    """Do a line; how it ended. Ctrl-C ends it. `where` is said before what went wrong."""
    doing = asyncio.create_task(_do(session, line, where), name="line")
    try:
        with _on_interrupt(doing.cancel):
            outcome = await doing
    except asyncio.CancelledError:
        ours = asyncio.current_task()
        if ours is not None and ours.cancelling():  # it is we who are to end
            raise
        session.note(
            "Interrupted: what was asked of vessels until then may have been done; `list` and `show log` tell.",
            style="yellow",
        )
        outcome = Outcome.INTERRUPTED
    await autosave(session)
    return outcome


@contextmanager
def _on_interrupt(act: Callable[[], object]) -> Iterator[None]:
    """Have Ctrl-C do this, and then again what it did before."""
    before = signal.getsignal(signal.SIGINT)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, act)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)


async def _do(session: Session, line: str, where: str) -> Outcome:
    try:
        return await session.do(line)
    except EXPECTED as why:
        session.complain(why, where=where)
    except Exception as mistake:  # noqa: BLE001 - ours: the shell goes on, and somebody can find out
        session.note(f"error: {where}the shell itself has failed: {type(mistake).__name__}", style="red")
        session.note(_reported(mistake))
    return Outcome.FAILED


def _reported(mistake: Exception) -> str:
    """Write a report of a mistake of ours; a hint where it is. It has no values in it, which may be secret."""
    text = "".join(traceback.format_tb(mistake.__traceback__)) + type(mistake).__name__
    try:
        path = own_folder() / "errors.log"
        _append(path, f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{text}\n\n")
    except OSError as why:
        return f"hint: no report could be written ({why})"
    return f"hint: {path} tells where; please show it to those who make Seattle"


def _append(path: Path, text: str) -> None:
    with open(path, "a", encoding="utf-8", opener=open_private) as file:
        if file.tell() > MAX_REPORTS:
            os.truncate(file.fileno(), 0)
        file.write(text)
