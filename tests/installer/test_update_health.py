"""What a new version asks itself before it is switched to."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from tests.updater.conftest import Managers, new_repository

from seattle.identity.files import load_key_pair
from seattle.identity.keys import KeyPair
from seattle.installer import health
from seattle.installer.health import UnwellError, check, runs_programs
from seattle.installer.standalone.versions import Home
from seattle.node.daemon import open_for
from seattle.node.settings import NodeSettings, load_settings
from seattle.node.setup import set_up
from seattle.node.store import Store
from seattle.node.vesselinfo import VesselShare
from seattle.updater.errors import UpdateUnreachable


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An installation whose node has been up, and which gets no updates."""
    home = Home(tmp_path / "home")
    home.folder.mkdir()
    settings = NodeSettings(folder=Path(), fabric=["nats://127.0.0.1:4222"])
    set_up(home.node, vessels=[VesselShare(100, KeyPair.generate().public)], settings=settings)
    home.build.write_text('{"updates": null}')
    loaded = load_settings(home.node / "node.toml", {})
    with closing(Store(home.node / "store.sqlite")) as store:
        open_for(load_key_pair(loaded.key_file), store, loaded)
    return home


def test_given_a_node_that_has_been_up_when_a_version_tries_itself_then_all_is_well_and_nothing_is_changed(
    home: Home,
) -> None:
    before = {path: path.read_bytes() for path in home.folder.rglob("*") if path.is_file()}
    check(home)
    assert {path: path.read_bytes() for path in before} == before


def test_given_a_node_that_has_never_been_up_when_a_version_tries_itself_then_its_answer_is_one_word(
    home: Home,
) -> None:
    (home.node / "store.sqlite").unlink()  # so that vessels are laid out, which is logged
    command = [sys.executable, "-P", "-m", "seattle.installer.health", "--home", str(home.folder), "--no-programs"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "well\n")
    assert "vessels_laid_out" in done.stderr


def test_given_this_machine_when_a_program_is_tried_then_it_runs_behind_both_walls() -> None:
    assert runs_programs()


def test_given_this_machine_when_a_program_was_tried_then_nothing_of_that_runs_any_more() -> None:
    before = set(psutil.Process().children(recursive=True))
    assert runs_programs()
    assert set(psutil.Process().children(recursive=True)) <= before


def test_given_a_program_that_says_something_else_when_it_is_tried_then_programs_do_not_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "PROGRAM", "print('hello')\n")
    assert not runs_programs()


def test_given_settings_that_this_version_can_not_read_when_it_tries_itself_then_it_says_which(home: Home) -> None:
    with (home.node / "node.toml").open("a") as file:
        file.write("\nnew_setting = 1\n")
    with pytest.raises(UnwellError, match="new_setting"):
        check(home)


def test_given_a_store_of_a_later_version_when_an_earlier_one_tries_itself_then_it_says_so(home: Home) -> None:
    with closing(sqlite3.connect(home.node / "store.sqlite")) as db:
        db.execute("PRAGMA user_version = 999")
    with pytest.raises(UnwellError, match="newer version"):
        check(home)


def test_given_another_nodes_key_when_a_version_tries_itself_then_it_says_so(home: Home, tmp_path: Path) -> None:
    other = tmp_path / "other"
    set_up(
        other,
        vessels=[VesselShare(100, KeyPair.generate().public)],
        settings=NodeSettings(folder=Path(), fabric=["nats://127.0.0.1:4222"]),
    )
    (other / "node.key").replace(home.node / "node.key")
    with pytest.raises(UnwellError, match="holds the vessels of node"):
        check(home)


def test_given_a_build_statement_that_is_damaged_when_a_version_tries_itself_then_it_says_what_to_do(
    home: Home,
) -> None:
    home.build.write_text("{")
    with pytest.raises(UnwellError, match="run the installer again"):
        check(home)


def test_given_a_root_that_this_version_can_not_read_when_it_tries_itself_then_it_does_not_pass(home: Home) -> None:
    updates = {"url": "http://127.0.0.1:9", "channel": "stable", "root": {"signed": {}, "signatures": []}}
    home.build.write_text(json.dumps({"updates": updates}))
    with pytest.raises(UnwellError, match="not a valid release"):
        check(home)


def test_given_nobody_who_serves_updates_when_a_version_tries_itself_then_that_is_no_fault_of_its_own(
    home: Home, root: bytes
) -> None:
    home.build.write_text(
        json.dumps({"updates": {"url": "http://127.0.0.1:9", "channel": "stable", "root": json.loads(root)}})
    )
    with pytest.raises(UpdateUnreachable):
        check(home)


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    """The root of a repository."""
    return (new_repository(tmp_path, Managers()).metadata / "1.root.json").read_bytes()
