"""One testbed for all examples: six vessels on three nodes, which the tests' user gets from its site."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from tests.repy.conftest import environment, ports, repy, runtime_folder

import seattle
from seattle.client import Run, Testbed, VesselGroup
from seattle.client.program_files import program_files
from seattle.testbed import LocalTestbed, Size

__all__ = ["EXAMPLES", "RunAlone", "RunOn", "StartOn", "environment", "ports", "repy", "runtime_folder"]

EXAMPLES = Path(__file__).parents[2] / "examples"
BOUND = 60.0  # seconds; far more than any example takes

RunOn = Callable[..., list[list[str]]]
RunAlone = Callable[..., list[str]]
StartOn = Callable[..., Run]


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
def start_on(vessels: VesselGroup, tmp_path: Path) -> StartOn:
    """Start an example on one vessel, by its number, or on several.

    With further files for them, beneath layers, which are examples, too, and with some of its constants changed.
    """

    def start(
        where: int | Sequence[int],
        program: str | Path,
        *arguments: object,
        files: Mapping[str, bytes] | None = None,
        layers: Sequence[str | Path] = (),
        constants: Mapping[str, object] | None = None,
    ) -> Run:
        numbers = [where] if isinstance(where, int) else where
        there = VesselGroup.of(vessels, [vessels[number] for number in numbers])
        for name, content in (files or {}).items():
            there.put(content, name).raise_for_failures()
        for file in program_files(EXAMPLES / program)[1:]:  # as `seattle run` does
            there.upload(file).raise_for_failures()
        file = changed(EXAMPLES / program, constants, tmp_path) if constants else EXAMPLES / program
        run = there.run(file, *map(str, arguments), layers=[EXAMPLES / layer for layer in layers])
        run.started.raise_for_failures()
        return run

    return start


def changed(program: Path, constants: Mapping[str, object], folder: Path) -> Path:
    """A copy of a program in which some constants have other values."""
    text = program.read_text()
    for name, value in constants.items():
        text, found = re.subn(rf"^{name} = .*$", f"{name} = {value!r}", text, flags=re.MULTILINE)
        assert found == 1, (program, name)
    (folder / program.name).write_text(text)
    return folder / program.name


def ended_well(run: Run) -> list[list[str]]:
    """Wait until a program has come to a good end everywhere; its lines on each vessel."""
    lines = []
    for result in run.results(timeout=BOUND).raise_for_failures().values:
        assert (result.outcome.kind, result.outcome.exit_code) == ("exited", 0), result.output
        lines.append(result.output.splitlines())
    return lines


@pytest.fixture
def run_on(start_on: StartOn) -> RunOn:
    """Run an example on the first so many vessels to its end, which has to be a good one; the lines of each."""
    return lambda count, program, *arguments, **more: ended_well(start_on(range(count), program, *arguments, **more))


@pytest.fixture
def run_alone(start_on: StartOn) -> RunAlone:
    """Run an example on one vessel, by its number, to a good end; its lines."""
    return lambda number, program, *arguments, **more: ended_well(start_on(number, program, *arguments, **more))[0]
