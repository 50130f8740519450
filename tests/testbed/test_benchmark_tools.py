"""The benchmarks of what people type: a job counts only if all of it came, and nothing of ours stays behind."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WARM = """
import sys
print("ready", flush=True)
for _ in sys.stdin:
    print("hello", "hello", sep=chr(10))
    print("done", flush=True)
"""


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)


def test_given_a_command_that_brings_all_lines_when_timed_then_the_first_comes_before_the_end() -> None:
    from benchmarks.tools.job import Expected, whole_command

    took = whole_command([sys.executable, "-c", "print('hello'); print('hello')"], Expected(2), {})
    assert 0 < took.first <= took.done


def test_given_a_command_that_loses_a_line_when_timed_then_it_is_no_figure() -> None:
    from benchmarks.tools.job import Expected, whole_command

    with pytest.raises(RuntimeError, match="1 lines of 2"):
        whole_command([sys.executable, "-c", "print('hello')"], Expected(2), {})


def test_given_a_command_that_fails_when_timed_then_it_is_no_figure() -> None:
    from benchmarks.tools.job import Expected, whole_command

    with pytest.raises(RuntimeError, match="ended with 3"):
        whole_command([sys.executable, "-c", "print('hello'); raise SystemExit(3)"], Expected(1), {})


def test_given_a_warm_program_when_told_twice_then_it_does_it_twice() -> None:
    from benchmarks.tools.job import Expected, WarmProgram

    with WarmProgram([sys.executable, "-c", WARM], Expected(2), {}) as program:
        for _ in range(2):
            took = program.once()
            assert 0 < took.first <= took.done


def test_given_a_program_on_a_terminal_when_typed_at_then_what_it_shows_is_read() -> None:
    from benchmarks.tools.terminal import Terminal

    with Terminal([sys.executable, "-q", "-c", "print(input('name? ') * 2)"], {}) as terminal:
        assert terminal.wait_for("name? ") > terminal.began
        terminal.press("ab\r")
        terminal.wait_for("abab")


def test_given_an_ssh_server_of_ours_when_somebody_logs_in_then_no_start_up_file_of_theirs_is_read(
    tmp_path: Path,
) -> None:
    from benchmarks.tools.environment import lacks_sshd
    from benchmarks.tools.sshd import sshd

    if missing := lacks_sshd():
        pytest.skip(missing)
    with sshd(tmp_path / "ssh") as server:
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes")
        words = ["ssh", "-q", "-F", "none", "-p", f"{server.port}", "-i", str(server.key)]
        words += [word for option in options for word in ("-o", option)]
        words += [f"{server.user}@127.0.0.1", "echo $HOME"]
        done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == f"{tmp_path}/ssh/home\n"


def test_given_the_page_when_compared_then_it_names_every_tool_that_is_measured_beside_us() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text()
    for tool in ("Ansible", "parallel-ssh", "Dask", "Ray"):
        assert f"| {tool} |" in page
