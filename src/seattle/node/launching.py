"""Starting a program in a vessel: from a file of its own to a monitor that says that it runs.

It is written down before it is asked for, in the store and in the journal, and taken back if nothing came of it.
"""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from seattle.fabric.node_api import Layer
from seattle.identity.keys import PublicKey
from seattle.node import runs
from seattle.node.ends import Ends
from seattle.node.errors import BadArguments, Busy, LayerChanged, NotStarted
from seattle.node.folders import VesselFolders, lock, opened
from seattle.node.journal import MAX_TEXT
from seattle.node.records import RunRecord
from seattle.node.restarts import RestartPlan
from seattle.node.runs import EndedEarly, Run
from seattle.node.surroundings import Surroundings
from seattle.repy.door import MAX_PROGRAM
from seattle.repy.launch import LaunchRequest
from seattle.repy.outcome_file import clear_outcome
from seattle.repy.ring_log import read_ring
from seattle.resources.restrictions import Restrictions, format_restrictions
from seattle.resources.vector import ResourceVector

MAX_ARGUMENTS: Final = 64 * 1024  # bytes of all arguments together
LOCK_LOOK: Final = 0.01  # seconds between looks whether what ran before has let go
LOCK_PATIENCE: Final = 1.0  # seconds


class Launching:
    """Starts the programs of one vessel."""

    def __init__(
        self, vessel: str, resources: ResourceVector, folders: VesselFolders, around: Surroundings, ends: Ends
    ) -> None:
        self._vessel = vessel
        self._resources = resources
        self._folders = folders
        self._around = around
        self._ends = ends

    async def launch(
        self,
        fds: Sequence[int],
        program: str,
        arguments: Sequence[str],
        layers: Sequence[Layer],
        *,
        cpu: str,
        plan: RestartPlan | None,
        by: str,
        owner: PublicKey,
    ) -> tuple[Run, RunRecord]:
        """Start what is in the first of these files, beneath what is in the others; return when it runs.

        `layers`: what those others are. `cpu`: its share. `by`: id of the key that asked for it; empty when the node
        itself does. `owner`: of the vessel.

        Raises Busy, LayerChanged, NotStarted, NurseryGone, OSError, and EndedEarly once the end is written down.
        """
        store, journal, around = self._around.store, self._around.journal, self._around
        before, plan_before = store.latest_run(self._vessel), store.restart_plan(self._vessel)
        program_fd, *layer_fds = fds
        with opened(self._folders.files) as files, opened(self._folders.log) as log_folder, ExitStack() as mine:
            await _lock_soon(log_folder)  # from here on, nobody writes into the files that are open here
            _check_size(fds)
            (digest, text), *texts = await asyncio.to_thread(lambda: [_read_program(fd) for fd in fds])
            for layer, (found, _text) in zip(layers, texts, strict=True):
                if found != layer.digest:
                    raise LayerChanged(layer.name)
            clear_outcome(log_folder)  # from here on, an outcome on disk is this run's
            record = store.begin_run(
                self._vessel,
                program=program,
                digest=digest,
                arguments=arguments,
                log_start=read_ring(log_folder, None, 0).end,
                now=around.clock(),
                layers=layers,
                plan=plan,
            )
            try:
                journal.begin(record, key=by, owner=owner.id, texts=[text, *(text for _digest, text in texts)])
                passed = [program_fd, files, log_folder]
                if around.unwatched_limit:
                    way_in = mine.enter_context(around.sockets.listen(record.name))
                    passed.append(way_in.fileno())
                run = await runs.start(around.nursery, self._request(record, cpu), [*passed, *layer_fds])
            except EndedEarly as why:
                self._ends.write_down(record, why.outcome)
                raise
            except BaseException as why:
                number_before = None if before is None else before.number
                store.forget_run(self._vessel, record.number, before=number_before, plan=plan_before)
                around.sockets.remove(record.name)
                journal.never_began(record, str(why) or type(why).__name__, at=around.clock())
                raise
        journal.got_going(record)
        run.told = (False, cpu)
        return run, record

    def _request(self, record: RunRecord, cpu: str) -> LaunchRequest:
        ports, unwatched_limit = self._around.loopback_ports, self._around.unwatched_limit
        return LaunchRequest(
            program=record.program,
            arguments=list(record.arguments),
            layers=[layer.name for layer in record.layers],
            restrictions=format_restrictions(Restrictions(self._resources)),
            limits=[f"cpu={cpu}"],
            walls="both",
            log="ring",
            log_bytes=self._around.log_bytes,
            loopback_ports=f"{ports.start}-{ports.stop - 1}",
            private="yes" if self._around.reach_private_network else "no",
            name=record.name,
            outlive=str(unwatched_limit) if unwatched_limit else "",
            addresses=list(self._around.preference.addresses),
            interfaces=list(self._around.preference.interfaces),
            answers="yes",
            only_these_addresses="yes" if self._around.preference.only_these else "no",
        )


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


def _check_size(fds: Sequence[int]) -> None:
    """Raise NotStarted for a program and layers that are longer than they may be, before they are read.

    Whoever asks for it again and again would take as much of a processor as they like, beside the vessel's share.
    """
    size = sum(os.fstat(fd).st_size for fd in fds)
    if size > MAX_PROGRAM:
        raise NotStarted(f"the program has {size} bytes with its layers; it may have {MAX_PROGRAM}")


async def _lock_soon(log_folder: int) -> None:
    """Lock a vessel for a program that is to start. Raises Busy while something that is to end has not ended."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LOCK_PATIENCE
    while not lock(log_folder):
        if loop.time() > until:
            raise Busy("what ran in this vessel before has not let go of it yet: try again in a moment")
        await asyncio.sleep(LOCK_LOOK)


def _read_program(fd: int) -> tuple[str, bytes | None]:
    """A program's digest, and its text unless that is too long for the journal."""
    with os.fdopen(os.dup(fd), "rb") as file:
        text = file.read(MAX_TEXT + 1)
        digest = hashlib.sha256(text)
        while part := file.read(MAX_TEXT):
            digest.update(part)
    os.lseek(fd, 0, os.SEEK_SET)  # the two share a position
    return digest.hexdigest(), text if len(text) <= MAX_TEXT else None
