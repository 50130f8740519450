"""The account of who asks, and its ledger."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Router, Schema

from seattle.clearinghouse.api.credentials import AskedBy, Credentials
from seattle.clearinghouse.api.forms import ROWS, Before, Limit, Page, answers, note
from seattle.clearinghouse.api.pages import page_of
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
    date_joined: datetime


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
    user = request.auth.user
    return {name: getattr(user, name) for name in Account.model_fields}


@router.get("/ledger", response=answers(200, Page[EntryTold]), summary="Your ledger")
def get_ledger(request: AskedBy, limit: Limit = ROWS, before: Before | None = None) -> Any:
    """Why you may hold as many vessels as you may, newest first."""
    rows = LedgerEntry.objects.filter(user=request.auth.user)
    return page_of(rows, EntryTold.from_orm, limit=limit, before=before)
