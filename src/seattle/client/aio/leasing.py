"""Vessels that a site has given us for a while."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from seattle.client.aio.ownership import OwnedGroup
from seattle.client.errors import NoSuchVessel, SiteUnreachable
from seattle.client.places import Place
from seattle.client.results import Failure, Results, Success
from seattle.client.site.vessels import Changed, SiteVessels, handle_of

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
        return await release(self._link.site(), [vessel.place for vessel in self])


async def renew(site: SiteVessels, places: Sequence[Place]) -> Results[datetime]:
    """Keep each vessel for the longest time from now; until when. Raises NotEnoughCredits, SiteError."""
    return await _change(site.renew, places, _until)


async def release(site: SiteVessels, places: Sequence[Place]) -> Results[None]:
    """Give each vessel back. Raises SiteError."""
    return await _change(site.release, places, lambda _: None)


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
