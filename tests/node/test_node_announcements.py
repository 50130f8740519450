"""Programs that find each other: from the guest through monitor, node and directory, and back."""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.node.test_node_division import SMALL, record
from tests.node.test_node_division import node as node_of

from seattle.fabric import subjects
from seattle.fabric.announcements import (
    MAX_ANSWER,
    MAX_BY_NODE,
    MAX_VALUE,
    Announced,
    Announcement,
    AnnouncementBook,
    FoundValues,
    LookUpValues,
)
from seattle.fabric.connection import NatsFabric
from seattle.fabric.directory import Directory
from seattle.fabric.operations import encode, pack_answer, unpack
from seattle.fabric.server import EmbeddedServer
from seattle.fabric.session import Message
from seattle.identity.keys import KeyPair
from seattle.node.announcements import BURST, MAX_BY_VESSEL, Announcements
from seattle.repy import door, launch

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]
JoinService = Callable[[], Awaitable[NatsFabric]]
PATIENCE = 20  # seconds

ANNOUNCE = "advertise_announce('experiment', callargs[0], 60)\nprint('announced')\n"
LOOK_UP = "print(advertise_lookup('experiment'))\n"


@pytest.fixture
async def directory(join_service: JoinService) -> Directory:
    made = Directory(await join_service())
    await made.start()
    return made


async def test_given_a_program_that_announces_when_another_looks_up_then_it_finds_what_was_announced(
    directory: Directory, node: Any, join: Join, user: KeyPair, other_owner: KeyPair
) -> None:
    one, other = (await join(user)).at(node.public), (await join(other_owner)).at(node.public, vessel="v2")
    assert (await one.run(ANNOUNCE, "10.0.0.1:63100"))[0] == b"announced\n"
    assert (await one.run(ANNOUNCE, "10.0.0.2:63100"))[0] == b"announced\n"
    assert (await other.run(LOOK_UP))[0] == b"['10.0.0.1:63100', '10.0.0.2:63100']\n"
    assert (await other.run("print(advertise_lookup('nothing'), advertise_lookup('experiment', 1))"))[0] == (
        b"[] ['10.0.0.1:63100']\n"
    )


async def test_given_a_fresh_directory_then_it_learns_what_lives(
    directory: Directory,
    node: Any,
    join: Join,
    user: KeyPair,
    join_service: JoinService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("seattle.node.announcements.SPREAD", 0.1)
    hands = (await join(user)).at(node.public)
    await hands.run(ANNOUNCE, "here")
    fresh = Directory(await join_service())
    await fresh.start()
    async with asyncio.timeout(PATIENCE):
        while not len(fresh.announcements):
            fresh.news.clear()
            await fresh.news.wait()
    await directory.stop()
    assert (await hands.run(LOOK_UP))[0] == b"['here']\n"


async def test_given_no_directory_then_a_program_learns_that_and_goes_on(node: Any, join: Join, user: KeyPair) -> None:
    text = "try:\n    advertise_lookup('x')\nexcept AdvertiseError as why:\n    print('no:', why)\nprint('on')\n"
    said, _ = await (await join(user)).at(node.public).run(text)
    assert said.startswith(b"no: ")
    assert said.endswith(b"\non\n")


async def test_given_a_program_that_asks_without_end_then_it_is_told_and_the_node_answers_others(
    directory: Directory, node: Any, join: Join, user: KeyPair, other_owner: KeyPair
) -> None:
    flood = (
        "n = 0\nwhile True:\n    try:\n        advertise_lookup('x')\n        n += 1\n"
        "    except AdvertiseError as why:\n        print(n, why)\n        break\n"
    )
    one, other = (await join(user)).at(node.public), (await join(other_owner)).at(node.public, vessel="v2")
    said, _ = await one.run(flood)
    assert int(said.split()[0]) >= BURST
    assert b"more than 2 times a second" in said
    assert (await other.run(LOOK_UP))[0] == b"[]\n"


async def test_given_wrong_arguments_then_the_program_is_told_and_nothing_is_asked(
    directory: Directory, node: Any, join: Join, user: KeyPair
) -> None:
    text = """
for call in (lambda: advertise_announce("", "v", 1), lambda: advertise_announce("k" * 257, "v", 1),
             lambda: advertise_announce("k", "v" * 1025, 1), lambda: advertise_announce("k", "v", 0),
             lambda: advertise_announce("k", "v", 3601), lambda: advertise_announce("k", "v\\0w", 1),
             lambda: advertise_lookup("k", 0), lambda: advertise_lookup(b"k")):
    try:
        call()
    except RepyArgumentError:
        print("refused")
"""
    assert (await (await join(user)).at(node.public).run(text))[0] == b"refused\n" * 8
    assert len(directory.announcements) == 0


def test_given_a_program_without_a_node_then_it_is_told_so(
    tmp_path: Path, run_repy_alone: Callable[[str], str]
) -> None:
    text = "try:\n    advertise_announce('k', 'v', 1)\nexcept AdvertiseError as why:\n    print(why)\n"
    assert "not started by a node" in run_repy_alone(text)


@pytest.fixture
def run_repy_alone(tmp_path: Path) -> Callable[[str], str]:
    def run(text: str) -> str:
        (tmp_path / "program.py").write_text(text)
        command = [
            sys.executable,
            "-c",
            "import sys; from seattle.repy.cli import main; sys.exit(main())",
            "program.py",
        ]
        command.append("program.py")
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True).stdout

    return run


# What a node takes from its programs.


class Telling:
    """A fabric that takes all."""

    id = "U" * 56

    def __init__(self) -> None:
        self.published: list[tuple[str, bytes]] = []
        self.found: list[str] = []

    async def publish(self, subject: str, body: bytes) -> None:
        self.published.append((subject, body))

    async def call(self, _subject: str, _body: bytes, *, within: float) -> bytes:
        assert within > 0
        return pack_answer(encode(FoundValues(values=self.found)))


class AtOnce(random.Random):
    """Chance that makes nobody wait."""

    def uniform(self, a: float, b: float) -> float:
        return min(a, b)


def announcements(clock: list[float]) -> tuple[Announcements, Telling]:
    made, fabric = Announcements(clock=lambda: clock[0], rng=AtOnce()), Telling()
    made.fabric = fabric  # type: ignore[assignment]  # it is all that is asked of a fabric here
    return made, fabric


async def test_given_a_vessel_with_as_many_as_may_live_then_one_more_waits_until_one_has_ended() -> None:
    clock = [0.0]
    made, _ = announcements(clock)
    for n in range(MAX_BY_VESSEL):
        clock[0] += 1  # within its rate
        assert (await made.answer("v1", [launch.ANNOUNCE, "k", str(n), "1000"]))[0] == launch.DONE
    assert (await made.answer("v1", [launch.ANNOUNCE, "k", "one more", "1000"]))[0] == launch.FAILED
    assert (await made.answer("v1", [launch.ANNOUNCE, "k", "5", "1000"]))[0] == launch.DONE  # known
    assert (await made.answer("v2", [launch.ANNOUNCE, "k", "of another", "1000"]))[0] == launch.DONE
    clock[0] += 950
    assert (await made.answer("v1", [launch.ANNOUNCE, "k", "one more", "1000"]))[0] == launch.DONE


async def test_given_a_vessel_that_is_divided_and_joined_again_and_again_then_it_announces_no_more_than_one(
    tmp_path: Path,
) -> None:
    """The attack: new vessels have new names, and what a directory takes of a node is soon used up for all others."""
    clock = [0.0]
    made, _ = announcements(clock)
    division = node_of(tmp_path, record())
    division = replace(division, around=replace(division.around, announcements=made))

    async def announced_by(vessel: str) -> int:
        for n in range(MAX_BY_VESSEL + 10):
            clock[0] += 1  # within its rate
            if (await made.answer(vessel, [launch.ANNOUNCE, vessel, str(n), "3600"]))[0] == launch.FAILED:
                return n
        raise AssertionError

    assert await announced_by("v1") == MAX_BY_VESSEL
    rest, part = await division.split("v1", SMALL)
    assert [await announced_by(rest.name), await announced_by(part.name)] == [0, 0]
    whole = await division.join(rest.name, part.name)
    assert await announced_by(whole.name) == 0
    clock[0] += 3600
    assert await announced_by(whole.name) == MAX_BY_VESSEL


async def test_given_two_vessels_that_announce_the_same_when_a_directory_is_fresh_then_it_hears_the_longer_life() -> (
    None
):
    made, fabric = announcements([0.0])
    for vessel, lifetime in (("v1", "3600"), ("v2", "60")):
        assert await made.answer(vessel, [launch.ANNOUNCE, "k", "v", lifetime]) == [launch.DONE]
    fabric.published.clear()
    await made.readvertise(Message("", b"", ""))
    ((_subject, body),) = fabric.published
    assert msgspec.msgpack.decode(body, type=Announced).announcements == [Announcement("k", "v", 3600.0)]


async def test_given_a_node_of_many_vessels_when_each_announces_all_it_may_then_a_directory_takes_all() -> None:
    clock = [0.0]
    made, _ = announcements(clock)
    vessels = made.vessels = [f"v{number}" for number in range(128)]
    taken = 0
    for vessel in vessels:
        for n in range(MAX_BY_VESSEL):
            clock[0] += 0.01
            taken += (await made.answer(vessel, [launch.ANNOUNCE, "k", f"{vessel} {n}", "3600"]))[0] == launch.DONE
    assert MAX_BY_NODE - len(vessels) < taken <= MAX_BY_NODE


async def test_given_a_key_that_a_stranger_has_filled_with_long_values_when_looked_up_then_the_answer_fits() -> None:
    made, fabric = announcements([0.0])
    fabric.found = ["10.0.0.1:63100", *[f"{n:03}" + "\u4e16" * (MAX_VALUE - 3) for n in range(MAX_ANSWER - 1)]]
    done, *values = await made.answer("v1", [launch.LOOK_UP, "k", "100"])
    assert (done, values) == (launch.DONE, fabric.found[: len(values)])
    assert len(values) > 30
    assert len(door.encode(door.Done(values))) <= door.MAX_FRAME
    assert launch.unpack(launch.pack(launch.ANSWER, "1", done, *values))[3:] == values


@pytest.mark.parametrize(
    "question",
    [
        [],
        ["?"],
        [launch.ANNOUNCE],
        [launch.ANNOUNCE, "k", "v"],
        [launch.ANNOUNCE, "k", "v", "soon"],
        [launch.ANNOUNCE, "k", "v", "nan"],
        [launch.ANNOUNCE, "k", "v", "1e9"],
        [launch.ANNOUNCE, "", "v", "1"],
        [launch.ANNOUNCE, "k", "v" * (MAX_VALUE + 1), "1"],
        [launch.LOOK_UP, "k", "many"],
        [launch.LOOK_UP, "k", "0"],
    ],
)
async def test_given_a_monitor_that_was_taken_over_then_what_it_says_is_refused_and_nothing_is_sent(
    question: list[str],
) -> None:
    made, fabric = announcements([0.0])
    assert (await made.answer("v1", question))[0] == launch.FAILED
    assert fabric.published == []


# What a directory takes from a node.


def test_given_the_same_value_again_then_it_lives_until_the_later_end_and_is_told_once() -> None:
    book = AnnouncementBook()
    book.accept("n1", [Announcement("k", "v", 100.0)], now=0)
    book.accept("n1", [Announcement("k", "v", 10.0)], now=0)
    book.accept("n2", [Announcement("k", "v", 10.0)], now=0)
    assert book.lookup("k", most=10, now=50) == ["v"]
    assert book.lookup("k", most=10, now=100) == []
    assert book.expire(100) == 2
    assert len(book) == 0
    assert not book._values
    assert not book._by_node


def test_given_a_node_that_announces_without_end_then_others_still_have_room() -> None:
    book = AnnouncementBook(max_by_node=10)
    flood = [Announcement("k", str(n), 100.0) for n in range(50)]
    assert book.accept("villain", flood, now=0) == 40
    assert book.accept("honest", [Announcement("k", "mine", 100.0)], now=0) == 0
    assert len(book) == 11


def test_given_a_node_that_was_first_and_fills_a_key_then_the_values_of_others_are_in_the_answer() -> None:
    book = AnnouncementBook()
    book.accept("squatter", [Announcement("k", str(n), 100.0) for n in range(200)], now=0)
    for node in ("honest", "late"):
        book.accept(node, [Announcement("k", f"{node} {n}", 100.0) for n in range(2)], now=1)
    assert book.lookup("k", most=5, now=2) == ["0", "honest 0", "late 0", "1", "honest 1"]
    assert len(book.lookup("k", most=100, now=2)) == 100


def test_given_a_key_that_hostile_nodes_have_filled_when_it_is_looked_up_then_no_more_is_looked_at_than_is_told() -> (
    None
):
    book = AnnouncementBook()
    for node in range(200):
        book.accept(f"n{node}", [Announcement("k", f"{node} {n}", 100.0) for n in range(2000)], now=0)
    began = time.process_time()
    for _ in range(100):
        book.lookup("k", most=100, now=1)
    assert time.process_time() - began < 1  # all 400,000 values, a hundred times, would take many seconds


async def test_given_what_is_no_announcement_then_the_directory_goes_on(
    directory: Directory, node: Any, join: Join, user: KeyPair, join_service: JoinService, server: EmbeddedServer
) -> None:
    hands = (await join(user)).at(node.public)
    for body in (b"", b"\xc1", encode({"announcements": [["", "", -1]]}), bytes(1000)):
        await directory._heard_announcements(_from(node.public.id, body))
    long_lived = msgspec.msgpack.encode({"announcements": [["k", "v", 1e9]]})
    await directory._heard_announcements(_from(node.public.id, long_lived))
    assert len(directory.announcements) == 0
    assert (await hands.run(LOOK_UP))[0] == b"[]\n"


def _from(node: str, body: bytes) -> Any:
    return Message(subjects.announce(node), body, "")


async def test_given_a_look_up_for_another_then_the_directory_answers_nobody(directory: Directory) -> None:
    me, other = "U" + "A" * 55, "U" + "B" * 55
    await directory._heard_announcements(_from(me, encode(Announced(announcements=[Announcement("k", "v", 10.0)]))))
    body = encode(LookUpValues(key="k"))
    asked = Message(subjects.values(me), body, subjects.inbox(other, "directory", "x.1"))
    assert await directory._answer_values(asked) is None
    mine = await directory._answer_values(Message(subjects.values(me), body, subjects.inbox(me, "directory", "x.1")))
    assert mine is not None
    assert msgspec.msgpack.decode(unpack(mine), type=FoundValues).values == ["v"]
