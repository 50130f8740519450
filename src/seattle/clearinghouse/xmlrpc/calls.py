"""The ten calls of the reference's API, and the three of its installer builder."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar
from xmlrpc.client import Fault

import msgspec
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from msgspec import Meta

from seattle.clearinghouse.accounts import authentication, in_use
from seattle.clearinghouse.accounts import services as accounts
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.api import rates
from seattle.clearinghouse.api.credentials import network
from seattle.clearinghouse.errors import BadRequest, NotAuthenticated
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.handles import parse_handles
from seattle.clearinghouse.leases.models import Kind, Lease, Order
from seattle.clearinghouse.xmlrpc import builder_calls
from seattle.clearinghouse.xmlrpc.arguments import Text, as_form
from seattle.clearinghouse.xmlrpc.faults import Code
from seattle.clearinghouse.xmlrpc.passwords import user_by_password

KEY_NAME: Final = "xmlrpc"  # of the API key that `regenerate_api_key` makes
NO_PORT: Final = 0  # nodes have none to connect to: they are asked over the fabric
KINDS: Final = {kind.value: kind for kind in (Kind.WAN, Kind.LAN, Kind.NAT, Kind.RANDOM)}

Handles = Annotated[list[Text], Meta(min_length=1)]
T = TypeVar("T")


class Auth(msgspec.Struct, frozen=True):
    """`auth`: who asks."""

    username: Text
    api_key: Text


class PasswordAuth(msgspec.Struct, frozen=True):
    """`pwauth`: who asks, where an API key is not enough."""

    username: Text
    password: Text


class Resources(msgspec.Struct, frozen=True):
    """What `acquire_resources` is to get."""

    rspec_type: Text
    number_of_nodes: Annotated[int, Meta(ge=1)]


@dataclass(frozen=True)
class Ordered:
    """An order whose end the caller waits for."""

    user: User
    order: Order


def acquire_resources(request: HttpRequest, auth: Any, resources: Any) -> Ordered:
    """Get so many vessels of a kind, all or none."""
    user = _user(request, auth)
    wanted: Resources = as_form(
        Resources, resources, "{'rspec_type': 'wan', 'lan', 'nat' or 'random', 'number_of_nodes': 1 or more}"
    )
    kind = KINDS.get(wanted.rspec_type)
    if kind is None:
        raise BadRequest(f"there are no resources of this type: choose one of {', '.join(KINDS)}")
    rates.ORDERS.charge(str(user.pk))
    return Ordered(user, leases.acquire(user, kind, wanted.number_of_nodes))


def acquire_specific_vessels(request: HttpRequest, auth: Any, handles: Any) -> Ordered:
    """Get those of these vessels that are free."""
    user = _user(request, auth)
    named = _handles(handles)
    rates.ORDERS.charge(str(user.pk))
    return Ordered(user, leases.acquire_specific(user, named))


def release_resources(request: HttpRequest, auth: Any, handles: Any) -> int:
    """Give vessels back; those of others are skipped."""
    leases.release(_user(request, auth), _handles(handles))
    return 0


def renew_resources(request: HttpRequest, auth: Any, handles: Any) -> int:
    """Keep vessels for the longest time from now; those of others are skipped."""
    leases.renew(_user(request, auth), _handles(handles))
    return 0


def get_resource_info(request: HttpRequest, auth: Any) -> list[dict[str, Any]]:
    """The vessels that the user holds."""
    return [vessel_info(lease) for lease in leases.held(_user(request, auth))]


def get_account_info(request: HttpRequest, auth: Any) -> dict[str, Any]:
    """Who the user is, and how many vessels they may hold."""
    user = _user(request, auth)
    return {
        "user_port": user.port,
        "user_name": user.username,
        "max_vessels": user.credits_total,
        "user_affiliation": user.affiliation,
    }


def get_public_key(request: HttpRequest, auth: Any) -> str:
    """The user's keys as OpenSSH has them, a line for each."""
    return "\n".join(accounts.active_keys(_user(request, auth)).values_list("public_line", flat=True))


def get_encrypted_api_key(request: HttpRequest, username: Any) -> str:  # noqa: ARG001 - nobody's is given away
    """Refused: API keys are not kept, Ed25519 keys don't encrypt, and it told everybody which accounts exist."""
    raise BadRequest("API keys are not given out any more: `seattle login` lets a key of yours ask instead")


def regenerate_api_key(request: HttpRequest, pwauth: Any) -> str:
    """Make an API key, in place of the one that this call made before. Others stay."""
    user = _user_by_password(request, pwauth)
    rates.SECRETS.charge(str(user.pk))
    with transaction.atomic():
        in_use.lock(user)  # two at once would both find none to replace
        for former in user.api_keys.filter(name=KEY_NAME, revoked_at=None):
            accounts.revoke_api_key(user, former.pk)
        return accounts.make_api_key(user, KEY_NAME)


def set_public_key(request: HttpRequest, pwauth: Any, public_key: Any) -> int:
    """Let a key be the user's only one. Their vessels follow."""
    user = _user_by_password(request, pwauth)
    rates.SECRETS.charge(str(user.pk))
    accounts.replace_keys(user, as_form(Text, public_key, "an OpenSSH public line: ssh-ed25519 AAAA..."))
    return 0


def api_version(request: HttpRequest) -> str:  # noqa: ARG001 - as all calls
    """Of the installer builder's calls."""
    return builder_calls.API_VERSION


def build_installers(request: HttpRequest, vessels: Any, user_data: Any = None, auth: Any = None) -> dict[str, Any]:
    """Have an installer built. `auth` is needed where only users may."""
    planner = None if auth is None else _user(request, auth)
    return builder_calls.build(request, vessels, {} if user_data is None else user_data, planner)


def get_urls(request: HttpRequest, build_id: Any) -> dict[str, str]:
    """Where the installers of a build are, by platform."""
    return builder_calls.get_urls(request, build_id)


CALLS: Final[dict[str, Callable[..., Any]]] = {
    call.__name__: call
    for call in (
        acquire_resources,
        acquire_specific_vessels,
        release_resources,
        renew_resources,
        get_resource_info,
        get_account_info,
        get_public_key,
        get_encrypted_api_key,
        regenerate_api_key,
        set_public_key,
        api_version,
        build_installers,
        get_urls,
    )
}


def do_call(request: HttpRequest, name: str, arguments: Sequence[Any]) -> Any:
    """What the call of this name answers; an Ordered for those that take a while. Raises Fault, ClearinghouseError."""
    call = CALLS.get(name)
    if call is None:
        raise Fault(Code.UNHANDLED, f"there is no such call; there are {', '.join(CALLS)}")
    signature = inspect.signature(call)
    try:
        bound = signature.bind(request, *arguments)
    except TypeError as why:
        raise BadRequest(f"{name} takes other arguments: {', '.join([*signature.parameters][1:])}") from why
    return call(*bound.args)


def vessel_info(lease: Lease) -> dict[str, Any]:
    """What is told of a vessel to its holder."""
    node = None if lease.vessel is None else lease.vessel.node
    return {
        "node_ip": "" if node is None else node.address,
        "node_port": NO_PORT,
        "vessel_id": lease.vessel_name,
        "node_id": lease.node_id,
        "handle": lease.handle,
        "is_active": node is not None and node.online and lease.state == Lease.State.ACTIVE,
        "expires_in_seconds": max(0, int((lease.expires_at - timezone.now()).total_seconds())),
    }


def _user(request: HttpRequest, auth: Any) -> User:
    given: Auth = as_form(Auth, auth, "{'username': ..., 'api_key': ...}")
    try:
        user = _owner(given)
    except NotAuthenticated:
        rates.ANONYMOUS.charge(network(request))
        raise
    rates.REQUESTS.charge(str(user.pk))
    return user


def _owner(given: Auth) -> User:
    if not given.api_key.startswith(authentication.API_KEY_PREFIX):
        raise NotAuthenticated("this is no API key: the site's page API keys makes one")
    user = authentication.authenticate("POST", "/xmlrpc/", b"", f"{authentication.SCHEME}{given.api_key}")
    if user.username != given.username:
        raise NotAuthenticated("this API key is none of this user's")
    return user


def _user_by_password(request: HttpRequest, pwauth: Any) -> User:
    given: PasswordAuth = as_form(PasswordAuth, pwauth, "{'username': ..., 'password': ...}")
    return user_by_password(request, given.username, given.password)


def _handles(handles: Any) -> list[str]:
    named: list[str] = as_form(Handles, handles, "a list of at least one handle, each a text")
    parse_handles(named)
    return named
