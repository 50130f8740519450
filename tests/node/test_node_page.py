"""The status page over plain HTTP: who is answered, and that nothing of what strangers write is more than text."""

import asyncio
import hashlib
import http.client
import re
import resource
import socket
import sqlite3
import stat
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.node.page_server import serving

from seattle.fabric import node_api as api
from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair
from seattle.node.asking import ask
from seattle.node.donor.verbs import PAUSE, PauseNow
from seattle.node.errors import FolderUnusable
from seattle.node.page.server import CONNECTIONS
from seattle.node.page.token import FILE, page_token

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\x1b[31m\u202egnp.exe"


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str


def _ask(address: str, path: str = "", *, method: str = "GET", **headers: str) -> Reply:
    """One request; `path` beneath the address, or absolute."""
    parts = urlsplit(address)
    line = http.client.HTTPConnection(parts.netloc, timeout=20)
    try:
        line.request(method, path if path.startswith("/") else parts.path + path, headers=headers)
        reply = line.getresponse()
        return Reply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read().decode())
    finally:
        line.close()


async def _get(address: str, path: str = "", **more: Any) -> Reply:
    return await asyncio.to_thread(_ask, address, path, **more)


@pytest.fixture
async def prepared(prepare: Any, server: EmbeddedServer) -> Any:
    return prepare(server.url, metrics=True)


@pytest.fixture
async def address(prepared: Any) -> Any:
    with serving(prepared.settings_file) as address:
        yield address


@pytest.fixture
async def node(prepared: Any, start_node: Any) -> Any:
    """A node that serves."""
    return await start_node(prepared)


async def test_given_a_program_that_runs_when_the_page_is_read_then_it_shows_who_runs_what(
    node: Any, address: str, join: Join, owner: KeyPair, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start("print('on')\nwhile True:\n    sleep(0.1)\n", "seven")
    reply = await _get(address)
    assert reply.status == 200
    for words in ("program.py seven", owner.id, user.id, "1 of 2 vessels", "Donating", node.public.id):
        assert words in reply.body
    assert reply.body.count("<meter") == 30  # fifteen resources of each vessel


async def test_given_a_donor_who_pauses_when_the_page_is_read_then_it_says_why_nothing_runs(
    node: Any, address: str, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start("print('on')\nwhile True:\n    sleep(0.1)\n")
    await asyncio.to_thread(ask, node.folder, PAUSE, PauseNow(reason="<b>backup</b>"))
    body = (await _get(address)).body
    assert "Holding back." in body
    assert "&lt;b&gt;backup&lt;/b&gt;" in body
    assert "what runs stands still" in body
    assert "Donating." not in body


async def test_given_runs_when_the_journal_is_read_then_run_and_text_are_a_click_away(
    node: Any, address: str, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.run("print('hello')  # <b>", "seven")
    journal = await _get(address, "journal")
    link = re.search(r'href="([^"]*/runs/1)"', journal.body)
    assert link is not None
    run = await _get(address, link[1])
    assert "program.py seven" in run.body
    link = re.search(r'href="([^"]*/programs/[0-9a-f]{64})"', run.body)
    assert link is not None
    assert "print(&#39;hello&#39;)  # &lt;b&gt;" in (await _get(address, link[1])).body


async def test_given_a_run_beneath_a_layer_when_its_page_is_read_then_the_layer_s_text_is_a_click_away(
    node: Any, address: str, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    text = "secure_dispatch_module()  # <i>\n"
    await hands.put("print('hello')\n")
    await hands.put(text, name="above.py")
    layer = api.Layer(name="above.py", digest=hashlib.sha256(text.encode()).hexdigest())
    await hands.ask(api.START_BENEATH, api.StartBeneath(vessel="v1", program="program.py", layers=[layer]))
    await hands.follow()
    run = await _get(address, "runs/1")
    link = re.search(r'above\.py, <a href="([^"]*/programs/[0-9a-f]{64})"', run.body)
    assert link is not None
    assert "secure_dispatch_module()  # &lt;i&gt;" in (await _get(address, link[1])).body


async def test_given_more_runs_than_a_page_shows_when_the_journal_is_paged_then_each_comes_once(
    node: Any, address: str, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.put("pass")
    for number in range(27):
        await hands.start_again(f"n{number}n")
        await hands.follow()
    first = await _get(address, "journal")
    assert (len(re.findall(r"n\d+n", first.body)), "n26n" in first.body, "n1n" in first.body) == (25, True, False)
    older = re.search(r'href="([^"]*\?before=\d+)"', first.body)
    assert older is not None
    rest = await _get(address, older[1])
    assert re.findall(r"n\d+n", rest.body) == ["n1n", "n0n"]
    found = await _get(address, "journal?find=nothing-like-it")
    assert "nothing like &ldquo;nothing-like-it&rdquo;" in found.body


# --- what strangers write -------------------------------------------------------------------------------------


def _is_harmless(body: str) -> bool:
    return not re.search(r"<script|<img|[\x00-\x08\x0b-\x1f\u202e]", body)


async def test_given_hostile_arguments_and_outcomes_when_any_page_shows_them_then_they_are_text(
    node: Any, address: str, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.put(f"raise ValueError(callargs[0])\n# {HOSTILE}")
    await hands.start_again(HOSTILE)
    await hands.follow()
    digest = re.search(r"/programs/([0-9a-f]{64})", (await _get(address)).body)
    assert digest is not None
    for path in ("", "journal", "runs/1", f"programs/{digest[1]}"):
        body = (await _get(address, path)).body
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body, path
        assert _is_harmless(body), path


async def test_given_hostile_information_of_an_owner_when_the_page_shows_it_then_it_is_text(
    prepared: Any, start_node: Any, address: str
) -> None:
    node = await start_node(prepared)
    await node.end()
    with sqlite3.connect(prepared.folder / "store.sqlite") as db:
        db.execute("UPDATE vessel SET owner_information = ?", (HOSTILE,))
    await start_node(prepared)
    body = (await _get(address)).body
    assert "&lt;script&gt;" in body
    assert _is_harmless(body)


HOSTILE_PATHS = (
    "journal?find=%3Cscript%3Ealert(1)%3C/script%3E",
    "journal?find=%22%3E%3Cimg%20src=x%3E",
    "journal?before=%3Cscript%3E",
    "journal?before=-1",
    "journal?before=" + "9" * 500,
    "journal?find=" + "x" * 5000,
    "programs/%3Cscript%3E",
    "programs/..%2f..%2fetc",
    "runs/99999999999999999999999999",
    "runs/" + "9" * 5000,
    "runs/-1",
    "runs/%D9%A1",  # a digit, and none of ours
    "runs/0",
    "<script>",
)


async def test_given_a_hostile_address_when_it_is_asked_for_then_the_answer_is_a_page_without_it(
    node: Any, address: str
) -> None:
    for path in HOSTILE_PATHS:
        reply = await _get(address, path)
        assert reply.status in (200, 404), path
        assert _is_harmless(reply.body), path


# --- who is answered ------------------------------------------------------------------------------------------


async def test_given_somebody_without_the_token_when_they_ask_then_they_learn_nothing(node: Any, address: str) -> None:
    """Attack: another user of this computer, who can reach its loopback ports."""
    for path in ("/", "/journal", "/metrics", "/style.css", "/wrong/", "//", "/" + "A" * 32 + "/"):
        reply = await _get(address, path)
        assert reply.status == 404, path
        assert node.public.id not in reply.body
        assert "v1" not in reply.body


async def test_given_a_part_of_the_token_when_it_is_asked_with_then_it_opens_nothing(node: Any, address: str) -> None:
    path = urlsplit(address).path
    for wrong in (path[:-2] + "/", path[:-1], path.lower() if path != path.lower() else path.upper(), path[:10] + "/"):
        assert (await _get(address, wrong)).status == 404


async def test_given_another_name_for_this_computer_when_a_browser_is_made_to_use_it_then_it_is_refused(
    node: Any, address: str
) -> None:
    """Attack: DNS rebinding, by which a page from elsewhere reads this one."""
    port = urlsplit(address).port
    others = ("evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1.evil.example", "localhost", "")
    for host in (*others, f"x@127.0.0.1:{port}", f"localhost.:{port}", f"[::1]:{port}", f"127.1:{port}"):
        assert (await _get(address, Host=host)).status == 421, host


async def test_given_a_method_that_may_change_something_when_it_comes_then_it_is_refused(
    node: Any, address: str
) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"):
        assert (await _get(address, method=method, Origin="http://evil.example")).status == 405, method


async def test_given_any_answer_when_it_is_sent_then_no_other_site_may_read_frame_or_remember_it(
    node: Any, address: str
) -> None:
    for path in ("", "journal", "style.css", "metrics", "nowhere", "/"):
        headers = (await _get(address, path, Origin="http://evil.example")).headers
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert not any(name.startswith("access-control") for name in headers)
        assert "server" not in headers


async def test_given_a_head_when_it_is_asked_for_then_there_is_no_body(node: Any, address: str) -> None:
    reply = await _get(address, method="HEAD")
    assert (reply.status, reply.body) == (200, "")


async def test_given_headers_without_end_when_they_come_then_they_are_not_kept(node: Any, address: str) -> None:
    parts = urlsplit(address)

    def flood() -> bytes:
        with socket.create_connection((parts.hostname, parts.port), 20) as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
            try:
                for _ in range(100):
                    line.sendall(b"X-Long: " + b"x" * 10_000 + b"\r\n")
                return line.recv(100)
            except ConnectionError:
                return b""

    assert not (await asyncio.to_thread(flood)).startswith(b"HTTP/1.1 200")
    assert (await _get(address)).status == 200


async def test_given_as_many_connections_as_may_be_that_ask_for_nothing_when_the_donor_asks_then_they_are_answered(
    node: Any, address: str
) -> None:
    """Attack: another user of this computer opens connections and leaves them so, or half of a request in each."""
    parts = urlsplit(address)
    with ExitStack() as lines:
        for number in range(2 * CONNECTIONS):
            line = lines.enter_context(socket.create_connection((parts.hostname, parts.port), 20))
            line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" if number % 2 else b"")
        assert (await _get(address)).status == 200
        assert (await _get(address, "journal")).status == 200


async def test_given_the_page_when_it_listens_then_only_on_loopback(node: Any, address: str) -> None:
    assert urlsplit(address).hostname == "127.0.0.1"
    with pytest.raises(OSError, match="refused"):
        await asyncio.to_thread(socket.create_connection, ("127.0.0.2", urlsplit(address).port), 5)


async def test_given_a_daemon_that_does_not_run_when_the_page_is_read_then_it_says_so_and_recovers(
    prepared: Any, address: str, start_node: Any
) -> None:
    reply = await _get(address)
    assert reply.status == 503
    assert "no daemon runs" in reply.body
    assert "seattle node run" in reply.body
    await start_node(prepared)
    assert (await _get(address)).status == 200


# --- token and settings ---------------------------------------------------------------------------------------


async def test_given_a_token_when_it_is_made_then_only_this_user_can_read_it_and_it_stays(tmp_path: Any) -> None:
    token = page_token(tmp_path)
    assert page_token(tmp_path) == token
    assert len(token) == 32
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


async def test_given_a_disk_that_takes_nothing_when_a_token_is_made_then_the_next_page_makes_one(tmp_path: Any) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            page_token(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(page_token(tmp_path)) == 32
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("content", ["", "short", "x" * 32 + "/../", "\x00" * 40])
async def test_given_a_file_that_holds_no_token_when_the_page_is_served_then_the_error_says_what_to_do(
    tmp_path: Any, content: str
) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(FolderUnusable, match="remove it"):
        page_token(tmp_path)


async def test_given_figures_that_are_not_wanted_when_they_are_asked_for_then_there_are_none(
    prepare: Any, server: EmbeddedServer, start_node: Any
) -> None:
    prepared = prepare(server.url)
    await start_node(prepared)
    with serving(prepared.settings_file) as address:
        assert (await _get(address, "metrics")).status == 404


async def test_given_figures_that_are_wanted_when_prometheus_asks_then_its_parser_reads_them(
    node: Any, address: str, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start("while True:\n    sleep(0.1)\n")
    reply = await _get(address, "metrics")
    families = {family.name: family for family in text_string_to_metric_families(reply.body)}
    running = {sample.labels["vessel"]: sample.value for sample in families["seattle_node_vessel_running"].samples}
    assert running == {"v1": 1.0, "v2": 0.0}
    assert families["seattle_node_connected"].samples[0].value == 1.0
    memory = [one for one in families["seattle_node_vessel_usage"].samples if one.labels["resource"] == "memory"]
    assert memory[0].value > 1_000_000
