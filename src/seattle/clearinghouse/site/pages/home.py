"""The first page: what this is, for who comes by; for users, where they stand and what comes next."""

from datetime import timedelta
from typing import Final, cast

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.fleet import overview
from seattle.clearinghouse.fleet.models import Donation
from seattle.clearinghouse.leases.models import Lease
from seattle.clearinghouse.site.drawing.map import map_of
from seattle.clearinghouse.site.pages.network import counted, totals
from seattle.clearinghouse.site.pages.requests import SignedIn

_ENTRIES: Final = 6  # of the ledger
_ENDING: Final = 5  # vessels


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """For everybody."""
    if request.user.is_authenticated:
        return _standing(cast("SignedIn", request))
    countries = counted("countries", overview.by_country)
    context = {"totals": totals(countries), "map": map_of(countries)}
    return render(request, "home/welcome.html", context)


def _standing(request: SignedIn) -> HttpResponse:
    user = request.user
    soon = timezone.now() + timedelta(hours=settings.SITE.warn_hours)
    held = Lease.objects.filter(user=user, ended_at=None)
    donations = Donation.objects.filter(donor=user).aggregate(
        all=Count("pk"), online=Count("pk", Q(node__online=True)), credited=Count("pk", Q(credited=True))
    )
    context = {
        "has_key": user.keys.filter(retired_at=None).exists(),
        "has_had_vessels": Lease.objects.filter(user=user).exists(),
        "donations": donations,
        "ending": list(held.filter(expires_at__lte=soon).order_by("expires_at")[:_ENDING]),
        "entries": list(LedgerEntry.objects.filter(user=user)[:_ENTRIES]),
    }
    return render(request, "home/standing.html", context)
