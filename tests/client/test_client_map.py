"""Many inputs over vessels of real nodes; what nodes get wrong is shown by ones that pretend."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.client.real_nodes import BOUND, browse_all, two_nodes

import seattle
from seattle.client import Answer, Failure, InputsFailed, NoSuchVessel, Patience, Place, Testbed, Vessel, VesselGroup
from seattle.client.aio import collecting
from seattle.client.aio.testbed import connect as connect_async
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.client.errors import NoSuchProgram
from seattle.client.profile import Profile
from seattle.fabric.errors import RemoteError
from seattle.fabric.node_api import VesselState
from seattle.identity.keys import KeyPair

World = Any  # of conftest.py, which tests don't import

QUICK = Patience(call=5.0, poll=5.0, pauses=(0.01, 0.01))
SQUARE = "n = int(callargs[0])\nlog(n * n)\nopenfile('result', True).writeat('=' + str(n * n), 0)\n"


@pytest.fixture(scope="module")
def testbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Testbed]:
    """One of two nodes with two vessels each."""
    with two_nodes(tmp_path_factory.mktemp("map") / "testbed", vessels=2) as profile, seattle.connect(profile) as there:
        yield there


@pytest.fixture
def vessels(testbed: Testbed) -> VesselGroup:
    """All four, as good as new."""
    browse_all(testbed, 4).reset().raise_for_failures()
    return testbed.browse()


def write(folder: Path, text: str) -> Path:
    path = folder / "program.py"
    path.write_text(text)
    return path


async def all_started(group: AsyncVesselGroup) -> None:
    """Return when a program runs in each of these vessels."""
    started = set()
    async with group.watch() as news:
        async for one in news:
            if isinstance(one, Vessel) and one.state is VesselState.STARTED:
                started.add(one.place)
            if len(started) == len(group):
                return


def test_given_more_inputs_than_vessels_when_mapped_then_answers_come_in_the_order_of_inputs(
    vessels: VesselGroup, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    answers = vessels.map(
        write(tmp_path, SQUARE), range(12), file="result", progress=lambda _, done, total: told.append((done, total))
    )
    assert answers.outputs == tuple(str(n * n) for n in range(12))
    assert [one.file for one in answers] == [f"={n * n}".encode() for n in range(12)]
    assert [one.input for one in answers] == list(range(12))
    assert {one.vessel for one in answers} == {one.place for one in vessels}
    assert told == [(n + 1, 12) for n in range(12)]


def test_given_a_program_that_fails_by_itself_when_mapped_then_that_is_its_answer_after_one_try(
    vessels: VesselGroup, tmp_path: Path
) -> None:
    program = write(tmp_path, "print('before', callargs[0])\nif callargs[0] == 'bad':\n    raise ValueError('no')\n")
    answers = vessels.map(program, ["good", "bad", "good"])
    assert [one.ok for one in answers] == [True, False, True]
    (bad,) = answers.failed
    assert (bad.tries, bad.output.startswith("before bad")) == (1, True)
    assert bad.file is None
    with pytest.raises(InputsFailed, match="1 of 3 failed: input 1: exception"):
        answers.raise_for_failures()


def test_given_a_file_of_an_earlier_run_when_a_program_leaves_none_then_it_is_not_the_answer(
    vessels: VesselGroup, tmp_path: Path
) -> None:
    one = vessels[:1]
    one.put(b"old", "result").raise_for_failures()
    assert [answer.file for answer in one.map(write(tmp_path, "pass\n"), ["x"], file="result")] == [None]


def test_given_a_run_that_takes_too_long_when_mapped_then_it_is_stopped_and_tried_elsewhere(
    testbed: Testbed, vessels: VesselGroup, tmp_path: Path
) -> None:
    answers = vessels.map(write(tmp_path, "while True:\n    sleep(0.05)\n"), ["x"], timeout=0.5, tries=2)
    assert [(one.ok, one.tries, getattr(one.end, "code", "")) for one in answers] == [(False, 2, "timed-out")]
    assert VesselState.STARTED not in {one.state for one in testbed.browse()}


def test_given_a_straggler_when_a_vessel_is_idle_then_a_second_try_wins_and_the_first_is_stopped(
    testbed: Testbed, vessels: VesselGroup
) -> None:
    # Only the vessel that has the file `slow` takes for ever; and it is the first, since both have the program.
    slow, fast = vessels[0], vessels[1]
    vessels[:1].put(b"", "slow").raise_for_failures()
    vessels[:2].put(b"while 'slow' in listfiles():\n    sleep(0.05)\nlog('done')\n", "p.py").raise_for_failures()
    (answer,) = vessels.of([slow, fast]).map("p.py", ["x"], again_after=0.3)
    assert (answer.vessel, answer.tries) == (fast.place, 2)
    assert (answer.ok, answer.output) == (True, "done")
    assert VesselState.STARTED not in {one.state for one in testbed.browse()}


def test_given_answers_that_are_iterated_over_when_the_iterator_is_left_then_what_runs_is_stopped(
    testbed: Testbed, vessels: VesselGroup, tmp_path: Path
) -> None:
    program = write(tmp_path, "while callargs[0] != '0':\n    sleep(0.05)\n")
    answers = vessels.imap_unordered(program, range(4))
    assert next(answers).input == 0
    answers.close()  # type: ignore[attr-defined] # it is a generator
    assert VesselState.STARTED not in {one.state for one in testbed.browse()}


@pytest.mark.anyio
async def test_given_a_map_when_it_is_cancelled_then_all_that_it_has_started_is_stopped(
    testbed: Testbed, vessels: VesselGroup, tmp_path: Path
) -> None:
    program = write(tmp_path, "log('on')\nwhile True:\n    sleep(0.05)\n")
    async with asyncio.timeout(BOUND), connect_async(testbed.profile) as there:
        group = await there.browse()
        mapping = asyncio.create_task(group.map(program, range(8)))
        await all_started(group)
        mapping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await mapping
        assert VesselState.STARTED not in {one.state for one in await there.browse()}


def test_given_a_script_that_maps_when_it_is_interrupted_then_all_that_it_has_started_is_stopped(
    testbed: Testbed, vessels: VesselGroup, tmp_path: Path
) -> None:
    program = write(tmp_path, "while callargs[0] != '0':\n    sleep(0.05)\n")
    script = (
        "import sys, seattle\n"
        "with seattle.connect(sys.argv[1]) as testbed:\n"
        "    testbed.browse().map(sys.argv[2], range(4), progress=lambda *_: print('on', flush=True))\n"
    )
    command = [sys.executable, "-c", script, str(testbed.profile.folder), str(program)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "on\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=BOUND)
    assert errors.splitlines()[-1] == "KeyboardInterrupt"
    assert "Traceback" not in errors.partition("KeyboardInterrupt")[2]
    assert VesselState.STARTED not in {one.state for one in testbed.browse()}


def test_given_a_map_that_runs_when_the_testbed_is_closed_then_all_is_stopped_first(
    testbed: Testbed, vessels: VesselGroup, tmp_path: Path
) -> None:
    program = write(tmp_path, "while callargs[0] != '0':\n    sleep(0.05)\n")
    with seattle.connect(testbed.profile) as other:
        answers = other.browse().imap_unordered(program, range(4))
        next(answers)
    assert VesselState.STARTED not in {one.state for one in testbed.browse()}


def test_given_what_can_be_no_input_when_mapped_then_it_is_refused_and_nothing_starts(vessels: VesselGroup) -> None:
    with pytest.raises(TypeError, match="decode it"):
        vessels.map("p.py", [b"bytes"])
    with pytest.raises(TypeError, match="NoneType"):
        vessels.map("p.py", [None])
    with pytest.raises(ValueError, match="tries=0"):
        vessels.map("p.py", ["x"], tries=0)
    with pytest.raises(NoSuchProgram):
        vessels.map(Path("/no/such/program.py"), ["x"])


def test_given_no_inputs_or_no_vessels_when_mapped_then_there_is_nothing_or_each_has_failed(
    vessels: VesselGroup, tmp_path: Path
) -> None:
    program = write(tmp_path, "pass\n")
    assert len(vessels.map(program, [])) == 0
    answers = vessels[:0].map(program, ["a", "b"])
    assert [(one.index, one.vessel, one.tries) for one in answers] == [(0, None, 0), (1, None, 0)]
    assert {type(one.end.error) for one in answers if isinstance(one.end, Failure)} == {NoSuchVessel}


def test_given_a_node_that_refuses_when_mapped_then_another_answers_and_the_node_gets_no_more(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    broken, sound = (world.node(alice, "v1") for _ in range(2))
    broken.refuse["start"] = RemoteError("held-back", "the donor uses the computer")
    with seattle.connect(profile, patience=QUICK) as testbed:
        vessels = testbed.browse()
        vessels.put(b"say {}\nexit 0", "p.py").raise_for_failures()
        answers = vessels.map("p.py", [str(n) for n in range(6)])
    assert [(one.output, one.ok) for one in answers] == [(f"{n}\n", True) for n in range(6)]
    assert {one.vessel.node for one in answers if one.vessel} == {sound.id}
    assert len([method for method, _ in broken.calls if method == "start"]) <= 2


def test_given_a_node_that_falls_silent_while_a_program_runs_when_mapped_then_another_vessel_answers(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    silent, sound = (world.node(alice, "v1") for _ in range(2))
    silent.hold.add("read_log")
    with seattle.connect(profile, patience=Patience(call=1.0, poll=0.2, pauses=())) as testbed:
        vessels = testbed.browse()
        vessels.put(b"say {}\nexit 0", "p.py").raise_for_failures()
        answers = vessels.map("p.py", ["a", "b", "c", "d"])
    assert [one.output for one in answers] == ["a\n", "b\n", "c\n", "d\n"]
    assert {one.vessel.node for one in answers if one.vessel} == {sound.id}
    methods = [method for method, _ in silent.calls]
    assert methods.count("stop") == methods.count("start"), "for all we know it runs there still"


def test_given_a_vessel_that_has_not_got_the_program_yet_when_all_is_answered_then_nobody_waits_for_it(
    world: World, alice: KeyPair, profile: Profile, tmp_path: Path
) -> None:
    silent, sound = (world.node(alice, "v1") for _ in range(2))
    silent.hold.add("add_file")
    with seattle.connect(profile, patience=Patience(call=BOUND * 2)) as testbed:
        answers = testbed.browse().map(write(tmp_path, "say {}\nexit 0"), ["a", "b"])
    assert [one.ok for one in answers] == [True, True]
    assert {one.vessel.node for one in answers if one.vessel} == {sound.id}


def test_given_nodes_that_all_refuse_when_mapped_then_every_input_has_the_reason(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    node = world.node(alice, "v1")
    node.refuse["start"] = RemoteError("held-back", "the donor uses the computer")
    with seattle.connect(profile, patience=QUICK) as testbed:
        vessels = testbed.browse()
        vessels.put(b"", "p.py")
        answers = vessels.map("p.py", ["a", "b", "c"])
    assert [getattr(one.end, "message", "") for one in answers] == ["the donor uses the computer"] * 3


def test_given_a_vessel_in_which_somebody_elses_program_runs_when_mapped_then_that_is_not_stopped(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    node = world.node(alice, "v1")
    with seattle.connect(profile, patience=QUICK) as testbed:
        vessels = testbed.browse()
        vessels.put(b"say on", "p.py")
        vessels.start("p.py").started.raise_for_failures()
        (answer,) = vessels.map("p.py", ["x"])
    assert getattr(answer.end, "code", "") == "already-started"
    assert "stop" not in [method for method, _ in node.calls]


def test_given_a_progress_that_raises_when_mapped_then_that_is_raised_and_what_runs_is_stopped(
    testbed: Testbed, vessels: VesselGroup, tmp_path: Path
) -> None:
    def interrupt(answer: Answer[Any], done: int, total: int) -> None:
        raise KeyError(done, total, answer.index)

    program = write(tmp_path, "while callargs[0] != '0':\n    sleep(0.05)\n")
    with pytest.raises(KeyError):
        vessels.map(program, range(4), progress=interrupt)
    assert VesselState.STARTED not in {one.state for one in testbed.browse()}


def test_given_a_run_when_its_results_are_asked_for_then_end_output_and_file_come_for_each(
    vessels: VesselGroup, tmp_path: Path
) -> None:
    results = vessels.run(write(tmp_path, SQUARE), "3").results("result")
    assert [(one.outcome.kind, one.output, one.file) for one in results.values] == [("exited", "9", b"=9")] * 4
    late = vessels.run(write(tmp_path, "while True:\n    sleep(0.05)\n")).results(timeout=0.5)
    assert {one.code for one in late.failed} == {"timed-out"}
    vessels.stop()


def test_given_programs_that_run_when_their_group_is_followed_then_lines_come_to_the_end(
    vessels: VesselGroup, tmp_path: Path
) -> None:
    vessels.run(write(tmp_path, "print('hello')\n")).wait().raise_for_failures()
    assert [line.text for line in vessels.follow()] == ["hello"] * 4
    assert [len(one) for one in vessels.each()] == [1] * 4


def test_given_vessels_known_for_a_while_when_refreshed_then_they_are_told_as_they_are_now(
    vessels: VesselGroup, tmp_path: Path
) -> None:
    vessels.run(write(tmp_path, "pass\n")).wait().raise_for_failures()
    assert {one.state for one in vessels} == {VesselState.FRESH}
    assert [one.state for one in vessels.refresh().values] == [VesselState.TERMINATED] * 4
    gone = replace(vessels[0], place=Place(vessels[0].node, "v99"))
    silent = replace(vessels[0], place=Place(KeyPair.generate().id, "v1"))
    told = vessels.of([gone, vessels[1], silent]).refresh()
    assert [getattr(one, "code", "") for one in told] == ["no-such-vessel", "", "nobody-there"]


def test_given_files_when_read_then_their_content_comes_and_one_without_a_bound_is_refused(
    world: World, alice: KeyPair, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.node(alice, "v1")
    with seattle.connect(profile, patience=QUICK) as testbed:
        vessels = testbed.browse()
        vessels.put(b"0123456789", "data").raise_for_failures()
        assert vessels.read("data").values == (b"0123456789",)
        assert [one.code for one in vessels.read("other").failed] == ["no-such-file"]
        monkeypatch.setattr(collecting, "MAX_FILE", 9)
        assert [one.code for one in vessels.read("data").failed] == ["too-much"]
