"""Groups of vessels that have a name."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import seattle
from seattle.client import Groups, NoSuchGroup, NoSuchVessel, Profile, ProfileError
from seattle.client.groups import FILE
from seattle.client.places import Place
from seattle.identity.keys import KeyPair

World = Any  # of conftest.py, which tests don't import

ONE, TWO, THREE = (Place("U" + letter * 55, "v1") for letter in "ABC")


def test_given_a_group_when_it_was_made_then_others_find_it_in_the_same_folder(tmp_path: Path) -> None:
    Groups(tmp_path)["web"] = [TWO, ONE, TWO]
    assert dict(Groups(tmp_path)) == {"web": (TWO, ONE)}
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_given_a_group_when_vessels_are_added_and_removed_then_the_others_stay(tmp_path: Path) -> None:
    groups = Groups(tmp_path)
    groups.add("web", [ONE, TWO])
    groups.add("web", [TWO, THREE])
    groups.remove("web", [ONE])
    assert groups["web"] == (TWO, THREE)
    groups.remove("web", [ONE, TWO, THREE])
    assert not groups["web"]


def test_given_a_group_when_it_is_deleted_then_it_is_gone(tmp_path: Path) -> None:
    groups = Groups(tmp_path)
    groups["web"] = [ONE]
    del groups["web"]
    assert "web" not in groups
    assert len(groups) == 0


def test_given_a_text_where_vessels_are_expected_then_it_is_said_what_is(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"a vessel, or its Place\(node, name\), is expected, not str"):
        Groups(tmp_path)["web"] = "v1"  # type: ignore[assignment]  # that is the mistake


def test_given_no_group_when_it_is_asked_for_changed_or_deleted_then_it_is_named(tmp_path: Path) -> None:
    groups = Groups(tmp_path)
    with pytest.raises(NoSuchGroup, match="'web'"):
        groups["web"]
    with pytest.raises(NoSuchGroup):
        groups.remove("web", [ONE])
    with pytest.raises(NoSuchGroup):
        del groups["web"]


def test_given_a_group_that_others_delete_meanwhile_when_vessels_are_removed_then_it_is_not_made_again(
    tmp_path: Path,
) -> None:
    groups = Groups(tmp_path)
    groups["web"] = [ONE]

    def of_one_who_deletes_it() -> Iterator[Place]:
        del Groups(tmp_path)["web"]
        yield ONE

    with pytest.raises(NoSuchGroup, match="there is no group 'web'"):
        groups.remove("web", of_one_who_deletes_it())
    assert "web" not in groups


@pytest.mark.parametrize("name", ["", "%1", "%all", "a/b", "U*", "a b", "host:port", "x" * 65, "web\n", "-x"])
def test_given_a_name_that_means_something_else_when_a_group_is_to_have_it_then_it_is_refused(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(NoSuchGroup) as raised:
        Groups(tmp_path)[name] = [ONE]
    assert "begins with" in raised.value.hint


def test_given_a_file_that_is_no_list_of_groups_when_it_is_read_or_changed_then_that_is_said_and_it_stays(
    tmp_path: Path,
) -> None:
    (tmp_path / FILE).write_text('{"web": 7}')
    with pytest.raises(ProfileError, match="no list of groups"):
        list(Groups(tmp_path))
    with pytest.raises(ProfileError):
        Groups(tmp_path)["web"] = [ONE]
    assert (tmp_path / FILE).read_text() == '{"web": 7}'


def test_given_many_who_change_groups_at_once_then_no_change_is_lost(tmp_path: Path) -> None:
    def add(letter: str) -> None:
        Groups(tmp_path).add("web", [Place("U" + letter * 55, "v1")])

    threads = [threading.Thread(target=add, args=[letter]) for letter in "ABCDEFGH"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Groups(tmp_path)["web"]) == 8


def test_given_a_group_when_its_vessels_are_asked_for_then_they_come_and_what_is_gone_is_a_failure(
    world: World, alice: KeyPair, profile: Profile
) -> None:
    world.node(alice, "v1", "v2")
    world.node(alice, "v3")
    with seattle.connect(profile) as testbed:
        everything = testbed.vessels()
        assert len(everything) == 3
        testbed.groups["some"] = [*everything.filter(lambda one: one.name != "v2"), ONE]
        found = testbed.vessels("some")
        assert sorted(one.name for one in found) == ["v1", "v3"]
        assert [(one.vessel, one.code) for one in found.unreachable] == [(ONE, "no-such-vessel")]
        assert sorted(one.name for one in testbed.vessels("some", "*/v2")) == ["v1", "v2", "v3"]
        with pytest.raises(NoSuchVessel):
            testbed.vessels("some", "no-such-thing")
