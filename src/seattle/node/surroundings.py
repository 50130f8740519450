"""What the vessels of a node have in common: its store, its nursery, what its donor allows, and when it ends."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from seattle.fabric.group_commit import GroupCommit
from seattle.node.announcements import Announcements
from seattle.node.changes import Changes
from seattle.node.control_sockets import ControlSockets
from seattle.node.donor.gate import Gate
from seattle.node.journal import Journal
from seattle.node.nursery import Nursery
from seattle.node.store import Store


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
