"""What a program sees of its files while their owner changes them."""

import os
from collections.abc import Callable

import pytest
from tests.repy.files.vessel_folder import Vessel, do, refusal

from seattle.repy.door import Refusal
from seattle.repy.monitor.disk import BLOCK
from seattle.repy.monitor.folder import Folder
from seattle.repy.monitor.scheduler import Sleep, Task

pytestmark = pytest.mark.usefixtures("no_descriptor_left")


def test_given_a_file_that_its_owner_removes_between_look_and_open_when_opened_then_it_is_made_or_not_found(
    new_vessel: Callable[..., Vessel], monkeypatch: pytest.MonkeyPatch
) -> None:
    vessel = new_vessel()
    monkeypatch.setattr(Folder, "look", lambda *_: True)  # what the look saw an instant ago
    assert refusal(lambda: vessel.files.open("a", create=False)) is Refusal.FILE_NOT_FOUND
    handle = vessel.open("a", create=True)
    vessel.files.close(handle)


def test_given_a_pipe_put_in_place_between_look_and_open_when_opened_then_it_is_not_found(
    new_vessel: Callable[..., Vessel], monkeypatch: pytest.MonkeyPatch
) -> None:
    vessel = new_vessel()
    os.mkfifo(vessel.folder / "a")
    monkeypatch.setattr(Folder, "look", lambda *_: True)
    assert refusal(lambda: vessel.files.open("a", create=True)) is Refusal.FILE_NOT_FOUND


def test_given_a_file_that_its_owner_removes_before_we_do_when_removed_then_it_is_not_found(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel(filewrite=BLOCK / 2)
    (vessel.folder / "a").touch()
    removal: Task = vessel.files.remove("a")
    assert isinstance(next(removal), Sleep)
    (vessel.folder / "a").unlink()
    assert refusal(lambda: removal) is Refusal.FILE_NOT_FOUND


def test_given_a_folder_that_its_owner_removes_when_used_then_the_program_hears_of_it_and_goes_on(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel()
    vessel.folder.rmdir()
    assert refusal(lambda: vessel.files.open("a", create=True)) is Refusal.FILE
    assert refusal(lambda: vessel.files.open("a", create=False)) is Refusal.FILE_NOT_FOUND
    assert do(vessel.files.list("")) == []
    assert vessel.meter.filesopened.held == 0


def test_given_an_open_file_when_its_owner_cuts_or_grows_it_then_the_program_sees_the_file_as_it_is(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel()
    handle = vessel.open("a", create=True)
    do(vessel.files.write(handle, 0, b"x" * 100))
    os.truncate(vessel.folder / "a", 10)
    assert refusal(lambda: vessel.files.write(handle, 100, b"y")) is Refusal.PAST_END  # and no hole comes to be
    (vessel.folder / "a").write_bytes(b"z" * 200)
    assert do(vessel.files.read(handle, 150, 100)) == b"z" * 50


def test_given_a_look_at_the_folder_when_the_owner_uploads_then_it_counts_within_a_second(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel(diskused=10 * BLOCK)
    handle = vessel.open("a", create=True)
    (vessel.folder / "Upload").write_bytes(b"x" * 7 * BLOCK)
    do(vessel.files.write(handle, 0, b"x" * BLOCK))
    vessel.now += 1
    do(vessel.files.write(handle, 0, b"x"))  # no growth, no look
    assert refusal(lambda: vessel.files.write(handle, BLOCK, b"x")) is Refusal.EXHAUSTED


def test_given_a_full_disk_when_the_owner_makes_room_then_the_next_write_has_it(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel(diskused=3 * BLOCK)
    (vessel.folder / "Upload").write_bytes(b"x" * BLOCK)
    handle = vessel.open("a", create=True)
    assert refusal(lambda: vessel.files.write(handle, 0, b"x")) is Refusal.EXHAUSTED
    (vessel.folder / "Upload").unlink()
    do(vessel.files.write(handle, 0, b"x"))
