"""How connections end, and ports come free: a half that is closed, data that nobody read, pairs that were in use."""

import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from tests.repy.network_programs import V4, Check, Ports, with_four_ports

Start = Callable[..., Any]  # see conftest.py


class Met(NamedTuple):
    """A program that has connected to us, and our end."""

    run: Any
    peer: socket.socket


@pytest.fixture
def meet(start: Start, ports: Ports) -> Iterator[Callable[[str], Met]]:
    """Start a program with a connection to us, named `client`; it goes on when it reads a file named `go`."""
    (own, other) = ports(2)
    opened: list[socket.socket] = []

    def meet(program: str) -> Met:
        head = f'client = openconnection(here, {other}, here, ports[0], 5)\nprint("connected")\n'
        with socket.create_server(("127.0.0.1", other)) as server:
            rates = {"loopsend": 1e9, "looprecv": 1e9}
            limits = {"connport": [own], **rates}
            run = start(V4 + head + program, own, limits=limits, loopback_ports=f"{other}-{other}")
            peer, _ = server.accept()
        opened.append(peer)
        peer.settimeout(20)
        run.wait_for_output("connected")
        return Met(run, peer)

    yield meet
    for peer in opened:
        peer.close()


def test_given_a_peer_that_closes_its_half_when_used_then_data_comes_first_and_then_both_calls_say_so(
    meet: Callable[[str], Met],
) -> None:
    one = meet(
        "print(wait(client.recv, 4), wait(client.recv, 100), refused(wait, client.recv, 1), refused(client.recv, 1))\n"
        "print(refused(client.send, 'x'), held(), client.close(), client.close(), held())"
    )
    one.peer.sendall(b"last words")
    one.peer.shutdown(socket.SHUT_WR)
    assert one.run.wait().output.splitlines()[1:] == [
        "b'last' b' words' SocketClosedRemote SocketClosedRemote",
        "SocketClosedRemote 1 True False 0",
    ]
    assert one.peer.recv(10) == b""


def test_given_a_peer_that_closes_its_half_when_answered_all_the_same_then_it_hears_the_answer(
    meet: Callable[[str], Met],
) -> None:
    one = meet(
        "print(wait(client.recv, 100), refused(wait, client.recv, 1), refused(client.send, 'x'))\n"
        "print(client.send('answer', True), client.close())"
    )
    one.peer.sendall(b"question")
    one.peer.shutdown(socket.SHUT_WR)
    assert one.peer.recv(100) == b"answer"
    assert one.run.wait().output.splitlines()[1:] == ["b'question' SocketClosedRemote SocketClosedRemote", "6 True"]


def test_given_a_program_that_ends_sending_when_its_peer_answers_then_it_hears_the_answer(
    meet: Callable[[str], Met],
) -> None:
    one = meet(
        "client.send('question')\nprint(client.endsending(), client.endsending())\n"
        "print(refused(client.send, 'x'), refused(client.send, 'x', True), held())\n"
        "print(wait(client.recv, 100), refused(wait, client.recv, 1), client.close(), held())\n"
        "print(refused(client.endsending))"
    )
    assert (one.peer.recv(100), one.peer.recv(100)) == (b"question", b"")
    one.peer.sendall(b"answer")
    one.peer.shutdown(socket.SHUT_WR)
    assert one.run.wait().output.splitlines()[1:] == [
        "None None",
        "SocketClosedLocal SocketClosedLocal 1",
        "b'answer' SocketClosedRemote True 0",
        "SocketClosedLocal",
    ]


def test_given_a_peer_that_resets_when_sending_is_ended_then_the_program_is_told_and_the_unit_comes_back(
    meet: Callable[[str], Met],
) -> None:
    one = meet("waitready([client], [], 20)\nprint(refused(client.endsending), refused(client.recv, 1), held())")
    one.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.peer.close()
    assert one.run.wait().output.splitlines()[1:] == ["SocketClosedRemote SocketClosedLocal 0"]


def test_given_unread_data_before_a_peers_end_when_sent_to_then_what_it_said_hides_the_end(
    meet: Callable[[str], Met],
) -> None:
    one = meet(
        "client.send('go')\nwhile len(wait(client.recv, 1)) != 1:\n    pass\n"
        "print(client.send('x'), wait(client.recv, 9), refused(wait, client.recv, 1), refused(client.send, 'x'))"
    )
    assert one.peer.recv(2) == b"go"
    one.peer.sendall(b"abc")
    one.peer.shutdown(socket.SHUT_WR)
    assert one.run.wait().output.splitlines()[1] == "1 b'bc' SocketClosedRemote SocketClosedRemote"


def test_given_a_program_that_closes_when_all_was_read_then_its_peer_sees_the_end_of_the_data(
    meet: Callable[[str], Met],
) -> None:
    one = meet("client.send('all of it')\nprint(client.close())")
    assert (one.peer.recv(100), one.peer.recv(100)) == (b"all of it", b"")


def test_given_a_program_that_closes_when_data_is_unread_then_its_peer_sees_a_reset(meet: Callable[[str], Met]) -> None:
    one = meet("while not wait(client.recv, 1):\n    pass\nprint(client.close())")
    one.peer.sendall(b"x" * 1000)
    assert one.run.wait().output.splitlines()[1] == "True"
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        one.peer.send(b"more")


def test_given_a_peer_that_resets_when_sent_to_then_it_is_told_once_and_the_unit_is_free(
    meet: Callable[[str], Met],
) -> None:
    one = meet(
        "def send():\n    while True:\n        client.send('x')\n        sleep(0.002)\n"
        "print(refused(send), refused(client.send, 'x'), refused(client.recv, 1), held(), client.close())"
    )
    one.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close by reset
    one.peer.close()
    assert one.run.wait().output.splitlines()[1] == "SocketClosedRemote SocketClosedLocal SocketClosedLocal 0 False"


@pytest.fixture
def network(check: Check, ports: Ports) -> Callable[..., str]:
    """See `with_four_ports`."""
    return with_four_ports(check, ports, V4, loopsend=1e9, looprecv=1e9)


def test_given_a_port_that_the_system_still_holds_when_wanted_then_it_is_cleaned_up_and_works_as_soon_as_it_is_free(
    start: Start, ports: Ports
) -> None:
    own, (other,) = ports(1), ports(1)
    program = f"""
def attempt():
    return (refused(listenforconnection, here, ports[0]), refused(openconnection, here, {other}, here, ports[0], 5))
print(*attempt())
print("held")
wait_for = getruntime() + 20
while getruntime() < wait_for:
    listener = refused(listenforconnection, here, ports[0])
    if listener != "CleanupInProgressError":
        break
    sleep(0.005)
print(listener.close())
"""
    with socket.socket() as held:  # bound and no listener: so does a port look that is being cleaned up
        held.bind(("127.0.0.1", own[0]))
        run = start(V4 + program, *own, limits={"connport": own}, loopback_ports=f"{other}-{other}")
        output = run.wait_for_output("held")
    assert output == "CleanupInProgressError CleanupInProgressError\nheld\n"
    assert run.wait().output.splitlines()[-1] == "True"


def test_given_a_port_that_only_an_outgoing_connection_uses_when_listened_on_then_it_works(
    network: Callable[..., str],
) -> None:
    program = """
server = listenforconnection(here, ports[0])
client = openconnection(here, ports[0], here, ports[1], 5)
other = listenforconnection(here, ports[1])
again = openconnection(here, ports[1], here, ports[2], 5)
print(wait(other.getconnection)[1] == ports[2], refused(openconnection, here, ports[0], here, ports[1], 5))
"""
    assert network(program) == "True AlreadyListeningError\n"


def test_given_two_connections_of_one_pair_of_ports_after_each_other_when_used_then_they_are_not_mixed_up(
    network: Callable[..., str],
) -> None:
    program = """
server = listenforconnection(here, ports[0])
first = openconnection(here, ports[0], here, ports[1], 5)
there = wait(server.getconnection)[2]
there.close()
print(refused(wait, first.recv, 1), first.close())
second = openconnection(here, ports[0], here, ports[2], 5)
there_now = wait(server.getconnection)[2]
print(refused(first.send, "x"), refused(there.recv, 1), second.send("x"), wait(there_now.recv, 9), first.close())
"""
    assert network(program).splitlines() == [
        "SocketClosedRemote True",
        "SocketClosedLocal SocketClosedLocal 1 b'x' False",
    ]


def test_given_tcp_and_udp_on_one_port_when_listened_on_then_neither_is_in_the_others_way(
    network: Callable[..., str],
) -> None:
    program = """
a, b = listenforconnection(here, ports[0]), listenformessage(here, ports[0])
print(refused(listenforconnection, here, ports[0]), refused(listenformessage, here, ports[0]), a.close(), b.close())
"""
    assert network(program) == "AlreadyListeningError AlreadyListeningError True True\n"


def test_given_a_message_from_a_port_that_listens_when_sent_then_the_listeners_own_socket_is_used_and_no_unit(
    network: Callable[..., str],
) -> None:
    program = """
a, b = listenformessage(here, ports[0]), listenformessage(here, ports[1])
print(sendmessage(here, ports[1], "x", here, ports[0]), wait(b.getmessage)[1] == ports[0])
print(refused(sendmessage, here, ports[1], "x", here, ports[2]))
"""
    assert network(program, outsockets=0) == "1 True\nResourceExhaustedError\n"


def test_given_threads_that_wait_on_a_listener_when_it_is_closed_then_each_hears_of_it(
    network: Callable[..., str],
) -> None:
    program = """
heard, counts = [], createlock()
tcp, udp = listenforconnection(here, ports[0]), listenformessage(here, ports[1])
def poll(call):
    while True:
        try:
            call()
        except SocketWouldBlockError:
            sleep(0.001)
        except SocketClosedLocal:
            with counts:
                heard.append(1)
            return
for number in range(4):
    createthread(lambda: poll(tcp.getconnection))
    createthread(lambda: poll(udp.getmessage))
sleep(0.02)
tcp.close(), udp.close()
deadline = getruntime() + 20
while len(heard) < 8 and getruntime() < deadline:
    sleep(0.005)
print(len(heard))
"""
    assert network(program) == "8\n"


def test_given_a_connection_that_another_thread_still_waits_for_when_the_program_ends_then_its_port_is_free(
    network: Callable[..., str], start: Start, ports: Ports
) -> None:
    own, (full,) = ports(1), ports(1)
    with socket.socket() as server:
        server.bind(("127.0.0.1", full))
        server.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", full))
        program = f"""
createthread(lambda: openconnection(here, {full}, here, ports[0], 1000))
sleep(0.1)
print("waits")
exitall()
"""
        limits = {"connport": own}
        result = start(V4 + program, *own, limits=limits, loopback_ports=f"{full}-{full}").wait()
        for filler in fillers:
            filler.close()
    assert (result.output, result.kind) == ("waits\n", "exited")
    with socket.create_server(("127.0.0.1", own[0])):
        pass
