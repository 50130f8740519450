"""The time that servers tell: NTP and TCP servers of the tests', honest ones and others."""

import socket
import struct
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

import pytest
from tests.lib.conftest import Run
from tests.lib.small_servers import Answer, small_server, tcp_server, udp_server
from tests.repy.conftest import popen

__all__ = ["popen"]

EPOCH = 2208988800


def stamp(unix_time: float) -> bytes:
    seconds = unix_time + EPOCH
    return struct.pack(">II", int(seconds) % 2**32, int(seconds % 1 * 2**32))


def reply(asked: bytes, **changes: Any) -> bytes:
    """What an honest server answers, but for the changes. A time is a stamp, or so many seconds from now."""
    now = time.time()
    said: dict[str, Any] = {
        "leap": 0, "version": 4, "mode": 4, "stratum": 2, "root_delay": 655, "root_dispersion": 655,
        "origin": asked[40:48], "received": 0, "answered": 0,
    }  # fmt: skip
    assert changes.keys() <= said.keys()
    said |= changes
    first = said["leap"] << 6 | said["version"] << 3 | said["mode"]
    root = said["root_delay"], said["root_dispersion"]
    head = struct.pack(">BBBbII4s", first, said["stratum"], 6, -20, *root, b"TEST")
    times = [one if isinstance(one, bytes) else stamp(now + one) for one in (said["received"], said["answered"])]
    return b"".join([head, stamp(now), said["origin"], *times])


def ntp(**changes: Any) -> Answer:
    def answer(asked: bytes, sender: tuple[str, int], udp: socket.socket) -> None:
        udp.sendto(reply(asked, **changes), sender)

    return answer


def ask(port: int, timeout: float = 5) -> str:
    return f"""
import ntp_time, time
for sample in ntp_time.ask(["127.0.0.1"], timeout={timeout}, port={port}):
    print(sample.server, sample.stratum, abs(sample.unix_time - time.time()) < 5, 0 <= sample.delay < 5)
print("that is all")
"""


def test_given_an_ntp_server_when_it_is_asked_then_it_tells_the_time_and_how_long_it_took(run: Run) -> None:
    seen = []

    def answer(asked: bytes, sender: tuple[str, int], udp: socket.socket) -> None:
        seen.append(asked)
        ntp()(asked, sender, udp)

    with udp_server(answer) as server:
        assert run(ask(server.port)) == "127.0.0.1 2 True True\nthat is all\n"
    (asked,) = seen
    assert len(asked) == 48
    assert asked[0] == 0x23
    assert any(asked[40:48])


def test_given_an_answer_that_takes_its_time_when_it_comes_then_half_of_that_is_added(run: Run) -> None:
    answered = []

    def answer(asked: bytes, sender: tuple[str, int], udp: socket.socket) -> None:
        answered.append(time.time())
        time.sleep(0.2)  # on the way back, as far as the client can tell
        udp.sendto(reply(asked, received=stamp(answered[0]), answered=stamp(answered[0])), sender)

    program = """
import ntp_time
[sample] = ntp_time.ask(["127.0.0.1"], port=%d)
print(sample.delay, sample.time - ntp_time.SECONDS_1900_TO_1970)
"""
    with udp_server(answer) as server:
        delay, told = map(float, run(program % server.port).split())
    assert delay >= 0.2
    assert told == pytest.approx(answered[0] + delay / 2, abs=0.001)


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": 3},
        {"version": 1},
        {"leap": 3},
        {"stratum": 0},
        {"stratum": 16},
        {"origin": bytes(8)},
        {"origin": b"forged!!"},
        {"answered": bytes(8)},
        {"root_delay": 2**18},
        {"root_dispersion": 2**17},
        {"received": 90},
        {"received": -90},
    ],
    ids=str,
)
def test_given_an_answer_that_one_can_t_go_by_when_it_comes_then_it_is_none(run: Run, changes: dict[str, Any]) -> None:
    with udp_server(ntp(**changes)) as server:
        assert run(ask(server.port, timeout=0.2)) == "that is all\n"


def test_given_short_and_forged_datagrams_when_they_come_first_then_the_right_one_is_heard(run: Run) -> None:
    def answer(asked: bytes, sender: tuple[str, int], udp: socket.socket) -> None:
        wrong = stamp(0)
        with socket.socket(type=socket.SOCK_DGRAM) as elsewhere:
            elsewhere.sendto(reply(asked, answered=wrong, received=wrong), sender)
        for forged in (b"", b"x", reply(asked)[:31], reply(asked, origin=b"guessed!")):
            udp.sendto(forged, sender)
        udp.sendto(reply(asked), sender)

    with udp_server(answer) as server:
        assert run(ask(server.port)) == "127.0.0.1 2 True True\nthat is all\n"


def test_given_a_time_after_2036_when_ntp_has_counted_from_0_again_then_it_is_understood(run: Run) -> None:
    later = 2**32 - EPOCH + 1000
    with udp_server(ntp(received=stamp(later), answered=stamp(later))) as server:
        program = f"import ntp_time\n[one] = ntp_time.ask(['127.0.0.1'], port={server.port})\nprint(int(one.unix_time))"
        assert abs(int(run(program)) - later) <= 1


UPDATE = """
import ntp_time, time, time_interface
ntp_time.PORT, ntp_time.PATIENCE = {port}, {patience}
ntp_time.servers = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "no name at all"]
try:
    time_interface.update()
    print(abs(time_interface.get_unix_time() - time.time()) < 5)
except time_interface.TimeError as why:
    print(why)
"""


def test_given_three_servers_of_which_one_lies_when_the_time_is_updated_then_it_is_the_right_one(run: Run) -> None:
    wrong = stamp(0)
    with small_server() as place:

        def serve(udp: socket.socket, answer: Answer) -> None:
            answer(*udp.recvfrom(512), udp)

        others = [socket.socket(type=socket.SOCK_DGRAM) for _ in range(2)]
        answers = [ntp(received=wrong, answered=wrong), ntp(), ntp()]
        for n, udp in enumerate(others):
            udp.bind((f"127.0.0.{n + 2}", place.port))
        for udp, answer in zip([place.udp, *others], answers, strict=True):
            Thread(target=serve, args=(udp, answer), daemon=True).start()
        assert run(UPDATE.format(port=place.port, patience=5)) == "True\n"
        for udp in others:
            udp.close()


def test_given_no_server_that_answers_when_the_time_is_updated_then_it_says_why(run: Run) -> None:
    with small_server() as place:
        said = run(UPDATE.format(port=place.port, patience=0.1))
    assert said == "ntp: none of 3 NTP servers has answered well within 0.1 seconds\n"


# Over TCP.


TIME_SERVER = """
import tcp_time, time, time_interface
time_interface.set_time(time.time() + 2208988800)
server = tcp_time.Server("127.0.0.1", None, announced=False)
print(server.address[1])
server.serve_forever()
"""


def test_given_a_time_server_in_one_sandbox_when_programs_in_others_ask_then_it_tells_them(
    popen: Callable[..., Any], run: Run, tmp_path: Any
) -> None:
    (tmp_path / "server.py").write_text(TIME_SERVER)
    process: subprocess.Popen[bytes] = popen("server.py")
    assert process.stdout is not None
    port = int(process.stdout.readline())
    program = f"""
import tcp_time, time, time_interface
tcp_time.servers = [("127.0.0.1", {port})]
for _ in range(3):
    time_interface.update()
    print(abs(time_interface.get_unix_time() - time.time()) < 5)
m = dy_import_module("time.r2py")
m.time_settime(5)
m.tcp_time.tcp_time_updatetime(None)
print(abs(m.time_getunixtime() - time.time()) < 5, round(m.time_gettime() - m.time_getunixtime()))
"""
    assert run(program) == "True\n" * 3 + "True 2208988800\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as visitor:
        assert abs(float(visitor.recv(100).rstrip(b"$")) - EPOCH - time.time()) < 5


@pytest.mark.parametrize(
    "said",
    [b"", b"$", b"soon$", b"nan$", b"-1$", b"1e300$", b"3" * 5000, b"39999999999$", b"3900000000.5", b"3900000000$$"],
)
def test_given_what_is_no_time_when_a_server_says_it_then_it_is_not_gone_by(run: Run, said: bytes) -> None:
    program = """
import tcp_time, time_interface
tcp_time.servers = [("127.0.0.1", %d)]
try:
    time_interface.update()
except time_interface.TimeError as why:
    print("what the server says is no time" in str(why), len(str(why)) < 500)
try:
    time_interface.get_time()
except time_interface.TimeError as why:
    print(why)
"""
    with tcp_server(lambda connection: connection.sendall(said)) as server:
        told = run(program % server.port)
    assert told == "True True\nnobody has been asked for the time yet: call update\n"


def test_given_a_server_that_drips_when_it_is_asked_then_there_is_an_end(run: Run) -> None:
    def drip(connection: socket.socket) -> None:
        connection.settimeout(0.02)
        while True:
            connection.sendall(b"1")
            with suppress(TimeoutError):
                connection.recv(1)
                return

    program = """
import tcp_time
try:
    tcp_time.ask("127.0.0.1", %d, timeout=0.2)
except TimeoutError:
    print(getruntime() < 20)
"""
    with tcp_server(drip) as server:
        assert run(program % server.port) == "True\n"


def test_given_several_methods_when_all_fail_then_it_says_why_of_each(run: Run) -> None:
    program = """
import time_interface
def fail(localport):
    raise time_interface.TimeError(f"no clock at {localport}")
def succeed(localport):
    time_interface.set_time(2208988800 + 100)
try:
    time_interface.update()
except time_interface.TimeError as why:
    print(why)
time_interface.time_register_method("sundial", fail)
time_interface.time_register_method("hourglass", fail)
try:
    time_interface.time_updatetime(63100)
except time_interface.TimeError as why:
    print(why)
time_interface.time_register_method("cuckoo", succeed)
time_interface.time_updatetime(63100)
print(100 <= time_interface.time_getunixtime() < 110)
"""
    assert run(program).splitlines() == [
        "no method is registered: import ntp_time or tcp_time",
        "sundial: no clock at 63100; hourglass: no clock at 63100",
        "True",
    ]


def test_given_the_reference_s_facade_when_it_is_imported_then_both_methods_are_tried(run: Run) -> None:
    program = """
import advertise, ntp_time
ntp_time.servers = []
m = dy_import_module("time.r2py")
try:
    m.time_updatetime(sorted(getresources()[0]["messport"])[0])
except m.TimeError as why:
    print(why)
"""
    said = run(program)
    assert said.startswith("ntp: none of 0 NTP servers has answered well within 5 seconds; tcp: nobody says where")
