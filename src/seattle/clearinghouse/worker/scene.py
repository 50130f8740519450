"""Where a visit takes place: one node, how to ask it, and what is written down of it."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from django.utils import timezone

from seattle.clearinghouse.fleet.situation import NodeNow
from seattle.clearinghouse.journal.services import Deed
from seattle.clearinghouse.worker.orm import Orm
from seattle.clearinghouse.worker.words import fit
from seattle.fabric import node_api as api
from seattle.fabric.errors import ConnectionFailed, FabricError, RemoteError
from seattle.fabric.operations import Ask, Operation
from seattle.fabric.rpc import NodeClient
from seattle.identity.keys import PublicKey

Q = TypeVar("Q", bound=msgspec.Struct)
R = TypeVar("R", bound=msgspec.Struct)


class Unreachable(Exception):  # noqa: N818 - named for what happened
    """A node did not answer, or not as nodes do; the text says how."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What all visits of a worker have in common.

    Args:
        client: calls nodes, in the name of the key that owns the vessels.
        orm: runs what uses the database.
        own: that key.
        worker: what this process is called.
        patience: seconds that a node gets to answer.
        probe_every: between looks at a node that is well.
        clock: the time, aware.
    """

    client: NodeClient
    orm: Orm
    own: PublicKey
    worker: str
    patience: float = 8.0
    probe_every: timedelta = timedelta(minutes=3)
    clock: Callable[[], datetime] = timezone.now
    rng: random.Random = field(default_factory=random.SystemRandom)


@dataclass(frozen=True)
class Scene:
    """One visit's. `deeds`: what was done, for the journal. `ask` raises RemoteError, ConnectionFailed, Unreachable."""

    tools: Tools
    node: NodeNow
    ask: Ask
    deeds: list[Deed]

    @property
    def orm(self) -> Orm:
        """Runs what uses the database."""
        return self.tools.orm

    @property
    def pk(self) -> int:
        """The node's primary key."""
        return self.node.pk

    def now(self) -> datetime:
        """The time."""
        return self.tools.clock()

    async def say(self, vessel: str, words: str) -> None:
        """Set the owner's words on a vessel."""
        await self.ask(api.CHANGE_OWNER_INFORMATION, api.ChangeOwnerInformation(vessel=vessel, owner_information=words))

    def write(self, action: str, vessel: str, detail: str, began: float, *, succeeded: bool = True) -> None:
        """Have it in the journal. `began`: by `time.monotonic`."""
        took = int((time.monotonic() - began) * 1000)
        self.deeds.append(
            Deed(action=action, node=self.pk, vessel=vessel, succeeded=succeeded, detail=detail, took_ms=took)
        )


def asking(client: NodeClient, node: PublicKey, patience: float) -> Ask:
    """Ask this node. Raises RemoteError for what it refuses, ConnectionFailed for what is our fault, Unreachable."""

    async def ask(operation: Operation[Q, R], request: Q) -> R:
        try:
            return await client.ask(node, operation, request, within=patience)
        except (RemoteError, ConnectionFailed):
            raise
        except FabricError as why:
            raise Unreachable(fit(_in_words(why, patience), 200)) from why

    return ask


def _in_words(why: FabricError, patience: float) -> str:
    match why.code:
        case "nobody-there":
            return "it is offline"
        case "no-answer":
            return f"no answer within {patience:g} s"
        case _:
            return str(why)
