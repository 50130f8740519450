"""What a vessel's file may be called."""

import re

from seattle.repy.door import Refusal
from seattle.repy.monitor.refused import RefusedError

MAX_NAME = 120  # characters

_ALLOWED = re.compile(r"[a-z0-9._-]+\Z")


def check_name(name: str) -> None:
    """Refuse what is not a vessel file's name. The order is the reference's (spec section 3.4)."""
    if len(name) > MAX_NAME:
        raise RefusedError(
            Refusal.ARGUMENT, f"the file name has {len(name)} characters; at most {MAX_NAME} are allowed"
        )
    if name in ("", ".", ".."):
        raise RefusedError(Refusal.ARGUMENT, f"{name!r} is not a file name")
    if not _ALLOWED.match(name):
        raise RefusedError(
            Refusal.ARGUMENT,
            f"the file name {name!r} is not allowed: use only a-z, 0-9, '.', '_' and '-' (a vessel has no folders)",
        )
    if name.startswith("."):
        raise RefusedError(Refusal.ARGUMENT, f"the file name {name!r} starts with a period, which is not allowed")


def is_text(name: str) -> bool:
    """Whether a name that the donor gave can be told: bytes that are no text can't."""
    return name.isascii() or name.encode("utf-8", "ignore").decode() == name
