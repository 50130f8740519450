"""The way to the nodes: a connection, our key, and how long we wait."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from weakref import WeakSet

import msgspec

from seattle.client.patience import Patience
from seattle.client.places import Place
from seattle.client.site.vessels import SiteVessels
from seattle.fabric.errors import ConnectionFailed, NoAnswer, NobodyThere
from seattle.fabric.operations import Ask, Operation
from seattle.fabric.rpc import NodeClient
from seattle.identity.keys import PublicKey

Q = TypeVar("Q", bound=msgspec.Struct)
R = TypeVar("R", bound=msgspec.Struct)


class Closable(Protocol):
    """What goes on until it is closed."""

    async def close(self) -> None:
        """End, and wait for the end."""


@dataclass(frozen=True, eq=False)
class Link:
    """Asks nodes in our name."""

    client: NodeClient
    patience: Patience
    site: Callable[[], SiteVessels]  # who hands out vessels; raises ProfileError if nobody does
    open: WeakSet[Closable] = field(default_factory=WeakSet)  # to be closed before the connection is

    async def ask(self, place: Place, operation: Operation[Q, R], request: Q, *, wait: float = 0.0) -> R:
        """Ask the node of this place. `wait`: seconds that the node itself may hold the answer back.

        Raises FabricError; RemoteError when the node says no.
        """
        within = self.patience.call + wait
        return await self.client.ask(PublicKey.from_id(place.node), operation, request, within=within)

    async def ask_patiently(self, place: Place, operation: Operation[Q, R], request: Q, *, wait: float = 0.0) -> R:
        """`ask`, again as often as our patience says while the node does not answer. For what may be done twice."""
        for pause in self.patience.pauses:
            try:
                return await self.ask(place, operation, request, wait=wait)
            except (NoAnswer, NobodyThere, ConnectionFailed):
                await asyncio.sleep(pause)
        return await self.ask(place, operation, request, wait=wait)

    def asking(self, place: Place) -> Ask:
        """`ask` for one node."""
        return self.client.asking(PublicKey.from_id(place.node), within=self.patience.call)
