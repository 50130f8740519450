"""The tokens by which nodes say whose donation they are."""

from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from seattle.clearinghouse.accounts import in_use
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.accounts.public_keys import as_label
from seattle.clearinghouse.errors import BadRequest, NotFound
from seattle.clearinghouse.fleet.models import DonationToken

MOST: Final = 50  # of one user, in use


@transaction.atomic
def make_token(user: User, name: str = "") -> DonationToken:
    """A new token of this user. Raises BadRequest for one too many, NotPermitted for who was banned."""
    in_use.lock(user)  # two at once would both be the last
    if DonationToken.objects.filter(user=user, revoked_at=None).count() >= MOST:
        raise BadRequest(f"you have {MOST} donation tokens: revoke one that no installer needs any more")
    return DonationToken.objects.create(user=user, name=as_label(name))


def good_tokens() -> QuerySet[DonationToken]:
    """Those by which a node may donate: in use, and of nobody who was banned, also as the planner of an installer."""
    tokens = DonationToken.objects.filter(Q(user=None) | Q(user__is_active=True), revoked_at=None)
    return tokens.exclude(builds__planner__is_active=False)


def revoke_token(user: User, token_id: int) -> None:
    """Let no new node donate by this token; those that have, stay. Raises NotFound."""
    mine = DonationToken.objects.filter(user=user, pk=token_id, revoked_at=None)
    if not mine.update(revoked_at=timezone.now()):
        raise NotFound(f"you have no donation token {token_id} in use")
