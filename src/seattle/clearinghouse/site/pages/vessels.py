"""My vessels: get some, watch them arrive, keep them, give them back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.api import rates
from seattle.clearinghouse.errors import ClearinghouseError, sentence
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import MOST, Kind, Lease, Order
from seattle.clearinghouse.site.forms import GetVessels
from seattle.clearinghouse.site.pages.requests import SignedIn, page_of, signed_in, telling

_ORDERS: Final = 8  # that are shown, the latest
_TRIED: Final = 200  # vessels that are shown of one order
_FRESH: Final = timedelta(minutes=1)  # an order that is settled at all is settled by then
_LOST_LATELY: Final = timedelta(days=7)
_LOST: Final = 20  # that are shown


@dataclass(frozen=True)
class Arrival:
    """How far an order has come."""

    order: Order
    there: int  # of its vessels, are in use now
    in_vain: int  # were tried, and their nodes did not take it

    @property
    def took(self) -> timedelta | None:
        """How long it was until it was settled."""
        order = self.order
        return None if order.finished_at is None else order.finished_at - order.created_at


@require_safe
@signed_in
def vessels(request: SignedIn) -> HttpResponse:
    """What the user has, and the form to get more."""
    return _page(request, GetVessels(user=request.user))


@require_POST
@signed_in
def get(request: SignedIn) -> HttpResponse:
    """Order vessels. What was typed is kept when that can't be."""
    form = GetVessels(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, form, status=400)
    given = form.cleaned_data
    key, count, least = given["key"], given["count"], given["least"]
    if key and (before := Order.objects.filter(user=request.user, key=key).first()) is not None:
        messages.info(request, f"This form was sent before, and is order {before.pk}: one form orders once.")
        return redirect("vessels")
    try:
        rates.ORDERS.charge(str(request.user.pk))
        services.acquire(request.user, Kind(given["kind"]), count, where=form.where(), least=least, key=key)
    except ClearinghouseError as why:
        form.add_error(None, sentence(why.message))
        return _page(request, form, status=why.status)
    return redirect("vessels")


@require_POST
@signed_in
def renew(request: SignedIn) -> HttpResponse:
    """Keep vessels for the longest time from now."""
    return _change(request, services.renew, f"Renewed for {settings.SITE.longest_lease_hours:g} hours from now")


@require_POST
@signed_in
def release(request: SignedIn) -> HttpResponse:
    """Give vessels back."""
    return _change(request, services.release, "Released")


@require_safe
@signed_in
def release_all(request: SignedIn) -> HttpResponse:
    """Ask whether everything is really to be given back."""
    return render(request, "vessels/release_all.html", {"held": _held(request.user).count()})


@require_POST
@signed_in
def replace(request: SignedIn) -> HttpResponse:
    """Order a vessel like one that was lost."""
    with telling(request):
        rates.ORDERS.charge(str(request.user.pk))
        services.replace(request.user, request.POST.get("handle", ""))
    return redirect("vessels")


@require_safe
@signed_in
def order(request: SignedIn, number: int) -> HttpResponse:
    """One order, and every vessel that was tried for it."""
    found = get_object_or_404(Order, pk=number, user=request.user)
    tried = list(found.leases.order_by("-pk")[:_TRIED])
    context = {"arrival": _arrivals([found])[0], "tried": tried, "most": _TRIED}
    return render(request, "vessels/order.html", context)


@require_safe
@signed_in
def progress(request: SignedIn) -> HttpResponse:
    """The orders alone, for a page that waits; it is told by an event when its table is old, or all is settled."""
    context = _arriving(request.user)
    response = render(request, "vessels/orders.html", context)
    if request.GET.get("seen") != str(context["seen"]) or not context["working"]:
        response["HX-Trigger"] = "vessels-changed"
    return response


@require_safe
@signed_in
def table(request: SignedIn) -> HttpResponse:
    """The table alone."""
    return render(request, "vessels/table.html", _table(request))


def _page(request: SignedIn, form: GetVessels, *, status: int = 200) -> HttpResponse:
    user = request.user
    user.refresh_from_db(fields=["credits_total", "credits_held"])
    context = {"form": form, "lost": _lost(user), **_arriving(user), **_table(request)}
    return render(request, "vessels/vessels.html", context, status=status)


def _change(request: SignedIn, change: Any, done: str) -> HttpResponse:
    """Do it with the vessel whose button was pressed, or all that were ticked, or simply all."""
    only = request.POST.get("only")
    chosen = [only] if only else request.POST.getlist("handle")[:MOST]
    if not chosen and "all" not in request.POST:
        messages.warning(request, "No vessel was chosen: tick some first.")
        return _back(request)
    with telling(request):
        changed = change(request.user, None if "all" in request.POST and not only else chosen)
        if changed:
            messages.success(request, f"{done}: {_so_many(len(changed))}.")
        else:
            messages.warning(request, "None of these is yours any more.")
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    response = redirect("vessels")
    page = request.POST.get("page", "")
    if page.isdecimal():
        response["Location"] += "?" + urlencode({"page": page})
    return response


def _so_many(count: int) -> str:
    return "1 vessel" if count == 1 else f"{count} vessels"


def _table(request: SignedIn) -> dict[str, Any]:
    soon = timezone.now() + timedelta(hours=settings.SITE.warn_hours)
    rows = _held(request.user).select_related("vessel__node").order_by("pk")
    return {"rows": page_of(request, rows), "soon": soon}


def _arriving(user: User) -> dict[str, Any]:
    """The latest orders, whether any is worked at, when to ask again, and what changes whenever the table does."""
    arrivals = _arrivals(list(Order.objects.filter(user=user).order_by("-pk")[:_ORDERS]))
    working = [one.order.created_at for one in arrivals if one.order.state == Order.State.WORKING]
    fresh = bool(working) and timezone.now() - max(working) < _FRESH
    return {
        "arrivals": arrivals,
        "working": bool(working),
        "pause": 1 if fresh else 10,  # seconds: where no worker is, many may wait for long
        "seen": sum(one.there for one in arrivals),
    }


def _arrivals(orders: Sequence[Order]) -> list[Arrival]:
    there = Count("pk", Q(state=Lease.State.ACTIVE))
    in_vain = Count("pk", Q(end=Lease.End.NOT_GIVEN))
    leases = Lease.objects.filter(order__in=orders).order_by().values("order")
    counts = {row["order"]: row for row in leases.annotate(there=there, in_vain=in_vain)}
    nothing = {"there": 0, "in_vain": 0}
    found = [(order, counts.get(order.pk, nothing)) for order in orders]
    return [Arrival(order, there=count["there"], in_vain=count["in_vain"]) for order, count in found]


def _held(user: User) -> QuerySet[Lease]:
    return Lease.objects.filter(user=user, ended_at=None)


def _lost(user: User) -> list[Lease]:
    """What was lost lately, and not replaced."""
    since = timezone.now() - _LOST_LATELY
    lost = Lease.objects.filter(user=user, end=Lease.End.LOST, ended_at__gte=since, replaced_by=None)
    return list(lost.order_by("-pk")[:_LOST])
