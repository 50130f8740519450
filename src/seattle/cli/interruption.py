"""What Ctrl-C does, where more than the command itself has to end: programs elsewhere, vessels that we hold.

SIGTERM and the hang-up of a terminal count as Ctrl-C, so that they leave as little behind.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from seattle.cli.console import say

STOPPING_LATER: Final = "stopping when it has started; Ctrl-C once more leaves at once"
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_Handler = Callable[[int, Any], object]


@contextmanager
def put_off() -> Iterator[threading.Event]:
    """While inside, the first Ctrl-C only sets the event: what is being started could not be stopped yet."""
    interrupted = threading.Event()
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def note(_number: int, _frame: object) -> None:
        interrupted.set()
        _restore(before)
        say(STOPPING_LATER)

    _handle(note)
    try:
        yield interrupted
    finally:
        _restore(before)


@contextmanager
def only_once(afterwards: str) -> Iterator[None]:
    """Inside, the first Ctrl-C interrupts; any other, until the process ends, only has this said."""
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def interrupt(_number: int, _frame: object) -> None:
        _handle(lambda _number, _frame: say(afterwards))  # first of all: the next may come at any moment
        raise KeyboardInterrupt

    _handle(interrupt)
    yield
    _restore(before)  # not after an interrupt: what follows it is still to be done


@contextmanager
def never(meanwhile: str) -> Iterator[None]:
    """Inside, Ctrl-C only has this said."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    _handle(lambda _number, _frame: say(meanwhile))
    try:
        yield
    finally:
        _restore(before)


@contextmanager
def also_by_hang_up() -> Iterator[None]:
    """Inside, SIGTERM and the end of the terminal interrupt as Ctrl-C does."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    _handle(signal.default_int_handler)
    try:
        yield
    finally:
        _restore(before)


def _handle(handler: _Handler) -> None:
    for number in SIGNALS:
        signal.signal(number, handler)


def _restore(before: dict[signal.Signals, Any]) -> None:
    for number, handler in before.items():
        signal.signal(number, handler)
