"""What one directory knows: the latest advert of each node, for as long as it lives. No clock, no network."""

from bisect import bisect_right, insort
from dataclasses import dataclass
from typing import Final

from seattle.fabric.advert import MAX_AGE, Advert, open_advert
from seattle.fabric.errors import AdvertRefused

MAX_NODES: Final = 50_000  # a node more is refused until one has gone
MAX_BYTES: Final = 256 * 1024 * 1024  # of all adverts, signed; most have some hundred, and none more than 32 KiB
MAX_PAGE: Final = 512 * 1024  # bytes of adverts in one reply


@dataclass(frozen=True)
class Entry:
    """The latest of one node. No more of it than is needed: decoded, an advert can be twenty times as large."""

    issued_at: float  # seconds since 1970, by the node's clock
    principals: tuple[str, ...]
    wire: bytes  # as signed: who looks up checks for itself
    expires_at: float  # seconds since 1970


@dataclass(frozen=True)
class Page:
    """A part of an answer, in order of node ids."""

    wires: list[bytes]
    after: str  # ask for what comes after this id; empty at the end


class AdvertBook:
    """Adverts by node and by principal. All times are in seconds since 1970."""

    def __init__(self, *, max_nodes: int = MAX_NODES, max_bytes: int = MAX_BYTES) -> None:
        self._max_nodes = max_nodes
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: dict[str, Entry] = {}
        self._nodes: list[str] = []  # sorted
        self._holders: dict[str, set[str]] = {}  # principal -> nodes

    def __len__(self) -> int:
        return len(self._entries)

    def accept(self, wire: bytes, *, publisher: str, now: float) -> Advert:
        """Take an advert that `publisher` published. Raises AdvertRefused; `outdated` if a newer one is known."""
        advert = open_advert(wire, publisher=publisher, now=now)
        known = self._entries.get(advert.node)
        if known is not None and known.issued_at >= advert.issued_at:
            raise AdvertRefused("outdated", f"a newer advert of {advert.node} is known")
        if known is None and len(self._entries) >= self._max_nodes:
            raise AdvertRefused("full", f"{self._max_nodes} nodes are known, more than that are not kept")
        before = 0 if known is None else len(known.wire)
        if self._bytes - before + len(wire) > self._max_bytes:
            raise AdvertRefused("full", f"{self._max_bytes} bytes of adverts are known, more than that are not kept")
        self._remove(advert.node)
        self._bytes += len(wire)
        # From its date on: a broker that plays an old one again must not give it a longer life.
        expires_at = min(now, advert.issued_at) + MAX_AGE
        self._entries[advert.node] = Entry(advert.issued_at, tuple(advert.vessels), wire, expires_at)
        insort(self._nodes, advert.node)
        for principal in advert.vessels:
            self._holders.setdefault(principal, set()).add(advert.node)
        return advert

    def expire(self, now: float) -> int:
        """Forget what has outlived its time; return how many."""
        gone = [node for node, entry in self._entries.items() if entry.expires_at <= now]
        for node in gone:
            self._remove(node)
        return len(gone)

    def lookup(self, principal: str, *, now: float, after: str = "") -> Page:
        """Adverts of the nodes that hold vessels for this key."""
        nodes = sorted(self._holders.get(principal, ()))
        return self._page(nodes, now=now, after=after)

    def live(self, *, now: float, after: str = "") -> Page:
        """Adverts of all nodes."""
        return self._page(self._nodes, now=now, after=after)

    def _page(self, nodes: list[str], *, now: float, after: str) -> Page:
        wires: list[bytes] = []
        size = 0
        last = ""
        for index in range(bisect_right(nodes, after), len(nodes)):
            entry = self._entries[nodes[index]]
            if entry.expires_at <= now:
                continue
            if size + len(entry.wire) > MAX_PAGE:
                return Page(wires, last)
            wires.append(entry.wire)
            size += len(entry.wire)
            last = nodes[index]
        return Page(wires, "")

    def _remove(self, node: str) -> None:
        entry = self._entries.pop(node, None)
        if entry is None:
            return
        self._bytes -= len(entry.wire)
        del self._nodes[bisect_right(self._nodes, node) - 1]
        for principal in entry.principals:
            nodes = self._holders[principal]
            nodes.discard(node)
            if not nodes:
                del self._holders[principal]
