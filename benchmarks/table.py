"""The rows on a terminal, and in a file for programs."""

import json
import time
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.rows import Row

RESULTS = Path(__file__).parent / "results"

MET = {None: "", True: "yes", False: "MISSED"}


def print_head() -> None:
    """The columns' names."""
    print(f"{'what':46} {'ours':>12} {'peer':>12} {'ratio':>7} {'target':>9} {'met?':6}  against", flush=True)


def print_row(row: Row) -> None:
    """One line, as soon as it is known."""
    ours, peer = figure(row.ours, row.unit), figure(row.peer, row.unit)
    ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
    target = "" if row.target is None else str(row.target)
    said = "; ".join(filter(None, (row.peer_name, row.note)))
    print(f"{row.name:46} {ours:>12} {peer:>12} {ratio:>7} {target:>9} {MET[row.met]:6}  {said}".rstrip(), flush=True)


def keep(rows: list[Row]) -> None:
    """Write the rows to a file of their own beneath `RESULTS`."""
    record = {
        "machine": machine(),
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "rows": [_record(row) for row in rows],
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.json"
    path.write_text(json.dumps(record, indent=1))
    print(f"# kept in {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


def _record(row: Row) -> dict[str, object]:
    return {
        "name": row.name,
        "ours": row.ours,
        "peer": row.peer,
        "unit": row.unit,
        "ratio": row.ratio,
        "target": None if row.target is None else str(row.target),
        "met": row.met,
        "peer_name": row.peer_name,
        "note": row.note,
    }


def figure(value: float | None, unit: str) -> str:
    """A value with its unit, as precise as it means something; nothing for None."""
    if value is None:
        return ""
    return f"{value:,.0f} {unit}" if value >= 1000 else f"{value:.3g} {unit}" if value < 1 else f"{value:.4g} {unit}"
