"""The wire format: every call survives the way, nothing else gets through, and everything is bounded."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seattle.repy import door

CALLS: tuple[type[door.Frame], ...] = door.Call.__args__

EXAMPLES: list[Any] = [
    door.Ready([("seccomp", "up", "46 permissions")]),
    door.Finished("exited", "0"),
    door.NewThread(),
    door.Log(b"\xff"),
    door.RandomBytes(),
    door.GetResources(),
    door.OpenFile("a", create=True),
    door.ReadFile(1, 2, 3),
    door.WriteFile(1, 2, b"3", 4),
    door.FileSize(1),
    door.CloseFile(1),
    door.ListFiles("after"),
    door.RemoveFile("a"),
    door.GetHostByName("localhost"),
    door.GetMyIp(),
    door.SendMessage("127.0.0.1", 1, b"m", "127.0.0.1", 2),
    door.ListenForMessage("127.0.0.1", 1),
    door.GetMessage(1),
    door.OpenConnection("127.0.0.1", 1, "127.0.0.1", 2, 0.5),
    door.ListenForConnection("127.0.0.1", 1),
    door.GetConnection(1),
    door.Receive(1, 2),
    door.Send(1, b"x", half_closed=False),
    door.EndSending(1),
    door.CloseSocket(1),
    door.WaitReady([1, 2], [3], 0.5),
    door.Announce("key", "value", 60),
    door.LookUp("key", 100),
]


def test_there_is_an_example_of_every_call() -> None:
    assert {type(example) for example in EXAMPLES} == set(CALLS)


@pytest.mark.parametrize("call", EXAMPLES, ids=lambda call: type(call).__name__)
def test_given_a_call_when_it_crosses_the_door_then_it_is_the_same(call: Any) -> None:
    assert door.decode_call(door.encode(call)) == call


@pytest.mark.parametrize("call", EXAMPLES, ids=lambda call: type(call).__name__)
def test_given_a_call_with_one_field_more_or_less_when_it_arrives_then_it_is_refused(call: Any) -> None:
    fields = msgspec.msgpack.decode(door.encode(call))
    shorter = fields[:-1]  # the first field is the call's name
    for wrong in ([*fields, 1], shorter):
        with pytest.raises(msgspec.MsgspecError):
            door.decode_call(msgspec.msgpack.encode(wrong))


@given(frame=st.binary(max_size=300))
@example(frame=b"\x91\xa6\x00\x00\x00\x00\x00\x80")  # a name that is no text
def test_any_bytes_are_a_call_or_an_error_that_the_monitor_expects(frame: bytes) -> None:
    with suppress(msgspec.MsgspecError, UnicodeDecodeError):
        door.decode_call(frame)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=9)
    | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(name=st.sampled_from([kind.__name__ for kind in CALLS]), fields=st.lists(VALUES, max_size=6))
def test_any_fields_of_a_known_call_are_that_call_or_a_msgspec_error(name: str, fields: list[Any]) -> None:
    try:
        call = door.decode_call(msgspec.msgpack.encode([name, *fields]))
    except msgspec.MsgspecError:
        return
    assert type(call).__name__ == name
    assert door.decode_call(door.encode(call)) == call


@pytest.mark.parametrize("depth", [2000, 100_000])
@pytest.mark.parametrize("opening", [b"\x91", b"\x81\xa1a"])
def test_given_a_frame_nested_beyond_reason_when_it_arrives_then_it_is_refused(depth: int, opening: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, RecursionError)):  # the monitor takes both for a violation
        door.decode_call((opening * depth)[: door.MAX_FRAME])


TOO_MUCH: list[Any] = [
    ["Log", b"x" * (door.MAX_DATA + 1)],
    ["OpenFile", "x" * 1025, True],
    ["OpenFile", "x", 1],
    ["OpenFile", b"x", True],
    ["ReadFile", -1, 0, 0],
    ["ReadFile", 2**53 + 1, 0, 0],
    ["ReadFile", 0, -1, 0],
    ["ReadFile", 0, 2**62 + 1, 0],
    ["ReadFile", 0, 0, -1],
    ["ReadFile", 0, 0, door.MAX_DATA + 1],
    ["ReadFile", 0.0, 0, 0],
    ["Receive", 0, door.MAX_DATA + 1],
    ["Receive", True, 1],
    ["ListenForMessage", "127.0.0.1", 2**63],
    ["Finished", "x" * 1025, ""],
    ["Finished", "exited", "x" * (64 * 1024 + 1)],
    ["Nonsense"],
    ["Done", 1],
    [],
    {},
    "Log",
    ["Log"],
    [["Log"], b""],
]


@pytest.mark.parametrize("frame", TOO_MUCH, ids=lambda frame: str(frame)[:40])
def test_given_a_frame_beyond_its_bounds_when_it_arrives_then_it_is_refused(frame: Any) -> None:
    with pytest.raises(msgspec.MsgspecError):
        door.decode_call(msgspec.msgpack.encode(frame))


def test_given_the_largest_calls_when_encoded_then_they_fit_in_a_frame() -> None:
    longest = "\U0001f600" * 1024  # four bytes each
    payload = bytes(door.MAX_DATA)
    for call in (
        door.SendMessage(longest, 2**63 - 1, payload, longest, 2**63 - 1),
        door.WriteFile(2**53, 2**62, payload, 2**62),
        door.Finished(longest, "\U0001f600" * (64 * 1024 // 4)),
    ):
        assert len(door.encode(call)) <= door.MAX_FRAME
