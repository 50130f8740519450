"""Finding vessels: browse, contact, update, list."""

import re

import pytest
from tests.shell.vessels.shell_at import ShellAt

from seattle.client.errors import NoSuchVessel
from seattle.identity.keys import KeyPair
from seattle.shell.errors import NotUnderstood, Unfit


def test_given_vessels_when_browsing_then_all_are_added_with_numbers_and_a_group(fresh: ShellAt) -> None:
    told = fresh.do("browse")
    assert re.match(r"Added targets: %1\(U\w{8}/v\d+\), %2\(.*\), %6\(U\w{8}/v\d+\)\n", told)
    assert "Added group 'browsegood' with 6 targets\n" in told
    assert len(fresh.group("browsegood")) == 6


def test_given_known_vessels_when_browsing_again_then_none_is_new_and_the_group_is_empty(shell: ShellAt) -> None:
    assert shell.do("browse") == "No new targets could be added.\n"
    assert shell.group("browsegood") == []
    assert len(shell.known()) == 6


def test_given_a_service_of_the_reference_when_browsing_by_it_then_it_is_refused(fresh: ShellAt) -> None:
    with pytest.raises(NotUnderstood, match="nothing follows `browse`"):
        fresh.do("browse DHT")


def test_given_a_node_when_contacted_then_its_vessels_are_added_and_there_is_no_group(
    fresh: ShellAt, node_ids: list[str]
) -> None:
    assert fresh.do(f"contact {node_ids[0]}").startswith("Added targets: %1(")
    assert {one.vessel.node for one in fresh.known()} == {node_ids[0]}
    assert len(fresh.known()) == 2
    assert fresh.session.targets.groups == {}


def test_given_a_vessel_when_contacted_twice_then_it_is_known_once(fresh: ShellAt, node_ids: list[str]) -> None:
    fresh.do(f"contact {node_ids[0]}")
    name = str(fresh.known()[1].vessel)
    assert fresh.do(f"contact {name}") == "No new targets could be added.\n"
    assert [one.number for one in fresh.known()] == [1, 2]


def test_given_a_short_id_of_a_listed_node_when_one_vessel_is_contacted_then_only_that_is_added(
    fresh: ShellAt, node_ids: list[str]
) -> None:
    fresh.do(f"contact {node_ids[1]}")
    name = fresh.known()[0].vessel.name
    other = ShellAt(fresh.portal, fresh.session.connections.profile, name="alice", folder=fresh.folder)
    with other:
        other.do(f"as alice contact {node_ids[1][:9]}/{name}")
        assert [one.vessel.name for one in other.known()] == [name]


def test_given_a_vessel_that_is_not_there_when_contacted_then_it_is_told(fresh: ShellAt, node_ids: list[str]) -> None:
    with pytest.raises(NoSuchVessel, match="v999 can't be used by 'alice'"):
        fresh.do(f"contact {node_ids[0]}/v999")


@pytest.mark.parametrize("written", ["/", "U/", "/v1", "UZZZZZZZZZ"])
def test_given_what_is_no_node_when_contacted_then_the_shape_is_told(fresh: ShellAt, written: str) -> None:
    with pytest.raises(Unfit):
        fresh.do(f"contact {written}")


def test_given_a_node_that_is_offline_when_contacted_then_it_is_an_error_of_one_line(fresh: ShellAt) -> None:
    with pytest.raises(Exception, match="nobody answers") as raised:
        fresh.do(f"contact {KeyPair.generate().id}")
    assert "\n" not in str(raised.value)


def test_given_fresh_vessels_when_listed_then_each_is_a_row_and_there_is_no_group(shell: ShellAt) -> None:
    told = shell.do("list")
    assert told.split()[:3] == ["ID", "Own", "Name"]
    assert [line.split()[:4] for line in told.splitlines() if "%" in line] == [
        [f"%{one.number}", "*", str(one.vessel), "Fresh"] for one in shell.known()
    ]
    assert "Added group" not in told


def test_given_different_states_when_listed_then_there_is_a_group_for_each(shell: ShellAt) -> None:
    program = shell.file("infloop.repy", "while True:\n    sleep(1)\n")
    shell.do(f"on %1 run {program}")
    told = shell.do("list")
    assert "'listStarted' with 1 target" in told
    assert "'listFresh' with 5 targets" in told
    assert shell.group("listStarted") == [str(shell.known("%1")[0].vessel)]


def test_given_an_ended_run_when_listed_then_how_it_ended_is_there(shell: ShellAt) -> None:
    shell.do(f"on %1 run {shell.file('fail.repy', 'print(1 / 0)')}")
    shell.do("on %1 wait")
    assert "ZeroDivisionError" in shell.do("on %1 list")


def test_given_a_vessel_that_is_no_more_when_listed_then_it_is_in_listfail_and_the_others_in_listgood(
    shell: ShellAt,
) -> None:
    gone = shell.pretend("v999")
    told = shell.do("list")
    assert "it is no more, or no longer ours" in shell.notes
    assert "Affected vessels: %7(" in shell.notes
    assert "Added group 'listgood' with 6 targets and 'listfail' with 1 target" in told
    assert shell.group("listfail") == [gone]


def test_given_nothing_new_when_updated_then_nothing_is_said(shell: ShellAt) -> None:
    assert shell.do("update") == ""
    assert shell.notes == ""


def test_given_a_vessel_that_is_no_more_when_browsing_then_it_is_forgotten_in_all_groups(shell: ShellAt) -> None:
    gone = shell.pretend("v999")
    shell.session.targets.set_group("mine", [one.vessel.place for one in shell.known()])
    assert shell.do("browse") == f"Gone: %7({gone})\nNo new targets could be added.\n"
    assert gone not in shell.group("mine")
    assert len(shell.known()) == 6
