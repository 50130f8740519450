"""What a node answers: from a request that is authentic to the bytes of its reply.

First the caller's rights, then everything else. A stranger to a vessel gets the same words whether it exists or not.
"""

import errno
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeVar

import msgspec
import structlog

from seattle.fabric import node_api as api
from seattle.fabric.errors import RemoteError
from seattle.fabric.operations import Operation
from seattle.identity.envelope import Request
from seattle.identity.keys import PublicKey
from seattle.node.addresses import Whereabouts
from seattle.node.changes import Changes
from seattle.node.division import Division
from seattle.node.donor.gate import Gate
from seattle.node.errors import CallRefused, DiskBroken, DiskFull, NotAllowed, NurseryGone, UnknownMethod, VesselGone
from seattle.node.files import Entry, disk_error
from seattle.node.holders import described, given_to, used_by, wanted_resources
from seattle.node.polls import MAX_WATCHING, Polls
from seattle.node.records import RunRecord, VesselRecord
from seattle.node.rights import Standing, may, standing
from seattle.node.store import Store
from seattle.node.uploads import Announced
from seattle.node.vessel import Vessel
from seattle.repy.outcome import Outcome, OutcomeKind
from seattle.resources.splitting import OFFCUT

MAX_ANSWER_DETAIL: Final = 16 * 1024  # characters of an outcome's detail that are sent with a log
MAX_SUMMARY_DETAIL: Final = 400  # characters of it that are sent where all vessels are listed

_NAMING: Final = ("vessel", "other")  # fields of requests which name a vessel; the right is needed to each

_OF_A_DISK: Final = (errno.EROFS, errno.EIO)
_BITS: Final = 64  # of a number in an answer, with its sign: with a longer one there would be no answer at all

_encode = msgspec.msgpack.Encoder().encode

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class NodeFacts:
    """What a node says of itself to anybody."""

    node: PublicKey
    version: str
    walls: Sequence[api.WallReport]
    where: Whereabouts


@dataclass(frozen=True)
class _Call:
    """One request, decoded; its caller has the right to it."""

    caller: PublicKey
    body: Any  # the Struct of its operation
    method: str
    vessel: Vessel | None = None  # the one it names, if its operation names one


@dataclass(frozen=True, kw_only=True)
class Service:
    """Answers requests; `fabric.rpc.NodeServer` calls it.

    Args:
        facts: what anybody may know.
        store: whose the vessels are.
        vessels: all that are in the store, by name.
        division: changes which there are.
        clock: seconds since 1970.
        gate: what the donor allows.
        trouble: what its donor has to mend.
    """

    facts: NodeFacts
    store: Store
    vessels: Mapping[str, Vessel]
    division: Division
    clock: Callable[[], float] = time.time
    polls: Polls = field(default_factory=Polls)  # who waits for logs
    watchers: Polls = field(default_factory=lambda: Polls(most=MAX_WATCHING))  # who waits for changes
    gate: Gate = field(default_factory=Gate)  # what the donor allows now
    trouble: Callable[[], str] = lambda: ""  # what the donor has to mend, in words; empty if nothing

    async def __call__(self, request: Request) -> bytes:
        """The answer, encoded. Raises RemoteError for what is refused: it travels to the caller."""
        try:
            return _encode(await self._answer(request))
        except (CallRefused, NurseryGone) as no:
            raise RemoteError(no.code, str(no)) from no
        except sqlite3.OperationalError as why:
            if "full" in str(why):
                raise RemoteError(DiskFull.code, "this computer's disk is full; its donor has to make room") from why
            raise _broken(str(why)) from why
        except OSError as why:
            if isinstance(full := disk_error(why), DiskFull):
                raise RemoteError(full.code, str(full)) from why
            if why.errno not in _OF_A_DISK:
                raise
            raise _broken(str(why.strerror)) from why

    async def _answer(self, request: Request) -> msgspec.Struct:
        found = _OPERATIONS.get(request.method)
        if found is None:
            raise UnknownMethod(f"this node has no method {request.method[:64]!r}; it is version {self.facts.version}")
        operation, handle = found
        body = operation.decode_request(request.body)
        call = self._permitted(request.caller, request.method, body)
        try:
            answer = await handle(self, call)
            self.gate.check_caller(request.caller)  # again: a long poll may have begun before they were barred
            return answer  # noqa: TRY300 - as short as it can be
        except FileNotFoundError as why:
            if call.vessel is None or not call.vessel.gone:
                raise
            raise VesselGone(call.vessel.name) from why

    def _permitted(self, caller: PublicKey, method: str, body: msgspec.Struct) -> _Call:
        """The call, if the caller has the right to it. Raises NotAllowed, and Denied whatever is asked."""
        self.gate.check_caller(caller)
        named = [name for field in _NAMING if isinstance(name := getattr(body, field, None), str)]
        if not named:
            if not may(self._best_standing(caller), method):
                raise NotAllowed(f"no vessel on this node allows {method} to this key")
            return _Call(caller, body, method)
        for name in named:
            record = self.store.vessel(name)
            if record is None or not may(_standing(caller, record), method):
                raise NotAllowed(f"there is no vessel {name!r} on this node that allows {method} to this key")
        return _Call(caller, body, method, self.vessels[named[0]])

    def _check_still(self, call: _Call) -> None:
        """Raise as `_permitted` for who has lost the right while they waited; VesselGone if they waited too long."""
        if _of(call).gone:
            raise VesselGone(_of(call).name)
        self._permitted(call.caller, call.method, call.body)

    async def _at_files(self, call: _Call, work: Callable[..., T], *args: Any, **named: Any) -> T:
        """Do work on the vessel's files when its turn comes, if the caller has the right to it then. Raises its errors.

        Many calls may wait, and who was allowed to make them may be shut out meanwhile.
        """
        return await _of(call).turns.take(work, *args, first=partial(self._check_still, call), **named)

    def knows(self, caller: PublicKey) -> bool:
        """Whether this key has any right to a vessel here."""
        return caller in self.store.shares()

    def shares_of(self, caller: PublicKey) -> Sequence[str]:
        """The groups in which a key counts as one with others, where calls are counted."""
        return self.store.shares().get(caller, ())

    def _best_standing(self, caller: PublicKey) -> Standing:
        return max((_standing(caller, record) for record in self.store.vessels()), default=Standing.STRANGER)

    def _visible(self, caller: PublicKey) -> list[api.VesselSummary]:
        records = [record for record in self.store.vessels() if _standing(caller, record) > Standing.STRANGER]
        return [_summary(record, self.vessels[record.name]) for record in records]

    # --- one for each method -------------------------------------------------------------------------------

    async def _describe(self, call: _Call) -> api.NodeDescription:
        return api.NodeDescription(
            node=self.facts.node.id,
            version=self.facts.version,
            vessels=self._visible(call.caller),
            walls=list(self.facts.walls),
            addresses=self.facts.where.addresses,
            public_address=self.facts.where.public_address,
            nat=self.facts.where.nat,
            time=self.clock(),
            holding_back=self.gate.why,
            notice=self.gate.notice,
            trouble=self.trouble(),
        )

    async def _get_vessels(self, call: _Call) -> api.VesselList:
        return api.VesselList(vessels=self._visible(call.caller), holding_back=self.gate.why, notice=self.gate.notice)

    async def _get_resources(self, call: _Call) -> api.ResourceReport:
        view = await _of(call).resources()
        self._check_still(call)
        return api.ResourceReport(limits=view.limits, usage=view.usage, stop_times=view.stop_times)

    async def _add_file(self, call: _Call) -> api.FileProgress:
        part: api.AddFileChunk = call.body
        file = Announced(part.name, part.total_size, part.digest)
        progress = await self._at_files(call, _of(call).uploads.add, file, offset=part.offset, data=part.data)
        return api.FileProgress(received=progress.received, complete=progress.complete)

    async def _read_file(self, call: _Call) -> api.FileChunk:
        wanted: api.ReadFileChunk = call.body
        part = await self._at_files(call, _of(call).files.read, wanted.name, wanted.offset, wanted.count)
        return api.FileChunk(data=part.data, total_size=part.total_size, digest=part.digest)

    async def _list_files(self, call: _Call) -> api.FileList:
        wanted: api.ListFiles = call.body
        files = _of(call).files
        found = await self._at_files(call, files.entries, wanted.after, wanted.count + 1)
        shown, more = found[: wanted.count], len(found) > wanted.count
        if wanted.digests:
            shown = await self._at_files(call, files.with_digests, shown)
        return api.FileList(files=[_entry(entry) for entry in shown], more=more)

    async def _stat_file(self, call: _Call) -> api.FileEntry:
        return _entry(await self._at_files(call, _of(call).files.stat, call.body.name))

    async def _delete_file(self, call: _Call) -> api.Nothing:
        await self._at_files(call, _of(call).files.delete, call.body.name)
        return api.Nothing()

    async def _start(self, call: _Call) -> api.RunStarted:
        wanted: api.Start = call.body
        record = await _of(call).start(wanted.program, wanted.arguments, by=call.caller.id, restart=wanted.restart)
        return self._started(record)

    async def _start_beneath(self, call: _Call) -> api.RunStarted:
        wanted: api.StartBeneath = call.body
        record = await _of(call).start(
            wanted.program, wanted.arguments, layers=wanted.layers, by=call.caller.id, restart=wanted.restart
        )
        return self._started(record)

    def _started(self, record: RunRecord) -> api.RunStarted:
        return api.RunStarted(run=record.number, walls=list(self.facts.walls), log_offset=record.log_start)

    async def _stop(self, call: _Call) -> api.Nothing:
        await _of(call).stop(f"key {call.caller.id}", number=call.body.run)
        return api.Nothing()

    async def _reset(self, call: _Call) -> api.Nothing:
        await _of(call).reset(f"key {call.caller.id}")
        return api.Nothing()

    async def _read_log(self, call: _Call) -> api.LogChunk:
        wanted: api.ReadLog = call.body
        with self.polls.waiting(call.caller, wanted.wait) as wait:
            view = await _of(call).read_log(wanted.offset, wanted.count, wait=wait, number=wanted.run)
        self._check_still(call)
        run = view.run
        return api.LogChunk(
            offset=view.piece.offset,
            next_offset=view.piece.offset + len(view.piece.data),
            data=view.piece.data,
            ended=view.ended,
            outcome=None if run is None else _outcome(run.outcome),
            run=0 if run is None else run.number,
            holding_back=self.gate.why,
            notice=self.gate.notice,
        )

    async def _wait_for_change(self, call: _Call) -> api.Changed:
        wanted: api.WaitForChange = call.body
        known = self.changes.number(wanted.cursor)
        if known >= 0:
            with self.watchers.waiting(call.caller, wanted.wait) as wait:
                await self.changes.wait(call.caller, known, wait)
        vessels = self._visible(call.caller)
        return api.Changed(
            cursor=self.changes.cursor,
            vessels=[vessel for vessel in vessels if known < 0 or self.changes.since(known, vessel.name)],
            names=[vessel.name for vessel in vessels],
            holding_back=self.gate.why,
            notice=self.gate.notice,
        )

    async def _get_offcut_resources(self, _: _Call) -> api.OffcutReport:
        return api.OffcutReport(resources=OFFCUT.to_mapping())

    async def _split(self, call: _Call) -> api.SplitDone:
        wanted: api.Split = call.body
        rest, part = await self.division.split(wanted.vessel, wanted_resources(wanted.resources))
        return api.SplitDone(rest=rest.name, part=part.name)

    async def _join(self, call: _Call) -> api.JoinDone:
        wanted: api.Join = call.body
        others = self._record(wanted.other).users
        made = await self.division.join(wanted.vessel, wanted.other)
        return api.JoinDone(vessel=made.name, users_left_out=[one.id for one in others if one not in made.holders])

    async def _change_owner(self, call: _Call) -> api.Nothing:
        return await self._change(call, given_to(self._record(call.body.vessel), call.body.owner))

    async def _change_users(self, call: _Call) -> api.Nothing:
        return await self._change(call, used_by(self._record(call.body.vessel), call.body.users))

    async def _change_owner_information(self, call: _Call) -> api.Nothing:
        return await self._change(call, described(self._record(call.body.vessel), call.body.owner_information))

    async def _change_advertise(self, call: _Call) -> api.Nothing:
        return await self._change(call, replace(self._record(call.body.vessel), advertise=call.body.advertise))

    async def _change(self, call: _Call, after: VesselRecord) -> api.Nothing:
        before = self._record(after.name)
        if after != before:
            self.store.replace(after)
            if set(after.holders) != set(before.holders) or after.owner != before.owner:
                self.vessels[after.name].holders_changed()
            self.changes.note(after.name, {*before.holders, *after.holders})
            self.changes.on_holders()
            log.info("vessel_changed", vessel=after.name, method=call.method, caller=call.caller.id)
        # Not on the loop: owners who change their minds all the time must not have a slow disk stop the node. And also
        # for one who asks for what is so already: it may have been written a moment ago.
        await self.division.around.durable()
        return api.Nothing()

    def _record(self, name: str) -> VesselRecord:
        record = self.store.vessel(name)
        assert record is not None  # it was there when the caller's right was looked at, and nothing was awaited since
        return record

    @property
    def changes(self) -> Changes:
        """What changed for whom."""
        return self.division.around.changes


def _broken(why: str) -> RemoteError:
    return RemoteError(DiskBroken.code, f"this computer's disk is broken ({why}); its donor has to mend it")


def _of(call: _Call) -> Vessel:
    assert call.vessel is not None  # every operation of which this is asked names a vessel
    return call.vessel


def _standing(caller: PublicKey, record: VesselRecord) -> Standing:
    return standing(caller, owner=record.owner, users=record.users)


def _summary(record: VesselRecord, vessel: Vessel) -> api.VesselSummary:
    latest, plan = vessel.latest_run, vessel.restart_plan
    return api.VesselSummary(
        name=record.name,
        owner=record.owner.id,
        users=[user.id for user in record.users],
        state=vessel.state,
        advertise=record.advertise,
        owner_information=record.owner_information,
        outcome=None if latest is None else _outcome(latest.outcome, most=MAX_SUMMARY_DETAIL),
        run=0 if latest is None else latest.number,
        tcp_ports=sorted(record.resources.connports),
        udp_ports=sorted(record.resources.messports),
        restart=api.RestartPolicy.NEVER if plan is None else plan.policy,
        again_at=None if plan is None else plan.again_at,
    )


def _entry(entry: Entry) -> api.FileEntry:
    return api.FileEntry(name=entry.name, size=entry.size, changed_at=entry.changed_at, digest=entry.digest)


def _outcome(outcome: Outcome | None, *, most: int = MAX_ANSWER_DETAIL) -> api.RunOutcome | None:
    if outcome is None:
        return None
    # The monitor's words are "memory: 70 of 64 MiB ...": the resource comes first.
    resource = outcome.detail.partition(":")[0].split(" ")[0] if outcome.kind is OutcomeKind.KILLED else ""
    return api.RunOutcome(
        kind=outcome.kind.value,
        detail=outcome.detail[-most:],  # the end of a traceback says most
        exit_code=_exit_code(outcome),
        resource=resource,
    )


def _exit_code(outcome: Outcome) -> int | None:
    """The program's own, if it chose one."""
    if outcome.kind is not OutcomeKind.EXITED:
        return None
    try:
        code = int(outcome.detail or "0")
    except ValueError:  # a guest's word: it can be anything
        return 1
    return code if code.bit_length() < _BITS else 1


_Handle = Callable[[Service, _Call], Awaitable[msgspec.Struct]]

_OPERATIONS: Final[Mapping[str, tuple[Operation[Any, Any], _Handle]]] = {
    operation.method: (operation, handle)
    for operation, handle in (
        (api.DESCRIBE, Service._describe),
        (api.GET_VESSELS, Service._get_vessels),
        (api.GET_RESOURCES, Service._get_resources),
        (api.ADD_FILE, Service._add_file),
        (api.READ_FILE, Service._read_file),
        (api.LIST_FILES, Service._list_files),
        (api.STAT_FILE, Service._stat_file),
        (api.DELETE_FILE, Service._delete_file),
        (api.START, Service._start),
        (api.START_BENEATH, Service._start_beneath),
        (api.STOP, Service._stop),
        (api.RESET, Service._reset),
        (api.READ_LOG, Service._read_log),
        (api.GET_OFFCUT_RESOURCES, Service._get_offcut_resources),
        (api.SPLIT, Service._split),
        (api.JOIN, Service._join),
        (api.CHANGE_OWNER, Service._change_owner),
        (api.CHANGE_USERS, Service._change_users),
        (api.CHANGE_OWNER_INFORMATION, Service._change_owner_information),
        (api.CHANGE_ADVERTISE, Service._change_advertise),
        (api.WAIT_FOR_CHANGE, Service._wait_for_change),
    )
}
