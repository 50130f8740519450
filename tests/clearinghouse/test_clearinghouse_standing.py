"""Is my node seen, does it earn, and if not, why? And times in words."""

from datetime import UTC, datetime, timedelta

import pytest

from seattle.clearinghouse.fleet.models import Donation, Node
from seattle.clearinghouse.site.standing import Mood, standing
from seattle.clearinghouse.site.templatetags.words import duration, filters, port_ranges

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def donated(*, credited: bool = False, why_not: str = "", **facts: object) -> Donation:
    node = Node(
        first_seen_at=NOW - 10 * HOUR,
        **{"state": Node.State.READY, "online": True, "online_since": NOW - HOUR, **facts},
    )
    return Donation(node=node, credited=credited, why_not=why_not)


def test_given_a_node_that_is_online_and_credited_when_asked_then_all_is_well() -> None:
    found = standing(donated(credited=True, online_seconds=7200), NOW)
    assert [answer.mood for answer in (found.seen, found.used, found.earns)] == [Mood.WELL] * 3
    assert found.uptime == 3 * HOUR
    assert found.share == pytest.approx(0.3)


def test_given_a_node_that_is_offline_when_asked_then_it_is_told_since_when() -> None:
    found = standing(
        donated(online=False, online_since=None, advertised_at=NOW - 7 * HOUR, why_not="it is offline"), NOW
    )
    assert (found.seen.word, found.seen.why) == (
        "Offline",
        "last heard of 7 h ago; is it switched on, and connected?",
    )
    assert (found.earns.word, found.earns.why) == ("No", "it is offline")


def test_given_a_node_that_never_answered_when_asked_then_it_waits() -> None:
    found = standing(donated(online=False, online_since=None), NOW)
    assert (found.seen.mood, found.seen.word) == (Mood.WAITS, "Not yet reached")
    assert found.earns.word == "Not yet"


@pytest.mark.parametrize("state", list(Node.State))
def test_given_any_state_when_asked_then_there_is_an_answer_with_the_nodes_reason(state: Node.State) -> None:
    found = standing(donated(state=state, why="because", online=state == Node.State.READY), NOW)
    assert found.used.word
    assert found.used.why == ("" if state == Node.State.READY else "because")


def test_given_a_node_that_holds_back_when_asked_then_it_is_told_in_its_words() -> None:
    found = standing(donated(holding_back="on battery"), NOW)
    assert (found.used.mood, found.used.why) == (Mood.WAITS, "on battery")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=12.7), "12 s"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=3, minutes=58), "3 h 58 min"),
        (timedelta(days=6, hours=3, minutes=9), "6 d 3 h"),
        (90.0, "1 min"),
    ],
)
def test_given_a_span_of_time_when_it_is_written_then_its_two_largest_units_are_told(
    span: timedelta | float, words: str
) -> None:
    assert duration(span) == words


def test_given_the_filters_of_an_order_when_they_are_written_then_people_can_read_them() -> None:
    where = {"not_countries": ["DE", "FR"], "resources": {"cpu": 0.5, "memory": 2e9}, "own_port": True, "near": "::1"}
    assert filters(where) == [
        ("Not countries", "DE, FR"),
        ("Resources", "cpu 0.5, memory 2,000,000,000"),
        ("Own port", "yes"),
        ("Near", "::1"),
    ]


def test_given_ports_when_they_are_written_then_those_in_a_row_are_a_range() -> None:
    assert port_ranges([63105, 63100, 63101, 63102]) == "63100\N{EN DASH}63102, 63105"
