"""A vessel: a slice of this machine with its own files, its own log, and at most one program that runs."""

import asyncio
import hashlib
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Final

import msgspec
import structlog

from seattle.fabric.group_commit import GroupCommit
from seattle.fabric.node_api import RestartPolicy, VesselState
from seattle.identity.keys import PublicKey
from seattle.node import runs
from seattle.node.accounts import Account
from seattle.node.announcements import Announcements
from seattle.node.changes import Changes
from seattle.node.control_sockets import ControlSockets
from seattle.node.donor.gate import Gate
from seattle.node.errors import AlreadyStarted, BadArguments, Busy, HoldersChanged, NodeError, NoSuchRun, VesselGone
from seattle.node.file_turns import FileTurns
from seattle.node.files import Part, VesselFiles, disk_error
from seattle.node.folders import VesselFolders, lock, opened
from seattle.node.journal import MAX_TEXT, Journal
from seattle.node.nursery import Nursery
from seattle.node.records import RunRecord, VesselRecord
from seattle.node.restarts import RestartPlan, after_end, after_failed_start, seconds_left
from seattle.node.runs import EndedEarly, Run
from seattle.node.states import decide
from seattle.node.store import Store
from seattle.node.uploads import Announced, Progress, Uploads
from seattle.repy.launch import LaunchRequest
from seattle.repy.outcome import Outcome, OutcomeKind
from seattle.repy.outcome_file import clear_outcome, read_account, read_outcome
from seattle.repy.ring_log import Piece, clear_ring, read_ring
from seattle.resources.kinds import Resource
from seattle.resources.restrictions import Restrictions, format_restrictions

MAX_ARGUMENTS: Final = 64 * 1024  # bytes of all arguments together
FIRST_LOOK: Final = 0.02  # seconds between looks at a log that somebody waits for; longer while nothing comes
LONGEST_LOOK: Final = 0.25  # seconds
SETTLE_LOOK: Final = 0.05  # seconds between looks for the monitors of an earlier daemon; longer while none answers
LONGEST_SETTLE_LOOK: Final = 2.0  # seconds
SETTLE_PATIENCE: Final = 1.5  # seconds
HELD_BACK_LOOK: Final = 1.0  # seconds between looks whether the donor lets programs start again
LOCK_LOOK: Final = 0.01  # seconds between looks whether what ran before has let go
LOCK_PATIENCE: Final = 1.0  # seconds

_NO_WORD: Final = Outcome(
    OutcomeKind.CRASHED, "the program's monitor died without a word, and the program was ended with it"
)
_ABANDONED: Final = Outcome(OutcomeKind.STOPPED, "the node, after the program's monitor did not answer")

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class AddressPreference:
    """Which of this computer's addresses programs use, the best first, and then those of which interfaces."""

    addresses: Sequence[str] = ()
    interfaces: Sequence[str] = ()
    only_these: bool = False  # and no others but loopback


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the vessels of a node have in common."""

    store: Store
    nursery: Nursery
    sockets: ControlSockets
    journal: Journal
    tasks: asyncio.TaskGroup  # what follows the runs
    unwatched_limit: int  # seconds that programs run on without a daemon; 0: they end with it
    log_bytes: int  # of each log that are kept, at least
    loopback_ports: range  # ports of this computer that belong to vessels
    reach_private_network: bool
    private_files: Path  # folder of files named private_*, which the donor gives to each vessel
    changes: Changes = field(default_factory=Changes)  # told when a vessel is another than it was
    preference: AddressPreference = AddressPreference()
    announcements: Announcements = field(default_factory=Announcements)  # of all programs
    gate: Gate = field(default_factory=Gate)  # what the donor allows now
    on_ended: Callable[[str, int], None] = lambda _run, _traffic: None  # told of each run's traffic, in bytes
    clock: Callable[[], float] = time.time  # seconds since 1970
    ending: asyncio.Event = field(default_factory=asyncio.Event)  # set when nothing shall be started any more
    leaving: asyncio.Event = field(default_factory=asyncio.Event)  # set when nobody shall wait here any more

    @cached_property
    def durable(self) -> GroupCommit:
        """Wait until the ends of runs that were written down are on the disk, together with all who wait for that."""

        def sync() -> None:
            self.store.sync()
            self.journal.sync()

        return GroupCommit(sync)


@dataclass(frozen=True)
class LogView:
    """A part of a log, and how things stood when it was read."""

    piece: Piece
    ended: bool  # nothing runs, and the piece reaches the log's end
    run: RunRecord | None  # the one asked for, or else the latest


@dataclass(frozen=True)
class ResourceView:
    """What a vessel may use and does use, by resource name; units as in ResourceVector and Meter."""

    limits: dict[str, float | list[int]]
    usage: dict[str, float | list[int]]
    stop_times: list[tuple[float, float]]
    account: Account | None = None  # of the program that runs


class Vessel:
    """One vessel. All that must outlive the daemon is in the store and on disk.

    Attributes:
        gone: it was split or joined: nothing can be done with it any more.
    """

    def __init__(self, record: VesselRecord, root: Path, around: Surroundings) -> None:
        self.name = record.name
        self._around = around
        self._folders = VesselFolders.make(root)
        self._resources = record.resources
        self._changing = asyncio.Lock()  # starts, stops and resets come one at a time
        self._run: Run | None = None
        self._following: asyncio.Task[None] | None = None
        self._starting = False  # a run is recorded, and its program not yet there
        self._awaited: RestartPlan | None = None  # the one whose time we wait for
        latest = self.latest_run
        self._settled = asyncio.Event()  # whether we know what became of the latest run
        if latest is None or latest.outcome is not None:
            self._settled.set()
        self.gone = False
        self._holders = 0  # counts how often others were given rights here
        self.turns = FileTurns()  # what reads or writes the files for callers, takes one
        self.files = VesselFiles(self._folders.files)
        self.uploads = Uploads(
            self._folders.incoming, self.files, quota=record.resources[Resource.DISKUSED], clock=around.clock
        )

    # --- looking -------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a program runs, or is being started."""
        return self._run is not None or self._starting

    @property
    def latest_run(self) -> RunRecord | None:
        """The latest run since the vessel was fresh."""
        return self._around.store.latest_run(self.name)

    @property
    def restart_plan(self) -> RestartPlan | None:
        """Whether, and when, its program shall start again."""
        return self._around.store.restart_plan(self.name)

    @property
    def settled(self) -> bool:
        """Whether we know what became of the latest run."""
        return self._settled.is_set()

    @property
    def unfinished_run(self) -> str | None:
        """The name of the latest run, if we do not know of its end."""
        latest = self.latest_run
        return None if latest is None or latest.outcome is not None else _run_name(self.name, latest.number)

    @property
    def state(self) -> VesselState:
        """Where the vessel stands."""
        return decide(self.latest_run, running=self.running)

    async def resources(self) -> ResourceView:
        """Limits and usage. While nothing runs only files are in use."""
        limits = {**self._resources.to_mapping(), Resource.CPU.value: float(self._cpu())}
        if self._run is not None and (told := await self._run.usage()) is not None:
            return ResourceView(limits, told.usage, told.stop_times, told.account)
        usage: dict[str, float | list[int]] = {
            name: [] if isinstance(amount, list) else 0 for name, amount in limits.items()
        }
        usage[Resource.DISKUSED.value] = await self.turns.take(self.files.used)
        return ResourceView(limits, usage, [])

    async def traffic(self) -> tuple[str, int] | None:
        """What runs, as `vessel/number`, and the bytes that it has exchanged with other computers."""
        run, latest = self._run, self.latest_run
        if run is None or latest is None:
            return None
        await run.usage()
        return f"{self.name}/{latest.number}", run.traffic

    @property
    def net_rate(self) -> float:
        """Bytes a second that its programs may exchange with other computers."""
        return self._resources[Resource.NETSEND] + self._resources[Resource.NETRECV]

    def cpu_used(self) -> dict[int, float]:
        """CPU seconds so far of what runs, by process id."""
        return {} if self._run is None else self._run.cpu_used()

    async def read_log(self, offset: int | None, count: int, *, wait: float, number: int = 0) -> LogView:
        """Up to `count` bytes of the log from `offset` (None: the oldest kept), or of what run `number` wrote of it.

        If there is nothing yet, it comes as soon as there is, or the run has ended, or `wait` seconds are over.
        Raises NoSuchRun.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        look = FIRST_LOOK
        while True:
            run, latest = self._run, self.latest_run  # before the log: what is written after this look is not its end
            if number and (latest is None or number != latest.number):
                return self._read_earlier(number, offset, count)
            if number and latest is not None:
                offset = max(offset or 0, latest.log_start)
            with opened(self._folders.log) as fd:
                piece = read_ring(fd, offset, count)
            settled = self._settled.is_set()
            ended = run is None and settled and piece.offset + len(piece.data) >= piece.end
            left = until - loop.time()
            if piece.data or ended or left <= 0 or (run is None and settled) or self._around.leaving.is_set():
                return LogView(piece, ended, latest)
            await _event_within(self._settled if run is None else run.ended, min(look, left))
            look = min(look * 1.5, LONGEST_LOOK)

    # --- changing ------------------------------------------------------------------------------------------

    async def add(self, file: Announced, *, offset: int, data: bytes) -> Progress:
        """Take a chunk of a file; see `Uploads.add`."""
        return await self.turns.take(self.uploads.add, file, offset=offset, data=data)

    async def read(self, name: str, offset: int, count: int) -> Part:
        """A part of a file; see `VesselFiles.read`."""
        return await self.turns.take(self.files.read, name, offset, count)

    @asynccontextmanager
    async def at_rest(self) -> AsyncIterator[None]:
        """While inside, nothing runs here and nothing is started or reset. Raises AlreadyStarted, Busy, VesselGone."""
        async with self._here():
            if self._run is not None:
                raise AlreadyStarted(f"a program runs in vessel {self.name}: stop it first")
            await self._settle_now()
            yield

    async def start(
        self, program: str, arguments: Sequence[str], *, by: str = "", restart: RestartPolicy = RestartPolicy.NEVER
    ) -> RunRecord:
        """Start a program that is among the files; return when it runs.

        `by`: id of the key that asked for it, for the donor's journal; empty when the node itself does.

        Raises Denied, HeldBack, BadName, NoSuchFile, BadArguments, AlreadyStarted, Busy, NotStarted (with the sandbox's
        reason), VesselGone, HoldersChanged.
        """
        check_arguments(arguments)
        async with self._here():
            self._around.gate.check_start(self._owner())
            if self._run is not None:
                raise AlreadyStarted("a program runs in this vessel already: stop it first")
            plan = None if restart is RestartPolicy.NEVER else RestartPlan(policy=restart)
            return await self._start(program, arguments, plan, by)

    async def stop(self, by: str, *, number: int = 0) -> None:
        """End what runs, or only run `number` of it: gone within a second, and for good.

        `by`: who wants that, for the outcome.
        """
        async with self._changing:
            latest = self.latest_run
            if number and (latest is None or latest.number != number):
                return
            if self.restart_plan is not None:
                self._around.store.plan_restart(self.name, None)
            await self._stop(by)

    async def interrupt(self, by: str) -> None:
        """End what runs, though its owner has not said so: it starts again if, and when, its owner's plan says."""
        async with self._changing:
            await self._stop(by)

    async def reset(self, by: str) -> None:
        """Stop, and delete files, uploads and log: as if nothing had ever been here. Runs keep counting up."""
        async with self._here():
            self._around.store.begin_reset(self.name)
            await self._reset(by)

    def holders_changed(self) -> None:
        """Others may use it from now on: what waits for its turn here was allowed under rights that may be gone."""
        self._holders += 1

    def obey(self) -> None:
        """Pass on to what runs what the donor allows now."""
        if self._run is not None:
            self._run.obey(frozen=self._around.gate.frozen, cpu=self._cpu())

    async def settle(self) -> bool:
        """Find out what became of a run of an earlier daemon: adopt it, or take over its outcome; whether we know."""
        async with self._changing:
            return await self._settle()

    async def keep_settling(self) -> None:
        """Do so until we know, whatever stands in the way; then finish what the daemon before us has begun."""
        look = SETTLE_LOOK
        while not self._around.ending.is_set():
            try:
                if await self.settle():
                    await self._go_on()
                    return
            except Exception:  # a full disk, for one, which its donor will notice before long
                log.exception("vessel_not_settled", vessel=self.name)
            await _event_within(self._around.ending, look)
            look = min(2 * look, LONGEST_SETTLE_LOOK)

    def let_go(self) -> None:
        """Leave what runs to the next daemon."""
        if self._following is not None:
            self._following.cancel()

    # --- below ---------------------------------------------------------------------------------------------

    def _read_earlier(self, number: int, offset: int | None, count: int) -> LogView:
        """Of the part of the log that a run wrote after which others began."""
        record = self._around.store.run(self.name, number)
        if record is None:
            raise NoSuchRun(f"vessel {self.name} remembers no run {number}: get_vessels tells the latest")
        end = self._around.store.log_end(record)
        if end is None:  # a reset has emptied the log
            return LogView(Piece(record.log_start, b"", record.log_start), ended=True, run=record)
        begin = min(max(offset or 0, record.log_start), end)
        with opened(self._folders.log) as fd:
            piece = read_ring(fd, begin, min(count, end - begin))
        if piece.offset >= end:  # overwritten since
            piece = Piece(end, b"", end)
        data = piece.data[: end - piece.offset]
        return LogView(Piece(piece.offset, data, end), ended=piece.offset + len(data) >= end, run=record)

    @asynccontextmanager
    async def _here(self) -> AsyncIterator[None]:
        """Alone with the vessel. Raises VesselGone; HoldersChanged if who waited may have lost the right."""
        holders = self._holders
        async with self._changing:
            if self.gone:
                raise VesselGone(self.name)
            if holders != self._holders:
                raise HoldersChanged(self.name)
            yield

    def _changed(self) -> None:
        record = self._around.store.vessel(self.name)
        if record is not None:
            self._around.changes.note(self.name, record.holders)

    async def _settle(self) -> bool:
        latest = self.latest_run
        if latest is None or latest.outcome is not None or self._run is not None:
            self._settled.set()
            return True
        with opened(self._folders.log) as log_folder:
            is_over = lock(log_folder)
        if is_over:
            if self._end(latest, None) is None and not self._settled.is_set():
                self._note_lost(latest)
            await self._around.durable()
            self._settled.set()
            return True
        run = await runs.adopt(self._around.sockets, _run_name(self.name, latest.number))
        if run is None:
            return False
        log.info("run_adopted", vessel=self.name, run=latest.number, guest=run.guest)
        self._hold(run, latest)
        if not latest.wanted:  # the daemon died before it could stop it
            await run.stop("the node, whose daemon had been told to before it was restarted")
        return True

    def _note_lost(self, record: RunRecord) -> None:
        """A run has ended, and nobody could write down how: most likely the power failed."""
        log.warning("run_lost", vessel=self.name, run=record.number)
        store, now = self._around.store, self._around.clock()
        plan = store.restart_plan(self.name)
        if plan is not None and plan.again_at is None:
            store.plan_restart(self.name, after_end(plan, None, ran_for=0.0, now=now))

    async def _go_on(self) -> None:
        store = self._around.store
        async with self._changing:
            if store.is_resetting(self.name):
                await self._reset("the node, in the midst of a reset")
            self._await_restart(store.restart_plan(self.name))

    async def _settle_now(self) -> None:
        if not await self._settle():
            raise Busy("what ran here before the node was restarted does not answer yet: try again in a moment")

    def _hold(self, run: Run, record: RunRecord) -> None:
        run.answer = partial(self._around.announcements.answer, self.name)
        self._run = run
        self._settled.set()
        self.obey()  # the donor may have changed their mind meanwhile
        self._changed()
        self._following = self._around.tasks.create_task(self._follow(run, record), name=f"follow {self.name}")

    async def _start(self, program: str, arguments: Sequence[str], plan: RestartPlan | None, by: str = "") -> RunRecord:
        if self._around.ending.is_set():
            raise Busy("the node is shutting down: try again when it is back")
        await self._settle_now()
        fd = await asyncio.to_thread(self.files.open, program)
        self._starting = True  # from before it is written down: nobody shall take it for one that has ended
        self._settled.clear()
        try:
            await asyncio.to_thread(self.files.provide, self._around.private_files, self._folders.incoming)
            return await self._launch(fd, program, arguments, plan, by)
        except OSError as why:
            raise disk_error(why) from why
        finally:
            os.close(fd)
            self._starting = False
            self._settled.set()

    async def _launch(
        self, program_fd: int, program: str, arguments: Sequence[str], plan: RestartPlan | None, by: str
    ) -> RunRecord:
        store, journal, before, plan_before = (
            self._around.store,
            self._around.journal,
            self.latest_run,
            self.restart_plan,
        )
        digest, text = await asyncio.to_thread(_read_program, program_fd)
        with opened(self._folders.files) as files, opened(self._folders.log) as log_folder, ExitStack() as mine:
            await _lock_soon(log_folder)
            clear_outcome(log_folder)  # from here on, an outcome on disk is this run's
            record = store.begin_run(
                self.name,
                program=program,
                digest=digest,
                arguments=arguments,
                log_start=read_ring(log_folder, None, 0).end,
                now=self._around.clock(),
                plan=plan,
            )
            try:
                journal.begin(record, key=by, owner=self._owner().id, text=text)
                fds, cpu = [program_fd, files, log_folder], self._cpu()
                if self._around.unwatched_limit:
                    way_in = mine.enter_context(self._around.sockets.listen(_run_name(self.name, record.number)))
                    fds.append(way_in.fileno())
                run = await runs.start(self._around.nursery, self._request(record, cpu), fds)
            except EndedEarly as why:
                self._end(record, why.outcome)
                await self._around.durable()
                self._changed()
                raise
            except BaseException as why:
                number_before = None if before is None else before.number
                store.forget_run(self.name, record.number, before=number_before, plan=plan_before)
                self._around.sockets.remove(_run_name(self.name, record.number))
                journal.never_began(record, str(why) or type(why).__name__, at=self._around.clock())
                raise
        journal.got_going(record)
        run.told = (False, cpu)
        self._hold(run, record)
        log.info("run_started", vessel=self.name, run=record.number, program=program, digest=digest, guest=run.guest)
        return record

    async def _follow(self, run: Run, record: RunRecord) -> None:
        try:
            outcome = await run.follow()
            if self._end(record, outcome) is None:
                wanted = (self.latest_run or record).wanted
                self._end(record, _NO_WORD if wanted else _ABANDONED)
            self._forget(run, record)
            await self._around.durable()
        except Exception:  # a full disk, most likely; its monitor has kept some room to write it down
            log.exception("outcome_not_recorded", vessel=self.name, run=record.number)
            self._settled.clear()
            self._around.tasks.create_task(self.keep_settling(), name=f"settle {self.name}")
        finally:
            self._forget(run, record)
            run.ended.set()
            self._changed()

    def _forget(self, run: Run, record: RunRecord) -> None:
        """It has ended, and another may begin."""
        if self._run is run:
            self._run = self._following = None
            self._around.on_ended(f"{self.name}/{record.number}", run.traffic)

    async def _stop(self, by: str) -> None:
        latest = self.latest_run
        if latest is None or latest.outcome is not None:
            return
        try:
            self._around.store.want_stopped(self.name, latest.number)
        except sqlite3.Error as why:  # a full disk, which must not keep anybody from stopping a program
            log.warning("stop_not_written_down", vessel=self.name, error=str(why))
        await self._settle_now()
        if self._run is not None:
            await self._run.stop(by)

    async def _reset(self, by: str) -> None:
        await self._stop(by)
        await asyncio.to_thread(self._clear)
        self._around.store.make_fresh(self.name)  # last: what is called fresh is clean
        self._changed()

    def _await_restart(self, plan: RestartPlan | None) -> None:
        if plan is not None and plan.again_at is not None and plan != self._awaited:
            self._awaited = plan
            self._around.tasks.create_task(self._restart(plan), name=f"restart {self.name}")

    async def _restart(self, plan: RestartPlan) -> None:
        """Wait until the time has come, and start the latest program again, unless its owner has decided otherwise."""
        store, clock = self._around.store, self._around.clock
        await _event_within(self._around.ending, seconds_left(plan, now=clock()))
        while self._around.gate.refusal(self._owner()) is not None and not self._around.ending.is_set():
            # The donor wants the computer for a while.
            await _event_within(self._around.ending, HELD_BACK_LOOK)
        async with self._changing:
            latest = self.latest_run
            if self._around.ending.is_set() or latest is None or store.restart_plan(self.name) != plan:
                return
            try:
                self._around.gate.check_start(self._owner())
                await self._start(latest.program, latest.arguments, replace(plan, again_at=None))
            except EndedEarly:
                pass  # as any run that ended; it has been planned on
            except Exception as why:  # noqa: BLE001 - its file was deleted, the disk is full, the nursery is gone
                log.warning("restart_failed", vessel=self.name, error=str(why), kind=type(why).__name__)
                plan = after_failed_start(plan, now=clock())
                with suppress(sqlite3.Error):
                    store.plan_restart(self.name, plan)
                    self._await_restart(plan)

    def _end(self, record: RunRecord, outcome: Outcome | None) -> RunRecord | None:
        """Record how a run ended: as we were told, else as its monitor wrote it down; None if it did neither.

        Whoever goes on to tell others of it waits until that is durable.
        """
        at = self._around.clock()
        if outcome is None:
            found = self._outcome_on_disk()
            if found is None:
                return None
            outcome, at = found
        store = self._around.store
        plan = store.restart_plan(self.name)
        if plan is not None:
            plan = after_end(plan, outcome, ran_for=at - record.asked_at, now=self._around.clock())
        ended = store.end_run(self.name, record.number, outcome, at=at, plan=plan)
        self._await_restart(plan)
        self._around.sockets.remove(_run_name(self.name, record.number))
        self._around.journal.end(record, outcome, self._account(), at=at)
        log.info("run_ended", vessel=self.name, run=record.number, outcome=outcome.kind.value)
        return ended

    def _outcome_on_disk(self) -> tuple[Outcome, float] | None:
        with opened(self._folders.log) as fd:
            try:
                return read_outcome(fd)
            except (OSError, ValueError, KeyError, TypeError) as why:  # a disk that lost half of it
                log.warning("outcome_unreadable", vessel=self.name, error=str(why))
                return None

    def _account(self) -> Account | None:
        """What the run that has ended has cost, as its monitor wrote it down; None if it did not."""
        with opened(self._folders.log) as fd:
            try:
                return msgspec.convert(read_account(fd), Account | None)
            except (OSError, ValueError, AttributeError) as why:  # as above
                log.warning("account_unreadable", vessel=self.name, error=str(why))
                return None

    def _owner(self) -> PublicKey:
        record = self._around.store.vessel(self.name)
        assert record is not None  # a vessel is in the store for as long as it is here
        return record.owner

    def _cpu(self) -> str:
        """Its CPU share of now, as a restrictions file would have it; never none at all."""
        share = self._resources[Resource.CPU] * self._around.gate.cpu_factor
        return f"{max(share, 1 / Resource.CPU.steps):.6f}"

    def _request(self, record: RunRecord, cpu: str) -> LaunchRequest:
        ports, unwatched_limit = self._around.loopback_ports, self._around.unwatched_limit
        return LaunchRequest(
            program=record.program,
            arguments=list(record.arguments),
            restrictions=format_restrictions(Restrictions(self._resources)),
            limits=[f"cpu={cpu}"],
            walls="both",
            log="ring",
            log_bytes=self._around.log_bytes,
            loopback_ports=f"{ports.start}-{ports.stop - 1}",
            private="yes" if self._around.reach_private_network else "no",
            name=_run_name(self.name, record.number),
            outlive=str(unwatched_limit) if unwatched_limit else "",
            addresses=list(self._around.preference.addresses),
            interfaces=list(self._around.preference.interfaces),
            answers="yes",
            only_these_addresses="yes" if self._around.preference.only_these else "no",
        )

    def _clear(self) -> None:
        self.uploads.clear()
        self.files.clear()
        with opened(self._folders.log) as fd:
            clear_ring(fd)
            clear_outcome(fd)


async def settle(vessels: Sequence[Vessel], tasks: asyncio.TaskGroup) -> None:
    """Adopt what an earlier daemon has left running, and learn how the rest has ended.

    Returns within `SETTLE_PATIENCE`; what is not known by then (a monitor that stands still) is asked for on and on.
    """
    settling = [tasks.create_task(vessel.keep_settling(), name=f"settle {vessel.name}") for vessel in vessels]
    if settling:
        await asyncio.wait(settling, timeout=SETTLE_PATIENCE)
    if late := [vessel.name for vessel, task in zip(vessels, settling, strict=True) if not task.done()]:
        log.warning("runs_not_settled", vessels=late)


async def stop_all(vessels: Iterable[Vessel], by: str) -> None:
    """Stop what runs anywhere; one that resists doesn't keep the others."""

    async def stop(vessel: Vessel) -> None:
        try:
            await vessel.interrupt(by)
        except NodeError as why:
            log.warning("run_resists", vessel=vessel.name, code=why.code)

    async with asyncio.TaskGroup() as group:
        for vessel in list(vessels):
            group.create_task(stop(vessel), name=f"stop {vessel.name}")


async def _lock_soon(log_folder: int) -> None:
    """Lock a vessel for a program that is to start. Raises Busy while something that is to end has not ended."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LOCK_PATIENCE
    while not lock(log_folder):
        if loop.time() > until:
            raise Busy("what ran in this vessel before has not let go of it yet: try again in a moment")
        await asyncio.sleep(LOCK_LOOK)


def _run_name(vessel: str, number: int) -> str:
    return f"{vessel}.{number}"


def check_arguments(arguments: Sequence[str]) -> None:
    """Raise BadArguments for what a program can't be given."""
    if any("\0" in argument for argument in arguments):
        raise BadArguments("an argument contains a NUL character, which nothing can be given")
    try:
        size = sum(len(argument.encode()) + 1 for argument in arguments)
    except UnicodeEncodeError as why:
        raise BadArguments("an argument is not valid text") from why
    if size > MAX_ARGUMENTS:
        raise BadArguments(f"the arguments have {size} bytes, {MAX_ARGUMENTS} are allowed: upload a file instead")


def _read_program(fd: int) -> tuple[str, bytes | None]:
    """A program's digest, and its text unless that is too long for the journal."""
    with os.fdopen(os.dup(fd), "rb") as file:
        text = file.read(MAX_TEXT + 1)
        digest = hashlib.sha256(text)
        while part := file.read(MAX_TEXT):
            digest.update(part)
    os.lseek(fd, 0, os.SEEK_SET)  # the two share a position
    return digest.hexdigest(), text if len(text) <= MAX_TEXT else None


async def _event_within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
