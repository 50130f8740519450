"""Why somebody may hold so many vessels, and holds so many: every change with its reason."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.site.pages.requests import SignedIn, page_of, signed_in


@require_safe
@signed_in
def ledger(request: SignedIn) -> HttpResponse:
    """The user's ledger, newest first."""
    entries = page_of(request, LedgerEntry.objects.filter(user=request.user).order_by("-pk"))
    return render(request, "ledger.html", {"entries": entries})
