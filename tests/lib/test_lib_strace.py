"""`strace`: each call is told, whether it stands above as a layer or the program chains to another."""

from collections.abc import Callable
from pathlib import Path

from tests.repy.conftest import Finished

TRACED = (
    "file = openfile('f', True)\n"
    "file.writeat(b'x' * 300, 0)\n"
    "file.close()\n"
    "lock = createlock()\n"
    "with lock:\n    print('in')\n"
    "try:\n    openfile('missing', False)\nexcept FileNotFoundError:\n    pass\n"
)
TOLD = [
    "openfile('f', True) =",
    "openfile.writeat(b'xxx",
    "openfile.close() = None",
    "createlock() =",
    "createlock.acquire(True) = True",
    "in",
    "createlock.release() = None",
    "openfile('missing', False) raised FileNotFoundError:",
]


def _without_times(lines: list[str]) -> list[str]:
    return [line if line == "in" else line.partition(" ")[2] for line in lines]


def _check(done: Finished) -> None:
    assert done.code == 0, done.stderr
    lines = _without_times(done.stdout.splitlines())
    assert [line[: len(told)] for line, told in zip(lines, TOLD, strict=True)] == TOLD
    assert max(map(len, lines)) < 500


def test_given_a_layer_that_traces_when_a_program_runs_beneath_then_its_calls_are_told(
    tmp_path: Path, repy: Callable[..., Finished]
) -> None:
    (tmp_path / "layer.py").write_text("import strace\nsecure_dispatch_module(strace.trace(CHILD_CONTEXT_DEF))\n")
    (tmp_path / "program.py").write_text(TRACED)
    _check(repy("--layer", "layer.py", "program.py"))


def test_given_a_program_that_traces_when_it_chains_to_another_then_the_calls_of_that_are_told(
    tmp_path: Path, repy: Callable[..., Finished]
) -> None:
    first = "import strace\nstrace.trace_context(CHILD_CONTEXT)\ndy_dispatch_module()\n"
    (tmp_path / "first.py").write_text(first)
    (tmp_path / "program.py").write_text(TRACED)
    _check(repy("first.py", "program.py"))
