"""The three calls of the reference's installer builder, in the same place as all others.

Keys are ours (Ed25519): an OpenSSH public line, or an id. The reference's RSA numbers are told so in the fault.
"""

import re
from typing import Annotated, Any, Final

import msgspec
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from msgspec import Meta

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.accounts.public_keys import public_line
from seattle.clearinghouse.api import rates
from seattle.clearinghouse.api.credentials import charge_build, network
from seattle.clearinghouse.builds import installers, services
from seattle.clearinghouse.builds.layout import MOST_PEOPLE, MOST_VESSELS, Layout, Part, Person
from seattle.clearinghouse.errors import BadRequest
from seattle.clearinghouse.xmlrpc.arguments import Text, as_form
from seattle.identity.openssh import format_private

API_VERSION: Final = "2.0"  # which calls there are
_REFERENCES_KEY: Final = re.compile(r"\s*\d+\s+\d+\s*\Z")
_VESSELS: Final = "a list of {'percentage': 10 to 80, 'owner': NAME, 'users': [NAME, ...]}"
_USERS: Final = "{NAME: {'public_key': 'ssh-ed25519 AAAA...'}}"


class VesselAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One vessel."""

    percentage: Annotated[int, Meta(ge=-1000, le=1000)]  # what is too little or too much is told as such
    owner: Text
    users: Annotated[list[Text], Meta(max_length=MOST_PEOPLE)] = []


class UserAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody whose key is known."""

    public_key: Annotated[str, Meta(max_length=4000)] = ""


Vessels = Annotated[list[VesselAsked], Meta(max_length=2 * MOST_VESSELS)]
Users = Annotated[dict[str, UserAsked], Meta(max_length=MOST_PEOPLE)]


def build(request: HttpRequest, vessels: Any, user_data: Any, planner: User | None) -> dict[str, Any]:
    """Have an installer built. Whoever has no key in `user_data` gets a pair, whose private half is told only here."""
    wanted: list[VesselAsked] = as_form(Vessels, vessels, _VESSELS)
    keys: dict[str, UserAsked] = as_form(Users, user_data, _USERS)
    for name, user in keys.items():
        if _REFERENCES_KEY.match(user.public_key):
            raise BadRequest(
                f"the key of {name[:60]!r} is one of RSA, as the former builder had them: vessels obey Ed25519 keys,"
                " so give the line of a .pub file (`ssh-ed25519 AAAA...`) or an id (`U...`)"
            )
    names = dict.fromkeys(name for vessel in wanted for name in (vessel.owner, *vessel.users) if name)
    layout = Layout(
        people=tuple(Person(name, keys[name].public_key if name in keys else "") for name in names),
        vessels=tuple(Part(one.percentage, one.owner, tuple(one.users)) for one in wanted),
    )
    charge_build(request, planner)
    built = services.build(layout, planner=planner)
    users: dict[str, dict[str, str]] = {name: {"public_key": line} for name, line in built.build.key_of.items()}
    for name, pair in built.pairs.items():
        users[name] = {"public_key": public_line(pair.public), "private_key": format_private(pair)}
    return {"installers": _urls(built.build.build_id), "users": users, "build_id": built.build.build_id}


def get_urls(request: HttpRequest, build_id: Any) -> dict[str, str]:
    """Where the installers of a build are, by platform."""
    rates.ANONYMOUS.charge(network(request))
    return _urls(services.find(as_form(Text, build_id, "the id of a build")).build_id)


def _urls(build_id: str) -> dict[str, str]:
    """They can be had at once: the first who asks waits until it is signed."""
    return {
        platform: settings.SITE.origin + reverse("installer", args=[build_id, platform])
        for platform in installers.PLATFORMS
    }
