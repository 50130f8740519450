"""How long ago somebody touched a key or the mouse.

logind knows of desktops, if they tell it, and of terminals. Without it only terminals can be looked at: a read of one
sets its access time. If a desktop runs that nobody tells of, nothing is known.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from seattle.node.donor.bus import NotOnBus, read_property
from seattle.node.donor.conditions.reading import Reading, folders

LONG_AGO: Final = 24 * 3600.0  # seconds; nobody has been here since, or ever
_LOGIND: Final = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
_DESKTOPS: Final = ("tmp/.X11-unix/X*", "run/user/*/wayland-*")


def read_idle(root: Path, *, clock: Callable[[], float] = time.time) -> Reading:
    """Seconds since the last touch. `clock`: seconds since 1970."""
    now = clock()
    terminals = _terminals(root, now)
    try:
        desktop = _logind(root, now)
    except NotOnBus as why:
        if any(folders(root, pattern) for pattern in _DESKTOPS):
            return Reading.unknown(f"a desktop runs, and {why}")
        if terminals is None:
            return Reading.unknown(f"there is no terminal to look at, and {why}")
        return _told(terminals, "of terminals alone")
    return _told(desktop if terminals is None else min(desktop, terminals), "of all sessions")


def _told(seconds: float, of_what: str) -> Reading:
    if seconds >= LONG_AGO:
        return Reading(LONG_AGO, f"nobody has been here for a day ({of_what})")
    return Reading(seconds, f"somebody was here {seconds:.0f} s ago ({of_what})")


def _logind(root: Path, now: float) -> float:
    """Seconds, as far as logind knows: 0 while it calls any session busy. Raises NotOnBus."""
    if read_property(root, *_LOGIND, "IdleHint") is not True:
        return 0.0
    since = read_property(root, *_LOGIND, "IdleSinceHint")  # microseconds since 1970; 0 when nobody was ever here
    return _ago(now, since / 1e6) if isinstance(since, int) and since else LONG_AGO


def _terminals(root: Path, now: float) -> float | None:
    """Seconds since the latest read of any terminal; None without terminals."""
    touched = []
    for pattern in ("dev/tty[0-9]*", "dev/pts/[0-9]*"):
        for terminal in folders(root, pattern):
            try:
                touched.append(terminal.stat().st_atime)
            except OSError:  # closed meanwhile
                continue
    return _ago(now, max(touched)) if touched else None


def _ago(now: float, then: float) -> float:
    return min(max(now - then, 0.0), LONG_AGO)
