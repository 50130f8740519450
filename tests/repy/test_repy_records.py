"""What the reference system's records got wrong: status files that deleted themselves, logs past their bounds, etc.

Outcomes that are told in several places have to be the same in all, whoever is faster.
"""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.cli.conversation import Ended
from seattle.repy.cli.status_file import StatusFile
from seattle.repy.ring_log import RingLog, read_ring

Repy = Callable[..., Any]  # see conftest.py, as for the next
Program = Callable[..., Path]
Popen = Callable[..., Any]


def test_given_a_status_that_is_told_again_and_again_when_it_is_read_meanwhile_then_it_is_always_there_and_whole(
    tmp_path: Path,
) -> None:
    status = StatusFile(str(tmp_path / "a-file-with-dashes.json"))
    is_over = threading.Event()

    def tell() -> None:
        for number in range(500):
            status.started(number)  # the same state, many times within one tick of any clock
        status.ended(Ended(0, "exited", "0", 0))
        is_over.set()

    teller = threading.Thread(target=tell)
    teller.start()
    states = set()
    while not is_over.is_set():
        states.add(json.loads((tmp_path / "a-file-with-dashes.json").read_text())["state"])
    teller.join()
    assert states <= {"starting", "running", "ended"}
    assert json.loads((tmp_path / "a-file-with-dashes.json").read_text())["state"] == "ended"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("times", [1, 2, 3, 10])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_given_a_write_of_about_so_many_times_the_capacity_when_it_is_logged_then_no_more_than_twice_that_is_kept(
    tmp_path: Path, times: int, more: int
) -> None:
    data = os.urandom(1024 * times + more)
    log = RingLog(os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY), 1024)
    log.write(data)
    log.close()
    reader = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    kept = read_ring(reader, None, 1 << 20).data
    os.close(reader)
    assert min(1024, len(data)) <= len(kept) <= 2048
    assert data.endswith(kept)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"44;enough\n", "44;enough"),
        (b"\x1b]0;title\x07\xff\x00", r"\x1b]0;title\x07" + "\ufffd" + r"\x00"),
        (b"x" * 10_000, "x" * 2000),
        (b" \n\n", "its stop file"),
    ],
)
def test_given_a_stop_file_with_anything_in_it_when_it_appears_then_the_reason_is_told_and_steers_no_terminal(
    popen: Popen, program: Program, tmp_path: Path, said: bytes, told: str
) -> None:
    one = popen("--stop", "stop", program("print('up')\nsleep(1000)\n"))
    assert one.stdout.readline() == b"up\n"
    (tmp_path / "stop.new").write_bytes(said)
    (tmp_path / "stop.new").rename(tmp_path / "stop")
    _, error = one.communicate(timeout=30)
    assert (one.returncode, error.decode()) == (6, f"repy: stopped: {told}\n")


@pytest.mark.parametrize("pause", [0.15, 0.19, 0.2, 0.21, 0.25])
def test_given_a_stop_that_comes_just_when_the_program_ends_then_there_is_one_outcome_and_all_tell_it(
    popen: Popen, repy: Repy, program: Program, tmp_path: Path, pause: float
) -> None:
    path = program(f"print('up')\nsleep({pause})\nopenfile('ended', True)\n")
    one = popen("--stop", "stop", "--status", "status", "--log", "log", "--json", path)
    while one.poll() is None and "up" not in repy("log", "log").stdout:
        pass
    (tmp_path / "stop").touch()
    output, error = one.communicate(timeout=30)
    ended = json.loads(output.splitlines()[-1])
    assert (ended.pop("event"), error) == ("ended", b"")
    assert (ended["kind"], ended["exit_code"]) in (("exited", 0), ("stopped", 6))
    assert one.returncode == ended["exit_code"]
    assert json.loads((tmp_path / "status").read_text())["outcome"] == ended
    assert json.loads((tmp_path / "log" / "outcome").read_text())["kind"] == ended["kind"]
    if ended["kind"] == "exited":
        assert (tmp_path / "ended").exists()


@pytest.mark.parametrize("name", ["mysafe.py", "repy.py", "nursery.py", "runtime.py", "namespace.py", "socket.py"])
def test_given_a_program_called_as_a_part_of_the_sandbox_when_it_fails_then_its_lines_are_shown(
    repy: Repy, program: Program, name: str
) -> None:
    result = repy(program("def fail():\n    nothing\n\nfail()\n", name=name))
    frames = [line for line in result.stderr.splitlines() if line.startswith("  File")]
    assert frames == [f'  File "{name}", line 4, in <module>', f'  File "{name}", line 2, in fail']


def test_given_a_program_that_fails_when_its_records_are_read_then_none_of_them_tells_a_path_of_this_computer(
    repy: Repy, program: Program, tmp_path: Path
) -> None:
    text = "import json\nopenfile('x', True)\ntry:\n    json.loads('{')\nfinally:\n    openfile('../x', False)\n"
    (tmp_path / "elsewhere").mkdir()
    words = ["--cwd", tmp_path / "elsewhere", "--status", "status", "--log", tmp_path / "log", "--json"]
    result = repy(*words, program(text))
    assert result.code == 1
    records = [result.stdout, result.stderr, *(path.read_text() for path in [tmp_path / "status", *log(tmp_path)])]
    for record in records:
        assert str(tmp_path) not in record
        assert "/seattle/" not in record
        assert "/lib/python" not in record


def log(folder: Path) -> list[Path]:
    return sorted((folder / "log").iterdir())
