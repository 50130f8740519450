"""What every test starts from: nothing that an earlier one has set up for the whole process."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from seattle.repy.guest.imports import Importer
from seattle.repy.language.builtins import safe_builtins
from seattle.repy.language.compiler import compile_program
from seattle.repy.language.modules import preload


@pytest.fixture(autouse=True)
def _log_events_as_delivered() -> Iterator[None]:
    """Commands and the SDK configure logging for their process, which here is everybody's."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


@pytest.fixture
def run_behind_language_wall() -> Callable[..., list[str]]:
    """Run a program in this process, with nothing but the language wall around it; what it printed, line by line."""
    preload()

    def run(source: str, **extra: Any) -> list[str]:
        printed: list[str] = []

        def show(*values: object) -> None:
            printed.append(" ".join(map(str, values)))

        calls = {"print": show, **extra}
        builtins = safe_builtins({**calls, "__import__": Importer(calls=calls).import_module})
        exec(compile_program(source, "program.py"), {"__builtins__": builtins, "__name__": "__main__"})
        return printed

    return run
