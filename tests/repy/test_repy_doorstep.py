"""Where this user's nursery is looked for, and where it complains."""

import os
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.cli import doorstep
from seattle.repy.cli.conversation import LOST, LOST_DETAIL, LOST_KIND, Ended
from seattle.repy.cli.people import People


def test_given_a_runtime_folder_of_ours_then_it_is_used_and_nobody_else_can_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = Path(doorstep.folder())
    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("where", ["missing", "another's", ""])
def test_given_no_runtime_folder_of_ours_then_the_one_for_temporary_files_serves(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / where
    if where == "another's":
        # Only root can give a folder away; to anybody else the system's root folder is somebody else's.
        if os.getuid() == 0:
            folder.mkdir()
            os.chown(folder, 65534, 65534)
        else:
            folder = Path("/")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder) if where else "")
    assert doorstep.folder() == f"/tmp/seattle-{os.getuid()}"


def test_given_a_folder_that_others_can_enter_then_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = Path(doorstep.folder())
    assert folder.parent == tmp_path
    folder.chmod(0o755)
    with pytest.raises(PermissionError, match="of yours alone"):
        doorstep.folder()


def test_given_a_runtime_folder_whose_path_is_too_long_for_a_socket_then_the_one_for_temporary_files_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    assert doorstep.folder() == f"/tmp/seattle-{os.getuid()}"


BINDS = """
try:
    listenformessage("192.0.2.77", 63100).close()
    print("bound")
except AddressBindingError:
    print("no such address")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a network")
def test_given_a_nursery_when_repy_is_called_in_another_network_then_the_program_is_in_that_one(
    repy_command: Callable[..., list[str]], environment: dict[str, str], program: Callable[..., Path]
) -> None:
    here = repy_command(["--limit", "messport=63100", program(BINDS)])
    apart = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]  # all in there ends with the first
    apart += ["sh", "-c", 'ip address add 192.0.2.77/32 dev lo && "$@"', "sh"]
    told = [
        subprocess.run(words, env=environment, capture_output=True, text=True, timeout=30, check=True).stdout
        for words in (here, [*apart, *here])
    ]
    assert told == ["no such address\n", "bound\n"]


def test_given_a_nursery_that_fails_when_a_program_is_run_then_the_traceback_is_where_the_error_says(
    popen: Callable[..., Any],
    environment: dict[str, str],
    program: Callable[..., Path],
    tmp_path: Path,
    end_nurseries: Callable[[Path], None],
) -> None:
    few = {
        "env": {**environment, "XDG_RUNTIME_DIR": str(tmp_path)},
        "preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (18, 18)),  # a monitor needs more
    }
    one = popen(program("print(1)"), **few)
    output, error = one.communicate(timeout=30)
    end_nurseries(tmp_path)
    assert (one.returncode, output) == (7, b"")
    complaints = tmp_path / f"seattle-{os.getuid()}" / "complaints"
    assert f"see `repy walls`, and {complaints}" in error.decode()
    assert "Traceback" in complaints.read_text()
    assert complaints.stat().st_mode & 0o777 == 0o600


def test_given_too_many_complaints_when_a_nursery_starts_then_they_are_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    Path(doorstep.complaints()).write_bytes(bytes(1 << 21))
    fd = doorstep.open_complaints()
    assert fd is not None
    assert os.fstat(fd).st_size == 0
    os.close(fd)


def test_given_a_monitor_that_is_gone_when_it_has_complained_meanwhile_then_people_are_told_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    lost = Ended(LOST, LOST_KIND, LOST_DETAIL, 0)
    complaints = Path(doorstep.complaints())
    complaints.write_text("Traceback of yesterday")
    os.utime(complaints, (0, 0))
    People().ended(lost)
    assert capsys.readouterr().err == f"repy: crashed: {LOST_DETAIL}\n"
    people = People()
    complaints.write_text("Traceback of today")
    people.ended(lost)
    assert capsys.readouterr().err.endswith(f"may stand at the end of {complaints}\n")
