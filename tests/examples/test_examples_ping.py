"""Pings: all pairs with detours, and one by one over UDP and TCP."""

import re

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
