"""Whose request it is, and what is too much: what stands before Django."""

import asyncio
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from tests.clearinghouse.conftest import DATABASE
from tests.clearinghouse.site_process import PATIENCE, new_site

from seattle.clearinghouse.limits import MAX_BODY, MAX_HEAD, Limits
from seattle.clearinghouse.proxies import TrustedProxies
from seattle.fabric.allowance import AllowanceByNetwork

PROXY = "10.0.0.1"
TRUSTED = [PROXY, "10.0.1.0/24"]


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Say whose request it is."""
    request = Request(scope, receive)
    told = {"client": scope["client"][0], "scheme": scope["scheme"], "headers": list(request.headers)}
    with suppress(ClientDisconnect):
        await request.body()
        await JSONResponse(told)(scope, receive, send)


def ask(peer: str, *headers: tuple[str, str]) -> Any:
    transport = httpx.ASGITransport(TrustedProxies(echo, TRUSTED), client=(peer, 1))

    async def get() -> Any:
        async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
            return (await client.get("/", headers=list(headers))).json()

    return asyncio.run(get())


@pytest.mark.parametrize(
    ("peer", "said", "client"),
    [
        ("192.0.2.66", "198.51.100.1", "192.0.2.66"),  # nobody whom we know
        ("192.0.2.66", "127.0.0.1", "192.0.2.66"),
        (PROXY, "198.51.100.1", "198.51.100.1"),
        (PROXY, "127.0.0.1, 198.51.100.1", "198.51.100.1"),  # the first was sent by the client itself
        (PROXY, "10.0.0.1, 198.51.100.1, 10.0.1.9", "198.51.100.1"),  # two proxies of ours
        (PROXY, "198.51.100.1, nonsense", PROXY),
        (PROXY, "198.51.100.1, nonsense, 10.0.1.9", "10.0.1.9"),
        (PROXY, "", PROXY),
        (PROXY, "2001:db8::1", "2001:db8::1"),
        (PROXY, "::ffff:198.51.100.1", "198.51.100.1"),
        (f"::ffff:{PROXY}", "198.51.100.1", "198.51.100.1"),
        ("::ffff:192.0.2.66", "198.51.100.1", "192.0.2.66"),  # counted as itself, and not with all of IPv4
    ],
)
def test_given_what_proxies_and_others_say_then_only_what_ours_say_is_believed(
    peer: str, said: str, client: str
) -> None:
    assert ask(peer, ("X-Forwarded-For", said))["client"] == client


def test_given_two_headers_when_the_second_is_our_proxys_then_the_last_address_counts() -> None:
    told = ask(PROXY, ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", "198.51.100.1"))
    assert told["client"] == "198.51.100.1"


def test_given_a_stranger_who_says_that_it_is_https_then_it_is_not() -> None:
    assert ask("192.0.2.66", ("X-Forwarded-Proto", "https"))["scheme"] == "http"
    assert ask(PROXY, ("X-Forwarded-Proto", "https"))["scheme"] == "https"
    assert ask(PROXY, ("X-Forwarded-Proto", "javascript"))["scheme"] == "http"


@pytest.mark.parametrize("peer", ["192.0.2.66", PROXY])
def test_given_headers_that_claim_something_then_the_application_never_sees_them(peer: str) -> None:
    claims = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "X-Forwarded-Port")
    told = ask(peer, *((name, "evil.example") for name in claims))
    assert not [name for name in told["headers"] if name.startswith(("x-", "forwarded"))]


def post(size: int, *, announced: bool, allowance: AllowanceByNetwork | None = None, times: int = 1) -> int:
    """The status of the last of so many requests with a body of this size."""
    transport = httpx.ASGITransport(Limits(echo, by_network=allowance), client=("2001:db8::1", 1))

    async def parts() -> Any:
        for _ in range(size // 1024):
            yield b"x" * 1024

    async def send() -> int:
        async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
            for _ in range(times):
                answer = await client.post("/", content=b"x" * size if announced else parts())
            return answer.status_code

    return asyncio.run(send())


@pytest.mark.parametrize("announced", [True, False])
def test_given_a_body_that_is_too_large_then_it_is_refused(announced: bool) -> None:
    assert post(MAX_BODY, announced=announced) == 200
    assert post(MAX_BODY + 1024, announced=announced) == 413


@pytest.mark.parametrize("where", ["cookie", "path", "query"])
def test_given_a_head_that_is_too_large_when_it_comes_in_one_piece_then_it_is_refused(where: str) -> None:
    transport = httpx.ASGITransport(Limits(echo), client=("2001:db8::1", 1))

    async def get(size: int) -> int:
        padding = "x" * size
        path = {"cookie": "/", "path": f"/{padding}", "query": f"/?{padding}"}[where]
        headers = {"Cookie": padding} if where == "cookie" else {}
        async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
            return (await client.get(path, headers=headers)).status_code

    assert asyncio.run(get(MAX_HEAD // 2)) == 200
    assert asyncio.run(get(MAX_HEAD)) == 431


def test_given_more_requests_than_allowed_then_the_network_is_told_to_wait() -> None:
    still = AllowanceByNetwork.at(rate=1e-9, burst=3)
    assert post(0, announced=True, allowance=still, times=3) == 200
    assert post(0, announced=True, allowance=still) == 429


def test_given_a_body_that_comes_too_slowly_then_it_is_refused() -> None:
    async def receive() -> Any:
        await asyncio.Event().wait()

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def django(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "http.disconnect"  # and Django says nothing to who has gone

    scope = {"type": "http", "method": "POST", "client": ("10.0.0.9", 1), "headers": [(b"content-length", b"9")]}
    asyncio.run(Limits(django, patience=0.01)(scope, receive, send))
    assert sent[0]["status"] == 408


@pytest.mark.skipif(DATABASE != "sqlite", reason="it has a site of its own, on SQLite")
def test_given_clients_who_never_finish_when_others_come_then_they_are_served_and_the_first_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_site(tmp_path, TRUSTED_PROXIES="127.0.0.1").serving() as server:
        slow = [socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) for _ in range(50)]
        for one in slow:
            one.sendall(b"GET / HTTP/1.1\r\nHost: 127")
        began = time.monotonic()
        headers = {"X-Forwarded-For": "198.51.100.1"}
        assert httpx.get(f"{server.address}/", headers=headers, timeout=PATIENCE).status_code == 200
        for one in slow:
            assert one.recv(1) == b""  # the server has closed it
            one.close()
        assert time.monotonic() - began < 20
    line = next(line for line in map(str.strip, server.log.read_text().splitlines()) if '"path": "/"' in line)
    assert '"client": "198.51.100.1"' in line
