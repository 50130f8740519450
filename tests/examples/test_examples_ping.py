"""Pings: all pairs with detours, and one by one over UDP and TCP."""

import re

import pytest
from tests.examples.conftest import RunOn


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
