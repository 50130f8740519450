"""Where packets may go: a table of addresses, each judged under the default policy."""

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from ipaddress import ip_address
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.repy.door import Refusal
from seattle.repy.monitor.network.addresses import Address, check_port, embedded_ipv4, parse_ip
from seattle.repy.monitor.network.host import HostNetwork
from seattle.repy.monitor.network.policy import NetworkPolicy, Rule
from seattle.repy.monitor.network.transport import Transport
from seattle.repy.monitor.refused import RefusedError

OWN, NEIGHBOUR, STRANGER = 63100, 63150, 8080
POLICY = NetworkPolicy(neighbours=range(63140, 63160), messports=frozenset({OWN}), connports=frozenset({OWN}))
PRIVATE_TOO = NetworkPolicy(private=True)


def no_address(_address: Address) -> bool:
    """Whichever is asked for."""
    return False


class Somewhere(NamedTuple):
    """A computer with these addresses of its own, in a network of those."""

    mine: Callable[[Address], bool] = no_address
    near: Callable[[Address], bool] = no_address

    def is_mine(self, address: Address) -> bool:
        return self.mine(address)

    def is_near(self, address: Address) -> bool:
        return self.near(address)


def verdict(
    policy: NetworkPolicy,
    text: str,
    port: int = 80,
    *,
    mine: bool = False,
    near: bool = False,
    transport: Transport = Transport.TCP,
) -> Rule | None:
    """Which rule stands against it, if one does."""
    here = Somewhere(mine=lambda _address: mine, near=lambda _address: near)
    objection = policy.objection(parse_ip(text, "destip"), port, transport, here)
    return None if objection is None else objection.rule


INTERNET = ["1.1.1.1", "93.184.216.34", "198.51.100.7", "172.15.255.255", "172.32.0.1", "192.167.1.1", "11.0.0.1",
            "100.63.255.255", "100.128.0.1", "2606:4700::1", "2002:5db8:d822::1", "64:ff9b::5db8:d822",
            "::ffff:93.184.216.34"]  # fmt: skip


@pytest.mark.parametrize("address", INTERNET)
def test_given_an_address_of_the_internet_when_asked_then_it_may_be_reached(address: str) -> None:
    assert verdict(POLICY, address) is None


PRIVATE = ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
           "100.127.255.254", "fc00::1", "fd12:3456::1", "fec0::1",
           "::ffff:10.0.0.1", "::ffff:192.168.1.1",  # IPv4 in disguise
           "::10.0.0.1",  # IPv4-compatible
           "2002:0a00:0001::1", "2002:c0a8:0101::1",  # 6to4
           "192.0.0.1", "198.18.0.1", "198.19.255.254", "2001:2::1", "5f00::1",
           "::ffff:0:10.0.0.1",  # IPv4-translated
           "64:ff9b:1::8.8.8.8",  # NAT64 of one's own
           "64:ff9b::10.0.0.1", "64:ff9b::c0a8:101", "64:ff9b:1::192.168.1.1",  # NAT64
           "2001:0:5db8:d822:0:0:f5ff:fffe",  # Teredo, client 10.0.0.1
           "2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:192.168.1.1",  # ISATAP
           ]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_given_an_address_of_the_donors_network_when_asked_then_only_consent_opens_it(address: str) -> None:
    assert verdict(POLICY, address) is Rule.PRIVATE
    assert verdict(PRIVATE_TOO, address) is None


NEVER = ["169.254.169.254", "169.254.0.1", "fe80::1", "::ffff:169.254.169.254", "2002:a9fe:a9fe::1",
         "64:ff9b::169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254",
         "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42", "::ffff:0:169.254.169.254",
         "::ffff:100.100.100.200", "2001:0:5db8:d822:0:0:5601:5601", "2606:4700::5efe:169.254.169.254"]  # fmt: skip


@pytest.mark.parametrize("address", NEVER)
@pytest.mark.parametrize("policy", [POLICY, PRIVATE_TOO], ids=["default", "private"])
def test_given_a_link_local_or_metadata_address_when_asked_then_no_policy_opens_it(
    policy: NetworkPolicy, address: str
) -> None:
    assert verdict(policy, address) in (Rule.METADATA, Rule.LINK_LOCAL)


@pytest.mark.parametrize(
    "address",
    ["224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "0.0.0.0", "0.1.2.3", "ff02::1", "::",
     "192.168.0.0", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", " 1.2.3.4", "+1.2.3.4", "localhost", "",
     "fe80::1%eth0", "[::1]", "1.2.3.4/8", "::ffff:0.0.0.0", "::ffff:224.0.0.1", "0x7f.0.0.1", "2130706433"],
)  # fmt: skip
def test_given_what_no_single_computer_has_when_named_then_it_is_no_address(address: str) -> None:
    with pytest.raises(RefusedError) as refused:
        parse_ip(address, "destip")
    assert refused.value.refusal is Refusal.ARGUMENT


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize(("port", "open_"), [(OWN, True), (NEIGHBOUR, True), (STRANGER, False), (22, False)])
def test_given_the_computer_itself_when_asked_then_only_vessel_ports_are_open(
    address: str, port: int, open_: bool
) -> None:
    assert verdict(POLICY, address, port) is (None if open_ else Rule.THIS_COMPUTER)


@pytest.mark.parametrize("address", ["2002:7f00:1::", "64:ff9b::127.0.0.1", "::127.0.0.1", "2606:4700::5efe:127.0.0.1"])
def test_given_loopback_behind_a_translator_when_asked_then_a_strangers_port_stays_shut(address: str) -> None:
    assert verdict(POLICY, address, STRANGER) is Rule.THIS_COMPUTER


@pytest.mark.parametrize("address", ["2002:5db8:d822::1", "64:ff9b::5db8:d822"])
def test_given_an_own_address_behind_a_translator_when_asked_then_a_strangers_port_stays_shut(address: str) -> None:
    def is_mine(asked: object) -> bool:
        return str(asked) == "93.184.216.34"

    here = Somewhere(mine=is_mine, near=is_mine)
    objection = POLICY.objection(parse_ip(address, "destip"), STRANGER, Transport.TCP, here)
    assert objection is not None
    assert objection.rule is Rule.THIS_COMPUTER
    assert address in objection.text


def test_given_a_public_address_in_the_donors_own_network_when_asked_then_only_consent_opens_it() -> None:
    address = "2606:4700::1"
    assert verdict(POLICY, address, near=True) is Rule.PRIVATE
    assert verdict(PRIVATE_TOO, address, near=True) is None
    assert verdict(POLICY, address, OWN, mine=True, near=True) is None
    assert verdict(PRIVATE_TOO, address, STRANGER, mine=True, near=True) is Rule.THIS_COMPUTER
    here = Somewhere(near=lambda _address: True)
    assert not POLICY.may_be_told(ip_address(address), here)
    assert PRIVATE_TOO.may_be_told(ip_address(address), here)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_given_a_vessels_tcp_port_when_asked_for_udp_then_it_is_a_strangers(address: str) -> None:
    policy = NetworkPolicy(messports=frozenset({1000}), connports=frozenset({2000}))
    assert verdict(policy, address, 1000, transport=Transport.UDP) is None
    assert verdict(policy, address, 2000, transport=Transport.TCP) is None
    assert verdict(policy, address, 2000, transport=Transport.UDP) is Rule.THIS_COMPUTER
    assert verdict(policy, address, 1000, transport=Transport.TCP) is Rule.THIS_COMPUTER


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        *(("64:ff9b::224.0.0.1", Rule.MULTICAST), ("2002:e000:1::", Rule.MULTICAST)),
        *(("64:ff9b::255.255.255.255", Rule.RESERVED), ("64:ff9b::0.0.0.0", Rule.RESERVED), ("::2", Rule.RESERVED)),
    ],
)
def test_given_multicast_or_broadcast_behind_a_translator_when_asked_then_no_policy_opens_it(
    address: str, rule: Rule
) -> None:
    assert verdict(POLICY, address) is rule
    assert verdict(PRIVATE_TOO, address) is rule


@pytest.mark.parametrize("address", ["192.168.7.7", "93.184.216.34", "2606:4700::1"])
def test_given_an_own_address_that_is_not_loopback_when_asked_then_it_is_judged_as_the_computer_itself(
    address: str,
) -> None:
    assert verdict(POLICY, address, STRANGER, mine=True) is Rule.THIS_COMPUTER
    assert verdict(POLICY, address, NEIGHBOUR, mine=True) is None


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1", "127.0.0.1"])
@pytest.mark.parametrize("policy", [POLICY, PRIVATE_TOO], ids=["default", "private"])
def test_given_the_port_of_mail_servers_when_asked_then_it_is_shut(policy: NetworkPolicy, address: str) -> None:
    assert verdict(policy, address, 25) is Rule.MAIL


@pytest.mark.parametrize("port", [-1, 0, 65536, 2**40])
def test_given_what_is_no_port_when_checked_then_it_is_refused(port: int) -> None:
    with pytest.raises(RefusedError) as refused:
        check_port(port, "destport")
    assert refused.value.refusal is Refusal.ARGUMENT


@given(address=st.ip_addresses())
def test_what_stands_for_an_ipv4_address_is_judged_no_milder_than_it(address: object) -> None:
    outer = ip_address(str(address))
    inner = embedded_ipv4(outer)
    if inner is None:
        return
    try:
        parse_ip(str(outer), "destip")
        parse_ip(str(inner), "destip")
    except RefusedError:
        return
    if verdict(POLICY, str(inner)) is not None:
        assert verdict(POLICY, str(outer)) is not None or outer.is_loopback


def test_given_an_address_when_it_is_looked_for_then_only_this_computers_own_are_mine() -> None:
    with closing(HostNetwork()) as network:
        assert network.is_mine(ip_address("127.0.0.1"))
        assert not network.is_mine(ip_address("192.0.2.1"))
        assert not network.is_mine(ip_address("2001:db8::1"))


# A world with a network of its own, in which the loopback receives at an address as one of many.
ROUTER = """
import ctypes, fcntl, ipaddress, pathlib, socket, struct, sys
from seattle.repy.monitor.network.host import HostNetwork

libc = ctypes.CDLL(None, use_errno=True)
own, other = map(ipaddress.ip_address, ("2001:db8:7::", "2001:db8:8::"))
try:
    if libc.unshare(0x50000000) != 0:  # a user and a network namespace
        raise OSError(ctypes.get_errno(), "unshare")
    pathlib.Path("/proc/sys/net/ipv6/conf/all/forwarding").write_text("1")
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    fcntl.ioctl(sock, 0x8914, struct.pack("16sH22x", b"lo", 1))  # SIOCSIFFLAGS: up
    sock.setsockopt(socket.IPPROTO_IPV6, 27, own.packed + struct.pack("i", 1))  # IPV6_JOIN_ANYCAST
    fcntl.ioctl(sock, 0x8916, (own + 5).packed + struct.pack("Ii", 64, 1))  # SIOCSIFADDR
except OSError as why:
    print(why)
    sys.exit(3)
sock.bind(("::", 5353))
sock.settimeout(10)
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
    sender.sendto(b"here", (str(own), 5353))
assert sock.recv(10) == b"here"
network = HostNetwork()
print(network.is_mine(own), network.is_mine(other))
print(network.is_near(own + 2**64 - 1), network.is_near(own + 2**64), network.is_near(other))
"""


def test_given_a_router_when_addresses_are_looked_for_then_that_of_all_routers_is_its_own_and_others_near() -> None:
    done = subprocess.run([sys.executable, "-c", ROUTER], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode == 3:
        pytest.skip(f"no network namespace with IPv6 here: {done.stdout.strip()}")
    assert done.stdout == "True False\nTrue False False\n", done.stderr


@pytest.mark.parametrize(("reason", "near"), [(errno.EADDRNOTAVAIL, True), (errno.EAFNOSUPPORT, False)])
def test_given_a_kernel_that_shows_nobody_its_addresses_when_asked_then_all_of_ipv6_is_near_if_there_is_any(
    monkeypatch: pytest.MonkeyPatch, reason: int, near: bool
) -> None:
    monkeypatch.setattr("seattle.repy.monitor.network.socket_tables._open_table", lambda _name: None)
    monkeypatch.setattr("seattle.repy.monitor.network.host._why_not_bound", lambda _address: reason)
    network = HostNetwork()
    assert network.is_near(ip_address("2606:4700::1")) is near
    assert not network.is_near(ip_address("1.1.1.1"))
    network.close()


HEARS = """
from ipaddress import ip_address
from seattle.repy.monitor.network.host import HostNetwork

for text in ("192.168.77.5", "192.168.77.255"):
    try:
        HostNetwork().bind_udp(ip_address(text), 63100)
        print("bound")
    except OSError as why:
        print(why.strerror)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a network")
def test_given_the_address_of_a_whole_network_when_it_is_listened_at_then_it_is_none_of_this_computer() -> None:
    """Whoever listens there hears what computers of the donor's network say to all of them."""
    makes = "ip link set lo up && ip address add 192.168.77.5/24 brd 192.168.77.255 dev lo"
    words = ["unshare", "--net", "sh", "-c", f'{makes} && "$@"', "sh", sys.executable, "-c", HEARS]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "bound\nthe address of all computers of a network is none of this one\n"


@pytest.mark.parametrize("reason", [errno.EMFILE, errno.ENOBUFS, errno.EADDRINUSE, errno.EACCES])
def test_given_a_computer_that_is_short_of_something_when_nobody_can_tell_then_an_address_counts_as_its_own(
    monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    """A guest can use up the monitor's descriptors, and would then reach the donor's services at a public address."""

    def refuse(*_: object) -> None:
        raise OSError(reason, "no")

    with closing(HostNetwork()) as network:
        monkeypatch.setattr(socket, "socket", refuse)
        assert network.is_mine(ip_address("93.184.216.34"))


def test_given_sockets_of_this_computer_when_asked_for_then_they_are_found_by_address_and_port(
    ports: Callable[[int], list[int]],
) -> None:
    port, other = ports(2)
    with closing(HostNetwork()) as network:
        for host in ("127.0.0.1", "::1"):
            here = ip_address(host)
            try:
                server = network.listen_tcp(here, port, 1)
            except OSError:
                continue  # no IPv6 here
            with server, network.connect_tcp(here, other, here, port):
                assert network.has_listener(Transport.TCP, here, port)
                assert not network.has_listener(Transport.TCP, here, other)
                assert not network.has_listener(Transport.UDP, here, port)
                assert network.has_connection(here, other, here, port)
                assert not network.has_connection(here, other, here, other)


def test_given_an_address_that_was_not_parsed_when_it_is_ipv4_in_disguise_then_it_is_judged_as_that() -> None:
    objection = POLICY.objection(ip_address("::ffff:10.0.0.1"), STRANGER, Transport.TCP, Somewhere())
    assert objection is not None
    assert objection.rule is Rule.PRIVATE
