"""Targets and groups: what there is, and what is moved between groups."""

import pytest
from tests.shell.offline import OfflineShell

from seattle.client import Place, Vessel


@pytest.fixture
def shell() -> OfflineShell:
    shell = OfflineShell()
    shell.finds(4)
    return shell


def test_given_vessels_when_added_to_a_new_group_then_it_is_made_in_their_order(shell: OfflineShell) -> None:
    shell.do("add %3 to LAN", "add %1 to LAN", "add %3 to lan")
    assert (shell.group("LAN"), shell.group("lan")) == ([3, 1], [3])


def test_given_a_default_target_when_a_vessel_is_added_without_a_group_then_it_is_added_there(
    shell: OfflineShell,
) -> None:
    shell.do("add %1 to LAN", "on LAN", "add %2")
    assert shell.group("LAN") == [1, 2]


def test_given_a_default_target_when_it_is_added_to_a_group_then_its_vessels_are(shell: OfflineShell) -> None:
    shell.do("on %all add to LAN")
    assert shell.group("LAN") == [1, 2, 3, 4]


@pytest.mark.parametrize("line", ["add %1", "add to LAN", "remove %1", "remove from LAN", "move %1 to LAN"])
def test_given_no_default_target_when_one_is_meant_then_it_is_said_how_to_choose_one(
    shell: OfflineShell, line: str
) -> None:
    shell.do("add %2 to LAN")
    assert shell.refusal(line)[0] == "this command needs a target"


@pytest.mark.parametrize("line", ["add", "remove", "add to", "move %1", "move %1 to"])
def test_given_a_command_of_groups_that_lacks_something_then_it_is_told(shell: OfflineShell, line: str) -> None:
    assert "goes on with" in shell.refusal(line)[0]


@pytest.mark.parametrize("name", ["%5", "%all", "a/b", "'a b'", "''"])
def test_given_a_name_that_no_group_can_have_when_added_to_it_then_it_is_refused(
    shell: OfflineShell, name: str
) -> None:
    assert "can't be the name of a group" in shell.refusal(f"add %1 to {name}")[0]


def test_given_all_are_there_when_added_again_then_there_is_nothing_to_add(shell: OfflineShell) -> None:
    shell.do("add %1 to LAN")
    assert shell.refusal("add %1 to LAN")[0] == "nothing to add: all of these are in 'LAN' already"


def test_given_a_group_when_all_is_removed_then_it_stays(shell: OfflineShell) -> None:
    shell.do("add %1 to LAN", "remove %1 from LAN")
    assert "LAN   (empty)" in shell.do("show groups")


def test_given_a_group_as_default_when_a_vessel_is_removed_then_it_is_from_there(shell: OfflineShell) -> None:
    shell.do("add %all to LAN", "on LAN", "remove %2")
    assert shell.group("LAN") == [1, 3, 4]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("remove %2 from LAN", "nothing to remove: none of these is in 'LAN'"),
        ("remove %1 from WAN", "there is no target 'WAN'"),
        ("remove %9 from LAN", "there is no target '%9'"),
        ("remove %1 from %all", "'%all' can't be the name of a group"),
        ("on LAN move %2 to spare", "nothing to move: none of '%2' is in 'LAN'"),
        ("on LAN move %1 to WAN", "there is no target 'WAN'"),
        ("on LAN move %1 to LAN", "'LAN' is where they are to be moved from, too"),
    ],
)
def test_given_what_can_not_be_done_with_a_group_then_the_reason_is_told(
    shell: OfflineShell, line: str, why: str
) -> None:
    shell.do("add %1 to LAN", "add %1 to spare", "remove %1 from spare")
    assert shell.refusal(line)[0] == why


def test_given_a_group_as_default_when_a_vessel_is_moved_then_it_leaves_it(shell: OfflineShell) -> None:
    shell.do("add %all to LAN", "add %4 to spare", "on LAN move %2 to spare")
    assert (shell.group("LAN"), shell.group("spare")) == ([1, 3, 4], [4, 2])


def test_given_a_number_as_default_when_moving_out_of_it_then_it_is_refused_and_stays(shell: OfflineShell) -> None:
    shell.do("add %4 to spare")
    assert "can't be the name of a group" in shell.refusal("on %1 move %1 to spare")[0]
    assert shell.group("%1") == [1]


def test_given_a_vessel_that_is_gone_then_it_is_in_no_group_and_its_number_is_never_given_again(
    shell: OfflineShell,
) -> None:
    shell.do("add %all to LAN")
    (gone,) = shell.session.targets.resolve("%4")
    shell.session.targets.gone(gone.vessel.place)
    shell.finds(1)
    assert (shell.group("LAN"), shell.group("%all")) == ([1, 2, 3], [1, 2, 3, 5])


def test_given_a_known_vessel_when_it_is_found_again_then_it_is_no_new_one(shell: OfflineShell) -> None:
    (known,) = shell.session.targets.resolve("%1")
    assert shell.session.targets.found(known.vessel, "ann") is None
    assert shell.group("%all") == [1, 2, 3, 4]


def test_given_groups_when_targets_are_shown_then_numbers_are_too_and_among_groups_they_are_not(
    shell: OfflineShell,
) -> None:
    shell.do("add %1 to LAN")
    targets, groups = shell.do("show targets"), shell.do("show groups")
    names = ["%all", "LAN", "%1", "%2", "%3", "%4"]
    assert [line.split()[0] for line in targets.splitlines()] == names
    assert [line.split()[0] for line in groups.splitlines()] == names[:2]


def test_given_no_vessels_when_groups_are_shown_then_all_is_there_and_empty() -> None:
    assert OfflineShell().do("show groups") == "%all  (empty)\n"


def test_given_a_long_name_cut_short_then_it_means_the_vessel(shell: OfflineShell) -> None:
    (known,) = shell.session.targets.resolve("%2")
    place = known.vessel.place
    shell.do(f"add {place.node[:20]}/{place.vessel} to LAN")
    assert shell.group("LAN") == [2]


def test_given_a_name_that_several_vessels_have_then_more_is_asked_for() -> None:
    shell = OfflineShell()
    (place,) = shell.finds(1)
    shell.session.targets.found(Vessel(place=Place(place.node, "v2")), "joe")
    assert shell.refusal(f"on {place.node}/ show groups")[1] == "type more"
