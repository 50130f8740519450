"""Asking many vessels: some of which fail, lie, or never answer."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal
from rich.console import Console
from tests.client.conftest import FakeNode, FakeVessel, World
from tests.shell.vessels.shell_at import ShellAt

from seattle.client import Place, Results, Success, write_profile
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.fabric.authority import Role
from seattle.fabric.errors import RemoteError
from seattle.fabric.node_api import RunOutcome, VesselState
from seattle.identity.keys import KeyPair
from seattle.shell.call import Call
from seattle.shell.command_table import Command
from seattle.shell.folding import folded
from seattle.shell.local_files import beside
from seattle.shell.outcome import Outcome
from seattle.shell.report import ask, tell
from seattle.shell.waiting import APPEARS, LATE, Moved, Waiting


@pytest.fixture
def alice() -> KeyPair:
    return KeyPair.generate()


@pytest.fixture
def nodes(world: World, alice: KeyPair) -> list[FakeNode]:
    """Three nodes with a vessel of alice's each, in the order of their ids."""
    return sorted((world.node(alice, "v1") for _ in range(3)), key=lambda node: node.id)


@pytest.fixture
def shell(
    portal: BlockingPortal, world: World, alice: KeyPair, nodes: list[FakeNode], tmp_path: Path
) -> Iterator[ShellAt]:
    """Alice's shell, which knows those three as %1, %2 and %3, and has chosen them."""
    assert len(nodes) == 3
    credential = world.credential(alice, Role.USER)
    profile = write_profile(tmp_path / "alice", urls=[world.server.url], key=alice, credential=credential)
    with ShellAt(portal, profile, name="alice", folder=tmp_path) as shell:
        shell.do("as alice browse")
        shell.do("on %all")
        yield shell


def test_given_a_node_that_does_not_answer_when_interrupted_then_what_came_is_told_and_grouped(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    nodes[1].hold.add("list_files")
    shell.use_terminal()
    shell.interrupted("show files", after="2 of 3 done")
    assert "Interrupted before an answer came: whether it was done is not known." in shell.notes
    assert "Affected vessels: %2(" in shell.notes
    assert len(shell.group("filesgood")) == 2
    assert len(shell.group("filesfail")) == 1


def test_given_a_node_that_does_not_answer_when_its_time_is_up_then_the_others_have_answered(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    nodes[2].hold.add("stop")
    shell.portal.call(shell.session.connections.wait_at_most, 0.3)
    assert "Added group 'stopgood' with 2 targets and 'stopfail' with 1 target" in shell.do("stop")
    reason, affected = shell.notes.splitlines()
    assert reason.startswith("The connection timed out.")
    assert affected.startswith("Affected vessels: %3(")


def test_given_different_causes_when_told_then_each_is_there_once_with_its_vessels(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    nodes[0].refuse["stop"] = nodes[2].refuse["stop"] = RemoteError("busy", "too much at once")
    nodes[1].refuse["stop"] = RemoteError("not-allowed", "no vessel v1 for you")
    assert shell.do("stop") == ""
    lines = shell.notes.splitlines()
    assert lines[0] == "An error occurred: too much at once"
    assert lines[1].startswith("Affected vessels: %1(")
    assert " and %3(" in lines[1]
    assert lines[2].startswith("This identity lacks the permission.")
    assert lines[3].startswith("Affected vessels: %2(")
    assert len(lines) == 4


def test_given_a_node_whose_words_would_steer_the_terminal_or_fake_lines_when_told_then_they_do_neither(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    nodes[0].refuse["stop"] = RemoteError("odd", "\x1b[2Jno\nAffected vessels: all.\n" + "x" * 100_000)
    shell.do("stop")
    first, second = shell.notes.splitlines()
    assert first.startswith("An error occurred: \\x1b[2Jno Affected vessels: all. xxx")
    assert len(first) < 500
    assert second.startswith("Affected vessels: %1(")


def test_given_a_node_that_would_fake_lines_when_what_it_tells_is_shown_then_each_fact_is_on_one_line(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    nodes[0].notice = "none\nU9/v1\n  its donor says: \x1b[2J" + "x" * 100_000
    told = shell.do("on %1 show info").splitlines()
    assert len(told) == 5
    assert told[-1].startswith("  its donor says: none U9/v1 its donor says: \\x1b[2Jxxx")
    assert len(told[-1]) < 500
    (first,) = shell.known("%1")
    shell.session.targets.told(replace(first.vessel, owner="U1\nU9/v1 joe", users=("U2\nU9/v1 joe",)))
    for command in ("owner", "users"):
        assert len(shell.do(f"on %1 show {command}").splitlines()) == 1
    nodes[0].vessels["v1"].files = {"a\nFiles on 'U9/v1': 'b'": b"", "c d": b"", "e": b""}
    told = shell.do("on %1 show files").splitlines()
    assert len(told) == 1
    assert told[0].endswith(""": '"a\\nFiles on 'U9/v1': 'b'" 'c d' e'""")


def follow_one_that_is_held(shell: ShellAt, node: FakeNode, why: str, *, seen: str) -> None:
    """Follow a program that its donor holds for this reason, until this of it is seen."""
    vessel = node.vessels["v1"]
    vessel.run, vessel.state, vessel.held = 1, VesselState.STARTED, why
    node.patient = False
    doing = shell.begin("on %1 follow")
    shell.portal.call(shell.until, seen)
    shell.stop(doing)


def test_given_a_donor_whose_words_would_fake_lines_when_a_program_is_followed_then_they_are_on_one(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    follow_one_that_is_held(shell, nodes[0], "low\n%2(U9): exited(0)", seen="exited(0)")
    assert shell.notes.splitlines()[0].endswith(": low %2(U9): exited(0)")


def test_given_a_node_that_names_a_vessel_as_none_is_named_when_listed_then_the_others_are(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    nodes[0].vessels["../../etc"] = FakeVessel("../../etc")
    told = shell.do("list")
    assert told.count("Fresh") == 2
    assert "which no vessel is named" in shell.notes
    assert len(shell.group("listfail")) == 1


def test_given_a_node_with_resources_that_can_t_be_when_shown_then_that_is_its_failure(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    assert nodes
    assert shell.do("show resources") == ""
    assert "the node tells of resources that can't be" in shell.notes


def test_given_an_identity_without_a_connection_when_all_are_asked_then_only_its_vessels_fail(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    assert nodes
    (third,) = shell.known("%3")
    shell.session.targets.gone(third.vessel.place)
    shell.session.targets.found(third.vessel, "nobody")
    told = shell.do("stop")
    assert "Added group 'stopgood' with 2 targets and 'stopfail' with 1 target" in told
    assert "there is no identity 'nobody'" in shell.notes


def test_given_an_identity_without_a_connection_when_all_are_followed_then_the_lines_of_the_others_are_shown(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    assert nodes
    program = shell.file("p.py", "say hello\nexit 0")
    shell.do(f"run {program}")
    (third,) = shell.known("%3")
    shell.session.targets.gone(third.vessel.place)
    shell.session.targets.found(third.vessel, "nobody")
    lines = [line for line in shell.do("follow").splitlines() if "|" in line]
    assert sorted(lines) == ["%1 | hello", "%2 | hello"]
    assert shell.outcome is Outcome.DONE_IN_PART
    assert "there is no identity 'nobody'" in shell.notes


def test_given_the_same_short_id_of_two_nodes_when_logs_are_written_then_no_file_is_of_both(shell: ShellAt) -> None:
    first = shell.known("%1")[0].vessel
    twin = first.node[:9] + ("B" if first.node[9] == "A" else "A") + first.node[10:]
    files = beside(Path("log"), [Place(first.node, "v1"), Place(twin, "v1"), Place("U" * 56, "v1")])
    assert len(set(files.values())) == 3
    assert files[Place("U" * 56, "v1")].name == f"log.{'U' * 9}_v1"


def test_given_vessels_that_have_not_answered_when_some_time_has_passed_then_they_are_named() -> None:
    places = [Place("U" * 56, f"v{number}") for number in range(6)]
    waiting = Waiting(Console(file=io.StringIO()), "stopping", {place: f"%{place.vessel}" for place in places})
    waiting.came(places[0], ok=True)
    waiting.came(places[1], ok=False)
    assert waiting.line(after=1.0).endswith("stopping: 2 of 6 done, 1 failed")
    assert waiting.line(after=LATE).endswith("1 failed; still waiting for %v2, %v3, %v4 and 1 more")


def test_given_a_narrow_terminal_when_vessels_are_waited_for_then_the_numbers_are_there_and_the_bar_is_not() -> None:
    place = Place("U" * 56, "v1")
    waiting = Waiting(Console(file=io.StringIO()), "waiting for programs", {place: "%1"})
    assert waiting.line(after=1.0, width=40) == "waiting for programs: 0 of 1 done"
    assert waiting.line(after=1.0, width=60).startswith("╌")


def test_given_large_files_on_the_way_then_it_is_told_how_much_of_them_was_moved(shell: ShellAt) -> None:
    first, second, _ = (one.vessel for one in shell.known())
    moved = Moved()
    waiting = Waiting(Console(file=io.StringIO()), "uploading", {first.place: "%1", second.place: "%2"}, moved)
    assert waiting.line(after=1.0).endswith("0 of 2 done")
    moved.note(first, 1_000_000, 4_000_000)
    moved.note(second, 500_000, 4_000_000)
    assert waiting.line(after=1.0).endswith("0 of 2 done, 1.5 of 8.0 MB")


def test_given_a_terminal_when_an_answer_takes_long_then_there_is_a_line_which_is_gone_at_the_end(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    nodes[1].hold.add("stop")
    shell.use_terminal()
    shell.portal.call(shell.session.connections.wait_at_most, 2 * APPEARS)
    shell.do("stop")
    assert "stopping: 2 of 3 done" in shell.notes
    assert "\x1b[2K" in shell.notes  # the line is wiped


def test_given_no_terminal_when_an_answer_takes_long_then_nothing_is_drawn(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    nodes[1].hold.add("stop")
    shell.portal.call(shell.session.connections.wait_at_most, 2 * APPEARS)
    shell.do("stop")
    assert "of 3 done" not in shell.notes


def test_given_an_empty_target_when_something_is_asked_of_it_then_that_is_told(shell: ShellAt) -> None:
    shell.session.targets.set_group("nobody", [])
    for command in ("stop", "list", "show files"):
        assert shell.do(f"on nobody {command}") == ""
        assert shell.notes.startswith("The target is empty: ")


@pytest.mark.parametrize("command", ["stop", "show info", "wait", "show files", "list"])
def test_given_a_node_that_refuses_all_when_asked_with_others_then_the_line_is_done_in_part(
    shell: ShellAt, nodes: list[FakeNode], command: str
) -> None:
    for method in ("describe", "stop", "list_files"):
        nodes[0].refuse[method] = RemoteError("odd", "no")
    for node in nodes[1:]:
        node.vessels["v1"].run = 1
        node.act(node.vessels["v1"].end, RunOutcome(kind="exited", exit_code=0))
    shell.do(command)
    assert shell.outcome is Outcome.DONE_IN_PART


def test_given_a_mistake_of_the_shell_on_one_vessel_when_asked_then_the_others_are_told_before_it_is(
    shell: ShellAt,
) -> None:
    async def work(group: AsyncVesselGroup) -> Results[None]:
        if group[0].place == shell.known("%2")[0].vessel.place:
            raise ZeroDivisionError
        return await group.stop()

    async def explode(call: Call) -> None:
        tell(call.session, "explode", await ask(call, work))

    shell.session.commands.add([Command("explode", explode, "Fail.")])
    with pytest.raises(ZeroDivisionError):
        shell.do("explode")
    assert "the shell itself has failed: ZeroDivisionError" in shell.notes
    assert len(shell.group("explodegood")) == 2
    assert len(shell.group("explodefail")) == 1


def test_given_an_end_whose_words_are_endless_when_told_then_they_are_cut_and_on_one_line(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    vessel = nodes[0].vessels["v1"]
    vessel.run = 1
    nodes[0].act(vessel.end, RunOutcome(kind="\x1b[2J\nexited" + "x" * 10_000))
    assert all(len(line) < 200 for line in shell.do("on %1 list").splitlines())
    told = shell.do("on %1 wait")
    assert told.startswith("\\x1b[2J exitedxxx")
    assert len(told) < 300


def test_given_a_command_that_asks_twice_when_interrupted_at_the_first_question_then_the_second_is_not_asked(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    nodes[1].hold.add("describe")
    for node in nodes:
        node.vessels["v1"].run = 1
    shell.use_terminal()
    shell.interrupted("wait", after="2 of 3 done")
    assert not any(method == "read_log" for node in nodes for method, _ in node.calls)


def test_given_a_split_that_was_interrupted_when_it_was_done_all_the_same_then_its_parts_are_known(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    nodes[0].hold.add("split")
    shell.use_terminal()
    (first,) = shell.known("%1")
    file = shell.file("part.txt", "resource cpu 0.1\nresource memory 1000\nresource diskused 1000\n")
    doing = shell.begin(f"on %1 split {file}")
    shell.portal.call(nodes[0].holding.wait)
    nodes[0].vessels = {"v2": FakeVessel("v2"), "v3": FakeVessel("v3")}
    shell.stop(doing)
    assert "whether it was done is not known" in shell.notes
    assert [one.vessel.name for one in shell.known() if one.vessel.node == first.vessel.node] == ["v2", "v3"]


def test_given_a_donor_that_holds_back_when_a_program_is_followed_then_the_reason_is_told(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    follow_one_that_is_held(shell, nodes[0], "the battery is low", seen="the battery is low")
    assert "%1(" in shell.notes.splitlines()[0]
    assert "1 of 1 programs run on" in shell.notes


def test_given_a_node_that_does_not_answer_when_browsing_then_its_vessels_stay_and_it_is_told(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    nodes[0].hold.add("describe")
    nodes[1].vessels.clear()
    shell.portal.call(shell.session.connections.wait_at_most, 0.3)
    assert shell.do("as alice browse").startswith("Gone: %2(")
    assert shell.notes.splitlines()[1].startswith(f"Affected nodes: {nodes[0].id[:9]}.")
    assert [one.number for one in shell.known()] == [1, 3]
    assert shell.outcome is Outcome.DONE_IN_PART


def test_given_a_site_that_does_not_answer_when_listed_then_the_vessels_are_shown_all_the_same(
    shell: ShellAt, nodes: list[FakeNode]
) -> None:
    profile = replace(shell.session.connections.profile, site_url="http://127.0.0.1:9")
    with ShellAt(shell.portal, profile, name="alice", folder=shell.folder) as other:
        other.do("as alice browse")
        assert other.do("on %all list").count("Fresh") == len(nodes)
        assert other.notes.startswith("note: until when the vessels are alice's is not known: ")


def test_given_the_same_output_of_many_vessels_when_folded_then_some_are_named_and_the_others_counted() -> None:
    outputs = [Success(Place("U" * 56, f"v{number}"), "same") for number in range(20)]
    ((heading, text),) = folded(outputs, fold=True)
    assert text == "same"
    assert heading.startswith("'UUUUUUUUU/v0', 'UUUUUUUUU/v1'")
    assert heading.endswith("'UUUUUUUUU/v7', and 12 others (20 vessels, the same)")


def test_given_different_outputs_when_folded_then_each_has_its_vessels_in_the_order_of_the_first() -> None:
    a, b, c = (Place("U" * 56, name) for name in ("v1", "v2", "v3"))
    outputs = [Success(a, "x"), Success(b, "y"), Success(c, "x")]
    assert folded(outputs, fold=True) == [
        ("'UUUUUUUUU/v1' and 'UUUUUUUUU/v3' (2 vessels, the same)", "x"),
        ("'UUUUUUUUU/v2'", "y"),
    ]
