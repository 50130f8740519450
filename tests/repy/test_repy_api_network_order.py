"""In which order network calls check: of several things wrong with one, which is told."""

from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

import pytest

from seattle.repy.door import Refusal
from seattle.repy.monitor.network.host import HostNetwork
from seattle.repy.monitor.network.own_addresses import Preference
from seattle.repy.monitor.network.policy import NetworkPolicy
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.sockets.sockets import Sockets
from seattle.resources.errors import ResourceForbiddenError
from seattle.resources.meter import Meter

OWN, OTHER = 34567, 34568
LONG = bytes(9217)


@pytest.fixture
def check(limits: Callable[..., Any], finish: Callable[[Any], Any]) -> Iterator[Callable[..., str]]:
    """What a call of a vessel is told that owns one port, may use 192.0.2.1 alone, and has no network left."""
    meter = Meter(limits(messport=[OWN], connport=[OWN], netsend=0, netrecv=0))
    policy = NetworkPolicy(messports=frozenset({OWN}), connports=frozenset({OWN}))
    preference = Preference((ip_address("192.0.2.1"),), only_these=True)
    network = HostNetwork()
    sockets = Sockets(network, policy, meter, lambda: 1, note=lambda _text: None, preference=preference)

    def check(call: str, *arguments: Any) -> str:
        try:
            finish(getattr(sockets, call)(*arguments))
        except RefusedError as why:
            return f"{why.refusal.name}: {why.text}"
        except ResourceForbiddenError as why:
            return f"RATE OR PORT: {why}"
        return "done"

    yield check
    network.close()


# Each line has everything wrong that the lines below it have, and one thing more. 127.0.0.1 is always allowed.
@pytest.mark.parametrize(
    ("destip", "destport", "message", "localip", "localport", "told"),
    [
        ("nowhere", 0, LONG, "nobody", 0, "ARGUMENT: destip"),
        ("10.0.0.1", 0, LONG, "nobody", 0, "ARGUMENT: localip"),
        ("10.0.0.1", 0, LONG, "203.0.113.1", 0, "ARGUMENT: destport"),
        ("10.0.0.1", OTHER, LONG, "203.0.113.1", 0, "ARGUMENT: localport"),
        ("fc00::1", OTHER, LONG, "203.0.113.1", OTHER, "ARGUMENT: destip is IPv6"),
        ("203.0.113.1", OTHER, LONG, "203.0.113.1", OTHER, "ARGUMENT: local and remote"),
        ("10.0.0.1", OTHER, LONG, "203.0.113.1", OTHER, "FORBIDDEN: this program may not use 203.0.113.1"),
        ("10.0.0.1", OTHER, LONG, "127.0.0.1", OTHER, "RATE OR PORT: this vessel may not use UDP port"),
        ("10.0.0.1", OTHER, LONG, "127.0.0.1", OWN, "POLICY: the donor's policy keeps programs from private networks"),
        ("203.0.113.1", OTHER, LONG, "127.0.0.1", OWN, "ARGUMENT: the message has 9217 bytes"),
        ("203.0.113.1", OTHER, b"", "127.0.0.1", OWN, "RATE OR PORT: this vessel may not use netsend"),
    ],
)
def test_given_several_wrongs_when_a_message_is_sent_then_the_first_of_the_order_is_told(
    check: Callable[..., str], destip: str, destport: int, message: bytes, localip: str, localport: int, told: str
) -> None:
    assert check("send_message", destip, destport, message, localip, localport).startswith(told)


@pytest.mark.parametrize(
    ("destip", "destport", "localip", "localport", "timeout", "told"),
    [
        ("nowhere", 0, "nobody", 0, 0, "ARGUMENT: destip"),
        ("10.0.0.1", 0, "nobody", 0, 0, "ARGUMENT: localip"),
        ("10.0.0.1", 0, "203.0.113.1", 0, 0, "ARGUMENT: destport"),
        ("10.0.0.1", OTHER, "203.0.113.1", 0, 0, "ARGUMENT: localport"),
        ("203.0.113.1", OTHER, "203.0.113.1", OTHER, 0, "ARGUMENT: timeout"),
        ("203.0.113.1", OTHER, "203.0.113.1", OTHER, float("nan"), "ARGUMENT: timeout"),
        ("203.0.113.1", OTHER, "203.0.113.1", OTHER, 1, "ARGUMENT: local and remote"),
        ("10.0.0.1", OTHER, "203.0.113.1", OTHER, 1, "FORBIDDEN: this program may not use 203.0.113.1"),
        ("10.0.0.1", OTHER, "127.0.0.1", OTHER, 1, "RATE OR PORT: this vessel may not use TCP port"),
        ("10.0.0.1", OTHER, "127.0.0.1", OWN, 1, "POLICY: the donor's policy keeps programs from private networks"),
        ("203.0.113.1", OTHER, "127.0.0.1", OWN, 1, "RATE OR PORT: this vessel may not use netsend"),
    ],
)
def test_given_several_wrongs_when_a_connection_is_opened_then_the_first_of_the_order_is_told(
    check: Callable[..., str], destip: str, destport: int, localip: str, localport: int, timeout: float, told: str
) -> None:
    assert check("open_connection", destip, destport, localip, localport, timeout).startswith(told)


@pytest.mark.parametrize("call", ["listen_for_message", "listen_for_connection"])
@pytest.mark.parametrize(
    ("localip", "localport", "told"),
    [
        ("nobody", 0, "ARGUMENT: localip"),
        ("203.0.113.1", 0, "ARGUMENT: localport"),
        ("203.0.113.1", OTHER, "FORBIDDEN: this program may not use 203.0.113.1"),
        ("127.0.0.1", OTHER, "RATE OR PORT: this vessel may not use"),
        ("127.0.0.1", OWN, "done"),
    ],
)
def test_given_several_wrongs_when_listened_then_the_first_of_the_order_is_told(
    check: Callable[..., str], call: str, localip: str, localport: int, told: str
) -> None:
    assert check(call, localip, localport).startswith(told)


@pytest.mark.parametrize("call", ["get_message", "get_connection"])
def test_given_no_such_listener_when_asked_then_it_is_closed(check: Callable[..., str], call: str) -> None:
    assert check(call, 77).startswith(Refusal.CLOSED_LOCAL.name)
