"""Keeps the donor's word: looks at policy, orders and conditions every few seconds, and sets the gate."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
import structlog

from seattle.node.donor.conditions.hours import covering
from seattle.node.donor.gate import Gate
from seattle.node.donor.holding import Act, Decision, Held, decide
from seattle.node.donor.notebook import Notebook
from seattle.node.donor.orders import MAX_DENIED, Drain, Orders, Pause
from seattle.node.donor.policy import MINUTE
from seattle.node.donor.policy_file import PolicyFile
from seattle.node.donor.reasons import local_time, notice_of, reasons_of
from seattle.node.donor.traffic import Traffic, traffic_finding
from seattle.node.donor.watch import Condition, Finding, conditions_of
from seattle.node.errors import ControlRefused, NodeError
from seattle.node.machine import processors
from seattle.node.store import Store
from seattle.node.vessel import Vessel
from seattle.node.vessels import stop_all
from seattle.resources.kinds import Resource

LEAST_LOOK: Final = 0.2  # seconds between looks, however near a cap is
THE_DONOR: Final = "the donor of this node"  # in outcomes

log = structlog.get_logger()


class Keeper:
    """One node's. Use it with `async with`. All runs on the daemon's loop, but for reading files: that is a thread's.

    Args:
        gate: what vessels and calls obey.
        store: where orders and traffic are written down.
        vessels: all of the node's, by name; it may change.
        policy_file: the donor's policy; it need not be there.
        root: the folder beneath which the computer's /sys, /proc, /dev and /run are.
        every: seconds between looks, at most.
        clock: seconds since 1970. steady: seconds of a clock that never jumps.
    """

    def __init__(
        self,
        *,
        gate: Gate,
        store: Store,
        vessels: Mapping[str, Vessel],
        policy_file: Path,
        root: Path = Path("/"),
        every: float = 5.0,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.gate = gate
        self.file = PolicyFile(policy_file)
        self.decision = Decision()
        self.findings: Sequence[Finding] = ()
        self.on_change: Callable[[], None] = lambda: None  # told when what others see has changed
        self._notebook = Notebook(store)
        self._store = store
        self._vessels = vessels
        self._root = root
        self._every = every
        self._clock = clock
        self._steady = steady
        self._policy = self.file.policy  # of which the conditions are
        self._conditions: tuple[Condition, ...] = ()
        self._held = Held()
        self._woken = asyncio.Event()
        self._looking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    @property
    def orders(self) -> Orders:
        """What the donor has commanded, as it is now."""
        return self._notebook.orders.at(self._clock())

    @property
    def traffic(self) -> Traffic:
        """What programs have exchanged with other computers."""
        return self._notebook.traffic

    async def __aenter__(self) -> Self:
        """Look once, before anybody can ask for a start, and then every so often."""
        await self.look()
        self._task = asyncio.create_task(self._run(), name="donor")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    # --- looking -------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._pause()):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            try:
                await self.look()
            except Exception:  # a mistake of ours; what was decided stands, and the next look may do better
                log.exception("donor_look_failed")

    async def look(self) -> Decision:
        """Read everything, decide, and see to it that it is so. Doing it again changes nothing."""
        async with self._looking:
            await self._count_traffic()
            found = await asyncio.to_thread(self._read)
            caps = self._policy.traffic
            self.findings = found if caps is None else [*found, traffic_finding(self.traffic, caps, self._policy.grace)]
            return await self._settle()

    def _read(self) -> list[Finding]:
        """The policy, and then its conditions. Blocks."""
        policy = self.file.read()
        if policy != self._policy:
            self._conditions = conditions_of(policy, root=self._root, own_cpu=self._own_cpu, earlier=self._conditions)
            self._policy = policy
        return [condition.look() for condition in self._conditions]

    async def _settle(self) -> Decision:
        """Decide from what is known, and see to it that it is so. Needs no file, and so comes at once."""
        self._notebook.keep_orders(self.orders)  # a snooze may be over
        now, orders, policy = self._clock(), self._notebook.orders, self._policy
        reasons = list(reasons_of(orders, policy, wrong=bool(self.file.wrong), now=now))
        reasons += [reason for finding in self.findings if (reason := finding.reason) is not None]
        decision = decide(
            reasons,
            self._held.update(reasons, self._steady()),
            notice=notice_of(orders, policy, now=now),
            cpu_factor=self._cpu_factor(),
        )
        await self._apply(decision)
        return decision

    def _pause(self) -> float:
        """Seconds until the next look: sooner if a cap could be reached, or an order ends, before."""
        now, orders = self._clock(), self.orders
        ends = (None if orders.pause is None else orders.pause.until, None if orders.drain is None else orders.drain.at)
        pause = min([self._every, *(end - now for end in ends if end is not None and end > now)])
        if self._policy.traffic is not None and (left := self.traffic.left(self._policy.traffic)) is not None:
            rate = sum(vessel.net_rate for vessel in self._running())
            if left > 0 and rate > 0:
                pause = min(pause, left / rate)
        return max(LEAST_LOOK, pause)

    def _own_cpu(self) -> Mapping[int, float]:
        used: dict[int, float] = {}
        for vessel in self._running():
            used |= vessel.cpu_used()
        return used

    async def _count_traffic(self) -> None:
        now = local_time(self._clock())
        self.traffic.roll(now)
        if self._policy.traffic is not None:
            told = await asyncio.gather(*(vessel.traffic() for vessel in self._running()))
            for run, total in (one for one in told if one is not None):
                self.traffic.note(run, total, now)
        self._notebook.forget_runs()
        self._notebook.keep_traffic()

    def note_ended(self, run: str, traffic: int) -> None:
        """A run, named `vessel/number`, has ended and exchanged so many bytes in all."""
        self.traffic.note(run, traffic, local_time(self._clock()))
        self.traffic.forget(run)
        self._notebook.keep_traffic()
        if self._policy.traffic is not None:
            self._woken.set()

    # --- doing ---------------------------------------------------------------------------------------------

    def _cpu_factor(self) -> float:
        """By how much the hours of now change what was donated of the processors."""
        now = covering(self._policy.hours, local_time(self._clock()))
        donated = sum(float(record.resources[Resource.CPU]) for record in self._store.vessels())
        if now is None or now.cpu_percent is None or donated <= 0:
            return 1.0
        return now.cpu_percent / 100 * processors() / donated

    async def _apply(self, decision: Decision) -> None:
        gate, before = self.gate, self.decision
        self.decision = decision
        gate.why, gate.notice = decision.why, decision.notice
        gate.frozen = decision.act >= Act.FREEZE
        gate.cpu_factor = decision.cpu_factor
        gate.denied = frozenset(self._notebook.orders.denied)
        for vessel in self._vessels.values():
            vessel.obey()
        if (decision.why, decision.act, decision.notice) != (before.why, before.act, before.notice):
            log.info("holding_back" if decision.why else "holding_ended", why=decision.why, act=decision.act.name)
            self.on_change()
        if decision.act is Act.STOP:
            await stop_all(self._running(), f"{THE_DONOR}: {decision.why}")
        owners = {self._owner(vessel) for vessel in self._running()}
        for key in sorted(gate.denied & owners):
            barred = [vessel for vessel in self._running() if self._owner(vessel) == key]
            await stop_all(barred, f"{THE_DONOR}, who has barred the key {key}")

    def _running(self) -> list[Vessel]:
        return [vessel for vessel in list(self._vessels.values()) if vessel.running]

    def _owner(self, vessel: Vessel) -> str:
        record = self._store.vessel(vessel.name)
        return "" if record is None else record.owner.id

    def _users(self, vessel: Vessel) -> set[str]:
        record = self._store.vessel(vessel.name)
        return set() if record is None else {user.id for user in record.users}

    # --- orders --------------------------------------------------------------------------------------------

    async def pause(self, *, minutes: float | None = None, grace: float | None = None, reason: str = "") -> None:
        """Hold back; for some `minutes`, or until `resume`. `grace`: minutes until programs are stopped."""
        now = self._clock()
        until = None if minutes is None else now + minutes * MINUTE
        await self._order(pause=Pause(since=now, until=until, grace=grace, reason=reason))

    async def drain(self, *, minutes: float, reason: str = "") -> None:
        """Start nothing any more; tell the tenants; stop all programs in so many minutes, and stay so."""
        now = self._clock()
        await self._order(drain=Drain(since=now, at=now + minutes * MINUTE, reason=reason))

    async def resume(self) -> None:
        """Take back pause, snooze and drain. Conditions that hold go on to hold."""
        await self._order(pause=None, drain=None)

    async def deny(self, key: str) -> None:
        """Bar a key (its id): its calls are refused, and what runs in its vessels is stopped."""
        denied = self._notebook.orders.denied
        if key not in denied and len(denied) >= MAX_DENIED:
            raise ControlRefused("too-many", f"{MAX_DENIED} keys are barred already: let some in again first")
        await self._order(denied=list(dict.fromkeys([*denied, key])))
        # A program in a vessel that it shares with others may be its own, too, and may be waiting for its next start.
        # It is stopped for good; the others can start theirs again.
        shared = [vessel for vessel in list(self._vessels.values()) if key in self._users(vessel)]
        await asyncio.gather(*(self._stop_for_good(vessel, f"who has barred the key {key}") for vessel in shared))

    async def allow(self, key: str) -> None:
        """Take that back."""
        await self._order(denied=[one for one in self._notebook.orders.denied if one != key])

    async def _stop_for_good(self, vessel: Vessel, why: str) -> None:
        try:
            await vessel.stop(f"{THE_DONOR}, {why}")
        except NodeError as resists:
            log.warning("run_resists", vessel=vessel.name, code=resists.code)

    async def _order(self, **changes: object) -> None:
        """Write it down first, and do it then. Raises ControlRefused if it was done and could not be written down."""
        written = self._notebook.keep_orders(msgspec.structs.replace(self.orders, **changes))
        await self._settle()
        self._woken.set()
        if not written:
            raise ControlRefused("not-written", "it holds until the daemon ends, and not longer: the disk is full")
