"""The account of who asks, and its ledger."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Router, Schema
from pydantic import Field

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.accounts.services import vessels_to_tell
from seattle.clearinghouse.api.credentials import AskedBy, Credentials
from seattle.clearinghouse.api.forms import ROWS, Asked, Before, Limit, Page, answers, note
from seattle.clearinghouse.api.pages import page_of
from seattle.clearinghouse.api.patterns import AFFILIATION
from seattle.clearinghouse.credits.models import LedgerEntry

router = Router(tags=["account"], auth=Credentials())


class Account(Schema):
    """Who you are here, and how many vessels you may hold."""

    username: str
    email: str
    affiliation: str
    port: Annotated[int, note("that your vessels have in common, where it can be had")]
    credits_total: Annotated[int, note("vessels that you may hold")]
    credits_held: Annotated[int, note("that you hold, or that are on their way to you")]
    credits_available: int
    keys_to_tell: Annotated[int, note("of your vessels, those on which some key is not as it should be yet")]
    date_joined: datetime


class AccountChanges(Asked):
    """What can be changed."""

    affiliation: Annotated[str, Field(pattern=AFFILIATION, description="where you belong")]


class EntryTold(Schema):
    """One change of how many vessels you may hold, or do hold."""

    id: int
    at: datetime
    total_change: int
    held_change: int
    reason: LedgerEntry.Reason
    note: str


@router.get("", response=answers(200, Account), summary="Who you are")
def get_account(request: AskedBy) -> Any:
    """Your account and your credits."""
    return _told(request.auth.user)


@router.patch("", response=answers(200, Account), summary="Change your affiliation")
def change_account(request: AskedBy, changes: AccountChanges) -> Any:
    """Say where you belong now. Names, addresses and passwords are changed on the site."""
    user = request.auth.user
    user.affiliation = changes.affiliation
    user.save(update_fields=["affiliation"])
    return _told(user)


@router.get("/ledger", response=answers(200, Page[EntryTold]), summary="Your ledger")
def get_ledger(request: AskedBy, limit: Limit = ROWS, before: Before | None = None) -> Any:
    """Why you may hold as many vessels as you may, newest first."""
    rows = LedgerEntry.objects.filter(user=request.auth.user)
    return page_of(rows, EntryTold.from_orm, limit=limit, before=before)


def _told(user: User) -> dict[str, Any]:
    facts = {name: getattr(user, name) for name in Account.model_fields if hasattr(user, name)}
    return {**facts, "keys_to_tell": vessels_to_tell(user).count()}
