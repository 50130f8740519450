"""Who holds a vessel, and what an owner may say of it: pure functions from what a caller sent to the record to be."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from seattle.identity.errors import IdentityError
from seattle.identity.keys import PublicKey
from seattle.node.errors import BadKey, BadOwnerInformation, BadResources, TooManyUsers
from seattle.node.records import VesselRecord
from seattle.resources.errors import ResourceError
from seattle.resources.vector import ResourceVector

MAX_USERS: Final = 64  # of one vessel: all of a node's vessels have to fit in one answer
MAX_OWNER_INFORMATION: Final = 256  # characters


def given_to(vessel: VesselRecord, owner: str) -> VesselRecord:
    """The vessel with another owner, whose words about it nobody else can have written. Raises BadKey."""
    return replace(vessel, owner=_key(owner), owner_information="", advertise=True)


def used_by(vessel: VesselRecord, users: Sequence[str]) -> VesselRecord:
    """The vessel with these users and no others; who is named twice is one. Raises BadKey, TooManyUsers."""
    named = dict.fromkeys(users)  # counted before they are read, which takes as long as a signature for each
    if len(named) > MAX_USERS:
        raise TooManyUsers(f"these are {len(named)} users: a vessel has {MAX_USERS} at most; split it to have more")
    return replace(vessel, users=tuple(dict.fromkeys(map(_key, named))))


def described(vessel: VesselRecord, words: str) -> VesselRecord:
    """The vessel with these words of its owner. Raises BadOwnerInformation."""
    check_owner_information(words)
    return replace(vessel, owner_information=words)


def check_owner_information(words: str) -> None:
    """Raises BadOwnerInformation for what an owner can't say of a vessel."""
    if len(words) > MAX_OWNER_INFORMATION:
        raise BadOwnerInformation(
            f"the owner information has {len(words)} characters: at most {MAX_OWNER_INFORMATION} are allowed"
        )
    if words.splitlines() not in ([], [words]):
        raise BadOwnerInformation("the owner information has a line break in it: expected one line")


def wanted_resources(amounts: Mapping[str, object]) -> ResourceVector:
    """The resources that a caller names. Raises BadResources: says which amount is wrong, or what is missing."""
    try:
        return ResourceVector.from_mapping(amounts)
    except ResourceError as why:
        raise BadResources(why) from why


def _key(text: str) -> PublicKey:
    try:
        return PublicKey.from_id(text)
    except IdentityError as why:
        raise BadKey(f"{text!r} is no key: {why}") from why
