"""Who asks: each request carries an API key or a token signed with one of the user's keys, and nothing else counts."""

from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from ninja.security.base import AuthBase

from seattle.clearinghouse.accounts.authentication import authenticate, is_api_key
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.api import rates
from seattle.clearinghouse.errors import NotAuthenticated, NotPermitted
from seattle.fabric.allowance import network_of


@dataclass(frozen=True)
class Asker:
    """The user who asks, and whether a key of theirs has signed it."""

    user: User
    signed: bool

    def must_have_signed(self) -> None:
        """Raises NotPermitted for an API key: whoever has found one shall not be able to make more of it."""
        if not self.signed:
            raise NotPermitted("an API key can't change keys: sign in to the site, or use a key of `seattle login`")


class AskedBy(HttpRequest):
    """A request whose asker is known."""

    auth: Asker


class Credentials(AuthBase):
    """For views that are functions."""

    openapi_type: str = "http"
    openapi_scheme: str = "bearer"

    def __call__(self, request: HttpRequest) -> Asker | None:
        """Who asks. Raises NotAuthenticated, SlowDown."""
        given = request.headers.get("Authorization", "")
        try:
            user = authenticate(request.method or "", request.get_full_path(), request.body, given)
        except NotAuthenticated:
            rates.ANONYMOUS.charge(network(request))
            raise
        rates.REQUESTS.charge(str(user.pk))
        return Asker(user, signed=not is_api_key(given))


class AsyncCredentials(Credentials):
    """For views that are coroutines."""

    is_async = True

    async def __call__(self, request: HttpRequest) -> Asker | None:  # type: ignore[override]
        """As above."""
        return await sync_to_async(super().__call__)(request)


def nobody(request: HttpRequest) -> bool:
    """For what everybody may ask, though not as often as they like. Raises SlowDown."""
    rates.ANONYMOUS.charge(network(request))
    return True


def charge_build(request: HttpRequest, planner: User | None) -> None:
    """Count one more build: of its planner, or, without an account, of the network it comes from. Raises SlowDown."""
    if planner is None:
        rates.STRANGERS_BUILDS.charge(network(request))
    else:
        rates.BUILDS.charge(str(planner.pk))


def network(request: HttpRequest) -> str:
    """Where a request came from: an address, or the /64 of it, since nobody has one of those alone."""
    return network_of(str(request.META.get("REMOTE_ADDR", "")))
