"""What is shown when a page can't be. None of these asks the database: it may be what failed."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseForbidden,
    HttpResponseServerError,
)

from seattle.clearinghouse.accounts.adapters import MailNotSent
from seattle.clearinghouse.errors import RETRY_AFTER
from seattle.clearinghouse.site.pages.bare import render_bare


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's names
    """What came can't be read: a host name that isn't ours, a form that is too large."""
    return HttpResponseBadRequest(render_bare("400.html"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's names
    """A form came without its token: from another site, from a page that was kept for too long, or without cookies."""
    return HttpResponseForbidden(render_bare("403_csrf.html"))


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's names
    """Something is broken here; or what we need is away, which programs and proxies know by the status."""
    why = sys.exc_info()[1]  # which Django handles, and does not pass on
    if isinstance(why, OperationalError | InterfaceError | MailNotSent):
        what = "mail server" if isinstance(why, MailNotSent) else "database"
        page = render_bare("503.html", {"what": what})
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER)})
    return HttpResponseServerError(render_bare("500.html"))
