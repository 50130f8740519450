"""UDP and TCP over IPv6, as programs see them: everything that works over IPv4, at ::1."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
from tests.repy.network_programs import V6, Check, Ports, with_four_ports


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


pytestmark = pytest.mark.skipif(not _has_ipv6(), reason="this computer has no IPv6")


@pytest.fixture
def network(check: Check, ports: Ports) -> Callable[..., str]:
    """See `with_four_ports`."""
    return with_four_ports(check, ports, V6)


def test_given_two_listeners_when_one_sends_then_the_other_gets_the_message(network: Callable[..., str]) -> None:
    program = """
a = listenformessage(here, ports[0])
print(sendmessage(here, ports[0], b"x" * 9216, here, ports[1]), wait(a.getmessage) == (here, ports[1], b"x" * 9216))
print(sendmessage(here, ports[1], "", here, ports[0]), refused(sendmessage, here, 80, b"x" * 9217, here, ports[1]))
print(refused(listenformessage, here, ports[0]), refused(a.getmessage), a.close(), a.close())
print(listenformessage(here, ports[0]).close())
"""
    assert network(program).splitlines() == [
        "9216 True",
        "0 DonorPolicyError",
        "AlreadyListeningError SocketWouldBlockError True False",
        "True",
    ]


def test_given_a_connection_when_both_sides_talk_then_each_hears_the_other_to_the_end(
    network: Callable[..., str],
) -> None:
    program = """
server, (ip, port, there), client = meet(ports[0], ports[1])
print(ip, port == ports[1], client.send("question"), wait(there.recv, 3), wait(there.recv, 100))
print(there.send(b"\\xff"), wait(client.recv, 100), refused(client.recv, 1))
client.send("last words")
print(client.close(), wait(there.recv, 100), refused(wait, there.recv, 1), there.close(), server.close())
"""
    assert network(program).splitlines() == [
        "::1 True 8 b'que' b'stion'",
        "1 b'\\xff' SocketWouldBlockError",
        "True b'last words' SocketClosedRemote True True",
    ]


def test_given_what_can_not_be_had_when_wanted_then_each_failure_has_its_exception(network: Callable[..., str]) -> None:
    program = """
print(refused(openconnection, here, ports[0], here, ports[1], 5))
server, there, client = pair(ports[0], ports[1])
print(refused(openconnection, here, ports[0], here, ports[1], 5))
print(refused(openconnection, here, ports[1], here, ports[0], 5), refused(listenforconnection, here, ports[0]))
print(refused(listenforconnection, "2001:db8::7", ports[2]), refused(listenformessage, "2001:db8::7", ports[2]))
print(refused(openconnection, here, ports[0], v4, ports[2], 5), refused(sendmessage, v4, ports[0], "", here, ports[2]))
print(refused(listenforconnection, here, 1), refused(listenformessage, here, 1))
print(refused(sendmessage, here, ports[0], "", here, ports[0]), refused(listenforconnection, "::1%lo", ports[2]))
"""
    assert network(program).splitlines() == [
        "ConnectionRefusedError",
        "DuplicateTupleError",
        "AlreadyListeningError AlreadyListeningError",
        "AddressBindingError AddressBindingError",
        "RepyArgumentError RepyArgumentError",
        "ResourceForbiddenError ResourceForbiddenError",
        "RepyArgumentError RepyArgumentError",
    ]


def test_given_both_families_when_listened_on_one_port_then_neither_is_in_the_others_way(
    network: Callable[..., str],
) -> None:
    program = """
listeners = [listenforconnection(here, ports[0]), listenforconnection(v4, ports[0])]
heard = [listenformessage(here, ports[0]), listenformessage(v4, ports[0])]
sendmessage(here, ports[0], "six", here, ports[1])
sendmessage(v4, ports[0], "four", v4, ports[1])
print([wait(one.getmessage)[2] for one in heard], [refused(one.getmessage) for one in heard])
six, four = openconnection(here, ports[0], here, ports[1], 5), openconnection(v4, ports[0], v4, ports[1], 5)
print([wait(one.getconnection)[0] for one in listeners], getresources()[1]["outsockets"])
"""
    assert network(program).splitlines() == [
        "[b'six', b'four'] ['SocketWouldBlockError', 'SocketWouldBlockError']",
        "['::1', '127.0.0.1'] 2",
    ]


def test_given_an_ipv4_address_in_the_form_of_ipv6_when_used_then_it_is_that_ipv4_address(
    network: Callable[..., str],
) -> None:
    program = """
mapped = "::ffff:127.0.0.1"
a = listenformessage(mapped, ports[0])
print(refused(listenformessage, v4, ports[0]), sendmessage(mapped, ports[0], "x", v4, ports[1]), wait(a.getmessage)[0])
print(refused(sendmessage, mapped, ports[0], "", here, ports[1]))
print(refused(sendmessage, mapped, ports[0], "", v4, ports[0]))
b = listenforconnection(mapped, ports[0])
client = openconnection(v4, ports[0], mapped, ports[1], 5)
print(wait(b.getconnection)[0])
"""
    assert network(program).splitlines() == [
        "AlreadyListeningError 1 127.0.0.1",
        "RepyArgumentError",
        "RepyArgumentError",
        "127.0.0.1",
    ]


def test_given_a_peer_that_resets_when_used_then_it_is_told_once_and_the_socket_is_closed(
    start: Callable[..., Any], ports: Ports
) -> None:
    own, (other,) = ports(1), ports(1)
    program = f"""
client = openconnection(here, {other}, here, ports[0], 5)
print("connected")
print(refused(wait, client.recv, 1), refused(client.recv, 1), client.close(), getresources()[1]["outsockets"])
"""
    with socket.create_server(("::1", other), family=socket.AF_INET6) as server:
        run = start(V6 + program, *own, limits={"connport": own}, loopback_ports=f"{other}-{other}")
        peer = server.accept()[0]
        run.wait_for_output("connected")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close by reset
        peer.close()
        assert run.wait().output == "connected\nSocketClosedRemote SocketClosedLocal False 0\n"


@pytest.mark.parametrize("address", ["::1", "::127.0.0.1", "64:ff9b::127.0.0.1", "::ffff:127.0.0.1"])
def test_given_a_stranger_on_this_computer_when_called_by_any_spelling_then_nothing_reaches_it(
    check: Check, ports: Ports, address: str
) -> None:
    own, (strange,) = ports(1), ports(1)
    local = "127.0.0.1" if "ffff" in address else "::1"
    program = f"""
print(refused(openconnection, "{address}", {strange}, "{local}", ports[0], 2))
print(refused(sendmessage, "{address}", {strange}, "x", "{local}", ports[0]))
"""
    with socket.create_server(("::", strange), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        server.settimeout(0)
        output = check(V6 + program, *own, limits={"connport": own, "messport": own})
        assert output.split() == ["DonorPolicyError"] * 2
        with pytest.raises(BlockingIOError):
            server.accept()


def test_given_an_ipv6_address_to_be_started_for_when_asked_then_getmyip_tells_it_and_no_other_is_allowed(
    check: Check, ports: Ports
) -> None:
    own = ports(2)
    program = """
print(getmyip(), refused(listenformessage, "::2", ports[0]), listenformessage(here, ports[0]).close())
"""
    limits = {"messport": own, "connport": own}
    output = check(V6 + program, *own, limits=limits, addresses=["::1"], only_these_addresses="yes")
    assert output == "::1 ResourceForbiddenError True\n"
