"""What Django refuses at once, adds to every answer of the site, and tells the log of requests."""

from typing import Final

from django.core.exceptions import BadRequest
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from seattle.clearinghouse.access_log import USER
from seattle.clearinghouse.api.problems import refuse

API: Final = "/api/"
NUL: Final = "\x00"

_HEADERS: Final = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(),"
        " microphone=(), midi=(), payment=(), usb=(), browsing-topics=()"
    ),
}


class NoNul(MiddlewareMixin):
    """Refuses NUL characters in paths and cookies: no database takes them, and what has none of them needs none.

    Forms and the API refuse them in what is sent, and say where.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Refuse, or let pass. Raises BadRequest, which is a page."""
        if not any(NUL in text for text in (request.path, *request.COOKIES.values())):
            return None
        why = "the path or a cookie has a NUL character, which means nothing here"
        if request.path.startswith(API):
            return refuse("bad-request", why, 400)
        raise BadRequest(why)


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
