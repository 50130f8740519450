"""Signed adverts: what a node says of itself, in a form that any broker or directory may pass on but none alter."""

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from seattle.fabric.errors import AdvertRefused
from seattle.identity.errors import IdentityError
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.unreadable import UNREADABLE

MAX_ADVERT: Final = 32 * 1024  # bytes, signed
MAX_AGE: Final = 180.0  # seconds; the time to live of an advert
MAX_AHEAD: Final = 60.0  # seconds that a node's clock may be ahead: a far-future date must not outrank all later ones
MAX_HOLDING_BACK: Final = 300  # characters
CONTEXT: Final = b"seattle advert 1\0"  # a signature over an advert is good for nothing else

KeyId = Annotated[str, Meta(min_length=56, max_length=56)]
Name = Annotated[str, Meta(max_length=64)]


class NatKind(StrEnum):
    """How a node is reached by others than the broker."""

    PUBLIC = "public"  # it has a public address of its own
    NAT = "nat"  # a translator of addresses stands between it and the broker: it can call, and can't be called
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, _value: object) -> "NatKind":
        return cls.UNKNOWN


class Advert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a node offers, at one moment."""

    node: KeyId
    issued_at: float  # seconds since 1970, by the node's clock
    version: Annotated[str, Meta(max_length=64)] = ""
    # By principal (owner or user of an advertised vessel): the names of its vessels on this node.
    vessels: Annotated[dict[KeyId, Annotated[list[Name], Meta(max_length=512)]], Meta(max_length=256)] = {}
    addresses: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=16)] = []
    nat: NatKind = NatKind.UNKNOWN
    public_address: Annotated[str, Meta(max_length=64)] = ""  # the node's, as its broker sees it; empty: unknown
    resources: Annotated[dict[Name, float], Meta(max_length=64)] = {}  # of the whole donation
    # Why it starts nothing at the moment; empty when it does.
    holding_back: Annotated[str, Meta(max_length=MAX_HOLDING_BACK)] = ""


class SignedAdvert(msgspec.Struct, frozen=True, array_like=True):
    """An advert on the wire."""

    payload: bytes
    signature: Annotated[bytes, Meta(min_length=64, max_length=64)]


def sign_advert(advert: Advert, key: KeyPair) -> bytes:
    """The bytes to publish. Raises AdvertRefused if it is larger than a directory takes."""
    payload = msgspec.msgpack.encode(advert)
    wire = msgspec.msgpack.encode(SignedAdvert(payload, key.sign(CONTEXT + payload)))
    if len(wire) > MAX_ADVERT:
        raise AdvertRefused("too-large", f"an advert of {len(wire)} bytes: {MAX_ADVERT} are allowed")
    return wire


def open_advert(wire: bytes, *, now: float, publisher: str | None = None) -> Advert:
    """The advert in these bytes, if its node signed it and its time is now (seconds since 1970).

    Raises AdvertRefused with the code `too-large`, `malformed`, `not-the-publisher` (if `publisher`, the id under
    which it came, is given), `forged`, `stale` or `from-the-future`.
    """
    if len(wire) > MAX_ADVERT:
        raise AdvertRefused("too-large", f"an advert of {len(wire)} bytes: {MAX_ADVERT} are allowed")
    try:
        signed = msgspec.msgpack.decode(wire, type=SignedAdvert)
        advert = msgspec.msgpack.decode(signed.payload, type=Advert)
    except UNREADABLE as why:
        raise AdvertRefused("malformed", f"this is not an advert: {why}") from why
    if publisher is not None and publisher != advert.node:
        raise AdvertRefused("not-the-publisher", f"{publisher} published an advert of {advert.node}")
    try:
        PublicKey.from_id(advert.node).verify(signed.signature, CONTEXT + signed.payload)
    except IdentityError as why:
        raise AdvertRefused("forged", f"{advert.node} did not sign this advert") from why
    if not advert.issued_at > now - MAX_AGE:  # so written that NaN is stale
        raise AdvertRefused("stale", f"the advert is older than {MAX_AGE:g} s; or the node's clock is wrong")
    if not advert.issued_at < now + MAX_AHEAD:
        raise AdvertRefused("from-the-future", f"the advert is dated more than {MAX_AHEAD:g} s ahead: set the clock")
    return advert
