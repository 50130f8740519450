"""Ordinary Python programs print the same under CPython and under Repy: one file of `programs/` is one case.

A program there ends by itself, prints the same every time, and takes its ports from port 0 on 127.0.0.1.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.repy.conftest import Finished

PROGRAMS = Path(__file__).parent / "programs"


@pytest.mark.parametrize("program", [file.stem for file in sorted(PROGRAMS.glob("*.py"))])
def test_given_a_program_when_cpython_and_repy_run_it_then_both_print_the_same(
    program: str, tmp_path: Path, repy: Callable[..., Finished]
) -> None:
    file = tmp_path / f"{program}.py"
    file.write_bytes((PROGRAMS / file.name).read_bytes())
    with_python = subprocess.run(
        [sys.executable, "-I", file], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    with_repy = repy(file.name)
    assert (with_repy.stdout, with_repy.code) == (with_python.stdout, with_python.returncode), with_repy.stderr
    assert with_python.stdout
