"""Names: looked up without holding anybody up, for so long and no longer, and so many at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from ipaddress import ip_address
from typing import Any

import pytest

from seattle.repy.door import Refusal
from seattle.repy.monitor import workers
from seattle.repy.monitor.network.addresses import Address
from seattle.repy.monitor.network.host import HostNetwork
from seattle.repy.monitor.network.policy import NetworkPolicy
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import Scheduler
from seattle.repy.monitor.sockets import names
from seattle.repy.monitor.sockets.sockets import Sockets
from seattle.resources.meter import Meter


class SlowNames(HostNetwork):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self.asked: list[str] = []
        self.names = {"v6": "2001:db8::1"}

    def resolve(self, name: str) -> str:
        self.asked.append(name)
        if not self.go_on.wait(60):
            raise OSError("the test is over")
        return self.names.get(name, "192.0.2.1")

    def is_near(self, address: Address) -> bool:
        return address == ip_address("2001:db8:7::1") or super().is_near(address)


@pytest.fixture
def slow() -> Iterator[SlowNames]:
    network = SlowNames()
    yield network
    network.go_on.set()
    network.close()


@pytest.fixture
def sockets(slow: SlowNames, limits: Callable[..., Any]) -> Sockets:
    return Sockets(slow, NetworkPolicy(), Meter(limits()), lambda: 1, note=lambda _text: None)


class Calls:
    """Calls that are under way in one loop."""

    def __init__(self) -> None:
        self.scheduler = Scheduler()
        self.ended: dict[str, Any] = {}

    def begin(self, name: str, call: Any) -> Any:
        def done(value: Any, error: BaseException | None) -> None:
            self.ended[name] = value if error is None else error
            self.scheduler.stop()

        return self.scheduler.start(call, done)

    def until(self, *names: str) -> None:
        while not set(names) <= set(self.ended):
            self.scheduler._stopping.clear()
            self.scheduler.run()


@pytest.fixture
def calls() -> Iterator[Calls]:
    made = Calls()
    yield made
    made.scheduler.close()


def test_given_a_lookup_that_hangs_when_others_call_then_they_are_answered_at_once(
    calls: Calls, slow: SlowNames, sockets: Sockets
) -> None:
    calls.begin("slow", sockets.get_host_by_name("slow.example"))
    calls.begin("literal", sockets.get_host_by_name("192.0.2.9"))
    calls.until("literal")
    assert calls.ended == {"literal": "192.0.2.9"}
    slow.go_on.set()
    calls.until("slow")
    assert calls.ended["slow"] == "192.0.2.1"


def test_given_a_resolver_that_says_nothing_when_time_is_over_then_the_name_has_no_address(
    calls: Calls, slow: SlowNames, sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "LOOKUP_PATIENCE", 0.01)
    for number in range(workers.MOST + 3):
        calls.begin(f"{number}", sockets.get_host_by_name(f"{number}.example"))
    calls.until(*map(str, range(workers.MOST + 3)))
    assert {why.refusal for why in calls.ended.values()} == {Refusal.ADDRESS}
    assert len(slow.asked) == workers.MOST, "those that had to wait for a thread have given up, too"
    monkeypatch.setattr(names, "LOOKUP_PATIENCE", 60.0)
    slow.go_on.set()  # late answers, to calls that are over
    calls.begin("next", sockets.get_host_by_name("next.example"))
    calls.until("next")
    assert calls.ended["next"] == "192.0.2.1"


def test_given_many_lookups_when_they_hang_then_only_so_many_threads_are_at_it(
    calls: Calls, slow: SlowNames, sockets: Sockets
) -> None:
    before = threading.active_count()
    running = [calls.begin(f"{n}", sockets.get_host_by_name(f"{n}.example")) for n in range(3 * workers.MOST)]
    assert threading.active_count() - before <= workers.MOST
    for one in running[workers.MOST :]:
        one.cancel()
    slow.go_on.set()
    calls.until(*map(str, range(workers.MOST)))
    assert len(slow.asked) == workers.MOST, "what nobody waits for any more is not begun"


def test_given_a_name_without_ipv4_when_looked_up_then_it_is_an_ipv6_address(
    finish: Callable[[Any], Any], slow: SlowNames, sockets: Sockets
) -> None:
    slow.go_on.set()
    assert finish(sockets.get_host_by_name("v6")) == "2001:db8::1"


@pytest.mark.parametrize(
    "name", ["10.1.2.3", "fe80::1%lo", "169.254.169.254", "fd00::7", "::ffff:192.168.1.1", "224.0.0.1", "2001:db8:7::1"]
)
def test_given_a_name_in_the_donors_own_network_when_looked_up_then_no_program_learns_its_address(
    finish: Callable[[Any], Any], slow: SlowNames, sockets: Sockets, name: str
) -> None:
    slow.go_on.set()
    slow.names = {"printer.lan": name}
    with pytest.raises(RefusedError, match=r"printer\.lan.*policy") as refused:
        finish(sockets.get_host_by_name("printer.lan"))
    assert refused.value.refusal is Refusal.ADDRESS
    assert name not in refused.value.text


@pytest.mark.parametrize(("address", "private"), [("127.0.0.1", False), ("::1", False), ("10.1.2.3", True)])
def test_given_a_name_of_this_computer_or_a_network_that_is_allowed_when_looked_up_then_it_is_told(
    finish: Callable[[Any], Any], limits: Callable[..., Any], slow: SlowNames, address: str, *, private: bool
) -> None:
    slow.go_on.set()
    slow.names = {"printer.lan": address}
    sockets = Sockets(slow, NetworkPolicy(private=private), Meter(limits()), lambda: 1, note=lambda _text: None)
    assert finish(sockets.get_host_by_name("printer.lan")) == address


@pytest.mark.parametrize("name", ["", "\0", "a\0b", "\udc80", "a" * 64 + ".example", "xn--a\u0338", "ä." * 300, ".."])
def test_given_what_is_no_name_when_looked_up_then_it_is_an_address_error_whatever_python_says(
    finish: Callable[[Any], Any], limits: Callable[..., Any], name: str
) -> None:
    with closing(HostNetwork()) as network:
        sockets = Sockets(network, NetworkPolicy(), Meter(limits()), lambda: 1, note=lambda _text: None)
        with pytest.raises(RefusedError) as refused:
            finish(sockets.get_host_by_name(name))
    assert refused.value.refusal is Refusal.ADDRESS


@pytest.mark.parametrize("name", ["127.0.0.1", "::1", "2001:db8::7", "192.168.0.1"])
def test_given_a_literal_when_looked_up_then_it_is_returned_unchanged_and_nobody_is_asked(
    finish: Callable[[Any], Any], slow: SlowNames, sockets: Sockets, name: str
) -> None:
    assert finish(sockets.get_host_by_name(name)) == name
    assert slow.asked == []


def test_given_a_program_that_looks_up_a_name_when_its_other_threads_call_then_they_go_on(
    check: Callable[..., str],
) -> None:
    program = """
done = []
def look_up():
    try:
        gethostbyname("nobody.invalid")
    except NetworkAddressError as why:
        done.append("looked up")
for _ in range(3):
    createthread(look_up)
for _ in range(200):
    randombytes()
print("went on")
while len(done) < 3:
    sleep(0.01)
"""

    assert check(program, limits={"random": 10**9}) == "went on\n"
