"""Orders that come twice: a client that heard no answer sends its order again, with the same key.

The key is the client's, and means one order of this user for ever. Of two that come at the same time one waits for the
other, since both lock the user's row first; the database's constraint holds in any case.
"""

from typing import Any, Final

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.errors import BadRequest
from seattle.clearinghouse.leases.models import Kind, Order

KEY: Final = r"^[A-Za-z0-9._-]{1,64}$"


def earlier(
    user: User, key: str, *, kind: Kind, wanted: int, least: int, where: dict[str, Any] | None = None
) -> Order | None:
    """The order that came with this key before; call it in a transaction. An empty key is none.

    Raises BadRequest if that was another order.
    """
    if not key:
        return None
    User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()
    found = Order.objects.filter(user=user, key=key).first()
    if found is None:
        return None
    if (found.kind, found.wanted, found.least, found.where) != (kind, wanted, least, where or {}):
        raise BadRequest(f"the key {key} was given to another order, {found.pk}: take a new key for each order")
    return found
