"""UDP and TCP as programs see them, over loopback, with real sockets on the other side."""

import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest
from tests.repy.network_programs import V4, Check, Ports, with_four_ports


@pytest.fixture
def network(check: Check, ports: Ports) -> Callable[..., str]:
    """See `with_four_ports`."""
    return with_four_ports(check, ports, V4)


# --- UDP ---------------------------------------------------------------------------------------------------------


def test_given_two_listeners_when_one_sends_then_the_other_gets_the_message(network: Callable[..., str]) -> None:
    program = """
a, b = listenformessage(here, ports[0]), listenformessage(here, ports[1])
print(sendmessage(here, ports[1], b"\\x00\\xff", here, ports[0]), wait(b.getmessage) == (here, ports[0], b"\\x00\\xff"))
print(sendmessage(here, ports[0], "ä", here, ports[2]), wait(a.getmessage) == (here, ports[2], "ä".encode()))
print(sendmessage(here, ports[0], "", here, ports[2]), wait(a.getmessage) == (here, ports[2], b""))
print(refused(a.getmessage), a.close(), a.close(), refused(a.getmessage))
"""
    assert network(program).splitlines() == [
        "2 True",
        "2 True",
        "0 True",
        "SocketWouldBlockError True False SocketClosedLocal",
    ]


def test_given_the_largest_message_when_sent_then_it_arrives_and_one_byte_more_is_refused(
    network: Callable[..., str],
) -> None:
    program = """
a = listenformessage(here, ports[0])
print(sendmessage(here, ports[0], b"x" * 9216, here, ports[1]), len(wait(a.getmessage)[2]))
print(refused(sendmessage, here, ports[0], b"x" * 9217, here, ports[1]))
"""
    assert network(program) == "9216 9216\nRepyArgumentError\n"


def test_given_a_closed_listener_when_sent_from_its_pair_then_it_works_and_the_port_is_free(
    network: Callable[..., str],
) -> None:
    program = """
a = listenformessage(here, ports[0])
print(refused(listenformessage, here, ports[0]))
a.close()
print(sendmessage(here, ports[1], "x", here, ports[0]))
b = listenformessage(here, ports[0])
print(b.close())
"""
    assert network(program) == "AlreadyListeningError\n1\nTrue\n"


def test_given_messages_sent_when_usage_is_asked_for_then_no_outsocket_is_kept(network: Callable[..., str]) -> None:
    program = """
for _ in range(5):
    sendmessage(here, ports[1], "x", here, ports[0])
usage = getresources()[1]
print(usage["outsockets"], usage["messport"] == {ports[0]}, usage["connport"])
"""
    assert network(program, outsockets=1) == "0 True set()\n"


def test_given_messages_when_charged_then_it_is_64_and_the_length_on_the_loopback_rates(
    network: Callable[..., str],
) -> None:
    program = """
a = listenformessage(here, ports[0])
sendmessage(here, ports[0], b"x" * 936, here, ports[1])
wait(a.getmessage)
usage = getresources()[1]
print(usage["loopsend"], usage["looprecv"], usage["netsend"], usage["netrecv"])
"""
    sent, received, *net = map(float, network(program, loopsend=1000, looprecv=1000).split())
    assert 0 < sent <= 1000
    assert 0 < received <= 1000
    assert net == [0, 0]


def test_given_a_port_taken_by_another_program_when_used_then_the_exception_says_so(check: Check, ports: Ports) -> None:
    own = ports(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", own[0]))
        program = """
print(refused(listenformessage, here, ports[0]), refused(sendmessage, here, 1 + ports[0], "x", here, ports[0]))
"""
        output = check(V4 + program, *own, limits={"messport": own}, loopback_ports=f"{own[0] + 1}-{own[0] + 1}")
    assert output == "AlreadyListeningError DuplicateTupleError\n"


def test_given_addresses_that_are_not_local_when_bound_then_the_exception_says_so(network: Callable[..., str]) -> None:
    program = """
print(refused(listenformessage, "203.0.113.7", ports[0]), refused(listenforconnection, "203.0.113.7", ports[0]))
print(refused(sendmessage, "1.1.1.1", 80, "x", "203.0.113.7", ports[0]))
print(refused(openconnection, "1.1.1.1", 80, "203.0.113.7", ports[0], 1))
"""
    assert network(program).split() == ["AddressBindingError"] * 4


def test_given_a_local_loopback_address_when_sent_to_the_internet_then_it_is_a_network_error_not_a_crash(
    network: Callable[..., str],
) -> None:
    program = """
for call in (lambda: sendmessage("1.1.1.1", 80, "x", here, ports[0]),
             lambda: openconnection("1.1.1.1", 80, here, ports[0], 0.5)):
    try:
        print(call())
    except NetworkError:
        print("NetworkError")
    except TimeoutError:
        print("TimeoutError")
"""
    assert network(program).split()[0] == "NetworkError"


# --- TCP ---------------------------------------------------------------------------------------------------------


def test_given_a_connection_when_both_sides_talk_then_each_hears_the_other(network: Callable[..., str]) -> None:
    program = """
server, there, client = pair(ports[0], ports[1])
print(client.send("question"), wait(there.recv, 3), wait(there.recv, 100))
print(there.send(b"\\xff"), wait(client.recv, 100), refused(client.recv, 1), client.send(b""))
print(client.close(), client.close(), refused(client.recv, 1), refused(client.send, b"x"))
print(server.close(), server.close(), refused(server.getconnection), there.close())
"""
    assert network(program).splitlines() == [
        "8 b'que' b'stion'",
        "1 b'\\xff' SocketWouldBlockError 0",
        "True False SocketClosedLocal SocketClosedLocal",
        "True False SocketClosedLocal True",
    ]


def test_given_data_before_a_close_when_received_then_the_data_comes_first_and_the_unit_stays(
    network: Callable[..., str],
) -> None:
    program = """
server, there, client = pair(ports[0], ports[1])
client.send("last words")
client.close()
print(wait(there.recv, 4), wait(there.recv, 100), refused(wait, there.recv, 1), refused(there.recv, 1))
print(refused(there.send, "x"), getresources()[1]["outsockets"], there.close(), getresources()[1]["outsockets"])
"""
    assert network(program).splitlines() == [
        "b'last' b' words' SocketClosedRemote SocketClosedRemote",
        "SocketClosedRemote 1 True 0",
    ]


def test_given_a_peer_that_resets_when_used_then_it_is_told_once_and_the_socket_is_closed(
    start: Callable[..., Any], ports: Ports
) -> None:
    own, (other,) = ports(1), ports(1)
    program = f"""
client = openconnection(here, {other}, here, ports[0], 5)
print("connected")
print(refused(wait, client.recv, 1), refused(client.recv, 1), refused(client.send, "x"), client.close())
print(getresources()[1]["outsockets"])
"""
    with socket.create_server(("127.0.0.1", other)) as server:
        run = start(V4 + program, *own, limits={"connport": own}, loopback_ports=f"{other}-{other}")
        peer = server.accept()[0]
        run.wait_for_output("connected")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close by reset
        peer.close()
        assert run.wait().output.splitlines() == [
            "connected",
            "SocketClosedRemote SocketClosedLocal SocketClosedLocal False",
            "0",
        ]


def test_given_a_peer_that_never_reads_when_sent_to_then_the_sender_is_blocked_within_a_mebibyte(
    network: Callable[..., str],
) -> None:
    program = """
server, there, client = pair(ports[0], ports[1])
total, pauses = 0, 0
while pauses < 20 and total < 4_000_000:
    try:
        total += client.send(b"x" * 100_000)
    except SocketWouldBlockError:
        pauses += 1
        sleep(0.005)
print(total, pauses)
received = 0
while received < total:
    received += len(wait(there.recv, 1_000_000))
print(received == total, wait(client.send, b"x"))
"""
    first, second = network(program, loopsend=10**9, looprecv=10**9).splitlines()
    total, pauses = map(int, first.split())
    assert pauses == 20
    assert 0 < total <= 1 << 20
    assert second == "True 1"


def test_given_much_data_when_streamed_then_it_arrives_in_order(network: Callable[..., str]) -> None:
    program = """
server, there, client = pair(ports[0], ports[1])
whole = b"0123456789abcdef" * 100_000
def send_all():
    rest = whole
    while rest:
        rest = rest[wait(client.send, rest):]
    client.close()
createthread(send_all)
pieces = []
while True:
    try:
        pieces.append(wait(there.recv, 70_000))
    except SocketClosedRemote:
        break
print(b"".join(pieces) == whole)
"""
    assert network(program, loopsend=10**9, looprecv=10**9) == "True\n"


def test_given_nobody_there_when_connected_then_each_failure_has_its_exception(network: Callable[..., str]) -> None:
    program = """
print(refused(openconnection, here, ports[0], here, ports[1], 5))
server, there, client = pair(ports[0], ports[1])
print(refused(openconnection, here, ports[0], here, ports[1], 5))
print(refused(openconnection, here, ports[1], here, ports[0], 5))
print(refused(listenforconnection, here, ports[0]))
"""
    assert network(program).split() == [
        "ConnectionRefusedError",
        "DuplicateTupleError",
        "AlreadyListeningError",
        "AlreadyListeningError",
    ]


def test_given_a_full_backlog_when_connected_then_it_times_out(check: Check, ports: Ports) -> None:
    own, (full,) = ports(1), ports(1)
    with socket.socket() as server:
        server.bind(("127.0.0.1", full))
        server.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", full))
        program = f"print(refused(openconnection, here, {full}, here, ports[0], 0.3))\n"
        output = check(V4 + program, *own, limits={"connport": own}, loopback_ports=f"{full}-{full}")
        for filler in fillers:
            filler.close()
    assert output == "TimeoutError\n"


def test_given_nobody_who_answers_when_connected_then_the_attempts_are_charged(check: Check, ports: Ports) -> None:
    own, (full,) = ports(2), ports(1)
    with socket.socket() as server:
        server.bind(("127.0.0.1", full))
        server.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", full))
        program = f"""
for number in range(10):
    refused(openconnection, here, {full}, here, ports[number % 2], 0.001)
print(getresources()[1]["loopsend"] > 500)
"""
        output = check(V4 + program, *own, limits={"connport": own, "loopsend": 1000}, loopback_ports=f"{full}-{full}")
        for filler in fillers:
            filler.close()
    assert output == "True\n"


def test_given_several_listeners_when_nobody_accepts_then_all_together_hold_few_connections(
    network: Callable[..., str],
) -> None:
    program = """
listeners = [listenforconnection(f"127.0.0.{number + 1}", ports[0]) for number in range(10)]
made = 0
for number in range(10):
    for _ in range(40):
        try:
            openconnection(f"127.0.0.{number + 1}", ports[0], f"127.0.1.{made % 250 + 1}", ports[1 + made // 250], 0.05)
            made += 1
        except TimeoutError:
            break
print(100 <= made <= 200)
"""
    assert network(program, insockets=10, outsockets=60) == "True\n"


def test_given_a_closed_listener_when_listened_again_then_it_works_at_once(network: Callable[..., str]) -> None:
    program = """
for _ in range(3):
    server, there, client = pair(ports[0], ports[1])
    server.close()
    client.send("still here")
    print(wait(there.recv, 100))
    there.close()
    ports[1:3] = ports[2], ports[1]
    client.close()
"""
    assert network(program) == "b'still here'\n" * 3


def test_given_too_few_units_when_sockets_are_made_then_they_are_exhausted_and_come_back(
    network: Callable[..., str],
) -> None:
    program = """
a = listenforconnection(here, ports[0])
print(refused(listenforconnection, here, ports[1]), refused(listenformessage, here, ports[1]))
client = openconnection(here, ports[0], here, ports[1], 5)
print(refused(wait, a.getconnection), refused(wait, client.recv, 1))
print(refused(openconnection, here, ports[0], here, ports[2], 5))
client.close()
a.close()
b = listenformessage(here, ports[1])
print(getresources()[1]["insockets"], getresources()[1]["outsockets"])
"""
    assert network(program, insockets=1, outsockets=1).splitlines() == [
        "ResourceExhaustedError ResourceExhaustedError",
        "ResourceExhaustedError SocketClosedRemote",
        "ResourceExhaustedError",
        "1 0",
    ]


def test_given_sockets_that_nobody_holds_when_collected_then_their_units_come_back(network: Callable[..., str]) -> None:
    program = """
for _ in range(5):
    listenformessage(here, ports[0])
    server, there, client = pair(ports[1], ports[2])
    ports[2:4] = ports[3], ports[2]
    server = there = client = None
randombytes()
usage = getresources()[1]
print(usage["insockets"], usage["outsockets"])
"""
    assert network(program, insockets=2, outsockets=2) == "0 0\n"


def test_given_a_stranger_on_this_computer_when_the_vessel_calls_then_only_vessel_ports_answer(
    check: Check, ports: Ports
) -> None:
    own, (strange,) = ports(1), ports(1)
    with (
        socket.create_server(("127.0.0.1", strange)) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        udp.bind(("127.0.0.1", strange))
        program = f"""
print(refused(openconnection, here, {strange}, here, ports[0], 2))
print(refused(sendmessage, here, {strange}, "x", here, ports[0]))
print(refused(openconnection, "127.1.2.3", {strange}, here, ports[0], 2))
print(refused(openconnection, "::ffff:127.0.0.1", {strange}, here, ports[0], 2))
"""
        limits = {"connport": own, "messport": own}
        assert set(check(V4 + program, *own, limits=limits).split()) == {"DonorPolicyError"}
        server.settimeout(0)
        udp.settimeout(0)
        for receive in (server.accept, lambda: udp.recv(10)):
            with pytest.raises(BlockingIOError):
                receive()
        neighbours = f"{strange}-{strange}"
        output = check(V4 + program, *own, limits=limits, loopback_ports=neighbours)
        assert output.startswith("<"), output
        server.accept()[0].close()
        assert udp.recv(10) == b"x"


@pytest.mark.parametrize(
    "call",
    [
        "listenformessage(here, 1)",
        "listenforconnection(here, 1)",
        "sendmessage(here, ports[0], 'x', here, 1)",
        "openconnection(here, ports[0], here, 1, 1)",
    ],
)
def test_given_what_is_not_this_vessels_when_used_then_it_is_forbidden(network: Callable[..., str], call: str) -> None:
    assert network(f"print(refused(lambda: {call}))\n") == "ResourceForbiddenError\n"


# --- names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "address"), [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1")])
def test_given_a_name_when_looked_up_then_it_is_an_address(
    network: Callable[..., str], name: str, address: str
) -> None:
    assert network(f"print(gethostbyname({name!r}))\n") == address + "\n"


@pytest.mark.parametrize(
    "name", ["nobody.invalid", "a" * 300, "a..b", "\\x00", "localhost\\x00.evil", "ä" * 100, "*", " ", "-", "."]
)
def test_given_a_name_of_nobody_when_looked_up_then_it_has_no_address(network: Callable[..., str], name: str) -> None:
    assert network(f'print(refused(gethostbyname, "{name}"))\n') == "NetworkAddressError\n"


def test_given_a_lookup_when_it_fails_then_it_was_charged_all_the_same(network: Callable[..., str]) -> None:
    program = """
refused(gethostbyname, "nobody.invalid")
usage = getresources()[1]
print(usage["netsend"] > 0, usage["netrecv"] > 0)
"""
    assert network(program, netsend=10_000, netrecv=10_000) == "True True\n"


def test_given_this_computer_when_its_address_is_asked_for_then_it_is_one_or_there_is_no_internet(
    network: Callable[..., str],
) -> None:
    answer = network("print(refused(getmyip))\n").strip()
    if answer != "InternetConnectivityError":
        with socket.socket(socket.AF_INET6 if ":" in answer else socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((answer, 0))
