"""Where the shell keeps what is nobody else's: a folder in the user's state folder, which only they read."""

import os
from collections.abc import Mapping
from pathlib import Path

from seattle.identity.folders import Sort, user_folder


def own_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """`seattle/seash` in the user's state folder; made 0700 if it is missing. Raises OSError."""
    folder = user_folder(Sort.STATE, environ) / "seash"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def open_private(path: str | Path, flags: int) -> int:
    """For `open(..., opener=...)`: a file that only its owner reads, and no link to another."""
    return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
