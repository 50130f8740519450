"""Vessels of several nodes, asked through the face without `async`."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import seattle
from seattle.client import Failure, Patience, Success, Testbed, Verdict, went_well
from seattle.client.aio import log_reader
from seattle.client.background import Background
from seattle.client.errors import (
    NoSuchProgram,
    NoSuchVessel,
    ProfileUnusable,
    TestbedClosed,
    TestbedUnreachable,
    VesselsFailed,
)
from seattle.client.profile import Profile, write_profile
from seattle.fabric.authority import Role
from seattle.fabric.errors import RemoteError
from seattle.fabric.node_api import RunOutcome, VesselState
from seattle.identity.errors import PassphraseNeeded
from seattle.identity.files import save_key_pair
from seattle.identity.keys import KeyPair

World = Any  # of conftest.py, which tests don't import
Write = Callable[..., Path]

QUICK = Patience(call=5.0, poll=5.0, pauses=(0.01, 0.01))
HASTY = Patience(connect=5.0, call=0.2, poll=0.2, pauses=(0.01, 0.01))
REFUSED = RemoteError("over-quota", "the vessel's disk is full")


@pytest.fixture
def testbed(profile: Profile) -> Iterator[Testbed]:
    with seattle.connect(profile, patience=QUICK) as testbed:
        yield testbed


@pytest.fixture
def program(tmp_path: Path) -> Write:
    def write(text: str, name: str = "hello.py") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_given_vessels_on_two_nodes_when_browsing_then_all_are_found_in_order(
    world: World, alice: KeyPair, testbed: Testbed
) -> None:
    nodes = [world.node(alice, "v1", "v2"), world.node(alice, "v1")]
    found = testbed.browse()
    expected = sorted((node.id, name) for node in nodes for name in node.vessels)
    assert [(vessel.node, vessel.name) for vessel in found] == expected
    assert found[0].owner == alice.id
    assert found[0].addresses == ("127.0.0.1",)
    assert found[0].tcp_ports == (63100,)
    assert found[0].state is VesselState.FRESH
    assert not found.unreachable


def test_given_other_peoples_vessels_when_browsing_then_they_are_not_found(world: World, testbed: Testbed) -> None:
    world.node(KeyPair.generate(), "v1")
    assert len(testbed.browse()) == 0


def test_given_a_dead_and_a_refusing_node_when_browsing_then_they_are_data_and_the_others_are_found(
    world: World, alice: KeyPair, testbed: Testbed
) -> None:
    good = world.node(alice, "v1")
    dead = world.node(alice, "v1", serving=False)
    refusing = world.node(alice, "v1")
    refusing.refuse["get_vessels"] = RemoteError("busy", "too much at once")
    found = testbed.browse()
    assert [vessel.node for vessel in found] == [good.id]
    assert {one.vessel.node: one.code for one in found.unreachable} == {dead.id: "nobody-there", refusing.id: "busy"}


def test_given_a_node_that_took_our_vessel_back_after_its_advert_when_browsing_then_none_is_there_and_no_failure(
    world: World, alice: KeyPair, testbed: Testbed
) -> None:
    kept, taken_back = world.node(alice, "v1"), world.node(alice, "v1")
    taken_back.owner = KeyPair.generate().id
    found = testbed.browse()
    assert [vessel.node for vessel in found] == [kept.id]
    assert not found.unreachable


def test_given_a_node_that_never_answers_when_browsing_then_the_others_are_found_all_the_same(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    good, mute = world.node(alice, "v1"), world.node(alice, "v1")
    mute.hold.add("get_vessels")
    with seattle.connect(profile, patience=HASTY) as testbed:
        found = testbed.browse()
    assert [vessel.node for vessel in found] == [good.id]
    assert [one.code for one in found.unreachable] == ["no-answer"]


def test_given_a_testbed_then_its_nodes_can_be_listed(world: World, alice: KeyPair, testbed: Testbed) -> None:
    node = world.node(alice, "v1")
    assert node.id in [one.id for one in testbed.nodes()]
    assert [one.id for one in testbed.nodes(mine=True)] == [node.id]


def test_given_a_group_then_slices_filters_and_patterns_give_groups(
    world: World, alice: KeyPair, testbed: Testbed
) -> None:
    node = world.node(alice, "v1", "v2", "v3")
    found = testbed.browse()
    assert [vessel.name for vessel in found[1:]] == ["v2", "v3"]
    assert [vessel.name for vessel in found.filter(lambda vessel: vessel.name != "v2")] == ["v1", "v3"]
    assert [vessel.name for vessel in found.on(f"{node.id[:8]}/v2", "/v3")] == ["v2", "v3"]
    with pytest.raises(NoSuchVessel, match="v9"):
        found.on("/v9")


def test_given_a_file_when_uploaded_to_many_then_each_result_is_in_the_order_of_the_vessels(
    world: World, alice: KeyPair, testbed: Testbed, program: Write
) -> None:
    good, refusing, slow = (world.node(alice, "v1") for _ in range(3))
    found = testbed.browse()
    refusing.refuse["add_file"] = REFUSED
    results = found.upload(program("exit 0"))
    assert [one.vessel for one in results] == [vessel.place for vessel in found]
    assert {one.vessel.node for one in results.ok} == {good.id, slow.id}
    assert [(one.vessel.node, one.code, one.message) for one in results.failed] == [
        (refusing.id, "over-quota", "the vessel's disk is full")
    ]
    assert good.vessels["v1"].files == {"hello.py": b"exit 0"}
    with pytest.raises(VesselsFailed, match="1 of 3 failed"):
        results.raise_for_failures()


def test_given_a_text_where_bytes_are_expected_when_put_then_the_error_says_what_to_give(
    world: World, alice: KeyPair, testbed: Testbed
) -> None:
    world.node(alice, "v1")
    vessels = testbed.browse()
    with pytest.raises(TypeError, match=r"bytes, not str: put\(text.encode\(\), name\), or upload\(path, name\)"):
        vessels.put("text", "a.txt")  # type: ignore[arg-type]  # that is the mistake
    assert vessels.put(b"abc", "a.txt").values == (3,)


def test_given_a_text_where_filters_are_expected_when_acquiring_then_the_error_shows_some(testbed: Testbed) -> None:
    with pytest.raises(TypeError, match=r"where is a dict of filters, such as \{'countries': "):
        testbed.acquire(1, where="DE")  # type: ignore[arg-type]  # that is the mistake


def test_given_a_lost_answer_and_a_part_already_there_when_uploading_then_it_goes_on_where_it_was(
    world: World, alice: KeyPair, profile: Profile, tmp_path: Path
) -> None:
    node = world.node(alice, "v1")
    content = bytes(range(256)) * 4096  # two chunks
    path = tmp_path / "data.bin"
    path.write_bytes(content)
    vessel = node.vessels["v1"]
    node.act(vessel.parts.__setitem__, hashlib.sha256(content).hexdigest(), bytearray(content[:400_000]))
    node.lose["add_file"] = 2
    seen: list[int] = []
    patience = Patience(call=0.5, poll=0.5)
    with seattle.connect(profile, patience=patience) as testbed:
        results = testbed.browse().upload(path, "data", progress=lambda vessel, moved, total: seen.append(moved))
    assert results.raise_for_failures().values == (len(content),)
    assert vessel.files["data"] == content
    assert seen[0] == 400_000
    assert seen[-1] == len(content)


def test_given_a_file_in_vessels_when_downloaded_then_each_has_its_own_file_here(
    world: World, alice: KeyPair, testbed: Testbed, tmp_path: Path
) -> None:
    node = world.node(alice, "v1", "v2", "v3")
    for name in ("v1", "v2"):
        node.vessels[name].files["out.txt"] = name.encode()
    results = testbed.browse().download("out.txt", tmp_path / "got")
    assert [path.read_bytes() for path in results.values] == [b"v1", b"v2"]
    assert [path.name for path in results.values] == [f"{node.id}_{name}_out.txt" for name in ("v1", "v2")]
    assert [one.code for one in results.failed] == ["no-such-file"]
    assert sorted((tmp_path / "got").iterdir()) == sorted(results.values)  # nothing half done is left


def test_given_files_then_they_can_be_listed_and_deleted(world: World, alice: KeyPair, testbed: Testbed) -> None:
    world.node(alice, "v1")
    found = testbed.browse()
    found.put(b"x", "a").raise_for_failures()
    found.put(b"yz", "b").raise_for_failures()
    assert [(one.name, one.size) for one in found.list().values[0]] == [("a", 1), ("b", 2)]
    found.delete("a").raise_for_failures()
    assert [one.name for one in found.list().values[0]] == ["b"]
    assert [one.code for one in found.delete("a").failed] == ["no-such-file"]


def test_given_a_program_when_run_with_arguments_by_vessel_then_each_gets_its_own(
    world: World, alice: KeyPair, testbed: Testbed, program: Write
) -> None:
    node = world.node(alice, "v1", "v2")
    run = testbed.browse().run(program("say {0} on {name}\nexit 0"), lambda vessel: [f"hi-{vessel.name}"])
    assert sorted(line.text for line in run.follow()) == ["hi-v1 on v1", "hi-v2 on v2"]
    assert node.vessels["v2"].arguments == ["hi-v2"]
    assert all(went_well(end) for end in run.outcomes.values())


def test_given_a_path_without_a_file_then_nothing_is_started(
    world: World, alice: KeyPair, testbed: Testbed, tmp_path: Path
) -> None:
    world.node(alice, "v1")
    with pytest.raises(NoSuchProgram, match=r"missing\.py"):
        testbed.browse().run(tmp_path / "missing.py")


def test_given_a_name_that_is_no_file_here_then_the_vessels_own_file_is_run(
    world: World, alice: KeyPair, testbed: Testbed
) -> None:
    world.node(alice, "v1").vessels["v1"].files["there.py"] = b"say from there\nexit 0"
    run = testbed.browse().run("there.py")
    assert [line.text for line in run.follow()] == ["from there"]


def test_given_one_bad_vessel_among_three_when_run_then_the_others_end_well_and_it_is_told(
    world: World, alice: KeyPair, testbed: Testbed, program: Write
) -> None:
    good = [world.node(alice, "v1"), world.node(alice, "v1")]
    bad = world.node(alice, "v1")
    found = testbed.browse()
    bad.refuse["start"] = RemoteError("not-started", "the walls don't stand")
    run = found.run(program("say x\nexit 0"))
    assert len(list(run.follow())) == 2
    ends = run.wait()
    assert [one.vessel for one in ends] == [vessel.place for vessel in found]
    assert {one.vessel.node for one in ends.ok} == {node.id for node in good}
    assert [(one.vessel.node, one.code) for one in ends.failed] == [(bad.id, "not-started")]
    assert Verdict.of(went_well(end) for end in run.outcomes.values()) is Verdict.PART


def test_given_a_program_that_goes_on_when_the_wait_is_over_then_it_counts_as_failed_until_it_ends(
    world: World, alice: KeyPair, testbed: Testbed, program: Write
) -> None:
    node = world.node(alice, "v1")
    run = testbed.browse().run(program("say started"))
    assert [one.code for one in run.wait(timeout=0.05).failed] == ["timed-out"]
    assert not run.outcomes
    node.act(node.vessels["v1"].end, RunOutcome(kind="exited", detail="0", exit_code=0))
    assert [one.kind for one in run.wait().values] == ["exited"]


def test_given_a_running_program_when_stopped_then_its_outcome_says_so(
    world: World, alice: KeyPair, testbed: Testbed, program: Write
) -> None:
    world.node(alice, "v1")
    run = testbed.browse().run(program("say started"))
    run.stop().raise_for_failures()
    assert [one.kind for one in run.wait().values] == ["stopped"]


def test_given_vessels_then_they_can_be_stopped_asked_for_logs_and_resources_and_reset(
    world: World, alice: KeyPair, testbed: Testbed, program: Write
) -> None:
    node = world.node(alice, "v1")
    found = testbed.browse()
    found.run(program("say one\nsay two"))
    assert found.logs().values == (b"one\ntwo\n",)
    assert found.resources().values[0].limits == {"memory": 1e8}
    found.stop().raise_for_failures()
    assert testbed.browse()[0].state is VesselState.STOPPED
    found.reset().raise_for_failures()
    assert node.vessels["v1"].files == {}


def test_given_a_closed_testbed_then_it_says_so_and_closing_again_is_harmless(profile: Profile) -> None:
    testbed = seattle.connect(profile)
    testbed.close()
    testbed.close()
    with pytest.raises(TestbedClosed):
        testbed.browse()


def test_given_a_closed_testbed_then_its_thread_is_gone(profile: Profile) -> None:
    before = threading.active_count()
    seattle.connect(profile).close()
    assert threading.active_count() == before


def test_given_nobody_at_the_address_then_the_error_names_it_and_gives_a_hint(
    world: World, alice: KeyPair, tmp_path: Path
) -> None:
    profile = write_profile(
        tmp_path / "p", urls=["nats://127.0.0.1:1"], key=alice, credential=world.credential(alice, Role.USER)
    )
    with pytest.raises(TestbedUnreachable, match=r"127\.0\.0\.1:1") as unreachable:
        seattle.connect(profile, patience=Patience(connect=0.3))
    assert "seattle up" in unreachable.value.hint


def test_given_anothers_credential_then_the_error_says_that_a_fresh_one_is_needed(
    world: World, alice: KeyPair, tmp_path: Path
) -> None:
    other = world.credential(KeyPair.generate(), Role.USER)
    profile = write_profile(tmp_path / "p", urls=[world.server.url], key=alice, credential=other)
    for _ in range(5):  # the broker hangs up right after its refusal, and now and then the refusal itself is lost
        with pytest.raises(TestbedUnreachable) as refused:
            seattle.connect(profile, patience=Patience(connect=0.3))
        if "reset" not in str(refused.value):
            break
    assert "does not let us in" in str(refused.value)
    assert "fresh credential" in refused.value.hint


def test_given_a_protected_key_then_its_passphrase_is_asked_for(profile: Profile, alice: KeyPair) -> None:
    save_key_pair(profile.key_file, alice, b"secret", replace=True)
    with seattle.connect(profile, passphrase=lambda: b"secret") as testbed:
        assert testbed.key == alice.public
    with pytest.raises(PassphraseNeeded):
        seattle.connect(profile)


def test_given_work_that_would_wait_for_itself_then_it_is_refused() -> None:
    background = Background("test")

    async def nothing() -> None:
        pass

    async def waits_for_itself() -> None:
        background.run(nothing())

    try:
        with pytest.raises(RuntimeError, match="wait for itself"):
            background.run(waits_for_itself())
    finally:
        background.close()


def test_given_a_profile_without_its_credential_then_the_error_names_the_file(profile: Profile) -> None:
    profile.credential_file.unlink()
    with pytest.raises(ProfileUnusable, match=r"credential\.jwt"):
        seattle.connect(profile)


def test_given_a_failure_then_it_shows_where_in_few_letters(world: World, alice: KeyPair, testbed: Testbed) -> None:
    dead = world.node(alice, "v1", serving=False)
    (failure,) = testbed.browse().unreachable
    assert isinstance(failure, Failure)
    assert str(failure.vessel) == dead.id[:9]
    assert failure.message == "the node is offline"


def test_given_a_file_when_its_beginning_is_read_then_it_is_that_and_the_size_of_all(
    world: World, alice: KeyPair, testbed: Testbed
) -> None:
    node = world.node(alice, "v1")
    node.vessels["v1"].files["data"] = b"0123456789"
    (beginning,) = testbed.browse().head("data", 4).values
    assert (beginning.data, beginning.total_size) == (b"0123", 10)


def test_given_a_log_larger_than_any_node_keeps_when_read_then_that_is_its_failure(
    world: World, alice: KeyPair, testbed: Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = world.node(alice, "v1", "v2")
    node.vessels["v1"].log += bytes(600_000)
    node.vessels["v2"].log += b"ok"
    monkeypatch.setattr(log_reader, "MAX_KEPT", 100_000)
    endless, ok = testbed.browse().logs()
    assert isinstance(endless, Failure)
    assert endless.code == "bad-reply"
    assert isinstance(ok, Success)
