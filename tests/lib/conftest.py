"""Programs that import SeattleLib, run by `repy` in the real sandbox."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.repy.conftest import Finished, environment, popen, repy, runtime_folder

__all__ = ["Run", "environment", "popen", "repy", "run", "runtime_folder"]

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, repy: Callable[..., Finished]) -> Run:
    """Runs a program and returns what it prints; after the error report if its outcome is to be another than 0."""

    def run_it(program: str, *arguments: str, outcome: int = 0) -> str:
        (tmp_path / "program.py").write_text(program, encoding="utf-8")
        done = repy("program.py", *arguments)
        assert done.code == outcome, done.stdout + done.stderr
        return done.stdout if outcome == 0 else done.stderr + done.stdout

    return run_it
