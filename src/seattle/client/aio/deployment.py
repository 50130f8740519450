"""A program that is kept running on a number of vessels, whatever becomes of them."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from seattle.client.aio.acquiring import new_key
from seattle.client.aio.reading import QueuedReading
from seattle.client.errors import (
    CannotFulfil,
    ClientError,
    NoSuchGroup,
    NoSuchProgram,
    NotEnoughCredits,
    SiteRefused,
    SiteUnreachable,
)
from seattle.client.expected import expect
from seattle.client.outcomes import in_words
from seattle.client.pending import PendingOrder, PendingOrders
from seattle.client.places import Place
from seattle.client.results import Failure
from seattle.client.site.vessels import LeaseState
from seattle.client.upkeep import SHORTEST, Pace, Steps, Upkeep
from seattle.client.vessel import Vessel
from seattle.fabric.errors import FabricError
from seattle.fabric.node_api import VesselState

if TYPE_CHECKING:  # which makes deployments
    from seattle.client.aio.testbed import AsyncTestbed

NEVER: Final = frozenset({400, 404, 409, 422})  # of HTTP: to send the order once more would be of no use
MOST_EVENTS: Final = 1000  # that nobody has taken; then the oldest are forgotten


class EventKind(StrEnum):
    """What happens to a deployment."""

    FOUND = "found"  # a vessel that it had before
    ACQUIRED = "acquired"
    STARTED = "started"
    ENDED = "ended"
    RENEWED = "renewed"
    LOST = "lost"  # it is no longer ours
    RELEASED = "released"  # to be replaced, or since fewer are wanted
    TROUBLE = "trouble"  # something did not work, and is tried again later
    STEADY = "steady"  # the program runs on as many vessels as are wanted


@dataclass(frozen=True)
class Event:
    """Something that happened, and where."""

    kind: EventKind
    vessel: Place | None = None
    message: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.kind.value, str(self.vessel or ""), self.message) if part)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to run, and where: as for `VesselGroup.run` and `Testbed.acquire`."""

    program: Path
    arguments: Sequence[str]
    count: int
    kind: str
    where: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Raises ValueError for what can't be meant, TypeError for what is something else; NoSuchProgram."""
        expect(self.count, int, "count is a number of vessels")
        if self.count < 1:
            raise ValueError(f"count={self.count}: a deployment has one vessel at least; `take_down` ends one")
        if not self.program.is_file():
            raise NoSuchProgram(f"{self.program}: there is no such file here; a deployment uploads its program")


class AsyncDeployment(QueuedReading[Event]):
    """Keeps a program running until it is closed, and the program runs on then. Iterate over it for what happens.

    Its vessels are the group of its name: the next deployment of that name, in another process too, goes on with them.
    It never touches other vessels. What is fruitless is tried again after longer and longer pauses.
    """

    def __init__(self, testbed: "AsyncTestbed", name: str, wanted: Wanted, pace: Pace) -> None:
        self.name: Final = name
        self._testbed = testbed
        self._wanted = wanted
        self._upkeep = Upkeep(wanted.count, pace)
        self._leases: dict[Place, float] | None = None  # when the site last told
        self._running: list[Vessel] = []  # when it was last looked
        self._begun: set[Place] = set()  # that ran, for all that has been told
        self._steady = False
        self._trouble = ""  # that was told last
        self._pending = PendingOrders(testbed.profile.folder, name)
        super().__init__([asyncio.create_task(self._keep(), name=f"deploy {name}")], most=MOST_EVENTS)

    async def take_down(self) -> None:
        """Close it, and give back all its vessels. Raises SiteError."""
        await super().close()
        try:
            await self._finish_order()
            await self._testbed.release(self._own())
            with contextlib.suppress(NoSuchGroup):
                del self._testbed.groups[self.name]
        finally:
            self._pending.close()

    async def close(self) -> None:
        """Keep it no longer. What runs, runs on, and its vessels stay in its group."""
        try:
            await super().close()
        finally:
            self._pending.close()

    async def _keep(self) -> None:
        for place in self._own():
            self._tell(EventKind.FOUND, place)
        while True:
            wait = self._upkeep.pace.period
            try:
                wait = await self._round()
            except (ClientError, FabricError, OSError) as why:
                self._tell_trouble(str(why))
            await self._news_or(wait)

    async def _round(self) -> float:
        """Look, do what there is to do, and return how many seconds there may be until the next look."""
        leases = await self._look_at_site()
        found = await self._testbed.vessels(self.name) if self._own() else []
        seen = {vessel.place: vessel for vessel in found}
        self._tell_ended(seen)
        self._running = [vessel for vessel in seen.values() if vessel.state is VesselState.STARTED]
        steps = self._upkeep.plan(self._own(), leases=leases, seen=seen, now=self._now())
        await self._do(steps, seen)
        self._tell_steady()
        return SHORTEST if steps.start or steps.acquire else steps.wait

    async def _look_at_site(self) -> Mapping[Place, float]:
        """For how many seconds each vessel is ours; as it was, while the site is away: what runs goes on without it."""
        try:
            await self._finish_order()
            leases = await self._testbed.leases()
            self._leases = {one.place: one.expires_in for one in leases if one.state is LeaseState.ACTIVE}
        except SiteUnreachable as why:
            if self._leases is None:
                raise
            self._tell_trouble(str(why))
        return self._leases

    async def _do(self, steps: Steps, seen: Mapping[Place, Vessel]) -> None:
        for place in steps.lost:
            self._forget(place, EventKind.LOST, "")
        if steps.start:
            await self._start([seen[place] for place in steps.start])
        if steps.release:
            await self._testbed.release([place for place, _ in steps.release])
            for place, why in steps.release:
                self._forget(place, EventKind.RELEASED, why)
        if steps.renew:
            for renewed in await self._testbed.renew(steps.renew):
                if isinstance(renewed, Failure):
                    self._tell(EventKind.TROUBLE, renewed.vessel, renewed.message)
                else:
                    self._tell(EventKind.RENEWED, renewed.vessel, f"until {renewed.value:%Y-%m-%d %H:%M} UTC")
        if steps.acquire:
            await self._acquire(steps.acquire)

    async def _start(self, vessels: Sequence[Vessel]) -> None:
        run = await self._testbed.group(vessels).run(self._wanted.program, *self._wanted.arguments)
        for one in run.started:
            self._upkeep.started(one.vessel, self._now())
            if isinstance(one, Failure):
                self._tell(EventKind.TROUBLE, one.vessel, one.message)
            else:
                self._begun.add(one.vessel)
                self._tell(EventKind.STARTED, one.vessel)

    async def _acquire(self, count: int) -> None:
        order = PendingOrder(key=new_key(), count=count, kind=self._wanted.kind, where=dict(self._wanted.where))
        await asyncio.to_thread(self._pending.write, order)
        try:
            if await self._place(order) < count:
                self._upkeep.not_acquired(self._now())
        except ClientError as why:
            self._upkeep.not_acquired(self._now())
            self._tell_trouble(str(why))

    async def _finish_order(self) -> None:
        """Take what an order brought whose end nobody saw."""
        order = await asyncio.to_thread(self._pending.read)
        if order is not None:
            with contextlib.suppress(CannotFulfil, NotEnoughCredits):
                await self._place(order)

    async def _place(self, order: PendingOrder) -> int:
        """Send an order, and take its vessels into the group; how many. Raises as `Testbed.acquire`."""
        try:
            met = await self._testbed.order(order.count, kind=order.kind, where=order.where, least=1, key=order.key)
        except SiteRefused as no:
            if no.status in NEVER:
                self._pending.forget()
            raise
        self._testbed.groups.add(self.name, met.places)
        self._pending.forget()
        for place in met.places:
            self._tell(EventKind.ACQUIRED, place)
        return len(met.places)

    async def _news_or(self, seconds: float) -> None:
        """Return after so many seconds, or when a program that ran has ended; never at once."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.sleep(SHORTEST)
                async with self._testbed.group(self._running).watch() as watcher:
                    async for one in watcher:
                        if isinstance(one, Failure) or one.state is not VesselState.STARTED:
                            return
                await asyncio.sleep(seconds)

    def _own(self) -> tuple[Place, ...]:
        return self._testbed.groups.get(self.name, ())

    def _forget(self, place: Place, kind: EventKind, why: str) -> None:
        self._testbed.groups.remove(self.name, [place])
        self._tell(kind, place, why)

    def _tell_ended(self, seen: Mapping[Place, Vessel]) -> None:
        for place, vessel in seen.items():
            if vessel.state is VesselState.STARTED:
                self._begun.add(place)
            elif place in self._begun:
                self._begun.discard(place)
                self._tell(EventKind.ENDED, place, "" if vessel.outcome is None else in_words(vessel.outcome))

    def _tell_steady(self) -> None:
        own, running = self._own(), {vessel.place for vessel in self._running}
        steady = len(own) == self._wanted.count and running.issuperset(own)
        if steady and not self._steady:
            self._trouble = ""
            self._tell(EventKind.STEADY, message=f"it runs on {self._wanted.count} vessels")
        self._steady = steady

    def _tell_trouble(self, why: str) -> None:
        if why != self._trouble:
            self._tell(EventKind.TROUBLE, message=why)
        self._trouble = why

    def _tell(self, kind: EventKind, vessel: Place | None = None, message: str = "") -> None:
        self._add(Event(kind, vessel, message))

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
