"""Acquiring, renewing and releasing vessels. The site calls the first part, the workers the second.

An acquisition is an `Order`, written in one transaction with its leases, which the workers then assign on the nodes. A
vessel whose node does not take it is replaced by another, until the order is met or there is none; then it fails as a
whole, unless fewer were said to do.

Whose account was closed can do nothing. A lease whose time is over is nobody's from that instant on, though it may be a
moment until a worker has written it down.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from seattle.clearinghouse.accounts import in_use
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.credits import services as ledger
from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.errors import BadRequest, CannotFulfil, UnknownVessel
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases.candidates import Wish, candidates
from seattle.clearinghouse.leases.ending import close, close_and_give_back, lock
from seattle.clearinghouse.leases.handles import parse_handle, parse_handles
from seattle.clearinghouse.leases.likeness import likenesses
from seattle.clearinghouse.leases.models import MOST, Kind, Lease, Order
from seattle.clearinghouse.leases.orders import RNG, open_leases, replace_failed, settle
from seattle.clearinghouse.leases.pool import FREE, IN_USE
from seattle.clearinghouse.leases.repeats import digest_of, earlier, earlier_replacement
from seattle.clearinghouse.leases.shortage import explain
from seattle.clearinghouse.leases.where import ANYWHERE, Where, stored

_BATCH: Final = 500  # leases that expire in one transaction
_OVER: Final = "its time was over"


# What users ask for.


def acquire(
    user: User,
    kind: Kind,
    count: int,
    *,
    where: Where = ANYWHERE,
    least: int | None = None,
    replaces: Lease | None = None,
    key: str = "",
) -> Order:
    """Order `count` vessels; with fewer than `least` (default: all) the order fails and gives back what it has.

    `replaces`: the lost lease in whose place this comes. `key`: what came with it before is this order.
    Raises BadRequest, NotEnoughCredits, NotPermitted, and CannotFulfil when there are not even enough candidates now.
    """
    if not 1 <= count <= MOST:
        raise BadRequest(f"{count} vessels can't be acquired at once: ask for 1 to {MOST}")
    least = count if least is None else least
    if not 0 <= least <= count:
        raise BadRequest(f"at least {least} of {count} makes no sense: choose a number from 0 to {count}")
    now = timezone.now()
    with transaction.atomic():
        if again := earlier(user, key, kind=kind, wanted=count, least=least, where=stored(where)):
            return again
        _expire(Lease.objects.filter(user=user, expires_at__lte=now))
        ledger.hold(user.pk, count, f"{count} vessels ({kind.label})")
        wish = Wish(kind=kind, user=user, where=where, not_on=_node_of(replaces))
        found = candidates(wish, count, now=now, rng=RNG)
        if len(found) < max(1, least):
            raise CannotFulfil(explain(wish, count, len(found), now=now))
        order = Order.objects.create(
            user=user,
            kind=kind,
            wanted=count,
            least=least,
            where=stored(where),
            key=key,
            replaces=replaces,
            tries=len(found),
        )
        open_leases(order, found)
        ledger.give_back(user.pk, count - len(found), LedgerEntry.Reason.NOT_GIVEN, "fewer were to be had")
        return order


def acquire_specific(user: User, handles: Collection[str], *, key: str = "") -> Order:
    """Order these vessels; those that are not free are left out. Raises UnknownVessel, NotEnoughCredits, BadRequest.

    The user's port is not asked for: who names a vessel has seen what it has. `key` is as for `acquire`.
    """
    wanted = [f"{node_id}:{name}" for node_id, name in parse_handles(handles)]
    now = timezone.now()
    with transaction.atomic():
        if again := earlier(user, key, kind=Kind.SPECIFIC, wanted=len(wanted), least=0, handles=wanted):
            return again
        _expire(Lease.objects.filter(user=user, expires_at__lte=now))
        _check_known(wanted)
        ledger.hold(user.pk, len(wanted), f"{len(wanted)} vessels by handle")
        free = _named(wanted).filter(FREE & IN_USE).select_related("node").order_by("pk")
        found = list(free.select_for_update(of=("self",), skip_locked=True, no_key=True))
        order = Order.objects.create(
            user=user,
            kind=Kind.SPECIFIC,
            wanted=len(wanted),
            least=0,
            key=key,
            handles_digest=digest_of(wanted) if key else "",
            tries=len(found),
        )
        open_leases(order, found)
        ledger.give_back(user.pk, len(wanted) - len(found), LedgerEntry.Reason.NOT_GIVEN, "not free")
        settle(order)
        return order


def replace(user: User, handle: str, *, key: str = "") -> Order:
    """Order one vessel like this one of the user's, which was lost, or whose node is not there now.

    `key` is as for `acquire`. Raises UnknownVessel, BadRequest for one that needs no replacing, CannotFulfil,
    NotEnoughCredits, NotPermitted.
    """
    with transaction.atomic():
        in_use.lock(user, no_key=True)  # holders first: see `ending`
        if again := earlier_replacement(user, key, handle):
            return again
        lease = _lost_of(user, handle)
        node = Node.objects.filter(node_id=lease.node_id).first()
        for kind, where in likenesses(node) if node is not None else ():
            with suppress(CannotFulfil):
                return acquire(user, kind, 1, where=where, replaces=lease, key=key)
        raise CannotFulfil(f"no vessel like {handle} is free now (of its country, network or kind): `get` any other")


def renew(user: User, handles: Collection[str] | None = None) -> list[Lease]:
    """Let these vessels (None: all) be the user's for the longest time from now; those renewed.

    Handles of vessels that are not the user's are skipped. Raises NotEnoughCredits for who holds more than allowed.
    """
    until = timezone.now() + settings.SITE.longest_lease
    with transaction.atomic():
        in_use.lock(user, no_key=True)  # holders first: see `ending`
        ledger.check_within_limits(user)
        _, mine = lock(_held(user, handles))
        Lease.objects.filter(pk__in=[lease.pk for lease in mine]).update(expires_at=until, warned_at=None)
    for lease in mine:
        lease.expires_at, lease.warned_at = until, None
    return mine


def release(user: User, handles: Collection[str] | None = None) -> list[Lease]:
    """Give these vessels (None: all) back; those that were. Handles of vessels that are not the user's are skipped."""
    with transaction.atomic():
        in_use.lock(user, no_key=True)  # holders first: see `ending`
        return _end(_held(user, handles), Lease.End.RELEASED, "you released it")


def held(user: User) -> list[Lease]:
    """What the user has now, with vessels and nodes, oldest first."""
    return list(_held(user, None).select_related("vessel__node").prefetch_related("vessel__ports"))


# What workers and operators do. Each may be called again after a crash: what is over stays as it is.


@transaction.atomic
def assigned(lease: Lease) -> None:
    """The node has the holder's keys: the vessel is in use from now on."""
    orders, open_ones = lock(Lease.objects.filter(pk=lease.pk, state=Lease.State.ASSIGNING))
    for one in open_ones:
        one.state, one.assigned_at = Lease.State.ACTIVE, timezone.now()
        one.save(update_fields=["state", "assigned_at"])
    for order in orders:
        settle(order)


@transaction.atomic
def not_assigned(lease: Lease, why: str) -> None:
    """The node did not take it: another vessel is tried in its place, or else the order ends as it may."""
    _fail(Lease.objects.filter(pk=lease.pk, state=Lease.State.ASSIGNING), Lease.End.NOT_GIVEN, why)


@transaction.atomic
def lost(vessel: Vessel, why: str) -> None:
    """The vessel is not on its node any more. Its holder may `replace` it; an order that waits tries another."""
    leases = Lease.objects.filter(vessel=vessel)
    _fail(leases.filter(state=Lease.State.ASSIGNING), Lease.End.LOST, why)
    _end(leases, Lease.End.LOST, why)
    Vessel.objects.filter(pk=vessel.pk).update(state=Vessel.State.LOST, keys_synced=True)


@transaction.atomic
def end(leases: Iterable[Lease], how: Lease.End, why: str) -> list[Lease]:
    """End those of these leases that are open: their vessels are cleaned next. Those that were ended."""
    return _end(Lease.objects.filter(pk__in=[lease.pk for lease in leases]), how, why)


@transaction.atomic
def cut_off(user: User, why: str) -> list[Lease]:
    """Take away all that somebody has, and end what is being done for them. Close the account first."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    working = Order.objects.filter(user=user, state=Order.State.WORKING).order_by("pk")
    for order in working.select_for_update(no_key=True):
        order.state, order.message, order.finished_at = Order.State.FAILED, why[:500], timezone.now()
        order.save(update_fields=["state", "message", "finished_at"])
    return _end(Lease.objects.filter(user=user), Lease.End.CUT_OFF, why)


@transaction.atomic
def expire(now: datetime) -> list[Lease]:
    """End what is over, a batch at a time; those that were. Several workers may do this at once."""
    over = Lease.objects.filter(expires_at__lte=now, ended_at=None).order_by("expires_at")[:_BATCH]
    keys = list(over.values_list("pk", flat=True))
    return _expire(Lease.objects.filter(pk__in=keys, expires_at__lte=now))


# How.


def _fail(leases: QuerySet[Lease], how: Lease.End, why: str) -> None:
    orders, failed = lock(leases)
    close(failed, how, why)
    by_key = {order.pk: order for order in orders}
    for lease in failed:
        order = by_key.get(lease.order_id or 0)
        if order is not None:
            replace_failed(order, lease, now=timezone.now())
        elif lease.user_id is not None:
            ledger.give_back(lease.user_id, 1, LedgerEntry.Reason.NOT_GIVEN, f"{lease.handle}: {why}")


def _end(leases: QuerySet[Lease], how: Lease.End, why: str, *, waiting: bool = True) -> list[Lease]:
    orders, ended = lock(leases, waiting=waiting)
    close_and_give_back(ended, how, why)
    for order in orders:
        settle(order)
    return ended


def _expire(leases: QuerySet[Lease]) -> list[Lease]:
    return _end(leases, Lease.End.EXPIRED, _OVER, waiting=False)


def _held(user: User, handles: Collection[str] | None) -> QuerySet[Lease]:
    mine = Lease.objects.filter(user=user, ended_at=None, expires_at__gt=timezone.now())
    if handles is None:
        return mine
    if not handles:
        raise BadRequest("no vessel is named: give at least one handle")
    named = set(handles)
    return mine.filter(pk__in=[lease.pk for lease in mine if lease.handle in named])


def _named(handles: Sequence[str]) -> QuerySet[Vessel]:
    node_ids = {node_id for node_id, _ in map(parse_handle, handles)}
    called = Vessel.objects.alias(called=Concat(F("node__node_id"), Value(":"), F("name")))
    return called.filter(node__node_id__in=node_ids, called__in=handles)


def _check_known(handles: Sequence[str]) -> None:
    known = {vessel.handle for vessel in _named(handles).select_related("node")}
    for handle in handles:
        if handle not in known:
            raise UnknownVessel(f"there is no vessel {handle}: it may be gone; `seattle vessels` shows yours")


def _lost_of(user: User, handle: str) -> Lease:
    """The user's latest lease of this vessel, ended if its node is not there; locked. Raises as `replace`."""
    node_id, name = parse_handle(handle)
    leases = Lease.objects.filter(user=user, node_id=node_id, vessel_name=name).order_by("-pk")
    lease = leases.first()
    if lease is None:
        raise UnknownVessel(f"{handle} is none of your vessels, and never was")
    if lease.ended_at is None:
        if Node.objects.filter(node_id=node_id, online=True).exists():
            raise BadRequest(f"{handle} is there, and its node answers: release it, and `get` another")
        # Not lost: it is cleaned when its node is back.
        _end(leases.filter(pk=lease.pk), Lease.End.RELEASED, "its node was not there, and you replaced it")
    elif lease.end != Lease.End.LOST:
        raise BadRequest(f"{handle} was not lost ({lease.why}): `get` another")
    lease = leases.select_for_update(no_key=True).get(pk=lease.pk)
    if lease.replaced_by.exclude(state=Order.State.FAILED).exists():
        raise BadRequest(f"{handle} was replaced already")
    return lease


def _node_of(lease: Lease | None) -> Collection[int]:
    if lease is None:
        return ()
    return list(Node.objects.filter(node_id=lease.node_id).values_list("pk", flat=True))
