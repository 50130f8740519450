"""Both filters of system calls, built in a process that ends with that.

Building one takes libseccomp, and modules that look for it on the disk: some forty mappings and a few hundred objects,
which every guest and every monitor would inherit from the nursery, and the kernel clear away at the end of each.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple, NoReturn

from seattle.repy.walls import guest_calls, monitor_calls, seccomp
from seattle.repy.walls.guest_calls import Permission

_MOST = 1 << 20  # bytes of both filters as text

_Built = tuple[str, int] | str
"""A filter's instructions as text, and how many permissions it has; or why there is none. As JSON can say it."""


class Filters(NamedTuple):
    """For each of the two: its filter; or why there is none."""

    guest: seccomp.Program | str
    monitor: seccomp.Program | str


def begin_filters() -> Callable[[], Filters]:
    """Fork, and have them built over there. What is returned waits for what has come of that; call it once.

    Where no process is to be had for the moment, that is done here.
    """
    hear, tell = os.pipe()
    try:
        builder = os.fork()
        if builder == 0:
            _build_and_end(tell)
    except OSError:
        os.close(hear)
        return lambda: _read(_build())
    finally:
        os.close(tell)

    def finish() -> Filters:
        with os.fdopen(hear, "rb") as there:
            told = there.read(_MOST)
        with suppress(ChildProcessError):  # a caller that ignores SIGCHLD has its children reaped by the kernel
            os.waitpid(builder, 0)
        if not told:
            return Filters(*["no filter could be built: the process that was to build it died"] * 2)
        return _read(json.loads(told))

    return finish


def _build_and_end(tell: int) -> NoReturn:
    try:
        with os.fdopen(tell, "w") as there:
            json.dump(_build(), there)
    except BaseException as why:  # noqa: BLE001 - the caller's code must not run twice
        print(f"no filter could be built: {why!r}", file=sys.stderr)
    finally:
        os._exit(0)


def _build() -> list[_Built]:
    return [
        _filter(guest_calls.PERMITTED, unknown=guest_calls.UNKNOWN),
        _filter(monitor_calls.PERMITTED, unknown=monitor_calls.UNKNOWN),
    ]


def _filter(permitted: Iterable[Permission], *, unknown: Iterable[str]) -> _Built:
    try:
        program = seccomp.build(permitted, unknown=unknown)
    except (ImportError, RuntimeError, OSError) as why:
        return f"no filter could be built: {why}"
    return program.instructions.hex(), program.permissions


def _read(built: Iterable[_Built]) -> Filters:
    return Filters(*(one if isinstance(one, str) else seccomp.Program(bytes.fromhex(one[0]), one[1]) for one in built))
