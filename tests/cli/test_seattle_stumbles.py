"""What newcomers type wrong, and whether they are told what to type instead."""

import errno
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer
from tests.cli.commands import BOUND, MAIN, Command, environment, runner

from seattle.cli.commands import run_command
from seattle.cli.console import counted, reporting
from seattle.cli.profile_links import ProfileLinks
from seattle.cli.tables import print_table
from seattle.cli.vessel_options import finish
from seattle.client import Failure, Groups, NoSuchGroup, Results
from seattle.client.places import Place
from seattle.client.profile import profiles_dir, write_profile
from seattle.fabric.errors import RemoteError
from seattle.identity.files import save_key_pair
from seattle.identity.keys import KeyPair

BROKER = "nats://127.0.0.1:4222"
NOBODY = "http://127.0.0.1:1"  # serves there


@pytest.mark.parametrize(("word", "meant"), [("gett", "get"), ("vesels", "vessels"), ("relaese", "release")])
def test_given_a_misspelt_command_then_the_one_that_is_meant_is_named(command: Command, word: str, meant: str) -> None:
    done = command(word)
    assert done.returncode == 2
    assert re.search(rf"'{word}'; is .*\b{meant}\b.* meant\?", done.stderr)


@pytest.mark.parametrize("words", [(), ("get",), ("node",), ("node", "status"), ("run",)])
def test_given_the_short_option_for_help_then_it_is_the_page_of_the_long_one(
    command: Command, words: tuple[str, ...]
) -> None:
    assert command(*words, "-h").stdout == command(*words, "--help").stdout != ""


@pytest.mark.parametrize(
    "words",
    [
        ("login", NOBODY, "--profile", "{folder}"),
        ("login", NOBODY, "--profile", "{folder}/new", "--key", "{folder}/key"),
        ("fabric", "join", NOBODY, "--profile", "{folder}/new", "--key", "{folder}/key"),
    ],
)
def test_given_a_key_with_a_passphrase_when_somebody_signs_in_or_joins_with_it_then_that_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: Sequence[str]
) -> None:
    pytest.importorskip("bcrypt", reason="bcrypt, which protects keys with a passphrase, is not installed")
    save_key_pair(tmp_path / "key", KeyPair.generate(), b"secret")
    assert run_command([word.format(folder=tmp_path) for word in words]) == 1
    assert "is protected by a passphrase, and nobody is here to give it" in capsys.readouterr().err


def test_given_a_group_of_commands_then_its_page_is_as_plain_as_all_and_cuts_no_sentence_off(command: Command) -> None:
    for group in ("node", "fabric", "key", "clearinghouse", "groups", "installer", "release-update"):
        page = command(group, "--help").stdout
        assert "Commands:" in page
        assert "│" not in page
        assert not re.search(r"\w\.\.\.$", page.partition("Commands:")[2], re.MULTILINE)


def test_given_a_file_that_is_not_there_then_the_error_names_it_and_no_number(command: Command) -> None:
    done = command("node", "policy", "check", "nothere.toml")
    assert (done.returncode, done.stderr) == (1, "error: nothere.toml: No such file or directory\n")


def test_given_an_option_without_its_value_then_the_hint_tells_which_help_page_has_it(command: Command) -> None:
    done = command("run", "hello.py", "--collect")
    assert done.returncode == 2
    assert "'--collect' requires an argument" in done.stderr
    assert "hint: `seattle run --help` shows what there is" in done.stderr


def test_given_a_word_in_place_of_a_key_then_the_error_says_what_a_key_looks_like(command: Command) -> None:
    command("fabric", "init", "authority")
    done = command("fabric", "enrol", "mynode", "--role", "node", "--authority", "authority")
    assert done.returncode == 1
    assert "expected its id (U..., 56 characters)" in done.stderr


def test_given_only_a_profile_of_another_name_when_none_is_chosen_then_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runner(tmp_path, Path("default"))
    assert "`seattle login URL` makes one" in run("vessels", SEATTLE_PROFILE="").stderr
    write_profile(tmp_path / "seattle" / "profiles" / "local", urls=[BROKER], key=KeyPair.generate(), credential="a.b")
    done = run("vessels", SEATTLE_PROFILE="")
    assert done.returncode == 1
    assert "there is local: choose with --profile local, or once with export SEATTLE_PROFILE=local" in done.stderr


def test_given_a_login_at_a_site_that_is_not_there_when_a_testbed_starts_then_it_is_the_default_all_the_same(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = command("login", "http://127.0.0.1:1", SEATTLE_PROFILE="")
    assert (done.returncode, done.stderr) == (1, "error: http://127.0.0.1:1 can't be reached: Connection refused\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert not (profiles_dir() / "default").exists()
    (tmp_path / "testbed").mkdir()
    with ProfileLinks(tmp_path / "testbed") as links:
        assert links.names == ["local", "default"]


@pytest.mark.parametrize("words", [("fabric", "init", "made"), ("devkit", "made"), ("devkit", "--zip", "made")])
def test_given_a_disk_that_takes_nothing_when_something_is_made_then_it_is_named_and_there_is_none_to_be_removed_first(
    command: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    limited = ["bash", "-c", 'ulimit -f 0; exec "$@"', "bash", *MAIN, *words]
    done = subprocess.run(
        limited, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=BOUND, check=False
    )
    assert done.returncode == 1
    assert "error: made: File too large" in done.stderr
    assert not (tmp_path / "made").exists()
    assert command(*words).returncode == 0


def test_given_a_full_disk_when_a_command_fails_then_the_file_is_named_and_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit) as ended, reporting():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "kit.zip")
    assert ended.value.exit_code == 1
    hint = "make room on that disk, or name a place on another one"
    assert capsys.readouterr().err == f"error: kit.zip: No space left on device\nhint: {hint}\n"


@pytest.mark.parametrize(
    ("words", "blamed"),
    [
        (("get", "1", "--near", "192.0.2.1"), "--near ADDRESS goes together with --within-ms"),
        (("get", "1", "--within-ms", "5"), "--within-ms MS goes together with --near"),
        (("get", "1", "--where", "near=192.0.2.1"), "--where: near="),
        (("vessels", "--where", "state=foo"), "--where state=foo: there is no such state; there are fresh, started"),
        (("vessels", "--where", "nat=maybe"), "--where nat=maybe: there is no such nat; there are public, nat"),
        (("vessels", "--where", "country=Germany"), "--where country=Germany: a country is two letters"),
    ],
)
def test_given_a_choice_of_vessels_that_can_not_be_then_it_is_wrong_usage_and_the_option_that_is_wrong_is_blamed(
    command: Command, words: tuple[str, ...], blamed: str
) -> None:
    done = command(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {blamed}")


def test_given_a_folder_with_something_in_it_when_a_testbed_is_to_be_kept_there_then_it_is_refused_before_it_starts(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    done = command("up", "--dir", "mine")
    assert (done.returncode, done.stderr) == (
        2,
        "error: --dir mine is not empty: name a folder that is not there yet\n",
    )


HEADINGS = ("vessel", "state", "latest run", "addresses", "ports", "ends in")
ROW = (
    "UAVFLD3RZ/v5",
    "terminated",
    "exception(ModuleNotFoundError: there is",
    "127.2.2.1",
    "63180-63189",
    "3 h 59 min",
)


@pytest.mark.parametrize(("columns", "broken"), [(160, 0), (80, 1), (60, 5)])
def test_given_a_terminal_when_a_table_is_too_wide_for_it_then_the_longest_columns_are_broken_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int, broken: int
) -> None:
    monkeypatch.setattr("seattle.cli.tables.to_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    print_table(HEADINGS, [ROW])
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= columns
    assert sum(cell not in shown for cell in ROW) <= broken
    assert ROW[0] in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("fabric invite", "Missing argument 'ROLE'. Choose from: user, node, service"),
        ("get 1 --kind wann", "Invalid value for '--kind': 'wann' is not one of 'random', 'wan', 'lan', 'nat'."),
    ],
)
def test_given_a_word_that_is_not_among_those_to_choose_from_then_the_error_is_a_line_that_names_them(
    command: Command, words: str, said: str
) -> None:
    done = command(*words.split())
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, f"error: {said}")


@pytest.mark.parametrize("word", ["status", "vessels", "journal", "check"])
def test_given_a_terminal_that_knows_no_node_when_one_is_asked_then_it_is_told_how_to_name_it(
    command: Command, word: str
) -> None:
    done = command("node", word)
    assert done.returncode == 1
    assert "with --settings or SEATTLE_NODE_SETTINGS" in done.stderr


@pytest.mark.parametrize("words", [("node", "policy", "deny"), ("fabric", "revoke", "--authority", "authority")])
def test_given_a_key_file_that_is_not_there_then_it_is_named(command: Command, words: tuple[str, ...]) -> None:
    done = command(*words, "bob.pub")
    assert done.returncode == 1
    assert done.stderr.startswith("error: bob.pub: there is no such key file\n")


def test_given_a_name_that_is_taken_when_a_file_is_written_then_another_is_asked_for(command: Command) -> None:
    command("devkit", "--zip", "kit.zip")
    done = command("devkit", "--zip", "kit.zip")
    assert (done.returncode, done.stderr) == (
        1,
        "error: kit.zip: there is something of this name already; choose another\n",
    )


def test_given_a_group_s_name_that_can_not_be_when_it_is_made_then_nobody_says_that_there_is_none(
    tmp_path: Path,
) -> None:
    with pytest.raises(NoSuchGroup, match="no group can have the name 'a b'"):
        Groups(tmp_path)["a b"] = []


@pytest.mark.parametrize(("number", "told"), [(0, "0 vessels"), (1, "1 vessel"), (100, "100 vessels")])
def test_given_a_number_of_things_when_they_are_counted_then_a_single_one_is_no_many(number: int, told: str) -> None:
    assert counted(number, "vessel") == told


def test_given_a_vessel_of_the_site_when_it_is_to_be_divided_then_it_is_told_whose_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused = Failure.of(Place("U" + "A" * 55, "v3"), RemoteError("not-allowed", "no vessel 'v3' allows split"))
    with pytest.raises(typer.Exit):
        finish("were not split", Results([refused]), as_json=False)
    assert "those that a site lends are the site's" in capsys.readouterr().err
