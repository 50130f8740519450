"""What users call vessels: the node's id, a colon, the vessel's name there."""

import re
from collections.abc import Iterable
from typing import Final

from seattle.clearinghouse.errors import BadRequest, UnknownVessel
from seattle.clearinghouse.leases.models import MOST

_HANDLE: Final = re.compile(r"(U[A-Z2-7]{55}):([A-Za-z0-9][A-Za-z0-9_.-]{0,63})", re.ASCII)

Handle = tuple[str, str]  # node id, vessel name


def parse_handle(text: str) -> Handle:
    """Raises UnknownVessel for what is no handle."""
    parts = _HANDLE.fullmatch(text) if isinstance(text, str) else None
    if parts is None:
        raise UnknownVessel(
            f"{str(text)[:80]!r} is no handle: they look like U...:v12, and `seattle vessels` shows yours"
        )
    return parts[1], parts[2]


def parse_handles(texts: Iterable[str]) -> list[Handle]:
    """Each once, in the order given. Raises BadRequest for none at all or too many, UnknownVessel as above."""
    handles = list(dict.fromkeys(parse_handle(text) for text in texts))
    if not handles:
        raise BadRequest("no vessel is named: give at least one handle")
    if len(handles) > MOST:
        raise BadRequest(f"{len(handles)} vessels are too many at once: name at most {MOST}")
    return handles
