"""What a donor sees of the node: who runs what, since when, at what cost, and why it holds back."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from seattle.fabric.node_api import VesselState, WallReport
from seattle.node.accounts import Account
from seattle.node.donor.gate import Gate
from seattle.node.records import VesselRecord
from seattle.node.service import NodeFacts
from seattle.node.store import Store
from seattle.node.verbs import Order, Verb
from seattle.node.vessel import Vessel


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """The latest run in a vessel since it was fresh."""

    number: int
    program: str  # file name
    digest: str  # SHA-256 of the program, hexadecimal
    arguments: list[str]
    began: float  # seconds since 1970
    ended: float | None = None  # seconds since 1970
    outcome: str = ""  # kind of outcome; empty while it runs, or if nobody saw its end
    detail: str = ""


class VesselView(msgspec.Struct, frozen=True, kw_only=True):
    """One vessel as its donor sees it. Amounts by resource name, in the units of ResourceVector and Meter."""

    name: str
    state: VesselState
    owner: str  # key id
    users: list[str]  # key ids
    owner_information: str
    advertise: bool
    limits: dict[str, float | list[int]]
    usage: dict[str, float | list[int]]
    account: Account | None = None  # of the program that runs
    run: RunView | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The node as its donor sees it."""

    node: str  # its id
    version: str
    folder: str
    process: int  # the daemon's process id
    began: float  # seconds since 1970 at which the daemon began
    now: float  # seconds since 1970
    addresses: list[str]
    walls: list[WallReport]
    vessels: list[VesselView]  # by name
    holding_back: str = ""  # why it starts nothing at the moment; empty when it does
    frozen: bool = False  # whether what runs stands still
    notice: str = ""  # what users were told ahead of time
    disconnected: str = ""  # why it has no line to its testbed; empty when it has


class GetStatus(Order, frozen=True, tag="status"):
    """How do things stand?"""


STATUS: Final = Verb(GetStatus, Status)


def nothing() -> str:
    """Nothing is wrong."""
    return ""


@dataclass(kw_only=True)
class Overview:
    """Answers `status`.

    Args:
        facts: what anybody may know of the node.
        store: whose the vessels are.
        vessels: all that are in the store, by name.
        folder: the node's.
        gate: what the donor allows.
        disconnected: why there is no line to the testbed.
    """

    facts: NodeFacts
    store: Store
    vessels: Mapping[str, Vessel]
    folder: Path
    gate: Gate
    clock: Callable[[], float] = time.time  # seconds since 1970
    disconnected: Callable[[], str] = nothing
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    async def status(self, _request: GetStatus) -> Status:
        """All of it, as it is now."""
        there = [(record, vessel) for record in self.store.vessels() if (vessel := self.vessels.get(record.name))]
        views = await asyncio.gather(*(_view(record, vessel) for record, vessel in there))
        return Status(
            node=self.facts.node.id,
            version=self.facts.version,
            folder=str(self.folder),
            process=os.getpid(),
            began=self._began,
            now=self.clock(),
            addresses=list(self.facts.where.addresses),
            walls=list(self.facts.walls),
            vessels=list(views),
            holding_back=self.gate.why,
            frozen=self.gate.frozen,
            notice=self.gate.notice,
            disconnected=self.disconnected(),
        )


async def _view(record: VesselRecord, vessel: Vessel) -> VesselView:
    resources = await vessel.resources()
    return VesselView(
        name=record.name,
        state=vessel.state,
        owner=record.owner.id,
        users=[user.id for user in record.users],
        owner_information=record.owner_information,
        advertise=record.advertise,
        limits=resources.limits,
        usage=resources.usage,
        account=resources.account,
        run=_run_view(vessel),
    )


def _run_view(vessel: Vessel) -> RunView | None:
    latest = vessel.latest_run
    if latest is None:
        return None
    return RunView(
        number=latest.number,
        program=latest.program,
        digest=latest.digest,
        arguments=list(latest.arguments),
        began=latest.asked_at,
        ended=latest.ended_at,
        outcome="" if latest.outcome is None else latest.outcome.kind.value,
        detail="" if latest.outcome is None else latest.outcome.detail,
    )
