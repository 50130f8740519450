"""Who may enrol in the fabric: whoever the database says; asked anew each time."""

from datetime import UTC, datetime
from typing import assert_never

from seattle.clearinghouse.accounts.models import UserKey
from seattle.clearinghouse.desk.models import CutOff
from seattle.clearinghouse.fleet.adverts import enrolled
from seattle.clearinghouse.fleet.donation_tokens import good_tokens
from seattle.clearinghouse.fleet.models import TOKEN_PREFIX, Node
from seattle.clearinghouse.fleet.places import plain_address
from seattle.clearinghouse.worker.orm import Orm
from seattle.fabric.authority import Role
from seattle.fabric.errors import EnrolmentRefused
from seattle.identity.keys import PublicKey


class DatabaseAdmissions:
    """For `EnrolmentService`, in the place of its own file.

    Users are the active keys of accounts that were not banned. A node is one that has donated and was not shut out, or
    one that brings a donation token. Services get their credentials from the operator.
    """

    def __init__(self, orm: Orm) -> None:
        self._orm = orm

    async def admit(self, public: PublicKey, role: Role, invitation: str, *, now: float, address: str = "") -> None:
        """Let this key, which was proved, have a credential. Raises EnrolmentRefused."""
        await self._orm(_check, public.id, role, invitation)
        if role is Role.NODE:
            await self._orm(enrolled, public.id, plain_address(address), datetime.fromtimestamp(now, UTC))


def _check(key_id: str, role: Role, invitation: str) -> None:
    if CutOff.holds_for(key_id):
        raise EnrolmentRefused("this key was cut off by the operators: write to them if that is a mistake")
    match role:
        case Role.USER:
            if not UserKey.objects.filter(key_id=key_id, retired_at=None, user__is_active=True).exists():
                raise EnrolmentRefused("this is no key of an account here: `seattle login URL` makes it one")
        case Role.NODE:
            _check_node(key_id, invitation)
        case Role.SERVICE:
            raise EnrolmentRefused("services do not enrol here: the operator gives them their credentials")
        case _:
            assert_never(role)


def _check_node(key_id: str, token: str) -> None:
    node = Node.objects.filter(node_id=key_id).first()
    if node is not None and node.state == Node.State.RETIRED:
        raise EnrolmentRefused(f"this node was shut out here ({node.why or 'by an operator'}): ask the operators")
    if node is not None and hasattr(node, "donation"):
        return
    if not token.startswith(TOKEN_PREFIX):
        raise EnrolmentRefused("a node enrols here with a donation token (`don_...`): the page Donations gives one")
    if not good_tokens().filter(token=token).exists():
        raise EnrolmentRefused(
            "this donation token is not known here, or was revoked: the page Donations gives another"
        )
