"""Where a user's files are kept, as the XDG rules have it."""

import os
from collections.abc import Mapping
from enum import Enum
from pathlib import Path


class Sort(Enum):
    """What files are for: the variable that names their folder, and the folder in the user's home without it."""

    CONFIG = "XDG_CONFIG_HOME", ".config"
    CACHE = "XDG_CACHE_HOME", ".cache"  # what may be lost
    STATE = "XDG_STATE_HOME", ".local/state"  # what a program remembers


def user_folder(sort: Sort, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder `seattle` for this sort of the user's files; it may not be there yet."""
    variable, usual = sort.value
    configured = environ.get(variable, "")
    # The rules say that a relative path is to be ignored.
    base = Path(configured) if configured.startswith("/") else Path.home() / usual
    return base / "seattle"


def default_keys_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """The user's keys if they say nothing else: `seattle/keys` in their configuration folder."""
    return user_folder(Sort.CONFIG, environ) / "keys"
