"""The `repy` command: exit codes, what goes to which stream, and what its user sees of a failure."""

import json
import os
import select
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Repy = Callable[..., Any]  # see conftest.py


def test_given_a_program_that_finishes_when_run_then_it_is_0_and_only_its_output_is_on_stdout(
    repy: Repy, program: Callable[..., Path]
) -> None:
    assert repy(program("print('hello', callargs)"), "--walls", "x") == (0, "hello ['--walls', 'x']\n", "")


def test_given_an_uncaught_exception_when_run_then_it_is_1_and_the_traceback_has_only_the_programs_lines(
    repy: Repy, program: Callable[..., Path]
) -> None:
    text = "def fail(key):\n    return {}[key]\n\nprint('before')\nopenfile('x', fail('here'))\n"
    result = repy(program(text))
    assert (result.code, result.stdout) == (1, "before\n")
    assert result.stderr == (
        "Traceback (most recent call last):\n"
        "  File \"program.py\", line 5, in <module>\n    openfile('x', fail('here'))\n"
        '  File "program.py", line 2, in fail\n    return {}[key]\n'
        "KeyError: 'here'\n"
    )


@pytest.mark.parametrize("walls", ["both", "language", "kernel"])
def test_given_an_exception_from_the_api_when_run_then_no_frame_of_the_sandbox_is_shown(
    repy: Repy, program: Callable[..., Path], walls: str
) -> None:
    result = repy("--walls", walls, program("print('x')\nopenfile('missing', False)\n"))
    assert result.code == 1
    lines = [line for line in result.stderr.splitlines() if line.startswith("  File")]
    assert lines == ['  File "program.py", line 2, in <module>']
    assert "FileNotFoundError: there is no file 'missing'" in result.stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("import subprocess\n", "program.py:1:"),
        ("x = 1\nx.__class__\n", "program.py:2:"),
        ("def (:\n", "program.py"),
        ("print('\\0')\0", "program.py"),
        ("return 1\n", "program.py"),
    ],
)
def test_given_what_is_not_repy_when_run_then_it_is_4_and_the_finding_names_the_line(
    repy: Repy, program: Callable[..., Path], text: str, shown: str
) -> None:
    result = repy(program(text))
    assert (result.code, result.stdout) == (4, "")
    assert shown in result.stderr


def test_given_bytes_that_are_no_text_when_run_then_it_is_4(repy: Repy, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_bytes(b"print('\xff')\n")
    result = repy("program.py")
    assert result.code == 4
    assert "not the text of a program" in result.stderr


def test_given_all_the_memory_when_a_program_overdraws_it_past_its_bounds_then_it_is_1_or_5_and_memory_is_named(
    repy: Repy, program: Callable[..., Path], restrictions: Callable[..., Path]
) -> None:
    text = "pieces = []\nwhile True:\n    pieces.append(bytearray(100_000))\n"
    result = repy("--restrictions", restrictions(), program(text))
    assert result.code in (1, 5)
    assert "emory" in result.stderr


def test_given_ctrl_c_when_a_program_runs_then_it_is_stopped_with_6(
    popen: Callable[..., Any], program: Callable[..., Path]
) -> None:
    one = popen(program("print('up')\nwhile True:\n    pass\n"))
    assert one.stdout.readline() == b"up\n"
    one.send_signal(signal.SIGINT)
    _output, error = one.communicate(timeout=30)
    assert one.returncode == 6
    assert error == b"repy: stopped: Ctrl-C\n"


def test_given_a_broken_protocol_when_run_then_it_is_7(repy: Repy, program: Callable[..., Path]) -> None:
    text = """
import socket
socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=DOOR).send(b"!")
sleep(1000)
"""
    result = repy("--walls", "kernel", program(text))
    assert result.code == 7
    assert result.stderr.startswith("repy: violation: ")


def test_given_a_crash_when_run_then_it_is_7_and_the_signal_is_named(repy: Repy, program: Callable[..., Path]) -> None:
    result = repy("--walls", "kernel", program("import ctypes\nctypes.string_at(0)\n"))
    assert result.code == 7
    assert result.stderr.startswith("repy: crashed: signal 11")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ([], "usage"),
        (["--nonsense", "x"], "--nonsense"),
        (["--walls"], "--walls"),
        (["--walls", "none", "x"], "none"),
        (["--restrictions", "missing", "program.py"], "missing"),
        (["--cwd", "missing", "program.py"], "missing"),
        (["missing.py"], "missing.py"),
        (["."], "'.'"),
    ],
)
def test_given_wrong_words_when_run_then_it_is_2_and_says_which(
    repy: Repy, program: Callable[..., Path], words: list[str], shown: str
) -> None:
    program("print(1)")
    result = repy(*words)
    assert (result.code, result.stdout) == (2, "")
    assert shown in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", [["run"], ["limits"]])
@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"# a comment\nresource events many\n", "wanted.txt:2: events can't be 'many'"),
        (b"resource nothing 3\n", "wanted.txt:1: there is no resource 'nothing'"),
        (b"resource cpu 0.5\n", "wanted.txt must assign memory and diskused"),
        (b"\xff\xfe\x00", "'wanted.txt' is no restrictions file: it is not text in UTF-8"),
        (b"\n" * 200_000, "'wanted.txt' is no restrictions file: it has more than 163840 characters"),
    ],
    ids=["amount", "resource", "missing", "no text", "too long"],
)
def test_given_an_error_in_the_restrictions_when_read_then_it_is_2_and_the_file_and_line_are_named(
    repy: Repy, program: Callable[..., Path], tmp_path: Path, command: list[str], content: bytes, shown: str
) -> None:
    (tmp_path / "wanted.txt").write_bytes(content)
    named = [program("print(1)")] if command == ["run"] else []
    result = repy(*command, "--restrictions", "wanted.txt", *named)
    assert (result.code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"repy: error: {shown}")


def test_given_an_empty_restrictions_file_when_run_then_it_does_not_mean_the_defaults(
    repy: Repy, program: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "restrictions").write_text("")
    result = repy("--restrictions", "restrictions", program("print(1)"))
    assert (result.code, result.stdout) == (2, "")


def test_given_output_to_a_closed_pipe_when_run_then_the_program_is_stopped_without_a_word(
    popen: Callable[..., Any], program: Callable[..., Path]
) -> None:
    hear, tell = os.pipe()
    one = popen(program("while True:\n    print('x' * 1000)\n"), stdout=tell)
    os.close(tell)
    os.close(hear)
    _, error = one.communicate(timeout=30)
    assert (one.returncode, error) == (6, b"")


def test_given_a_reader_that_does_not_read_when_run_then_the_program_waits_and_nothing_is_lost(
    popen: Callable[..., Any], program: Callable[..., Path]
) -> None:
    one = popen(program("for number in range(250):\n    print('x' * 999)\nprint('end')\n"))
    assert not select.select([one.stderr], [], [], 0.3)[0]  # the pipe is full by now
    output, error = one.communicate(timeout=30)
    assert (one.returncode, output, error) == (0, (b"x" * 999 + b"\n") * 250 + b"end\n", b"")


def test_given_another_folder_when_run_then_the_programs_files_are_there(
    repy: Repy, program: Callable[..., Path], tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "data").write_text("here")
    path = program("print(open('data').read(), listfiles())")
    assert repy("--cwd", elsewhere, path).stdout == "here ['data']\n"
    assert repy(path, cwd=elsewhere).stdout == "here ['data']\n"
    assert repy("--cwd", "elsewhere", "program.py").stdout == "here ['data']\n"


def test_given_a_full_restrictions_file_when_run_then_the_program_has_just_that(
    repy: Repy, program: Callable[..., Path], restrictions: Callable[..., Path]
) -> None:
    file = restrictions("resource lograte 1000", "resource messport 12345", memory=90_000_000)
    text = "limits = getresources()[0]\nprint(limits['memory'], limits['messport'], limits['random'])"
    assert repy("--restrictions", file, program(text)).stdout == "90000000 {12345} 0.0\n"


def test_given_stdin_when_a_program_runs_then_it_has_none_of_it(
    popen: Callable[..., Any], program: Callable[..., Path]
) -> None:
    one = popen(program("import sys\nprint(sys.stdin.read(100))"), stdin=subprocess.PIPE)
    one.stdin.write(b"secret")
    output, error = one.communicate(timeout=30)
    assert b"secret" not in output + error
    assert one.returncode == 1


def test_given_the_rules_when_asked_for_as_json_then_they_are_those_of_the_page(repy: Repy) -> None:
    page = repy("check", "--rules").stdout
    told = json.loads(repy("check", "--json", "--rules").stdout)
    assert [f"## {rule['code']}: {rule['title']}" for rule in told["rules"]] == [
        line for line in page.splitlines() if line.startswith("## RP")
    ]
    assert all(f"`{name}`" in page for name in told["modules"])
    assert {"code", "title", "why", "instead"} == set(told["rules"][0])


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_given_the_rules_and_a_file_when_asked_for_then_it_is_2(repy: Repy, more: list[str]) -> None:
    result = repy("check", *more, "--rules", "program.py")
    assert (result.code, result.stdout) == (2, "")
    assert "--rules takes no file" in result.stderr
