"""Ways out of a process that are in the books, a test for each: the kernel wall alone refuses them all.

The first word of a technique is the system call that it stands on, as `pytest -v` shows.
"""

import ast
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyseccomp  # type: ignore[import-untyped]  # it has no types
import pytest

Attack = Callable[..., Any]  # see conftest.py

MACHINES = (pyseccomp.Arch.X86_64, pyseccomp.Arch.AARCH64)
only_on_x86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="a way into the kernel of x86-64")


def _table() -> dict[str, Any]:
    """The techniques of the program that tries them."""
    text = (Path(__file__).parent / "programs" / "native_techniques.py").read_text()
    for statement in ast.parse(text).body:
        match statement:
            case ast.Assign(targets=[ast.Name("TECHNIQUES")], value=table):
                return dict(ast.literal_eval(table))
    raise AssertionError("there is no table")


TECHNIQUES = _table()


def test_given_the_techniques_when_counted_then_there_are_as_many_as_the_documentation_says() -> None:
    assert len(TECHNIQUES) > 150


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_given_native_code_when_it_tries_a_technique_then_the_kernel_wall_refuses(
    techniques: Any, technique: str
) -> None:
    assert (techniques.code, techniques.errors) == (0, "")
    (line,) = [line for line in techniques.output.splitlines() if line.partition(": ")[2].startswith(f"{technique} ")]
    has_no_such_call = TECHNIQUES[technique][0][platform.machine() != "x86_64"] is None
    assert line == f"refused: {technique} {'ENOSYS' if has_no_such_call else 'EPERM'}"


def test_given_the_techniques_when_their_numbers_are_looked_up_then_they_are_those_of_their_calls() -> None:
    for technique, (numbers, *_) in TECHNIQUES.items():
        resolved = [pyseccomp.resolve_syscall(machine, technique.partition(":")[0]) for machine in MACHINES]
        assert tuple(number if number >= 0 else None for number in resolved) == numbers, technique


@only_on_x86
def test_given_native_code_when_it_calls_the_kernel_by_x32_numbers_then_it_is_killed(attack: Attack) -> None:
    ended = attack("native_x32_calls", walls="kernel")
    assert (ended.code, ended.output) == (7, "")
    assert ended.errors.startswith("repy: crashed: signal 31")


@only_on_x86
def test_given_native_code_when_it_calls_the_kernels_own_page_then_it_gets_nothing(attack: Attack) -> None:
    ended = attack("native_vsyscall", walls="kernel")
    if "signal 11" in ended.errors:  # a kernel without that page
        assert (ended.code, ended.output) == (7, "")
    else:
        assert (ended.code, ended.output, ended.errors) == (0, "refused: time -1\n", "")
