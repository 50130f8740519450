"""What Django adds to every answer of the site, and what it tells the log of requests."""

from typing import Final

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from seattle.clearinghouse.access_log import USER

_HEADERS: Final = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(),"
        " microphone=(), midi=(), payment=(), usb=(), browsing-topics=()"
    ),
}


class SecurityHeaders(MiddlewareMixin):
    """Those that Django's own middleware and django-csp don't set; pages of who is signed in are kept in no cache."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add them."""
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        user = known_user(request)
        if user is not None:
            response.headers.setdefault("Cache-Control", "no-store, private")
            if isinstance(request, ASGIRequest):
                request.scope["state"][USER] = user
        return response


def known_user(request: HttpRequest) -> int | None:
    """Who asks, by session or by a key of the API, if that was looked at: nobody is looked up for the log."""
    asker = getattr(request, "auth", None)  # of the API
    user = getattr(asker, "user", None) or getattr(request, "_cached_user", None)
    return user.pk if user is not None and user.is_authenticated else None
