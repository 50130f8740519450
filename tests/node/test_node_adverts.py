"""What a node says of its vessels to the directory, whatever their owners do with them."""

from collections.abc import Sequence

import msgspec

from seattle.fabric.advert import MAX_ADVERT, Advert, open_advert, sign_advert
from seattle.identity.keys import KeyPair, PublicKey
from seattle.node.addresses import Whereabouts
from seattle.node.adverts import MAX_PRINCIPALS, make_advert
from seattle.node.division import MAX_VESSELS
from seattle.node.holders import MAX_USERS
from seattle.node.records import VesselRecord
from seattle.repy.monitor.network.host import HostNetwork
from seattle.resources.defaults import VESSEL

NODE = KeyPair.from_seed(b"n" * 32)
KEYS = [KeyPair.from_seed(number.to_bytes(32)).public for number in range(1, 400)]
MINE, THEIRS = KEYS[0], KEYS[1]


def vessel(name: str, owner: PublicKey, users: Sequence[PublicKey] = (), *, advertise: bool = True) -> VesselRecord:
    return VesselRecord(name=name, owner=owner, users=tuple(users), resources=VESSEL, advertise=advertise)


def advertised(*vessels: VesselRecord) -> Advert:
    """What a directory makes of it: signed, and opened again."""
    where = Whereabouts(["2001:db8::1"] * 16, HostNetwork())
    where.connected("2001:db8::1")
    advert = make_advert(vessels, version="1" * 64, where=where, donated=VESSEL)
    wire = sign_advert(msgspec.structs.replace(advert, node=NODE.id, issued_at=1.0), NODE)
    assert len(wire) <= MAX_ADVERT
    return open_advert(wire, now=1.0)


def test_given_vessels_then_each_holder_is_told_its_own_and_none_that_is_not_advertised() -> None:
    one, two = vessel("v1", MINE, [THEIRS, MINE]), vessel("v2", THEIRS)
    told = advertised(one, two, vessel("v3", MINE, advertise=False)).vessels
    assert told == {MINE.id: ["v1"], THEIRS.id: ["v2", "v1"]}


def test_given_an_owner_with_as_many_vessels_and_users_as_can_be_then_those_of_others_are_still_found() -> None:
    many = [
        vessel(f"v{10**9 + number}", THEIRS, [KEYS[2 + (number + place) % 390] for place in range(MAX_USERS)])
        for number in range(MAX_VESSELS - 1)
    ]
    told = advertised(*many, vessel("v1", MINE, [KEYS[398]])).vessels
    assert len(told) <= MAX_PRINCIPALS
    assert told[MINE.id] == told[KEYS[398].id] == ["v1"]
    assert len(told[THEIRS.id]) == MAX_VESSELS - 1
