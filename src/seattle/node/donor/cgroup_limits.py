"""What a container or a service manager lets this process have of the machine: cgroup v2, cpu.max and memory.max."""

from collections.abc import Iterator
from pathlib import Path

from seattle.node.donor.conditions.reading import read_text


def cpu_limit(root: Path) -> float | None:
    """Cores; None for as many as there are."""
    limits = []
    for folder in _groups(root):
        match (read_text(folder / "cpu.max") or "").split():
            case [quota, period] if quota.isdecimal() and period.isdecimal() and int(period):
                limits.append(int(quota) / int(period))
    return min(limits, default=None)


def memory_limit(root: Path) -> int | None:
    """Bytes; None for as much as there is."""
    texts = [read_text(folder / "memory.max") or "" for folder in _groups(root)]
    return min((int(text) for text in texts if text.isdecimal()), default=None)


def _groups(root: Path) -> Iterator[Path]:
    """Our own group and those around it: each may set limits."""
    top = root / "sys/fs/cgroup"
    for line in (read_text(root / "proc/self/cgroup") or "").splitlines():
        if line.startswith("0::/") and ".." not in (own := line.removeprefix("0::/")):
            folder = top / own
            yield from (folder, *(parent for parent in folder.parents if parent.is_relative_to(top)))
