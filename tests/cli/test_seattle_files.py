"""Files of vessels: `seattle put`, `get-file` and `reset`."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.cli.commands import BOUND, MAIN, Command, environment

from seattle.client.profile import Profile
from seattle.identity.keys import KeyPair

World = Any  # of a conftest.py, which tests don't import


def test_given_files_then_they_are_put_fetched_and_the_vessels_reset(
    world: World, alice: KeyPair, command: Command, tmp_path: Path
) -> None:
    node = world.node(alice, "v1")
    (tmp_path / "data").write_bytes(b"\0data")
    put = command("put", "data", "--as", "d", "--json")
    assert (put.returncode, json.loads(put.stdout)[0]["size"]) == (0, 5)
    got = command("get-file", "d", "--into", "there")
    assert got.returncode == 0
    assert (tmp_path / got.stdout.strip()).read_bytes() == b"\0data"
    missing = command("get-file", "e", "--json")
    assert missing.returncode == 1
    assert json.loads(missing.stdout)[0]["code"] == "no-such-file"
    assert command("put", "nothing-here").returncode == 1
    assert command("reset", "--yes").returncode == 0
    assert node.vessels["v1"].files == {}


def test_given_a_folder_that_can_not_be_made_when_files_are_fetched_then_an_error_says_so(
    world: World, alice: KeyPair, command: Command, tmp_path: Path
) -> None:
    world.node(alice, "v1")
    (tmp_path / "file").touch()
    done = command("get-file", "x", "--into", "file/sub")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_given_a_disk_that_takes_nothing_when_files_are_fetched_then_the_folder_is_blamed_and_no_half_is_left(
    world: World, alice: KeyPair, command: Command, profile: Profile, tmp_path: Path
) -> None:
    node = world.node(alice, "v1")
    node.vessels["v1"].files["result"] = b"data"
    (tmp_path / "into").mkdir()
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 0; exec "$@"', "bash", *MAIN, "get-file", "result", "--into", "into"],
        cwd=tmp_path,
        env=environment(tmp_path, SEATTLE_PROFILE=str(profile.folder)),
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "(the folder for it can't be written to: File too large; name another)" in done.stderr
    assert not list((tmp_path / "into").iterdir())


def test_given_several_files_when_they_are_put_then_all_are_there_and_their_sizes_are_added(
    world: World, alice: KeyPair, command: Command, tmp_path: Path
) -> None:
    node = world.node(alice, "v1")
    (tmp_path / "one").write_bytes(b"1")
    (tmp_path / "two").write_bytes(b"22")
    assert json.loads(command("put", "--json", "one", "two").stdout)[0]["size"] == 3
    assert node.vessels["v1"].files == {"one": b"1", "two": b"22"}
    assert command("put", "one", "two", "--as", "three").returncode == 2


@pytest.mark.parametrize("moment", [1e300, float("nan")])
def test_given_a_node_that_tells_of_a_time_that_no_calendar_has_when_files_are_listed_then_others_are_shown(
    world: World, alice: KeyPair, command: Command, moment: float
) -> None:
    for node, at in ((world.node(alice, "v1"), 86400.0), (world.node(alice, "v1"), moment)):
        node.vessels["v1"].files["data"], node.vessels["v1"].changed_at = b"x", at
    listed = command("files")
    assert (listed.returncode, listed.stdout.count("data"), listed.stderr) == (0, 2, "")
    assert "1970-01-02 00:00:00" in listed.stdout

    def no_json(word: str) -> None:
        raise AssertionError(word)

    told = json.loads(command("files", "--json").stdout, parse_constant=no_json)
    assert len(told) == 2
