"""What a testbed's site is asked about vessels: to hand some out, to renew and release them, and which we hold."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec

from seattle.client.errors import CannotFulfil, NotEnoughCredits, ProfileError, SiteRefused, SiteUnreachable
from seattle.client.places import Place
from seattle.client.profile import Profile
from seattle.client.site.client import PATIENCE, SiteClient
from seattle.identity.keys import KeyPair

MOST_AT_ONCE: Final = 1000  # vessels in one request
MOST_LEASES: Final = 100_000  # that a site is believed to have given us

_HANDLE: Final = re.compile(r"U[A-Z2-7]{0,55}:[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")

T = TypeVar("T")


class OrderState(StrEnum):
    """Where an order stands."""

    WORKING = "working"
    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"


class LeaseState(StrEnum):
    """Where a lease stands."""

    ASSIGNING = "assigning"  # the node is being told
    ACTIVE = "active"
    ENDED = "ended"


class OrderedVessel(msgspec.Struct, frozen=True):
    """A vessel that an order tried."""

    handle: str
    state: LeaseState
    why: str = ""  # it ended


class Order(msgspec.Struct, frozen=True):
    """An acquisition, and how far it has come."""

    id: int
    wanted: int
    least: int
    state: OrderState
    message: str = ""  # why it was not met, or not in full
    assigning: int = 0  # vessels whose nodes are being told
    active: int = 0  # that are there
    vessels: list[OrderedVessel] = []

    @property
    def places(self) -> list[Place]:
        """The vessels that are there."""
        return [place_of(one.handle) for one in self.vessels if one.state is LeaseState.ACTIVE]


class Lease(msgspec.Struct, frozen=True):
    """That a vessel is ours, and until when."""

    handle: str
    state: LeaseState
    expires_at: datetime
    expires_in: int  # seconds
    online: bool = True  # whether its node is there now
    address: str = ""
    nat: str = ""
    country: str = ""
    ports: list[int] = []

    @property
    def place(self) -> Place:
        """The vessel's name in the world."""
        return place_of(self.handle)


class Account(msgspec.Struct, frozen=True):
    """Who we are to the site, and how many vessels we may hold."""

    username: str
    credits_total: int
    credits_held: int
    credits_available: int
    affiliation: str = ""
    port: int = 0


class Changed(msgspec.Struct, frozen=True):
    """What was renewed or released, by handle; and what we don't hold."""

    done: list[str]
    skipped: list[str]
    expires_at: datetime | None = None  # of those that were renewed


class _NewOrder(msgspec.Struct, frozen=True):
    count: int
    kind: str
    least: int | None
    where: dict[str, Any]
    key: str


class _SpecificOrder(msgspec.Struct, frozen=True):
    handles: list[str]
    key: str


class _Handles(msgspec.Struct, frozen=True):
    handles: list[str] | None


class _Leases(msgspec.Struct, frozen=True):
    items: list[Lease]
    next: int | None


class _Replacement(msgspec.Struct, frozen=True):
    key: str


class SiteVessels:
    """The part of a site that hands out vessels. Everything raises SiteUnreachable and SiteRefused."""

    def __init__(self, site: SiteClient) -> None:
        self._site = site

    @classmethod
    def of(cls, profile: Profile, key: KeyPair) -> "SiteVessels":
        """The site of a profile. Raises ProfileError if it names none."""
        if not profile.site_url:
            raise ProfileError(
                f"the profile {profile.folder} names no site that could hand out vessels",
                hint="`seattle login URL` makes one that does",
            )
        return cls(SiteClient(profile.site_url, key, ca_file=profile.ca_file))

    def account(self) -> Account:
        """Who we are, and how many vessels we may hold."""
        return self._site.get("/account", Account)

    def order(self, count: int, *, kind: str, least: int | None, where: Mapping[str, Any], key: str) -> Order:
        """Order vessels. Raises NotEnoughCredits, CannotFulfil.

        With the same `key` it is the same order, however often it is sent: who hears no answer may ask again.
        """
        wanted = _NewOrder(count=count, kind=kind, least=least, where=dict(where), key=key)
        return _in_words(lambda: self._site.post("/orders", wanted, Order))

    def order_these(self, handles: Iterable[str], *, key: str) -> Order:
        """Order these vessels, as far as they are free; `key` as in `order`. Raises NotEnoughCredits, SiteRefused."""
        wanted = _SpecificOrder(handles=list(handles), key=key)
        return _in_words(lambda: self._site.post("/orders/specific", wanted, Order))

    def progress(self, order: Order, *, wait: float) -> Order:
        """The order once it is settled, or as it is after so many seconds."""
        return self._site.get(f"/orders/{order.id}?wait={wait:g}", Order, patience=wait + PATIENCE)

    def replace(self, handle: str, *, key: str) -> Order:
        """Order a vessel like this one, which was lost; `key` as in `order`. Raises NotEnoughCredits, CannotFulfil."""
        return _in_words(lambda: self._site.post(f"/vessels/{handle}/replace", _Replacement(key), Order))

    def leases(self) -> list[Lease]:
        """All that we hold, or that is on its way to us."""
        held: list[Lease] = []
        after: int | None = 0
        while after is not None:
            page = self._site.get(f"/vessels?limit={MOST_AT_ONCE}&after={after}", _Leases)
            if page.next is not None and (page.next <= after or not page.items or len(held) > MOST_LEASES):
                raise SiteUnreachable("the site's list of vessels has no end")
            held, after = held + page.items, page.next
        return held

    def renew(self, handles: Iterable[str] | None) -> Changed:
        """Keep vessels (None: all) for the longest time from now. Raises NotEnoughCredits."""
        return self._each("/vessels/renew", handles)

    def release(self, handles: Iterable[str] | None) -> Changed:
        """Give vessels (None: all) back."""
        return self._each("/vessels/release", handles)

    def _each(self, path: str, handles: Iterable[str] | None) -> Changed:
        named = None if handles is None else list(handles)
        changed = [
            _in_words(lambda some=some: self._site.post(path, _Handles(some), Changed))  # type: ignore[misc]
            for some in _batches(named)
        ]
        return Changed(
            done=[handle for one in changed for handle in one.done],
            skipped=[handle for one in changed for handle in one.skipped],
            expires_at=changed[-1].expires_at if changed else None,
        )


def place_of(handle: str) -> Place:
    """The place that a handle of the site (`U...:v12`) means. Raises SiteUnreachable for what can be none."""
    if not _HANDLE.match(handle):  # places are shown on terminals, and become names of files
        raise SiteUnreachable(f"the site names a vessel {handle[:200]!r}, which no vessel is named")
    node, _, name = handle.rpartition(":")
    return Place(node, name)


def handle_of(place: Place) -> str:
    """What the site calls a place."""
    return f"{place.node}:{place.vessel}"


def _batches(handles: Sequence[str] | None) -> list[list[str] | None]:
    if handles is None:
        return [None]
    return [list(handles[first : first + MOST_AT_ONCE]) for first in range(0, len(handles), MOST_AT_ONCE)]


def _in_words(ask: Callable[[], T]) -> T:
    """Refusals that programs want to tell apart, as errors of their own."""
    kinds = {NotEnoughCredits.code: NotEnoughCredits, CannotFulfil.code: CannotFulfil}
    try:
        return ask()
    except SiteRefused as no:
        kind = kinds.get(no.code)
        if kind is None:
            raise
        raise kind(str(no), code=no.code, status=no.status, hint=no.hint) from no
