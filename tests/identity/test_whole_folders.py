"""Folders that are filled whole or not at all."""

import re
import threading
import time
from pathlib import Path

import pytest

from seattle.identity.whole_folders import filled_whole


def test_given_a_folder_with_files_when_filling_it_fails_then_those_that_were_there_stay_and_no_others(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine").write_text("mine")

    def fill() -> None:
        (tmp_path / "new").write_text("new")
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "deep").write_text("new")
        (tmp_path / "link").symlink_to(tmp_path / "mine")
        raise RuntimeError

    with pytest.raises(RuntimeError), filled_whole(tmp_path):
        fill()
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine").read_text() == "mine"


def test_given_no_folder_when_filling_it_fails_then_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full") as failed, filled_whole(tmp_path / "new"):
        raise OSError(28, "the disk is full")
    assert failed.value.filename == str(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_given_one_who_fills_a_folder_when_another_fails_there_then_nothing_of_the_first_is_taken(
    tmp_path: Path,
) -> None:
    begun, seen = threading.Event(), threading.Event()

    def fill() -> None:
        with filled_whole(tmp_path):
            begun.set()
            seen.wait(10)
            (tmp_path / "key").write_text("the first")

    first = threading.Thread(target=fill)
    first.start()
    begun.wait(10)
    threading.Timer(0.05, seen.set).start()
    with pytest.raises(FileExistsError), filled_whole(tmp_path):
        (tmp_path / "key").open("x")
    first.join()
    assert (tmp_path / "key").read_text() == "the first"


def wait_until_somebody_waits_for(folder: Path) -> None:
    inode, deadline = folder.stat().st_ino, time.monotonic() + 10
    while not re.search(rf"-> FLOCK .*:{inode} ", Path("/proc/locks").read_text()):
        assert time.monotonic() < deadline


def test_given_one_who_waits_for_a_new_folder_when_the_other_fails_and_takes_it_away_then_it_is_made_and_filled(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "new"

    def fill() -> None:
        with filled_whole(folder):
            (folder / "key").write_text("the second")

    second = threading.Thread(target=fill)

    def fail_while_the_second_waits() -> None:
        second.start()
        wait_until_somebody_waits_for(folder)
        raise RuntimeError

    with pytest.raises(RuntimeError), filled_whole(folder):
        fail_while_the_second_waits()
    second.join(10)
    assert (folder / "key").read_text() == "the second"
