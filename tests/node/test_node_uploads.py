"""Files and uploads on disk, as a hostile sender would try them."""

import errno
import hashlib
import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seattle.node.errors import BadName, DiskFull, NoSuchFile, OverQuota, WrongDigest
from seattle.node.files import VesselFiles
from seattle.node.folders import VesselFolders
from seattle.node.uploads import KEPT_FOR, MAX_UNFINISHED, Announced, Progress, Uploads
from seattle.repy.monitor.disk import BLOCK

QUOTA = 100_000

HOSTILE_NAMES = [
    "", ".", "..", "../v2/files/x", "/etc/passwd", "a/b", "a\\b", ".hidden", "Upper", "a b", "a\0b", "a\n", "x" * 121,
    "é", "..\u2215x",
]  # fmt: skip


class Vessel:
    """The files of one vessel and what comes in."""

    def __init__(self, root: Path, *, quota: int = QUOTA) -> None:
        self.folders = VesselFolders.make(root)
        self.files = VesselFiles(self.folders.files)
        self.uploads = Uploads(self.folders.incoming, self.files, quota=quota)

    def send(self, name: str, content: bytes, *, chunk: int = 1000) -> Progress:
        file = announce(name, content)
        progress = self.uploads.add(file, offset=0, data=b"")
        while not progress.complete:
            start = progress.received
            progress = self.uploads.add(file, offset=start, data=content[start : start + chunk])
        return progress

    def unfinished(self) -> int:
        return len(list(self.folders.incoming.iterdir()))


def announce(name: str, content: bytes) -> Announced:
    return Announced(name, len(content), hashlib.sha256(content).hexdigest())


@pytest.fixture
def vessel(tmp_path: Path) -> Vessel:
    return Vessel(tmp_path / "v1")


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 5000])
def test_given_a_file_when_it_is_sent_in_chunks_then_it_is_there_whole(vessel: Vessel, size: int) -> None:
    content = random.Random(size).randbytes(size)
    assert vessel.send("data.bin", content) == Progress(size, complete=True)
    assert (vessel.folders.files / "data.bin").read_bytes() == content
    assert vessel.files.read("data.bin", 0, 10_000).data == content
    assert vessel.unfinished() == 0


def test_given_a_file_when_it_is_not_whole_then_it_is_not_there(vessel: Vessel) -> None:
    vessel.uploads.add(announce("a", b"1234"), offset=0, data=b"12")
    assert vessel.files.entries() == []
    with pytest.raises(NoSuchFile):
        vessel.files.read("a", 0, 10)


def test_given_an_old_file_when_a_new_one_is_sent_then_there_is_one_or_the_other_at_any_moment(vessel: Vessel) -> None:
    vessel.send("a", b"old")
    file = announce("a", b"newer")
    vessel.uploads.add(file, offset=0, data=b"new")
    assert vessel.files.read("a", 0, 10).data == b"old"
    vessel.uploads.add(file, offset=3, data=b"er")
    assert vessel.files.read("a", 0, 10).data == b"newer"


def test_given_chunks_out_of_order_when_they_come_then_only_the_one_that_fits_is_taken(vessel: Vessel) -> None:
    file = announce("a", b"123456")
    assert vessel.uploads.add(file, offset=4, data=b"56") == Progress(0)
    assert vessel.uploads.add(file, offset=0, data=b"1234") == Progress(4)
    assert vessel.uploads.add(file, offset=0, data=b"1234") == Progress(4)  # sent again: its reply was lost
    assert vessel.uploads.add(file, offset=2, data=b"3456") == Progress(4)
    assert vessel.uploads.add(file, offset=2**62, data=b"x") == Progress(4)
    assert vessel.uploads.add(file, offset=4, data=b"56") == Progress(6, complete=True)
    assert vessel.uploads.add(file, offset=4, data=b"56") == Progress(6, complete=True)
    assert vessel.files.read("a", 0, 10).data == b"123456"


def test_given_a_restart_in_the_midst_of_an_upload_when_it_goes_on_then_nothing_is_sent_twice(tmp_path: Path) -> None:
    file = announce("a", b"123456")
    Vessel(tmp_path / "v1").uploads.add(file, offset=0, data=b"1234")
    again = Vessel(tmp_path / "v1")
    assert again.uploads.add(file, offset=0, data=b"") == Progress(4)
    assert again.uploads.add(file, offset=4, data=b"56").complete


def test_given_a_crash_between_the_last_byte_and_the_rename_when_the_sender_asks_then_it_is_finished(
    vessel: Vessel,
) -> None:
    file = announce("a", b"123456")
    (vessel.folders.incoming / file.digest).write_bytes(b"123456")
    assert vessel.uploads.add(file, offset=0, data=b"").complete


def test_given_content_with_another_digest_when_it_is_whole_then_it_is_dropped(vessel: Vessel) -> None:
    file = Announced("a", 4, hashlib.sha256(b"good").hexdigest())
    with pytest.raises(WrongDigest):
        vessel.uploads.add(file, offset=0, data=b"evil")
    assert (vessel.files.entries(), vessel.unfinished()) == ([], 0)
    assert vessel.uploads.add(file, offset=0, data=b"good").complete


def test_given_more_bytes_than_announced_when_they_come_then_they_are_refused(vessel: Vessel) -> None:
    with pytest.raises(WrongDigest, match="true size"):
        vessel.uploads.add(announce("a", b"1234"), offset=0, data=b"12345")
    assert vessel.unfinished() == 0


def test_given_one_digest_announced_with_two_sizes_then_neither_gets_a_wrong_file_through(vessel: Vessel) -> None:
    digest = hashlib.sha256(b"1234").hexdigest()
    vessel.uploads.add(Announced("a", 1000, digest), offset=0, data=b"123456")
    assert vessel.uploads.add(Announced("a", 4, digest), offset=0, data=b"1234").complete
    assert vessel.files.read("a", 0, 10).data == b"1234"


@pytest.mark.parametrize("size", [QUOTA - BLOCK + 1, QUOTA, 2**62])
def test_given_a_file_larger_than_the_quota_when_it_is_announced_then_not_a_byte_is_taken(
    vessel: Vessel, size: int
) -> None:
    with pytest.raises(OverQuota):
        vessel.uploads.add(Announced("a", size, "0" * 64), offset=0, data=b"x" * 1000)
    assert vessel.unfinished() == 0


def test_given_a_file_that_just_fits_then_it_is_taken_and_one_more_is_not(vessel: Vessel) -> None:
    vessel.send("a", b"x" * (QUOTA - BLOCK), chunk=50_000)
    assert vessel.files.used() == QUOTA
    with pytest.raises(OverQuota):
        vessel.send("b", b"")


def test_given_many_uploads_at_once_when_each_fits_but_not_all_then_what_is_held_stays_within_the_quota(
    vessel: Vessel,
) -> None:
    refused = 0
    for number in range(6):
        try:
            vessel.uploads.add(
                announce(f"f{number}", bytes([number]) * 60_000), offset=0, data=bytes([number]) * 30_000
            )
        except OverQuota:
            refused += 1
    held = sum(path.stat().st_size for path in vessel.folders.incoming.iterdir())
    assert refused > 0
    assert held <= QUOTA


def test_given_more_unfinished_uploads_than_are_kept_then_the_one_that_waits_longest_is_dropped(vessel: Vessel) -> None:
    for number in range(MAX_UNFINISHED + 5):
        path = vessel.folders.incoming / announce("", b"%d" % number).digest
        vessel.uploads.add(announce("a", b"%d" % number + b"x"), offset=0, data=b"%d" % number)
        if path.exists():
            os.utime(path, (number, number))
    assert vessel.unfinished() == MAX_UNFINISHED


def test_given_an_unfinished_upload_when_it_is_a_day_old_then_a_restart_drops_it(tmp_path: Path) -> None:
    vessel = Vessel(tmp_path / "v1")
    vessel.uploads.add(announce("a", b"12"), offset=0, data=b"1")
    Uploads(vessel.folders.incoming, vessel.files, quota=QUOTA)
    assert vessel.unfinished() == 1
    (path,) = vessel.folders.incoming.iterdir()
    os.utime(path, (path.stat().st_mtime - KEPT_FOR - 1,) * 2)
    Uploads(vessel.folders.incoming, vessel.files, quota=QUOTA)
    assert vessel.unfinished() == 0


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_given_a_name_that_no_vessel_file_can_have_then_no_call_takes_it(vessel: Vessel, name: str) -> None:
    secret = vessel.folders.files.parent.parent / "passwd"
    secret.write_text("secret")
    with pytest.raises(BadName):
        vessel.uploads.add(announce(name, b"x"), offset=0, data=b"x")
    with pytest.raises(BadName):
        vessel.files.read(name, 0, 10)
    with pytest.raises(BadName):
        vessel.files.delete(name)
    assert secret.read_text() == "secret"
    assert vessel.unfinished() == 0


def test_given_something_other_than_a_plain_file_when_it_is_named_then_it_is_not_opened(
    vessel: Vessel, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")
    (vessel.folders.files / "link").symlink_to(tmp_path / "secret")
    (vessel.folders.files / "folder").mkdir()
    os.mkfifo(vessel.folders.files / "pipe")
    for name in ("link", "folder", "pipe"):
        with pytest.raises(NoSuchFile):
            vessel.files.read(name, 0, 10)
        with pytest.raises(NoSuchFile):
            vessel.files.delete(name)
    assert vessel.files.entries() == []


def test_given_a_link_where_a_file_goes_when_it_is_sent_then_the_link_is_replaced_and_its_target_stays(
    vessel: Vessel, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")
    (vessel.folders.files / "a").symlink_to(tmp_path / "secret")
    vessel.send("a", b"mine")
    assert (tmp_path / "secret").read_text() == "secret"
    assert vessel.files.read("a", 0, 10).data == b"mine"


def test_given_a_full_disk_when_a_chunk_comes_then_the_upload_can_go_on_later(
    vessel: Vessel, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = announce("a", b"123456")
    vessel.uploads.add(file, offset=0, data=b"12")
    real = os.write

    def half_then_full(fd: int, data: bytes) -> int:
        if len(data) < 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(fd, data[:2])

    with monkeypatch.context() as full:  # a disk can't be filled in a test; its error can be had
        full.setattr(os, "write", half_then_full)
        with pytest.raises(DiskFull):
            vessel.uploads.add(file, offset=2, data=b"3456")
    assert vessel.uploads.add(file, offset=0, data=b"") == Progress(2)
    assert vessel.uploads.add(file, offset=2, data=b"3456").complete


def test_given_two_senders_of_one_content_when_they_send_at_once_then_both_get_it_through(vessel: Vessel) -> None:
    content = random.Random(1).randbytes(50_000)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: vessel.send("a", content, chunk=500), range(2)))
    assert done == [Progress(len(content), complete=True)] * 2
    assert vessel.files.read("a", 0, 100_000).data == content


def test_given_a_file_that_changes_when_it_is_read_then_its_digest_changes_too(vessel: Vessel) -> None:
    vessel.send("a", b"one")
    before = vessel.files.read("a", 0, 1)
    (vessel.folders.files / "a").write_bytes(b"two!")
    after = vessel.files.read("a", 0, 1)
    assert before.digest == hashlib.sha256(b"one").hexdigest()
    assert (after.digest, after.total_size) == (hashlib.sha256(b"two!").hexdigest(), 4)


def test_given_a_file_when_it_is_read_past_its_end_then_nothing_comes(vessel: Vessel) -> None:
    vessel.send("a", b"123")
    assert vessel.files.read("a", 3, 10).data == b""
    assert vessel.files.read("a", 2**62, 10).data == b""
    assert vessel.files.read("a", 1, 1).data == b"2"


@settings(max_examples=60, deadline=None)
@given(
    content=st.binary(max_size=300),
    chunks=st.lists(st.tuples(st.integers(0, 320), st.integers(0, 320)), max_size=30),
)
def test_given_any_chunks_in_any_order_then_only_the_true_content_ever_appears(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, chunks: list[tuple[int, int]]
) -> None:
    vessel = Vessel(tmp_path_factory.mktemp("upload") / "v1")
    file = announce("a", content)
    for offset, length in chunks:
        progress = vessel.uploads.add(file, offset=offset, data=content[offset : offset + length])
        assert 0 <= progress.received <= len(content)
        assert progress.complete == (vessel.files.entries() != [])
    vessel.send("a", content)
    assert vessel.files.read("a", 0, 1000).data == content
