"""What each network call costs, to the byte, and for which debts it waits first. Real sockets, a clock that stands."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, NoReturn

import pytest

from seattle.repy.door import Refusal
from seattle.repy.monitor.network.addresses import Address
from seattle.repy.monitor.network.host import HostNetwork
from seattle.repy.monitor.network.policy import NetworkPolicy
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import Sleep
from seattle.repy.monitor.sockets.sockets import Sockets
from seattle.resources.errors import ResourceExhaustedError, ResourceForbiddenError
from seattle.resources.meter import Meter

HERE = "127.0.0.1"
RATES = ("netsend", "netrecv", "loopsend", "looprecv")


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Names(HostNetwork):
    """This computer's network, names that somebody else knows, and addresses that it gets at the moment."""

    def __init__(self) -> None:
        super().__init__()
        self.new: set[Address] = set()

    def is_mine(self, address: Address) -> bool:
        return address in self.new or super().is_mine(address)

    def resolve(self, name: str) -> str:
        if name == "known.example":
            return "192.0.2.7"
        raise OSError("nobody knows it")

    def my_address(self) -> str:
        return "192.0.2.1"


class Vessel:
    """The network calls of one vessel, its meter, and its clock."""

    def __init__(
        self,
        ports: list[int],
        limits: Callable[..., Any],
        finish: Callable[[Any], Any],
        *,
        budget: int | None = None,
        **more: Any,
    ) -> None:
        self.ports = ports
        self.clock = Clock()
        plenty = dict.fromkeys(RATES, 1e9)
        vector = limits(**{**plenty, "messport": ports, "connport": ports, **more})
        self.meter = Meter(vector, clock=self.clock)
        self.notes: list[str] = []
        policy = NetworkPolicy(messports=frozenset(ports), connports=frozenset(ports))
        self.last_handle = 0
        self.network = Names()
        self.sockets = Sockets(
            self.network, policy, self.meter, self._new_handle, note=self.notes.append, budget=budget, clock=self.clock
        )
        self._finish = finish

    def _new_handle(self) -> int:
        self.last_handle += 1
        return self.last_handle

    def do(self, call: Any) -> Any:
        """The result of a call that has to wait for nothing but sockets."""
        return self._finish(call)

    def cost(self, call: Callable[[], Any]) -> dict[str, float]:
        """What a call charges, by rate, those with 0 left out; whether it succeeds or is refused."""
        before = {rate: getattr(self.meter, rate).spent for rate in RATES}
        with suppress(RefusedError, ResourceExhaustedError, ResourceForbiddenError):
            self.do(call())
        spent = {rate: getattr(self.meter, rate).spent - before[rate] for rate in RATES}
        return {rate: amount for rate, amount in spent.items() if amount}

    def connect(self) -> tuple[int, int, int]:
        """A listener, and both ends of a connection: the accepted one, then the opened one."""
        server, client = self.ports[:2]
        listener = self.do(self.sockets.listen_for_connection(HERE, server))
        opened = self.do(self.sockets.open_connection(HERE, server, HERE, client, 5))
        return listener, self.until_done(lambda: self.sockets.get_connection(listener))[2], opened

    def until_done(self, call: Callable[[], Any]) -> Any:
        """Repeat a call until there is something."""
        for _ in range(100_000):
            try:
                return self.do(call())
            except RefusedError as why:
                if why.refusal is not Refusal.WOULD_BLOCK:
                    raise
        raise AssertionError("nothing came")


@pytest.fixture
def vessel(
    ports: Callable[[int], list[int]], limits: Callable[..., Any], finish: Callable[[Any], Any]
) -> Iterator[Callable[..., Vessel]]:
    """Make a vessel with three ports; limits by name."""
    made: list[Vessel] = []

    def make(**more: Any) -> Vessel:
        made.append(Vessel(ports(3), limits, finish, **more))
        return made[-1]

    yield make
    for one in made:
        one.sockets.close_all()
        one.network.close()


# --- names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["known.example", "unknown.example", "192.0.2.9", "::1", ""])
def test_given_any_name_when_looked_up_then_1024_sent_and_4096_received_are_charged(
    vessel: Callable[..., Vessel], name: str
) -> None:
    one = vessel()
    assert one.cost(lambda: one.sockets.get_host_by_name(name)) == {"netsend": 1024, "netrecv": 4096}


def test_given_getmyip_when_asked_then_256_sent_and_128_received_are_charged(vessel: Callable[..., Vessel]) -> None:
    one = vessel()
    assert one.cost(one.sockets.get_my_ip) == {"netsend": 256, "netrecv": 128}


# --- UDP ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 936, 9216])
def test_given_a_datagram_when_sent_and_taken_then_each_side_is_charged_64_and_its_length(
    vessel: Callable[..., Vessel], size: int
) -> None:
    one = vessel()
    first, second, _ = one.ports
    listener = one.do(one.sockets.listen_for_message(HERE, first))
    sent = one.cost(lambda: one.sockets.send_message(HERE, first, bytes(size), HERE, second))
    assert sent == {"loopsend": 64 + size}
    before = one.meter.looprecv.spent
    assert one.until_done(lambda: one.sockets.get_message(listener)) == [HERE, second, bytes(size)]
    assert one.meter.looprecv.spent - before == 64 + size
    assert one.cost(lambda: one.sockets.get_message(listener)) == {}, "nothing was waiting"


def test_given_a_udp_listener_when_made_and_closed_then_nothing_is_charged(vessel: Callable[..., Vessel]) -> None:
    one = vessel()
    assert one.cost(lambda: one.sockets.listen_for_message(HERE, one.ports[0])) == {}
    assert one.cost(lambda: one.sockets.close(1)) == {}
    assert one.cost(lambda: one.sockets.close(1)) == {}


# --- TCP ---------------------------------------------------------------------------------------------------------


def test_given_a_connection_when_opened_accepted_and_closed_then_each_step_costs_what_the_reference_says(
    vessel: Callable[..., Vessel],
) -> None:
    one = vessel()
    server, client, _ = one.ports
    assert one.cost(lambda: one.sockets.listen_for_connection(HERE, server)) == {}
    assert one.cost(lambda: one.sockets.get_connection(1)) == {}, "nobody is there yet"
    opened = one.cost(lambda: one.sockets.open_connection(HERE, server, HERE, client, 5))
    assert opened == {"loopsend": 128, "looprecv": 64}
    before = one.meter.loopsend.spent, one.meter.looprecv.spent
    one.until_done(lambda: one.sockets.get_connection(1))
    assert (one.meter.loopsend.spent - before[0], one.meter.looprecv.spent - before[1]) == (64, 128)
    assert one.cost(lambda: one.sockets.close(2)) == {"loopsend": 128, "looprecv": 64}
    assert one.cost(lambda: one.sockets.close(2)) == {}, "it was closed"
    assert one.cost(lambda: one.sockets.close(1)) == {}, "listeners are free"


def test_given_data_that_nobody_takes_when_its_connection_is_closed_then_it_is_charged_all_the_same(
    vessel: Callable[..., Vessel],
) -> None:
    """Or whoever closes instead of receiving would have as much sent to the donor as the line takes."""
    one = vessel()
    _, accepted, opened = one.connect()
    one.do(one.sockets.send(opened, bytes(5000)))
    assert one.do(one.sockets.wait_ready([accepted], [], 10)) == [[accepted], []]
    before = one.sockets.destinations.table()
    assert one.cost(lambda: one.sockets.close(accepted)) == {"loopsend": 128, "looprecv": 64 + 5000}
    after = one.sockets.destinations.table()
    assert [int(now[5]) - int(then[5]) for now, then in zip(after, before, strict=True)] == [0, 5000]


@pytest.mark.parametrize("size", [1, 64, 5000])
def test_given_data_when_sent_and_received_then_both_are_charged_64_each_way_and_the_bytes(
    vessel: Callable[..., Vessel], size: int
) -> None:
    one = vessel()
    _, accepted, opened = one.connect()
    assert one.cost(lambda: one.sockets.receive(accepted, 100)) == {}, "nothing has come"
    assert one.cost(lambda: one.sockets.send(opened, bytes(size))) == {"loopsend": 64 + size, "looprecv": 64}
    before = one.meter.loopsend.spent, one.meter.looprecv.spent
    assert one.until_done(lambda: one.sockets.receive(accepted, 10_000)) == bytes(size)
    assert (one.meter.loopsend.spent - before[0], one.meter.looprecv.spent - before[1]) == (64, 64 + size)


def test_given_the_same_traffic_over_ipv6_when_charged_then_each_step_costs_what_it_does_over_ipv4(
    vessel: Callable[..., Vessel],
) -> None:
    def steps(host: str) -> list[dict[str, float]]:
        one, costs = vessel(), []
        (port, port2, _), sockets = one.ports, one.sockets
        heard = one.do(sockets.listen_for_message(host, port))
        costs.append(one.cost(lambda: sockets.send_message(host, port, b"x" * 100, host, port2)))
        costs.append(one.cost(lambda: sockets.get_message(heard)))
        listener = one.do(sockets.listen_for_connection(host, port))
        costs.append(one.cost(lambda: sockets.open_connection(host, port, host, port2, 5)))
        costs.append(one.cost(lambda: sockets.get_connection(listener)))
        opened, accepted = one.last_handle - 1, one.last_handle
        costs.append(one.cost(lambda: sockets.send(opened, b"x" * 50)))
        costs.append(one.cost(lambda: sockets.receive(accepted, 100)))
        costs.append(one.cost(lambda: sockets.close(opened)))
        costs.append(one.cost(lambda: sockets.send_message(host, port, b"x", host, 1)))
        return costs

    assert steps("::1") == steps(HERE) == steps("::ffff:127.0.0.1")
    assert {rate for cost in steps("::1") for rate in cost} == {"loopsend", "looprecv"}


def test_given_nothing_to_send_when_sent_then_it_is_charged_as_a_packet(vessel: Callable[..., Vessel]) -> None:
    one = vessel()
    opened = one.connect()[2]
    assert one.cost(lambda: one.sockets.send(opened, b"")) == {"loopsend": 64, "looprecv": 64}


def test_given_more_than_fits_when_sent_then_only_what_was_accepted_is_charged_and_a_full_buffer_costs_nothing(
    vessel: Callable[..., Vessel],
) -> None:
    one = vessel()
    opened = one.connect()[2]
    accepted, calls, refusal = 0, 0, None
    before = one.meter.loopsend.spent
    while refusal is None and accepted < 4_000_000:
        try:
            accepted += one.do(one.sockets.send(opened, bytes(100_000)))
            calls += 1
        except RefusedError as why:
            refusal = why.refusal
    assert refusal is Refusal.WOULD_BLOCK
    assert accepted < 1 << 20
    assert one.meter.loopsend.spent - before == accepted + 64 * calls


def test_given_no_unit_left_when_a_connection_is_accepted_then_it_is_closed_and_charged_all_the_same(
    vessel: Callable[..., Vessel],
) -> None:
    one = vessel(outsockets=1)
    server, client, _ = one.ports
    listener = one.do(one.sockets.listen_for_connection(HERE, server))
    opened = one.do(one.sockets.open_connection(HERE, server, HERE, client, 5))
    one.do(one.sockets.send(opened, bytes(1000)))
    one.do(one.sockets.wait_ready([listener], [], 10))
    before = one.meter.looprecv.spent
    with pytest.raises(ResourceExhaustedError):
        one.until_done(lambda: one.sockets.get_connection(listener))
    assert one.meter.looprecv.spent - before == 128 + 1000
    with pytest.raises(RefusedError) as refused:
        one.until_done(lambda: one.sockets.receive(opened, 1))
    assert refused.value.refusal is Refusal.CLOSED_REMOTE


def test_given_the_end_of_the_data_when_received_then_it_costs_nothing(vessel: Callable[..., Vessel]) -> None:
    one = vessel()
    _, accepted, opened = one.connect()
    one.do(one.sockets.close(accepted))
    with pytest.raises(RefusedError):
        one.until_done(lambda: one.sockets.receive(opened, 1))
    assert one.cost(lambda: one.sockets.receive(opened, 1)) == {}
    assert one.cost(lambda: one.sockets.send(opened, b"x")) == {}


# --- refused calls -----------------------------------------------------------------------------------------------

REFUSED = {
    "no address": lambda one: one.sockets.send_message("nowhere", 1, b"", HERE, one.ports[0]),
    "no port": lambda one: one.sockets.open_connection(HERE, 0, HERE, one.ports[0], 1),
    "no local address": lambda one: one.sockets.listen_for_message("224.0.0.1", one.ports[0]),
    "not its port": lambda one: one.sockets.listen_for_connection(HERE, 1),
    "private": lambda one: one.sockets.open_connection("10.0.0.1", 80, HERE, one.ports[0], 1),
    "metadata": lambda one: one.sockets.send_message("169.254.169.254", 80, b"", HERE, one.ports[0]),
    "too long": lambda one: one.sockets.send_message(HERE, one.ports[1], bytes(9217), HERE, one.ports[0]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_given_a_malformed_or_forbidden_call_when_refused_then_a_packet_of_the_loopback_is_charged(
    vessel: Callable[..., Vessel], name: str
) -> None:
    one = vessel()
    assert one.cost(lambda: REFUSED[name](one)) == {"loopsend": 64}


@pytest.mark.parametrize("name", REFUSED)
def test_given_a_flood_of_refused_calls_when_the_loopback_is_overdrawn_then_the_next_one_waits(
    vessel: Callable[..., Vessel], name: str
) -> None:
    one = vessel(loopsend=64)
    assert one.cost(lambda: REFUSED[name](one)) == {"loopsend": 64}
    call = REFUSED[name](one)
    assert next(call) == Sleep(1.0), "sendmessage waits for its rate before that, and all pay afterwards"


def test_given_a_vessel_without_loopback_when_refused_then_it_is_told_why(vessel: Callable[..., Vessel]) -> None:
    one = vessel(loopsend=0)
    with pytest.raises(RefusedError) as refused:
        one.do(REFUSED["private"](one))
    assert refused.value.refusal is Refusal.POLICY


# --- waiting -----------------------------------------------------------------------------------------------------


def waits(call: Any) -> float:
    """Seconds that a call waits before it does anything; 0 if it doesn't."""
    if not hasattr(call, "send"):
        return 0.0
    try:
        first = next(call)
    except (StopIteration, RefusedError):
        return 0.0
    call.close()
    return first.seconds if isinstance(first, Sleep) else 0.0


@pytest.mark.parametrize(
    ("name", "sends", "receives"),
    [
        ("sendmessage", True, False),
        ("getmessage", False, True),
        ("openconnection", True, True),
        ("getconnection", True, True),
        ("recv", True, True),
        ("send", True, True),
        ("close", True, True),
        ("listenformessage", False, False),
        ("listenforconnection", False, False),
    ],
)
def test_given_a_debt_when_called_then_it_waits_for_the_rates_that_it_uses_and_charges_nothing_meanwhile(
    vessel: Callable[..., Vessel], name: str, sends: bool, receives: bool
) -> None:
    one = vessel()
    listener, accepted, opened = one.connect()
    third = one.ports[2]
    udp = one.do(one.sockets.listen_for_message(HERE, one.ports[0]))
    calls: dict[str, Callable[[], Any]] = {
        "sendmessage": lambda: one.sockets.send_message(HERE, one.ports[0], b"x", HERE, third),
        "getmessage": lambda: one.sockets.get_message(udp),
        "openconnection": lambda: one.sockets.open_connection(HERE, one.ports[0], HERE, third, 1),
        "getconnection": lambda: one.sockets.get_connection(listener),
        "recv": lambda: one.sockets.receive(accepted, 1),
        "send": lambda: one.sockets.send(accepted, b"x"),
        "close": lambda: one.sockets.close(opened),
        "listenformessage": lambda: one.sockets.listen_for_message(HERE, third),
        "listenforconnection": lambda: one.sockets.listen_for_connection(HERE, third),
    }
    for bucket, used in ((one.meter.loopsend, sends), (one.meter.looprecv, receives)):
        one.clock.now += 10.0  # all earlier debts are paid
        bucket.charge(3e9)  # two seconds too much
        spent = one.meter.loopsend.spent, one.meter.looprecv.spent
        waited = waits(calls[name]())
        if used:
            assert waited == pytest.approx(2.0)
            assert (one.meter.loopsend.spent, one.meter.looprecv.spent) == spent
        else:
            assert waited == 0.0
        one.clock.now += 10.0


@pytest.mark.parametrize("call", ["sendmessage", "openconnection", "openconnection that tries again"])
def test_given_a_call_that_waits_when_its_destination_becomes_this_computers_then_nothing_is_sent(
    vessel: Callable[..., Vessel], monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    one = vessel()
    there = "192.0.2.9"
    if call == "sendmessage":
        task = one.sockets.send_message(there, 80, b"x", HERE, one.ports[0])
    else:
        task = one.sockets.open_connection(there, 80, HERE, one.ports[0], 1000)
    with monkeypatch.context() as for_a_moment:
        if call == "openconnection that tries again":
            for_a_moment.setattr(one.network, "connect_tcp", lambda *_: _fail(errno.ETIMEDOUT))
        else:
            one.meter.netsend.charge(3e9)  # two seconds too much
        assert isinstance(next(task), Sleep)
    one.network.new.add(ip_address(there))
    one.clock.now += 10.0
    with pytest.raises(RefusedError) as refused:
        task.send(None)
    assert refused.value.refusal is Refusal.POLICY


def _fail(code: int) -> NoReturn:
    raise OSError(code, os.strerror(code))


@pytest.mark.parametrize("name", ["getmessage", "getconnection", "recv", "send", "close"])
def test_given_a_call_that_waits_for_its_rate_when_another_thread_closes_the_socket_then_it_says_so(
    vessel: Callable[..., Vessel], name: str
) -> None:
    one = vessel()
    listener, accepted, _opened = one.connect()
    udp = one.do(one.sockets.listen_for_message(HERE, one.ports[0]))
    handle, call = {
        "getmessage": (udp, one.sockets.get_message),
        "getconnection": (listener, one.sockets.get_connection),
        "recv": (accepted, lambda handle: one.sockets.receive(handle, 1)),
        "send": (accepted, lambda handle: one.sockets.send(handle, b"x")),
        "close": (accepted, one.sockets.close),
    }[name]
    one.meter.looprecv.charge(3e9)
    waiting: Any = call(handle)
    assert next(waiting).seconds > 0
    one.clock.now += 10.0
    assert one.do(one.sockets.close(handle)) is True
    if name == "close":
        assert one.do(waiting) is False
    else:
        with pytest.raises(RefusedError) as refused:
            one.do(waiting)
        assert refused.value.refusal is Refusal.CLOSED_LOCAL


def test_given_several_calls_that_wait_when_the_debt_is_paid_then_each_pays_before_the_next_goes_on(
    vessel: Callable[..., Vessel],
) -> None:
    one = vessel(loopsend=1000, looprecv=1e9)
    first, second, third = one.ports
    one.meter.loopsend.charge(2000)
    calls: list[Any] = [one.sockets.send_message(HERE, first, bytes(936), HERE, port) for port in (second, third)]
    assert [next(call) for call in calls] == [Sleep(1.0), Sleep(1.0)]
    one.clock.now += 1.0
    assert next(calls[0]) == Sleep(1.0), "it has sent 1000 bytes at a rate of 1000 and pays"
    assert next(calls[1]) == Sleep(1.0), "it sees the new debt, and has sent nothing"
    assert one.meter.loopsend.spent == 3000


# --- the donor's own limits --------------------------------------------------------------------------------------


def test_given_a_donors_budget_when_it_is_used_up_then_each_call_to_others_is_refused_and_the_owner_reads_of_it_once(
    vessel: Callable[..., Vessel],
) -> None:
    one = vessel(budget=5000)
    one.do(one.sockets.get_host_by_name("known.example"))  # 5120 bytes: the call that uses it up is done
    assert one.sockets.budget.used == 5120
    calls: list[Callable[[], Any]] = [
        lambda: one.sockets.get_host_by_name("known.example"),
        one.sockets.get_my_ip,
        lambda: one.sockets.send_message("192.0.2.7", 80, b"x", HERE, one.ports[0]),
        lambda: one.sockets.open_connection("192.0.2.7", 80, HERE, one.ports[0], 1),
    ]
    for call in calls * 2:
        with pytest.raises(RefusedError) as refused:
            one.do(call())
        assert refused.value.refusal is Refusal.BUDGET
    assert one.notes == ["the donor's budget for network traffic is used up: 5120 of 5000 bytes"]
    assert one.sockets.budget.used == 5120


def test_given_a_donors_budget_that_is_used_up_when_a_vessel_talks_to_itself_then_it_can(
    vessel: Callable[..., Vessel],
) -> None:
    one = vessel(budget=0)
    _listener, accepted, opened = one.connect()
    assert one.do(one.sockets.send(opened, b"x")) == 1
    assert one.until_done(lambda: one.sockets.receive(accepted, 1)) == b"x"
    assert one.sockets.budget.used == 0


def test_given_a_donors_policy_when_it_stops_calls_then_each_rule_is_told_to_the_owner_once(
    vessel: Callable[..., Vessel],
) -> None:
    one = vessel()
    for address, port in [("10.0.0.1", 80), ("169.254.169.254", 80), ("192.0.2.7", 25), ("192.168.1.1", 80)] * 3:
        with pytest.raises(RefusedError) as refused:
            one.do(one.sockets.open_connection(address, port, HERE, one.ports[0], 1))
        assert refused.value.refusal is Refusal.POLICY
    assert [note.removeprefix("the donor's policy keeps programs from ") for note in one.notes] == [
        "private networks: 10.0.0.1",
        "metadata services: 169.254.169.254",
        "mail servers, so that no spam comes from the donor's address: port 25 of 192.0.2.7",
    ]
