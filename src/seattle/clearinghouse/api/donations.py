"""The nodes that a user donated, and the tokens to donate more."""

from datetime import datetime
from typing import Annotated, Any

from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from seattle.clearinghouse.api import rates
from seattle.clearinghouse.api.credentials import AskedBy, Credentials
from seattle.clearinghouse.api.forms import ROWS, Asked, Before, Limit, Page, RowId, answers, inline, note
from seattle.clearinghouse.api.pages import page_of
from seattle.clearinghouse.fleet import donation_tokens
from seattle.clearinghouse.fleet.models import Donation, DonationToken, Node

router = Router(tags=["donations"], auth=Credentials())


class DonationTold(Schema):
    """A node that you donated, and whether it earns anything."""

    id: int
    node: Annotated[str, note("its id")]
    state: Annotated[Node.State, inline(Node.State)]
    online: bool
    why: Annotated[str, note("it is not in use; in words")]
    holding_back: Annotated[str, note("why it starts no program now, in its own words")]
    credited: bool
    why_not: Annotated[str, note("it earns nothing; in words")]
    address: str
    country: str
    version: str
    donated_at: datetime
    advertised_at: datetime | None
    uptime: Annotated[int, note("seconds that it was online, in all")]

    @classmethod
    def of(cls, donation: Donation) -> "DonationTold":
        """What is told of a donation to its donor."""
        node = donation.node
        return cls(
            id=donation.pk,
            node=node.node_id,
            state=Node.State(node.state),
            online=node.online,
            why=node.why,
            holding_back=node.holding_back,
            credited=donation.credited,
            why_not=donation.why_not,
            address=node.address,
            country=node.country,
            version=node.version,
            donated_at=donation.created_at,
            advertised_at=node.advertised_at,
            uptime=node.online_seconds + _since(node.online_since if node.online else None),
        )


class TokenTold(Schema):
    """What an installer carries. It allows nothing but to donate in your name."""

    id: int
    token: str
    name: str
    created_at: datetime


class NewToken(Asked):
    """A token to make."""

    name: Annotated[str, Field(max_length=100, description="in your words")] = ""


@router.get("", response=answers(200, Page[DonationTold]), summary="Your donations")
def list_donations(request: AskedBy, limit: Limit = ROWS, before: Before | None = None) -> Any:
    """The nodes that you donated, newest first: whether each is seen, whether it earns, and if not, why."""
    rows = Donation.objects.filter(donor=request.auth.user).select_related("node")
    return page_of(rows, DonationTold.of, limit=limit, before=before)


@router.get("/tokens", response=answers(200, list[TokenTold]), summary="Your donation tokens")
def list_tokens(request: AskedBy) -> Any:
    """The donation tokens that are in use, oldest first."""
    return list(DonationToken.objects.filter(user=request.auth.user, revoked_at=None))


@router.post("/tokens", response=answers(201, TokenTold), summary="Make a donation token")
def make_token(request: AskedBy, token: NewToken) -> Any:
    """Make a token for `seattle node init --donate-to URL --token TOKEN`."""
    rates.SECRETS.charge(str(request.auth.user.pk))
    return Status(201, donation_tokens.make_token(request.auth.user, token.name))


@router.delete("/tokens/{token_id}", response=answers(204, None), summary="Revoke a donation token")
def revoke_token(request: AskedBy, token_id: RowId) -> Any:
    """Let no new node donate by it. Nodes that have, stay your donations."""
    donation_tokens.revoke_token(request.auth.user, token_id)
    return Status(204, None)


def _since(moment: datetime | None) -> Any:
    return 0 if moment is None else int((timezone.now() - moment).total_seconds())
