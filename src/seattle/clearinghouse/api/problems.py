"""What a refusal looks like: `{"code": "not-enough-credits", "message": "..."}`, whoever refuses."""

import logging
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from ninja import Schema
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as WrongForm

from seattle.clearinghouse.api.patterns import IN_WORDS
from seattle.clearinghouse.api.rates import SlowDown
from seattle.clearinghouse.errors import RETRY_AFTER, ClearinghouseError

MOST_TOLD: Final = 5  # of what is wrong in one request

log = logging.getLogger(__name__)


class Problem(Schema):
    """Why it was refused: the code is for programs and stays, the message is for people."""

    code: str
    message: str


def refuse(code: str, message: str, status: int) -> HttpResponse:
    """The answer that refuses."""
    answer = JsonResponse({"code": code, "message": message}, status=status)
    if status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def refused(_: HttpRequest, why: ClearinghouseError) -> HttpResponse:
    """For what a service refuses."""
    answer = refuse(why.code, why.message, why.status)
    if isinstance(why, SlowDown):
        answer["Retry-After"] = str(why.retry_after)
    return answer


def wrong_form(_: HttpRequest, why: WrongForm) -> HttpResponse:
    """For a request with missing, wrong or unknown fields."""
    told = "; ".join(f"{_place(error['loc'])}: {_words(error)}" for error in why.errors[:MOST_TOLD])
    return refuse("bad-request", told or "the request can't be read", 400)


def http_error(_: HttpRequest, why: HttpError) -> HttpResponse:
    """For what the framework itself refuses."""
    if isinstance(why, AuthenticationError):
        return refuse("not-authenticated", "credentials are missing: see the documentation of the API", 401)
    return refuse("bad-request", "the body is no JSON" if why.status_code == 400 else str(why), why.status_code)


def not_found(*_: object) -> HttpResponse:
    """For what is not there."""
    return refuse("not-found", "there is no such thing, or it is not yours", 404)


def too_large(*_: object) -> HttpResponse:
    """For a body that is longer than anything that could be meant."""
    return refuse("too-large", "the request is too large", 413)


def unexpected(_: HttpRequest, why: Exception) -> HttpResponse:
    """For a mistake of ours. What it was stays here."""
    log.error("api_failed", exc_info=why)
    return refuse("internal", "something went wrong here: try again later, and tell the operators if it stays", 500)


def without_database(_: HttpRequest, why: Exception) -> HttpResponse:
    """For when the database is away, or as good as that: programs are to come again."""
    log.error("api_without_database", exc_info=why)
    answer = refuse("unavailable", "the site's database does not answer: try again in a minute", 503)
    answer["Retry-After"] = str(RETRY_AFTER)
    return answer


def in_our_form(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view, whose answers nobody may keep, with our words for the one refusal that the framework words itself."""

    def worded(answer: HttpResponseBase) -> HttpResponseBase:
        answer.headers.setdefault("Cache-Control", "no-store")
        if not isinstance(answer, HttpResponseNotAllowed):
            return answer
        ours = refuse("method-not-allowed", f"this path has {answer['Allow']} and nothing else", answer.status_code)
        ours["Allow"] = answer["Allow"]
        return ours

    if iscoroutinefunction(view):

        async def answer_later(*args: Any, **named: Any) -> HttpResponseBase:
            return worded(await view(*args, **named))

        return csrf_exempt(answer_later)

    def answer(*args: Any, **named: Any) -> HttpResponseBase:
        return worded(view(*args, **named))

    return csrf_exempt(answer)


HANDLERS: Final[dict[type[Exception], Any]] = {
    ClearinghouseError: refused,
    WrongForm: wrong_form,
    HttpError: http_error,
    Http404: not_found,
    RequestDataTooBig: too_large,
    OperationalError: without_database,
    InterfaceError: without_database,
    Exception: unexpected,
}


def _words(error: dict[str, Any]) -> str:
    return IN_WORDS.get(error.get("ctx", {}).get("pattern", ""), str(error["msg"]))


def _place(path: tuple[str | int, ...]) -> str:
    # The first part says body, query or path, the second what our function calls the body.
    return ".".join(map(str, path[2:] if path[0] == "body" else path[1:])) or "body"
