"""Acquiring vessels: an order is written at once, and met by the workers."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from asgiref.sync import sync_to_async
from django.db.models import Prefetch
from ninja import Router, Schema, Status
from pydantic import Field

from seattle.clearinghouse.api import rates, watching
from seattle.clearinghouse.api.credentials import AskedBy, Asker, AsyncCredentials, Credentials
from seattle.clearinghouse.api.forms import ROWS, Asked, Before, Handles, Limit, Page, RowId, answers, inline, note
from seattle.clearinghouse.api.pages import page_of
from seattle.clearinghouse.errors import NotFound
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import MOST, Kind, Lease, Order
from seattle.clearinghouse.leases.repeats import KEY
from seattle.clearinghouse.leases.where import Where, parse_where

LONGEST_WAIT: Final = 30.0  # seconds

Key = Annotated[str, Field(pattern=KEY)]
AnyKey = Annotated[
    Key | None, note("of your choice: an order that is sent again with the key of the first is that one")
]

router = Router(tags=["orders"], auth=Credentials())


def _where_schema() -> dict[str, Any]:
    _, components = msgspec.json.schema_components([Where])
    schema: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(components["Where"]).replace(b"\\\\Z", b"$"))
    return schema


class NewOrder(Asked):
    """How many vessels, of which kind, on which nodes."""

    count: Annotated[int, Field(ge=1, le=MOST)]
    kind: Literal["random", "wan", "lan", "nat"] = "random"
    least: Annotated[int | None, Field(ge=1, le=MOST, description="be content with so many; null: all or none")] = None
    where: Annotated[dict[str, Any], Field(default_factory=dict, json_schema_extra=_where_schema())]
    key: AnyKey = None


class SpecificOrder(Asked):
    """These vessels, as far as they are free."""

    handles: Handles
    key: AnyKey = None


class Replacement(Asked):
    """One like another, which was lost."""

    key: AnyKey = None


class OrderedVessel(Schema):
    """A vessel that an order tried."""

    handle: str
    state: Annotated[Lease.State, inline(Lease.State)]
    why: Annotated[str, note("it ended; empty while it has not")]


class OrderTold(Schema):
    """An order, and how far it has come."""

    id: int
    kind: Kind
    wanted: int
    least: int
    where: dict[str, Any]
    state: Annotated[Order.State, inline(Order.State)]
    message: Annotated[str, note("why it was not met, or not in full")]
    created_at: datetime
    finished_at: datetime | None
    assigning: Annotated[int, note("vessels whose nodes are being told")]
    active: Annotated[int, note("that are there")]
    ended: Annotated[int, note("that are not, or no more")]
    vessels: list[OrderedVessel]

    @classmethod
    def of(cls, order: Order) -> "OrderTold":
        """What is told of an order."""
        leases = list(order.leases.all())
        states = Counter(lease.state for lease in leases)
        return cls(
            id=order.pk,
            kind=Kind(order.kind),
            wanted=order.wanted,
            least=order.least,
            where=order.where,
            state=Order.State(order.state),
            message=order.message,
            created_at=order.created_at,
            finished_at=order.finished_at,
            assigning=states[Lease.State.ASSIGNING],
            active=states[Lease.State.ACTIVE],
            ended=states[Lease.State.ENDED],
            vessels=[OrderedVessel(handle=one.handle, state=Lease.State(one.state), why=one.why) for one in leases],
        )


@router.post("", response=answers(202, OrderTold), summary="Acquire vessels of a kind")
def acquire(request: AskedBy, order: NewOrder) -> Any:
    """Order vessels. They count against the credits from now on; `GET /orders/{id}?wait=30` tells when they are there.

    All or nothing, unless `least` says with how many you would be content. Who hears no answer sends the order again
    with the `key` of the first, and is told of that one.
    """
    user = request.auth.user
    rates.ORDERS.charge(str(user.pk))
    where = parse_where(order.where)
    placed = services.acquire(user, Kind(order.kind), order.count, where=where, least=order.least, key=order.key or "")
    return Status(202, OrderTold.of(placed))


@router.post("/specific", response=answers(202, OrderTold), summary="Acquire these vessels")
def acquire_specific(request: AskedBy, order: SpecificOrder) -> Any:
    """Order vessels by handle. Those that are not free are left out."""
    user = request.auth.user
    rates.ORDERS.charge(str(user.pk))
    return Status(202, OrderTold.of(services.acquire_specific(user, order.handles, key=order.key or "")))


@router.get("", response=answers(200, Page[OrderTold]), summary="Your orders")
def list_orders(request: AskedBy, limit: Limit = ROWS, before: Before | None = None) -> Any:
    """Your orders, newest first."""
    return page_of(_orders(request.auth), OrderTold.of, limit=limit, before=before)


@router.get(
    "/{order_id}", response=answers(200, OrderTold), auth=AsyncCredentials(), summary="How far an order has come"
)
async def get_order(
    request: AskedBy,
    order_id: RowId,
    wait: Annotated[
        float, Field(ge=0, le=LONGEST_WAIT, description="seconds: answer when it is settled, or then")
    ] = 0.0,
) -> OrderTold:
    """One order. With `wait` the answer comes when the order is settled, and after so many seconds if it is not."""
    find = sync_to_async(_order)
    order = await find(request.auth, order_id)
    if wait and order.state == Order.State.WORKING:
        await watching.settled(order_id, wait)
        order = await find(request.auth, order_id)
    return OrderTold.of(order)


def _orders(asker: Asker) -> Any:
    leases = Prefetch("leases", Lease.objects.order_by("pk"))
    return Order.objects.filter(user=asker.user).prefetch_related(leases)


def _order(asker: Asker, order_id: int) -> Order:
    found: Order | None = _orders(asker).filter(pk=order_id).first()
    if found is None:
        raise NotFound(f"you have no order {order_id}")
    return found
