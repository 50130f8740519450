"""Sets of ports in few words."""

from collections.abc import Iterable


def port_runs(ports: Iterable[int], *, to: str = "-") -> list[str]:
    """Ports that follow each other as one word, in their order: `63100-63109`, `63200`. `to` stands in such a word."""
    runs: list[list[int]] = []
    for port in sorted(ports):
        if runs and port == runs[-1][1] + 1:
            runs[-1][1] = port
        else:
            runs.append([port, port])
    return [str(first) if first == last else f"{first}{to}{last}" for first, last in runs]
