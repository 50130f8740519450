"""Work that needs more stack than the threads of a program have: reading deeply nested text, which is done in C."""

import _thread
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from seattle.repy.guest.threads import STACK, starting

R = TypeVar("R")

_ENOUGH = 2 * 1024 * 1024  # bytes; Python's parser gives up by itself before it has used this

_one_at_a_time = _thread.allocate_lock()  # a vessel has room for hardly more threads than its program may start


def on_deep_stack(work: Callable[[], R]) -> R:
    """What `work` returns or raises. It must not ask the monitor for anything: see `channel`.

    The main thread has stack enough. Others have the work done by a thread of its own, outside the `events` limit,
    and wait for it. Raises MemoryError if there is no room for that.
    """
    if threading.get_ident() == threading.main_thread().ident:
        return work()
    with _one_at_a_time:
        return _elsewhere(work)


def _elsewhere(work: Callable[[], R]) -> R:
    done = _thread.allocate_lock()
    done.acquire()
    results: list[Any] = []

    def run() -> None:
        try:
            results.append((True, work()))
        except BaseException as error:  # noqa: BLE001 - raised again where it belongs
            results.append((False, error))
        finally:
            done.release()

    with starting:
        threading.stack_size(_ENOUGH)
        try:
            _thread.start_new_thread(run, ())
        except RuntimeError:
            raise MemoryError("no room to read program text") from None
        finally:
            threading.stack_size(STACK)
    done.acquire()
    worked, result = results[0]
    if worked:
        answer: R = result
        return answer
    raise result
