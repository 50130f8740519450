"""A vessel: a slice of this machine with its own files, its own log, and at most one program that runs."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from seattle.fabric.node_api import Layer, RestartPolicy, VesselState
from seattle.identity.keys import PublicKey
from seattle.node import runs
from seattle.node.accounts import Account
from seattle.node.ends import ABANDONED, NO_WORD, Ends
from seattle.node.errors import AlreadyStarted, Busy, HoldersChanged, VesselGone
from seattle.node.file_turns import FileTurns
from seattle.node.files import VesselFiles, disk_error
from seattle.node.folders import VesselFolders, lock, opened
from seattle.node.launching import Launching, check_arguments
from seattle.node.log_views import LogView, view_earlier
from seattle.node.records import RunRecord, VesselRecord
from seattle.node.restarts import RestartPlan, after_failed_start, seconds_left
from seattle.node.runs import EndedEarly, Run
from seattle.node.states import decide
from seattle.node.surroundings import Surroundings
from seattle.node.uploads import Uploads
from seattle.repy.outcome import Outcome
from seattle.repy.outcome_file import clear_outcome
from seattle.repy.ring_log import clear_ring, read_ring
from seattle.resources.kinds import Resource

FIRST_LOOK: Final = 0.02  # seconds between looks at a log that somebody waits for; longer while nothing comes
LONGEST_LOOK: Final = 0.25  # seconds
SETTLE_LOOK: Final = 0.05  # seconds between looks for the monitors of an earlier daemon; longer while none answers
LONGEST_SETTLE_LOOK: Final = 2.0  # seconds
HELD_BACK_LOOK: Final = 1.0  # seconds between looks whether the donor lets programs start again

log = structlog.get_logger()


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
        self._ends = Ends(self._folders, around)
        self._launching = Launching(record.name, record.resources, self._folders, around, self._ends)
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
        return None if latest is None or latest.outcome is not None else latest.name

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
                return view_earlier(self._around.store, self.name, number, self._folders.log, offset, count)
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

    @asynccontextmanager
    async def at_rest(self) -> AsyncIterator[None]:
        """While inside, nothing runs here and nothing is started or reset. Raises AlreadyStarted, Busy, VesselGone."""
        async with self._here():
            if self._run is not None:
                raise AlreadyStarted(f"a program runs in vessel {self.name}: stop it first")
            await self._settle_now()
            yield

    async def start(
        self,
        program: str,
        arguments: Sequence[str],
        *,
        layers: Sequence[Layer] = (),
        by: str = "",
        restart: RestartPolicy = RestartPolicy.NEVER,
    ) -> RunRecord:
        """Start a program that is among the files, beneath layers that are, too; return when it runs.

        `layers`: the outermost first. `by`: id of the key that asked for it, for the donor's journal; empty when the
        node itself does.

        Raises Denied, HeldBack, BadName, NoSuchFile, LayerChanged, BadArguments, AlreadyStarted, Busy, NotStarted (with
        the sandbox's reason), VesselGone, HoldersChanged.
        """
        check_arguments(arguments)
        async with self._here():
            self._around.gate.check_start(self._owner())
            if self._run is not None:
                raise AlreadyStarted("a program runs in this vessel already: stop it first")
            plan = None if restart is RestartPolicy.NEVER else RestartPlan(policy=restart)
            return await self._start(program, arguments, layers, plan, by)

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
                self._ends.note_lost(latest)
            await self._around.durable()
            self._settled.set()
            return True
        run = await runs.adopt(self._around.sockets, latest.name)
        if run is None:
            return False
        log.info("run_adopted", vessel=self.name, run=latest.number, guest=run.guest)
        self._hold(run, latest)
        if not latest.wanted:  # the daemon died before it could stop it
            await run.stop("the node, whose daemon had been told to before it was restarted")
        return True

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

    async def _start(
        self,
        program: str,
        arguments: Sequence[str],
        layers: Sequence[Layer],
        plan: RestartPlan | None,
        by: str = "",
    ) -> RunRecord:
        if self._around.ending.is_set():
            raise Busy("the node is shutting down: try again when it is back")
        await self._settle_now()
        fds = await asyncio.to_thread(self.files.open_all, [program, *(layer.name for layer in layers)])
        self._starting = True  # from before it is written down: nobody shall take it for one that has ended
        self._settled.clear()
        try:
            await asyncio.to_thread(self.files.provide, self._around.private_files, self._folders.incoming)
            run, record = await self._launching.launch(
                fds, program, arguments, layers, cpu=self._cpu(), plan=plan, by=by, owner=self._owner()
            )
        except EndedEarly:
            self._await_restart(self.restart_plan)
            await self._around.durable()
            self._changed()
            raise
        except OSError as why:
            raise disk_error(why) from why
        finally:
            for fd in fds:
                os.close(fd)
            self._starting = False
            self._settled.set()
        self._hold(run, record)
        log.info(
            "run_started",
            vessel=self.name,
            run=record.number,
            program=program,
            digest=record.digest,
            guest=run.guest,
        )
        return record

    async def _follow(self, run: Run, record: RunRecord) -> None:
        try:
            outcome = await run.follow()
            if self._end(record, outcome) is None:
                wanted = (self.latest_run or record).wanted
                self._end(record, NO_WORD if wanted else ABANDONED)
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
        while not self._is_over() and self._around.gate.refusal(self._owner()) is not None:
            # The donor wants the computer for a while.
            await _event_within(self._around.ending, HELD_BACK_LOOK)
        async with self._changing:
            latest = self.latest_run
            if self._is_over() or latest is None or store.restart_plan(self.name) != plan:
                return
            try:
                self._around.gate.check_start(self._owner())
                await self._start(latest.program, latest.arguments, latest.layers, replace(plan, again_at=None))
            except EndedEarly:
                pass  # as any run that ended; it has been planned on
            except Exception as why:  # noqa: BLE001 - its file was deleted, the disk is full, the nursery is gone
                log.warning("restart_failed", vessel=self.name, error=str(why), kind=type(why).__name__)
                plan = after_failed_start(plan, now=clock())
                with suppress(sqlite3.Error):
                    store.plan_restart(self.name, plan)
                    self._await_restart(plan)

    def _end(self, record: RunRecord, outcome: Outcome | None) -> RunRecord | None:
        ended = self._ends.write_down(record, outcome)
        if ended is not None:
            self._await_restart(self.restart_plan)
        return ended

    def _is_over(self) -> bool:
        """Whether nothing shall be started here any more: the node ends, or the vessel was split or joined."""
        return self.gone or self._around.ending.is_set()

    def _owner(self) -> PublicKey:
        record = self._around.store.vessel(self.name)
        assert record is not None  # a vessel is in the store for as long as it is here
        return record.owner

    def _cpu(self) -> str:
        """Its CPU share of now, as a restrictions file would have it; never none at all."""
        share = self._resources[Resource.CPU] * self._around.gate.cpu_factor
        return f"{max(share, 1 / Resource.CPU.steps):.6f}"

    def _clear(self) -> None:
        self.uploads.clear()
        self.files.clear()
        with opened(self._folders.log) as fd:
            clear_ring(fd)
            clear_outcome(fd)


async def _event_within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
