"""The API's documentation as a page of the site: it loads nothing from elsewhere, and needs no script."""

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from seattle.clearinghouse.api.reference import calls, forms
from seattle.clearinghouse.api.rest import DESCRIPTION


def page(request: HttpRequest) -> HttpResponse:
    """Every call and every form."""
    groups = [(group, list(some)) for group, some in groupby(calls(), lambda call: call.group)]
    facts = {"groups": groups, "forms": forms(), "introduction": DESCRIPTION.split("\n\n")}
    return render(request, "api/reference.html", facts)
