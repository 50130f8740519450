"""The web server and the chat, by raw requests and as a browser sees them."""

import re
import socket
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from tests.examples.conftest import BOUND, StartOn

from seattle.client import Run

Place = tuple[str, int]
FILES = {"page.html": b"<h1>a page</h1>", "data.bin": bytes(range(256)) * 100}


@pytest.fixture
def place(start_on: StartOn) -> Place:
    """Where a web server serves."""
    return place_in(start_on(0, "web/web_server.py", files=FILES))


def place_in(run: Run) -> Place:
    """The address in a program's first line."""
    found = re.search(r"([\d.]+):(\d+)", next(run.follow()).text)
    assert found is not None
    return found[1], int(found[2])


def ask(place: Place, request: bytes) -> bytes:
    """All that comes until the server closes the connection."""
    with socket.create_connection(place, timeout=BOUND) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def get(place: Place, path: str, form: dict[str, str] | None = None) -> str:
    data = None if form is None else urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"http://{place[0]}:{place[1]}{path}", data, timeout=BOUND) as answer:
        return str(answer.read().decode())


def test_given_a_web_server_when_its_pages_are_asked_for_then_listing_and_files_are_right(
    place: Place,
) -> None:
    listed = re.findall(r'href="/([^"]+)"', get(place, "/"))
    assert listed == ["data.bin", "page.html", "simple_http.py", "thewall.html", "web_server.py"]
    assert ask(place, b"GET /data.bin HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")[2] == FILES["data.bin"]
    assert ask(place, b"GET http://x/page.html HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")
    for path in ("/nothing.html", "/../page.html", "/%2e%2e/etc/passwd", "/UPPER"):
        assert ask(place, f"GET {path} HTTP/1.0\r\n\r\n".encode()).startswith(b"HTTP/1.1 404 ")


def test_given_malformed_requests_when_they_come_then_each_is_400_and_the_next_visitor_is_served(place: Place) -> None:
    for request in (
        b"hello\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/3\r\nHost: x\r\n\r\n",
        b"BREW / HTTP/1.0\r\n\r\n",
        b"GET page.html HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.0\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.0\r\nContent-Length: much\r\n\r\n",
        b"GET /" + b"x" * 8_300,
    ):
        assert ask(place, request).startswith(b"HTTP/1.1 400 Bad Request\r\n"), request[:40]
    assert "page.html" in get(place, "/")


def test_given_a_visitor_who_dawdles_when_five_seconds_are_over_then_they_are_cut_off_and_others_never_waited(
    place: Place,
) -> None:
    began = time.monotonic()
    with socket.create_connection(place, timeout=BOUND) as slow:
        slow.sendall(b"GET / HT")
        for _ in range(2):
            assert "page.html" in get(place, "/")
        assert time.monotonic() - began < 4.5
        assert slow.recv(100) == b""
    assert 4.5 < time.monotonic() - began < BOUND


def test_given_the_wall_when_visitors_write_on_it_then_letters_and_digits_are_shown_and_nothing_else(
    place: Place,
) -> None:
    assert "<li>Ada: hello5</li>" in get(place, "/thewall.html?name=Ada&comment=hello5")
    for bad in ("name=Ada&comment=%3Cscript%3E", "name=&comment=x", "name=A%20B&comment=x", "comment=x"):
        shown = get(place, f"/thewall.html?{bad}")
        assert "letters and digits" in shown
        assert "script" not in shown
    assert re.findall(r"<li>(.*?)</li>", get(place, "/thewall.html")) == ["Ada: hello5"]


def test_given_two_pages_of_a_chat_when_both_talk_then_each_shows_all_in_its_own_way(start_on: StartOn) -> None:
    server = ":".join(map(str, place_in(start_on(0, "web/chat_server.py"))))
    ada = place_in(start_on(1, "web/chat_page.py", server, "Ada", "reversed"))
    bob = place_in(start_on(2, "web/chat_page.py", server, "Bob", "pig-latin"))
    get(ada, "/", {"say": "dlrow olleh"})
    wait_for(bob, "Ada: ello-hay orld-way")
    get(bob, "/", {"say": "an-ay apple-ay, <b>lease-pay</b>!"})
    wait_for(ada, "Bob: !&gt;b/&lt;esaelp&gt;b&lt; ,elppa na")
    assert "Ada: dlrow olleh" in get(ada, "/")
    assert "Bob: an-ay apple-ay" in get(bob, "/")


def test_given_somebody_who_never_listens_when_others_talk_then_they_wait_for_nobody_and_names_are_ones_own(
    start_on: StartOn,
) -> None:
    server = place_in(start_on(0, "web/chat_server.py"))
    with socket.create_connection(server) as deaf, socket.create_connection(server, timeout=BOUND) as eve:
        heard = eve.makefile()
        eve.sendall(b"Eve\n")
        assert heard.readline() == "server: Eve is here\n"
        deaf.sendall(b"Deaf\n")
        assert heard.readline() == "server: Deaf is here\n"
        for _ in range(20_000):
            eve.sendall(b"x" * 900 + b"\n")
            if "Deaf has left" in (line := heard.readline()):
                break
            assert line.startswith("Eve: x")
        else:
            pytest.fail("nobody was dropped")
        assert ask(server, b"Eve\n") == b"server: that name is taken\n"
        assert ask(server, b"<b>\n") == b"server: a name has letters and digits\n"


def wait_for(place: Place, text: str) -> None:
    """Until the page shows it: the server tells it to all, one after the other."""
    deadline = time.monotonic() + BOUND
    while text not in (page := get(place, "/")):
        assert time.monotonic() < deadline, page
