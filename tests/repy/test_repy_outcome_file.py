"""The outcome on disk: whole or not at all, and even where the disk is full."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.outcome import Outcome, OutcomeKind
from seattle.repy.outcome_file import OutcomeFile, clear_outcome, read_outcome, write_outcome

Repy = Callable[..., Any]  # see conftest.py
FULL = 256 * 1024  # bytes; the disk has as many


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


@pytest.mark.parametrize(
    "detail", ["", "0", "line\nline", "\x00\x1b\u20ac\U0001f600", "x" * 60_000, "\U0001f600" * 60_000]
)
def test_given_any_outcome_when_written_then_it_is_read_as_it_was(folder: int, detail: str) -> None:
    for kind in OutcomeKind:
        write_outcome(folder, Outcome(kind, detail))
        found = read_outcome(folder)
        assert found is not None
        assert found[0] == Outcome(kind, detail)
    clear_outcome(folder)
    clear_outcome(folder)
    assert read_outcome(folder) is None


def test_given_a_run_that_goes_on_when_its_outcome_is_looked_for_then_there_is_none(folder: int) -> None:
    file = OutcomeFile(folder)
    assert read_outcome(folder) is None
    file.write(Outcome(OutcomeKind.EXITED, "0"), traffic=7)
    file.close()
    assert read_outcome(folder) is not None


def test_given_a_link_in_place_of_the_outcome_when_read_then_it_is_not_followed(folder: int, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text('{"kind": "exited", "detail": "0", "ended_at": 0}')
    (tmp_path / "outcome").symlink_to("elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        read_outcome(folder)


def test_given_a_disk_that_is_full_at_the_end_when_an_outcome_is_written_then_it_is_there_with_its_ends(
    small_disk: Path, fill: Callable[[Path], None]
) -> None:
    fd = os.open(small_disk, os.O_RDONLY | os.O_DIRECTORY)
    file = OutcomeFile(fd)
    fill(small_disk)
    file.write(Outcome(OutcomeKind.EXCEPTION, "begin" + "\U0001f600" * 50_000 + "end"), traffic=0)
    file.close()
    found = read_outcome(fd)
    os.close(fd)
    assert found is not None
    kind, detail = found[0]
    assert (kind, detail[:5], detail[-3:], len(detail)) == (OutcomeKind.EXCEPTION, "begin", "end", 1205)


def test_given_a_disk_that_the_log_fills_when_run_then_the_program_hears_of_it_and_the_outcome_is_recorded(
    repy: Repy, program: Callable[..., Path], small_disk: Path
) -> None:
    (small_disk / "log").mkdir()
    path = program("while True:\n    print('x' * 4000)\n")
    words = ["--log", small_disk / "log", "--log-bytes", 10 * FULL, "--limit", "lograte=100M"]
    result = repy(*words, path)
    assert result.code == 1
    assert result.stderr.endswith("ResourceExhaustedError: the log can't be written: No space left on device\n")
    fd = os.open(small_disk / "log", os.O_RDONLY | os.O_DIRECTORY)
    found = read_outcome(fd)
    os.close(fd)
    assert found is not None
    assert (found[0].kind, found[0].detail.strip()) == (OutcomeKind.EXCEPTION, result.stderr.strip())


def test_given_a_disk_that_is_full_from_the_start_when_run_then_it_is_2_and_nothing_runs(
    repy: Repy, program: Callable[..., Path], small_disk: Path, fill: Callable[[Path], None]
) -> None:
    (small_disk / "log").mkdir()
    fill(small_disk)
    result = repy("--log", small_disk / "log", program("openfile('ran', True)"))
    assert (result.code, result.stdout) == (2, "")
    assert "No space left" in result.stderr
    assert not (small_disk.parent / "ran").exists()
