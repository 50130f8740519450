"""Pings: all pairs, with detours, and one by one over UDP and TCP."""

import json
import re
import time
import urllib.request
from typing import Any

import pytest
from tests.examples.conftest import BOUND, RunOn, StartOn

from seattle.client import VesselGroup


def test_given_a_cut_link_and_a_slow_one_when_all_ping_all_then_both_are_found_with_a_working_way_round(
    run_on: RunOn,
) -> None:
    lines = run_on(4, "ping/detour.py", 4, "--cut", "0-1", "--slow", "2-3=80")
    found = {line.partition(":")[0]: line.partition(": ")[2] for rows in lines for line in rows}
    assert len(found) == 12
    for pair in ("0 -> 1", "1 -> 0"):
        assert re.fullmatch(r"cut, detour through [23]: [\d.]+ ms", found[pair])
    for pair in ("2 -> 3", "3 -> 2"):
        assert (way := re.fullmatch(r"([\d.]+) ms, detour through [01]: ([\d.]+) ms", found[pair])), found[pair]
        assert float(way[2]) < float(way[1]) >= 160
    assert re.fullmatch(r"[\d.]+ ms.*", found["0 -> 2"])


def test_given_two_vessels_when_one_pings_the_other_over_udp_then_every_ping_comes_back_and_the_sum_is_right(
    run_on: RunOn,
) -> None:
    *pings, summary = run_on(2, "ping/udp_ping.py")[1]
    times = [float(line.split()[2]) for line in pings]
    assert len(times) == 10
    told = re.fullmatch(r"10 sent, 10 came back, 0 % lost; ([\d.]+) / ([\d.]+) / ([\d.]+) ms .*", summary)
    assert told is not None, summary
    assert [float(number) for number in told.groups()] == pytest.approx(
        [min(times), sum(times) / 10, max(times)], abs=0.02
    )


def test_given_two_vessels_when_one_pings_the_other_over_tcp_then_connecting_and_all_round_trips_are_timed(
    run_on: RunOn,
) -> None:
    connected, *pings, summary = run_on(2, "ping/tcp_ping.py")[1]
    assert re.fullmatch(r"connected in [\d.]+ ms", connected)
    times = [float(line.split()[2]) for line in pings]
    assert len(times) == 10
    assert summary.startswith(f"{min(times):.2f} / ")


def test_given_all_vessels_when_each_pings_all_others_then_each_serves_its_whole_row(
    start_on: StartOn, vessels: VesselGroup
) -> None:
    places = [f"{vessel.addresses[0]}:{vessel.tcp_ports[0]}" for vessel in vessels]
    for number in range(len(places)):
        start_on(number, "allpairsping.py", number, *places)
    for number, place in enumerate(places):
        told = complete_row(place)
        took = told["milliseconds"]
        assert (told["index"], len(took), took.pop(number)) == (number, len(places), None)
        assert all(0 < milliseconds < 1000 for milliseconds in took)


def complete_row(place: str) -> dict[str, Any]:
    """What a vessel serves, once it has pinged all others."""
    deadline = time.monotonic() + BOUND
    while True:
        with urllib.request.urlopen(f"http://{place}/", timeout=BOUND) as answer:
            told: dict[str, Any] = json.loads(answer.read())
        if told["complete"]:
            return told
        assert time.monotonic() < deadline, told
