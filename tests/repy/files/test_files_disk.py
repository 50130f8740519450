"""File calls on a donor's disk that is full, or can only be read."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.repy.files.vessel_folder import Vessel, do, refusal

from seattle.repy.door import Refusal
from seattle.repy.monitor.disk import BLOCK, disk_used
from seattle.repy.monitor.refused import RefusedError

pytestmark = pytest.mark.usefixtures("no_descriptor_left")


@pytest.fixture
def small_disk(vessel: Path) -> Iterator[Callable[[str], None]]:
    """Mount a file system of its own on the vessel's folder, or change how it is mounted."""
    mounted: list[str] = []

    def mount(options: str) -> None:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(vessel)], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            pytest.skip(f"mounting a file system takes root: {done.stderr.strip()}")
        mounted.append(options)

    yield mount
    if mounted:
        subprocess.run(["umount", "--lazy", str(vessel)], check=True)


def test_given_a_disk_of_the_donor_that_is_full_when_written_then_the_file_is_as_it_was(
    small_disk: Callable[[str], None], new_vessel: Callable[..., Vessel]
) -> None:
    small_disk("size=64k")
    vessel = new_vessel()
    handle = vessel.open("a", create=True)
    do(vessel.files.write(handle, 0, b"x" * 1000))
    with pytest.raises(RefusedError, match="No space left on device") as refused:
        do(vessel.files.write(handle, 500, b"y" * 100_000))
    assert refused.value.refusal is Refusal.FILE
    assert (vessel.folder / "a").stat().st_size == 1000
    do(vessel.files.write(handle, 1000, b"z" * 1000))  # there is room for this
    assert vessel.files.used() == disk_used(vessel.fd) == 2000 + BLOCK


def test_given_a_folder_that_can_only_be_read_when_used_then_reading_works_and_writing_is_refused(
    small_disk: Callable[[str], None], new_vessel: Callable[..., Vessel], vessel: Path
) -> None:
    small_disk("size=64k")
    (vessel / "a").write_text("text")
    small_disk("remount,ro")
    one = new_vessel()
    assert refusal(lambda: one.files.open("b", create=True)) is Refusal.FILE
    assert refusal(lambda: one.files.remove("a")) is Refusal.FILE
    assert refusal(lambda: one.files.open("a", create=False)) is Refusal.FILE  # files are opened for both
    assert do(one.files.list("")) == ["a"]
