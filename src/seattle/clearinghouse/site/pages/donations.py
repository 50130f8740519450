"""Donations: how each node stands, the tokens that say whose a node is, and the page for who donates by one."""

from django.conf import settings
from django.contrib import messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.api import rates
from seattle.clearinghouse.builds import services as builds
from seattle.clearinghouse.builds.models import Build
from seattle.clearinghouse.fleet import donation_tokens
from seattle.clearinghouse.fleet.models import Donation, DonationToken
from seattle.clearinghouse.site.forms import MakeToken
from seattle.clearinghouse.site.pages.requests import SignedIn, page_of, signed_in, telling
from seattle.clearinghouse.site.standing import standing


@require_safe
@signed_in
def donations(request: SignedIn) -> HttpResponse:
    """The user's nodes and tokens."""
    return _page(request, MakeToken())


@require_POST
@signed_in
def make_token(request: SignedIn) -> HttpResponse:
    """Make a token."""
    form = MakeToken(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    with telling(request):
        rates.SECRETS.charge(str(request.user.pk))
        made = donation_tokens.make_token(request.user, form.cleaned_data["name"])
        if not builds.why_not():
            builds.build_donation(request.user, made.pk)
        messages.success(request, "The token is made. Here is how a computer donates by it.")
    return redirect("donations")


@require_POST
@signed_in
def revoke_token(request: SignedIn, number: int) -> HttpResponse:
    """Let no new node donate by a token."""
    with telling(request):
        donation_tokens.revoke_token(request.user, number)
        messages.success(request, "Revoked: no new node can donate by that token. Those that have, stay yours.")
    return redirect("donations")


@require_safe
def donate(request: HttpRequest, token: str) -> HttpResponse:
    """How to donate a computer in the name of whoever gave this address away. Their name is not told."""
    found = donation_tokens.good_tokens().filter(token=token).first()
    if found is None:
        raise Http404("this address to donate by is not in use any more, or never was; ask who gave it to you")
    installer = Build.objects.filter(token=found, kind=Build.Kind.DONATION).first()
    context = {"token": found.token, "url": settings.SITE.origin, "installer": installer}
    return render(request, "donations/donate.html", context)


def _page(request: SignedIn, form: MakeToken, *, status: int = 200) -> HttpResponse:
    mine = Donation.objects.filter(donor=request.user).select_related("node").order_by("-pk")
    rows = page_of(request, mine)
    now = timezone.now()
    context = {
        "form": form,
        "tokens": _tokens(request.user),
        "can_build": not builds.why_not(),
        "rows": rows,
        "standings": [standing(donation, now) for donation in rows],
        "url": settings.SITE.origin,
    }
    return render(request, "donations/donations.html", context, status=status)


def _tokens(user: User) -> QuerySet[DonationToken]:
    """Those in use, each with the id of its installer, if one was made."""
    installers = Build.objects.filter(token=OuterRef("pk"), kind=Build.Kind.DONATION).values("build_id")
    tokens = DonationToken.objects.filter(user=user, revoked_at=None)
    return tokens.annotate(installer=Subquery(installers))
