"""Ports for people."""

from collections.abc import Iterable

from seattle.resources.ports import port_runs


def port_ranges(ports: Iterable[int]) -> str:
    """Ports in few letters: `63100-63109 63150`."""
    return " ".join(port_runs(ports))
