"""The secret in the page's address: other users of this computer can reach loopback, and must not read the page.

It is in the path, not in a cookie: cookies of 127.0.0.1 are sent to every port there, also to another user's server.
"""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from seattle.node.errors import FolderUnusable

FILE: Final = "page.token"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32,64}")
_BYTES: Final = 24


def page_token(folder: Path) -> str:
    """The token of the node in `folder`; made if there is none. Removing the file makes old addresses worthless."""
    path = folder / FILE
    if not os.path.lexists(path):
        _make(path)
    token = path.read_text(encoding="ascii", errors="replace").strip()
    if not _TOKEN.fullmatch(token):
        raise FolderUnusable(f"{path} holds no token: remove it, and a new one is made")
    return token


def _make(path: Path) -> None:
    """There is a whole one afterwards, or none: half of one would have to be removed by hand."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(_BYTES) + "\n")
            file.flush()
            os.fsync(fd)
        with suppress(FileExistsError):  # another page has just made one
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
