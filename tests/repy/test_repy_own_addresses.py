"""Which addresses of this computer a program is told, and may use: what it was started for, as far as it is there."""

from collections.abc import Callable, Iterator
from contextlib import closing
from ipaddress import ip_address

import pytest

from seattle.repy.door import Refusal
from seattle.repy.monitor.network.addresses import Address
from seattle.repy.monitor.network.host import HostNetwork
from seattle.repy.monitor.network.own_addresses import OwnAddresses, Preference
from seattle.repy.monitor.refused import RefusedError

Check = Callable[..., str]  # see conftest.py, as for the next
Ports = Callable[[int], list[int]]

ELSEWHERE = "203.0.113.9"


class Moving(HostNetwork):
    """This computer's network, with an interface whose addresses change."""

    def __init__(self) -> None:
        super().__init__()
        self.now = ["127.0.0.7"]

    def addresses_of(self, interface: str) -> list[Address]:
        return [ip_address(text) for text in self.now] if interface == "moving0" else super().addresses_of(interface)

    def my_address(self) -> str:
        return "192.0.2.1"


@pytest.fixture
def network() -> Iterator[Moving]:
    with closing(Moving()) as network:
        yield network


def prefer(*addresses: str, interfaces: tuple[str, ...] = (), only_these: bool = False) -> Preference:
    return Preference(tuple(map(ip_address, addresses)), interfaces, only_these)


@pytest.mark.parametrize(
    ("preference", "told"),
    [
        (prefer(), "192.0.2.1"),
        (prefer("127.0.0.5", "127.0.0.6"), "127.0.0.5"),
        (prefer(ELSEWHERE, "127.0.0.6"), "127.0.0.6"),
        (prefer("127.0.0.6", interfaces=("moving0",)), "127.0.0.6"),
        (prefer(ELSEWHERE, interfaces=("moving0",)), "127.0.0.7"),
        (prefer(interfaces=("nothing0", "moving0", "lo")), "127.0.0.7"),
        (prefer(interfaces=("lo",)), "127.0.0.1"),
        (prefer(ELSEWHERE), "127.0.0.1"),
        (prefer(interfaces=("nothing0", "a\0b", "", "x" * 100)), "127.0.0.1"),
        (prefer(only_these=True), "127.0.0.1"),
    ],
)
def test_given_a_preference_when_the_address_is_asked_for_then_it_is_the_first_that_can_be_used(
    network: Moving, preference: Preference, told: str
) -> None:
    assert OwnAddresses(network, preference).told() == told


def test_given_an_interface_whose_address_changes_when_asked_again_then_it_is_the_new_one(network: Moving) -> None:
    own = OwnAddresses(network, prefer(interfaces=("moving0",), only_these=True))
    assert own.told() == "127.0.0.7"
    network.now = ["127.0.0.8"]
    assert own.told() == "127.0.0.8"
    own.check(ip_address("127.0.0.8"))
    with pytest.raises(RefusedError):
        own.check(ip_address("127.0.0.7"))


@pytest.mark.parametrize("allowed", ["127.0.0.1", "::1", "127.0.0.5", "127.0.0.7"])
def test_given_addresses_and_no_others_when_one_of_them_or_loopback_is_used_then_it_may_be(
    network: Moving, allowed: str
) -> None:
    OwnAddresses(network, prefer("127.0.0.5", interfaces=("moving0",), only_these=True)).check(ip_address(allowed))


@pytest.mark.parametrize("address", ["127.0.0.2", ELSEWHERE, "::2"])
@pytest.mark.parametrize("preference", [prefer("127.0.0.5", ELSEWHERE, only_these=True), prefer(only_these=True)])
def test_given_addresses_and_no_others_when_another_is_used_then_it_is_forbidden(
    network: Moving, preference: Preference, address: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        OwnAddresses(network, preference).check(ip_address(address))
    assert refused.value.refusal is Refusal.FORBIDDEN


@pytest.mark.parametrize("address", ["127.0.0.2", ELSEWHERE])
def test_given_a_mere_preference_when_another_address_is_used_then_nobody_minds(network: Moving, address: str) -> None:
    OwnAddresses(network, prefer("127.0.0.5")).check(ip_address(address))


def test_given_the_loopback_interface_when_its_addresses_are_asked_for_then_ipv4_comes_first(network: Moving) -> None:
    found = network.addresses_of("lo")
    assert ip_address("127.0.0.1") in found
    assert found == sorted(found, key=lambda address: address.version)


def test_given_a_program_started_for_addresses_when_it_runs_then_it_is_told_the_first_and_may_use_no_other(
    check: Check, ports: Ports
) -> None:
    (port,) = ports(1)
    program = """
        def attempt(address):
            try:
                return listenformessage(address, int(callargs[0])).close()
            except ResourceForbiddenError:
                return False
        print(getmyip(), attempt("127.0.0.5"), attempt("127.0.0.6"), attempt("127.0.0.1"))
        """
    output = check(
        program, port, limits={"messport": [port]}, addresses=[ELSEWHERE, "127.0.0.5"], only_these_addresses="yes"
    )
    assert output == "127.0.0.5 True False True\n"


def test_given_a_program_started_for_an_interface_when_it_runs_then_its_monitor_can_look_it_up(check: Check) -> None:
    assert check("print(getmyip())", interfaces=["nothing0", "lo"]) == "127.0.0.1\n"
