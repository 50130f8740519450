"""Who asked may be gone by the time their request is looked at: closed by an operator, or deleted in another window."""

from typing import Final

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.errors import NotPermitted

GONE: Final = "this account was deleted, or closed by the operators"


def lock(user: User) -> None:
    """Have others who lock this user wait until the transaction ends. Raises NotPermitted for who is gone."""
    if not User.objects.select_for_update().filter(pk=user.pk, is_active=True):
        raise NotPermitted(GONE)
