"""Splitting and joining vessels.

What should be is written first, in one transaction; folders follow. A crash between the two leaves a folder too many,
which `sweep` removes at the next start, or one too few, which is made when its vessel is. Names are never used again,
so no vessel can come to find the files of another.
"""

import asyncio
import shutil
from collections.abc import Collection, Iterable, MutableMapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import structlog

from seattle.node.errors import BadResources, SameVessel, TooManyVessels, VesselGone
from seattle.node.folders import VesselFolders
from seattle.node.records import VesselRecord
from seattle.node.surroundings import Surroundings
from seattle.node.vessel import Vessel
from seattle.resources.errors import ResourceError
from seattle.resources.splitting import join, split
from seattle.resources.vector import ResourceVector

MAX_VESSELS: Final = 128  # on one node: so many still fit in an answer, and in an advert

log = structlog.get_logger()


@dataclass(frozen=True)
class Division:
    """Makes vessels out of vessels.

    Args:
        vessels: all that there are, by name; changed here.
        root: the folder of their folders.
        around: what they have in common.
    """

    vessels: MutableMapping[str, Vessel]
    root: Path
    around: Surroundings

    async def split(self, name: str, wanted: ResourceVector) -> tuple[VesselRecord, VesselRecord]:
        """Make two of a vessel; the records of what is left over and of what was wanted.

        Raises AlreadyStarted, VesselGone, TooManyVessels, BadResources.
        """
        async with self._vessel(name).at_rest():
            whole = self._record(name)
            if len(self.vessels) >= MAX_VESSELS:
                raise TooManyVessels(f"this node holds {MAX_VESSELS} vessels, which is the most: join some first")
            try:
                parts = split(whole.resources, wanted)
            except ResourceError as why:
                raise BadResources(why) from why
            rest, part = self.around.store.new_names(2)
            made = replace(whole, name=rest, resources=parts.rest), replace(whole, name=part, resources=parts.part)
            await self._exchange([whole], made)
            return made

    async def join(self, name: str, other: str) -> VesselRecord:
        """Make one of two vessels; its record. Raises SameVessel, AlreadyStarted, VesselGone, BadResources."""
        if name == other:
            raise SameVessel(f"{name} can't be joined with itself: name two vessels")
        async with AsyncExitStack() as stack:
            for one in sorted((name, other)):  # sorted: two who join the same vessels must not wait for each other
                await stack.enter_async_context(self._vessel(one).at_rest())
            first, second = self._record(name), self._record(other)
            try:
                whole = join(first.resources, second.resources)
            except ResourceError as why:
                raise BadResources(why) from why
            (new_name,) = self.around.store.new_names(1)
            made = replace(first, name=new_name, resources=whole)
            await self._exchange([first, second], [made])
            return made

    async def _exchange(self, gone: Collection[VesselRecord], made: Collection[VesselRecord]) -> None:
        changes = self.around.changes
        for record in made:
            VesselFolders.make(self.root / record.name)  # empty ones: where that fails, nothing has changed
        self.around.store.exchange([record.name for record in gone], list(made))
        self.around.announcements.pass_on([record.name for record in gone], [record.name for record in made])
        for record in made:
            self.vessels[record.name] = Vessel(record, self.root / record.name, self.around)
            changes.note(record.name, record.holders)
        for record in gone:
            self.vessels.pop(record.name).gone = True
            changes.note(record.name, record.holders)
            changes.forget(record.name)
        changes.on_holders()
        log.info("vessels_exchanged", gone=[one.name for one in gone], made=[one.name for one in made])
        await asyncio.to_thread(_remove, [self.root / record.name for record in gone])

    def _vessel(self, name: str) -> Vessel:
        if (vessel := self.vessels.get(name)) is None:
            raise VesselGone(name)
        return vessel

    def _record(self, name: str) -> VesselRecord:
        record = self.around.store.vessel(name)
        assert record is not None  # the vessel is at rest, so nobody has made others of it
        return record


def sweep(root: Path, vessels: Collection[str]) -> None:
    """Remove the folders of all vessels but these; before anybody can split or join any."""
    if root.is_dir():
        _remove([folder for folder in root.iterdir() if folder.name not in vessels])


def _remove(folders: Iterable[Path]) -> None:
    """One that resists, because a last upload was under way, is logged and left to the next start."""
    for folder in folders:
        try:
            shutil.rmtree(folder)
        except OSError as why:
            log.warning("folder_not_removed", folder=folder.name, error=str(why))
