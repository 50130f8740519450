"""Orders that come twice: a client that heard no answer sends its order again, with the same key.

The key is the client's, and means one order of this user for ever. Of two that come at the same time one waits for the
other, since both lock the user's row first; the database's constraint holds in any case.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.errors import BadRequest
from seattle.clearinghouse.leases.models import Kind, Order

KEY: Final = r"^[A-Za-z0-9._-]{1,64}$"


def earlier(
    user: User,
    key: str,
    *,
    kind: Kind,
    wanted: int,
    least: int,
    where: dict[str, Any] | None = None,
    handles: Iterable[str] = (),
) -> Order | None:
    """The order that came with this key before; call it in a transaction. An empty key is none.

    `handles` are those that it names. Raises BadRequest if that was another order.
    """
    found = _with_key(user, key)
    if found is None:
        return None
    digests = {"", digest_of(handles)}  # none was kept of orders of the version before
    same = (found.kind, found.wanted, found.least, found.where) == (kind, wanted, least, where or {})
    if not same or found.handles_digest not in digests or found.replaces is not None:
        raise _other(found)
    return found


def earlier_replacement(user: User, key: str, handle: str) -> Order | None:
    """As `earlier`, for an order of a vessel like this one, which was lost."""
    found = _with_key(user, key)
    if found is not None and (found.replaces is None or found.replaces.handle != handle):
        raise _other(found)
    return found


def digest_of(handles: Iterable[str]) -> str:
    """What is kept of the vessels that an order names, in whatever order; empty for none."""
    named = "\n".join(sorted(set(handles)))
    return hashlib.sha256(named.encode()).hexdigest() if named else ""


def _with_key(user: User, key: str) -> Order | None:
    if not key:
        return None
    User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()
    return Order.objects.filter(user=user, key=key).select_related("replaces").first()


def _other(found: Order) -> BadRequest:
    return BadRequest(f"the key {found.key} was given to another order, {found.pk}: take a new key for each order")
