"""Counting the network over time, and drawing it: charts, and the map."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygal_maps_world.i18n import COUNTRIES

from seattle.clearinghouse.fleet.models import Node
from seattle.clearinghouse.fleet.overview import InCountry
from seattle.clearinghouse.site.countries import country_name
from seattle.clearinghouse.site.drawing.charts import HEIGHT, WIDTH, Series, chart
from seattle.clearinghouse.site.drawing.map import LEVELS, level, map_of
from seattle.clearinghouse.site.drawing.world import world
from seattle.clearinghouse.statistics.models import Snapshot
from seattle.clearinghouse.statistics.services import EVERY, MOST_POINTS, history, take_snapshot
from seattle.clearinghouse.worker.chores import Chores

NOON = datetime(2026, 3, 4, 12, 2, 30, tzinfo=UTC)


def counted(at: datetime, keep: Snapshot.Keep = Snapshot.Keep.SHORT) -> Snapshot:
    return Snapshot(at=at, keep=keep, nodes_online=1, nodes_in_use=1, vessels_free=1, vessels_held=0)


@pytest.mark.django_db
def test_given_two_workers_when_both_count_in_the_same_five_minutes_then_one_snapshot_is_there() -> None:
    assert take_snapshot(NOON)
    assert not take_snapshot(NOON + timedelta(minutes=2))
    assert take_snapshot(NOON + timedelta(minutes=3))
    assert [one.at.minute for one in Snapshot.objects.all()] == [0, 5]


@pytest.mark.django_db
def test_given_a_worker_when_it_does_its_chores_then_the_network_is_counted(new_node: Callable[..., Node]) -> None:
    new_node(vessels=2)
    new_node(state=Node.State.NEW, vessels=0)
    Chores("w1", started_at=NOON).do(NOON)
    one = Snapshot.objects.get()
    assert (one.nodes_online, one.nodes_in_use, one.vessels_free, one.vessels_held) == (2, 1, 2, 0)


@pytest.mark.django_db
def test_given_years_of_counting_when_old_snapshots_are_thinned_out_then_hours_and_then_days_remain() -> None:
    for at in (NOON - timedelta(days=400), NOON - timedelta(days=10), NOON):
        for minutes in range(0, 125, 5):
            take_snapshot(at + timedelta(minutes=minutes))
    left = [(one.at.month, one.at.day, one.at.hour) for one in Snapshot.objects.filter(at__lt=NOON - timedelta(days=1))]
    assert left == [(1, 28, 12), (2, 22, 12), (2, 22, 13), (2, 22, 14)]
    assert Snapshot.objects.filter(at__gte=NOON - timedelta(hours=1)).count() == 25


@pytest.mark.django_db
def test_given_more_snapshots_than_a_chart_shows_when_history_is_read_then_it_is_thinned_out_and_has_the_latest() -> (
    None
):
    count = 3 * MOST_POINTS
    Snapshot.objects.bulk_create(counted(NOON - EVERY * number) for number in range(count))
    found = history(NOON - EVERY * count)
    assert MOST_POINTS // 2 < len(found) <= MOST_POINTS
    assert found[-1].at == NOON
    assert found == sorted(found, key=lambda one: one.at)


@given(
    values=st.lists(st.integers(0, 2_000_000), min_size=1, max_size=50),
    span=st.timedeltas(timedelta(hours=1), timedelta(days=3000)),
)
def test_given_any_values_when_they_are_drawn_then_all_is_inside_and_the_table_has_the_same(
    values: list[int], span: timedelta
) -> None:
    times = [NOON - span + span * number / len(values) for number in range(len(values))]
    drawn = chart("Nodes", times, [Series("online", values)], since=NOON - span, until=NOON)
    (line,) = drawn.lines
    points = [tuple(map(float, pair.split())) for pair in line.path.replace("M", "L").strip("L").split("L")]
    assert len(points) == len(values)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert 2 <= len(drawn.across) <= 6
    assert len(drawn.below) <= 9
    assert drawn.rows[0] == (times[-1], [values[-1]])
    assert len(drawn.rows) <= 24


def test_given_a_time_without_counts_when_a_chart_is_drawn_then_its_line_is_broken_there() -> None:
    times = [NOON + EVERY * number for number in (0, 1, 2, 30, 31)]
    drawn = chart("Nodes", times, [Series("online", [1, 2, 3, 4, 5])], since=times[0], until=times[-1])
    assert drawn.lines[0].path.count("M") == 2


def test_given_nothing_was_counted_when_a_chart_is_drawn_then_it_has_no_line() -> None:
    assert chart("Nodes", [], [Series("online", [])], since=NOON, until=NOON + EVERY).lines == []


def test_given_the_world_when_it_is_drawn_then_every_country_but_a_few_islands_has_a_dot() -> None:
    assert {code.upper() for code in COUNTRIES} - set(world().dots) == {"AQ", "BV", "CC", "CX", "HM", "UM"}


def test_given_codes_of_countries_when_they_are_named_then_the_names_are_plain_and_of_the_whole() -> None:
    assert [country_name(code) for code in ("NL", "KR", "GB", "US", "XX")] == [
        "Netherlands",
        "South Korea",
        "United Kingdom",
        "United States",
        "XX",
    ]


def test_given_two_countries_on_a_row_when_the_world_is_drawn_then_the_western_one_is_to_the_left() -> None:
    dots = world().dots
    assert max(dots["PT"])[0] < min(dots["DE"])[0] < min(dots["CN"])[0] < min(dots["JP"])[0]
    assert dots["SE"][0][1] < dots["IT"][0][1] < dots["ZA"][0][1]


def test_given_nodes_in_a_country_that_the_map_lacks_when_it_is_drawn_then_the_others_are_shown() -> None:
    drawn = map_of([InCountry(code, nodes=3, free=5, leased=1) for code in ("", "XX", "DE")])
    assert [(land.name, land.nodes, land.vessels) for land in drawn.lands] == [("Germany", 3, 6)]


@given(st.data())
def test_given_more_nodes_when_a_country_is_coloured_then_its_colour_is_no_lower(data: st.DataObject) -> None:
    most = data.draw(st.integers(1, 100_000))
    nodes = data.draw(st.integers(1, most))
    fewer = data.draw(st.integers(1, nodes))
    assert 1 <= level(fewer, most) <= level(nodes, most) <= level(most, most) == LEVELS
