"""The secret in the page's address: other users of this computer can reach loopback, and must not read the page.

It is in the path, not in a cookie: cookies of 127.0.0.1 are sent to every port there, also to another user's server.
"""

import os
import re
import secrets
from pathlib import Path
from typing import Final

from seattle.node.errors import FolderUnusable

FILE: Final = "page.token"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32,64}")
_BYTES: Final = 24


def page_token(folder: Path) -> str:
    """The token of the node in `folder`; made if there is none. Removing the file makes old addresses worthless."""
    path = folder / FILE
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        token = path.read_text(encoding="ascii", errors="replace").strip()
        if not _TOKEN.fullmatch(token):
            raise FolderUnusable(f"{path} holds no token: remove it, and a new one is made") from None
        return token
    token = secrets.token_urlsafe(_BYTES)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(token + "\n")
    return token
