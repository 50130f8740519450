"""`seattle run` on real nodes, on vessels that a site hands out for it."""

import json
import shlex
import signal
import time
from pathlib import Path

import pytest
from tests.cli.commands import BOUND, Command, Interruptible

from seattle.cli import INTERRUPTED, run

pytestmark = pytest.mark.slow

GREETING = """
import helper
print(helper.greeting(), *callargs)
with open("out.txt", "w") as file:
    file.write(helper.greeting())
"""
HELPER = """
lib = dy_import_module("lib.repy")

def greeting():
    return lib.greeting
"""
ONE_HOST = (Path(__file__).parents[2] / "examples" / "layers" / "one_host.py").read_text()
LOOP = """
print("begin")
while True:
    sleep(0.05)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that needs two other files."""
    (tmp_path / "main.py").write_text(GREETING)
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "lib.repy").write_text("greeting = 'hello'\n")
    (tmp_path / "loop.py").write_text(LOOP)
    return tmp_path / "main.py"


def held(command: Command) -> int:
    """How many vessels the site has given us and not got back; nodes forget a little later."""
    done = command("whoami", "--json")
    assert done.returncode == 0
    return int(json.loads(done.stdout)["credits_held"])


def test_given_an_order_when_a_program_is_run_then_its_imports_go_along_its_files_come_back_and_no_vessel_is_held(
    real: Command, program: Path, tmp_path: Path
) -> None:
    done = real("run", program, "you", "--on", "wan:3", "--collect", "*.txt", "--into", "results")
    assert (done.returncode, [line.partition(" | ")[2] for line in done.stdout.splitlines()]) == (0, ["hello you"] * 3)
    assert [path.read_text() for path in (tmp_path / "results").iterdir()] == ["hello"] * 3
    assert held(real) == 0


def test_given_keep_when_the_program_has_ended_then_the_vessels_are_still_ours(real: Command, program: Path) -> None:
    assert real("run", program, "--on", "random:2", "--keep").returncode == 0
    assert held(real) == 2


def test_given_fold_when_outputs_are_the_same_then_they_are_shown_once_with_their_number(
    real: Command, program: Path
) -> None:
    done = real("run", "--fold", "--on", "random:3", program, "--", "--you")
    heading, line = done.stdout.splitlines()
    assert (done.returncode, line) == (0, "| hello --you")
    assert heading.endswith("(3 of 3) ----")


def test_given_fold_and_json_then_each_output_is_one_event(real: Command, program: Path) -> None:
    done = real("run", "--fold", "--json", "--on", "random:2", program)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events] == ["started", "started", "output", "ended", "ended"]
    assert (events[2]["text"], len(events[2]["vessels"])) == ("hello\n", 2)


def test_given_a_timeout_when_a_program_takes_longer_then_it_is_stopped_and_has_failed(
    real: Command, program: Path
) -> None:
    done = real("run", program.with_name("loop.py"), "--on", "random:1", "--timeout", "1")
    assert done.returncode == 1
    assert "it took longer than 1 s" in done.stderr
    assert held(real) == 0


def test_given_a_file_that_is_not_there_when_it_is_to_be_collected_then_that_is_done_in_no_part(
    real: Command, program: Path
) -> None:
    done = real("run", program, "--on", "random:1", "--collect", "nothing.*")
    assert (done.returncode, "it has no file nothing.*" in done.stderr) == (1, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_given_vessels_that_were_got_for_it_when_a_run_is_interrupted_twice_then_they_are_given_back(
    real: Command, real_interruptible: Interruptible, program: Path, number: signal.Signals
) -> None:
    process = real_interruptible("run", "--on", "random:2", program.with_name("loop.py"))
    try:
        assert process.stdout is not None
        assert process.stdout.readline().endswith("| begin\n")
        process.send_signal(number)
        process.send_signal(number)
        _, errors = process.communicate(timeout=BOUND)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 1
    assert "Traceback" not in errors
    assert held(real) == 0


def test_given_an_order_that_is_under_way_when_interrupted_then_nothing_is_held(
    real: Command, real_interruptible: Interruptible, program: Path
) -> None:
    process = real_interruptible("run", "--keep", "--on", "random:5", program.with_name("loop.py"))
    try:
        assert process.stderr is not None
        assert "waiting for 5" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=BOUND)
        assert "giving the vessels back" in errors
        assert process.returncode == INTERRUPTED
    finally:
        process.kill()
        process.wait()
    assert held(real) == 0


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("twice", [False, True])
def test_given_an_interrupt_at_any_moment_when_a_run_is_over_then_nothing_is_held(
    real: Command, real_interruptible: Interruptible, program: Path, twice: bool
) -> None:
    for tenths in range(1, 30):
        process = real_interruptible("run", "--on", "random:2", program.with_name("loop.py"))
        try:
            time.sleep(tenths / 10)  # any moment: there is no event for it
            process.send_signal(signal.SIGINT)
            if twice:
                process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=BOUND)
        finally:
            process.kill()
            process.wait()
        assert held(real) == 0, (tenths, errors)


def test_given_vessels_that_were_got_for_it_when_nobody_reads_the_output_then_they_are_given_back(
    real: Command, real_interruptible: Interruptible, program: Path
) -> None:
    (program.with_name("chatty.py")).write_text("while True:\n    print('more')\n    sleep(0.05)\n")
    process = real_interruptible("run", "--on", "random:1", "chatty.py")
    try:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(BOUND) == 1
    finally:
        process.kill()
        process.wait()
    assert held(real) == 0


def test_given_more_vessels_than_there_are_when_they_are_ordered_then_the_error_says_so_and_nothing_is_held(
    real: Command, program: Path
) -> None:
    done = real("run", program, "--on", "random:2", "--on", "wan:900")
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: " in done.stderr
    assert held(real) == 0


def test_given_a_layer_when_a_program_is_run_beneath_it_then_it_has_no_more_than_the_layer_leaves_it(
    real: Command, tmp_path: Path
) -> None:
    (tmp_path / "no_files.py").write_text("del CHILD_CONTEXT_DEF['openfile']\nsecure_dispatch_module()\n")
    (tmp_path / "attack.py").write_text("print(*callargs)\nopenfile('x', True)\n")
    done = real("run", "--layer", "no_files.py", "--on", "random:1", "attack.py", "--", "--one")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].endswith(" | --one")
    assert "NameError: name 'openfile' is not defined" in done.stderr


def test_given_a_layer_that_is_not_here_when_a_program_is_to_run_beneath_it_then_nothing_is_got_or_run(
    real: Command, program: Path
) -> None:
    done = real("run", "--layer", "nothing.py", "--on", "random:1", program)
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no file nothing.py here" in done.stderr


def test_given_a_layer_named_as_a_file_of_the_program_when_it_is_to_run_then_it_is_refused(
    real: Command, program: Path, tmp_path: Path
) -> None:
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "helper.py").write_text("secure_dispatch_module()\n")
    done = real("run", "--layer", "layers/helper.py", "--on", "random:1", program)
    assert (done.returncode, done.stdout) == (1, "")
    assert "two files would be 'helper.py' in the vessels" in done.stderr


RUN_HERE = [line for line, _ in run.EXAMPLES if "--where" not in line]  # of countries, in which no test is


@pytest.mark.parametrize("example", RUN_HERE)
def test_given_an_example_of_the_help_page_when_it_is_typed_then_it_does_what_it_says(
    real: Command, tmp_path: Path, example: str
) -> None:
    (tmp_path / "hello.py").write_text("print(*callargs)\nopen('greeting.txt', 'w').close()\n")
    (tmp_path / "one_host.py").write_text(ONE_HOST)
    assert real("get", "1").returncode == 0
    done = real(*shlex.split(example)[1:])
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr
    assert bool(done.stdout) != ("--detach" in example)
