"""Vessels of a real site: got, kept, given back; and a program that is kept running on them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.client.real_nodes import BOUND

import seattle
from seattle.client import CannotFulfil, Deployment, Event, EventKind, Pace, Patience, Place, Testbed, VesselGroup
from seattle.client.errors import AlreadyDeployed, NoSuchGroup, NoSuchProgram
from seattle.client.pending import PendingOrder, PendingOrders
from seattle.client.site.vessels import LeaseState, SiteVessels
from seattle.fabric.node_api import VesselState
from seattle.testbed import LocalTestbed

pytestmark = pytest.mark.slow

QUICK = Pace(period=2.0, pauses=(0.2, 0.5, 1.0), restarts=2, healthy=3600.0, away=2.0)
FOREVER = "print('on')\nwhile True:\n    sleep(0.1)\n"


@pytest.fixture
def testbed(held_by_none: Testbed) -> Testbed:
    return held_by_none


@pytest.fixture
def forever(tmp_path: Path) -> Path:
    path = tmp_path / "forever.py"
    path.write_text(FOREVER)
    return path


def until(deployment: Deployment, kind: EventKind) -> list[Event]:
    """What happens, up to the first event of this kind."""
    events = []
    deadline = time.monotonic() + BOUND
    for event in deployment:
        events.append(event)
        if event.kind is kind:
            return events
        assert time.monotonic() < deadline, events
    raise AssertionError(events)


def held(testbed: Testbed) -> set[Place]:
    return {lease.place for lease in testbed.leases() if lease.state is LeaseState.ACTIVE}


def acquire_once_clean(testbed: Testbed, place: Place) -> VesselGroup:
    """Get a vessel again that was given back."""
    deadline = time.monotonic() + BOUND
    while True:
        try:
            return testbed.acquire_specific([place])
        except CannotFulfil:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def test_given_vessels_by_name_when_they_are_acquired_renewed_and_released_then_it_is_these(testbed: Testbed) -> None:
    places = [vessel.place for vessel in testbed.acquire(2)]
    renewed = testbed.renew(places[:1]).raise_for_failures()
    assert [one.vessel for one in renewed] == places[:1]
    assert [one.vessel for one in testbed.release(places[:1]).raise_for_failures()] == places[:1]
    assert held(testbed) == {places[1]}
    free = next(vessel for vessel in testbed.acquire(1))
    testbed.vessels(str(free)).release().raise_for_failures()
    again = acquire_once_clean(testbed, free.place)
    assert [vessel.place for vessel in again] == [free.place]
    assert {one.vessel for one in testbed.release()} == {places[1], free.place}
    assert held(testbed) == set()


def test_given_vessels_that_run_a_program_when_they_are_released_then_nothing_of_it_is_found_any_more(
    testbed: Testbed, forever: Path
) -> None:
    vessels = testbed.acquire(3)
    vessels.run(forever).started.raise_for_failures()
    vessels.release().raise_for_failures()
    assert not testbed.browse()


def test_given_a_deployment_when_a_program_ends_or_a_vessel_goes_then_it_is_made_good(
    testbed: Testbed, forever: Path
) -> None:
    with testbed.deploy("web", forever, count=2, pace=QUICK) as deployment:
        events = until(deployment, EventKind.STEADY)
        assert [one.kind for one in events].count(EventKind.ACQUIRED) == 2
        first, second = testbed.groups["web"]
        assert {vessel.state for vessel in testbed.vessels("web")} == {VesselState.STARTED}

        testbed.vessels(f"{first.node}/{first.vessel}").stop().raise_for_failures()
        assert (EventKind.ENDED, first) in [(one.kind, one.vessel) for one in until(deployment, EventKind.STEADY)]
        assert testbed.groups["web"] == (first, second)

        testbed.release([second])
        events = until(deployment, EventKind.STEADY)
        assert (EventKind.LOST, second) in [(one.kind, one.vessel) for one in events]
        assert len(testbed.groups["web"]) == 2
        assert first in testbed.groups["web"]
        deployment.take_down()
    assert held(testbed) == set()
    assert "web" not in testbed.groups


def test_given_a_node_that_is_away_for_long_when_a_program_ran_there_then_it_runs_elsewhere(
    local: LocalTestbed, testbed: Testbed, forever: Path
) -> None:
    rest = testbed.acquire(5)
    with (
        seattle.connect(testbed.profile, patience=Patience(call=1.0, pauses=())) as hasty,
        hasty.deploy("web", forever, count=1, pace=QUICK) as deployment,
    ):
        until(deployment, EventKind.STEADY)
        (place,) = testbed.groups["web"]
        (node,) = [node for node in local.nodes if node.public.id == place.node]
        testbed.release(rest.filter(lambda one: one.node != place.node))  # so there is none to be had on this node
        pid = node.daemon.process.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            events = until(deployment, EventKind.STEADY)
        finally:
            os.kill(pid, signal.SIGCONT)
        (released,) = [one for one in events if one.kind is EventKind.RELEASED]
        assert (released.vessel, released.message) == (place, "its node does not answer")
        assert place not in testbed.groups["web"]
        deployment.take_down()


def test_given_leases_that_end_soon_when_deployed_then_they_are_renewed(testbed: Testbed, forever: Path) -> None:
    within_hours = Pace(period=7200.0, pauses=(0.2,))  # a lease has to outlast four looks
    with testbed.deploy("web", forever, count=1, pace=within_hours) as deployment:
        events = until(deployment, EventKind.RENEWED)
        assert events[-1].message.startswith("until 20")
        (lease,) = testbed.leases()
        assert lease.expires_in > 24 * 3600
        deployment.take_down()


def test_given_a_program_that_only_fails_when_deployed_then_its_vessel_is_replaced_and_it_does_not_spin(
    testbed: Testbed, tmp_path: Path
) -> None:
    program = tmp_path / "fails.py"
    program.write_text("raise ValueError('no')\n")
    with testbed.deploy("bad", program, count=1, pace=QUICK) as deployment:
        events = until(deployment, EventKind.RELEASED)
        assert "2 times in a row" in events[-1].message
        assert [one.kind for one in events].count(EventKind.STARTED) == 2
        ends = [one.message for one in events if one.kind is EventKind.ENDED]
        assert ends == ["exception(ValueError: no)"] * 2
        deployment.take_down()


def test_given_an_order_that_the_site_will_never_take_when_it_is_put_right_then_the_deployment_goes_on(
    testbed: Testbed, forever: Path
) -> None:
    with testbed.deploy("web", forever, count=1, where={"nonsense": 1}, pace=QUICK) as deployment:
        assert "nonsense" in until(deployment, EventKind.TROUBLE)[-1].message
    with testbed.deploy("web", forever, count=1, pace=QUICK) as deployment:
        assert EventKind.TROUBLE not in {one.kind for one in until(deployment, EventKind.STEADY)}
        deployment.take_down()


def test_given_other_vessels_of_ours_when_a_deployment_comes_and_goes_then_they_are_left_alone(
    testbed: Testbed, forever: Path
) -> None:
    others = {vessel.place for vessel in testbed.acquire(1)}
    with testbed.deploy("web", forever, count=1, pace=QUICK) as deployment:
        until(deployment, EventKind.STEADY)
        deployment.take_down()
    assert held(testbed) == others


def test_given_a_script_that_is_killed_when_it_starts_again_then_it_goes_on_with_its_vessels(
    local: LocalTestbed, testbed: Testbed, forever: Path
) -> None:
    script = (
        "import sys, seattle\n"
        "with seattle.connect(sys.argv[1]) as testbed:\n"
        "    for event in testbed.deploy('web', sys.argv[2], count=2):\n"
        "        print(event.kind.value, flush=True)\n"
    )
    command = [sys.executable, "-c", script, str(local.profile.folder), str(forever)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == "steady":
                break
        with pytest.raises(AlreadyDeployed):
            testbed.deploy("web", forever, count=2, pace=QUICK)
        os.kill(process.pid, signal.SIGKILL)
    before = testbed.groups["web"]
    runs = {vessel.run for vessel in testbed.vessels("web")}
    with testbed.deploy("web", forever, count=2, pace=QUICK) as deployment:
        events = until(deployment, EventKind.STEADY)
        assert {one.kind for one in events} == {EventKind.FOUND, EventKind.STEADY}
    assert testbed.groups["web"] == before
    assert {vessel.run for vessel in testbed.vessels("web")} == runs, "and what ran, ran on"
    assert held(testbed) == set(before)


def test_given_an_order_whose_end_nobody_saw_when_the_deployment_goes_on_then_its_vessels_are_its_own(
    local: LocalTestbed, testbed: Testbed, forever: Path
) -> None:
    site = SiteVessels.of(local.profile, local.user)
    order = PendingOrder(key="sent-before-the-crash", count=2, kind="random", where={})
    pending = PendingOrders(local.profile.folder, "web")
    pending.write(order)
    pending.close()
    site.order(order.count, kind=order.kind, least=1, where=order.where, key=order.key)
    with testbed.deploy("web", forever, count=2, pace=QUICK) as deployment:
        events = until(deployment, EventKind.STEADY)
        assert [one.kind for one in events].count(EventKind.ACQUIRED) == 2
        assert held(testbed) == set(testbed.groups["web"])
        deployment.take_down()


@pytest.mark.parametrize("damage", [b"\xff", b'"'])
def test_given_a_pending_order_whose_file_is_damaged_when_it_is_read_then_there_is_none(
    tmp_path: Path, damage: bytes
) -> None:
    pending = PendingOrders(tmp_path, "web")
    pending.write(PendingOrder(key="key", count=2, kind="random", where={}))
    assert pending.read() is not None
    (file,) = tmp_path.glob("*.json")
    file.write_bytes(file.read_bytes().replace(b"random", damage))
    assert pending.read() is None
    pending.close()


def test_given_more_than_there_is_when_deployed_then_trouble_is_told_once_and_what_there_is_runs(
    testbed: Testbed, forever: Path
) -> None:
    with testbed.deploy("web", forever, count=9, pace=QUICK) as deployment:
        events = until(deployment, EventKind.TROUBLE)
        deadline = time.monotonic() + BOUND
        while not (running := testbed.groups.get("web", ())):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert len(running) <= 6
        assert events[-1].message
        deployment.take_down()


def test_given_a_name_that_no_group_can_have_when_deployed_then_it_is_refused(testbed: Testbed, forever: Path) -> None:
    with pytest.raises(NoSuchGroup):
        testbed.deploy("../web", forever, count=1)


def test_given_no_vessels_or_no_program_when_deployed_then_it_is_refused_and_the_name_is_free(
    testbed: Testbed, forever: Path
) -> None:
    with pytest.raises(ValueError, match="count=0"):
        testbed.deploy("web", forever, count=0)
    with pytest.raises(NoSuchProgram, match="a deployment uploads"):
        testbed.deploy("web", "no-such-file.py", count=1)
    PendingOrders(testbed.profile.folder, "web").close()
