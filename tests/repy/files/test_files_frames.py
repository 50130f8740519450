"""Writes that come in several frames: the whole fits, or not a byte is written."""

import errno
import os
from collections.abc import Callable

import pytest
from tests.repy.files.vessel_folder import Vessel, do, refusal

from seattle.repy.door import Refusal
from seattle.repy.monitor.disk import BLOCK

pytestmark = pytest.mark.usefixtures("no_descriptor_left")


def test_given_a_write_in_several_frames_when_the_whole_does_not_fit_then_not_a_byte_is_written(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel(diskused=BLOCK + 1000)
    handle = vessel.open("a", create=True)
    do(vessel.files.write(handle, 0, b"x" * 500))
    assert refusal(lambda: vessel.files.write(handle, 400, b"y" * 300, following=301)) is Refusal.EXHAUSTED
    assert (vessel.folder / "a").read_bytes() == b"x" * 500
    do(vessel.files.write(handle, 400, b"y" * 300, following=300))
    do(vessel.files.write(handle, 700, b"y" * 300))
    assert (vessel.folder / "a").read_bytes() == b"x" * 400 + b"y" * 600


def test_given_a_write_in_several_frames_when_others_want_the_room_then_it_is_set_aside_until_the_end(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel(diskused=2 * BLOCK + 1000)
    handle, other = vessel.open("a", create=True), vessel.open("b", create=True)
    do(vessel.files.write(handle, 0, b"x" * 100, following=900))
    assert refusal(lambda: vessel.files.write(other, 0, b"y")) is Refusal.EXHAUSTED
    do(vessel.files.write(handle, 100, b"x" * 900))
    assert refusal(lambda: vessel.files.write(other, 0, b"y")) is Refusal.EXHAUSTED
    assert vessel.files.used() == 2 * BLOCK + 1000


@pytest.mark.parametrize("ending", ["close", "shorter", "refused"])
def test_given_a_write_that_stays_unfinished_when_it_is_over_then_what_was_set_aside_is_free_again(
    new_vessel: Callable[..., Vessel], ending: str
) -> None:
    vessel = new_vessel(diskused=2 * BLOCK + 1000)
    handle, other = vessel.open("a", create=True), vessel.open("b", create=True)
    do(vessel.files.write(handle, 0, b"x" * 100, following=900))
    match ending:
        case "close":
            vessel.files.close(handle)
        case "shorter":
            do(vessel.files.write(handle, 0, b"y"))
        case _:
            assert refusal(lambda: vessel.files.write(handle, 100, b"y", following=2**62)) is Refusal.EXHAUSTED
    do(vessel.files.write(other, 0, b"y" * 900))
    assert refusal(lambda: vessel.files.write(other, 900, b"y")) is Refusal.EXHAUSTED


def test_given_a_disk_that_fails_in_the_middle_when_written_then_the_file_has_its_old_size(
    new_vessel: Callable[..., Vessel], monkeypatch: pytest.MonkeyPatch
) -> None:
    vessel = new_vessel()
    handle = vessel.open("a", create=True)
    do(vessel.files.write(handle, 0, b"x" * 10))
    do(vessel.files.write(handle, 5, b"y" * 10, following=20))
    honest = os.pwrite

    def half(fd: int, data: bytes, offset: int) -> int:
        if len(data) < 10:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return honest(fd, data[:5], offset)

    monkeypatch.setattr(os, "pwrite", half)
    assert refusal(lambda: vessel.files.write(handle, 15, b"y" * 10, following=10)) is Refusal.FILE
    assert (vessel.folder / "a").read_bytes() == b"xxxxxyyyyy"
    assert vessel.files.used() == BLOCK + 10
