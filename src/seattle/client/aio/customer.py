"""A testbed as the customer of its site sees it: vessels are got, prolonged and given back."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from seattle.client.aio import acquiring, leasing
from seattle.client.aio.acquiring import Progress, no_progress
from seattle.client.aio.link import Link
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.client.expected import expect
from seattle.client.groups import places_of
from seattle.client.places import Place
from seattle.client.results import Results
from seattle.client.site.vessels import Account, Lease, Order, handle_of
from seattle.client.vessel import Vessel


class Customer(ABC):
    """Asks the site of a testbed."""

    _link: Link

    @abstractmethod
    async def _arrived(self, order: Order) -> AsyncVesselGroup:
        """The vessels of an order, once the directory knows of them."""

    async def acquire(
        self,
        count: int,
        *,
        kind: str = "random",
        where: Mapping[str, Any] | None = None,
        least: int | None = None,
        progress: Progress = no_progress,
    ) -> AsyncVesselGroup:
        """Get vessels from the testbed's site, and return them when they can be used.

        `kind`: `random`, `wan` (each in another network), `lan` (all in one), `nat` (behind NATs). `where`: filters of
        the site (`{"countries": ["DE"]}`). With `least` fewer will do; otherwise it is all or nothing. `progress` is
        called with each news of the order. Vessels that don't appear in time are in the group's `unreachable`. Raises
        NotEnoughCredits, CannotFulfil, TimedOut, SiteError, ProfileError for a profile without a site.
        """
        order = await self.order(count, kind=kind, where=where, least=least, progress=progress)
        return await self._handed_over(order)

    async def order(
        self,
        count: int,
        *,
        kind: str = "random",
        where: Mapping[str, Any] | None = None,
        least: int | None = None,
        progress: Progress = no_progress,
        key: str = "",
    ) -> Order:
        """As `acquire`, but return the order once it is met: its vessels may not be in the directory yet.

        With a `key` (letters and digits of your choice) that an order had before, it is that one.
        """
        expect(count, int, "count is a number of vessels")
        expect(least, (int, type(None)), "least is a number of vessels, or None")
        expect(kind, str, "kind is random, wan, lan or nat")
        if where is not None and not isinstance(where, Mapping):
            raise TypeError(f"where is a dict of filters, such as {{'countries': ['DE']}}, not {type(where).__name__}")
        return await acquiring.acquire(
            self._link.site(),
            count,
            kind=kind,
            where=where or {},
            least=least,
            within=self._link.patience.acquire,
            progress=progress,
            key=key,
        )

    async def acquire_specific(
        self, vessels: Iterable[Vessel | Place], *, progress: Progress = no_progress
    ) -> AsyncVesselGroup:
        """Get these vessels from the testbed's site, as far as they are free. Raises as `acquire`."""
        handles = [handle_of(place) for place in places_of(vessels)]
        within = self._link.patience.acquire
        order = await acquiring.acquire_specific(self._link.site(), handles, within=within, progress=progress)
        return await self._handed_over(order)

    async def replace(self, vessel: Vessel | Place, *, progress: Progress = no_progress) -> AsyncVesselGroup:
        """Get a vessel like this one of ours, which was lost, or whose node is not there now. Raises as `acquire`."""
        [place] = places_of([vessel])
        within = self._link.patience.acquire
        order = await acquiring.replace(self._link.site(), handle_of(place), within=within, progress=progress)
        return await self._handed_over(order)

    async def _handed_over(self, order: Order) -> AsyncVesselGroup:
        """The vessels of an order, which are given back if nobody gets them from us."""
        try:
            return await self._arrived(order)
        except BaseException:
            await acquiring.give_back(self._link.site(), order)
            raise

    async def account(self) -> Account:
        """Who we are to the testbed's site, and how many vessels we may hold. Raises SiteError, ProfileError."""
        return await asyncio.to_thread(self._link.site().account)

    async def leases(self) -> list[Lease]:
        """The vessels that the site has given us, and until when; also those that don't answer now."""
        return await asyncio.to_thread(self._link.site().leases)

    async def renew(self, vessels: Iterable[Vessel | Place] | None = None) -> Results[datetime]:
        """Keep vessels (None: all that the site has given us) for the longest time from now; until when.

        Also those whose nodes don't answer now. Raises NotEnoughCredits, SiteError.
        """
        return await leasing.renew(self._link.site(), await self._places(vessels))

    async def release(self, vessels: Iterable[Vessel | Place] | None = None) -> Results[None]:
        """Give vessels (None: all that the site has given us) back. What runs there is stopped, and files are deleted.

        Also those whose nodes don't answer now. Raises SiteError.
        """
        return await leasing.release(self._link, await self._places(vessels))

    async def _places(self, vessels: Iterable[Vessel | Place] | None) -> list[Place]:
        return [lease.place for lease in await self.leases()] if vessels is None else places_of(vessels)
