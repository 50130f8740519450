"""What is counted as reached, and what is not."""

import marshal
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.coverage.points import Points, points_of
from tests.coverage.watching import MAP, POINTS

ROOT = Path(__file__).parents[2]
PROGRAM = """\
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import decimal

def size(of):
    if of > 3:
        return "large"
    return "small"

for number in (1, 2):
    size(number)
"""


def points(tmp_path: Path) -> tuple[str, Points]:
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    return str(file), points_of([file])


def test_given_a_file_when_its_points_are_found_then_they_are_its_lines_with_code_and_both_ways_of_its_jumps(
    tmp_path: Path,
) -> None:
    file, found = points(tmp_path)
    assert set(found.lines[file]) == {1, 2, 5, 6, 7, 8, 10, 11}  # and not line 3, which is for type checkers
    lines, branches = found.of_file(file)
    assert (len(lines), len(branches)) == (8, 6)  # `if TYPE_CHECKING`, `if of > 3` and `for`
    assert sorted([*lines, *branches]) == list(range(found.count))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with Python 3.12")
@pytest.mark.parametrize("forked", [False, True], ids=["itself", "a process that it forks and that is killed"])
def test_given_a_process_when_it_is_watched_then_what_it_reaches_is_noted(tmp_path: Path, *, forked: bool) -> None:
    file, found = points(tmp_path)
    (tmp_path / POINTS).write_bytes(marshal.dumps((found.lines, found.branches)))
    (tmp_path / MAP).write_bytes(bytes(found.count))
    run = f"import runpy; runpy.run_path({file!r})"
    if forked:
        run = (
            f"import os\nchild = os.fork()\nif not child:\n    {run}\n    os.kill(os.getpid(), 9)\nos.waitpid(child, 0)"
        )
    watch = f"from pathlib import Path; from tests.coverage.watching import watch; watch(Path({str(tmp_path)!r}))\n"
    subprocess.run([sys.executable, "-c", watch + run], cwd=ROOT, env=os.environ, check=True)
    reached = (tmp_path / MAP).read_bytes()
    assert {line for line, point in found.lines[file].items() if reached[point]} == {1, 2, 5, 6, 8, 10, 11}
    _, branches = found.of_file(file)
    assert sum(reached[point] for point in branches) == 4  # not: for type checkers, and a large one
