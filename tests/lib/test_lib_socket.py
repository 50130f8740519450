"""`socket`, `select` and `selectors` where a vessel is not like a computer, and against peers that are none of ours."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.lib.conftest import Run
from tests.ports import free_ports
from tests.repy.conftest import Finished

WHY = """
def why(call, *args):
    try:
        return call(*args)
    except OSError as error:
        return type(error).__name__, error.errno, error.strerror
"""
LAYER = """
class Connection:
    def __init__(self, inner):
        self.inner = inner
    def recv(self, size):
        return self.inner.recv(size)
    def send(self, data):
        return self.inner.send(data)
    def close(self):
        return self.inner.close()

class Listener:
    def __init__(self, inner):
        self.inner = inner
    def getconnection(self):
        return self.inner.getconnection()
    def close(self):
        return self.inner.close()

class Messages:
    def __init__(self, inner):
        self.inner = inner
    def getmessage(self):
        return self.inner.getmessage()
    def close(self):
        return self.inner.close()

def method(target):
    return {"type": "func", "args": "any", "exceptions": RepyException, "return": "any", "target": target}

def wrapped(target, kind, *names):
    methods = {name: method(getattr(kind, name)) for name in names}
    return {
        "type": "objc", "args": "any", "exceptions": RepyException, "target": target,
        "return": {"obj-type": kind, "name": "Layered", **methods},
    }

CHILD_CONTEXT_DEF["openconnection"] = wrapped(
    lambda *args: Connection(openconnection(*args)), Connection, "recv", "send", "close"
)
CHILD_CONTEXT_DEF["listenforconnection"] = wrapped(
    lambda *args: Listener(listenforconnection(*args)), Listener, "getconnection", "close"
)
CHILD_CONTEXT_DEF["listenformessage"] = wrapped(
    lambda *args: Messages(listenformessage(*args)), Messages, "getmessage", "close"
)
secure_dispatch_module()
"""


class Peer:
    """A TCP server of this computer's, which a program may reach."""

    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        self.server = socket.create_server(("127.0.0.1", self.port))
        self.server.settimeout(20)

    def serve(self, with_connection: Callable[[socket.socket], object]) -> None:
        def run() -> None:
            with self.server.accept()[0] as connection:
                with_connection(connection)

        threading.Thread(target=run, daemon=True).start()


@pytest.fixture
def peer() -> Iterator[Peer]:
    one = Peer()
    yield one
    one.server.close()


@pytest.fixture
def run_with(tmp_path: Path, repy: Callable[..., Finished]) -> Callable[..., str]:
    """Runs a program with words for `repy`, and returns what it prints."""

    def run_it(program: str, *words: str) -> str:
        (tmp_path / "program.py").write_text(program, encoding="utf-8")
        done = repy(*words, "program.py")
        assert done.code == 0, done.stdout + done.stderr
        return done.stdout

    return run_it


def test_given_a_port_that_is_not_the_vessel_s_when_it_is_bound_then_the_error_says_which_are(run: Run) -> None:
    program = f"import socket\n{WHY}\nprint(why(socket.create_server, ('127.0.0.1', 9)))"
    told = run(program)
    assert told.startswith("('PermissionError', 13, ")
    assert "TCP port 9" in told


def test_given_a_vessel_with_one_port_when_all_is_taken_then_the_error_says_so(run_with: Callable[..., str]) -> None:
    (port,) = free_ports(1)
    program = f"""
import socket
{WHY}
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], why(socket.create_server, ("127.0.0.1", 0)))
print(why(socket.create_connection, server.getsockname()))
server.close()
print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])
"""
    assert run_with(program, "--limit", f"connport={port}") == (
        f"{port} ('OSError', 98, 'no connport of the vessel is free')\n"
        f"('OSError', 98, 'no connport of the vessel is free')\n{port}\n"
    )


def test_given_a_vessel_without_ports_when_a_socket_wants_one_then_the_error_says_so(
    run_with: Callable[..., str],
) -> None:
    program = f"import socket\n{WHY}\nudp = socket.socket(type=2)\nprint(why(udp.sendto, b'x', ('127.0.0.1', 9)))"
    assert run_with(program, "--limit", "messport=") == "('OSError', 99, 'no messport of the vessel is free')\n"


def test_given_all_sockets_taken_when_one_more_is_wanted_then_it_is_an_os_error(run_with: Callable[..., str]) -> None:
    program = f"""
import socket
{WHY}
first = socket.create_server(("127.0.0.1", 0))
print(why(socket.create_server, ("127.0.0.1", 0))[:2])
"""
    assert run_with(program, "--limit", "insockets=1") == "('OSError', 105)\n"


def test_given_a_donor_s_policy_when_it_forbids_the_place_then_the_error_says_so(run: Run) -> None:
    program = f"import socket\n{WHY}\nprint(why(socket.create_connection, ('169.254.169.254', 80)))"
    told = run(program)
    assert told.startswith("('PermissionError', 13, ")
    assert "169.254.169.254" in told


def test_given_a_peer_that_resets_when_received_from_then_it_is_the_reset_of_cpython(
    peer: Peer, run_with: Callable[..., str]
) -> None:
    def reset(connection: socket.socket) -> None:
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    peer.serve(reset)
    program = f"""
import socket
{WHY}
client = socket.create_connection(("127.0.0.1", {peer.port}), timeout=20)
client.sendall(b"x")
print(why(client.recv, 10), why(client.recv, 10), why(client.send, b"x"))
"""
    assert run_with(program, "--limit", f"connport={peer.port}-{peer.port + 9}") == (
        "('ConnectionResetError', 104, 'Connection reset by peer') b'' ('BrokenPipeError', 32, 'Broken pipe')\n"
    )


def test_given_a_socket_that_another_thread_closes_when_it_is_waited_for_then_the_wait_is_over(run: Run) -> None:
    program = f"""
import socket, threading, time
{WHY}
ours, theirs = socket.socketpair()
udp = socket.socket(type=socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
server = socket.create_server(("127.0.0.1", 0))
told = []
waiting = [lambda: ours.recv(1), lambda: udp.recvfrom(1), server.accept]
threads = [threading.Thread(target=lambda call=call: told.append(why(call))) for call in waiting]
for thread in threads:
    thread.start()
time.sleep(0.1)
for one in (ours, udp, server):
    one.close()
for thread in threads:
    thread.join()
print(told)
"""
    assert run(program) == f"{[('OSError', 9, 'Bad file descriptor')] * 3}\n"


def test_given_many_threads_that_talk_at_once_when_each_waits_then_no_wake_up_is_lost(run: Run) -> None:
    program = """
import socket, threading
def serve(one):
    while data := one.recv(16):
        one.sendall(data)
def talk(one):
    for turn in range(100):
        one.sendall(b"%d" % turn)
        assert one.recv(16) == b"%d" % turn
    one.close()
pairs = [socket.socketpair() for _ in range(8)]
threads = [threading.Thread(target=serve, args=(theirs,)) for _, theirs in pairs]
threads += [threading.Thread(target=talk, args=(ours,)) for ours, _ in pairs]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("all answered")
"""
    assert run(program) == "all answered\n"


def test_given_a_message_between_a_look_and_a_wait_when_selected_then_it_is_not_missed(run: Run) -> None:
    program = """
import select, socket, threading
ours, theirs = socket.socketpair()
def send():
    for _ in range(500):
        theirs.sendall(b"x")
        theirs.recv(1)
thread = threading.Thread(target=send)
thread.start()
for _ in range(500):
    assert select.select([ours], [], [], 20)[0] == [ours]
    ours.recv(1)
    ours.sendall(b"y")
thread.join()
print("none missed")
"""
    assert run(program) == "none missed\n"


def test_given_a_layer_with_sockets_of_its_own_when_a_program_uses_socket_then_it_works_all_the_same(
    tmp_path: Path, repy: Callable[..., Finished]
) -> None:
    (tmp_path / "layer.py").write_text(LAYER)
    (tmp_path / "program.py").write_text(
        f"""
import select, socket, threading
{WHY}
server = socket.create_server(("127.0.0.1", 0))
print(select.select([server], [], [], 0.02)[0])
client = socket.create_connection(server.getsockname())
print(select.select([server], [], [], 20)[0] == [server])
there, _ = server.accept()
print(select.select([client], [], [], 0.02)[0], why(client.shutdown, socket.SHUT_WR)[:2])
client.settimeout(0.02)
print(why(client.recv, 1))
there.sendall(b"hello")
print(select.select([client], [], [], 20)[0] == [client], client.recv(10))
udp, sender = socket.socket(type=2), socket.socket(type=2)
udp.bind(("127.0.0.1", 0))
print(select.select([udp], [], [], 0.02)[0])
sender.sendto(b"x", udp.getsockname())
print(select.select([udp], [], [], 20)[0] == [udp], udp.recv(10))
there.close()
print(client.recv(10))
"""
    )
    done = repy("--layer", "layer.py", "program.py")
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "[]",
        "True",
        "[] ('OSError', 95)",
        "('TimeoutError', None, None)",
        "True b'hello'",
        "[]",
        "True b'x'",
        "b''",
    ]


def test_given_a_server_for_all_addresses_when_it_listens_then_each_address_takes_a_unit(run: Run) -> None:
    program = """
import socket
before = getresources()[1]["insockets"]
server = socket.create_server(("", 0))
took = getresources()[1]["insockets"] - before
server.close()
print(took in (1, 2), getresources()[1]["insockets"] == before)
"""
    assert run(program) == "True True\n"


def test_given_sockets_that_nobody_holds_when_they_are_forgotten_then_their_units_come_back(run: Run) -> None:
    program = """
import socket
for _ in range(50):
    socket.create_server(("127.0.0.1", 0))
getruntime()
print(getresources()[1]["insockets"] <= 1)
"""
    assert run(program) == "True\n"


def test_given_a_name_that_nobody_knows_when_connected_then_it_is_a_gaierror(run: Run) -> None:
    program = """
import socket
no_name, no_port = ("no.such.name.invalid", 80), ("127.0.0.1", 70000)
for call in (lambda: socket.create_connection(no_name), lambda: socket.create_connection(no_port)):
    try:
        print(call())
    except (OSError, OverflowError) as why:
        print(type(why).__name__, isinstance(why, socket.gaierror))
print(socket.gethostbyname(socket.gethostname()) == socket.gethostname())
"""
    assert run(program) == "gaierror True\nOverflowError False\nTrue\n"


def test_given_a_connection_when_nobody_answers_within_the_timeout_then_it_is_a_timeout(
    peer: Peer, run_with: Callable[..., str]
) -> None:
    peer.server.listen(0)
    with socket.create_connection(("127.0.0.1", peer.port)):  # it fills the queue: the kernel drops who comes then
        program = f"""
import socket
{WHY}
for _ in range(3):
    told = why(socket.create_connection, ("127.0.0.1", {peer.port}), 0.2)
print(told, why(socket.socket().connect_ex, ("127.0.0.1", 1)))
"""
        told = run_with(program, "--limit", f"connport={peer.port}-{peer.port + 9}")
    assert told.startswith("('TimeoutError', None, None)")


def test_given_no_ssl_when_it_is_imported_then_the_error_names_what_there_is(run: Run) -> None:
    assert "there is no module 'ssl' for Repy programs" in run("import ssl", outcome=1)
