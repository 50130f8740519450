"""The replicated key-value store: what was put is found, also when a replica is stopped, and one that comes back."""

from tests.examples.conftest import BOUND, RunAlone, RunOn, StartOn

from seattle.client import VesselGroup


def test_given_three_replicas_when_one_ends_then_every_value_is_there_and_when_two_have_ended_the_client_is_told(
    run_on: RunOn,
) -> None:
    lines = run_on(4, "store/survive.py", 4)
    assert lines[3] == [
        "all replicas: 20 of 20 values are right",
        "one replica less: 20 of 20 values are right",
        "two less: 1 of 3 replicas answer, and 2 have to",
    ]


def test_given_a_stopped_replica_when_it_is_started_again_then_what_it_was_told_before_and_meanwhile_is_found(
    start_on: StartOn, run_alone: RunAlone, vessels: VesselGroup
) -> None:
    replicas = [start_on(number, "store/replica.py") for number in range(3)]
    places = [next(one.follow()).text.removeprefix("replica at ") for one in replicas]
    assert run_alone(3, "store/store.py", "put", "city", "Seattle", *places) == ["stored"]
    replicas[0].stop().raise_for_failures()
    assert run_alone(3, "store/store.py", "get", "city", *places) == ["Seattle"]
    assert run_alone(3, "store/store.py", "put", "city", "Brooklyn", *places) == ["stored"]
    again = vessels[:1].start("replica.py")
    assert next(again.follow()).text.startswith("replica at ")
    replicas[1].stop().raise_for_failures()
    assert run_alone(3, "store/store.py", "get", "city", *places) == ["Brooklyn"]
    assert run_alone(3, "store/store.py", "get", "country", *places) == ["error: there is no such key"]
    again.stop().raise_for_failures()
    said = run_alone(3, "store/store.py", "get", "city", *places)
    assert said == ["error: 1 of 3 replicas answer, and 2 have to"]
    assert replicas[0].wait(BOUND).values[0].kind == "stopped"
