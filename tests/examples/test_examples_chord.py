"""Chord: the ring's order, its fingers and where its keys are, also when nodes come and go; and who checks that."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.examples.conftest import BOUND, EXAMPLES, RunAlone, RunOn, StartOn
from tests.repy.conftest import Finished

from seattle.client import VesselGroup


def test_given_a_ring_under_load_when_a_node_leaves_then_no_look_up_fails_and_every_key_is_where_it_should_be(
    run_on: RunOn,
) -> None:
    lines = run_on(6, "chord/ring.py", 6)
    assert all(re.fullmatch(r"in the ring as \d+ and it is as it should be", rows[0]) for rows in lines)
    assert lines[5][1:] == ["left"]
    for rows in lines[:5]:
        counted = re.fullmatch(r"(\d+) look-ups found what they should, 0 did not", rows[1])
        assert counted is not None, rows
        assert int(counted[1]) > 20
    assert lines[0][2] == "the ring of 5 nodes is as it should be, with 60 pairs"


def test_given_the_programs_of_the_handout_when_two_nodes_are_up_then_pairs_are_put_found_and_dumped(
    start_on: StartOn, run_alone: RunAlone, vessels: VesselGroup
) -> None:
    (ip, port), (other_ip, other_port) = ((vessel.addresses[0], vessel.udp_ports[0]) for vessel in vessels[:2])
    first = start_on(0, "chord/chord.py", ip, port, 60)
    assert re.match(r"in the ring as \d+", next(first.follow()).text)
    second = start_on(1, "chord/chord.py", ip, port, other_ip, other_port, 3)
    assert re.match(r"in the ring as \d+", next(second.follow()).text)
    assert run_alone(2, "chord/put.py", ip, port, "city", "Brooklyn") == ["stored"]
    assert run_alone(2, "chord/get.py", other_ip, other_port, "city") == ["Brooklyn"]
    assert "pairs do not change" in run_alone(2, "chord/put.py", other_ip, other_port, "city", "Seattle")[0]
    nodes = {"nodes.conf": f"{ip}:{port}\n{other_ip}:{other_port}\n".encode()}
    dumps = [json.loads(line) for line in run_alone(2, "chord/dump.py", files=nodes) if line.startswith("{")]
    assert [dump["place"] for dump in dumps] == [[ip, port], [other_ip, other_port]]
    holders = [dump["place"] for dump in dumps if dump["pairs"] == {"city": "Brooklyn"}]
    assert 1 <= len(holders) <= 2, "two while a pair changes hands"
    assert second.results(timeout=BOUND).values[0].output.endswith("left\n")
    assert run_alone(2, "chord/get.py", ip, port, "city") == ["Brooklyn"]


def test_given_a_node_that_dies_without_a_word_when_the_others_notice_then_the_ring_closes_again(
    start_on: StartOn, run_alone: RunAlone, vessels: VesselGroup
) -> None:
    places = [(vessel.addresses[0], vessel.udp_ports[0]) for vessel in vessels[:3]]
    nodes = [start_on(0, "chord/chord.py", *places[0], 60)]
    nodes += [start_on(number, "chord/chord.py", *places[0], *places[number], 60) for number in (1, 2)]
    for node in nodes:
        assert next(node.follow()).text.startswith("in the ring")
    wait_for_ring(run_alone, places)
    nodes[1].stop().raise_for_failures()
    wait_for_ring(run_alone, [places[0], places[2]])


def wait_for_ring(run_alone: RunAlone, places: list[tuple[str, int]]) -> None:
    """Until a ring of these nodes is as it should be; they look after it a few times a second."""
    deadline = time.monotonic() + BOUND
    nodes = {"nodes.conf": "".join(f"{ip}:{port}\n" for ip, port in places).encode()}
    while (said := run_alone(3, "chord/dump.py", files=nodes)[-1]) != (
        f"the ring of {len(places)} nodes is as it should be"
    ):
        assert time.monotonic() < deadline, said


RIGHT = """
import json
from identifiers import BITS, RING, number_of, number_of_node
from checking import faults_of, successor_of

ring = sorted([("10.0.0.1", 1), ("10.0.0.2", 2), ("10.0.0.3", 3), ("10.0.0.4", 4)], key=number_of_node)
dumps = [
    {
        "place": place,
        "number": number_of_node(place),
        "predecessor": ring[position - 1],
        "successors": [ring[(position + 1) % 4]],
        "fingers": [successor_of((number_of_node(place) + 2**finger) % RING, ring) for finger in range(BITS)],
        "pairs": {key: key for key in ("a", "b", "c") if successor_of(number_of(key), ring) == place},
    }
    for position, place in enumerate(ring)
]
dumps = json.loads(json.dumps(dumps))
"""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("pass", r"\[\]"),
        ("dumps[0]['successors'] = dumps[1]['successors']", "successor is not the next"),
        ("dumps[0]['predecessor'] = dumps[0]['place']", "predecessor is not the node before"),
        ("dumps[0]['fingers'][31] = dumps[0]['place']", "finger 31 of 32 is wrong"),
        ("dumps[0]['pairs'] = dumps[1]['pairs'] = {'a': 'a'}", "'a' is not with its successor alone"),
    ],
)
def test_given_a_ring_with_a_fault_when_it_is_checked_then_the_fault_is_told(
    repy: Callable[..., Finished], tmp_path: Path, change: str, told: str
) -> None:
    for name in ("identifiers.py", "checking.py"):
        (tmp_path / name).write_text((EXAMPLES / "chord" / name).read_text())
    (tmp_path / "program.py").write_text(f"{RIGHT}\n{change}\nprint(faults_of(dumps))\n")
    done = repy("program.py")
    assert re.search(told, done.stdout), done.stdout + done.stderr
