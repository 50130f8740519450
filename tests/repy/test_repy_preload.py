"""`--preload`: ordinary Python behind the kernel wall alone, with modules imported before that went up."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.launch import LaunchRequest
from seattle.repy.spawn import listen

PATIENCE = 20.0  # seconds that a monitor gives modules

Repy = Callable[..., Any]  # see conftest.py, as for the next
Program = Callable[..., Path]
Start = Callable[..., Any]

NOT_WARMED = (
    "import sqlite3, xml.etree.ElementTree\nprint(sqlite3.connect(':memory:').execute('select 6 * 7').fetchone())\n"
)
TRIES_THE_DOOR_AND_MORE = """
import os, socket
from functools import partial
door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=DOOR)
send_one = partial(socket.send_fds, door, [b"x"], [DOOR])
for attempt in (partial(os.open, "/etc/passwd", 0), socket.socket, os.fork, send_one):
    try:
        print("LEAKED", attempt())
    except OSError as why:
        print(why.errno)
door.detach()
"""


def test_given_modules_to_preload_when_run_then_the_program_can_import_them(repy: Repy, program: Program) -> None:
    path = program(NOT_WARMED)
    assert "ModuleNotFoundError" in repy("--walls", "kernel", path).stderr
    result = repy("--walls", "kernel", "--preload", "sqlite3,xml.etree.ElementTree", path)
    assert result == (0, "(42,)\n", "")


def test_given_the_option_twice_when_run_then_all_are_there(repy: Repy, program: Program) -> None:
    words = ["--preload", "sqlite3", "--preload", "xml.etree.ElementTree, ctypes"]
    assert repy("--walls", "kernel", *words, program(NOT_WARMED)).code == 0


def test_given_preloaded_modules_when_a_program_attacks_then_the_wall_stands_as_ever(
    repy: Repy, program: Program
) -> None:
    result = repy("--walls", "kernel", "--preload", "ctypes,mmap,socket", program(TRIES_THE_DOOR_AND_MORE))
    assert result == (0, "1\n" * 4, "")


def test_given_preloaded_modules_when_a_guest_is_looked_at_then_it_has_entered_the_same_walls(start: Start) -> None:
    plain, preloaded = start("sleep(1000)", walls="kernel"), start("sleep(1000)", walls="kernel", preloaded=["sqlite3"])
    kept = ("Uid", "Gid", "Groups", "NSpid", "Cap", "NoNewPrivs", "Seccomp", "PPid", "Threads")
    facts = []
    for run in (plain, preloaded):
        lines = Path(f"/proc/{run.guest}/status").read_text().splitlines()
        state = {line.partition(":")[0]: line.split()[1:] for line in lines if line.startswith(kept)}
        assert int(state.pop("PPid")[0]) == run.monitor
        state["NSpid"] = state["NSpid"][1:]
        facts.append(state)
    assert facts[0] == facts[1]


@pytest.mark.parametrize("modules", ["there_is_no_such_module", "sqlite3,there_is_no_such_module", "sqlite3.nothing"])
def test_given_a_module_that_cant_be_imported_when_run_then_it_is_2_and_both_are_named(
    repy: Repy, program: Program, modules: str
) -> None:
    result = repy("--walls", "kernel", "--preload", modules, program("print('up')\n"))
    assert (result.code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"repy: error: --preload {modules}: ModuleNotFoundError: No module named")
    assert modules.rpartition(",")[2] in result.stderr


@pytest.mark.parametrize("words", [[], ["--walls", "both"], ["--walls", "language"]])
def test_given_another_wall_when_modules_are_to_be_preloaded_then_it_is_wrong_usage(
    repy: Repy, program: Program, words: list[str]
) -> None:
    result = repy(*words, "--preload", "ctypes", program("print('up')\n"))
    assert (result.code, result.stdout) == (2, "")
    assert "--preload has no use without --walls kernel" in result.stderr


@pytest.mark.parametrize("modules", ["", "ctypes,", ",", ".ctypes", "os; print", "/etc/passwd", "a..b"])
def test_given_what_is_no_name_of_a_module_when_it_is_to_be_preloaded_then_it_is_wrong_usage(
    repy: Repy, program: Program, modules: str
) -> None:
    result = repy("--walls", "kernel", "--preload", modules, program("print('up')\n"))
    assert (result.code, result.stdout) == (2, "")
    assert "is no name of a module" in result.stderr


@pytest.mark.parametrize("walls", ["both", "language"])
def test_given_a_launcher_that_asks_for_modules_behind_another_wall_when_it_does_then_the_monitor_refuses(
    start: Start, walls: str
) -> None:
    """A node asks for `both`: nothing that it sends by accident may load code before the walls stand."""
    run = start("print('up')", walls=walls, preloaded=["ctypes"])
    assert "kernel wall alone" in run.refused


def test_given_a_run_with_modules_when_its_monitor_is_killed_then_the_guest_is_gone(
    start: Start, until_gone: Callable[[int], None]
) -> None:
    run = start("sleep(1000)", walls="kernel", preloaded=["sqlite3"])
    os.kill(run.monitor, signal.SIGKILL)
    until_gone(run.guest)


@pytest.fixture
def importing_nursery(tmp_path: Path, new_nursery: Callable[[], Any]) -> Iterator[Any]:
    """A nursery that can import modules from `tmp_path`."""
    nursery = new_nursery()
    nursery._path = tmp_path / "listener"
    lifeline, ours = os.pipe()
    head = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from seattle.repy.nursery import main; main(sys.argv[1:])"
    )
    with listen(nursery._path) as listener:
        words = [sys.executable, "-c", head, str(listener.fileno()), str(lifeline)]
        process = subprocess.Popen(words, pass_fds=[listener.fileno(), lifeline])
    os.close(lifeline)
    yield nursery
    os.close(ours)
    process.wait(20)


@pytest.fixture
def slow_nursery(tmp_path: Path, importing_nursery: Any) -> Any:
    """It can import `slow`, which writes to a FIFO of that name and then takes for ever."""
    os.mkfifo(tmp_path / "begun")
    (tmp_path / "slow.py").write_text(
        f"import time\nopen({str(tmp_path / 'begun')!r}, 'w').close()\nwhile True:\n    time.sleep(1000)\n"
    )
    return importing_nursery


def test_given_a_module_that_begins_a_thread_when_it_is_preloaded_then_the_program_has_one_all_the_same(
    importing_nursery: Any, tmp_path: Path, vessel: Path
) -> None:
    (tmp_path / "threaded.py").write_text(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    request = LaunchRequest(program="p.py", arguments=[], walls="kernel", preloaded=["threaded"])
    program = b"import threading\nprint(threading.enumerate() == [threading.main_thread()])\n"
    run = importing_nursery.start(request, program, vessel)
    assert run.wait().output == "True\n"
    run.close()


@pytest.mark.parametrize("how", ["stop", "hang up"])
def test_given_a_module_that_takes_for_ever_when_the_run_is_stopped_then_that_is_heard_at_once(
    slow_nursery: Any, tmp_path: Path, vessel: Path, how: str
) -> None:
    request = LaunchRequest(program="p.py", arguments=[], walls="kernel", preloaded=["slow"])
    run = slow_nursery.start(request, b"print('up')", vessel)
    (tmp_path / "begun").read_text()
    began = time.monotonic()
    if how == "stop":
        run.stop("its owner")
        result = run.wait()
        assert (result.kind, result.detail, result.output) == ("stopped", "its owner", "")
        run.close()
    else:
        run.line.close()
        assert os.read(run._output, 1) == b""  # nobody is left who could write there
        os.close(run._output)
    assert time.monotonic() - began < PATIENCE / 2
