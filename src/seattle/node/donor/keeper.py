"""Keeps the donor's word: looks at policy, orders and conditions every few seconds, and sets the gate."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import structlog

from seattle.node.donor import orders as given
from seattle.node.donor.conditions.hours import covering, ends_within, next_begin
from seattle.node.donor.gate import Gate
from seattle.node.donor.holding import Act, Decision, Held, Reason, decide
from seattle.node.donor.orders import Orders
from seattle.node.donor.policy import Policy, load_policy
from seattle.node.donor.traffic import Traffic
from seattle.node.donor.watch import MINUTE, Condition, Finding, conditions_of
from seattle.node.errors import BadSettings, FolderUnusable
from seattle.node.machine import processors
from seattle.node.store import Store
from seattle.node.vessels import Vessel, stop_all
from seattle.resources.kinds import Resource

LEAST_LOOK: Final = 0.2  # seconds between looks, however near a cap is
ORDERS_FACT: Final = "orders"
TRAFFIC_FACT: Final = "traffic"
THE_DONOR: Final = "the donor of this node"  # in outcomes

T = TypeVar("T")

log = structlog.get_logger()


class Keeper:
    """One node's. All of it runs on the daemon's loop, but for reading files, which goes to a thread.

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
        self.decision = Decision()
        self.findings: Sequence[Finding] = ()
        self.policy = Policy()
        self.policy_file = policy_file
        self.on_change: Callable[[], None] = lambda: None  # told when what others see has changed
        self._store = store
        self._vessels = vessels
        self._root = root
        self._every = every
        self._clock = clock
        self._steady = steady
        self._orders = _recall(store, ORDERS_FACT, Orders())
        self.traffic = _recall(store, TRAFFIC_FACT, Traffic())
        self._traffic_written = ""
        self._policy_seen: tuple[int, int] | None = None  # (time of change, size) of the file when it was read
        self.policy_wrong = ""  # what is wrong with the policy file; empty if nothing is
        self._conditions: tuple[Condition, ...] = ()
        self._held = Held()
        self._woken = asyncio.Event()
        self._looking = asyncio.Lock()

    @property
    def orders(self) -> Orders:
        """What the donor has commanded, as it is now."""
        return self._orders.at(self._clock())

    # --- looking -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look for as long as this task lives."""
        while True:
            try:
                async with asyncio.timeout(self._pause()):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            try:
                await self.look()
            except Exception:  # a full disk, say; what was decided stands, and the next look may do better
                log.exception("donor_look_failed")

    async def look(self) -> Decision:
        """Read everything, decide, and see to it that it is so. Doing it again changes nothing."""
        async with self._looking:
            await asyncio.to_thread(self._read_policy)
            self._roll_orders()
            await self._count_traffic()
            self.findings = [*await asyncio.to_thread(self._read_conditions), *self._own_findings()]
            reasons = [*self._ordered(), *self._timed()]
            reasons += [reason for finding in self.findings if (reason := finding.reason) is not None]
            held_for = self._held.update(reasons, self._steady())
            decision = decide(reasons, held_for, notice=self._notice(), cpu_factor=self._cpu_factor())
            await self._apply(decision)
            return decision

    def _pause(self) -> float:
        """Seconds until the next look: sooner if a cap could be reached, or an order ends, before."""
        now, orders = self._clock(), self.orders
        ends = (None if orders.pause is None else orders.pause.until, None if orders.drain is None else orders.drain.at)
        pause = min([self._every, *(end - now for end in ends if end is not None and end > now)])
        if self.policy.traffic is not None and (left := self.traffic.left(self.policy.traffic)) is not None:
            rate = sum(vessel.net_rate for vessel in self._vessels.values() if vessel.running)
            if rate > 0:
                pause = min(pause, max(0, left) / rate)
        return max(LEAST_LOOK, pause)

    def _read_policy(self) -> None:
        """Take the file over if it has changed. One that is wrong holds back until it is mended."""
        try:
            stat = self.policy_file.stat()
            seen: tuple[int, int] | None = (stat.st_mtime_ns, stat.st_size)
        except FileNotFoundError:
            seen = (0, 0)
        except OSError:
            seen = None
        if seen is not None and seen == self._policy_seen and not self.policy_wrong:
            return
        try:
            policy = load_policy(self.policy_file)
        except BadSettings as why:
            if str(why) != self.policy_wrong:
                log.warning("policy_wrong", error=str(why))
            self.policy_wrong = str(why)
            return
        self._policy_seen, self.policy_wrong = seen, ""
        if policy != self.policy:
            self.policy = policy
            self._conditions = conditions_of(policy, root=self._root, own_cpu=self._own_cpu, earlier=self._conditions)

    def _read_conditions(self) -> list[Finding]:
        return [condition.look() for condition in self._conditions]

    def _own_cpu(self) -> Mapping[int, float]:
        used: dict[int, float] = {}
        for vessel in list(self._vessels.values()):
            used |= vessel.cpu_used()
        return used

    async def _count_traffic(self) -> None:
        if self.policy.traffic is not None:
            told = await asyncio.gather(*(vessel.traffic() for vessel in list(self._vessels.values())))
            for run, total in (one for one in told if one is not None):
                self.traffic.note(run, total, self._local())
        self.traffic.roll(self._local())
        self._remember_traffic()

    def note_ended(self, run: str, traffic: int) -> None:
        """A run, named `vessel/number`, has ended and exchanged so many bytes in all."""
        self.traffic.note(run, traffic, self._local())
        self.traffic.forget(run)
        self._remember_traffic()
        if self.policy.traffic is not None:
            self._woken.set()

    def _remember_traffic(self) -> None:
        text = msgspec.json.encode(self.traffic).decode()
        if text != self._traffic_written:
            self._store.remember({TRAFFIC_FACT: text})
            self._traffic_written = text

    def _own_findings(self) -> list[Finding]:
        caps = self.policy.traffic
        if caps is None:
            return []
        reading = self.traffic.read(caps)
        grace = (self.policy.grace if caps.grace is None else caps.grace) * MINUTE
        held = reading.value is None or reading.value >= 100
        return [Finding("traffic", reading, held, "in the next hour, day or month", grace)]

    # --- deciding ------------------------------------------------------------------------------------------

    def _ordered(self) -> list[Reason]:
        """What the donor has commanded, and a policy that can't be read."""
        orders, found = self._orders, list[Reason]()
        if (pause := orders.pause) is not None:
            minutes = self.policy.grace if pause.grace is None else pause.grace
            until = "" if pause.until is None else f" until {_utc(pause.until)}"
            found.append(Reason("paused", f"paused by the donor{until}{_said(pause.reason)}", minutes * MINUTE))
        if (drain := orders.drain) is not None:
            over = self._clock() >= drain.at
            words = f"{'has emptied' if over else 'empties'} this node{_said(drain.reason)}"
            words += "" if over else f": programs are stopped at {_utc(drain.at)}"
            found.append(Reason("drained", f"the donor {words}", act=Act.STOP if over else Act.START_NOTHING))
        if self.policy_wrong:
            words = "the donor's policy can't be read, and has to be mended first"  # its text is the donor's own
            found.append(Reason("policy", words, self.policy.grace * MINUTE))
        return found

    def _timed(self) -> list[Reason]:
        hours = self.policy.hours
        if not hours or covering(hours, self._local()) is not None:
            return []
        begin = next_begin(hours, self._local())
        words = "" if begin is None else f"; they begin again at {_utc(begin.timestamp())}"
        return [Reason("hours", f"outside the hours in which the donor lets programs run{words}", self._grace)]

    @property
    def _grace(self) -> float:
        return self.policy.grace * MINUTE

    def _notice(self) -> str:
        """What tenants should know ahead of time."""
        found = []
        if (drain := self._orders.drain) is not None and self._clock() < drain.at:
            found.append(f"the donor empties this node at {_utc(drain.at)}: programs are stopped then")
        hours = self.policy.hours
        if hours and covering(hours, self._local()) is not None:
            end = ends_within(hours, self._local(), self.policy.notice)
            if end is not None:
                found.append(f"the donor's hours end at {_utc(end.timestamp())}: programs stand still then")
        return "; ".join(found)

    def _cpu_factor(self) -> float:
        """By how much the hours of now change what was donated of the processors."""
        now = covering(self.policy.hours, self._local())
        donated = sum(float(record.resources[Resource.CPU]) for record in self._store.vessels())
        if now is None or now.cpu_percent is None or donated <= 0:
            return 1.0
        return now.cpu_percent / 100 * processors() / donated

    async def _apply(self, decision: Decision) -> None:
        gate, before = self.gate, (self.gate.why, self.gate.notice)
        if decision.why != self.decision.why:
            log.info("holding_back" if decision.why else "holding_ended", why=decision.why, act=decision.act.name)
        self.decision = decision
        gate.why, gate.notice = decision.why, decision.notice
        gate.frozen = decision.act >= Act.FREEZE
        gate.cpu_factor = decision.cpu_factor
        gate.denied = frozenset(self._orders.denied)
        for vessel in self._vessels.values():
            vessel.obey()
        if (gate.why, gate.notice) != before:
            self.on_change()
        if decision.act is Act.STOP:
            await stop_all(self._running(), f"{THE_DONOR}: {decision.why}")
        barred = [vessel for vessel in self._running() if gate.denied & self._principals(vessel, owner_alone=True)]
        await stop_all(barred, f"{THE_DONOR}, who has barred the key of the vessel's owner")

    def _running(self) -> list[Vessel]:
        return [vessel for vessel in self._vessels.values() if vessel.running]

    def _principals(self, vessel: Vessel, *, owner_alone: bool) -> set[str]:
        record = self._store.vessel(vessel.name)
        if record is None:
            return set()
        return {record.owner.id} if owner_alone else {key.id for key in (record.owner, *record.users)}

    def _local(self) -> datetime:
        return datetime.fromtimestamp(self._clock())  # noqa: DTZ006 - by the wall clock of this computer, on purpose

    # --- orders --------------------------------------------------------------------------------------------

    async def pause(self, *, minutes: float | None = None, grace: float | None = None, reason: str = "") -> None:
        """Hold back; for some `minutes`, or until `resume`. `grace`: minutes until programs are stopped."""
        now = self._clock()
        until = None if minutes is None else now + minutes * MINUTE
        await self._order(pause=given.Pause(since=now, until=until, grace=grace, reason=reason))

    async def drain(self, *, minutes: float, reason: str = "") -> None:
        """Start nothing any more; tell the tenants; stop all programs in so many minutes, and stay so."""
        now = self._clock()
        await self._order(drain=given.Drain(since=now, at=now + minutes * MINUTE, reason=reason))

    async def resume(self) -> None:
        """Take back pause, snooze and drain. Conditions that hold go on to hold."""
        await self._order(pause=None, drain=None)

    async def deny(self, key: str) -> None:
        """Bar a key (its id): its calls are refused, and what runs in its vessels is stopped."""
        if key not in self._orders.denied:
            await self._order(denied=[*self._orders.denied, key])
        # A program in a vessel that it shares with others may be its own, too. They can start theirs again.
        shared = [vessel for vessel in self._running() if key in self._principals(vessel, owner_alone=False)]
        await stop_all(shared, f"{THE_DONOR}, who has barred the key {key}")

    async def allow(self, key: str) -> None:
        """Take that back."""
        await self._order(denied=[one for one in self._orders.denied if one != key])

    async def _order(self, **changes: object) -> None:
        """Write it down first: what a donor was told is done must be so after a power cut."""
        orders = msgspec.structs.replace(self._orders.at(self._clock()), **changes)
        self._store.remember({ORDERS_FACT: msgspec.json.encode(orders).decode()})
        self._orders = orders
        await self.look()

    def _roll_orders(self) -> None:
        orders = self._orders.at(self._clock())
        if orders != self._orders:
            self._store.remember({ORDERS_FACT: msgspec.json.encode(orders).decode()})
            self._orders = orders


def _recall(store: Store, fact: str, default: T) -> T:
    """What was written down. Raises FolderUnusable: without it a barred key would be let in again."""
    text = store.fact(fact)
    if text is None:
        return default
    try:
        return msgspec.json.decode(text, type=type(default))
    except msgspec.DecodeError as why:
        raise FolderUnusable(f"what the donor has commanded ({fact}) can't be read from the store: {why}") from why


def _utc(moment: float) -> str:
    """For tenants, who may be anywhere."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _said(reason: str) -> str:
    return f" ({reason})" if reason else ""
