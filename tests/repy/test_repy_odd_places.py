"""`repy` where something is not as one thinks: odd files, closed streams, full disks, names that are no text."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Repy = Callable[..., Any]  # see conftest.py, as for the next
Program = Callable[..., Path]
Popen = Callable[..., Any]

NO_TEXT = os.fsdecode(b"n\xff.py")
SPEAKS = "print('up')\n"
SLEEPS = "print('up')\nsleep(1000)\n"


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def closing(*fds: int) -> dict[str, Any]:
    """What makes a command start without these descriptors."""

    def close() -> None:
        for fd in fds:
            os.close(fd)

    return {"preexec_fn": close}


# --- where the program comes from ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["-", "/dev/stdin", "/dev/fd/0"])
def test_given_a_program_in_a_pipe_when_run_then_it_runs(popen: Popen, name: str) -> None:
    one = popen(name, "one", stdin=subprocess.PIPE)
    output, error = one.communicate(b"print('from a pipe', callargs)\n", timeout=30)
    assert (one.returncode, output, error) == (0, b"from a pipe ['one']\n", b"")


def test_given_a_program_on_stdin_when_it_fails_then_the_traceback_says_so(popen: Popen) -> None:
    one = popen("-", stdin=subprocess.PIPE)
    _, error = one.communicate(b"nothing\n", timeout=30)
    assert one.returncode == 1
    assert b'File "<stdin>", line 1, in <module>\n    nothing\n' in error


def test_given_a_named_pipe_when_run_then_the_program_is_what_somebody_writes_there(popen: Popen, pipe: Path) -> None:
    one = popen("pipe")
    pipe.write_text(SPEAKS)
    output, _ = one.communicate(timeout=30)
    assert (one.returncode, output) == (0, b"up\n")


@pytest.mark.parametrize(
    "words", [["run", "/dev/zero"], ["check", "/dev/zero"], ["limits", "--restrictions", "sparse"]]
)
def test_given_a_file_without_end_when_it_is_read_then_it_is_2_and_soon(
    repy: Repy, tmp_path: Path, words: list[str]
) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    result = repy(*words)
    assert (result.code, result.stdout) == (2, "")
    assert result.stderr.startswith("repy: error: ")


def test_given_restrictions_without_end_when_run_then_it_is_2_and_soon(repy: Repy, program: Program) -> None:
    result = repy("--restrictions", "/dev/zero", program(SPEAKS))
    assert (result.code, result.stdout) == (2, "")


def test_given_a_folder_when_it_is_run_then_it_is_2_and_told_apart_from_nothing_at_all(
    repy: Repy, tmp_path: Path
) -> None:
    assert repy(".").stderr == "repy: error: '.' is a folder, and no program\n"
    assert repy("missing").stderr == "repy: error: there is no file 'missing'\n"
    assert repy("chek.py").stderr == "repy: error: there is no file 'chek.py'\n"
    assert repy("chek").stderr == "repy: error: there is no file 'chek'; is the command check meant?\n"
    (tmp_path / "chek.py").touch()
    assert repy("chek").stderr == "repy: error: there is no file 'chek'; is chek.py meant?\n"
    (tmp_path / "closed.py").touch(0)
    if os.geteuid() != 0:  # who may read everything
        assert repy("closed.py").stderr == "repy: error: 'closed.py': Permission denied\n"


@pytest.mark.parametrize(
    "text", [b"print(1)\r\nprint(2)\r\n", b"print(1)\rprint(2)\r", b"\xef\xbb\xbfprint(1)\nprint(2)"]
)
def test_given_line_ends_and_marks_of_other_systems_when_run_and_checked_then_they_are_no_matter(
    repy: Repy, tmp_path: Path, text: bytes
) -> None:
    (tmp_path / "program.py").write_bytes(text)
    assert repy("program.py") == (0, "1\n2\n", "")
    assert repy("check", "program.py") == (0, "", "")


# --- names -----------------------------------------------------------------------------------------------------


def test_given_a_file_whose_name_is_no_text_when_run_or_checked_then_it_is_shown_in_escapes(
    repy: Repy, program: Program
) -> None:
    program("(\n", name=NO_TEXT)
    for result in (repy("check", NO_TEXT), repy(NO_TEXT)):
        assert result.code == 4
        assert (result.stdout + result.stderr).startswith(r"n\xff.py:1:1: RP000 ")
    program(SPEAKS, name=NO_TEXT)
    assert repy("--cwd", "/", NO_TEXT) == (0, "up\n", "")


def test_given_an_argument_that_is_no_text_when_run_then_it_is_2_and_says_which(repy: Repy, program: Program) -> None:
    result = repy(program(SPEAKS), "fine", NO_TEXT)
    assert result == (2, "", "repy: error: the argument b'n\\xff.py' is not text in UTF-8\n")


def test_given_names_that_would_steer_a_terminal_when_told_of_then_they_do_not(repy: Repy, program: Program) -> None:
    name = "\x1b]0;mine\x07.py"
    for words in ([name], ["check", name], ["log", name], ["--stop", name, "x"], ["--cwd", name, "x"], [f"--{name}"]):
        result = repy(*words)
        assert result.code == 2
        assert "\x1b" not in result.stdout + result.stderr
    program("(\n", name=name)
    for words in ([name], ["check", name]):
        result = repy(*words)
        assert result.code == 4
        assert "\x1b" not in result.stdout + result.stderr


def test_given_a_terminal_without_letters_for_a_name_when_told_of_then_it_is_escaped(
    popen: Popen, program: Program, environment: dict[str, str]
) -> None:
    program("(\n", name="\u00fc.py")
    one = popen("check", "\u00fc.py", env={**environment, "PYTHONIOENCODING": "ascii"})
    output, error = one.communicate(timeout=30)
    assert (one.returncode, error) == (4, b"")
    assert output.startswith(rb"\xfc.py:1:1: RP000 ")


@pytest.mark.parametrize("option", ["--cwd", "--log", "--status", "--stop", "--restrictions", "--layer"])
def test_given_an_option_with_an_empty_name_when_run_then_it_is_2_and_says_which(
    repy: Repy, program: Program, option: str
) -> None:
    result = repy(option, "", program(SPEAKS))
    assert (result.code, result.stdout) == (2, "")
    assert f"{option} is empty" in result.stderr


def test_given_a_missing_file_when_named_then_no_number_of_an_error_is_told(repy: Repy, program: Program) -> None:
    for words in (["--cwd", "missing"], ["--restrictions", "missing"], ["--log", "program.py"]):
        assert "Errno" not in repy(*words, program(SPEAKS)).stderr
    assert "Errno" not in repy("check", "missing").stderr + repy("log", "missing").stderr


def test_given_thousands_of_arguments_when_run_then_the_program_has_all_or_it_is_2(
    repy: Repy, program: Program
) -> None:
    path = program("print(len(callargs), callargs[-1])")
    assert repy(path, *range(9000)).stdout == "9000 8999\n"
    result = repy(path, *range(60_000))
    assert (result.code, result.stdout) == (2, "")
    assert "at most" in result.stderr


# --- files beside the run --------------------------------------------------------------------------------------


def test_given_names_relative_to_where_repy_is_when_the_program_is_elsewhere_then_they_stay_so(
    popen: Popen, repy: Repy, program: Program, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    program("for number in range(500):\n    print(number)\nsleep(1000)\n")
    words = ["--cwd", "elsewhere", "--log", "log", "--log-bytes", 100, "--status", "status", "--stop", "stop"]
    one = popen(*words, "--limit", "lograte=100M", "program.py")
    while not repy("log", "log").stdout.endswith("499\n"):  # past many segments
        assert one.poll() is None
    (tmp_path / "stop").touch()
    assert one.wait(30) == 6
    assert json.loads((tmp_path / "status").read_text())["outcome"]["detail"] == "its stop file"
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize(("text", "code"), [("raise SystemExit\n", 0), ("raise SystemExit(3)\n", 1), ("(\n", 4)])
def test_given_any_early_end_when_run_then_its_status_file_does_not_say_that_it_goes_on(
    repy: Repy, program: Program, tmp_path: Path, text: str, code: int
) -> None:
    assert repy("--status", "status", program(text)).code == code
    status = json.loads((tmp_path / "status").read_text())
    assert (status["state"], status["outcome"]["exit_code"]) == ("ended", code)


def test_given_a_log_that_may_not_be_used_when_run_then_the_status_file_does_not_say_that_it_starts(
    repy: Repy, program: Program, tmp_path: Path
) -> None:
    result = repy("--status", "status", "--log", ".", program(SPEAKS))
    status = json.loads((tmp_path / "status").read_text())
    assert (result.code, status["state"]) == (2, "refused")
    assert result.stderr == f"repy: error: {status['refusal']}\n"


def test_given_a_status_file_that_can_not_be_when_run_then_it_is_2_and_nothing_is_left(
    repy: Repy, program: Program, tmp_path: Path
) -> None:
    (tmp_path / "status").mkdir()
    result = repy("--status", "status", program(SPEAKS))
    assert result == (2, "", "repy: error: the status file 'status' can't be written: Is a directory\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["program.py", "status"]


def test_given_a_folder_without_a_log_when_it_is_shown_then_it_is_1_and_says_so(repy: Repy, tmp_path: Path) -> None:
    assert repy("log", ".") == (1, "", "repy: error: there is no log in '.'\n")
    assert json.loads(repy("log", "--json", ".").stdout)["outcome"] is None


def test_given_a_link_in_place_of_a_log_when_it_is_shown_then_it_is_2_and_not_followed(
    repy: Repy, tmp_path: Path
) -> None:
    (tmp_path / f"log.{0:020}").symlink_to("/etc/passwd")
    result = repy("log", ".")
    assert (result.code, result.stdout) == (2, "")
    assert result.stderr.startswith("repy: error: the log can't be read: ")


def test_given_a_run_of_which_everybody_was_killed_when_its_log_is_followed_then_that_ends_and_says_so(
    popen: Popen, repy: Repy, program: Program, tmp_path: Path, until_gone: Callable[[int], None]
) -> None:
    one = popen("--log", "log", "--status", "status", program(SLEEPS))
    while repy("log", "log") != (0, "up\n", "repy: the run goes on\n"):
        assert one.poll() is None
    assert json.loads(repy("log", "--json", "log").stdout)["running"]
    follower = popen("log", "--follow", "log")
    assert follower.stdout.readline() == b"up\n"
    guest = json.loads((tmp_path / "status").read_text())["guest_pid"]
    monitor = int(Path(f"/proc/{guest}/stat").read_text().rpartition(")")[2].split()[1])
    one.kill()
    os.kill(monitor, 9)
    _, error = follower.communicate(timeout=30)
    until_gone(guest)
    shown = json.loads(repy("log", "--json", "log").stdout)
    if shown["outcome"] is None:  # the monitor had no time to record that its launcher was gone
        assert error == b"repy: the run was killed, and all who could have recorded how it ended\n"
        assert not shown["running"]


# --- streams ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--json", "program.py"], 0), (["log", "log"], 1), (["version"], 0), (["check", "program.py"], 0), ([], 2)],
)
@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)])
def test_given_closed_streams_when_any_command_is_used_then_the_exit_code_tells_how_it_went(
    popen: Popen, program: Program, tmp_path: Path, words: list[str], code: int, closed: tuple[int, ...]
) -> None:
    program(SPEAKS)
    (tmp_path / "log").mkdir()
    one = popen(*words, **closing(*closed))
    output, error = one.communicate(timeout=30)
    assert one.returncode == code
    assert b"Traceback" not in output + error
    assert not (1 in closed and output)
    assert not (2 in closed and error)


def test_given_a_closed_stderr_when_a_file_can_not_be_checked_then_stdout_has_only_what_it_should(
    popen: Popen,
) -> None:
    one = popen("check", "--json", "missing", **closing(2))
    output, _ = one.communicate(timeout=30)
    assert (one.returncode, json.loads(output)) == (2, [])


@pytest.mark.parametrize("words", [["check", "--rules"], ["version"], ["--help"], ["limits", "--json"]])
def test_given_a_full_disk_as_stdout_when_a_command_writes_then_it_is_1_and_one_line_says_why(
    popen: Popen, words: list[str]
) -> None:
    with Path("/dev/full").open("wb") as full:
        one = popen(*words, stdout=full)
        _, error = one.communicate(timeout=30)
    assert one.returncode == 1
    assert error == b"repy: error: the output can't be written: No space left on device\n"


# --- disks -----------------------------------------------------------------------------------------------------


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "ro", "none", str(disk)]
    if os.geteuid() != 0 or subprocess.run(words, check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("only root can mount a disk, and not in every container")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_given_a_read_only_disk_when_a_program_writes_there_then_it_hears_of_it_as_of_any_refusal(
    repy: Repy, program: Program, read_only_disk: Path
) -> None:
    text = "print(listfiles())\ntry:\n    openfile('x', True)\nexcept RepyException as why:\n    print(why)\n"
    result = repy("--cwd", read_only_disk, program(text))
    assert (result.code, result.stderr) == (0, "")
    assert result.stdout.startswith("[]\n")
    assert "Read-only file system" in result.stdout


@pytest.mark.parametrize("option", ["--log", "--status"])
def test_given_a_read_only_disk_when_something_is_to_be_kept_there_then_it_is_2_and_nothing_runs(
    repy: Repy, program: Program, read_only_disk: Path, option: str
) -> None:
    result = repy(option, read_only_disk / "kept", program(SPEAKS))
    assert (result.code, result.stdout) == (2, "")
    assert "Read-only file system" in result.stderr


def test_given_a_disk_that_fills_up_when_a_run_ends_then_its_status_file_says_how_all_the_same(
    popen: Popen, program: Program, small_disk: Path, fill: Callable[[Path], None], tmp_path: Path
) -> None:
    text = f"print('up')\nwhile 'go' not in listfiles():\n    sleep(0.01)\nraise ValueError('{'x' * 9000}end')\n"
    one = popen("--status", small_disk / "status", program(text))
    assert one.stdout.readline() == b"up\n"
    fill(small_disk)
    (tmp_path / "go").touch()
    assert one.wait(30) == 1
    status = json.loads((small_disk / "status").read_text())
    assert (status["state"], status["outcome"]["kind"]) == ("ended", "exception")
    assert status["outcome"]["detail"].rstrip().endswith("xxxend")
    assert sorted(path.name for path in small_disk.iterdir()) == ["filling", "status"]


def test_given_a_mask_for_new_files_when_run_then_log_and_nursery_are_the_users_alone_and_the_rest_is_as_masked(
    popen: Popen,
    program: Program,
    tmp_path: Path,
    environment: dict[str, str],
    end_nurseries: Callable[[Path], None],
) -> None:
    for mask, kept in ((0o077, 0o600), (0, 0o666)):
        runtime = tmp_path / f"runtime-{mask}"
        runtime.mkdir()
        own = {"env": {**environment, "XDG_RUNTIME_DIR": str(runtime)}, "preexec_fn": lambda mask=mask: os.umask(mask)}
        one = popen("--log", f"log-{mask}", "--status", f"status-{mask}", program(SPEAKS), **own)
        assert one.wait(30) == 0
        end_nurseries(runtime)
        assert (tmp_path / f"status-{mask}").stat().st_mode & 0o777 == kept
        assert (tmp_path / f"log-{mask}").stat().st_mode & 0o777 == 0o700
        assert {
            path.stat().st_mode & 0o77 for path in [*runtime.rglob("*"), *(tmp_path / f"log-{mask}").iterdir()]
        } == {0}
