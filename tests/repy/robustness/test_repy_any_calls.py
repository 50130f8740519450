"""Whatever a guest says, the monitor answers or ends the vessel for it. It never fails itself."""

import shutil
import socket
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from seattle.repy import door, launch
from seattle.repy.outcome import OutcomeKind

Make = Callable[..., Any]  # see conftest.py
Ports = Callable[[int], list[int]]

EXAMPLES = pytest.mark.parametrize(
    "examples", [40, pytest.param(3000, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])]
)

NAMES = st.sampled_from(["a", "b", "c", "", ".", "..", "../a", "a/b", ".a", "A", "a\0b", "x" * 121, "\U0001f600"])
IPS = st.sampled_from(["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "169.254.169.254", "x"])
HANDLES = st.integers(0, 12) | st.sampled_from([2**31, 2**53])
OFFSETS = st.integers(0, 9000) | st.sampled_from([2**31, 2**32, 2**62])
COUNTS = st.integers(0, 9000) | st.just(door.MAX_DATA)
DATA = st.binary(max_size=20) | st.sampled_from([bytes(4096), bytes(9217), bytes(door.MAX_DATA)])
TIMEOUTS = st.sampled_from([0.05, 0.0, -1.0, float("nan"), float("inf"), 1e300, 5e-324])


def calls(ports: list[int]) -> st.SearchStrategy[Any]:
    """Every call that a running guest may make, but for the one that ends it."""
    port = st.sampled_from([*ports, 0, -1, 1, 25, 65535, 65536, 2**63 - 1])
    yes = st.booleans()
    build = st.builds
    return st.one_of(
        build(door.NewThread),
        build(door.Log, DATA),
        build(door.RandomBytes),
        build(door.GetResources),
        build(door.OpenFile, NAMES, yes),
        build(door.OpenFile, st.sampled_from("abc"), st.just(True)),
        build(door.ReadFile, HANDLES, OFFSETS, COUNTS),
        build(door.WriteFile, HANDLES, OFFSETS, DATA, st.just(0) | OFFSETS),
        build(door.FileSize, HANDLES),
        build(door.CloseFile, HANDLES),
        build(door.ListFiles, NAMES),
        build(door.RemoveFile, NAMES),
        build(
            door.GetHostByName,
            st.sampled_from(["localhost", "", "a\0b", "x" * 1024, "\udc80".encode("utf-8", "replace").decode()]),
        ),
        build(door.GetMyIp),
        build(door.SendMessage, IPS, port, DATA, IPS, port),
        build(door.ListenForMessage, IPS, port),
        build(door.GetMessage, HANDLES),
        build(door.OpenConnection, IPS, port, IPS, port, TIMEOUTS),
        build(door.ListenForConnection, IPS, port),
        build(door.GetConnection, HANDLES),
        build(door.Receive, HANDLES, COUNTS),
        build(door.Send, HANDLES, DATA, yes),
        build(door.EndSending, HANDLES),
        build(door.CloseSocket, HANDLES),
        build(door.WaitReady, st.lists(HANDLES, max_size=5), st.lists(HANDLES, max_size=5), TIMEOUTS),
        build(door.Announce, NAMES, NAMES, st.sampled_from([-1, 0, 1, 3600, 3601, 2**63 - 1])),
        build(door.LookUp, NAMES, st.sampled_from([-1, 0, 1, 100, 2**63 - 1])),
    )


# What others do meanwhile: the vessel's owner with its files, the launcher, and the guest with its lines.
OTHERS = st.sampled_from(["remove the files", "plant a folder", "remove the folder", "ask for usage", "hang up a line"])


@EXAMPLES
@pytest.mark.parametrize("budget", ["plenty", "little"])
def test_given_any_calls_in_any_order_on_any_lines_when_they_come_then_the_monitor_does_not_fail(
    fake_guest: Make, ports: Ports, budget: str, examples: int
) -> None:
    own = ports(2)
    limits: dict[str, Any] = (
        {"events": 30, "random": 1e9, "fileread": 1e9, "filewrite": 1e9, "loopsend": 1e9, "looprecv": 1e9}
        if budget == "plenty"
        else {"events": 3, "filesopened": 1, "insockets": 1, "outsockets": 1, "diskused": 9000, "random": 500}
    )

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
    @given(steps=st.lists(st.tuples(st.integers(0, 5), calls(own) | OTHERS), max_size=30))
    def check(steps: list[tuple[int, Any]]) -> None:
        guest = fake_guest(ports=tuple(own), lograte=1e9, **limits).begin()
        waiting: set[socket.socket] = set()
        for which, step in steps:
            line = guest.lines[which % len(guest.lines)]
            if isinstance(step, str):
                meddle(guest, step, line, waiting)
                continue
            if line in waiting:
                if guest.hear(line, within=0) is None:
                    continue
                waiting.discard(line)
            if guest.ask(line, door.encode(step)) is None:
                waiting.add(line)
        outcome = guest.stop()
        note(str(outcome))
        assert outcome.kind is OutcomeKind.STOPPED, outcome

    check()


def meddle(guest: Any, step: str, line: socket.socket, waiting: set[socket.socket]) -> None:
    match step:
        case "remove the files" if guest.files.exists():
            for path in guest.files.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        case "plant a folder" if guest.files.exists():
            (guest.files / "b").mkdir() if not (guest.files / "b").exists() else None
        case "remove the folder":
            shutil.rmtree(guest.files, ignore_errors=True)
        case "ask for usage":
            guest.launcher.send(launch.pack(launch.USAGE))
        case "hang up a line" if len(guest.lines) > 1:
            guest.lines.remove(line)
            waiting.discard(line)
            line.close()


FRAMES = st.one_of(
    st.binary(max_size=60),
    st.builds(
        lambda call, at, junk: door.encode(call)[:at] + junk + door.encode(call)[at + len(junk) :],
        calls([2000]),
        st.integers(0, 40),
        st.binary(max_size=6),
    ),
    st.builds(lambda call, junk: door.encode(call) + junk, calls([2000]), st.binary(min_size=1, max_size=6)),
)


@EXAMPLES
def test_given_any_bytes_on_a_line_when_they_come_then_they_are_answered_or_end_the_vessel_as_a_violation(
    fake_guest: Make, examples: int
) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
    @given(frames=st.lists(FRAMES.filter(len), min_size=1, max_size=4))
    def check(frames: list[bytes]) -> None:
        guest = fake_guest(lograte=1e9, random=1e9).begin()
        for frame in frames:
            if guest.ask(guest.lines[0], frame) is None:
                break
        outcome = guest.stop()
        note(str(outcome))
        if outcome.kind is OutcomeKind.VIOLATION:
            assert outcome.detail.startswith("the guest "), outcome
        else:
            assert outcome.kind in (OutcomeKind.STOPPED, OutcomeKind.EXITED), outcome

    check()


def ext(payload: bytes) -> bytes:
    return msgspec.msgpack.encode(msgspec.msgpack.Ext(1, payload))


RULES_BROKEN = {
    "a name that is no call": msgspec.msgpack.encode(["Evil"]),
    "trailing bytes": door.encode(door.RandomBytes()) + b"\xc0",
    "two calls in one frame": door.encode(door.RandomBytes()) * 2,
    "an extension type": b"\x92\xa3Log" + ext(b"x"),
    "an extension type for a name": b"\x91" + ext(b"Log"),
    "a timestamp": b"\x92\xa3Log\xd6\xff\x00\x00\x00\x00",
    "a map": b"\x81\xa3Log\xc4\x01x",
    "a map with a key twice": b"\x82\xa4type\xa3Log\xa4type\xa3Log",
    "not a number where a number is meant": b"\x94\xa8ReadFile\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00\x00\x00",
    "a text where bytes are meant": msgspec.msgpack.encode(["Log", "text"]),
    "a number of 64 bits without a sign": b"\x93\xb0ListenForMessage\xa1x\xcf" + b"\xff" * 8,
    "a length that the frame does not have": b"\x92\xa3Log\xc6\xff\xff\xff\xff",
    "an array of four thousand million": b"\xdd\xff\xff\xff\xff",
    "a map of four thousand million": b"\xdf\xff\xff\xff\xff",
    "a text of four thousand million": b"\x92\xa8OpenFile\xdb\xff\xff\xff\xff",
    "nesting without end": b"\x91" * 100_000,
    "an answer": door.encode(door.Done(1)),
    "another answer": door.encode(door.Failed(door.Refusal.FILE, "")),
    "the monitor's own word": door.encode(door.Bounds(1, 1, 1, 1)),
    "a report on the walls": door.encode(door.Ready([])),
    "a frame too large": bytes(door.MAX_FRAME + 1),
    "a frame much too large": bytes(door.MAX_FRAME + 40_000),
    "the byte that msgpack never uses": b"\xc1",
    "a frame cut short": door.encode(door.OpenFile("name", create=True))[:-1],
    "a name that is no text": b"\x91\xa3\xff\xfe\xfd",
    "an end that is another's to say": door.encode(door.Finished("stopped", "")),
    "more sockets to wait for than there may be": door.encode(door.WaitReady([1] * (door.MAX_WATCHED + 1), [], 0.0)),
    "an end that does not exist": door.encode(door.Finished("triumph", "")),
}


@pytest.mark.parametrize("what", RULES_BROKEN)
def test_given_a_frame_that_breaks_the_rules_when_it_comes_then_the_vessel_ends_at_once_and_says_why(
    fake_guest: Make, until_gone: Callable[[int], None], what: str
) -> None:
    guest = fake_guest().begin()
    guest.lines[0].send(RULES_BROKEN[what])
    outcome = guest.wait()
    assert outcome.kind is OutcomeKind.VIOLATION
    assert outcome.detail.startswith("the guest ")
    until_gone(guest.guest)


def test_given_a_call_that_waits_when_a_second_one_comes_on_its_line_then_the_vessel_ends(fake_guest: Make) -> None:
    guest = fake_guest(random=1).begin()
    (line,) = guest.lines
    for _ in range(3):
        line.send(door.encode(door.RandomBytes()))
    outcome = guest.wait()
    assert outcome == (
        OutcomeKind.VIOLATION,
        "the guest broke the protocol: a second call before the answer to the first",
    )


@pytest.mark.parametrize(
    "frame",
    [
        b"\xff\xc1",
        b"\x91\xa6\x00\x00\x00\x00\x00\x80",
        b"\x91" * 100_000,
        door.encode(door.Ready([("seccomp", "sideways", "")])),
        door.encode(door.Ready([("seccomp", "up", "")])),
        door.encode(door.Ready([])),
        door.encode(door.RandomBytes()),
    ],
    ids=["garbage", "no text", "nesting", "an unknown state", "parts missing", "nothing", "a call"],
)
def test_given_a_guest_whose_first_word_is_wrong_when_it_comes_then_nothing_is_run_and_the_reason_is_told(
    fake_guest: Make, frame: bytes
) -> None:
    guest = fake_guest().begin_with(frame)
    outcome = guest.wait()
    assert outcome.kind is OutcomeKind.VIOLATION
    assert outcome.detail.startswith(("the guest did not", "the kernel wall does not stand"))
    assert guest.hear(guest.lines[0], within=0) is None
