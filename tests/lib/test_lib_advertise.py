"""Announcements: on a server in one sandbox, by clients in others, and what hostile visitors and servers can do."""

import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.lib.conftest import Run
from tests.lib.small_servers import small_server, tcp_server, udp_server
from tests.repy.conftest import popen

__all__ = ["popen"]

SERVER = """
import advertiseserver_v2, sockettimeout
{settings}
def make(ip, port):
    return advertiseserver_v2.Server(ip, port, print, {clock})
server = sockettimeout.at_some_port(make, "connport", "127.0.0.1")
print(server._address[1])
server.serve_forever()
"""


@pytest.fixture
def serve(popen: Callable[..., Any], tmp_path: Path) -> Callable[..., int]:
    """Starts a server and returns its port; `settings` and `clock` are parts of its program."""

    def serve(settings: str = "", clock: str = "getruntime") -> int:
        (tmp_path / "server.py").write_text(SERVER.format(settings=settings, clock=clock))
        process: subprocess.Popen[bytes] = popen("server.py")
        assert process.stdout is not None
        return int(process.stdout.readline())

    return serve


def framed(data: bytes) -> bytes:
    return b"%d\n%b" % (len(data), data)


def many(letter: bytes, *items: bytes) -> bytes:
    """A list or tuple as `serialize` writes it."""
    return letter + b"".join(b"%d:%b" % (len(item), item) for item in items) + b"0:"


def ask_tcp(port: int, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("module", ["centralizedadvertise", "centralizedadvertise_v2", "udpcentralizedadvertise"])
def test_given_a_server_when_two_programs_announce_then_a_third_finds_both(
    serve: Callable[..., int], run: Run, module: str
) -> None:
    port = serve()
    use = f"import {module}\n{module}.servername, {module}.serverport = '127.0.0.1', {port}\n"
    for value in ("192.0.2.1:63100", "caf\u00e9", "192.0.2.1:63100"):
        run(f"{use}{module}.announce('experiment', {value!r}, 60)\nprint('ok')")
    found = run(f"{use}print({module}.lookup('experiment'), {module}.lookup('experiment', 1), {module}.lookup('none'))")
    assert found == "['192.0.2.1:63100', 'café'] ['192.0.2.1:63100'] []\n"


def test_given_the_reference_s_messages_when_they_are_sent_then_its_answers_come(serve: Callable[..., int]) -> None:
    port = serve()
    assert ask_tcp(port, framed(b"T4:SPUT5:Skey14:Sval4:I2400:")) == b"3\nSOK"
    assert ask_tcp(port, framed(b"T4:SGET5:Skey14:I1000:")) == framed(b"T3:SOK9:L4:Sval0:0:")
    with small_server() as visitor:
        visitor.udp.settimeout(20)
        visitor.udp.sendto(b"T4:SGET5:Skey14:I1003:I770:", ("127.0.0.1", port))
        assert visitor.udp.recv(9999) == b"T3:SOK9:L4:Sval0:3:I770:"


NONSENSE = {
    "no message": b"GET / HTTP/1.0\r\n\r\n" + b"x" * 40,
    "no value": framed(b"?"),
    "no question": framed(b"SPUT"),
    "nobody's question": framed(b"T4:SFOO0:"),
    "a time below 1": framed(b"T4:SPUT2:Sk2:Sv2:I00:"),
    "a key that is no text": framed(b"T4:SPUT2:I12:Sv2:I90:"),
    "a key that is too long": framed(b"T4:SGET258:S" + b"k" * 257 + b"2:I90:"),
    "a value that is too long": framed(b"T4:SPUT2:Sk1026:S" + b"v" * 1025 + b"2:I90:"),
    "too long a question": b"9999999\n",
    "an end": b"-1\n",
}


def test_given_visitors_that_talk_nonsense_when_one_asks_in_earnest_then_it_is_answered_and_they_are_not(
    serve: Callable[..., int],
) -> None:
    port = serve()
    for what, sent in NONSENSE.items():
        assert ask_tcp(port, sent) == b"", what
    with small_server() as visitor:
        for sent in NONSENSE.values():
            visitor.udp.sendto(sent, ("127.0.0.1", port))
        visitor.udp.settimeout(20)
        visitor.udp.sendto(b"T4:SGET2:Sk2:I92:I50:", ("127.0.0.1", port))
        assert visitor.udp.recv(9999) == b"T3:SOK3:L0:2:I50:"


def test_given_visitors_that_say_nothing_when_another_comes_then_it_is_answered_and_the_first_give_way(
    serve: Callable[..., int],
) -> None:
    port = serve("advertiseserver_v2.MOST_VISITORS = 5")
    silent = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(20)]
    assert ask_tcp(port, framed(b"T4:SGET2:Sk2:I90:")) == framed(b"T3:SOK3:L0:0:")
    assert silent[0].recv(1) == b""
    for one in silent:
        one.close()


def test_given_a_visitor_that_takes_too_long_when_its_time_is_over_then_it_is_closed(serve: Callable[..., int]) -> None:
    port = serve("advertiseserver_v2.PATIENCE = 0.1")
    assert ask_tcp(port, b"30\nT4:") == b""


def test_given_one_address_that_announces_without_end_when_it_is_full_then_it_is_told_so_and_others_are_not(
    run: Run,
) -> None:
    program = """
import advertiseserver_v2
advertiseserver_v2.MOST_BY_SOURCE = 3
advertiseserver_v2.MOST_VALUES = 5
now = [0.0]
all = advertiseserver_v2.Announced(lambda: now[0])
print([all.put("k", str(n), 10, "villain") for n in range(5)], all.put("k", "1", 20, "villain"))
print([all.put("other", str(n), 100, "honest") for n in range(3)], len(all))
now[0] = 15
print(all.get("k", 9), all.get("other", 1))
print(all.put("k", "new", 10, "villain"), len(all))
now[0] = 200
print(all.put("k", "new", 10**9, "villain"), len(all))
now[0] = 200 + advertiseserver_v2.LONGEST_LIFE
print(all.get("k", 9))
"""
    assert run(program).splitlines() == [
        "[True, True, True, False, False] True",
        "[True, True, False] 5",
        "['1'] ['0']",
        "True 4",
        "True 1",
        "[]",
    ]


def test_given_questions_in_somebody_else_s_name_when_they_are_many_then_few_answers_go_there_and_small_ones(
    serve: Callable[..., int],
) -> None:
    """Whoever sends datagrams in another's name must not be able to bury it."""
    port = serve("advertiseserver_v2.MOST_DATAGRAMS = 10", clock="lambda: 7.0")
    for n in range(30):
        ask_tcp(port, framed(many(b"T", b"SPUT", b"Sk", b"S%04d" % n + b"v" * 200, b"I60")))
    answers = []
    with small_server() as victim, suppress(TimeoutError):
        for _ in range(40):
            victim.udp.sendto(many(b"T", b"SGET", b"Sk", b"I100", b"I5"), ("127.0.0.1", port))
        for number in range(40):
            victim.udp.settimeout(20 if number < 10 else 0.3)
            answers.append(victim.udp.recv(65536))
    assert len(answers) == 10
    assert 0 < max(map(len, answers)) <= 1200


# What hostile servers can do to clients.


def client(call: str, port: int, module: str = "centralizedadvertise") -> str:
    return f"""
import {module}
{module}.servername, {module}.serverport = "127.0.0.1", {port}
{module}.PATIENCE, {module}.waits = 0.5, [0.1, 0.2]
try:
    print({module}.{call})
except {module}.CentralAdvertiseError as why:
    print(type(why).__name__, isinstance(why, TimeoutError))
"""


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "CentralAdvertiseError False"),
        (b"9999999\n", "CentralAdvertiseError False"),
        (framed(b"SOK"), "CentralAdvertiseError False"),
        (framed(b"T3:SOK0:"), "CentralAdvertiseError False"),
        (framed(b"L" + b"2:L" * 1000), "CentralAdvertiseError False"),
        (framed(many(b"T", b"SOK", many(b"L", b"Sa", b"I12", b"Sb"))), "['a', 'b']"),
        (framed(many(b"T", b"SOK", many(b"L", b"Sa", b"S\xff", b"Sb"))), "['a', 'b']"),
        (framed(many(b"T", b"SOK", many(b"L", b"Sa", b"Sb", b"Sc", b"Sd"))), "['a', 'b', 'c']"),
        (b"3\nS", "CentralAdvertiseTimeout True"),
    ],
)
def test_given_a_server_s_answer_when_it_is_looked_up_then_only_what_was_asked_for_is_found(
    run: Run, sent: bytes, said: str
) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(sent)
        if not sent.endswith(b":") and sent.startswith(b"3"):
            connection.recv(1)  # until the client gives up

    with tcp_server(answer) as server:
        assert run(client("lookup('k', 3)", server.port)) == said + "\n"


def test_given_a_server_that_refuses_when_it_is_told_then_the_client_says_why(run: Run) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(framed(b"Sno room"))

    with tcp_server(answer) as server:
        said = run(client("announce('k', 'v', 3)", server.port).replace("type(why).__name__", "why"))
    assert said == "the server did not take the announcement: no room False\n"


def test_given_datagrams_with_other_numbers_when_they_come_first_then_the_right_one_is_heard(run: Run) -> None:
    def answer(asked: bytes, sender: tuple[str, int], udp: socket.socket) -> None:
        number = asked[asked.rindex(b"I") : -2]
        found = many(b"L", b"Sx")
        for forged in (b"", b"?", b"SOK", b"T0:", many(b"T", b"SOK", found, b"I5"), many(b"L", b"SOK", found, number)):
            udp.sendto(forged, sender)
        udp.sendto(many(b"T", b"SOK", many(b"L", b"Sy"), number), sender)

    with udp_server(answer) as server:
        assert run(client("lookup('k')", server.port, "udpcentralizedadvertise")) == "['y']\n"


def test_given_a_datagram_server_that_is_silent_when_all_waits_are_over_then_it_is_a_timeout(run: Run) -> None:
    heard: list[bytes] = []
    with udp_server(lambda asked, _sender, _udp: heard.append(asked)) as server:
        said = run(client("lookup('k')", server.port, "udpcentralizedadvertise"))
    assert said == "UDPCentralAdvertiseTimeout True\n"
    assert len(heard) == 2
    assert len(set(heard)) == 1


@pytest.mark.parametrize(
    "call",
    [
        "announce(b'k', 'v', 1)",
        "announce('k', 5, 1)",
        "announce('k', 'v', 1.5)",
        "announce('k', 'v', 0)",
        "lookup('k', 0)",
    ],
)
@pytest.mark.parametrize("module", ["centralizedadvertise", "udpcentralizedadvertise"])
def test_given_arguments_that_make_no_sense_when_it_is_called_then_nothing_is_sent(
    run: Run, call: str, module: str
) -> None:
    program = client(call, 1, module).replace(
        f"except {module}.CentralAdvertiseError", "except (TypeError, ValueError)"
    )
    assert run(program).split()[0] in ("TypeError", "ValueError")


def test_given_no_server_when_it_is_asked_then_it_says_what_to_set(run: Run) -> None:
    for module in ("centralizedadvertise", "centralizedadvertise_v2", "udpcentralizedadvertise"):
        program = f"import {module}\ntry:\n    {module}.lookup('k')\nexcept AdvertiseError as why:\n    print(why)"
        assert "set servername" in run(program)


# All services together.

TOGETHER = """
import advertise
advertise.use("central", "127.0.0.1", {port})
advertise.use("central_v2", "127.0.0.1", {port})
advertise.use("UDP", "127.0.0.1", {port})
"""


def test_given_servers_and_no_node_when_one_announces_then_partial_success_is_success(
    serve: Callable[..., int], run: Run
) -> None:
    program = (
        TOGETHER.format(port=serve())
        + """
print(advertise.services())
advertise.announce("k", 5, 60)
print(advertise.lookup("k"), advertise.lookup("k", lookuptype=["UDP"]), advertise.lookup("none"))
m = dy_import_module("advertise.r2py")
m.advertise_announce("k", "old", 60)
print(m.advertise_lookup("k", 10, ["central"]))
"""
    )
    assert run(program) == "['node', 'central', 'central_v2', 'UDP']\n['5'] ['5'] []\n['5', 'old']\n"


def test_given_no_service_that_works_when_it_is_asked_then_it_says_why_of_each(run: Run) -> None:
    program = """
import advertise
advertise.use("central", "127.0.0.1", sorted(getresources()[0]["connport"])[0])
for call in (lambda: advertise.announce("k", "v", 60), lambda: advertise.lookup("k"),
             lambda: advertise.lookup("k", lookuptype=["DOR"]), lambda: advertise.use("node", "x")):
    try:
        call()
    except advertise.AdvertiseError as why:
        print(why)
"""
    announced, looked_up, unknown, unusable = run(program).splitlines()
    for said in (announced, looked_up):
        assert "node: " in said
        assert "central: the server 127.0.0.1 did not answer" in said
    assert unknown == "there is no service 'DOR'; there are node, central, central_v2, UDP"
    assert unusable == "there is no service 'node'; there are central, central_v2, UDP"


def test_given_a_layer_without_announcements_when_code_beneath_it_announces_then_its_servers_are_used(
    serve: Callable[..., int], run: Run
) -> None:
    inner = f"""
import advertise
print(advertise.services())
for call in (lambda: advertise.announce("k", "v", 60), lambda: advertise.lookup("k"),
             lambda: advertise.lookup("k", lookuptype=["node"])):
    try:
        call()
    except AdvertiseError as why:
        print(why)
advertise.use("central", "127.0.0.1", {serve()})
advertise.announce("k", "v", 60)
print(advertise.lookup("k"))
"""
    program = f"""
beneath = {{name: value for name, value in _context.items() if name not in ("advertise_announce", "advertise_lookup")}}
createvirtualnamespace({inner!r}, "inner").evaluate(beneath)
"""
    assert run(program).splitlines() == [
        "[]",
        "no service took the announcement: there is none: call use",
        "no service answered: there is none: call use",
        "there is no service 'node'; there are central, central_v2, UDP",
        "['v']",
    ]


def test_given_a_silent_server_when_others_have_answered_then_it_is_not_waited_for_longer_than_the_grace(
    serve: Callable[..., int], run: Run
) -> None:
    with udp_server(lambda *_: None) as silent:
        program = (
            TOGETHER.format(port=serve())
            + f"""
advertise.use("UDP", "127.0.0.1", {silent.port})
advertise.announce("k", "v", 60, graceperiod=0.1)
print(advertise.lookup("k", graceperiod=0.1), getruntime() < 12)
try:
    advertise.lookup("k", lookuptype=["UDP", "node"], timeout=0.1)
except TimeoutError as why:
    print("UDP: it took too long" in str(why))
exitall()
"""
        )
        assert run(program) == "['v'] True\nTrue\n"


def test_given_a_service_that_fails_when_more_is_announced_then_it_is_left_out_for_longer_and_longer(
    run: Run, serve: Callable[..., int]
) -> None:
    """It is asked at the 1st, 4th and 8th time: the rest is left out."""
    heard: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        heard.append(connection.recv(200))

    with tcp_server(answer) as failing:
        program = f"""
import advertise
advertise.use("central", "127.0.0.1", {failing.port})
advertise.use("central_v2", "127.0.0.1", {serve()})
for n in range(9):
    advertise.announce("k", n, 60)
print("done")
"""
        assert run(program) == "done\n"
    assert [data.split(b"Sk")[1][2:4] for data in heard] == [b"S0", b"S3", b"S7"]


def test_given_one_thread_when_several_services_are_asked_then_all_are(serve: Callable[..., int], run: Run) -> None:
    program = (
        TOGETHER.format(port=serve())
        + """
advertise.announce("k", "v", 60, concurrentevents=1)
print(advertise.lookup("k", concurrentevents=1))
"""
    )
    assert run(program, "--") == "['v']\n"


# Repeating, and keeping what was found.


def test_given_a_pair_in_the_pipe_when_time_goes_by_then_it_is_announced_until_its_last_handle_is_removed(
    serve: Callable[..., int], run: Run
) -> None:
    program = (
        TOGETHER.format(port=serve())
        + """
import advertisepipe
one, other = advertisepipe.add_to_pipe("k", "v"), advertisepipe.add_to_pipe("k", "v")
print(one != other, advertise.lookup("k"), advertisepipe.own_values("k"), advertisepipe.last_error())
advertisepipe.remove_from_pipe(one)
print(advertisepipe.own_values("k"))
advertisepipe.remove_from_pipe(other)
advertisepipe.remove_from_pipe(other)
print(advertisepipe.own_values("k"))
"""
    )
    assert run(program) == "True ['v'] ['v'] None\n['v']\n[]\n"


def test_given_no_service_when_something_is_in_the_pipe_then_the_program_goes_on_and_can_ask_why(run: Run) -> None:
    program = """
import advertisepipe
advertisepipe.add_to_pipe("k", "v")
print(advertisepipe.last_error())
"""
    assert run(program).startswith("no service took the announcement: ")


def test_given_values_that_were_found_when_they_are_looked_up_again_then_nobody_is_asked(
    serve: Callable[..., int], run: Run
) -> None:
    program = (
        TOGETHER.format(port=serve())
        + """
import advertisepipe, cachedadvertise
print(cachedadvertise.lookup("k"), cachedadvertise.lookup("k", timeout=0))
advertise.announce("k", "v", 60)
print(cachedadvertise.lookup("k"))
advertise.announce("k", "later", 60)
print(cachedadvertise.lookup("k"), cachedadvertise.lookup("k", lookuptype=["UDP"]))
advertisepipe.add_to_pipe("k", "mine")
print(cachedadvertise.lookup("k"), cachedadvertise.lookup("k", maxvals=1), cachedadvertise.lookup("none", timeout=0))
cachedadvertise.KEPT = 0
print(sorted(cachedadvertise.lookup("k")), cachedadvertise.lookup("k", timeout=0))
"""
    )
    assert run(program).splitlines() == [
        "[] []",
        "['v']",
        "['v'] ['v', 'later']",
        "['mine', 'v'] ['mine'] []",
        "['later', 'mine', 'v'] ['mine']",
    ]


def test_given_look_ups_of_ever_new_keys_when_they_are_kept_then_the_oldest_go(
    serve: Callable[..., int], run: Run
) -> None:
    program = (
        TOGETHER.format(port=serve())
        + """
import cachedadvertise
cachedadvertise.MOST = 2
for key in ("a", "b", "c"):
    advertise.announce(key, "v", 60)
    cachedadvertise.lookup(key)
print([cachedadvertise.lookup(key, timeout=0) for key in ("a", "b", "c")])
"""
    )
    assert run(program) == "[[], ['v'], ['v']]\n"
