"""The log on disk: what is kept, where it begins, and what a reader sees of a writer at work."""

import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.repy.ring_log import RingLog, clear_ring, read_ring

pytestmark = pytest.mark.usefixtures("no_descriptor_left")

CHUNKS = st.lists(st.binary(max_size=300), max_size=30)


class Restart(NamedTuple):
    """The writer ends, and another one takes over."""


def open_folder(path: Path | str) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    fd = open_folder(tmp_path)
    yield fd
    os.close(fd)


@given(
    capacity=st.integers(1, 200),
    steps=st.lists(st.one_of(st.binary(max_size=500), st.just(Restart())), max_size=25),
    offset=st.none() | st.integers(-5, 5000),
    count=st.integers(0, 1000),
)
def test_whatever_is_written_a_reader_gets_the_end_of_it(
    capacity: int, steps: list[bytes | Restart], offset: int | None, count: int
) -> None:
    with TemporaryDirectory() as path:
        reader = open_folder(path)
        written, log = b"", RingLog(open_folder(path), capacity)
        for step in steps:
            if isinstance(step, Restart):
                log.close()
                log = RingLog(open_folder(path), capacity)
            else:
                log.write(step)
                written += step
        assert log.end == len(written)
        log.close()

        everything = read_ring(reader, None, len(written) + 1)
        assert everything.end == len(written)
        assert everything.data == written[everything.offset :]
        assert len(everything.data) <= 2 * capacity
        assert len(everything.data) >= min(capacity, len(written))

        piece = read_ring(reader, offset, count)
        asked = everything.offset if offset is None else offset
        assert piece.offset == min(max(asked, everything.offset), len(written))
        assert piece.data == written[piece.offset : piece.offset + count]
        assert piece.end == len(written)
        os.close(reader)


def test_given_no_log_when_it_is_read_then_it_is_empty(folder: int) -> None:
    assert read_ring(folder, None, 100) == (0, b"", 0)
    assert read_ring(folder, 7, 100) == (0, b"", 0)


def test_given_a_log_when_it_is_cleared_then_the_next_byte_has_offset_0_again(folder: int, tmp_path: Path) -> None:
    log = RingLog(open_folder(tmp_path), 4)
    log.write(b"some text")
    log.close()
    clear_ring(folder)
    log = RingLog(open_folder(tmp_path), 4)
    log.write(b"new")
    log.close()
    assert read_ring(folder, None, 100) == (0, b"new", 3)


def test_given_other_files_in_the_folder_when_the_log_is_cleared_then_they_stay(folder: int, tmp_path: Path) -> None:
    for name in ("log.1", "log.00000000000000000000.old", "outcome"):
        (tmp_path / name).write_text("mine")
    RingLog(open_folder(tmp_path), 4).close()
    clear_ring(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.00000000000000000000.old", "log.1", "outcome"]


def test_given_a_link_in_the_place_of_a_segment_when_a_writer_starts_then_it_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / f"log.{0:020}").symlink_to(victim)
    folder = open_folder(tmp_path)
    with pytest.raises(OSError, match="symbolic links"):
        RingLog(folder, 100)
    os.close(folder)
    assert victim.read_text() == "precious"


def write_numbers(path: str, lines: int) -> None:
    log = RingLog(open_folder(path), 200)
    for number in range(lines):
        log.write(b"%07d\n" % number)
    log.close()


def test_given_a_writer_in_another_process_when_a_reader_follows_then_what_it_gets_is_true(
    folder: int, tmp_path: Path
) -> None:
    lines = 3000
    writer = multiprocessing.get_context("fork").Process(target=write_numbers, args=[str(tmp_path), lines])
    writer.start()
    offset, pieces = 0, 0
    for _ in range(1_000_000):
        piece = read_ring(folder, offset, 64)
        assert piece.offset >= offset  # later when the writer was faster, never earlier
        assert piece.end >= piece.offset + len(piece.data)
        for index, byte in enumerate(piece.data, start=piece.offset):
            assert byte == (b"%07d\n" % (index // 8))[index % 8]
        offset = piece.offset + len(piece.data)
        pieces += bool(piece.data)
        if offset == lines * 8:
            break
    writer.join()
    assert offset == lines * 8
    assert pieces > 1
