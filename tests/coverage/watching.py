"""Which points a process gets to, and whatever it forks: noted in a map that all of them share.

Tools for this write files when a process ends. A guest has no files, and most guests and monitors are killed. So each
point is a byte of shared memory: it is there before the walls are, and setting it takes no system call.

This runs at the start of every interpreter while `python -m tests.coverage` does, and imports little for that reason.
"""

import marshal
import mmap
import os
import sys
from pathlib import Path
from types import CodeType
from typing import Any

MAP, POINTS = "map", "points"  # files in the folder of one measurement


def watch(folder: Path) -> None:
    """Note from now on what is reached, in this process and those that it forks."""
    with (folder / POINTS).open("rb") as file:
        lines, branches = marshal.load(file)
    fd = os.open(folder / MAP, os.O_RDWR | os.O_CLOEXEC)
    try:
        reached = mmap.mmap(fd, 0)
    finally:
        os.close(fd)
    if sys.version_info >= (3, 12):
        _watch(lines, branches, reached)


if sys.version_info >= (3, 12):

    def _watch(lines: dict[str, dict[int, int]], branches: dict[Any, dict[int, Any]], reached: mmap.mmap) -> None:
        monitoring = sys.monitoring
        done = monitoring.DISABLE

        def line(code: CodeType, number: int) -> Any:
            points = lines.get(code.co_filename)
            if points is not None and (point := points.get(number)) is not None:
                reached[point] = 1
            return done

        def branch(code: CodeType, offset: int, destination: int) -> Any:
            points = branches.get((code.co_filename, code.co_qualname, code.co_firstlineno))
            if points is None or (way := points.get(offset)) is None:
                return done
            behind, through, jumping = way
            reached[through if destination == behind else jumping] = 1
            return done if reached[through] and reached[jumping] else None

        if monitoring.get_tool(monitoring.COVERAGE_ID):  # some environments run such a hook twice
            return
        monitoring.use_tool_id(monitoring.COVERAGE_ID, "seattle")
        monitoring.register_callback(monitoring.COVERAGE_ID, monitoring.events.LINE, line)
        monitoring.register_callback(monitoring.COVERAGE_ID, monitoring.events.BRANCH, branch)
        monitoring.set_events(monitoring.COVERAGE_ID, monitoring.events.LINE | monitoring.events.BRANCH)
