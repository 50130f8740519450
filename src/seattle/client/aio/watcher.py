"""What becomes of vessels, told when it happens: one long poll for each node, however many vessels it holds."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from seattle.client.aio.link import Link
from seattle.client.aio.reading import Reading
from seattle.client.errors import NoSuchVessel
from seattle.client.fan_out import attempt
from seattle.client.places import Place
from seattle.client.refusals import NOT_ALLOWED
from seattle.client.results import Failure
from seattle.client.vessel import Vessel
from seattle.fabric.errors import RemoteError
from seattle.fabric.node_api import WAIT_FOR_CHANGE, Changed, WaitForChange

UNHURRIED: Final = 0.5  # seconds before the next poll when there was nothing: a busy node holds back none


class Watcher(Reading[Vessel | Failure]):
    """News of vessels, until all are gone or out of reach.

    Each item is a vessel as it is now, or the failure that is the last to be heard of it. A reader that is slow gets
    the latest of each vessel and misses what was between, so it makes no memory grow.
    """

    def __init__(self, link: Link, vessels: Sequence[Vessel]) -> None:
        self._link = link
        self._known = {vessel.place: vessel for vessel in vessels}
        self._untold: dict[Place, Vessel | Failure] = {}
        nodes = [node for node, _ in groupby(sorted(place.node for place in self._known))]
        super().__init__([asyncio.create_task(self._watch(node), name=f"watch {node}") for node in nodes])

    async def __anext__(self) -> Vessel | Failure:
        batch = await self.next_batch()
        if not batch:
            raise StopAsyncIteration
        first, *others = batch
        self._untold = {_place(one): one for one in others} | self._untold  # what came meanwhile is newer
        return first

    def _take(self) -> list[Vessel | Failure]:
        news, self._untold = self._untold, {}
        return list(news.values())

    def _drop(self) -> None:
        self._untold.clear()

    async def _watch(self, node: str) -> None:
        end = await attempt(Place(node), self._follow(node))
        if isinstance(end, Failure):  # nothing more will be heard of any vessel on this node
            for place in [place for place in self._known if place.node == node]:
                self._lose(replace(end, vessel=place))

    async def _follow(self, node: str) -> None:
        cursor, wait = "", self._link.patience.poll
        while any(place.node == node for place in self._known):
            request = WaitForChange(cursor=cursor, wait=wait)
            told = await self._ask(node, request)
            for one in told.vessels:
                if (known := self._known.get(Place(node, one.name))) is not None:
                    self._tell(known.as_told(one))
            for place in [place for place in self._known if place.node == node and place.vessel not in told.names]:
                gone = NoSuchVessel(f"{place} is no more, or no longer ours to use")
                self._lose(Failure.of(place, gone))
            if not told.vessels and cursor:
                await asyncio.sleep(UNHURRIED)
            cursor = told.cursor

    async def _ask(self, node: str, request: WaitForChange) -> Changed:
        try:
            return await self._link.ask_patiently(Place(node), WAIT_FOR_CHANGE, request, wait=request.wait)
        except RemoteError as no:
            if no.code == NOT_ALLOWED:  # so there is nothing there that we may see
                return Changed(cursor="")
            raise

    def _tell(self, vessel: Vessel) -> None:
        if self._known[vessel.place] != vessel:
            self._known[vessel.place] = self._untold[vessel.place] = vessel
            self._news.set()

    def _lose(self, failure: Failure) -> None:
        del self._known[failure.vessel]
        self._untold[failure.vessel] = failure
        self._news.set()


def _place(news: Vessel | Failure) -> Place:
    return news.place if isinstance(news, Vessel) else news.vessel
