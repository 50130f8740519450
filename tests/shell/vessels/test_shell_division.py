"""Making several vessels of one, and one of several."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal
from tests.shell.vessels.shell_at import ShellAt, newcomer

from seattle.resources.restrictions import parse_restrictions
from seattle.resources.vector import ResourceVector
from seattle.shell.errors import Incomplete, Unfit
from seattle.shell.identities import Identity
from seattle.testbed import LocalTestbed, Size

PART = "resource cpu 0.01\nresource memory 40000000\nresource diskused 1000000\nresource events 5\n"


@pytest.fixture(scope="module")
def divided(portal: BlockingPortal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalTestbed]:
    """A testbed whose vessels may be split and joined; two nodes, which begin with two vessels each."""
    testbed = LocalTestbed(tmp_path_factory.mktemp("divided") / "testbed", Size(nodes=2, vessels=2))
    with portal.wrap_async_context_manager(testbed):
        yield testbed


@pytest.fixture
def shell(portal: BlockingPortal, divided: LocalTestbed, tmp_path: Path) -> Iterator[ShellAt]:
    """A shell that knows one vessel on each node, %1 and %2, and has chosen both."""
    with ShellAt(portal, divided.profile, name="alice", folder=tmp_path) as before:
        before.do("as alice browse")
        before.do("on %all reset")
        before.do("on %all join")
    with ShellAt(portal, divided.profile, name="alice", folder=tmp_path) as shell:
        shell.do("as alice")
        shell.do("browse")
        shell.do("on %all")
        yield shell


def resources(shell: ShellAt, target: str) -> ResourceVector:
    return parse_restrictions(shell.do(f"on {target} show resources").partition("\n")[2]).vector


def test_given_a_vessel_when_split_then_split2_has_what_was_asked_for_and_split1_the_rest(shell: ShellAt) -> None:
    whole = resources(shell, "%1")
    (old,) = shell.known("%1")
    offcut = parse_restrictions(shell.do("on %1 show offcut").partition("\n")[2]).vector
    told = shell.do(f"on %1 split {shell.file('part.txt', PART)}")
    first, second = told.splitlines()
    assert first.startswith(f"{old.vessel} -> (%3(")
    assert ", %4(" in first
    assert second == "Added group 'split1' with 1 target and 'split2' with 1 target"
    assert resources(shell, "split2") == parse_restrictions(PART).vector
    assert resources(shell, "split1") + resources(shell, "split2") + offcut == whole


def test_given_a_split_vessel_then_it_is_gone_from_all_groups_and_its_number_is_not_given_again(
    shell: ShellAt,
) -> None:
    shell.session.targets.set_group("mine", [one.vessel.place for one in shell.known()])
    shell.do(f"on %1 split {shell.file('part.txt', PART)}")
    assert [one.number for one in shell.known()] == [2, 3, 4]
    assert shell.group("mine") == [str(shell.known("%2")[0].vessel)]


def test_given_a_default_target_that_is_split_then_there_is_none_any_more(shell: ShellAt) -> None:
    shell.do("on %1")
    shell.do(f"split {shell.file('part.txt', PART)}")
    assert "there is no target %1 any more" in shell.notes
    assert shell.session.target_name is None


def test_given_a_file_that_is_no_resource_file_when_splitting_then_file_and_line_are_told(shell: ShellAt) -> None:
    with pytest.raises(Unfit, match=r"bad\.txt.*1"):
        shell.do(f"on %1 split {shell.file('bad.txt', 'cpu all of it')}")


def test_given_a_file_that_is_no_text_or_not_there_when_splitting_then_that_is_told(shell: ShellAt) -> None:
    with pytest.raises(Unfit, match="this is not a text"):
        shell.do(f"on %1 split {binary(shell)}")
    with pytest.raises(Unfit, match="can't be read"):
        shell.do("on %1 split nothing.txt")
    with pytest.raises(Incomplete):
        shell.do("on %1 split")


def binary(shell: ShellAt) -> Path:
    return shell.file("bytes", b"\xff\xfe")


def test_given_too_little_when_splitting_then_the_vessel_stays_and_the_cause_is_told(shell: ShellAt) -> None:
    too_much = "resource cpu 900\nresource memory 20000000\nresource diskused 1000000\n"
    assert shell.do(f"on %1 split {shell.file('much.txt', too_much)}") == ""
    assert "cpu" in shell.notes
    assert [one.number for one in shell.known()] == [1, 2]


def test_given_one_vessel_runs_when_both_are_split_then_splitfail_has_it(shell: ShellAt) -> None:
    shell.do(f"on %2 run {shell.file('infloop.repy', 'while True: sleep(1)')}")
    told = shell.do(f"split {shell.file('part.txt', PART)}")
    assert "'split1' with 1 target, 'split2' with 1 target, and 'splitfail' with 1 target" in told
    assert shell.group("splitfail") == [str(shell.known("%2")[0].vessel)]
    assert shell.notes.startswith("A program is already started there")


def test_given_parts_when_joined_then_nothing_was_lost_and_joingood_has_the_new_vessels(shell: ShellAt) -> None:
    whole = resources(shell, "%1")
    shell.do(f"split {shell.file('part.txt', PART)}")
    old = {one.number: str(one.vessel) for one in shell.known()}
    told = shell.do("join")
    assert f" <- ({old[3]}, {old[4]})" in told or f" <- ({old[4]}, {old[3]})" in told
    assert "Added group 'joingood' with 2 targets" in told
    assert shell.group("joingood") == [str(one.vessel) for one in shell.known()]
    assert [one.number for one in shell.known()] == [7, 8]
    assert resources(shell, "%7") == whole
    assert shell.do("on joingood list").count("Fresh") == 2


def test_given_a_single_vessel_on_each_node_when_joining_then_that_is_told_and_nothing_is_changed(
    shell: ShellAt,
) -> None:
    assert shell.do("join") == "No node has two of these vessels: there is nothing to join.\n"
    assert shell.notes == ""
    assert [one.number for one in shell.known()] == [1, 2]


def test_given_one_node_with_a_single_vessel_when_joining_then_it_is_left_alone(shell: ShellAt) -> None:
    shell.do(f"on %1 split {shell.file('part.txt', PART)}")
    told = shell.do("join")
    assert "Added group 'joingood' with 1 target" in told
    assert shell.notes == ""
    assert [one.number for one in shell.known()] == [2, 5]


def test_given_a_vessel_of_somebody_else_when_joining_then_it_is_skipped_with_a_hint(
    shell: ShellAt, divided: LocalTestbed
) -> None:
    shell.do(f"on %1 split {shell.file('part.txt', PART)}")
    with newcomer(shell.portal, divided, name="bob", folder=shell.folder) as bob:
        shell.session.identities.add(Identity("bob", bob.session.identities.get("bob").public))
        shell.do("on %3 set users alice")
        shell.do("on %3 set owner bob")
        told, notes = shell.do("join"), shell.notes
        bob.session.identities.add(Identity("alice", shell.session.identities.get("alice").public))
        bob.do(f"as bob contact {shell.known('%3')[0].vessel.node}")
        bob.do("on %1 set owner alice")
    shell.do("on %3 set users")
    assert told == ""
    assert notes.startswith("Skipped, since somebody else is their owner")
    assert "Affected vessels: %3(" in notes


def test_given_one_of_three_runs_when_joining_then_what_is_left_is_known_and_nothing_dangles(shell: ShellAt) -> None:
    shell.do(f"on %1 split {shell.file('part.txt', PART)}")
    shell.do(f"on split1 split {shell.file('part.txt', PART)}")
    shell.do(f"on %6 run {shell.file('infloop.repy', 'while True: sleep(1)')}")
    shell.do("join")
    reason, _affected = shell.notes.splitlines()
    assert reason.startswith("A program is already started there")
    before = {str(one.vessel) for one in shell.known()}
    with ShellAt(shell.portal, shell.session.connections.profile, name="alice", folder=shell.folder) as other:
        other.do("as alice browse")
        assert {str(one.vessel) for one in other.known()} == before
