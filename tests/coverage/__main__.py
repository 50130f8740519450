"""`python -m tests.coverage PACKAGE... -- PYTEST...`: how much of these packages the tests get to, by line and branch.

Also behind the walls: see `watching`. It takes Python 3.12 or later, and an environment whose other interpreters may be
watched, too, while it lasts.
"""

import marshal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.coverage.points import Points, points_of
from tests.coverage.watching import MAP, POINTS

ROOT: Final = Path(__file__).parents[2]
HOOK: Final = "seattle_coverage.pth"  # what an environment runs at the start of each interpreter
TESTS: Final = "not soak and not unwatched"


def main(words: Sequence[str]) -> int:
    """Run the tests, print the table; pytest's exit code."""
    if not hasattr(sys, "monitoring"):
        print("error: this takes Python 3.12 or later: make coverage PYTHON=python3.12", file=sys.stderr)
        return 2
    packages, tests = words[: words.index("--")], words[words.index("--") + 1 :]
    files = [file for package in packages for file in sorted((ROOT / package).rglob("*.py"))]
    points = points_of(files)
    with tempfile.TemporaryDirectory() as folder, _watched(Path(folder), points):
        code = subprocess.run([sys.executable, "-m", "pytest", "-m", TESTS, *tests], cwd=ROOT, check=False).returncode
        reached = (Path(folder) / MAP).read_bytes()
    for package in packages:
        _print(package, [file for file in files if file.is_relative_to(ROOT / package)], points, reached)
    return code


@contextmanager
def _watched(folder: Path, points: Points) -> Iterator[None]:
    """While inside, each interpreter of this environment that starts is watched."""
    folder.chmod(0o755)  # nodes and others may run as somebody else
    (folder / POINTS).write_bytes(marshal.dumps((points.lines, points.branches)))
    (folder / MAP).write_bytes(bytes(points.count))
    (folder / MAP).chmod(0o666)
    hook = Path(sysconfig.get_path("purelib")) / HOOK
    start = f"import sys, pathlib; sys.path.append({str(ROOT)!r})"
    start += f"; from tests.coverage.watching import watch; watch(pathlib.Path({str(folder)!r})); sys.path.pop()"
    try:
        hook.write_text(start + "\n", encoding="utf-8")
        yield
    finally:
        hook.unlink()


def _print(package: str, files: Sequence[Path], points: Points, reached: bytes) -> None:
    print(f"\n{'lines':>18}  {'branches':>18}  {package}")
    totals = [0, 0, 0, 0]
    for file in files:
        lines, branches = points.of_file(str(file))
        row = [_count(lines, reached), len(lines), _count(branches, reached), len(branches)]
        totals = [total + one for total, one in zip(totals, row, strict=True)]
        print(_row(row), file.relative_to(ROOT / package))
    print(_row(totals), "in all")


def _count(points: Sequence[int], reached: bytes) -> int:
    return sum(reached[point] for point in points)


def _row(counts: Sequence[int]) -> str:
    return "  ".join(f"{_share(some, of)} {some:5}/{of:<5}" for some, of in (counts[:2], counts[2:]))


def _share(some: int, of: int) -> str:
    return f"{some / of:6.1%}" if of else "     -"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
