import pytest

from seattle.repy.language.modules import preload


@pytest.fixture(scope="session", autouse=True)
def _preloaded() -> None:
    preload()


@pytest.fixture
def run(run_behind_language_wall: object) -> object:
    """Run a program inside the language wall; what it printed, line by line."""
    return run_behind_language_wall
