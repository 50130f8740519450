"""One visit to one node: first what somebody waits for, then a look whether all there is as we think.

Nothing that one node says or does not say reaches another visit: a dead node costs its own visit's time, and is left
alone for longer each time.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar, assert_never

import msgspec
import structlog
from django.db import DatabaseError, OperationalError
from django.utils import timezone

from seattle.clearinghouse.credits import donations
from seattle.clearinghouse.fleet import claims, services
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.fleet.services import Answered
from seattle.clearinghouse.fleet.situation import NodeNow, UnitNow, node_now
from seattle.clearinghouse.journal import services as journal
from seattle.clearinghouse.journal.services import Deed
from seattle.clearinghouse.worker import survey as s
from seattle.clearinghouse.worker.cleaning import NotClean, clean
from seattle.clearinghouse.worker.dividing import divide
from seattle.clearinghouse.worker.marks import UNIT, rest_mark
from seattle.clearinghouse.worker.orm import Orm
from seattle.clearinghouse.worker.words import fit, nat_of
from seattle.fabric import node_api as api
from seattle.fabric.errors import ConnectionFailed, FabricError, RemoteError
from seattle.fabric.operations import Ask, Operation
from seattle.fabric.rpc import NodeClient
from seattle.identity.errors import IdentityError
from seattle.identity.keys import PublicKey

MOST_UNITS: Final = 100  # of one node
CLEANED_AT_ONCE: Final = 4  # vessels of one node
TOLD_AT_ONCE: Final = 16

Q = TypeVar("Q", bound=msgspec.Struct)
R = TypeVar("R", bound=msgspec.Struct)

log = structlog.get_logger()


class Unreachable(Exception):  # noqa: N818 - named for what happened
    """A node did not answer, or not as nodes do; the text says how."""


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Visits nodes.

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

    async def visit(self, node_id: int) -> None:
        """Do what is due at the node with this primary key, if nobody else is there. Raises nothing of a node's."""
        if not await self.orm(claims.claim, node_id, self.worker, self.clock()):
            return
        deeds: list[Deed] = []
        try:
            async with asyncio.timeout(claims.LONGEST_VISIT.total_seconds()):
                await _Visit(self, await self.orm(node_now, node_id, self.clock()), deeds).run()
        except ConnectionFailed as why:  # ours: no fault of the node
            log.info("visit_without_fabric", node=node_id, error=str(why))
        except TimeoutError:  # the rest of it is done next time
            deeds.append(Deed(action="visit", node=node_id, succeeded=False, detail="it takes long: more next time"))
        except OperationalError:  # the database's own trouble: it is tried again
            log.exception("visit_without_database", node=node_id)
        except DatabaseError as why:
            log.exception("visit_not_written", node=node_id)
            await self._leave_alone(node_id, f"what it says can't be written down: {fit(str(why), 200)}")
        except Exception:
            log.exception("visit_failed", node=node_id)
            await self._leave_alone(node_id, "the worker failed at it; its log tells why")
        finally:
            await self.orm(self._finish, node_id, deeds)

    async def _leave_alone(self, node_id: int, why: str) -> None:
        await self.orm(services.missed, node_id, why, now=self.clock())

    def _finish(self, node_id: int, deeds: Sequence[Deed]) -> None:
        claims.let_go(node_id, self.worker)
        if deeds:
            journal.write(self.worker, deeds)


@dataclass(frozen=True)
class _Visit:
    """The one that is under way."""

    by: Visitor
    node: NodeNow
    deeds: list[Deed]

    async def run(self) -> None:
        """What is due."""
        try:
            key = PublicKey.from_id(self.node.node_id)
        except IdentityError as why:
            await self.by.orm(services.break_node, self.node.pk, f"its id is none: {why}")
            return
        ask = _asking(self.by.client, key, self.by.patience)
        try:
            await self._tell_all(ask)
            await self._clean_all(ask)
            if self.node.probe_due:
                await self._look(ask)
                await self.by.orm(_settle, self.node, self.by.clock())
        except Unreachable as why:
            await self._missed(str(why))
            await self.by.orm(_settle, self.node, self.by.clock())

    # What somebody waits for.

    async def _tell_all(self, ask: Ask) -> None:
        """Tell the node whose its held vessels are, as far as it does not know."""
        waiting = [unit for unit in self.node.units if unit.state == Vessel.State.LEASED and not unit.synced]
        if self.node.backing_off or (not self.node.online and not self.node.probe_due):
            for unit in waiting:
                await self._refuse(unit, "its node does not answer")
            return
        slots = asyncio.Semaphore(TOLD_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._tell(ask, unit, slots), name=f"tell {unit.name}")
                for unit in waiting
                if unit.due or unit.assigning
            ]
        for failed in (task.result() for task in tasks):
            if failed is not None:
                raise failed

    async def _tell(self, ask: Ask, unit: UnitNow, slots: asyncio.Semaphore) -> Exception | None:
        """What went wrong with the node as a whole: a value, so that the others are told all the same."""
        began, action = time.monotonic(), "assign" if unit.assigning else "keys"
        async with slots:
            try:
                await ask(api.CHANGE_USERS, api.ChangeUsers(vessel=unit.name, users=list(unit.users)))
            except RemoteError as no:
                self._write(action, unit.name, f"the node refuses: {fit(no.message, 200)}", began, succeeded=False)
                await self._refuse(unit, f"its node refused: {fit(no.message, 200)}")
                await self.by.orm(services.unit_failed, unit.pk, now=self.by.clock())
                await self.by.orm(services.look_soon, [self.node.pk])
                return None
            except (Unreachable, ConnectionFailed) as why:
                if isinstance(why, Unreachable):
                    self._write(action, unit.name, str(why), began, succeeded=False)
                    await self._refuse(unit, f"its node does not answer ({why})")
                return why
        await self.by.orm(services.told_keys, unit.pk, unit.users)
        self._write(action, unit.name, f"{len(unit.users)} keys", began)
        return None

    async def _refuse(self, unit: UnitNow, why: str) -> None:
        """Have another vessel tried in the place of this one, if it was to be assigned."""
        if unit.assigning and unit.lease is not None:
            await self.by.orm(services.not_taken, unit.lease, why)

    async def _clean_all(self, ask: Ask) -> None:
        """Clean what was somebody's, or is new."""
        if self.node.backing_off or not (self.node.online or self.node.probe_due):
            return
        slots = asyncio.Semaphore(CLEANED_AT_ONCE)
        dirty = [unit for unit in self.node.units if unit.state == Vessel.State.DIRTY and unit.due]
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._clean(ask, unit.pk, unit.name, slots), name=f"clean {unit.name}")
                for unit in dirty
            ]
        for failed in (task.result() for task in tasks):
            if failed is not None:
                raise failed

    async def _clean(self, ask: Ask, unit_id: int, name: str, slots: asyncio.Semaphore) -> Exception | None:
        """As `_tell`."""
        began = time.monotonic()
        async with slots:
            try:
                await clean(ask, name)
            except (NotClean, RemoteError) as why:
                self._write("clean", name, fit(str(why), 300), began, succeeded=False)
                await self.by.orm(services.unit_failed, unit_id, now=self.by.clock())
                await self.by.orm(services.look_soon, [self.node.pk])
                return None
            except (Unreachable, ConnectionFailed) as why:
                return why
        if await self.by.orm(services.cleaned, unit_id):
            self._write("clean", name, "files, log and users are gone, as was seen", began)
        return None

    # A look.

    async def _look(self, ask: Ask) -> None:
        began = time.monotonic()
        try:
            said = await ask(api.DESCRIBE, api.Describe())
        except RemoteError as no:
            raise Unreachable(f"it says of itself only: {fit(no.message, 200)}") from no
        facts = Answered(version=fit(said.version, 64), nat=nat_of(said.nat), holding_back=fit(said.holding_back, 300))
        if not self.node.online:
            self._write("probe", "", "it is online", began)
        await self.by.orm(services.answered, self.node.pk, facts, now=self.by.clock(), again=self.by.probe_every)
        try:
            for step in s.survey(self.node, said.vessels, self.by.own.id):
                if not await self._take(ask, step):
                    break
        except RemoteError as no:
            await self._wait(f"it refuses what a worker asks: {fit(no.message, 200)}")

    async def _take(self, ask: Ask, step: s.Step) -> bool:
        """One step, which does no more if it is taken twice; whether those after it make sense."""
        began, orm, node = time.monotonic(), self.by.orm, self.node.pk
        match step:
            case s.Lose(unit, why):
                await orm(services.lose_unit, unit.pk, why)
                self._write("lose", unit.name, why, began, succeeded=False)
            case s.Soil(unit, why):
                if await orm(services.soil_unit, unit.pk):
                    self._write("probe", unit.name, f"to be cleaned: {why}", began, succeeded=False)
            case s.Unsync(unit):
                await orm(services.unsync_unit, unit.pk)
                self._write("probe", unit.name, "its keys are not its holder's: they are written anew", began)
            case s.Adopt(name, ports, mark):
                return await self._adopt(ask, name, ports, mark=mark)
            case s.MarkUnit(name):
                await self._say(ask, name, UNIT)
            case s.TakeOver():
                await self._take_over(ask, step)
            case s.Divide():
                await self._divide(ask, step)
            case s.Empty(why):
                await orm(services.empty, node, why)
                self._write("probe", "", why, began, succeeded=False)
            case s.Wait(why):
                await self._wait(why)
            case s.Note(why):
                self._write("probe", "", why, began)
            case s.Break(why):
                if await orm(services.break_node, node, why):
                    self._write("probe", "", why, began, succeeded=False)
                return False
            case _:
                assert_never(step)
        return True

    async def _adopt(self, ask: Ask, name: str, ports: Sequence[int], *, mark: bool) -> bool:
        began = time.monotonic()
        if self._there >= MOST_UNITS:
            return True
        if not await self.by.orm(services.add_unit, self.node.pk, name, ports):
            return await self._take(ask, s.Break(f"its vessel {name} has a port that another vessel of it has, too"))
        if mark:
            await self._say(ask, name, UNIT)
        self._write("split", name, "a unit of which there was no row: found again", began)
        return True

    async def _take_over(self, ask: Ask, wanted: s.TakeOver) -> None:
        began = time.monotonic()
        why = await self.by.orm(services.accept_donation, self.node.pk, wanted.token)
        if why:
            await self._wait(why)
            return
        if wanted.running:
            await ask(api.STOP, api.Stop(vessel=wanted.name))
        await ask(api.CHANGE_USERS, api.ChangeUsers(vessel=wanted.name, users=[]))
        await ask(api.RESET, api.Reset(vessel=wanted.name))
        await self._say(ask, wanted.name, rest_mark(wanted.token))
        await self.by.orm(services.begin_dividing, self.node.pk, wanted.name)
        self._write("take-over", wanted.name, "it is ours", began)
        await self.by.orm(services.look_soon, [self.node.pk])

    async def _divide(self, ask: Ask, wanted: s.Divide) -> None:
        began = time.monotonic()

        async def add(name: str, ports: Sequence[int], rest: str) -> bool:
            added = await self.by.orm(services.add_unit, self.node.pk, name, ports, rest=rest)
            if added:
                self._write("split", name, f"ports {ports[0]} to {ports[-1]}", began)
            return added

        there = self._there
        done = await divide(ask, wanted, add, rng=self.by.rng, most=MOST_UNITS - there)
        if there + done.units:
            await self.by.orm(services.put_to_use, self.node.pk)
            self._write("split", "", f"{there + done.units} vessels; no more, since {fit(done.why, 300)}", began)
        else:
            await self._wait(f"it is too small for even one vessel: {fit(done.why, 200)}")

    @property
    def _there(self) -> int:
        """How many units it had when the visit began."""
        return sum(unit.state != Vessel.State.LOST for unit in self.node.units)

    async def _say(self, ask: Ask, vessel: str, words: str) -> None:
        await ask(api.CHANGE_OWNER_INFORMATION, api.ChangeOwnerInformation(vessel=vessel, owner_information=words))

    async def _wait(self, why: str) -> None:
        if await self.by.orm(services.wait_with, self.node.pk, why, now=self.by.clock()):
            self._write("take-over", "", why, time.monotonic(), succeeded=False)

    async def _missed(self, why: str) -> None:
        if await self.by.orm(services.missed, self.node.pk, why, now=self.by.clock()):
            self._write("probe", "", f"it counts as offline: {why}", time.monotonic(), succeeded=False)

    def _write(self, action: str, vessel: str, detail: str, began: float, *, succeeded: bool = True) -> None:
        took = int((time.monotonic() - began) * 1000)
        self.deeds.append(
            Deed(action=action, node=self.node.pk, vessel=vessel, succeeded=succeeded, detail=detail, took_ms=took)
        )


def _settle(before: NodeNow, now: datetime) -> None:
    """Have its donor earn what it should, if it has come, gone, or got into use."""
    node = Node.objects.get(pk=before.pk)
    if (node.state, node.online) != (before.state, before.online):
        donations.settle(node, now)


def _asking(client: NodeClient, node: PublicKey, patience: float) -> Ask:
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
