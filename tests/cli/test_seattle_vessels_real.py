"""What can be done with vessels that are one's own: files, programs that are left running, resources, ownership."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.commands import Command, runner
from tests.client.real_nodes import browse_all, two_nodes

import seattle
from seattle.client.groups import Groups
from seattle.client.places import Place
from seattle.identity.files import save_key_pair
from seattle.identity.keys import KeyPair

PARTS = ("cpu=0.01", "memory=16M", "diskused=1M")


@pytest.fixture(scope="module")
def own_profile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The profile of an owner of two nodes with two vessels each."""
    with two_nodes(tmp_path_factory.mktemp("own") / "testbed", vessels=2) as profile:
        with seattle.connect(profile) as testbed:
            browse_all(testbed, 4)
        yield profile


@pytest.fixture
def own(tmp_path: Path, own_profile: Path) -> Command:
    return runner(tmp_path, own_profile)


def json_of(command: Command, name: str, *words: str | Path) -> Any:
    """What a command that does all it is asked for says in JSON."""
    done = command(name, "--json", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_given_a_program_that_was_put_there_when_it_is_started_then_it_can_be_waited_for_and_its_files_looked_after(
    own: Command, tmp_path: Path
) -> None:
    (tmp_path / "p.py").write_text("print(*callargs)\nwith open('out.txt', 'w') as file:\n    file.write('12')\n")
    assert own("put", "p.py").returncode == 0
    assert [one["run"] for one in json_of(own, "start", "p.py", "one", "--", "--two")] == [1] * 4
    ended = json_of(own, "wait")
    assert [one["outcome"]["exit_code"] for one in ended] == [0] * 4
    assert {one["text"] for one in json_of(own, "logs")} == {"one --two\n"}
    heading, line = own("logs", "--fold").stdout.splitlines()
    assert (heading.endswith(" (4 of 4) ----"), line) == (True, "| one --two")
    out, program = json_of(own, "files")[0]["files"]
    assert (out["name"], out["size"], program["name"]) == ("out.txt", 2, "p.py")
    listed = own("files", "--digests")
    assert listed.stdout.count("out.txt") == 4
    assert listed.stdout.count("6b51d431df5d7f141cbececcf79edf3dd861c3b4069f0b11661a3eefacbba918") == 4
    assert own("delete", "out.txt", "p.py").returncode == 0
    assert json_of(own, "files") == [{**one, "files": []} for one in json_of(own, "files")]
    missing = own("rm", "out.txt")
    assert (missing.returncode, "4 of 4 vessels did not delete it" in missing.stderr) == (1, True)


def test_given_a_program_that_goes_on_when_it_is_waited_for_too_briefly_then_that_has_failed_and_it_runs_on(
    own: Command, tmp_path: Path
) -> None:
    (tmp_path / "loop.py").write_text("while True:\n    sleep(0.1)\n")
    assert own("run", "--detach", "--on", "/v1", "loop.py").returncode == 0
    late = own("wait", "--on", "/v1", "--timeout", "0.1")
    assert (late.returncode, "2 of 2 vessels did not tell an end" in late.stderr) == (1, True)
    running = json_of(own, "vessels", "--where", "state=started")["vessels"]
    assert [one["name"] for one in running] == ["v1", "v1"]
    assert own("stop").returncode == 0
    assert json_of(own, "vessels", "--where", "state=started")["vessels"] == []


def test_given_a_filter_that_nobody_understands_when_vessels_are_listed_then_it_is_wrong_usage(own: Command) -> None:
    done = own("vessels", "--where", "colour=red")
    assert (done.returncode, done.stdout) == (2, "")
    assert "state=started" in done.stderr


def test_given_a_vessel_when_its_resources_are_asked_for_then_limits_and_usage_are_told(own: Command) -> None:
    told = json_of(own, "resources")
    assert {"cpu", "memory", "diskused"} <= told[0]["limits"].keys()
    table = own("resources").stdout
    assert {"vessel", "resource", "used", "limit", "memory"} <= set(table.split())
    assert {"cpu", "memory"} <= json_of(own, "resources", "--cost")[0]["cost"].keys()


def test_given_vessels_when_they_are_split_and_joined_then_there_are_more_and_then_as_many_as_before(
    own: Command,
) -> None:
    node = json_of(own, "vessels")["vessels"][0]["node"]
    split = json_of(own, "split", "--on", f"{node}/v1", *PARTS)
    names = [one.partition("/")[2] for one in (split[0]["part"], split[0]["rest"])]
    assert len(json_of(own, "vessels", "--on", node)["vessels"]) == 3
    joined = own("join", *(word for name in names for word in ("--on", f"{node}/{name}")))
    assert joined.returncode == 0
    assert len(json_of(own, "vessels", "--on", node)["vessels"]) == 2


def test_given_an_amount_that_is_none_when_vessels_are_split_then_it_is_wrong_usage(own: Command) -> None:
    done = own("split", "memory=much")
    assert (done.returncode, done.stdout) == (2, "")


def test_given_users_and_words_when_an_owner_sets_them_then_they_are_told_and_can_be_taken_back(
    own: Command, tmp_path: Path
) -> None:
    bob = KeyPair.generate()
    save_key_pair(tmp_path / "bob", bob)
    node = json_of(own, "vessels")["vessels"][0]["node"]
    assert own("set-users", "--on", node, tmp_path / "bob").returncode == 0
    assert own("set-owner-info", "--on", node, "for the course").returncode == 0
    told = json_of(own, "vessels", "--where", f"user={bob.id[:12]}", "--where", "words=For the course")["vessels"]
    assert [(one["node"], one["users"]) for one in told] == [(node, [bob.id])] * 2
    assert own("set-users", "--nobody").returncode == 0
    assert {user for one in json_of(own, "vessels")["vessels"] for user in one["users"]} == set()
    assert own("set-users").returncode == 2
    assert own("set-users", "no-such-key").returncode == 1


def test_given_a_vessel_when_it_is_given_away_without_a_yes_then_nothing_is_done(own: Command) -> None:
    done = own("set-owner", KeyPair.generate().id)
    assert (done.returncode, "say --yes" in done.stderr) == (2, True)
    assert len(json_of(own, "vessels")["vessels"]) == 4


def test_given_a_vessel_when_it_is_not_advertised_then_it_is_so_until_it_is_again(own: Command) -> None:
    assert own("set-advertise", "--on", "/v2", "off").returncode == 0
    assert own("set-advertise", "--on", "/v2", "on").returncode == 0
    assert own("set-advertise", "maybe").returncode == 2


def test_given_a_vessel_of_a_site_when_its_user_acts_as_an_owner_then_the_node_refuses_and_the_exit_code_is_1(
    real: Command,
) -> None:
    assert real("get", "1").returncode == 0
    for words in (["set-users", "--nobody"], ["set-owner-info", "mine"], ["split", *PARTS]):
        done = real(*words)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error: 1 of 1 vessels")


def test_given_a_group_when_commands_name_it_then_its_vessels_are_meant_until_it_is_forgotten(own: Command) -> None:
    ours = [f"{one['node']}/{one['name']}" for one in json_of(own, "vessels")["vessels"]]
    assert own("groups", "set", "first", "--on", ours[0]).returncode == 0
    assert len(json_of(own, "vessels", "--on", "first")["vessels"]) == 1
    assert own("groups", "add", "first", "--on", ours[1], "--on", ours[2]).returncode == 0
    assert own("groups", "remove", "first", "--on", ours[0]).returncode == 0
    assert json.loads(own("groups", "list", "--json").stdout) == {"first": ours[1:3]}
    assert "first" in own("groups", "list").stdout
    assert own("groups", "delete", "first").returncode == 0
    assert own("groups", "delete", "first").returncode == 1
    assert own("vessels", "--on", "first").returncode == 1


def test_given_a_group_of_which_a_vessel_is_gone_when_a_program_is_run_on_it_then_that_is_told_and_done_in_part(
    own: Command, own_profile: Path, tmp_path: Path
) -> None:
    (tmp_path / "p.py").write_text("print('here')\n")
    groups = Groups(own_profile)
    with seattle.connect(own_profile) as testbed:
        groups["old"] = [testbed.browse()[0].place, Place(KeyPair.generate().id, "v7")]
    done = own("run", "p.py", "--on", "old")
    assert (done.returncode, done.stdout.count("here")) == (3, 1)
    assert "1 of 2 vessels did not come to a good end" in done.stderr
    assert own("vessels", "--on", "old").returncode == 3
    del groups["old"]


@pytest.mark.parametrize("words", [["stop"], ["logs"], ["files"], ["put", "p.py"], ["resources", "--json"]])
def test_given_a_group_of_which_a_vessel_is_gone_when_something_is_asked_of_it_then_that_is_told_and_done_in_part(
    own: Command, own_profile: Path, tmp_path: Path, words: list[str]
) -> None:
    (tmp_path / "p.py").write_text("")
    groups = Groups(own_profile)
    with seattle.connect(own_profile) as testbed:
        groups["old"] = [testbed.browse()[0].place, Place(KeyPair.generate().id, "v7")]
    done = own(*words, "--on", "old")
    del groups["old"]
    assert "1 of 2 vessels can't be had" in done.stderr
    assert done.returncode == 3


def test_given_a_group_of_which_all_vessels_are_gone_when_something_is_asked_of_it_then_it_has_failed(
    own: Command, own_profile: Path
) -> None:
    groups = Groups(own_profile)
    groups["gone"] = [Place(KeyPair.generate().id, "v7")]
    done = own("logs", "--on", "gone")
    del groups["gone"]
    assert done.returncode == 1


def test_given_a_vessel_when_it_is_given_away_then_it_is_ours_no_more(own: Command) -> None:
    # The last test of this file: nobody gives it back.
    where = json_of(own, "vessels")["vessels"][0]
    assert own("set-owner", "--yes", "--on", f"{where['node']}/{where['name']}", KeyPair.generate().id).returncode == 0
    assert len(json_of(own, "vessels")["vessels"]) == 3
