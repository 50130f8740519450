"""Owners and their vessels, through both faces of the client, on real nodes."""

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.client.real_nodes import BOUND, browse_all, two_nodes

import seattle
from seattle.client import Failure, Parts, Testbed, Vessel, VesselGroup
from seattle.client.aio.testbed import connect as connect_async
from seattle.fabric.errors import NobodyThere
from seattle.fabric.node_api import VesselState
from seattle.identity.errors import InvalidKey
from seattle.identity.keys import KeyPair

SMALL = {"cpu": 0.01, "memory": 40_000_000, "diskused": 1_000_000, "events": 5, "filesopened": 5, "lograte": 1000}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The profile of a testbed of two nodes with a vessel each."""
    with two_nodes(tmp_path / "testbed", vessels=1) as profile:
        yield profile


@pytest.fixture
def testbed(folder: Path) -> Iterator[Testbed]:
    with seattle.connect(folder) as testbed:
        yield testbed


@pytest.fixture
def vessels(testbed: Testbed) -> VesselGroup:
    """Both."""
    return browse_all(testbed, 2)


def names(group: VesselGroup) -> list[str]:
    return [vessel.name for vessel in group]


def test_given_vessels_when_they_are_split_then_the_parts_are_a_group_and_joined_they_are_what_was(
    testbed: Testbed, vessels: VesselGroup
) -> None:
    port = vessels[0].tcp_ports[0]
    before = [one.limits for one in vessels.resources().values]
    results = vessels[:1].split({**SMALL, "connport": [port]}).raise_for_failures()
    (parts,) = results.values
    assert isinstance(parts, Parts)
    assert (parts.rest.name, parts.part.name, parts.part.tcp_ports) == ("v2", "v3", (port,))
    divided = vessels.of([parts.rest, parts.part])
    assert divided.resources().values[1].limits["memory"] == 40_000_000
    told = {vessel.name: vessel for vessel in testbed.browse().on(vessels[0].node)}
    assert {name: replace(one, users=()) for name, one in told.items()} == {
        one.name: replace(one, users=()) for one in divided
    }
    joined = divided.join().raise_for_failures().values
    assert [vessel.name for vessel in joined] == ["v4"]
    assert vessels.of(joined).resources().values[0].limits == before[0]


def test_given_a_group_over_nodes_when_it_is_joined_then_each_node_has_one_vessel(vessels: VesselGroup) -> None:
    results = vessels.split(SMALL).raise_for_failures()
    divided = vessels.of([one for parts in results.values for one in (parts.rest, parts.part)])
    joined = divided.join()
    assert [one.name for one in joined.values] == ["v4", "v4"]
    assert {one.node for one in joined.values} == {vessel.node for vessel in vessels}


def test_given_a_vessel_too_small_when_it_is_split_then_the_failure_names_the_resource(vessels: VesselGroup) -> None:
    failed = vessels.split({**SMALL, "memory": 10**12}).failed
    assert [(one.code, "memory" in one.message) for one in failed] == [("proposal-too-large", True)] * 2


def test_given_an_owner_when_it_changes_users_words_and_advertising_then_browsing_tells_them(
    testbed: Testbed, vessels: VesselGroup
) -> None:
    guest = KeyPair.generate()
    vessels.set_users([guest.public]).raise_for_failures()
    vessels.set_owner_information("web, port 80").raise_for_failures()
    watched = vessels.watch()
    next(watched)
    told = list(testbed.browse())
    assert [(one.users, one.owner_information, one.advertise) for one in told] == [
        ((guest.id,), "web, port 80", True)
    ] * 2
    vessels[:1].set_advertise(advertise=False).raise_for_failures()
    for news in watched:
        assert isinstance(news, Vessel)
        if not news.advertise:
            break
    with pytest.raises(InvalidKey):
        vessels.set_users(["nobody"])


def test_given_a_vessel_that_is_given_away_when_it_is_watched_then_the_last_news_is_that_it_is_not_ours_any_more(
    vessels: VesselGroup,
) -> None:
    vessels[:1].set_owner_information("for sale").raise_for_failures()
    watched = vessels[:1].watch()
    next(watched)  # the words
    vessels[:1].set_owner(KeyPair.generate().public).raise_for_failures()
    (last,) = watched
    assert isinstance(last, Failure)
    assert (last.vessel, last.code) == (vessels[0].place, "no-such-vessel")
    assert vessels[:1].stop().failed[0].code == "not-allowed"


def test_given_vessels_that_are_watched_when_programs_start_and_end_then_each_change_comes(
    vessels: VesselGroup, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text("print('hello')\n")
    ended: list[str] = []
    watched = vessels.watch()
    starter = threading.Thread(target=lambda: vessels.run(program))
    starter.start()
    for news in watched:
        assert isinstance(news, Vessel)
        if news.state is VesselState.TERMINATED:
            assert news.outcome is not None
            ended.append(str(news))
        if len(ended) == 2:
            break
    starter.join(BOUND)
    assert sorted(ended) == sorted(map(str, vessels))


def test_given_a_run_when_the_vessels_have_begun_another_then_its_lines_and_outcomes_can_still_be_had(
    testbed: Testbed, vessels: VesselGroup, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text("print(callargs[0])\nexitall()\n")
    vessels.run(program, "first").wait(BOUND).raise_for_failures()
    late = testbed.browse().attach()
    program.write_text("print(callargs[0])\nsleep(60)\n")
    second = vessels.run(program, "second")
    late.stop().raise_for_failures()  # what it would stop is over: what runs now runs on
    assert [line.text for line in late.follow()] == ["first"] * 2
    assert [one.kind for one in late.wait().values] == ["exited"] * 2
    second.stop().raise_for_failures()
    assert [one.kind for one in second.wait(BOUND).values] == ["stopped"] * 2
    assert next(iter(second.follow())).text == "second"


def test_given_files_when_they_are_listed_with_digests_then_each_tells_its_own(vessels: VesselGroup) -> None:
    vessels.put(b"hello", "data").raise_for_failures()
    digest = hashlib.sha256(b"hello").hexdigest()
    for entry in (vessels.list(digests=True).values[0][0], vessels.stat("data").values[0]):
        assert (entry.name, entry.size, entry.digest) == ("data", 5, digest)
    assert vessels.stat("none").failed[0].code == "no-such-file"


def test_given_a_node_when_it_is_asked_about_itself_then_it_tells_its_walls_and_what_a_vessel_costs(
    testbed: Testbed, vessels: VesselGroup
) -> None:
    described = testbed.describe(vessels[0].node)
    assert (described.node, [one.name for one in described.vessels]) == (vessels[0].node, ["v1"])
    assert {wall.name for wall in described.walls} >= {"seccomp"}
    assert vessels.offcut_resources().values[0]["memory"] == 1_000_000
    with pytest.raises(NobodyThere):
        testbed.describe(KeyPair.generate().id)


@pytest.mark.anyio
async def test_given_the_async_face_when_a_vessel_is_split_then_its_watcher_tells_that_it_is_gone(folder: Path) -> None:
    async with connect_async(folder) as testbed, asyncio.timeout(BOUND):
        while len(vessels := await testbed.browse()) < 2:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
        async with vessels[:1].watch() as watcher:
            (await vessels[:1].split(SMALL)).raise_for_failures()
            last = [news async for news in watcher][-1]
        assert isinstance(last, Failure)
        assert "no more" in last.message
