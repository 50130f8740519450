"""Vessels that a site has given us for a while."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final, TypeVar

from seattle.client.aio.link import Link
from seattle.client.aio.ownership import OwnedGroup
from seattle.client.errors import NoSuchVessel, SiteUnreachable
from seattle.client.fan_out import fan_out
from seattle.client.places import Place
from seattle.client.refusals import NOT_ALLOWED
from seattle.client.results import Failure, Results, Success
from seattle.client.site.vessels import Changed, SiteVessels, handle_of
from seattle.fabric.errors import RemoteError
from seattle.fabric.node_api import WAIT_FOR_CHANGE, WaitForChange

TRY_AGAIN: Final = 0.2  # seconds until a node that would not tell now is asked again

T = TypeVar("T")


class LeasedGroup(OwnedGroup):
    """Vessels that can be renewed and given back."""

    async def renew(self) -> Results[datetime]:
        """Keep each vessel for the longest time from now; until when. Raises NotEnoughCredits, SiteError."""
        return await renew(self._link.site(), [vessel.place for vessel in self])

    async def release(self) -> Results[None]:
        """Give each vessel back to the site. What runs there is stopped, and files and logs are deleted.

        Raises SiteError.
        """
        return await release(self._link, [vessel.place for vessel in self])


async def renew(site: SiteVessels, places: Sequence[Place]) -> Results[datetime]:
    """Keep each vessel for the longest time from now; until when. Raises NotEnoughCredits, SiteError."""
    return await _change(site.renew, places, _until)


async def release(link: Link, places: Sequence[Place]) -> Results[None]:
    """Give each vessel back. Raises SiteError.

    Nodes that answer have taken them back by then, so that whoever looks for our vessels next does not find them.
    """
    released = await _change(link.site().release, places, lambda _: None)
    gone = sorted(one.vessel for one in released if isinstance(one, Success))
    nodes = [list(on_one) for _, on_one in groupby(gone, key=lambda place: place.node)]
    # Of a node that does not answer nothing can be known; the site will tell it.
    within = link.patience.call
    await fan_out(nodes, lambda here: _taken_back(link, here), place=lambda here: here[0], within=within)
    return released


async def _taken_back(link: Link, places: Sequence[Place]) -> None:
    """Wait until their node does not let us use these vessels any more."""
    cursor, names = "", {place.vessel for place in places}
    while names:
        request = WaitForChange(cursor=cursor, wait=link.patience.call if cursor else 0.0)
        try:
            told = await link.ask(places[0], WAIT_FOR_CHANGE, request, wait=request.wait)
        except RemoteError as no:
            if no.code == NOT_ALLOWED:  # it knows us no more
                return
            await asyncio.sleep(TRY_AGAIN)
        else:
            cursor, names = told.cursor, names.intersection(told.names)


async def _change(
    ask: Callable[[Iterable[str]], Changed], places: Sequence[Place], value: Callable[[Changed], T]
) -> Results[T]:
    if not places:
        return Results([])
    changed = await asyncio.to_thread(ask, [handle_of(place) for place in places])
    done, answer = set(changed.done), value(changed)
    not_ours = NoSuchVessel("the site has not given it to us, or it is over")
    return Results(
        [Success(place, answer) if handle_of(place) in done else Failure.of(place, not_ours) for place in places]
    )


def _until(changed: Changed) -> datetime:
    if changed.expires_at is not None:
        return changed.expires_at
    if changed.done:
        raise SiteUnreachable("the site renewed vessels, and does not say until when")
    return datetime.fromtimestamp(0, UTC)  # of none
