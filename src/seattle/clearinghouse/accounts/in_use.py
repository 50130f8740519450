"""Who asked may be gone by the time their request is looked at: closed by an operator, or deleted in another window."""

from typing import Final

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.errors import NotPermitted

GONE: Final = "this account was deleted, or closed by the operators"


def lock(user: User, *, no_key: bool = False) -> None:
    """Have others who lock this user wait until the transaction ends. Raises NotPermitted for who is gone.

    `no_key`: but not who writes rows that only refer to the user.
    """
    if not User.objects.select_for_update(no_key=no_key).filter(pk=user.pk, is_active=True):
        raise NotPermitted(GONE)
