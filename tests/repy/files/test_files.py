"""File calls of the monitor, on a real folder: names, blocks, links, the quota, and one opener at a time."""

import errno
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.repy.files.vessel_folder import Vessel, do, refusal

from seattle.repy import door
from seattle.repy.door import MAX_NAMES, Refusal
from seattle.repy.monitor.disk import BLOCK
from seattle.repy.monitor.file_names import check_name
from seattle.repy.monitor.files import blocks
from seattle.repy.monitor.folder import Folder
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import Sleep, Task
from seattle.resources.errors import ResourceExhaustedError, ResourceForbiddenError

pytestmark = pytest.mark.usefixtures("no_descriptor_left")


@pytest.mark.parametrize(
    ("start", "size", "charged"),
    [(0, 1, 1), (4090, 8, 2), (1, 4098, 2), (0, 0, 0), (4096, 0, 0), (1, 0, 1), (0, 4096, 1), (0, 4097, 2),
     (4095, 1, 1), (4096, 4096, 1)],
)  # fmt: skip
def test_given_a_transfer_when_counted_then_it_is_as_many_blocks_as_in_the_reference(
    start: int, size: int, charged: int
) -> None:
    assert blocks(start, size) == charged


@given(start=st.integers(0, 10**6), sizes=st.lists(st.integers(0, 300), min_size=1, max_size=5))
def test_cutting_a_transfer_at_block_borders_changes_no_charge(start: int, sizes: list[int]) -> None:
    # The guest cuts long transfers so; a program must not pay for that.
    pieces, position = 0, start
    for size in sizes:
        end = position - position % BLOCK + (size + 1) * BLOCK
        pieces += blocks(position, end - position)
        position = end
    assert pieces == blocks(start, position - start)


NAMES = [
    ("x" * 121, "at most 120"),
    ("é" * 121, "at most 120"),
    ("/" * 121, "at most 120"),
    ("", "is not a file name"),
    (".", "is not a file name"),
    ("..", "is not a file name"),
    ("a/b", "is not allowed"),
    ("../a", "is not allowed"),
    ("A", "is not allowed"),
    ("a b", "is not allowed"),
    ("a\n", "is not allowed"),
    ("a\0", "is not allowed"),
    ("ä", "is not allowed"),
    (".A", "is not allowed"),
    ("\u0661", "is not allowed"),
    (".hidden", "starts with a period"),
    ("...", "starts with a period"),
]


@pytest.mark.parametrize(("name", "why"), NAMES)
def test_given_a_wrong_name_when_checked_then_the_first_rule_that_it_breaks_is_told(name: str, why: str) -> None:
    with pytest.raises(RefusedError, match=why) as refused:
        check_name(name)
    assert refused.value.refusal is Refusal.ARGUMENT


@pytest.mark.parametrize("name", ["a", "0", "-", "_", "a.b", "a..b", "x" * 120, "con", "-rf"])
def test_given_a_right_name_when_checked_then_it_passes(name: str) -> None:
    check_name(name)


@given(name=st.text(max_size=130))
def test_what_passes_can_not_leave_the_folder(name: str) -> None:
    try:
        check_name(name)
    except RefusedError:
        return
    assert os.path.normpath(name) == name
    assert "/" not in name
    assert "\0" not in name
    assert name not in ("", ".", "..")


def test_given_a_file_that_grows_when_the_quota_is_reached_then_nothing_of_it_is_written(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel(diskused=2 * BLOCK + 100)
    handle = vessel.open("a", create=True)
    do(vessel.files.write(handle, 0, b"x" * 100))
    do(vessel.files.write(handle, 0, b"y" * 100))  # over what is there: costs nothing
    assert refusal(lambda: vessel.files.write(handle, 50, b"z" * (BLOCK + 51))) is Refusal.EXHAUSTED
    assert (vessel.folder / "a").read_bytes() == b"y" * 100
    do(vessel.files.write(handle, 100, b"z" * BLOCK))
    assert refusal(lambda: vessel.files.write(handle, 100 + BLOCK, b"z")) is Refusal.EXHAUSTED
    assert refusal(lambda: vessel.files.open("b", create=True)) is Refusal.EXHAUSTED
    assert not (vessel.folder / "b").exists()
    assert vessel.files.used() == 2 * BLOCK + 100


def test_given_no_room_for_a_file_when_it_was_refused_then_name_and_unit_are_free_again(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel(diskused=BLOCK - 1, filesopened=1)
    for _ in range(3):
        assert refusal(lambda: vessel.files.open("b", create=True)) is Refusal.EXHAUSTED
    assert vessel.meter.filesopened.held == 0


def test_given_an_open_file_when_its_owner_removes_it_then_what_is_written_counts_all_the_same(
    new_vessel: Callable[..., Vessel],
) -> None:
    """The disk keeps it until it is closed, and no folder shows it: a program could fill the donor's disk with it."""
    vessel = new_vessel(diskused=2 * BLOCK)
    handle = vessel.open("a", create=True)
    (vessel.folder / "a").unlink()
    do(vessel.files.write(handle, 0, b"x" * BLOCK))
    assert refusal(lambda: vessel.files.write(handle, BLOCK, b"x")) is Refusal.EXHAUSTED
    assert vessel.files.used() == 2 * BLOCK
    vessel.files.close(handle)
    assert vessel.files.used() == 0


def test_given_several_that_make_files_when_they_wait_for_the_charge_then_only_those_that_fit_are_made(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel(diskused=2 * BLOCK, filewrite=1)
    first, second, *others = [vessel.files.open(name, create=True) for name in "abcd"]
    for task in (first, second):
        assert isinstance(next(task), Sleep)
    assert [refusal(task.__next__) for task in others] == [Refusal.EXHAUSTED] * 2
    first.close()  # its thread died: what was set aside for it is free again
    third = vessel.files.open("e", create=True)
    assert isinstance(next(third), Sleep)
    do(second), do(third)
    assert vessel.files.used() == 2 * BLOCK


@pytest.mark.parametrize("call", ["pread", "pwrite", "listdir", "unlink", "scandir"])
def test_given_a_disk_that_fails_when_used_then_the_program_hears_of_it_and_goes_on(
    new_vessel: Callable[..., Vessel], monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    vessel = new_vessel()
    handle = vessel.open("a", create=True)
    vessel.files.close(vessel.open("b", create=True))
    vessel.now += 2  # the last look at the folder is too old for a write that grows a file

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    uses: dict[str, Callable[[], Any]] = {
        "pread": lambda: vessel.files.read(handle, 0, 1),
        "pwrite": lambda: vessel.files.write(handle, 0, b"x"),
        "listdir": lambda: vessel.files.list(""),
        "unlink": lambda: vessel.files.remove("b"),
        "scandir": lambda: vessel.files.write(handle, 0, b"x"),
    }
    with monkeypatch.context() as broken:  # the fixtures look at folders, too, when they clean up
        broken.setattr(os, call, fail)
        assert refusal(uses[call]) is Refusal.FILE


def test_given_more_files_than_an_answer_holds_when_listed_then_one_goes_on_after_the_last(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel()
    names = sorted(f"{number}{'x' * 240}" for number in range(MAX_NAMES + 10))
    for name in names:
        (vessel.folder / name).touch()
    (vessel.folder / os.fsdecode(b"\xff")).touch()  # the donor's; nothing that could be told
    first = do(vessel.files.list(""))
    assert len(door.encode(door.Done(first))) <= door.MAX_FRAME
    assert first + do(vessel.files.list(first[-1])) == names
    assert do(vessel.files.list(names[-1])) == []


def make_link(path: Path) -> None:
    target = path.parent.parent / "target"
    target.write_text("outside")
    path.symlink_to(target)


def make_socket(path: Path) -> None:
    here = os.getcwd()  # noqa: PTH109 - to come back: a socket's path may have 107 bytes
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


def make_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero
    except PermissionError:
        pytest.skip("making a device takes root")


SPECIAL: list[tuple[str, Callable[[Path], Any]]] = [
    ("link", make_link),
    ("dangling", lambda path: path.symlink_to("nowhere")),
    ("folder", lambda path: path.mkdir()),
    ("pipe", os.mkfifo),
    ("link-to-device", lambda path: path.symlink_to("/dev/zero")),
    ("device", make_device),
    ("socket", make_socket),
]


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize(("kind", "make"), SPECIAL, ids=[kind for kind, _ in SPECIAL])
def test_given_what_is_no_regular_file_when_opened_then_it_is_not_found(
    new_vessel: Callable[..., Vessel], kind: str, make: Callable[[Path], Any], create: bool
) -> None:
    vessel = new_vessel()
    make(vessel.folder / kind)
    assert refusal(lambda: vessel.files.open(kind, create=create)) is Refusal.FILE_NOT_FOUND
    assert refusal(lambda: vessel.files.remove(kind)) is Refusal.FILE_NOT_FOUND
    assert os.path.lexists(vessel.folder / kind)
    assert vessel.meter.filesopened.held == 0


def test_given_a_link_put_in_place_between_look_and_open_when_opened_then_it_is_not_followed(
    new_vessel: Callable[..., Vessel], monkeypatch: pytest.MonkeyPatch
) -> None:
    vessel = new_vessel()
    make_link(vessel.folder / "a")
    monkeypatch.setattr(Folder, "look", lambda *_: True)  # what the look saw an instant ago
    assert refusal(lambda: vessel.files.open("a", create=False)) is Refusal.FILE


def test_given_a_file_that_is_being_opened_when_another_thread_opens_it_then_it_is_in_use(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel(fileread=BLOCK / 2)
    first = vessel.files.open("a", create=True)
    assert isinstance(next(first), Sleep)  # it waits for its budget
    assert refusal(lambda: vessel.files.open("a", create=True)) is Refusal.FILE_IN_USE
    assert refusal(lambda: vessel.files.remove("a")) is Refusal.FILE_IN_USE
    first.close()  # its thread died
    vessel.now += 100
    handle = vessel.open("a", create=True)
    vessel.files.close(handle)


def test_given_a_file_that_is_being_removed_when_another_thread_opens_it_then_it_is_in_use(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel(fileread=BLOCK / 2)
    (vessel.folder / "a").write_text("x")
    removal: Task = vessel.files.remove("a")
    assert isinstance(next(removal), Sleep)
    assert refusal(lambda: vessel.files.open("a", create=False)) is Refusal.FILE_IN_USE
    do(removal)
    assert refusal(lambda: vessel.files.open("a", create=False)) is Refusal.FILE_NOT_FOUND


def test_given_a_read_that_waits_when_the_file_is_closed_then_it_is_refused_not_redirected(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel(fileread=2 * BLOCK)
    (vessel.folder / "secret").write_text("secret")
    (vessel.folder / "a").write_text("x" * 10 * BLOCK)
    handle = vessel.open("a")
    do(vessel.files.read(handle, 0, 10 * BLOCK))  # deep in debt
    waiting = vessel.files.read(handle, 0, 10)
    assert not isinstance(waiting, bytes)
    assert isinstance(next(waiting), Sleep)
    vessel.files.close(handle)
    vessel.now += 1000
    vessel.open("secret")  # most likely gets the same descriptor
    with pytest.raises(RefusedError, match="closed"):
        next(waiting)


def test_given_a_handle_when_closed_twice_then_a_newer_handle_of_the_same_name_is_unharmed(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel()
    old = vessel.open("a", create=True)
    vessel.files.close(old)
    new = vessel.open("a")
    assert refusal(lambda: vessel.files.close(old)) is Refusal.FILE_CLOSED
    assert vessel.meter.filesopened.held == 1
    assert refusal(lambda: vessel.files.open("a", create=False)) is Refusal.FILE_IN_USE
    vessel.files.close(new)
    assert vessel.meter.filesopened.held == 0


@pytest.mark.parametrize("handle", [0, 999, 2**53])
def test_given_a_handle_that_never_was_when_used_then_the_file_is_closed(
    new_vessel: Callable[..., Vessel], handle: int
) -> None:
    files = new_vessel().files
    for call in (
        lambda: files.read(handle, 0, 1),
        lambda: files.write(handle, 0, b"x"),
        lambda: files.size(handle),
        lambda: files.close(handle),
    ):
        assert refusal(call) is Refusal.FILE_CLOSED


def test_given_the_order_of_checks_when_several_fail_then_the_reference_tells_which_is_told(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel(filesopened=1)
    vessel.open("a", create=True)
    assert refusal(lambda: vessel.files.open("A", create=False)) is Refusal.ARGUMENT  # name before everything
    assert refusal(lambda: vessel.files.open("a", create=False)) is Refusal.FILE_IN_USE  # in use before the unit
    with pytest.raises(ResourceExhaustedError):  # the unit before the existence, and nothing is created
        do(vessel.files.open("b", create=True))
    assert [path.name for path in vessel.folder.iterdir()] == ["a"]


@pytest.mark.parametrize("rate", ["fileread", "filewrite"])
def test_given_a_rate_of_0_when_used_then_it_is_forbidden_and_nothing_happened(
    new_vessel: Callable[..., Vessel], rate: str
) -> None:
    vessel = new_vessel(**{rate: 0})
    (vessel.folder / "there").write_text("x")
    calls: list[Callable[[], Any]] = [
        lambda: vessel.files.open("new", create=True),
        lambda: vessel.files.remove("there"),
    ]
    if rate == "fileread":
        calls += [lambda: vessel.files.list(""), lambda: vessel.files.open("there", create=False)]
    else:
        handle = vessel.open("there")
        with pytest.raises(ResourceForbiddenError):
            do(vessel.files.write(handle, 0, b"y"))
        vessel.files.close(handle)
    for call in calls:
        with pytest.raises(ResourceForbiddenError):
            do(call())
    assert [path.name for path in vessel.folder.iterdir()] == ["there"]
    assert (vessel.folder / "there").read_text() == "x"
    assert vessel.meter.filesopened.held == 0


def test_given_file_calls_when_charged_then_it_is_what_the_reference_charges(
    new_vessel: Callable[..., Vessel],
) -> None:
    vessel = new_vessel()

    def charged() -> tuple[float, float]:
        levels = vessel.meter.fileread.level() / BLOCK, vessel.meter.filewrite.level() / BLOCK
        vessel.now += 1000
        return levels

    handle = vessel.open("a", create=True)
    assert charged() == (1, 1)
    do(vessel.files.write(handle, 0, b"x" * 5000))
    assert charged() == (0, 2)
    do(vessel.files.read(handle, 4090, 8))
    assert charged() == (2, 0)
    do(vessel.files.read(handle, 5000, 100))
    assert charged() == (1, 0)
    vessel.files.close(handle)
    vessel.open("a")
    assert charged() == (1, 0)
    assert refusal(lambda: vessel.files.open("missing", create=False)) is Refusal.FILE_NOT_FOUND
    assert charged() == (1, 0)
    assert refusal(lambda: vessel.files.remove("missing")) is Refusal.FILE_NOT_FOUND
    assert charged() == (1, 0)
    (vessel.folder / "b").write_text("")
    do(vessel.files.remove("b"))
    assert charged() == (1, 1)
    do(vessel.files.list(""))
    assert charged() == (1, 0)
