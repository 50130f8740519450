import random
from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.resources.defaults import VESSEL
from seattle.resources.errors import ResourceExhaustedError, ResourceForbiddenError, ResourceLimitError
from seattle.resources.kinds import NUMBERS, Resource
from seattle.resources.meter import ItemCounter, Meter, Slot, TokenBucket
from seattle.resources.vector import ResourceVector

NOTHING = ResourceVector.of(cpu=0, memory=0, diskused=0)


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def make_bucket(clock: Clock, limit: float = 100.0) -> TokenBucket:
    return TokenBucket(Resource.NETSEND, limit, clock=clock)


def ends_of_the_reference(jobs: list[tuple[float, float]], limit: float) -> list[float]:
    """When each job may go on, by the reference's rule: one lock, and a loop that sleeps while it is held.

    Args:
        jobs: when each arrives (seconds, ascending) and what it charges.
        limit: units a second.
    """
    used, seen, free_at = Fraction(0), Fraction(0), Fraction(0)
    ends = []
    for arrives, amount in jobs:
        now = max(Fraction(arrives), free_at)  # waits for the lock
        used = max(Fraction(0), used - (now - seen) * Fraction(limit))
        used += Fraction(amount)
        seen = now
        while used > limit:
            now += (used - Fraction(limit)) / Fraction(limit)  # sleeps
            used = max(Fraction(0), used - (now - seen) * Fraction(limit))
            seen = now
        free_at = now
        ends.append(float(now))
    return ends


@given(
    gaps_and_amounts=st.lists(
        st.tuples(st.floats(0, 5) | st.just(0.0), st.integers(0, 500) | st.floats(0, 500)), max_size=50
    ),
    limit=st.floats(0.5, 1000),
)
def test_given_any_charges_then_each_caller_goes_on_when_the_reference_would_let_it(
    gaps_and_amounts: list[tuple[float, float]], limit: float
) -> None:
    clock = Clock()
    bucket = make_bucket(clock, limit)
    jobs: list[tuple[float, float]] = []
    ends: list[float] = []
    for gap, amount in gaps_and_amounts:
        clock.now += gap
        jobs.append((clock.now, amount))
        ends.append(clock.now + bucket.charge(amount))
    assert ends == pytest.approx(ends_of_the_reference(jobs, limit), rel=1e-9, abs=1e-6)


@given(amounts=st.lists(st.floats(0, 1000), min_size=1, max_size=50), limit=st.floats(1, 1000))
def test_given_a_caller_that_always_waits_then_its_rate_stays_within_the_limit_and_one_burst(
    amounts: list[float], limit: float
) -> None:
    clock = Clock()
    bucket = make_bucket(clock, limit)
    for amount in amounts:
        clock.now += bucket.charge(amount)
        assert bucket.wait_time() == pytest.approx(0, abs=1e-6)
        assert bucket.level() <= limit * (1 + 1e-6)
    assert bucket.spent == pytest.approx(sum(amounts))
    assert sum(amounts) <= limit * (1 + clock.now) * (1 + 1e-6)


def test_given_a_fresh_bucket_then_one_second_is_free_and_the_overshoot_is_waited_for() -> None:
    bucket = make_bucket(Clock(), 100)
    assert bucket.charge(100) == 0
    assert bucket.charge(50) == pytest.approx(0.5)
    assert bucket.charge(50) == pytest.approx(1.0)  # the next in the queue waits for the first, too
    assert bucket.wait_time() == pytest.approx(1.0)


def test_given_one_operation_far_above_the_limit_then_it_is_done_and_paid_for_afterwards() -> None:
    clock = Clock()
    bucket = make_bucket(clock, 100)
    assert bucket.charge(1000) == pytest.approx(9)
    clock.now = 9
    assert bucket.wait_time() == 0
    assert bucket.level() == pytest.approx(100)
    clock.now = 100
    assert bucket.level() == 0


def test_given_the_reference_check_of_twenty_random_reads_then_they_take_about_a_second() -> None:
    clock = Clock()
    bucket = TokenBucket(Resource.RANDOM, 10_000, clock=clock)
    for _ in range(20):
        clock.now += bucket.wait_time()
        clock.now += bucket.charge(1024)
    assert 1.0 <= clock.now <= 1.5


@pytest.mark.parametrize("limit", [0, 0.0])
def test_given_a_limit_of_zero_then_even_waiting_is_forbidden_by_a_catchable_error(limit: float) -> None:
    bucket = make_bucket(Clock(), limit)
    for use in (bucket.wait_time, lambda: bucket.charge(0), lambda: bucket.charge(5)):
        with pytest.raises(ResourceForbiddenError, match="may not use netsend: its limit is 0") as caught:
            use()
        assert caught.value.resource is Resource.NETSEND
    assert bucket.level() == bucket.spent == 0


@pytest.mark.parametrize("amount", [-1, -0.5, float("nan"), float("inf")])
def test_given_what_is_no_amount_when_charged_then_it_is_refused_and_the_level_stays(amount: float) -> None:
    bucket = make_bucket(Clock())
    bucket.charge(5)
    with pytest.raises(ValueError, match="cannot charge"):
        bucket.charge(amount)
    assert bucket.level() == 5


def test_given_a_clock_that_is_set_back_then_nothing_is_given_and_nothing_taken() -> None:
    clock = Clock(1000)
    bucket = make_bucket(clock, 100)
    bucket.charge(150)
    clock.now = 0
    assert bucket.level() == 150
    assert bucket.charge(0) == pytest.approx(0.5)
    clock.now = 0.25
    assert bucket.charge(0) == pytest.approx(0.25)


def test_given_a_full_counter_when_one_more_is_taken_then_it_is_exhausted_until_one_is_released() -> None:
    counter = ItemCounter(Resource.INSOCKETS, 2)
    first = counter.take()
    counter.take()
    with pytest.raises(ResourceExhaustedError, match=r"may hold 2 listening sockets \(insockets\)") as caught:
        counter.take()
    assert caught.value.resource is Resource.INSOCKETS
    assert counter.held == 2
    first.release()
    assert counter.held == 1
    counter.take()


def test_given_a_limit_of_no_items_then_the_first_one_is_exhausted() -> None:
    with pytest.raises(ResourceExhaustedError):
        ItemCounter(Resource.EVENTS, 0).take()


def test_given_a_slot_when_it_is_released_twice_then_only_one_item_is_given_back() -> None:
    counter = ItemCounter(Resource.EVENTS, 5)
    slot = counter.take()
    counter.take()
    slot.release()
    slot.release()
    with slot:
        pass
    assert counter.held == 1


def test_given_a_slot_in_a_with_statement_then_it_is_released_even_after_an_error() -> None:
    counter = ItemCounter(Resource.EVENTS, 1)
    with pytest.raises(KeyError), counter.take():
        raise KeyError
    assert counter.held == 0


@given(seed=st.integers(), limit=st.integers(0, 6))
def test_given_any_takes_and_releases_then_what_is_held_is_what_was_taken_and_not_released(
    seed: int, limit: int
) -> None:
    rng = random.Random(seed)
    counter = ItemCounter(Resource.OUTSOCKETS, limit)
    slots: list[Slot] = []
    held: set[Slot] = set()
    for _ in range(60):
        if slots and rng.random() < 0.5:
            slot = rng.choice(slots)  # perhaps one that was released before
            slot.release()
            held.discard(slot)
        else:
            try:
                slot = counter.take()
            except ResourceExhaustedError:
                assert len(held) == limit
                continue
            assert slot not in slots
            slots.append(slot)
            held.add(slot)
        assert counter.held == len(held) <= limit


def test_given_a_meter_then_its_buckets_and_counters_have_the_limits_of_the_vector() -> None:
    meter = Meter(VESSEL, clock=Clock())
    for resource in NUMBERS:
        gauge = getattr(meter, resource.value)
        if resource not in {Resource.CPU, Resource.MEMORY, Resource.DISKUSED}:
            assert gauge.resource is resource
            assert gauge.limit == VESSEL[resource]


def test_given_a_meter_when_one_resource_is_overdrawn_then_the_others_do_not_wait() -> None:
    meter = Meter(VESSEL, clock=Clock())
    assert meter.netsend.charge(10**6) > 0
    assert meter.netrecv.wait_time() == 0


def test_given_a_used_meter_then_usage_shows_it_under_the_names_of_the_limits() -> None:
    clock = Clock()
    meter = Meter(VESSEL, clock=clock)
    assert list(meter.usage()) == list(VESSEL.to_mapping())
    meter.netsend.charge(8_000)
    meter.events.take()
    meter.use_port(Resource.MESSPORT, 63105)
    meter.use_port(Resource.MESSPORT, 63101)
    meter.cpu, meter.memory, meter.diskused = 1.5, 20_000_000, 4096
    clock.now = 0.5
    usage = meter.usage()
    assert usage["netsend"] == pytest.approx(3_000)
    assert (usage["events"], usage["insockets"]) == (1, 0)
    assert (usage["messport"], usage["connport"]) == ([63101, 63105], [])
    assert (usage["cpu"], usage["memory"], usage["diskused"]) == (1.5, 20_000_000, 4096)


def test_given_a_port_the_vessel_does_not_own_when_it_is_used_then_it_is_forbidden_and_not_counted() -> None:
    meter = Meter(VESSEL, clock=Clock())
    with pytest.raises(ResourceForbiddenError, match="may not use TCP port 80") as caught:
        meter.use_port(Resource.CONNPORT, 80)
    assert isinstance(caught.value, ResourceLimitError)
    assert meter.usage()["connport"] == []


def test_given_more_than_a_hundred_stops_then_the_last_hundred_are_kept_oldest_first() -> None:
    meter = Meter(NOTHING, clock=Clock())
    for at in range(150):
        meter.note_stop(float(at), 0.9)
    stops = meter.stop_times()
    assert len(stops) == 100
    assert stops[0] == (50.0, 0.9)
    assert stops[-1] == (149.0, 0.9)
    stops.clear()
    assert len(meter.stop_times()) == 100


def test_given_a_vessel_with_nothing_then_its_meter_can_be_made_and_forbids_everything() -> None:
    meter = Meter(NOTHING, clock=Clock())
    assert set(map(bool, meter.usage().values())) == {False}
    with pytest.raises(ResourceForbiddenError):
        meter.lograte.wait_time()


@given(
    steps=st.lists(st.tuples(st.floats(-100, 100), st.integers(0, 10**15) | st.floats(0, 1e18)), max_size=40),
    limit=st.floats(1e-3, 1e12),
)
def test_whatever_clock_and_amounts_do_the_level_is_a_number_of_what_was_charged_and_waits_are_what_it_takes(
    steps: list[tuple[float, float]], limit: float
) -> None:
    clock = Clock(1e6)
    bucket = make_bucket(clock, limit)
    charged = 0.0
    for jump, amount in steps:
        clock.now += jump
        before = bucket.level()
        wait = bucket.charge(amount)
        charged += amount
        assert 0 <= bucket.level() <= charged * (1 + 1e-9)
        assert bucket.level() >= amount
        assert bucket.level() <= (before + amount) * (1 + 1e-9)
        assert wait == pytest.approx(max(bucket.level() / limit - 1, 0), rel=1e-6, abs=1e-6)
    assert bucket.spent == pytest.approx(charged)


def test_given_what_a_meter_tells_when_it_is_changed_then_the_meter_stays_as_it_is() -> None:
    meter = Meter(VESSEL, clock=Clock())
    meter.use_port(Resource.CONNPORT, 63100)
    meter.note_stop(1.0, 0.1)
    before = meter.usage(), meter.stop_times(), meter.limits.to_mapping()
    usage, stops, limits = meter.usage(), meter.stop_times(), meter.limits.to_mapping()
    usage["events"] = 99
    ports = usage["connport"]
    assert isinstance(ports, list)
    ports.append(1)
    limits["events"] = 99
    stops.append((2.0, 0.1))
    assert (meter.usage(), meter.stop_times(), meter.limits.to_mapping()) == before
