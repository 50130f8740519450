"""What is shown when a page can't be. None of these asks the database: it may be what failed."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseServerError
from django.template.loader import render_to_string


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's names
    """A form came without its token: from another site, from a page that was kept for too long, or without cookies."""
    return HttpResponseForbidden(_page("403_csrf.html"))


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's names
    """Something is broken here."""
    return HttpResponseServerError(_page("500.html"))


def _page(template: str) -> str:
    context: dict[str, Any] = {"testbed": settings.SITE}
    return render_to_string(template, context)
