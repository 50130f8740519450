"""Getting vessels: an order at the site, its end, and then the vessels themselves, which the directory tells of."""

import asyncio
import contextlib
import secrets
import threading
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Final

from seattle.client.errors import CannotFulfil, NoSuchVessel, SiteError, SiteRefused, SiteUnreachable, TimedOut
from seattle.client.places import Place
from seattle.client.results import Failure
from seattle.client.site.vessels import Order, OrderState, SiteVessels
from seattle.fabric.advert import Advert

WAIT: Final = 5.0  # seconds of one long poll; a wait that is broken off lasts as long in its thread
TRY_AGAIN: Final = 1.0  # seconds until a site that did not hold our question is asked again
TOO_MANY_REQUESTS: Final = 429  # of HTTP
SERVER_ERROR: Final = 500  # from here on it is not our mistake
SEND_AGAIN: Final = (0.5, 2.0)  # seconds until an order that was not answered is sent again
LOOK_AGAIN: Final = 0.2  # seconds between two looks into the directory

Progress = Callable[[Order], None]
LookUp = Callable[[], Awaitable[Sequence[Advert]]]


def no_progress(order: Order) -> None:
    """Tell nobody."""


async def acquire(
    site: SiteVessels,
    count: int,
    *,
    kind: str,
    where: Mapping[str, Any],
    least: int | None,
    within: float,
    progress: Progress = no_progress,
    key: str = "",
) -> Order:
    """Order vessels, and return the order when it is met, or as far as `least` allows.

    If it is broken off, or not met `within` so many seconds, all is given back. `key`: of an order that may have been
    sent before; it is that one then. Raises NotEnoughCredits, CannotFulfil, TimedOut, SiteError.
    """
    order_key = key or new_key()
    order = await _placed(site, lambda: site.order(count, kind=kind, least=least, where=where, key=order_key))
    return await _settled(site, order, within=within, progress=progress)


async def acquire_specific(
    site: SiteVessels, handles: Collection[str], *, within: float, progress: Progress = no_progress
) -> Order:
    """As `acquire`, for these vessels; those that are not free are left out."""
    key = new_key()
    order = await _placed(site, lambda: site.order_these(handles, key=key))
    return await _settled(site, order, within=within, progress=progress)


def new_key() -> str:
    """A key that no order has had."""
    return secrets.token_hex(16)


async def _placed(site: SiteVessels, send: Callable[[], Order]) -> Order:
    """The order that is sent, again if the site does not answer: it is one order, since it has a key."""
    for pause in SEND_AGAIN:
        try:
            return await _sent(site, send)
        except SiteUnreachable:
            await asyncio.sleep(pause)
    try:
        return await _sent(site, send)
    except SiteUnreachable as why:
        why.hint = "`seattle vessels` shows whether the order was taken all the same"
        raise


async def _sent(site: SiteVessels, send: Callable[[], Order]) -> Order:
    """Send an order. Broken off, it is given back as soon as there is an answer: nobody would know of it."""
    broken_off = threading.Event()
    placed: list[Order] = []

    def place() -> Order:
        order = send()
        placed.append(order)
        if broken_off.is_set():
            give_back_once()
        return order

    def give_back_once() -> None:
        with contextlib.suppress(IndexError):  # the other thread was faster
            _give_back(site, placed.pop())

    loop = asyncio.get_running_loop()
    sending = loop.run_in_executor(None, place)
    try:
        return await asyncio.shield(sending)
    except asyncio.CancelledError:
        # In threads, and not awaited alone: the loop may be about to end, and cancels all that waits.
        broken_off.set()
        giving_back = loop.run_in_executor(None, give_back_once)
        await asyncio.shield(asyncio.gather(sending, giving_back, return_exceptions=True))
        raise


async def replace(site: SiteVessels, handle: str, *, within: float, progress: Progress = no_progress) -> Order:
    """As `acquire`, for one vessel like this one, which was lost."""
    key = new_key()
    order = await _placed(site, lambda: site.replace(handle, key=key))
    return await _settled(site, order, within=within, progress=progress)


async def _settled(site: SiteVessels, order: Order, *, within: float, progress: Progress) -> Order:
    progress(order)
    try:
        async with asyncio.timeout(within):
            while order.state is OrderState.WORKING:
                order = await _look(site, order)
                progress(order)
    except BaseException as why:
        given_back = await give_back(site, order)
        fate = "all were given back" if given_back else "the site could not be told: `seattle release` gives them back"
        if isinstance(why, TimeoutError):
            raise TimedOut(f"the vessels did not come within {within:g} s; {fate}") from why
        why.add_note(f"of the vessels that were ordered, {fate}")
        raise
    if order.state is OrderState.FAILED:
        raise CannotFulfil(order.message, code=CannotFulfil.code, status=409)
    return order


async def _look(site: SiteVessels, order: Order) -> Order:
    """The order after a while; as it was, if the site is too busy for us, or can't be reached: it may be restarting."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    pause = TRY_AGAIN
    try:
        order = await asyncio.to_thread(site.progress, order, wait=WAIT)
    except SiteUnreachable:
        pass
    except SiteRefused as why:
        if why.status < SERVER_ERROR and why.status != TOO_MANY_REQUESTS:
            raise
        pause = max(TRY_AGAIN, why.retry_after)
    if order.state is OrderState.WORKING and loop.time() - began < WAIT:  # it did not hold our question, as it should
        await asyncio.sleep(pause)
    return order


def give_back(site: SiteVessels, order: Order) -> Awaitable[bool]:
    """Release what the order has by now; whether the site has heard it, for those who wait.

    It is handed to a thread at once: a task would have to get its turn first, and the loop may be about to end.
    """
    return asyncio.shield(asyncio.get_running_loop().run_in_executor(None, _give_back, site, order))


def _give_back(site: SiteVessels, order: Order) -> bool:
    """Release what the order has by now; whether the site has heard it."""
    try:
        latest = site.progress(order, wait=0)
        site.release({one.handle for one in (*order.vessels, *latest.vessels)})
    except SiteError:
        return False
    return True


async def find(wanted: Collection[Place], look_up: LookUp, *, within: float) -> tuple[list[Advert], list[Failure]]:
    """The adverts of the nodes that these vessels are on; and those that did not appear within so many seconds."""
    nodes = {place.node for place in wanted}
    found: dict[str, Advert] = {}
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while True:
        found = {advert.node: advert for advert in await look_up() if advert.node in nodes}
        missing = nodes - found.keys()
        if not missing or loop.time() >= deadline:
            break
        await asyncio.sleep(LOOK_AGAIN)
    late = NoSuchVessel("it is ours, and the directory does not know of it yet")
    return list(found.values()), [Failure.of(place, late) for place in wanted if place.node in missing]
