"""Run the benchmarks, print a table, and keep the figures as JSON."""

import sys
import traceback

from benchmarks.machine import machine
from benchmarks.measuring import measured
from benchmarks.rows import Row
from benchmarks.table import keep, print_head

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
    """Measure what is named, or everything. 1 if a target was missed, or something could not be measured.

    A benchmark that fails takes no row of the others with it.
    """
    unknown = sorted(set(names) - set(ALL))
    if unknown:
        print(f"error: there is no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    print(f"# {machine()}", file=sys.stderr)
    print_head()
    rows: list[Row] = []
    failed = []
    for name in names or ALL:
        try:
            rows += measured(MODULES[name])
        except Exception:  # noqa: BLE001 - whatever it is, the others are measured, and it is told
            traceback.print_exc()
            failed.append(name)
    if failed:
        print(f"error: {', '.join(failed)} failed; what went wrong is above", file=sys.stderr)
    if rows:
        keep(rows)
    return 0 if not failed and all(row.met is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
