"""The launch request: what is sent is what is read, and nonsense is refused."""

import os
import socket
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.repy import launch
from seattle.repy.launch import MAX_PACKET, WALLS, LaunchError, LaunchRequest
from seattle.repy.monitor.order import read_order

# All that a command line can hold: any characters but NUL, and bytes that are no text at all.
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50) | st.binary(
    max_size=20
).map(lambda raw: raw.replace(b"\0", b"").decode("utf-8", "surrogateescape"))


def fields(request: LaunchRequest) -> dict[str, object]:
    return {name: getattr(request, name) for name in LaunchRequest.__slots__}


@given(
    request=st.builds(
        LaunchRequest,
        program=WORDS,
        arguments=st.lists(WORDS, max_size=5),
        restrictions=WORDS,
        walls=st.sampled_from(WALLS),
        log=st.sampled_from(["ring", "streams"]),
        log_bytes=st.integers(0, 10**9),
        loopback_ports=WORDS,
        private=WORDS,
        callfunc=WORDS,
        layers=st.lists(WORDS, max_size=5),
        preloaded=st.lists(WORDS, max_size=5),
    )
)
def test_whatever_is_sent_is_what_is_read(request: LaunchRequest) -> None:
    assert fields(LaunchRequest.decode(request.encode())) == fields(request)


@given(
    packet=st.binary(max_size=300)
    | WORDS.map(lambda text: ("walls=both\0log=ring\0" + text).encode("utf-8", "surrogateescape"))
)
def test_whatever_arrives_is_read_or_refused(packet: bytes) -> None:
    with suppress(LaunchError):
        LaunchRequest.decode(packet)


@pytest.mark.parametrize("field", ["program", "restrictions", "arguments"])
def test_given_a_nul_when_a_request_is_sent_then_it_is_refused(field: str) -> None:
    values = {"program": "p", "arguments": ["a"], "restrictions": "r"}
    values[field] = ["a\0walls=kernel"] if field == "arguments" else "a\0walls=kernel"
    with pytest.raises(LaunchError, match="NUL"):
        LaunchRequest(**values).encode()  # type: ignore[arg-type]  # the types are those of a dictionary


def test_given_too_many_arguments_when_a_request_is_sent_then_the_error_names_both_sizes() -> None:
    with pytest.raises(LaunchError, match=f"at most {MAX_PACKET} fit"):
        LaunchRequest(program="p", arguments=["x" * MAX_PACKET]).encode()


@pytest.mark.parametrize("walls", ["", "none", "Both", "both,kernel"])
def test_given_unknown_walls_when_a_request_is_read_then_it_is_refused(walls: str) -> None:
    packet = LaunchRequest(program="p", arguments=[], walls=walls).encode()
    with pytest.raises(LaunchError):
        LaunchRequest.decode(packet)


@given(words=st.lists(WORDS, min_size=1, max_size=5))
def test_words_survive_the_way(words: list[str]) -> None:
    printable = [word.encode("utf-8", "replace").decode() for word in words]
    assert launch.unpack(launch.pack(*printable)) == printable


def test_given_a_word_that_is_too_long_when_packed_then_the_others_are_whole() -> None:
    words = launch.unpack(launch.pack(launch.ENDED, "7", "violation", "\0" * MAX_PACKET, "123"))
    assert (words[:3], words[4:]) == ([launch.ENDED, "7", "violation"], ["123"])
    assert MAX_PACKET - 100 < len(words[3]) < MAX_PACKET


def test_given_very_many_words_when_packed_then_they_are_no_more_than_a_packet() -> None:
    assert len(launch.pack(launch.ANSWER, *["x" * 1000] * 1000)) == MAX_PACKET


@given(packet=st.binary(max_size=100))
def test_any_packet_is_some_words(packet: bytes) -> None:
    assert isinstance(launch.unpack(packet), list)


def test_given_files_that_a_lost_launch_has_read_when_they_are_sent_again_then_all_of_them_is_read_again(
    tmp_path: Path,
) -> None:
    (tmp_path / "layer").write_text("layer\n")
    (tmp_path / "program").write_text("program\n")
    packet = LaunchRequest(program="program", arguments=[], layers=["layer"]).encode()
    folder = os.open(tmp_path, os.O_RDONLY)
    with (tmp_path / "program").open("rb") as program, (tmp_path / "layer").open("rb") as layer:
        texts = []
        for _ in range(2):
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with ours, theirs, (tmp_path / "log").open("wb") as log:
                socket.send_fds(ours, [packet], [program.fileno(), folder, log.fileno(), layer.fileno()])
                texts.append(read_order(theirs).text)
    os.close(folder)
    assert texts == [b"layer\nprogram\n"] * 2
