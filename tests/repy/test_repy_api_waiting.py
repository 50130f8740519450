"""`waitready`: programs wait for sockets and don't ask again and again. No wake-up is lost, and no wait is a way in."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.repy.network_programs import V4, Check, Ports, with_four_ports
from tests.repy.test_repy_door_attacks import descriptors

from seattle.repy import launch

Start = Callable[..., Any]  # see conftest.py

LAYER = """
class Listener:
    def __init__(self, inner):
        self.inner = inner
    def getconnection(self):
        raise SocketWouldBlockError("nobody is let in")
    def close(self):
        return self.inner.close()
def listen(localip, localport):
    return Listener(listenforconnection(localip, localport))
def method(target):
    return {"type": "func", "args": None, "exceptions": RepyException, "return": "any", "target": target}
CHILD_CONTEXT_DEF["listenforconnection"] = {
    "type": "objc",
    "args": (str, int),
    "exceptions": RepyException,
    "return": {
        "obj-type": Listener,
        "name": "TCPServerSocket",
        "getconnection": method(Listener.getconnection),
        "close": method(Listener.close),
    },
    "target": listen,
}
secure_dispatch_module()
"""
LATER = """
def later(function, *args):
    def run():
        sleep(0.05)
        function(*args)
    createthread(run)
def took(call, *args):
    began = getruntime()
    return call(*args), getruntime() - began
"""


@pytest.fixture
def network(check: Check, ports: Ports) -> Callable[..., str]:
    """See `with_four_ports`."""
    return with_four_ports(check, ports, V4 + LATER, loopsend=1e9, looprecv=1e9)


def test_given_a_datagram_on_its_way_when_waited_for_then_its_listener_is_ready(network: Callable[..., str]) -> None:
    program = """
a, b = listenformessage(here, ports[0]), listenformessage(here, ports[1])
print(waitready([a, b], [], 0) == ([], []))
later(sendmessage, here, ports[1], "x", here, ports[2])
print(waitready([a, b], [], 20) == ([b], []), b.getmessage()[2])
"""
    assert network(program) == "True\nTrue b'x'\n"


def test_given_a_connection_on_its_way_when_waited_for_then_listener_and_connection_are_ready_in_turn(
    network: Callable[..., str],
) -> None:
    program = """
server = listenforconnection(here, ports[0])
def talk():
    client = openconnection(here, ports[0], here, ports[1], 5)
    sleep(0.05)
    client.send("hello")
    sleep(0.05)
    client.close()
later(talk)
print(waitready([server], [], None) == ([server], []))
one = server.getconnection()[2]
print(waitready((one, server), (), None) == ([one], []), one.recv(100))
print(waitready([one], [], 20) == ([one], []), refused(one.recv, 1))
"""
    assert network(program) == "True\nTrue b'hello'\nTrue SocketClosedRemote\n"


def test_given_a_full_connection_when_waited_for_then_it_can_be_written_as_soon_as_the_other_side_reads(
    network: Callable[..., str],
) -> None:
    program = """
server, there, client = pair(ports[0], ports[1])
print(waitready([], [client], 0) == ([], [client]))
try:
    while True:
        client.send(b"x" * 100_000)
except SocketWouldBlockError:
    pass
print(waitready([client], [client], 0.02) == ([], []))
def drain():
    while waitready([there], [], 0.1)[0]:
        there.recv(1_000_000)
later(drain)
print(waitready([client], [client], 20) == ([], [client]), client.send("more"))
"""
    assert network(program) == "True\nTrue\nTrue 4\n"


@pytest.mark.parametrize("closes", ["udp.close", "tcp.close", "one.close"])
def test_given_a_socket_that_another_thread_closes_when_waited_for_then_the_wait_is_over(
    network: Callable[..., str], closes: str
) -> None:
    program = f"""
udp, (tcp, one, other) = listenformessage(here, ports[0]), pair(ports[0], ports[1])
later({closes})
read, write = waitready([udp, tcp, one], [], None)
print(read == [{closes.partition(".")[0]}], write)
"""
    assert network(program) == "True []\n"


def test_given_a_closed_socket_when_waited_for_then_it_is_ready_at_once(network: Callable[..., str]) -> None:
    program = """
server, there, client = pair(ports[0], ports[1])
client.close()
print(waitready([client, server], [client], None) == ([client], [client]))
"""
    assert network(program) == "True\n"


def test_given_a_peer_that_resets_when_waited_for_then_the_connection_is_ready_for_both(
    network: Callable[..., str],
) -> None:
    program = """
server, there, client = pair(ports[0], ports[1])
there.send("unread")
wait(client.recv, 1)
later(client.close)
print(waitready([there], [], 20) == ([there], []), refused(there.recv, 1))
"""
    assert network(program) == "True SocketClosedRemote\n"


def test_given_a_timeout_when_nothing_comes_then_it_is_kept_and_what_is_no_time_is_refused(
    network: Callable[..., str],
) -> None:
    program = """
a = listenformessage(here, ports[0])
(ready, seconds) = took(waitready, [a], [], 0.1)
print(ready, 0.1 <= seconds < 5)
(ready, seconds) = took(waitready, [], [], 0.1)
print(ready, 0.1 <= seconds < 5)
print(refused(waitready, [a], [], -1), refused(waitready, [a], [], float("nan")), refused(waitready, [a], [], True))
"""
    assert network(program) == ("([], []) True\n([], []) True\nRepyArgumentError RepyArgumentError RepyArgumentError\n")


def test_given_one_socket_many_times_when_it_is_ready_then_it_is_told_as_often(network: Callable[..., str]) -> None:
    program = """
a = listenformessage(here, ports[0])
sendmessage(here, ports[0], "x", here, ports[1])
print(waitready([a] * 1024, [a] * 3, 5) == ([a] * 1024, [a] * 3), refused(waitready, [a] * 1025, [], 0))
"""
    assert network(program) == "True RepyArgumentError\n"


def test_given_what_is_no_socket_of_the_api_when_waited_for_then_it_is_an_argument_error(
    network: Callable[..., str],
) -> None:
    program = """
class Fake:
    the_number = 1
lock, file = createlock(), openfile("f", True)
for wrong in ([Fake()], [file], [lock], [1], [None], [listenformessage], [type(file)], None, 1, "ab", {}, iter([])):
    print(refused(waitready, wrong, [], 0), refused(waitready, [], wrong, 0))
"""
    assert set(network(program).split()) == {"RepyArgumentError"}


def test_given_several_threads_that_wait_for_one_listener_when_a_message_comes_then_all_hear_of_it(
    network: Callable[..., str],
) -> None:
    program = """
a = listenformessage(here, ports[0])
heard, lock = [], createlock()
def listen():
    ready = waitready([a], [], 20)[0] == [a]
    with lock:
        heard.append(ready)
for _ in range(8):
    createthread(listen)
later(sendmessage, here, ports[0], "x", here, ports[1])
while len(heard) < 8:
    sleep(0.005)
print(all(heard))
"""
    assert network(program) == "True\n"


def test_given_turns_that_two_threads_take_when_each_waits_for_the_other_then_no_wake_up_is_lost(
    network: Callable[..., str],
) -> None:
    program = """
server, there, client = pair(ports[0], ports[1])
def answer():
    while True:
        waitready([there], [], None)
        try:
            there.send(there.recv(1))
        except SocketClosedRemote:
            return
createthread(answer)
for turn in range(1000):
    client.send(bytes([turn % 256]))
    waitready([client], [], None)
    assert client.recv(1) == bytes([turn % 256])
client.close()
print("done")
"""
    assert network(program) == "done\n"


def test_given_a_thread_that_waits_for_ever_when_the_program_is_stopped_then_it_ends(
    start: Start, ports: Ports
) -> None:
    (own,) = ports(1)
    program = f"a = listenformessage('127.0.0.1', {own})\nprint('waits')\nwaitready([a], [], None)"
    run = start(program, limits={"messport": [own]})
    run.wait_for_output("waits")
    run.stop()
    assert run.wait().kind == "stopped"


def test_given_a_program_that_stands_still_when_what_it_waits_for_comes_then_it_is_there_when_it_goes_on(
    start: Start, ports: Ports
) -> None:
    (own,) = ports(1)
    program = f"""
        a = listenformessage("127.0.0.1", {own})
        print("waits")
        waitready([a], [], None)
        print(a.getmessage()[2])
    """
    run = start(program, limits={"messport": [own]})
    run.wait_for_output("waits")
    run.line.send(launch.pack(launch.FREEZE))
    run.usage()  # so it has heard
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"meanwhile", ("127.0.0.1", own))
    run.usage()
    assert "meanwhile" not in run.output
    run.line.send(launch.pack(launch.THAW))
    assert run.wait().output == "waits\nb'meanwhile'\n"


def test_given_a_wait_when_it_is_over_then_the_monitor_has_kept_no_descriptor(start: Start, ports: Ports) -> None:
    (own,) = ports(1)
    program = f"""
        a = listenformessage("127.0.0.1", {own})
        waitready([a], [], 0)
        print("begin")
        for _ in range(300):
            waitready([a], [], 0)
            waitready([a], [], 0.001)
        print("waited")
        sleep(1000)
    """
    run = start(program, limits={"messport": [own]})
    run.wait_for_output("begin")
    before = descriptors(run.monitor)
    run.wait_for_output("waited")
    assert descriptors(run.monitor) <= before + 1


def test_given_more_threads_at_one_socket_than_the_kernel_wakes_when_they_wait_then_they_are_refused_and_the_rest_wait(
    network: Callable[..., str],
) -> None:
    program = """
a = listenformessage(here, ports[0])
counts, lock = {"began": 0, "ready": 0, "refused": 0}, createlock()
def count(what):
    with lock:
        counts[what] += 1
def listen():
    count("began")
    try:
        waitready([a], [], None)
        count("ready")
    except ResourceExhaustedError:
        count("refused")
for _ in range(280):
    createthread(listen)
while counts["refused"] < 24:
    sleep(0.01)
a.close()
while counts["ready"] + counts["refused"] < 280:
    sleep(0.01)
print(counts["ready"], counts["refused"])
"""
    assert network(program, events=300, memory=512_000_000) == "256 24\n"


def test_given_a_layer_that_gives_its_own_sockets_when_they_are_waited_for_then_what_is_beneath_them_is_not_told(
    repy: Callable[..., Any], tmp_path: Path, ports: Ports
) -> None:
    (port,) = ports(1)
    (tmp_path / "layer.py").write_text(LAYER)
    (tmp_path / "program.py").write_text(
        f"""
listener = listenforconnection("127.0.0.1", {port})
for reading, writing in (([listener], []), ([], [listener])):
    try:
        print(waitready(reading, writing, 0))
    except RepyArgumentError as why:
        print(why)
"""
    )
    done = repy("--limit", f"connport={port}", "--layer", "layer.py", "program.py")
    assert done.stdout.splitlines() == [
        "reading has to hold sockets and connections, not TCPServerSocket",
        "writing has to hold sockets and connections, not TCPServerSocket",
    ], done.stderr


def test_given_a_layer_without_the_call_when_a_program_wants_it_then_there_is_none(
    repy: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "layer.py").write_text('del CHILD_CONTEXT_DEF["waitready"]\nsecure_dispatch_module()\n')
    (tmp_path / "program.py").write_text("try:\n    waitready([], [], 0)\nexcept NameError as why:\n    print(why)\n")
    assert repy("--layer", "layer.py", "program.py").stdout == "name 'waitready' is not defined\n"
