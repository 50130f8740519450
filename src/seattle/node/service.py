"""What a node answers: from a request that is authentic to the bytes of its reply.

First the caller's rights, then everything else. A stranger to a vessel gets the same words whether it exists or not.
"""

import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from seattle.fabric import node_api as api
from seattle.fabric.errors import RemoteError
from seattle.fabric.operations import Operation
from seattle.identity.envelope import Request
from seattle.identity.keys import PublicKey
from seattle.node.errors import CallRefused, DiskFull, NotAllowed, NurseryGone, UnknownMethod
from seattle.node.polls import Polls
from seattle.node.records import VesselRecord
from seattle.node.rights import Standing, may, standing
from seattle.node.store import Store
from seattle.node.uploads import Announced
from seattle.node.vessels import Vessel
from seattle.repy.outcome import Outcome, OutcomeKind

MAX_ANSWER_DETAIL: Final = 16 * 1024  # characters of an outcome's detail that are sent

_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, kw_only=True)
class NodeFacts:
    """What a node says of itself to anybody."""

    node: PublicKey
    version: str
    walls: Sequence[api.WallReport]
    addresses: Sequence[str]


@dataclass(frozen=True)
class _Call:
    """One request, decoded; its caller has the right to it."""

    caller: PublicKey
    body: Any  # the Struct of its operation
    vessel: Vessel | None  # the one it names, if its operation names one


@dataclass(frozen=True, kw_only=True)
class Service:
    """Answers requests; `fabric.rpc.NodeServer` calls it.

    Args:
        facts: what anybody may know.
        store: whose the vessels are.
        vessels: all that are in the store, by name.
        clock: seconds since 1970.
    """

    facts: NodeFacts
    store: Store
    vessels: Mapping[str, Vessel]
    clock: Callable[[], float] = time.time
    polls: Polls = field(default_factory=Polls)

    async def __call__(self, request: Request) -> bytes:
        """The answer, encoded. Raises RemoteError for what is refused: it travels to the caller."""
        try:
            return _encode(await self._answer(request))
        except (CallRefused, NurseryGone) as no:
            raise RemoteError(no.code, str(no)) from no
        except sqlite3.OperationalError as why:
            if "full" not in str(why):
                raise
            raise RemoteError(DiskFull.code, "this computer's disk is full; its donor has to make room") from why

    async def _answer(self, request: Request) -> msgspec.Struct:
        found = _OPERATIONS.get(request.method)
        if found is None:
            raise UnknownMethod(f"this node has no method {request.method[:64]!r}; it is version {self.facts.version}")
        operation, handle = found
        body = operation.decode_request(request.body)
        return await handle(self, self._permitted(request.caller, request.method, body))

    def _permitted(self, caller: PublicKey, method: str, body: msgspec.Struct) -> _Call:
        """The call, if the caller has the right to it. Raises NotAllowed."""
        name: str | None = getattr(body, "vessel", None)
        if name is None:
            if not may(self._best_standing(caller), method):
                raise NotAllowed(f"no vessel on this node allows {method} to this key")
            return _Call(caller, body, None)
        record = self.store.vessel(name)
        if record is None or not may(_standing(caller, record), method):
            raise NotAllowed(f"there is no vessel {name!r} on this node that allows {method} to this key")
        return _Call(caller, body, self.vessels[name])

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
            addresses=list(self.facts.addresses),
            time=self.clock(),
        )

    async def _get_vessels(self, call: _Call) -> api.VesselList:
        return api.VesselList(vessels=self._visible(call.caller))

    async def _get_resources(self, call: _Call) -> api.ResourceReport:
        view = await _of(call).resources()
        return api.ResourceReport(limits=view.limits, usage=view.usage, stop_times=view.stop_times)

    async def _add_file(self, call: _Call) -> api.FileProgress:
        part: api.AddFileChunk = call.body
        progress = await _of(call).add(
            Announced(part.name, part.total_size, part.digest), offset=part.offset, data=part.data
        )
        return api.FileProgress(received=progress.received, complete=progress.complete)

    async def _read_file(self, call: _Call) -> api.FileChunk:
        wanted: api.ReadFileChunk = call.body
        part = await _of(call).read(wanted.name, wanted.offset, wanted.count)
        return api.FileChunk(data=part.data, total_size=part.total_size, digest=part.digest)

    async def _list_files(self, call: _Call) -> api.FileList:
        entries = _of(call).files.entries()
        return api.FileList(files=[api.FileEntry(name=entry.name, size=entry.size) for entry in entries])

    async def _delete_file(self, call: _Call) -> api.Nothing:
        _of(call).files.delete(call.body.name)
        return api.Nothing()

    async def _start(self, call: _Call) -> api.RunStarted:
        wanted: api.Start = call.body
        record = await _of(call).start(wanted.program, wanted.arguments, restart=wanted.restart)
        return api.RunStarted(run=record.number, walls=list(self.facts.walls), log_offset=record.log_start)

    async def _stop(self, call: _Call) -> api.Nothing:
        await _of(call).stop(f"key {call.caller.id}")
        return api.Nothing()

    async def _reset(self, call: _Call) -> api.Nothing:
        await _of(call).reset(f"key {call.caller.id}")
        return api.Nothing()

    async def _read_log(self, call: _Call) -> api.LogChunk:
        wanted: api.ReadLog = call.body
        with self.polls.waiting(call.caller, wanted.wait) as wait:
            view = await _of(call).read_log(wanted.offset, wanted.count, wait=wait)
        latest = view.latest
        return api.LogChunk(
            offset=view.piece.offset,
            next_offset=view.piece.offset + len(view.piece.data),
            data=view.piece.data,
            ended=view.ended,
            outcome=None if latest is None else _outcome(latest.outcome),
            run=0 if latest is None else latest.number,
        )


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
        outcome=None if latest is None else _outcome(latest.outcome),
        run=0 if latest is None else latest.number,
        tcp_ports=sorted(record.resources.connports),
        udp_ports=sorted(record.resources.messports),
        restart=api.RestartPolicy.NEVER if plan is None else plan.policy,
        again_at=None if plan is None else plan.again_at,
    )


def _outcome(outcome: Outcome | None) -> api.RunOutcome | None:
    if outcome is None:
        return None
    # The monitor's words are "memory: 70 of 64 MiB ...": the resource comes first.
    resource = outcome.detail.partition(":")[0].split(" ")[0] if outcome.kind is OutcomeKind.KILLED else ""
    return api.RunOutcome(
        kind=outcome.kind.value,
        detail=outcome.detail[-MAX_ANSWER_DETAIL:],  # the end of a traceback says most
        exit_code=_exit_code(outcome),
        resource=resource,
    )


def _exit_code(outcome: Outcome) -> int | None:
    """The program's own, if it chose one."""
    if outcome.kind is not OutcomeKind.EXITED:
        return None
    try:
        return int(outcome.detail or "0")
    except ValueError:  # a guest's word: it can be anything
        return 1


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
        (api.DELETE_FILE, Service._delete_file),
        (api.START, Service._start),
        (api.STOP, Service._stop),
        (api.RESET, Service._reset),
        (api.READ_LOG, Service._read_log),
    )
}
