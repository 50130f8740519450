"""For who looks after the site: /healthz (it lives), /readyz (it can do its work), /metrics (figures for Prometheus).

They are answered before anything else is looked at: a probe calls the site by any name, and over HTTP.
"""

import hmac
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.views.decorators.http import require_safe

from seattle.clearinghouse.condition import State, readiness, worst
from seattle.clearinghouse.metrics import CONTENT_TYPE, metrics_text
from seattle.clearinghouse.proxies import is_in, parse_networks

UNAVAILABLE: Final = 503


class HealthPages(MiddlewareMixin):
    """Answers for three paths, and lets all others pass."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Answer one of them."""
        page = _PAGES.get(request.path)
        if page is None:
            return None
        response = page(request)
        # By the log of requests; a 503 is no error of ours.
        response._has_been_logged = True  # type: ignore[attr-defined]
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


@require_safe
def healthz(_: HttpRequest) -> HttpResponse:
    """It lives, if this is read."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(_: HttpRequest) -> HttpResponse:
    """Whether it can do its work, part by part. 503 if not."""
    found = readiness()
    state = worst(found)
    parts = [{"part": one.part, "state": one.state, "text": one.text} for one in found]
    body = msgspec.json.encode({"state": state, "parts": parts})
    return HttpResponse(body, content_type="application/json", status=UNAVAILABLE if state is State.FAILED else 200)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures, for addresses and tokens that may read them."""
    if not _may_read(request):
        return HttpResponse("Nothing is here for you.\n", content_type="text/plain", status=403)
    return HttpResponse(metrics_text(), content_type=CONTENT_TYPE)


def _may_read(request: HttpRequest) -> bool:
    site = settings.SITE
    if is_in(request.META.get("REMOTE_ADDR", ""), parse_networks(site.metrics_from)):
        return True
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return bool(
        site.metrics_token
        and scheme.lower() == "bearer"
        and hmac.compare_digest(token.encode(), site.metrics_token.encode())
    )


_PAGES: Final[Mapping[str, Callable[[HttpRequest], HttpResponse]]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics,
}
