"""What owners decide: users, owner, words, and whether a vessel is advertised."""

import time
from collections.abc import Iterator

import pytest
from anyio.from_thread import BlockingPortal
from tests.shell.vessels.shell_at import BOUND, ShellAt

from seattle.shell.errors import Incomplete, NoSuchIdentity, Unfit
from seattle.shell.identities import Identity


@pytest.fixture
def both(shell: ShellAt, bob: ShellAt) -> Iterator[ShellAt]:
    """Alice's shell, which knows bob's public key. What it does to users and words is undone."""
    shell.session.identities.add(Identity("bob", bob.session.identities.get("bob").public))
    yield shell
    shell.do("on %all set users")
    shell.do('on %all set ownerinfo ""')
    shell.do("on %all set advertise on")


def test_given_users_when_set_then_they_may_use_the_vessel_and_are_shown(both: ShellAt, bob: ShellAt) -> None:
    assert both.do("on %1 set users bob alice") == ""
    (first,) = both.known("%1")
    assert both.do("on %1 show users") == f"{first.vessel} bob alice\n"
    assert bob.do(f"contact {first.vessel.node}") == f"Added targets: %1({first.vessel})\n"
    assert bob.do("on %1 show files") == f"Files on '{first.vessel}': ''\n"


def test_given_no_users_when_set_then_nobody_but_the_owner_may_use_the_vessel(both: ShellAt, bob: ShellAt) -> None:
    both.do("on %1 set users bob")
    bob.do(f"contact {both.known('%1')[0].vessel.node}")
    both.do("on %1 set users")
    assert both.do("on %1 show users").endswith(" (no keys)\n")
    bob.do("on %1 show files")
    assert bob.notes.startswith("This identity lacks the permission.")


def test_given_an_unknown_user_when_set_then_nothing_is_changed(both: ShellAt) -> None:
    both.do("on %1 set users bob")
    with pytest.raises(NoSuchIdentity, match="'nobody'"):
        both.do("on %1 set users alice nobody")
    both.do("on %1 update")
    assert both.do("on %1 show users").endswith(" bob\n")


def test_given_somebody_who_is_no_owner_when_users_are_set_then_it_is_refused_and_the_hint_tells_of_a_release(
    both: ShellAt, bob: ShellAt
) -> None:
    both.do("on %1 set users bob")
    bob.do(f"contact {both.known('%1')[0].vessel.node}")
    bob.do("on %1 set users bob")
    reason, affected = bob.notes.splitlines()
    assert reason.startswith("This identity lacks the permission. The vessel may have been released by accident")
    assert "Or only its owner can do this" in reason
    assert affected.startswith("Affected vessels: %1(")


def test_given_words_when_set_then_they_are_shown_and_listed(both: ShellAt) -> None:
    assert both.do("on %1 set ownerinfo measures   till May") == ""
    assert both.do("on %1 show ownerinfo").endswith(" 'measures till May'\n")
    both.do("update")
    assert "measures till May" in both.do("list")


def test_given_too_many_words_when_set_then_it_is_told_how_many_are_kept(both: ShellAt) -> None:
    with pytest.raises(Unfit, match="257 characters: 256"):
        both.do(f"on %1 set ownerinfo {'x' * 257}")


def test_given_a_vessel_that_is_not_advertised_when_somebody_looks_then_only_contact_finds_it(
    both: ShellAt, bob: ShellAt
) -> None:
    both.do("on %1 set users bob")
    both.do("on %1 set advertise off")
    (first,) = both.known("%1")
    assert both.do("on %1 show advertise") == f"{first.vessel} off\n"
    deadline = time.monotonic() + BOUND
    while bob.do("browse") != "No new targets could be added.\n":  # until the directory has heard of it
        assert time.monotonic() < deadline
        bob.session.targets.gone(first.vessel.place)
    assert str(first.vessel) in bob.do(f"contact {first.vessel.node}")


@pytest.mark.parametrize("setting", ["maybe", "true", "0"])
def test_given_what_is_neither_on_nor_off_when_advertising_is_set_then_it_is_refused(
    shell: ShellAt, setting: str
) -> None:
    with pytest.raises(Unfit, match="is neither"):
        shell.do(f"on %1 set advertise {setting}")


@pytest.mark.parametrize("line", ["set owner", "set ownerinfo", "set advertise"])
def test_given_nothing_to_set_then_it_is_wrong_usage(shell: ShellAt, line: str) -> None:
    with pytest.raises(Incomplete):
        shell.do(f"on %1 {line}")


def test_given_another_owner_when_set_then_it_is_theirs_and_no_longer_ours(
    both: ShellAt, bob: ShellAt, portal: BlockingPortal
) -> None:
    both.do("on %1 set ownerinfo mine")
    both.do("on %1 set owner bob")
    assert " bob U" in both.do("on %1 show owner")
    both.do("on %1 show files")
    assert both.notes.startswith("This identity lacks the permission.")
    bob.do(f"contact {both.known('%1')[0].vessel}")
    assert bob.do("on %1 show ownerinfo").endswith(" ''\n")
    bob.session.identities.add(Identity("alice", both.session.identities.get("alice").public))
    assert bob.do("on %1 set owner alice") == ""


def test_given_one_vessel_is_gone_when_words_are_set_then_there_are_groups_and_the_others_are_changed(
    both: ShellAt,
) -> None:
    gone = both.pretend("v999")
    assert "Added group 'ownerinfogood' with 6 targets and 'ownerinfofail' with 1 target" in both.do(
        "on %all set ownerinfo all"
    )
    assert both.group("ownerinfofail") == [gone]
    assert both.do("show ownerinfo").count("'all'") == 6


def test_given_a_vessel_that_may_be_used_no_more_when_browsing_then_it_is_gone_from_all_groups(
    both: ShellAt, bob: ShellAt
) -> None:
    both.do("on %1 set users bob")
    (first,) = both.known("%1")
    bob.do(f"contact {first.vessel.node}")
    bob.do("add %1 to mine")
    both.do("on %1 set users")
    assert f"Gone: %1({first.vessel})\n" in bob.do("browse")
    assert (bob.group("mine"), bob.known()) == ([], [])


def test_given_a_vessel_that_no_directory_tells_of_when_browsing_then_it_stays(both: ShellAt) -> None:
    both.do("on %1 set advertise off")
    assert "Gone" not in both.do("browse")
    assert len(both.known("%1")) == 1
