"""Run the benchmarks, print a table, and keep the figures as JSON."""

import importlib
import sys

from benchmarks.machine import machine
from benchmarks.rows import Row
from benchmarks.table import keep, print_head, print_row

PACKAGES = {
    "repy": ("start", "hello", "load", "door", "calls", "files", "tcp", "udp", "compute", "memory", "caps", "floods"),
    "fabric": ("rpc", "many", "storm"),
    "node": ("runs", "idle"),
    "installer": ("install",),
    "clearinghouse": ("site", "pages"),
    "tools": ("hello100", "warm", "commands"),
}
MODULES = {name: f"benchmarks.{package}.{name}" for package, names in PACKAGES.items() for name in names}
ALL = tuple(MODULES)


def main(names: list[str]) -> int:
    """Measure what is named, or everything. 1 if a target was missed."""
    unknown = sorted(set(names) - set(ALL))
    if unknown:
        print(f"error: there is no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    print(f"# {machine()}", file=sys.stderr)
    print_head()
    rows: list[Row] = []
    for name in names or ALL:
        for row in importlib.import_module(MODULES[name]).measure():
            print_row(row)
            rows.append(row)
    keep(rows)
    return 0 if all(row.met is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
