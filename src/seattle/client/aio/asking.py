"""A group of vessels that can be asked: what all calls of the group have in common."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Self, TypeVar

from seattle.client.aio.link import Link
from seattle.client.fan_out import fan_out
from seattle.client.group import Group
from seattle.client.results import Failure, Results
from seattle.client.vessel import Vessel

T = TypeVar("T")


class AskingGroup(Group):
    """Vessels, and the way to their nodes."""

    def __init__(self, link: Link, vessels: Sequence[Vessel], unreachable: Sequence[Failure] = ()) -> None:
        super().__init__(vessels, unreachable)
        self._link = link

    def of(self, vessels: Sequence[Vessel]) -> Self:
        """A group of these vessels, asked in the same way."""
        return type(self)(self._link, vessels, self._unreachable)

    async def _each(self, work: Callable[[Vessel], Awaitable[T]], *, within: float | None = None) -> Results[T]:
        # A call may be made twice, when the clocks differ.
        bound = 2 * self._link.patience.call if within is None else within
        return Results(await fan_out(self, work, place=lambda vessel: vessel.place, within=bound))
