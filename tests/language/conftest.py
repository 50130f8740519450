from collections.abc import Callable, Sequence
from typing import Any

import pytest

from seattle.repy.language.builtins import safe_builtins
from seattle.repy.language.compiler import compile_program
from seattle.repy.language.modules import load_facade, preload

Run = Callable[..., list[str]]


@pytest.fixture(scope="session", autouse=True)
def _preloaded() -> None:
    preload()


def import_facade(
    name: str, _globals: object = None, _locals: object = None, _from: Sequence[str] = (), _level: int = 0
) -> object:
    module = load_facade(name)
    if module is None:
        raise ImportError(f"no module named {name!r}")
    return module


@pytest.fixture
def run() -> Run:
    """Run a program inside the language wall; what it printed, line by line."""

    def run(source: str, **extra: Any) -> list[str]:
        printed: list[str] = []

        def show(*values: object) -> None:
            printed.append(" ".join(map(str, values)))

        builtins = safe_builtins({"print": show, "__import__": import_facade, **extra})
        exec(compile_program(source, "program.py"), {"__builtins__": builtins, "__name__": "__main__"})
        return printed

    return run
