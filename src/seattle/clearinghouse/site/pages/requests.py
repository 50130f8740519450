"""What the pages of people who are signed in share: who asks, which part of a list, and what services refuse."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Concatenate, Final, ParamSpec, TypeVar, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.errors import ClearinghouseError, sentence

ROWS: Final = 50  # of one page of a list

P = ParamSpec("P")
Row = TypeVar("Row", bound=Model)


class SignedIn(HttpRequest):
    """A request of somebody who is signed in."""

    user: User


def signed_in(
    view: Callable[Concatenate[SignedIn, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Have whoever isn't signed in do that first."""
    return login_required(cast("Callable[Concatenate[HttpRequest, P], HttpResponse]", view))


def page_of(request: HttpRequest, rows: QuerySet[Row], *, each: int = ROWS) -> Page[Row]:
    """The part of a list that `?page=` names: the first, if it names none; the last, if there are not so many."""
    return Paginator(rows, each).get_page(request.GET.get("page"))


@contextmanager
def telling(request: HttpRequest) -> Iterator[None]:
    """Show what a service refuses on the next page."""
    try:
        yield
    except ClearinghouseError as why:
        messages.error(request, sentence(why.message))
