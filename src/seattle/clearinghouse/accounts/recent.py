"""What is dangerous wants a recent proof that it is the user: a password or a code given minutes ago, not last week."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def signed_in_recently(request: HttpRequest) -> bool:
    """Whether this session's user has shown minutes ago to be it, by signing in or when asked for it."""
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def recent(back_to: str = "") -> Callable[[View[P]], View[P]]:
    """Let a view be for who has signed in recently; others are asked first, and then led to the page `back_to`.

    What was posted is not kept meanwhile, as allauth would: it may be a secret that somebody pasted by mistake.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def ask_first(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if signed_in_recently(request):
                return view(request, *args, **kwargs)
            if request.method != "GET":
                messages.warning(request, "You signed in some time ago: confirm that it is you, and then do it again.")
            return _ask(request, reverse(back_to) if back_to else request.get_full_path())

        return login_required(ask_first)

    return decorate


def _ask(request: HttpRequest, then: str) -> HttpResponseRedirect:
    ways = get_adapter().get_reauthentication_methods(request.user)
    url = ways[0]["url"] if ways else reverse("account_set_password")
    return HttpResponseRedirect(f"{url}?{urlencode({'next': then})}")
