"""Ports for people."""

from collections.abc import Iterable


def port_ranges(ports: Iterable[int]) -> str:
    """Ports in few letters: `63100-63109 63150`."""
    ranges: list[list[int]] = []
    for port in sorted(ports):
        if ranges and port == ranges[-1][1] + 1:
            ranges[-1][1] = port
        else:
            ranges.append([port, port])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)
