"""One testbed for all examples: six vessels on three nodes, which the tests' user gets from its site."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from tests.repy.conftest import environment, ports, repy, runtime_folder

import seattle
from seattle.client import Run, Testbed, VesselGroup
from seattle.testbed import LocalTestbed, Size

__all__ = ["EXAMPLES", "RunOn", "environment", "ports", "repy", "runtime_folder"]

EXAMPLES = Path(__file__).parents[2] / "examples"
BOUND = 60.0  # seconds; far more than any example takes

RunOn = Callable[..., dict[int, list[str]]]


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalTestbed]:
    with start_blocking_portal("asyncio") as portal:
        testbed = LocalTestbed(tmp_path_factory.mktemp("examples") / "testbed", Size(nodes=3, vessels=2))
        with portal.wrap_async_context_manager(testbed):
            yield testbed


@pytest.fixture(scope="session")
def testbed(local: LocalTestbed) -> Iterator[Testbed]:
    with seattle.connect(local.profile) as testbed:
        yield testbed


@pytest.fixture(scope="session")
def all_vessels(testbed: Testbed) -> VesselGroup:
    """All six, in the order of their addresses and ports: that in which programs meet."""
    vessels = sorted(testbed.browse(), key=lambda vessel: (vessel.addresses[0], vessel.tcp_ports[0]))
    assert len(vessels) == 6
    return testbed.group(vessels)


@pytest.fixture
def vessels(all_vessels: VesselGroup) -> Iterator[VesselGroup]:
    """All six; whatever a test leaves running in them is stopped, and its files are gone."""
    yield all_vessels
    all_vessels.reset().raise_for_failures()


@pytest.fixture
def start_on(vessels: VesselGroup) -> Callable[..., Run]:
    """Start an example on the first so many vessels, as `seattle run` does."""

    def start(count: int, program: str, *arguments: object, files: dict[str, bytes] | None = None) -> Run:
        for name, content in (files or {}).items():
            vessels[:count].put(content, name).raise_for_failures()
        run = vessels[:count].run(EXAMPLES / program, *map(str, arguments))
        run.started.raise_for_failures()
        return run

    return start


@pytest.fixture
def run_on(vessels: VesselGroup, start_on: Callable[..., Run]) -> RunOn:
    """Run an example to its end, which has to be a good one on all; its lines, by the vessels' numbers."""

    def run(count: int, program: str, *arguments: object, **more: Any) -> dict[int, list[str]]:
        results = start_on(count, program, *arguments, **more).results(timeout=BOUND).raise_for_failures()
        for vessel, result in zip(vessels, results.values, strict=False):
            assert (result.outcome.kind, result.outcome.exit_code) == ("exited", 0), f"{vessel}: {result.output}"
        return {number: result.output.splitlines() for number, result in enumerate(results.values)}

    return run
