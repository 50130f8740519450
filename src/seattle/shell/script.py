"""Doing the lines of a script, or of the command line. The first that fails ends it, unless that is not wanted."""

import asyncio
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from seattle.shell.errors import EXPECTED, Unfit, in_words
from seattle.shell.lines import do_line
from seattle.shell.local_files import path_of
from seattle.shell.opening import open_session
from seattle.shell.outcome import Outcome
from seattle.shell.passphrases import ask_passphrase
from seattle.shell.session import Session
from seattle.shell.start import STDIN, Options
from seattle.shell.words import goes_on, statements

MAX_SCRIPT: Final = 4 * 1024 * 1024  # bytes

Lines = Iterator[tuple[str, str]]  # each with where it is from, to be told before what went wrong


def do_script(options: Options) -> int:
    """Do the lines that the command line names; the exit code."""
    try:
        lines = _given(options.lines) if options.script is None else _read(options.script)
        session = open_session(options.profile, ask=ask_passphrase)
        if options.identity is not None:
            session.identity_name = session.identities.get(options.identity).name
    except EXPECTED as why:
        sys.stderr.write(f"error: {in_words(why)}\n")
        return Outcome.FAILED
    return asyncio.run(_do_all(session, lines, keep_going=options.keep_going))


async def _do_all(session: Session, lines: Lines, *, keep_going: bool) -> Outcome:
    # Between two lines: the loop's own handler would only cancel, and that ends no read of stdin.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    worst = Outcome.DONE
    try:
        await session.modules.start(session)
        for where, line in lines:
            outcome = await do_line(session, line, where=where)
            worst = _worse(worst, outcome)
            if session.leaving or outcome is Outcome.INTERRUPTED or (outcome is Outcome.FAILED and not keep_going):
                break
    finally:
        await session.close()
    return worst


def _worse(one: Outcome, other: Outcome) -> Outcome:
    order = (Outcome.DONE, Outcome.DONE_IN_PART, Outcome.FAILED, Outcome.INTERRUPTED)
    return max(one, other, key=order.index)


def _given(texts: Sequence[str]) -> Lines:
    return iter([("", line) for text in texts for line in statements(text)])


def _read(script: str) -> Lines:
    """The lines of a file; of stdin each as it comes. Raises OSError, Unfit."""
    if script == STDIN:
        return ((f"line {number}: ", line) for number, line in _whole(line.rstrip("\n") for line in sys.stdin))
    with path_of(script).open("rb") as file:
        content = file.read(MAX_SCRIPT + 1)
    if len(content) > MAX_SCRIPT:
        raise Unfit(f"{script} is too long for a script")
    try:
        text = content.decode()
    except UnicodeDecodeError as why:
        raise Unfit(f"{script}: this is not a text") from why
    return ((f"{script}:{number}: ", line) for number, line in _whole(text.splitlines()))


def _whole(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Lines with those that they go on with, and the number of the first of each."""
    first, begun = 0, ""
    for number, line in enumerate(lines, 1):
        first, begun = (first, f"{begun}\n{line}") if first else (number, line)
        if not goes_on(begun):
            yield first, begun
            first = 0
    if first:
        yield first, begun
