"""Help: the first steps, exactly, and what the words mean."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from seattle.clearinghouse.fleet.units import PORTS_OF_A_UNIT, unit


@require_safe
def first_steps(request: HttpRequest) -> HttpResponse:
    """For everybody."""
    return render(request, "help.html", {"unit": unit(), "ports": PORTS_OF_A_UNIT})
