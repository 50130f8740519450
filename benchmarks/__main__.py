"""Run the benchmarks, print a table, and keep the figures as JSON."""

import importlib
import json
import os
import platform
import sys
import time
from pathlib import Path

from benchmarks.comparison import Comparison

ALL = ("start", "door")
RESULTS = Path(__file__).parent / "results"


def main(names: list[str]) -> int:
    """Measure what is named, or everything. 1 if a target was missed."""
    unknown = sorted(set(names) - set(ALL))
    if unknown:
        print(f"error: there is no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    print(f"# {_machine()}", file=sys.stderr)
    rows = [row for name in names or ALL for row in importlib.import_module(f"benchmarks.{name}").measure()]
    _print_table(rows)
    _keep(rows)
    return 0 if all(row.reached for row in rows) else 1


def _print_table(rows: list[Comparison]) -> None:
    print(f"{'what':32} {'ours':>12} {'peer':>12} {'ratio':>7} {'target':>9}  against")
    for row in rows:
        ours = f"{row.ours:.2f} {row.unit}"
        peer = "" if row.peer is None else f"{row.peer:.2f} {row.unit}"
        ratio = "" if row.peer is None else f"{row.measured:.2f}"
        target = f"{row.target:g} {row.unit}" if row.peer is None else f"{row.target:g}"
        mark = "" if row.reached else "  MISSED"
        print(f"{row.name:32} {ours:>12} {peer:>12} {ratio:>7} {target:>9}  {row.peer_name}{mark}")


def _keep(rows: list[Comparison]) -> None:
    RESULTS.mkdir(exist_ok=True)
    record = {
        "machine": _machine(),
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "rows": [
            {
                "name": r.name,
                "ours": r.ours,
                "peer": r.peer,
                "unit": r.unit,
                "target": r.target,
                "peer_name": r.peer_name,
            }
            for r in rows
        ],
    }
    path = RESULTS / f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.json"
    path.write_text(json.dumps(record, indent=1))
    print(f"# kept in {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}", file=sys.stderr)


def _machine() -> str:
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
