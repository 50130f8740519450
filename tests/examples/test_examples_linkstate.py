"""Link-state routing: every vessel's map, costs and ways, held against those worked out from the file of links."""

import json
import re
from typing import Any

import pytest
from tests.examples.conftest import EXAMPLES, RunOn

LINKS = (EXAMPLES / "linkstate" / "links.txt").read_bytes()
COUNT = 6


def hops_between() -> dict[tuple[int, int], int]:
    """Floyd and Warshall: another way to the same costs."""
    nodes = range(COUNT)
    cost = {(a, b): 0 if a == b else COUNT for a in nodes for b in nodes}
    for line in LINKS.decode().splitlines():
        first, second = map(int, line.split())
        cost[first, second] = cost[second, first] = 1
    for middle in nodes:
        for a in nodes:
            for b in nodes:
                cost[a, b] = min(cost[a, b], cost[a, middle] + cost[middle, b])
    return cost


def told(lines: list[str]) -> dict[str, Any]:
    known: dict[str, Any] = next(json.loads(line) for line in lines if line.startswith("{"))
    return known


def test_given_a_file_of_links_when_vessels_flood_them_then_all_have_the_same_map_and_packets_take_shortest_ways(
    run_on: RunOn,
) -> None:
    lines = run_on(COUNT, "linkstate/linkstate.py", COUNT, files={"links.txt": LINKS})
    expected = hops_between()
    neighbours = {str(a): {str(b): 1 for b in range(COUNT) if expected[a, b] == 1} for a in range(COUNT)}
    for node, known in enumerate(map(told, lines)):
        assert known["links"] == neighbours
        assert known["cost"] == {str(other): expected[node, other] for other in range(COUNT)}
        assert known["flooded"] <= 2 * COUNT * len(neighbours[str(node)]), "packets run in circles"
    ways = [re.search(r"from (\d) to (\d) came by ([\d ]+),", line) for rows in lines for line in rows]
    taken = {(int(way[1]), int(way[2])): [int(node) for node in way[3].split()] for way in ways if way}
    assert len(taken) == COUNT * (COUNT - 1)
    for (source, target), way in taken.items():
        assert (way[0], way[-1], len(way) - 1) == (source, target, expected[source, target])


def test_given_the_word_latency_when_vessels_flood_then_costs_are_measured_and_add_up(run_on: RunOn) -> None:
    lines = run_on(
        3, "linkstate/linkstate.py", 3, "latency", "--name", "by-latency", files={"links.txt": b"0 1\n1 2\n"}
    )
    first = told(lines[0])
    assert first["cost"]["2"] == pytest.approx(first["links"]["0"]["1"] + first["links"]["1"]["2"])
    assert 0 < first["cost"]["1"] < first["cost"]["2"]
