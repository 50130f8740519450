"""What a site says about vessels is believed within bounds only."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from seattle.client.aio import acquiring
from seattle.client.aio.testbed import connect
from seattle.client.errors import CannotFulfil, NotEnoughCredits, SiteRefused, SiteUnreachable, TimedOut
from seattle.client.places import Place
from seattle.client.profile import write_profile
from seattle.client.site.client import SiteClient
from seattle.client.site.vessels import SiteVessels, handle_of, place_of
from seattle.fabric.authority import Role
from seattle.identity.keys import KeyPair

World = Any  # of conftest.py, which tests don't import

Answer = tuple[int, Any]


@contextmanager
def a_site(answer: Callable[[str], Answer]) -> Iterator[SiteVessels]:
    """A site that answers each request as this function says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.path)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Not to the terminal."""

    with serving(Handler) as site:
        yield site


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[SiteVessels]:
    """The client of a site that is served like this."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        yield SiteVessels(SiteClient(f"http://127.0.0.1:{server.server_port}", KeyPair.generate()))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def lease(name: str) -> dict[str, Any]:
    return {"handle": f"UABC:{name}", "state": "active", "expires_at": "2030-01-01T00:00:00Z", "expires_in": 60}


def test_given_a_list_in_pages_when_it_is_read_then_all_of_it_comes() -> None:
    pages = {"0": {"items": [lease("v1")], "next": 7}, "7": {"items": [lease("v2")], "next": None}}
    with a_site(lambda path: (200, pages[parse_qs(urlsplit(path).query)["after"][0]])) as site:
        assert [one.place for one in site.leases()] == [Place("UABC", "v1"), Place("UABC", "v2")]


@pytest.mark.parametrize(
    "page",
    [
        lambda after: {"items": [lease("v1")], "next": after},  # the same page for ever
        lambda after: {"items": [], "next": after + 1},  # nothing, for ever
    ],
)
def test_given_a_list_without_an_end_when_it_is_read_then_that_is_noticed(page: Callable[[int], Any]) -> None:
    def answer(path: str) -> Answer:
        return 200, page(int(parse_qs(urlsplit(path).query)["after"][0]))

    with a_site(answer) as site, pytest.raises(SiteUnreachable, match="no end"):
        site.leases()


@pytest.mark.parametrize(
    ("code", "error"), [("not-enough-credits", NotEnoughCredits), ("cannot-fulfil", CannotFulfil), ("x", SiteRefused)]
)
def test_given_a_refusal_when_vessels_are_ordered_then_it_is_an_error_of_its_own(
    code: str, error: type[SiteRefused]
) -> None:
    with a_site(lambda _: (409, {"code": code, "message": "no"})) as site, pytest.raises(error) as raised:
        site.order(1, kind="wan", least=None, where={}, key="k")
    assert type(raised.value) is error
    assert (raised.value.code, raised.value.status) == (code, 409)


def test_given_more_vessels_than_one_request_takes_when_they_are_released_then_several_are_made() -> None:
    asked: list[str] = []

    def answer(path: str) -> Answer:
        asked.append(path)
        return 200, {"done": ["UABC:v1"], "skipped": []}

    with a_site(answer) as site:
        assert len(site.release([f"UABC:v{number}" for number in range(2500)]).done) == 3
        assert site.release([]).done == []
    assert len(asked) == 3


def test_given_a_site_that_holds_no_question_when_vessels_are_waited_for_then_it_is_not_flooded() -> None:
    asked: list[str] = []

    def answer(path: str) -> Answer:
        asked.append(path)
        return 200, {"id": 1, "wanted": 1, "least": 1, "state": "working", "done": [], "skipped": []}

    with a_site(answer) as site, pytest.raises(TimedOut):
        asyncio.run(acquiring.acquire(site, 1, kind="wan", where={}, least=None, within=0.5))
    assert len(asked) <= 3  # the order, one look, and the last one


@contextmanager
def a_site_that_places_orders(before: Callable[[int], None]) -> Iterator[tuple[SiteVessels, list[Any]]]:
    """A site that gives a vessel for each order, and what was posted to it; `before` is told the number of each."""
    posted: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            before(len(posted))
            self.do_GET()

        def do_GET(self) -> None:
            order = {"id": 1, "wanted": 1, "least": 1, "state": "done", "done": ["UABC:v1"], "skipped": []}
            content = json.dumps({**order, "vessels": [{"handle": "UABC:v1", "state": "active"}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Not to the terminal."""

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):  # raised by `before`: hang up
                super().handle()

    with serving(Handler) as site:
        yield site, posted


def test_given_a_site_that_hangs_up_when_an_order_is_sent_again_then_it_has_the_same_key() -> None:
    def hang_up_once(number: int) -> None:
        if number == 1:
            raise ConnectionError

    with a_site_that_places_orders(hang_up_once) as (site, posted):
        order = asyncio.run(acquiring.acquire(site, 1, kind="wan", where={}, least=None, within=20))
    assert order.places == [Place("UABC", "v1")]
    assert len({one["key"] for one in posted}) == 1
    assert len(posted) == 2


def test_given_orders_when_each_is_sent_then_each_has_a_key_of_its_own() -> None:
    with a_site_that_places_orders(lambda _: None) as (site, posted):
        for _ in range(2):
            asyncio.run(acquiring.acquire(site, 1, kind="wan", where={}, least=None, within=20))
    assert len({one["key"] for one in posted}) == 2


@pytest.mark.parametrize("threads", [1, 4])  # the thread that is to give back comes after the answer, or before it
def test_given_an_order_on_its_way_when_it_is_broken_off_then_it_is_given_back_once(threads: int) -> None:
    there, go = threading.Event(), threading.Event()

    def hold(number: int) -> None:
        if number == 1:
            there.set()
            go.wait(20)

    async def break_off(site: SiteVessels) -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads))
        task = asyncio.create_task(acquiring.acquire(site, 1, kind="wan", where={}, least=None, within=20))
        with ThreadPoolExecutor(1) as another:
            await asyncio.get_running_loop().run_in_executor(another, there.wait, 20)
        task.cancel()
        await asyncio.sleep(0)
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    with a_site_that_places_orders(hold) as (site, posted):
        asyncio.run(break_off(site))
    assert posted[1:] == [{"handles": ["UABC:v1"]}]


def test_given_an_order_on_its_way_when_the_loop_ends_and_cancels_twice_then_it_is_given_back_all_the_same() -> None:
    there, go = threading.Event(), threading.Event()

    def hold(number: int) -> None:
        if number == 1:
            there.set()
            go.wait(20)

    async def break_off_and_leave(site: SiteVessels) -> None:
        acquired = acquiring.acquire(site, 1, kind="wan", where={}, least=None, within=20)
        ordering = asyncio.create_task(acquired)
        await asyncio.to_thread(there.wait, 20)
        ordering.cancel()
        await asyncio.sleep(0)  # it is told, and has begun to clean up
        # The loop ends here, and cancels it once more.

    with a_site_that_places_orders(hold) as (site, posted):
        threading.Timer(0.2, go.set).start()
        asyncio.run(break_off_and_leave(site))
    assert posted[-1] == {"handles": ["UABC:v1"]}


@pytest.mark.anyio
async def test_given_vessels_that_no_directory_knows_yet_when_they_are_waited_for_no_longer_then_they_are_given_back(
    world: World, alice: KeyPair, tmp_path: Path
) -> None:
    seen = asyncio.Event()
    with a_site_that_places_orders(lambda _: None) as (site, posted):
        profile = write_profile(
            tmp_path / "profile",
            urls=[world.server.url],
            key=alice,
            credential=world.credential(alice, Role.USER),
            site_url=site._site.url,
        )
        async with connect(profile) as testbed:
            acquired = asyncio.create_task(testbed.acquire(1, progress=lambda order: seen.set()))
            await seen.wait()
            await asyncio.sleep(0)  # the order is met, and its vessel looked for
            acquired.cancel()
            with pytest.raises(asyncio.CancelledError):
                await acquired
    assert posted[-1] == {"handles": ["UABC:v1"]}


def test_given_vessels_by_name_when_they_are_acquired_then_the_site_is_asked_for_these() -> None:
    with a_site_that_places_orders(lambda _: None) as (site, posted):
        asyncio.run(acquiring.acquire_specific(site, ["UABC:v1", "UABC:v2"], within=20))
    assert posted[0]["handles"] == ["UABC:v1", "UABC:v2"]


def test_given_a_place_when_it_is_named_to_the_site_and_back_then_it_is_the_same() -> None:
    place = Place("UABC", "v1")
    assert place_of(handle_of(place)) == place


@pytest.mark.parametrize("handle", ["", "v1", "UABC:", "UABC:../v1", "UABC:v\x1b[2J", "UABC/v1", "U\n:v1", "UABC:v1\n"])
def test_given_a_handle_that_no_vessel_has_when_the_site_names_it_then_it_is_not_believed(handle: str) -> None:
    with a_site(lambda _: (200, {"items": [{**lease("v1"), "handle": handle}], "next": None})) as site:
        (told,) = site.leases()
        with pytest.raises(SiteUnreachable, match="no vessel is named"):
            assert told.place
