"""The client on real nodes: real programs behind both walls, on a testbed of its own."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from tests.client.real_nodes import BOUND, browse_all, two_nodes

import seattle
from seattle.client import Failure, Testbed, VesselGroup, went_well
from seattle.fabric.node_api import VesselState

MAIN = [sys.executable, "-c", "from seattle.cli import main; raise SystemExit(main())"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The profile of a testbed of two nodes with two vessels each."""
    with two_nodes(tmp_path_factory.mktemp("local") / "testbed", vessels=2) as profile:
        yield profile


@pytest.fixture
def testbed(folder: Path) -> Iterator[Testbed]:
    with seattle.connect(folder) as testbed:
        yield testbed


@pytest.fixture
def vessels(testbed: Testbed) -> VesselGroup:
    """All four, as good as new."""
    browse_all(testbed, 4).reset().raise_for_failures()
    return testbed.browse()


def write(folder: Path, text: str) -> Path:
    path = folder / "program.py"
    path.write_text(text)
    return path


def test_given_real_vessels_when_a_program_runs_then_its_lines_and_its_end_come_from_all(
    vessels: VesselGroup, tmp_path: Path
) -> None:
    program = write(tmp_path, "for n in range(200):\n    log(callargs[0], n, '\\n')\nprint('end', end='')\n")
    run = vessels.run(program, lambda vessel: [str(vessel)])
    assert not run.started.failed
    got: dict[str, list[str]] = {str(vessel): [] for vessel in vessels}
    for line in run.follow():
        got[str(line.vessel)].append(line.text)
    for name, lines in got.items():
        assert [line.split() for line in lines] == [[name, str(n)] for n in range(200)] + [["end"]]
    assert all(went_well(end) for end in run.outcomes.values())


def test_given_a_program_with_a_mistake_then_its_traceback_is_shown_and_the_outcome_tells(
    vessels: VesselGroup, tmp_path: Path
) -> None:
    run = vessels[:1].run(write(tmp_path, "print(1)\nprint(1 / 0)\n"))
    assert "1" in [line.text for line in run.follow()]
    (outcome,) = run.wait().values
    assert outcome.kind == "exception"
    assert "ZeroDivisionError" in outcome.detail
    assert not went_well(outcome)


def test_given_a_spinning_program_when_stopped_then_the_follower_ends_and_a_new_run_begins_afresh(
    vessels: VesselGroup, tmp_path: Path
) -> None:
    run = vessels.run(write(tmp_path, "print('on')\nwhile True:\n    pass\n"))
    lines = run.follow()
    assert {next(lines).text for _ in vessels} == {"on"}
    again = vessels.start("program.py")
    assert [one.code for one in again.started if isinstance(one, Failure)] == ["already-started"] * 4
    stopper = threading.Thread(target=run.stop)
    stopper.start()
    list(lines)  # the sandbox may have said in the log why it ended; that it comes to an end is what counts
    stopper.join(BOUND)
    assert [one.kind for one in run.wait().values] == ["stopped"] * 4
    second = vessels.run(write(tmp_path, "print('second')\n"))
    assert [line.text for line in second.follow()] == ["second"] * 4


def test_given_a_program_that_its_node_starts_again_when_followed_through_that_then_its_next_run_is_in_it(
    vessels: VesselGroup, tmp_path: Path
) -> None:
    vessel = vessels[:1]
    text = "print('up')\nif 'once' in listfiles():\n    sleep(1000)\n"
    text += "openfile('once', True).close()\nraise ValueError\n"
    run = vessel.run(write(tmp_path, text), restart="on-failure")
    lines = run.follow(through_restarts=True)
    assert [line.text for line in islice((one for one in lines if one.text == "up"), 2)] == ["up", "up"]
    vessel.stop().raise_for_failures()
    list(lines)
    assert [getattr(end, "kind", None) for end in run.outcomes.values()] == ["stopped"]


def test_given_a_program_that_writes_a_file_then_it_can_be_fetched(vessels: VesselGroup, tmp_path: Path) -> None:
    program = "f = openfile('in.bin', False)\ndata = f.readat(None, 0)\nf.close()\n"
    program += "f = openfile('out.bin', True)\nf.writeat(data, 0)\nf.close()\n"
    content = bytes(range(256)) * 4096  # two chunks
    assert vessels.put(content, "in.bin").values == (len(content),) * 4
    assert all(went_well(end) for end in vessels.run(write(tmp_path, program)).wait().raise_for_failures().values)
    assert [path.read_bytes() for path in vessels.download("out.bin", tmp_path).values] == [content] * 4
    assert [entry.name for entry in vessels.list().values[0]] == ["in.bin", "out.bin", "program.py"]


def test_given_a_run_then_browsing_tells_its_outcome_and_resources_tell_what_is_used(
    testbed: Testbed, vessels: VesselGroup, tmp_path: Path
) -> None:
    run = vessels[:1].run(write(tmp_path, "print('x')\n"))
    run.wait().raise_for_failures()
    vessel = testbed.browse()[0]
    assert vessel.state is VesselState.TERMINATED
    assert vessel.run == run.started.values[0].run
    assert vessel.outcome is not None
    assert vessel.outcome.kind == "exited"
    assert "memory" in vessels.resources().values[0].limits


def test_given_the_command_line_then_a_real_program_runs_everywhere(
    folder: Path, vessels: VesselGroup, tmp_path: Path
) -> None:
    program = write(tmp_path, "print('hello', *callargs)\n")
    done = subprocess.run(
        [*MAIN, "run", "--profile", str(folder), str(program), "you", "--", "--json"],
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == sorted(f"{vessel} | hello you --json" for vessel in vessels)


def test_given_a_program_that_shall_always_run_when_it_ends_then_the_node_starts_it_again_until_it_is_stopped(
    vessels: VesselGroup, folder: Path, tmp_path: Path
) -> None:
    one = vessels[:1]
    program = write(tmp_path, "print('once more')\n")
    command = [
        *MAIN,
        "run",
        "--profile",
        str(folder),
        "--on",
        str(one[0]),
        "--detach",
        "--restart",
        "always",
        str(program),
    ]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    deadline = time.monotonic() + BOUND
    while b"".join(one.logs().values).count(b"once more") < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    one.stop().raise_for_failures()


def test_given_a_program_that_is_waited_for_when_it_shall_always_run_then_the_command_says_that_this_does_not_go(
    tmp_path: Path,
) -> None:
    command = [*MAIN, "run", "--restart", "always", str(write(tmp_path, ""))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--detach" in done.stderr
