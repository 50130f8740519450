"""What `repy run` can be told: files that say how far a run is, what ends it, and where its output goes."""

import base64
import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.cli.events import EventOutput, Events
from seattle.repy.cli.options import UsageError
from seattle.repy.cli.reasons import timeout

Repy = Callable[..., Any]  # see conftest.py, as for the next
Program = Callable[..., Path]
Popen = Callable[..., Any]

SLEEPS = "print('up')\nsleep(1000)\n"
SPEAKS_NONSENSE = """
import socket
for fd in range(3, 64):
    try:
        socket.socket(fileno=fd, family=socket.AF_UNIX, type=socket.SOCK_SEQPACKET, proto=0).send(b"!")
    except OSError:
        pass
"""
ENDS: dict[str, tuple[str, int, str]] = {  # by outcome: a program, the exit code, what its detail contains
    "exited": ("print('up')\n", 0, "0"),
    "exception": ("print('up')\nnothing\n", 1, "NameError"),
    "unsafe": ("import subprocess\n", 4, "program.py:1:"),
    "killed": ("full = 'x' * 100_000_000\nwhile True:\n    pass\n", 5, "memory"),
    "stopped": ("print('up')\nsleep(1000)\n", 6, "its time of"),
    "violation": (SPEAKS_NONSENSE, 7, ""),
    "crashed": ("import ctypes\nctypes.string_at(0)\n", 7, "signal 11"),
}


def readable(fd: int) -> int:
    """Bytes in a pipe."""
    return int.from_bytes(fcntl.ioctl(fd, termios.FIONREAD, bytes(4)), sys.byteorder)


def events_of(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.parametrize("kind", ENDS)
def test_given_any_end_when_run_with_everything_that_records_it_then_all_tell_the_same(
    repy: Repy, program: Program, tmp_path: Path, kind: str
) -> None:
    text, code, shown = ENDS[kind]
    # What the walls together keep from happening at all has to be done with one of them down.
    walls = {"killed": "language", "violation": "kernel", "crashed": "kernel"}.get(kind, "both")
    more = ["--timeout", "1"] if kind == "stopped" else []
    words = ["--walls", walls, *more, "--status", "status", "--log", "log", "--json"]
    result = repy("run", *words, "--limit", "memory=60M", program(text))
    assert (result.code, result.stderr) == (code, "")
    ended = events_of(result.stdout)[-1]
    assert (ended.pop("event"), ended["kind"], ended["exit_code"]) == ("ended", kind, code)
    assert shown in ended["detail"]
    status = json.loads((tmp_path / "status").read_text())
    assert (status["state"], status["outcome"]) == ("ended", ended)
    assert status["started_at"] <= status["ended_at"] <= time.time()
    log = json.loads(repy("log", "--json", "log").stdout)
    assert log["outcome"] == {name: value for name, value in ended.items() if name != "traffic"}
    assert status["started_at"] <= log["ended_at"] <= status["ended_at"]


def test_given_json_when_run_then_the_events_are_start_output_and_end(repy: Repy, program: Program) -> None:
    pause = "\nsleep(0.1)\n"
    text = pause.join([r"print('h\u00e9llo')", r"log(b'\xff\n')", r"log('\u20ac'.encode()[:2])", "log('!')"])
    result = repy("--json", program(text))
    assert (result.code, result.stderr) == (0, "")
    first, *output, last = events_of(result.stdout)
    assert (first["event"], last["event"]) == ("started", "ended")
    assert first["guest_pid"] > 0
    pieces = [one["text"].encode() if "text" in one else base64.b64decode(one["base64"]) for one in output]
    assert b"".join(pieces) == "h\u00e9llo\n".encode() + b"\xff\n" + "\u20ac".encode()[:2] + b" !"


def test_given_a_character_that_comes_in_two_pieces_when_told_as_events_then_it_is_whole(
    capfd: pytest.CaptureFixture[str],
) -> None:
    output = EventOutput(Events())
    for piece in (b"a\xe2", b"\x82", b"\xacb", b"\xe2"):
        os.write(output.writing_end, piece)
        assert output.pass_on()
    output.is_theirs()
    assert not output.pass_on()
    os.close(output.fd)
    told = events_of(capfd.readouterr().out)
    assert [one.get("text") or base64.b64decode(one["base64"]) for one in told] == ["a", "\u20acb", b"\xe2"]


def test_given_json_and_megabytes_when_run_then_nothing_is_lost(repy: Repy, program: Program) -> None:
    text = "for number in range(1000):\n    print(f'{number:0999}')\n"
    result = repy("--json", "--limit", "lograte=100M", program(text))
    told = "".join(event.get("text", "") for event in events_of(result.stdout))
    assert told == "".join(f"{number:0999}\n" for number in range(1000))


def test_given_json_whose_reader_goes_away_when_run_then_the_program_is_stopped(
    popen: Popen, program: Program, tmp_path: Path
) -> None:
    one = popen("--json", "--status", "status", program("while True:\n    print('x')\n    sleep(0.01)\n"))
    assert json.loads(one.stdout.readline())["event"] == "started"
    one.stdout.close()
    assert one.wait(timeout=30) == 6
    assert one.stderr.read() == b""
    assert json.loads((tmp_path / "status").read_text())["outcome"]["kind"] == "stopped"


STUCK = "while True:\n    print('x' * 5000)\n"
COMPUTES = "print('x' * 200_000)\nwhile True:\n    pass\n"


@pytest.mark.parametrize("text", [STUCK, COMPUTES])
def test_given_json_that_nobody_reads_when_the_time_is_over_then_the_run_ends_and_its_outcome_is_recorded(
    popen: Popen, program: Program, tmp_path: Path, text: str
) -> None:
    words = ["--json", "--timeout", "0.5", "--status", "status", "--limit", "lograte=100M"]
    one = popen(*words, program(text))
    assert one.wait(timeout=30) == 6
    outcome = json.loads((tmp_path / "status").read_text())["outcome"]
    assert outcome["detail"] == "its time of 0.5 s is over"


def test_given_json_that_nobody_reads_when_told_to_go_then_it_goes_and_what_was_written_is_whole_lines_but_the_last(
    popen: Popen, program: Program
) -> None:
    one = popen("--json", "--limit", "lograte=100M", program(STUCK))
    assert json.loads(one.stdout.readline())["event"] == "started"
    one.terminate()
    assert one.wait(timeout=30) == 6
    *lines, _last = one.stdout.read().splitlines()
    assert {json.loads(line)["event"] for line in lines} <= {"output"}


def test_given_json_and_a_slow_reader_when_the_program_has_long_ended_then_nothing_is_lost(
    popen: Popen, program: Program, tmp_path: Path
) -> None:
    path = program("for number in range(300):\n    print('x' * 999)\n")
    one = popen("--json", "--status", "status", "--limit", "lograte=100M", path)
    while readable(one.stdout.fileno()) < 30_000:  # the rest of the 300,000 will not find room
        assert one.poll() is None
    output, error = one.communicate(timeout=30)
    told = events_of(output.decode())
    assert (one.returncode, error, told[-1]["event"]) == (0, b"", "ended")
    assert "".join(event.get("text", "") for event in told) == ("x" * 999 + "\n") * 300


def test_given_json_into_a_pipe_that_never_blocks_when_it_is_full_then_nothing_is_lost(
    popen: Popen, program: Program
) -> None:
    hear, tell = os.pipe2(os.O_NONBLOCK)
    os.set_blocking(hear, True)
    one = popen("--json", "--limit", "lograte=100M", program("print('x' * 300_000)\n"), stdout=tell)
    os.close(tell)
    with open(hear, "rb") as file:  # noqa: PTH123 - a descriptor
        told = events_of(file.read().decode())
    assert one.wait(timeout=30) == 0
    assert sum(len(event.get("text", "")) for event in told) == 300_001


def test_given_a_status_file_when_a_program_runs_then_it_says_so_and_the_reader_never_meets_half_of_it(
    popen: Popen, program: Program, tmp_path: Path
) -> None:
    one = popen("--status", "status", program(SLEEPS))
    assert one.stdout.readline() == b"up\n"
    while (status := json.loads((tmp_path / "status").read_text()))["state"] == "starting":  # the monitor wrote `up`
        assert one.poll() is None
    assert (status["state"], status["pid"], status["outcome"]) == ("running", one.pid, None)
    assert Path(f"/proc/{status['guest_pid']}").exists()
    one.terminate()
    assert one.wait(timeout=30) == 6
    assert json.loads((tmp_path / "status").read_text())["outcome"]["detail"] == "SIGTERM"
    assert sorted(path.name for path in tmp_path.iterdir() if "status" in path.name) == ["status"]


def test_given_a_status_file_when_the_run_is_refused_then_it_says_why(
    repy: Repy, program: Program, tmp_path: Path
) -> None:
    result = repy("--status", "status", "--limit", "memory=1", program("print(1)"))
    status = json.loads((tmp_path / "status").read_text())
    assert (result.code, status["state"], status["outcome"]) == (2, "refused", None)
    assert result.stderr == f"repy: error: {status['refusal']}\n"


@pytest.mark.parametrize(("text", "reason"), [("enough of it\n", "enough of it"), ("", "its stop file")])
def test_given_a_stop_file_when_it_appears_then_the_run_is_stopped_for_the_reason_that_it_gives(
    popen: Popen, program: Program, tmp_path: Path, text: str, reason: str
) -> None:
    one = popen("--stop", "stop", program(SLEEPS))
    assert one.stdout.readline() == b"up\n"
    (tmp_path / "stop.new").write_text(text)
    (tmp_path / "stop.new").rename(tmp_path / "stop")
    _, error = one.communicate(timeout=30)
    assert (one.returncode, error.decode()) == (6, f"repy: stopped: {reason}\n")


def test_given_a_folder_as_stop_file_when_it_appears_then_that_is_enough(
    popen: Popen, program: Program, tmp_path: Path
) -> None:
    one = popen("--stop", "stop", program(SLEEPS))
    assert one.stdout.readline() == b"up\n"
    (tmp_path / "stop").mkdir()
    _, error = one.communicate(timeout=30)
    assert (one.returncode, error.decode()) == (6, "repy: stopped: its stop file\n")


def test_given_a_stop_file_that_is_there_already_when_run_then_it_is_2_and_nothing_runs(
    repy: Repy, program: Program, tmp_path: Path
) -> None:
    (tmp_path / "stop").touch()
    result = repy("--stop", "stop", program("print('up')"))
    assert (result.code, result.stdout) == (2, "")
    assert "there already" in result.stderr


def test_given_a_timeout_when_the_program_takes_longer_then_it_is_stopped(repy: Repy, program: Program) -> None:
    assert repy("--timeout", "0.3", program("while True:\n    pass\n")) == (
        6,
        "",
        "repy: stopped: its time of 0.3 s is over\n",
    )


def test_given_a_clock_when_the_time_is_over_then_the_reason_says_so_and_not_before() -> None:
    now = [100.0]
    reason = timeout("2.5", clock=lambda: now[0])
    now[0] = 102.4
    assert reason() is None
    now[0] = 102.5
    assert reason() == "its time of 2.5 s is over"


@pytest.mark.parametrize("text", ["", "0", "-1", "nan", "inf", "1e10", "soon", "1 0"])
def test_given_what_is_no_time_when_it_is_to_be_a_timeout_then_it_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected seconds"):
        timeout(text)


def test_given_a_log_folder_when_run_then_output_and_report_are_in_its_log_and_stdout_is_empty(
    repy: Repy, program: Program
) -> None:
    result = repy("--log", "new/log", program("print('one')\nnothing\n"))
    assert (result.code, result.stdout) == (1, "")
    assert "NameError" in result.stderr
    shown = repy("log", "new/log")
    assert shown.code == 0
    assert shown.stdout.startswith("one\n\nTraceback")
    assert shown.stderr == "repy: exception(NameError: name 'nothing' is not defined)\n"


def test_given_a_long_log_when_run_then_the_newest_part_is_kept(repy: Repy, program: Program) -> None:
    text = "for number in range(1000):\n    print(number)\n"
    assert repy("--log", "log", "--log-bytes", "100", "--limit", "lograte=100M", program(text)).code == 0
    kept = repy("log", "log").stdout
    assert kept.endswith("998\n999\n")
    assert 100 <= len(kept) <= 200


def test_given_a_second_run_when_it_begins_then_the_first_ones_outcome_is_forgotten_and_its_log_is_not(
    popen: Popen, repy: Repy, program: Program
) -> None:
    repy("--log", "log", program("print('first')"))
    one = popen("--log", "log", "--status", "status", program(SLEEPS))
    while "up" not in (shown := json.loads(repy("log", "--json", "log").stdout))["text"]:
        assert one.poll() is None
    assert (shown["outcome"], shown["text"]) == (None, "first\nup\n")
    busy = repy("--log", "log", program("print('third')"))
    assert (busy.code, busy.stdout) == (2, "")
    assert "another run" in busy.stderr


def test_given_a_follower_when_the_run_goes_on_then_it_sees_all_to_the_end(popen: Popen, program: Program) -> None:
    text = "for number in range(5):\n    print(number)\n    sleep(0.1)\n"
    one = popen("--log", "log", "--status", "status", program(text))
    while not (Path(one.args[-1]).parent / "log").exists():
        assert one.poll() is None
    follower = popen("log", "--follow", "log")
    output, error = follower.communicate(timeout=30)
    assert (follower.returncode, output, error) == (0, b"0\n1\n2\n3\n4\n", b"repy: exited(0)\n")
    assert one.wait(timeout=30) == 0


def test_given_single_limits_when_run_then_they_take_the_place_of_those_in_the_file(
    repy: Repy, program: Program, restrictions: Callable[..., Path]
) -> None:
    path = program("limits = getresources()[0]\nprint(limits['memory'], limits['events'], limits['connport'])")
    words = ["--limit", "memory=80Mi", "--limit=connport=7-8", "--restrictions", restrictions("resource lograte 1000")]
    assert repy(*words, path).stdout == f"{80 * 1024 * 1024} 5 {{8, 7}}\n"


def test_given_limits_as_a_file_when_printed_then_repy_run_takes_it(
    repy: Repy, program: Program, tmp_path: Path
) -> None:
    result = repy("limits", "--limit", "memory=70M", "--limit", "messport=")
    assert (result.code, result.stderr) == (0, "")
    (tmp_path / "file").write_text(result.stdout)
    text = "limits = getresources()[0]\nprint(limits['memory'], len(limits['messport']))"
    assert repy("--restrictions", "file", program(text)).stdout == "70000000 0\n"
    again = repy("limits", "--restrictions", "file", "--limit", "cpu=0.5", "--json")
    assert json.loads(again.stdout)["cpu"] == 0.5


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["--limit", "memory=1", "program.py"], "too little"),
        (["--limit", "memory", "program.py"], "NAME=VALUE"),
        (["--limit", "cpu=0", "program.py"], "cpu is 0"),
        (["--timeout", "soon", "program.py"], "soon"),
        (["--log-bytes", "5", "program.py"], "--log"),
        (["--log", "log", "--log-bytes", "0", "program.py"], "no number of bytes"),
        (["--log", ".", "program.py"], "the program's own folder"),
        (["--log", "program.py", "program.py"], "program.py"),
        (["--status", "missing/status", "program.py"], "missing"),
        (["--json", "check", "program.py"], "follow its name"),
        (["--ip", "x", "program.py"], "address 'x' is not an IP address\n"),
        (["run"], "no program was named"),
        (["--wals", "both", "program.py"], "--walls meant"),
        (["log"], "one folder"),
        (["log", "missing"], "missing"),
        (["log", "--json", "--follow", "."], "--follow"),
        (["limits", "x"], "'x'"),
        (["limits", "--restrictions", "missing"], "missing"),
        (["version", "x"], "'x'"),
        (["walls", "x"], "'x'"),
        (["check"], "no file"),
    ],
)
def test_given_wrong_words_for_a_command_when_done_then_it_is_2_and_says_which(
    repy: Repy, program: Program, words: list[str], shown: str
) -> None:
    program("print(1)")
    result = repy(*words)
    assert (result.code, result.stdout) == (2, "")
    assert shown in result.stderr
    assert result.stderr.startswith("repy: error: ")
    assert "Traceback" not in result.stderr


def test_given_a_program_called_as_a_command_is_when_it_is_named_by_its_path_then_it_is_run(
    repy: Repy, program: Program
) -> None:
    program("print('mine')", name="run")
    assert repy("run", "run").stdout == repy("./run").stdout == repy("--", "run").stdout == "mine\n"


@pytest.mark.parametrize("command", ["run", "check", "walls", "log", "limits", "version"])
def test_given_any_command_when_its_help_is_wanted_then_it_is_0_and_tells_its_options(repy: Repy, command: str) -> None:
    result = repy(command, "--help")
    assert (result.code, result.stderr) == (0, "")
    assert result.stdout.startswith("usage: repy ")
    assert "--json" in result.stdout
    assert repy("--help").stdout.count(f"repy {command}") >= 1


def test_given_version_when_asked_then_both_forms_say_the_same(repy: Repy) -> None:
    said = json.loads(repy("version", "--json").stdout)
    assert repy("version").stdout == repy("--version").stdout == f"repy {said['version']}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_given_a_signal_when_a_program_runs_then_it_is_stopped_with_6_and_says_why(
    popen: Popen, program: Program, number: signal.Signals
) -> None:
    one = popen(program(SLEEPS))
    assert one.stdout.readline() == b"up\n"
    one.send_signal(number)
    _, error = one.communicate(timeout=30)
    why = "Ctrl-C" if number is signal.SIGINT else number.name
    assert (one.returncode, error.decode()) == (6, f"repy: stopped: {why}\n")


LATE = """
import sys, time
from seattle.repy.cli import conversation, main
ready = conversation._stop_on_signals
conversation._stop_on_signals = lambda nursery: (time.sleep(0.5), ready(nursery))[1]
sys.exit(main())
"""


def test_given_a_signal_before_the_command_is_ready_for_it_when_it_is_then_the_program_is_stopped_all_the_same(
    program: Program,
) -> None:
    command = [sys.executable, "-c", LATE, str(program(SLEEPS))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as one:
        assert one.stdout is not None
        assert one.stdout.readline() == b"up\n"
        one.send_signal(signal.SIGTERM)
        _, error = one.communicate(timeout=30)
    assert (one.returncode, error) == (6, b"repy: stopped: SIGTERM\n")


def test_given_nohup_when_the_terminal_goes_away_then_the_program_goes_on(popen: Popen, program: Program) -> None:
    ignore = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)}
    one = popen(program("print('up')\nsleep(0.5)\nprint('end')\n"), **ignore)
    assert one.stdout.readline() == b"up\n"
    one.send_signal(signal.SIGHUP)
    output, _ = one.communicate(timeout=30)
    assert (one.returncode, output) == (0, b"end\n")


def test_given_a_full_disk_as_stdout_when_run_then_the_program_is_stopped_and_the_reason_told(
    popen: Popen, program: Program
) -> None:
    with Path("/dev/full").open("wb") as full:
        one = popen(program("while True:\n    print('x')\n"), stdout=full)
        _, error = one.communicate(timeout=30)
    assert one.returncode == 6
    assert error == b"repy: stopped: its output can't be written: No space left on device\n"


def test_given_a_full_disk_for_the_log_when_run_then_it_is_2_the_folder_is_named_and_nothing_is_left_in_it(
    repy: Repy, program: Program, small_disk: Path, fill: Callable[[Path], None]
) -> None:
    fill(small_disk)
    result = repy("--log", small_disk / "log", program("print('up')\n"))
    why = "the log can't be written: No space left on device; make room there, or name another folder"
    assert (result.code, result.stdout) == (2, "")
    assert result.stderr == f"repy: error: '{small_disk}/log': {why}\n"
    assert not list((small_disk / "log").iterdir())


def test_given_a_link_in_the_place_of_the_log_when_run_then_it_is_2_and_nothing_else_is_in_its_folder(
    repy: Repy, program: Program, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    log.mkdir()
    (log / f"log.{0:020}").symlink_to("elsewhere")
    result = repy("--log", log, program("print('up')\n"))
    assert (result.code, result.stdout) == (2, "")
    assert f"'{log}': the log can't be written: Too many levels of symbolic links" in result.stderr
    assert [path.name for path in log.iterdir()] == [f"log.{0:020}"]


def test_given_an_interface_that_there_is_not_when_run_then_that_is_told_and_the_program_runs(
    repy: Repy, program: Program
) -> None:
    words = ["--iface", "lo", "--iface", "nosuch0", program("print(getmyip())\n")]
    result = repy(*words)
    assert (result.code, result.stdout) == (0, "127.0.0.1\n")
    assert "there is no interface 'nosuch0'" in result.stderr
    assert "'lo'" not in result.stderr
    started, note, *_ = events_of(repy("--json", *words).stdout)
    assert (started["event"], note["event"]) == ("started", "note")
    assert "'nosuch0'" in note["text"]


@pytest.mark.parametrize(("closed", "code"), [((1,), 1), ((2,), 1), ((0, 1, 2), 1)])
def test_given_closed_standard_streams_when_run_then_the_outcome_is_told_by_the_exit_code_alone(
    popen: Popen, program: Program, closed: tuple[int, ...], code: int
) -> None:
    def close() -> None:
        for fd in closed:
            os.close(fd)

    one = popen(program("print('up')\nnothing\n"), preexec_fn=close)
    output, error = one.communicate(timeout=30)
    assert one.returncode == code
    assert output == (b"" if 1 in closed else b"up\n")
    assert (b"NameError" in error) == (2 not in closed)


def test_given_a_reader_of_the_rules_that_goes_away_when_printed_then_no_traceback_is_shown(popen: Popen) -> None:
    one = popen("check", "--rules", stdout=subprocess.PIPE)
    one.stdout.close()
    assert one.wait(timeout=30) == 1
    assert one.stderr.read() == b""


def test_given_threads_that_write_when_the_program_ends_then_nothing_of_their_output_is_lost(
    repy: Repy, program: Program
) -> None:
    text = """
def write(who):
    for number in range(100):
        print(who * 1000)
for who in "abcd":
    createthread(lambda who=who: write(who))
"""
    result = repy("--limit", "lograte=100M", program(text))
    lines = result.stdout.splitlines()
    assert sorted(set(lines)) == [who * 1000 for who in "abcd"]
    assert len(lines) == 400


def test_given_a_megabyte_before_an_exception_when_run_then_all_of_it_is_there(repy: Repy, program: Program) -> None:
    result = repy("--limit", "lograte=100M", program("print('x' * 1_000_000)\nnothing\n"))
    assert (result.code, len(result.stdout)) == (1, 1_000_001)
    assert result.stderr.startswith("Traceback")
