"""Asking a testbed's site that is hostile, broken, or not one at all."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from seattle.client.errors import SiteError, SiteRefused, SiteUnreachable
from seattle.client.site.client import MAX_ANSWER, SiteClient
from seattle.client.site.signing import check_site_url
from seattle.identity.keys import KeyPair
from seattle.identity.tokens import SiteClaims, digest, issuer, verify


class Account(msgspec.Struct):
    username: str


class Asked(msgspec.Struct):
    count: int


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A server that answers everything so; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        do_POST = do_GET  # noqa: N815 - the library calls it so

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def saying(status: int, body: bytes, **headers: str) -> AbstractContextManager[str]:
    def answer(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(status)
        for name, value in headers.items():
            asked.send_header(name.replace("_", "-"), value)
        asked.end_headers()
        asked.wfile.write(body)

    return answering(answer)


def test_given_a_site_when_it_is_asked_then_the_request_is_signed_for_it_alone() -> None:
    key, seen = KeyPair.generate(), list[tuple[str, str, bytes]]()

    def answer(asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers["Content-Length"]))
        seen.append((asked.headers["Authorization"], asked.path, body))
        asked.send_response(200)
        asked.end_headers()
        asked.wfile.write(b'{"username": "alice", "and": "more"}')

    with answering(answer) as url:
        assert SiteClient(url, key).post("/orders?wait=5", Asked(3), Account) == Account("alice")
    [(authorization, path, body)] = seen
    token = authorization.removeprefix("Bearer ")
    claims = verify(token, SiteClaims, key=issuer(token))
    assert (claims.iss, claims.aud, claims.method, claims.path, claims.digest) == (
        key.id,
        url,
        "POST",
        "/api/v1/orders?wait=5",
        digest(body),
    )
    assert path == claims.path


def test_given_a_site_that_leads_elsewhere_when_it_is_asked_then_nothing_is_sent_there() -> None:
    sent: list[str] = []
    with (
        answering(lambda asked: sent.append(asked.path)) as elsewhere,
        saying(307, b"", Location=elsewhere) as url,
        pytest.raises(SiteRefused, match="status 307"),
    ):
        SiteClient(url, KeyPair.generate()).post("/orders", Asked(3), Account)
    assert sent == []


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b"[]", b'{"username": 7}', b"\xff\xfe", b"[" * 100_000, b'{"x":' + b"[" * 9999]
)
def test_given_an_answer_of_another_form_when_it_comes_then_it_is_refused(body: bytes) -> None:
    with saying(200, body) as url, pytest.raises(SiteUnreachable, match="not of the form"):
        SiteClient(url, KeyPair.generate()).get("/account", Account)


def test_given_an_answer_without_end_when_it_comes_then_it_is_not_read_to_its_end() -> None:
    def answer(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(200)
        asked.end_headers()
        try:
            for _ in range(MAX_ANSWER // 65536 * 4):
                asked.wfile.write(b" " * 65536)
        except OSError:  # the client has gone
            return

    with answering(answer) as url, pytest.raises(SiteUnreachable, match="longer than"):
        SiteClient(url, KeyPair.generate()).get("/account", Account)


def test_given_a_site_that_is_silent_when_it_is_asked_then_the_wait_has_an_end() -> None:
    done = threading.Event()

    def answer(_: BaseHTTPRequestHandler) -> None:
        done.wait(10)

    with answering(answer) as url:
        with pytest.raises(SiteUnreachable, match="timed out"):
            SiteClient(url, KeyPair.generate()).get("/account", Account, patience=0.2)
        done.set()


def test_given_a_refusal_when_it_comes_then_its_code_its_text_and_when_to_come_back_are_known() -> None:
    body = b'{"code": "too-many-requests", "message": "slow down"}'
    with saying(429, body, Retry_After="7") as url, pytest.raises(SiteRefused, match="slow down") as no:
        SiteClient(url, KeyPair.generate()).get("/account", Account)
    assert (no.value.code, no.value.status, no.value.retry_after) == ("too-many-requests", 429, 7)


def test_given_a_site_that_always_refuses_and_lies_about_its_time_when_asked_then_it_is_asked_twice_at_most() -> None:
    asked_for: list[str] = []

    def answer(asked: BaseHTTPRequestHandler) -> None:
        asked_for.append(asked.path)
        asked.send_response_only(401)
        asked.send_header("Date", f"Thu, 01 Jan {2000 + len(asked_for)} 00:00:00 GMT")
        asked.end_headers()

    with answering(answer) as url, pytest.raises(SiteRefused):
        SiteClient(url, KeyPair.generate()).get("/account", Account)
    assert len(asked_for) == 2


def test_given_nothing_at_a_url_when_it_is_asked_then_it_can_not_be_reached() -> None:
    with saying(200, b"") as url:
        pass
    with pytest.raises(SiteUnreachable, match="can't be reached"):
        SiteClient(url, KeyPair.generate()).get("/account", Account)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("seattle.example.org", "https://seattle.example.org"),
        ("https://Seattle.Example.org:443/", "https://seattle.example.org"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
    ],
)
def test_given_a_url_when_it_is_checked_then_it_is_as_the_site_calls_itself(text: str, url: str) -> None:
    assert check_site_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://example.org",
        "https://u@host",
        "https://h/p",
        "https://h?q",
        "https://h:x",
        "file:///etc",
        "https://[h",
    ],
)
def test_given_what_is_no_sites_url_when_it_is_checked_then_it_is_refused(text: str) -> None:
    with pytest.raises(SiteError, match="https://HOST"):
        check_site_url(text)
