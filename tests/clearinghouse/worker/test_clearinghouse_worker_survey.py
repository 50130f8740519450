"""What a node's answer means, in all cases, without any node."""

import asyncio
import dataclasses
import random
from collections.abc import Sequence
from typing import Any

import pytest

from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.fleet.situation import NodeNow, UnitNow
from seattle.clearinghouse.worker import survey as s
from seattle.clearinghouse.worker.dividing import divide
from seattle.clearinghouse.worker.marks import UNIT, Mark, read_mark, rest_mark
from seattle.fabric.errors import BadReply
from seattle.fabric.node_api import Nothing, Split, SplitDone, VesselState, VesselSummary
from seattle.fabric.operations import Operation
from seattle.identity.keys import KeyPair

OWN, OTHER, USER = (KeyPair.from_seed(bytes([number]) * 32).id for number in (1, 2, 3))
TOKEN = "don_abc-DEF_1"
TEN = tuple(range(63100, 63110))
MORE = tuple(range(63100, 63200))


def unit(**changes: Any) -> UnitNow:
    given: dict[str, Any] = {"pk": 1, "name": "v5", "state": Vessel.State.FREE, "synced": True, "due": True}
    return UnitNow(**(given | {"ports": TEN} | changes))


def node(*units: UnitNow, **changes: Any) -> NodeNow:
    given: dict[str, Any] = {
        "pk": 1,
        "node_id": OTHER,
        "state": Node.State.READY,
        "online": True,
        "rest_vessel": "v4",
        "token": TOKEN,
        "donated": True,
        "backing_off": False,
        "probe_due": True,
    }
    return NodeNow(units=units, **(given | changes))


def vessel(name: str = "v5", words: str = UNIT, ports: tuple[int, ...] = TEN, **changes: Any) -> VesselSummary:
    given: dict[str, Any] = {"owner": OWN, "tcp_ports": list(ports), "udp_ports": list(ports)}
    return VesselSummary(name=name, owner_information=words, **(given | changes))


def rest(name: str = "v4", **changes: Any) -> VesselSummary:
    return vessel(name, rest_mark(TOKEN), ports=(), **changes)


def new(**changes: Any) -> NodeNow:
    return node(state=Node.State.NEW, rest_vessel="", token="", donated=False, **changes)


def test_given_a_node_as_it_should_be_when_surveyed_then_there_is_nothing_to_do() -> None:
    held = unit(pk=2, name="v7", state=Vessel.State.LEASED, users=(USER,), ports=tuple(range(63110, 63120)), lease=1)
    listed = [rest(), vessel(), vessel("v7", ports=held.ports, users=[USER], state=VesselState.STARTED)]
    assert s.survey(node(unit(), held), listed, OWN) == []


def test_given_a_donation_when_surveyed_then_it_is_taken_over() -> None:
    given = vessel("v1", TOKEN, MORE, state=VesselState.STARTED)
    assert s.survey(new(), [given], OWN) == [s.TakeOver("v1", TOKEN, running=True)]


@pytest.mark.parametrize("words", ["", "hello", "don_", "don_a b", f"{TOKEN} rest, about to split x", "don_\u0661"])
def test_given_a_vessel_without_a_token_when_surveyed_then_the_node_waits_with_a_reason(words: str) -> None:
    (step,) = s.survey(new(), [vessel("v1", words, MORE)], OWN)
    assert isinstance(step, s.Wait)


def test_given_a_donation_in_parts_when_surveyed_then_the_second_is_left_alone_with_a_reason() -> None:
    steps = s.survey(new(), [vessel("v1", TOKEN, MORE), vessel("v2", "don_other", ())], OWN)
    assert steps[0] == s.TakeOver("v1", TOKEN)
    assert isinstance(steps[1], s.Note)


def test_given_another_donors_token_when_a_node_has_a_donor_then_it_keeps_the_first() -> None:
    steps = s.survey(node(unit()), [rest(), vessel(), vessel("v9", "don_other", ())], OWN)
    assert [type(step) for step in steps] == [s.Note]


def test_given_a_node_that_was_taken_over_when_surveyed_then_it_is_divided() -> None:
    left = vessel("v1", rest_mark(TOKEN), MORE)
    assert s.survey(node(state=Node.State.DIVIDING), [left], OWN) == [s.Divide("v1", TOKEN, MORE)]


@pytest.mark.parametrize("rest_ports", [MORE[10:], ()])
def test_given_a_crash_right_after_a_split_when_surveyed_then_the_part_is_known_by_its_port(
    rest_ports: tuple[int, ...],
) -> None:
    words = rest_mark(TOKEN, splitting=63100)
    listed = [vessel("v2", words, rest_ports), vessel("v3", words, TEN)]
    steps = s.survey(node(state=Node.State.DIVIDING), listed, OWN)
    assert steps == [s.Adopt("v3", TEN, mark=True), s.Divide("v2", TOKEN, rest_ports)]


def test_given_a_crash_before_the_split_when_surveyed_then_dividing_goes_on() -> None:
    left = vessel("v1", rest_mark(TOKEN, splitting=63100), MORE)
    assert s.survey(node(state=Node.State.DIVIDING), [left], OWN) == [s.Divide("v1", TOKEN, MORE)]


def test_given_a_crash_before_a_unit_was_marked_when_surveyed_then_it_is_marked() -> None:
    words = rest_mark(TOKEN, splitting=63100)
    listed = [vessel("v4", words, MORE[10:]), vessel("v5", words, TEN)]
    steps = s.survey(node(unit(), state=Node.State.DIVIDING), listed, OWN)
    assert steps == [s.MarkUnit("v5"), s.Divide("v4", TOKEN, MORE[10:])]


def test_given_our_rows_were_lost_when_surveyed_then_units_and_donor_are_known_again() -> None:
    listed = [rest(), vessel(), vessel("v7", ports=tuple(range(63110, 63120)))]
    assert s.survey(new(), listed, OWN) == [
        s.Adopt("v5", TEN),
        s.Adopt("v7", tuple(range(63110, 63120))),
        s.TakeOver("v4", TOKEN),
    ]


def test_given_a_vessel_that_is_missing_when_surveyed_then_it_is_lost_with_a_reason() -> None:
    assert s.survey(node(unit()), [rest()], OWN) == [s.Lose(unit(), "it is not on its node any more")]


def test_given_a_vessels_row_that_was_moved_to_another_node_when_both_are_surveyed_then_people_have_to_look() -> None:
    moved = unit(ports=())  # its ports are rows of the node where it is
    there, here = (node(*units, pk=pk) for pk, units in enumerate(((moved,), ())))
    for of_its_own in ([rest(), vessel()], [rest()]):
        steps = s.survey(there, of_its_own, OWN)
        assert {type(step) for step in steps} <= {s.Break, s.Lose}
        assert steps
    assert s.survey(here, [rest(), vessel()], OWN) == [s.Adopt("v5", TEN)]  # which its ports' rows keep from being had


def test_given_a_vessel_with_another_owner_when_surveyed_then_it_is_lost_and_the_node_broken() -> None:
    steps = s.survey(node(unit()), [rest(), vessel(owner=OTHER)], OWN)
    assert [type(step) for step in steps] == [s.Lose, s.Break]


def test_given_nothing_of_ours_is_left_when_surveyed_then_the_node_may_be_given_anew() -> None:
    steps = s.survey(node(unit()), [], OWN)
    assert [type(step) for step in steps] == [s.Lose, s.Empty]


@pytest.mark.parametrize("changes", [{"users": [USER]}, {"state": VesselState.STARTED}])
def test_given_a_free_vessel_that_somebody_uses_when_surveyed_then_it_is_cleaned(changes: dict[str, Any]) -> None:
    (step,) = s.survey(node(unit()), [rest(), vessel(**changes)], OWN)
    assert isinstance(step, s.Soil)


@pytest.mark.parametrize("users", [[], [OTHER], [USER, OTHER]])
def test_given_a_held_vessel_with_other_keys_when_surveyed_then_it_is_told_again_and_never_given_up(
    users: list[str],
) -> None:
    held = unit(state=Vessel.State.LEASED, users=(USER,), lease=1)
    assert s.survey(node(held), [rest(), vessel(users=users)], OWN) == [s.Unsync(held)]


def test_given_other_ports_than_there_were_when_surveyed_then_the_node_is_broken() -> None:
    steps = s.survey(node(unit()), [rest(), vessel(ports=MORE)], OWN)
    assert [type(step) for step in steps] == [s.Break]


@pytest.mark.parametrize(
    "listed",
    [
        [vessel(), vessel()],
        [vessel(f"v{number}") for number in range(s.MOST_VESSELS + 1)],
        [vessel("../etc")],
        [vessel("v\x00")],
        [vessel("v\x00"), vessel("v\x00")],
        [vessel("v1:v2")],
    ],
    ids=["twice", "many", "path", "nul", "nul-twice", "colon"],
)
def test_given_what_no_honest_node_says_when_surveyed_then_it_is_broken_and_nothing_else_is_done(
    listed: list[VesselSummary],
) -> None:
    (step,) = s.survey(node(unit()), listed, OWN)
    assert isinstance(step, s.Break)
    assert step.why.isprintable()


@pytest.mark.parametrize(("part", "left"), [("v6\nread this: http://evil.example", "v4"), ("v6", "v\x00")])
def test_given_a_node_that_calls_what_it_splits_off_by_no_name_when_it_is_divided_then_nothing_is_written_down(
    part: str, left: str
) -> None:
    async def lie(operation: Operation[Any, Any], request: Any) -> Any:
        return SplitDone(part=part, rest=left) if isinstance(request, Split) else Nothing()

    written: list[str] = []

    async def add(name: str, ports: Sequence[int], rest: str) -> bool:
        written.append(name)
        return True

    with pytest.raises(BadReply, match="name that can't be"):
        asyncio.run(divide(lie, s.Divide("v4", TOKEN, MORE), add, rng=random.Random(1), most=3))
    assert written == []


def test_given_a_broken_node_when_surveyed_then_nothing_is_made_of_what_it_says() -> None:
    broken = node(unit(), state=Node.State.BROKEN)
    listed = [rest(), vessel(words="unit?"), vessel("v9", ports=MORE), vessel("v1", TOKEN, MORE)]
    assert s.survey(broken, listed, OWN) == []


def test_given_a_survey_was_followed_when_surveyed_again_then_there_is_nothing_more_to_do() -> None:
    before = node(unit(), state=Node.State.READY)
    listed = [rest(), vessel(users=[USER])]
    assert s.survey(before, listed, OWN)
    after = dataclasses.replace(before, units=(unit(state=Vessel.State.DIRTY),))
    assert s.survey(after, listed, OWN) == []


@pytest.mark.parametrize("splitting", [None, 63100])
def test_given_the_words_for_a_rest_when_read_then_they_say_the_same(splitting: int | None) -> None:
    mark = read_mark(rest_mark(TOKEN, splitting=splitting))
    assert (mark.mark, mark.token, mark.splitting) == (Mark.REST, TOKEN, splitting)


def test_given_the_words_for_a_unit_then_they_name_nobody() -> None:
    assert "don_" not in UNIT
