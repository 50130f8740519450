"""The version of Seattle that installers carry: the newest stable one in the folder of releases."""

import threading
from pathlib import Path
from typing import Final

from django.conf import settings

from seattle.clearinghouse.errors import CannotFulfil
from seattle.updater.errors import ReleaseError
from seattle.updater.published import Published, published
from seattle.updater.roles import Channel

_lock: Final = threading.Lock()
_known: dict[Path, tuple[object, Published | None]] = {}


def newest() -> Published | None:
    """What installers carry now; None if nothing was published yet. Raises CannotFulfil."""
    folder = settings.SITE.releases
    if folder is None:
        return None
    try:
        return _newest(folder)
    except ReleaseError as why:
        raise CannotFulfil(f"the releases here can't be used now: {why}") from why


def _newest(folder: Path) -> Published | None:
    """Read once for each time that something was published."""
    stamp = _stamp(folder)
    with _lock:
        if folder in _known and _known[folder][0] == stamp:
            return _known[folder][1]
    found = published(folder, Channel.STABLE)
    with _lock:
        _known[folder] = (stamp, found)
    return found


def _stamp(folder: Path) -> object:
    try:
        facts = (folder / "metadata" / "timestamp.json").stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_ino, facts.st_size
