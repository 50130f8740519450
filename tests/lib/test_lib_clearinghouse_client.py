"""A program asks the real site of a real testbed for vessels; and what a site that is none can do to it."""

import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from tests.client.conftest import held_by_none, local
from tests.lib.conftest import Run
from tests.lib.small_servers import tcp_server
from tests.repy.conftest import Finished

from seattle.client import Testbed
from seattle.client.site.client import SiteClient

__all__ = ["held_by_none", "local"]

RunAt = Callable[..., str]


class NewApiKey(msgspec.Struct):
    name: str


class Secret(msgspec.Struct):
    secret: str


@pytest.fixture
def at_site(held_by_none: Testbed, repy: Callable[..., Finished], tmp_path: Path) -> RunAt:
    """Runs a program that has `site`, a Clearinghouse; the site's port counts as one of its vessel's."""
    profile = held_by_none.profile
    key = (
        SiteClient(profile.site_url, profile.load_key())
        .post("/api-keys", NewApiKey(tmp_path.name[-60:]), Secret)
        .secret
    )
    port = urlsplit(profile.site_url).port

    def run_it(program: str) -> str:
        begin = "import clearinghouse_client\nsite = clearinghouse_client.Clearinghouse(*callargs)\n"
        (tmp_path / "program.py").write_text(begin + program)
        (tmp_path / "limits").write_text(f"{repy('limits').stdout}resource connport {port}\n")
        done = repy("--restrictions", "limits", "program.py", profile.site_url, key)
        assert done.code == 0, done.stderr + done.stdout
        return done.stdout

    return run_it


def test_given_an_api_key_when_a_program_asks_for_vessels_then_it_gets_them_and_gives_them_back(at_site: RunAt) -> None:
    program = """
me = site.account()
print(me["credits_held"], len(site.vessels()), site.overview()["nodes"])
those = site.acquire(3, "wan")
print(len({one["node"] for one in those}), len(site.vessels()), site.account()["credits_held"])
handles = [one["handle"] for one in those]
print(site.vessel(handles[0])["state"], sorted(site.renew(handles)) == sorted(handles))
print(len(site.release(handles[:2])), [one["handle"] for one in site.vessels()] == handles[2:])
for _ in range(100):
    try:
        print([one["handle"] for one in site.acquire_specific(handles[:1])] == handles[:1])
        break
    except clearinghouse_client.ClearinghouseError as why:
        print(why.code) if why.code != "cannot-fulfil" else sleep(0.1)  # its node is still clearing up
print(len(site.release(handles)), site.vessels())
other = clearinghouse_client.Clearinghouse(site.url, "sak_wrong")
for call in (lambda: site.acquire(me["credits_total"] + 1), lambda: site.vessel(handles[0]),
             lambda: site.acquire(1, "purple"), other.account):
    try:
        call()
    except clearinghouse_client.ClearinghouseError as why:
        print(why.status, why.code)
"""
    assert at_site(program).splitlines() == [
        "0 0 3",
        "3 3 3",
        "active True",
        "2 True",
        "True",
        "2 []",
        "409 not-enough-credits",
        "404 unknown-vessel",
        "400 bad-request",
        "401 not-authenticated",
    ]


def test_given_the_reference_s_names_when_a_program_asks_for_vessels_then_it_is_told_of_them_and_their_nodes(
    at_site: RunAt,
) -> None:
    program = """
import experimentlib, nmclient
identity = experimentlib.create_identity(*callargs)
handles = experimentlib.seattlegeni_acquire_vessels(identity, "rand", 1)
print(experimentlib.get_acquired_vessels(identity) == handles, experimentlib.user_port(identity) > 0)
ip, _, port = experimentlib.get_vessel_location(identity, handles[0]).partition(":")
node, name = experimentlib.get_nodeid_and_vesselname(handles[0])
nmclient.use_site(*callargs)
handle = nmclient.nmclient_createhandle(ip, int(port))
same = nmclient.nmclient_duplicatehandle(nmclient.nmclient_createhandle(node, 0))
told = nmclient.nmclient_getvesseldict(handle)
print(told["nodekey"] == node, list(told["vessels"]) == [name], told["vessels"][name]["advertise"])
print(nmclient.nmclient_listaccessiblevessels(same) == ([], [name]), nmclient.nmclient_get_handle_info(same)["timeout"])
print(nmclient.nmclient_destroyhandle(same), nmclient.nmclient_destroyhandle(same))
for call in (lambda: nmclient.nmclient_getvesseldict(same), lambda: nmclient.nmclient_createhandle("192.0.2.99", 1),
             lambda: nmclient.nmclient_signedsay(handle, "StopVessel", name)):
    try:
        call()
    except nmclient.NMClientException as why:
        print(why)
experimentlib.release_vessels(identity, handles)
try:
    experimentlib.acquire_vessels(identity, "wan", experimentlib.max_vessels_allowed(identity) + 1)
except experimentlib.SeattleClearinghouseNotEnoughCreditsError:
    print(experimentlib.get_acquired_vessels(identity))
"""
    *told, unknown, nobody, order, left = at_site(program).splitlines()
    assert told == ["True True", "True True True", "True 15", "True False"]
    assert unknown.startswith("there is no handle")
    assert nobody == "none of your vessels is at 192.0.2.99 with port 1"
    assert "use the SDK" in order
    assert left == "[]"


ASK = """
import clearinghouse_client
clearinghouse_client.PATIENCE = 0.3
clearinghouse_client.MOST = 1000
clearinghouse_client.MOST_PAGES = 3
site = clearinghouse_client.Clearinghouse("http://127.0.0.1:%d", "sak_secret")
try:
    print(site.%s)
except clearinghouse_client.ClearinghouseError as why:
    print(why.code, str(why)[:200])
"""


def replying(reply: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.recv(10_000)
        connection.sendall(reply)

    return answer


def http(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


@pytest.mark.parametrize(
    ("reply", "call", "said"),
    [
        (b"", "account()", "not-reached"),
        (b"SSH-2.0\r\n", "account()", "not-reached"),
        (http(b"<html>"), "account()", "nonsense"),
        (http(b"[" * 900), "account()", "nonsense"),
        (http(b" " * 1001), "account()", "nonsense"),
        (http(b"[]"), "vessels()", "nonsense"),
        (http(b'{"items": 5}'), "vessels()", "nonsense"),
        (http(b'{"items": [], "next": 1}'), "vessels()", "nonsense the site's list of vessels has no end"),
        (http(b'{"state": "done"}'), "acquire(1)", "nonsense"),
        (http(b"no", "500 Oh"), "account()", "nonsense"),
        (http(b'{"code": "busy", "message": "later"}', "429 Too Many"), "account()", "busy GET /account: later (busy)"),
    ],
)
def test_given_a_site_that_makes_no_sense_when_it_is_asked_then_there_is_one_exception_and_an_end(
    run: Run, reply: bytes, call: str, said: str
) -> None:
    with tcp_server(replying(reply)) as server:
        assert run(ASK % (server.port, call)).startswith(said)


def test_given_a_site_that_sends_one_elsewhere_when_it_is_asked_then_the_key_does_not_go_there(run: Run) -> None:
    heard: list[bytes] = []

    def listen(connection: socket.socket) -> None:
        heard.append(connection.recv(10_000))
        connection.sendall(http(b"{}"))

    with tcp_server(listen) as elsewhere:
        away = http(b"", "302 Found", f"Location: http://127.0.0.1:{elsewhere.port}/\r\n")
        with tcp_server(replying(away)) as server:
            run(ASK % (server.port, "account()"))
    assert b"sak_secret" not in b"".join(heard)


def test_given_an_https_site_when_it_is_named_then_the_program_is_told_why_that_can_t_be(run: Run) -> None:
    program = """
import clearinghouse_client
try:
    clearinghouse_client.Clearinghouse("https://testbed.example", "sak_secret")
except ValueError as why:
    print(why)
"""
    assert "Repy has no TLS" in run(program)
