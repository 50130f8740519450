"""Who gets to the pages of operators: staff with a second factor. Others see no more than that there are such pages."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.desk.services import may_use_desk

P = ParamSpec("P")


def operator(request: HttpRequest) -> User:
    """Who asks, on a page that is `for_operators`."""
    assert isinstance(request.user, User), "the page is not for_operators"
    return request.user


def for_operators(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Have a view answer only operators with a second factor; others are told what is missing."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return refusal(request) or view(request, *args, **kwargs)

    return guarded


def refusal(request: HttpRequest) -> HttpResponse | None:
    """What somebody who may not is answered; None for who may."""
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return redirect_to_login(request.get_full_path())
    if may_use_desk(user):
        return None
    return render(request, "desk/refused.html", status=403)
