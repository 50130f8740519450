"""Shells complete our commands by a script that asks nobody."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.commands import BOUND, Command, environment

from seattle.cli.completion_scripts import SCRIPTS
from seattle.identity.keys import KeyPair

World = Any  # of a conftest.py, which tests don't import

HEAVY = {"nats", "cryptography", "nacl", "rich", "prompt_toolkit", "seattle.client", "seattle.fabric"}


def needs(shell: str) -> str:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"there is no {shell} on this machine")
    return found


def seen_lately(home: Path) -> Path:
    """Vessels that a command has seen."""
    file = home / ".cache" / "seattle" / "vessels"
    file.parent.mkdir(parents=True)
    file.write_text("UAAA/v1\nUAAA/v2\nUBBB/v1\n")
    return file


def in_bash(home: Path, *words: str) -> list[str]:
    """What bash offers for the last of these words."""
    bash = needs("bash")
    quoted = " ".join(f"'{word}'" for word in words)
    asking = f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _seattle; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(
        [bash, "--norc", "-c", f"{SCRIPTS['bash']()}\n{asking}"],
        env=environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=True,
    )
    assert done.stderr == ""
    return sorted(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["seattle", "re"], ["release", "release-update", "renew", "reset", "resources"]),
        (["/usr/bin/seattle", "key", "e"], ["export"]),
        (["seattle", "node", "policy", "a"], ["allow"]),
        (["seattle", "run", "--tim"], ["--timeout"]),
        (["seattle", "run", "--detach", "--restart", "on"], ["on-failure"]),
        (["seattle", "set-advertise", "o"], ["off", "on"]),
        (["seattle", "run", "he"], ["hello.py"]),
        (["seattle", "run", "--into", "res"], ["results"]),
        (["seattle", "run", "--timeout", ""], []),
        (["seattle", "vessels", "--profile", "lo"], ["local"]),
        (["seattle", "logs", "--on", "UA"], ["UAAA/v1", "UAAA/v2"]),
        (["seattle", "release", "UB"], ["UBBB/v1"]),
        (["repy", "--lay"], ["--layer"]),
        (["repy", "log", "--f"], ["--follow"]),
        (["seattle", "$(touch bad)", ""], None),
    ],
)
def test_given_words_when_bash_completes_the_last_then_what_may_stand_there_is_offered(
    tmp_path: Path, words: list[str], offered: list[str] | None
) -> None:
    (tmp_path / "hello.py").touch()
    (tmp_path / "results").mkdir()
    (tmp_path / "seattle" / "profiles" / "local").mkdir(parents=True)
    seen_lately(tmp_path)
    found = in_bash(tmp_path, *words)
    assert not (tmp_path / "bad").exists()
    assert offered is None or found == offered


def test_given_a_profile_whose_name_is_a_command_when_bash_completes_then_the_command_is_not_run(
    tmp_path: Path,
) -> None:
    (tmp_path / "seattle" / "profiles" / "$(touch bad)").mkdir(parents=True)
    in_bash(tmp_path, "seattle", "vessels", "--profile", "")
    assert not (tmp_path / "bad").exists()


def test_given_vessels_that_were_seen_long_ago_when_bash_completes_then_they_are_not_offered(tmp_path: Path) -> None:
    os.utime(seen_lately(tmp_path), (0, 0))
    assert in_bash(tmp_path, "seattle", "logs", "--on", "") == []


def test_given_a_command_that_lists_vessels_when_it_has_run_then_their_names_can_be_completed(
    world: World, alice: KeyPair, command: Command, tmp_path: Path
) -> None:
    node = world.node(alice, "v1", "v2")
    command("vessels")
    assert in_bash(tmp_path, "seattle", "stop", "--on", node.id[:3]) == [f"{node.id[:9]}/v1", f"{node.id[:9]}/v2"]


@pytest.mark.parametrize(("shell", "check"), [("zsh", "-n"), ("fish", "--no-execute"), ("bash", "-n")])
def test_given_a_script_then_its_shell_can_read_it(tmp_path: Path, shell: str, check: str) -> None:
    script = tmp_path / "script"
    script.write_text(SCRIPTS[shell]())
    done = subprocess.run(
        [needs(shell), check, script], env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["seattle", "key", "e"], "export:Print a key, for another tool or another computer"),
        (["seattle", "run", "--tim"], "--timeout:Stop it after so long; where it still ran, it has failed."),
        (["seattle", "run", "--restart", "on"], "on-failure"),
        (["seattle", "run", ""], "files"),
        (["seattle", "run", "--into", ""], "files -/"),
        (["seattle", "vessels", "--profile", ""], "local"),
        (["seattle", "logs", "--on", ""], "UBBB/v1"),
        (["repy", "log", "--f"], "--follow:go on until the run ends"),
    ],
)
def test_given_words_when_zsh_completes_the_last_then_what_may_stand_there_is_handed_to_its_helpers(
    tmp_path: Path, words: list[str], offered: str
) -> None:
    (tmp_path / "seattle" / "profiles" / "local").mkdir(parents=True)
    seen_lately(tmp_path)
    helpers = (
        "compdef() { }; _describe() { print -l -- ${(P)2}; }; _files() { print -- files $@; }; "
        "compadd() { shift; print -l -- $@; }"
    )
    quoted = " ".join(f"'{word}'" for word in words)
    script = f"{helpers}\n{SCRIPTS['zsh']()}\nwords=({quoted}); CURRENT={len(words)}; _seattle"
    done = subprocess.run(
        [needs("zsh"), "-f", "-c", script],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert done.stderr == ""
    assert offered in done.stdout.splitlines()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("seattle key e", "export"),
        ("seattle run --tim", "--timeout"),
        ("seattle run --restart on", "on-failure"),
        ("seattle run he", "hello.py"),
        ("seattle logs --on UB", "UBBB/v1"),
        ("seattle release UB", "UBBB/v1"),
        ("repy log --f", "--follow"),
    ],
)
def test_given_a_line_when_fish_completes_it_then_what_may_stand_there_is_offered(
    tmp_path: Path, line: str, offered: str
) -> None:
    (tmp_path / "hello.py").touch()
    seen_lately(tmp_path)
    done = subprocess.run(
        [needs("fish"), "--no-config", "-c", f"{SCRIPTS['fish']()}\ncomplete -C '{line}'"],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=True,
    )
    assert [word.partition("\t")[0].partition("=")[0] for word in done.stdout.splitlines()] == [offered]


def test_given_a_script_is_printed_then_it_is_the_one_for_that_shell_and_nothing_slow_was_imported(
    tmp_path: Path,
) -> None:
    code = (
        "import sys; sys.argv = ['seattle', 'completion', 'bash']\nfrom seattle.cli import main\n"
        "assert main() == 0\nprint(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=BOUND, check=True)
    assert done.stdout == SCRIPTS["bash"]()
    assert not HEAVY & set(done.stderr.split())


def test_given_a_shell_that_we_do_not_know_when_a_script_is_asked_for_then_the_error_names_those_there_are(
    command: Command,
) -> None:
    done = command("completion", SHELL="/bin/tcsh")
    assert (done.returncode, done.stdout) == (2, "")
    assert "bash|zsh|fish" in done.stderr
