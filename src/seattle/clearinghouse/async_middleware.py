"""Middleware of libraries that does its work before the view, and would hold a thread until the view has answered.

One such piece in the chain is enough to make every request cost a thread, also of those who wait for minutes.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from allauth.usersessions.middleware import UserSessionsMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from whitenoise.middleware import WhiteNoiseMiddleware


class _Before(MiddlewareMixin):
    """The work of another middleware, which is done when it returns: with an answer, or with what comes next, None."""

    work: ClassVar[Callable[..., Any]]

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self._work = type(self).work(lambda _: None)

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        """Answer, or do what is to be done first."""
        answer: HttpResponseBase | None = self._work(request)
        return answer


class StaticFiles(_Before):
    """Serves styles and scripts."""

    work = WhiteNoiseMiddleware


class TrackedSessions(_Before):
    """Notes where sessions are used, for the page that lists them."""

    work = UserSessionsMiddleware
