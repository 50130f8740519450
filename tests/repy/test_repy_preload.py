"""`--preload`: ordinary Python behind the kernel wall alone, with modules imported before that went up."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
