"""`python -m benchmarks.page benchmarks/results/FILE.json` puts the figures of that run into `docs/benchmarks.md`."""

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

from benchmarks.table import MET, figure

PAGE: Final = Path(__file__).parents[1] / "docs" / "benchmarks.md"

_REGION: Final = re.compile(r"(<!-- figures -->\n).*?(<!-- end -->)", re.DOTALL)
_COLUMNS: Final = ("what", "ours", "peer", "ratio", "target", "met?", "against")


def fill_in(page: str, run: dict[str, Any]) -> str:
    """The page with the figures of a run that was kept between its marks."""
    lines = [
        f"Measured on {run['measured_at'][:10]}: {run['machine']}.",
        "",
        *(f"| {' | '.join(cells)} |" for cells in (_COLUMNS, ("---",) * len(_COLUMNS), *map(_cells, run["rows"]))),
    ]
    return _REGION.sub(lambda region: "\n".join([region[1], *lines, "", region[2]]), page)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["name"],
        figure(row["ours"], row["unit"]),
        figure(row["peer"], row["unit"]),
        "" if row["ratio"] is None else f"{row['ratio']:.3g}",
        row["target"] or "",
        MET[row["met"]],
        "; ".join(filter(None, (row["peer_name"], row["note"]))),
    )


if __name__ == "__main__":
    PAGE.write_text(fill_in(PAGE.read_text("utf-8"), json.loads(Path(sys.argv[1]).read_text("utf-8"))), "utf-8")
