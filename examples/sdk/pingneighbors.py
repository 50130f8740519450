"""Get some vessels, have all of them ping all others, draw the table, and give them back.

    python examples/sdk/pingneighbors.py [COUNT [KIND]]

COUNT is 4 and KIND (wan, lan, nat or random) is random without. This is ordinary Python, for a computer on which
Seattle is installed: the program that the vessels run is `examples/ping/detour.py`. Prints a row for each vessel, with
the milliseconds to each other one, and `-` where there was no answer.
"""

import re
import sys
from pathlib import Path

import seattle

PROGRAM = Path(__file__).parent.parent / "ping" / "detour.py"
LINE = re.compile(r"(\d+) -> (\d+): (?:([\d.]+) ms|cut)")


def table_of(lines: list[str], count: int) -> list[list[str]]:
    """The rows of the table, made of what the program has printed."""
    rows = [["0.0" if column == row else "-" for column in range(count)] for row in range(count)]
    for line in lines:
        found = LINE.match(line)
        if found and found[3]:
            rows[int(found[1])][int(found[2])] = found[3]
    return rows


def main(count: int = 4, kind: str = "random") -> None:
    with seattle.connect() as testbed:
        vessels = testbed.acquire(count, kind=kind)
        try:
            run = vessels.run(PROGRAM, str(count), "--name", f"pingneighbors-{vessels[0]}")
            lines = [line.text for line in run.follow()]
            run.wait().raise_for_failures()
        finally:
            vessels.release()
    for number, row in enumerate(table_of(lines, count)):
        print(f"{number:>3}", *(f"{cell:>8}" for cell in row))


if __name__ == "__main__":
    main(*(int(word) if word.isdecimal() else word for word in sys.argv[1:]))
