"""Both filters of system calls, built in a process that ends with that.

Building one takes libseccomp, and modules that look for it on the disk: some forty mappings and a few hundred objects,
which every guest and every monitor would inherit from the nursery, and the kernel clear away at the end of each.
"""

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple, NoReturn

from seattle.repy.walls import guest_calls, monitor_calls, seccomp
from seattle.repy.walls.guest_calls import Permission

_MOST = 1 << 20  # bytes of both filters as text


class Filters(NamedTuple):
    """For each of the two: its filter; or why there is none."""

    guest: seccomp.Program | str
    monitor: seccomp.Program | str


def build_filters() -> Filters:
    """Fork, build them over there, and hear what has come of it. Raises OSError when no process is to be had."""
    hear, tell = os.pipe()
    with os.fdopen(hear, "rb") as there:
        try:
            builder = os.fork()
            if builder == 0:
                _build_and_end(tell)
        finally:
            os.close(tell)
        told = there.read(_MOST)
    with suppress(ChildProcessError):  # a caller that ignores SIGCHLD has its children reaped by the kernel
        os.waitpid(builder, 0)
    if not told:
        return Filters(*["no filter could be built: the process that was to build it died"] * 2)
    return Filters(*(_program(found) for found in json.loads(told)))


def _build_and_end(tell: int) -> NoReturn:
    try:
        both = (
            _filter(guest_calls.PERMITTED, unknown=guest_calls.UNKNOWN),
            _filter(monitor_calls.PERMITTED, unknown=monitor_calls.UNKNOWN),
        )
        with os.fdopen(tell, "w") as there:
            json.dump(both, there)
    except BaseException as why:  # noqa: BLE001 - the caller's code must not run twice
        print(f"no filter could be built: {why!r}", file=sys.stderr)
    finally:
        os._exit(0)


def _filter(permitted: Iterable[Permission], *, unknown: Iterable[str]) -> tuple[str, int] | str:
    try:
        program = seccomp.build(permitted, unknown=unknown)
    except (ImportError, RuntimeError, OSError) as why:
        return f"no filter could be built: {why}"
    return program.instructions.hex(), program.permissions


def _program(found: list[object] | str) -> seccomp.Program | str:
    if isinstance(found, str):
        return found
    instructions, permissions = found
    return seccomp.Program(bytes.fromhex(str(instructions)), int(str(permissions)))
