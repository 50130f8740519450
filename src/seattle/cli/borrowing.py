"""Vessels that a command gets for itself, and gives back however it ends."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from seattle.cli.console import say
from seattle.cli.interruption import never, only_once
from seattle.cli.on_words import Wanted
from seattle.cli.order_news import OrderNews
from seattle.client import SiteError, Testbed, Vessel, VesselGroup
from seattle.client.site.vessels import LeaseState, place_of

GIVING_BACK: Final = "the vessels are being given back; this takes a moment"


@contextmanager
def borrowed(
    testbed: Testbed, orders: Sequence[Wanted], *, where: Mapping[str, Any], keep: bool
) -> Iterator[list[VesselGroup]]:
    """What these orders get, for as long as this is entered; with `keep` also afterwards, if all of them were met.

    Raises as `Testbed.acquire` does.
    """
    if not orders:
        yield []
        return
    news = [OrderNews() for _ in orders]
    all_met = False
    with only_once(GIVING_BACK):
        try:
            got = [
                testbed.acquire(one.count, kind=one.kind.value, where=where, progress=told.tell)
                for one, told in zip(orders, news, strict=True)
            ]
            all_met = True
            yield got
        except KeyboardInterrupt:
            say("giving the vessels back")
            raise
        finally:
            if not (keep and all_met):
                with never(GIVING_BACK):
                    _give_back(testbed, news)


def _give_back(testbed: Testbed, news: Sequence[OrderNews]) -> None:
    """Release what the site has said to be ours. Of an order that was broken off, the SDK gives back the rest.

    What the site does not give back is not ours any more.
    """
    orders = [told.latest for told in news if told.latest is not None]
    handles = [one.handle for order in orders for one in order.vessels if one.state is not LeaseState.ENDED]
    try:
        testbed.group([Vessel(place=place_of(handle)) for handle in handles]).release()
    except SiteError as why:
        say(f"error: {len(handles)} vessels could not be given back: {why}")
        say("hint: `seattle release --all` gives back all that you hold")
