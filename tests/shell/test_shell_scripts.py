"""The command line of seash, and scripts: what is done, where it ends, and what is told of it."""

import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest
from tests.shell.offline import mode_of

from seattle.client.profile import write_profile
from seattle.identity.keys import KeyPair

SEASH = [sys.executable, "-c", "from seattle.shell import main; raise SystemExit(main())"]
BOUND = 60  # seconds


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def seash(folder: Path, *arguments: str, lines: str = "", **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run it in this folder, which is the home, too, and no profile is there."""
    return subprocess.run(
        [*SEASH, *arguments],
        check=False,
        input=lines,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environ},
        capture_output=True,
        text=True,
        timeout=BOUND,
    )


def without_tips(notes: str) -> list[str]:
    """What stood beside the data, but for the tip at the start."""
    return [line for line in notes.splitlines() if line.startswith(("error:", "hint:"))]


def test_given_commands_on_the_command_line_then_they_are_done_in_their_order(folder: Path) -> None:
    done = seash(folder, "-c", "genkeys joe; as joe", "-c", "show identities # all; of them")
    assert (done.returncode, done.stdout) == (0, "Created identity 'joe'\njoe PUB PRIV\n")
    assert without_tips(done.stderr) == []


def wait_until_it_reads_stdin(process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + BOUND
    while not re.match(r"\d+ 0x0 ", Path(f"/proc/{process.pid}/syscall").read_text()):
        assert time.monotonic() < deadline


def test_given_a_shell_that_waits_for_a_line_on_stdin_when_it_is_interrupted_then_it_ends(folder: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    process = subprocess.Popen(
        [*SEASH, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, env=environ, text=True
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("show timeout\n")
        process.stdin.flush()
        assert process.stdout.readline() == "10\n"
        wait_until_it_reads_stdin(process)
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(BOUND) == 130
        finally:
            process.kill()


def test_given_a_script_when_a_line_fails_then_it_ends_there_and_says_where(folder: Path) -> None:
    (folder / "deploy.seash").write_text("# a comment\nset timeout 7\n\nset timeuot 8\nshow timeout\n")
    done = seash(folder, "deploy.seash")
    assert (done.returncode, done.stdout) == (1, "")
    assert without_tips(done.stderr)[0].startswith("error: deploy.seash:4: what follows `set` is ")
    assert without_tips(done.stderr)[1] == "hint: did you mean `set timeout`?"


def test_given_a_script_that_is_to_go_on_when_a_line_fails_then_the_rest_is_done(folder: Path) -> None:
    (folder / "deploy.seash").write_text("nonsense\nset timeout 7\nshow timeout\n")
    done = seash(folder, "--keep-going", "deploy.seash")
    assert (done.returncode, done.stdout) == (1, "7\n")


def test_given_a_variable_that_is_made_with_set_then_it_is_told_what_makes_one(folder: Path) -> None:
    done = seash(folder, "-c", "set port 63100")
    assert (done.returncode, without_tips(done.stderr)[1]) == (1, "hint: did you mean `let NAME VALUE...`?")


def test_given_a_line_that_goes_on_with_the_next_then_it_is_one_and_has_the_number_of_its_first(folder: Path) -> None:
    (folder / "deploy.seash").write_text("set timeout \\\n  7\nshow timeout\nset \\\ntimeout 'seven\neight'\n")
    done = seash(folder, "deploy.seash")
    assert (done.returncode, done.stdout) == (1, "7\n")
    assert without_tips(done.stderr)[0].startswith("error: deploy.seash:4: ")


def test_given_a_quote_that_is_never_closed_then_it_is_told_where_it_begins(folder: Path) -> None:
    done = seash(folder, lines="show timeout\nset timeout '7\nshow timeout\n")
    assert (done.returncode, done.stdout) == (1, "10\n")
    assert without_tips(done.stderr)[0] == "error: line 2: a quote ' is not closed"


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_given_lines_on_stdin_then_they_are_a_script(folder: Path, arguments: tuple[str, ...]) -> None:
    done = seash(folder, *arguments, lines="show timeout # seconds\nbrowse\nshow timeout\n")
    assert (done.returncode, done.stdout) == (1, "10\n")
    assert without_tips(done.stderr)[0] == "error: line 2: this command needs an identity"


def test_given_exit_in_a_script_then_nothing_behind_it_is_done(folder: Path) -> None:
    done = seash(folder, lines="show timeout\nexit\nnonsense\n")
    assert (done.returncode, done.stdout) == (0, "10\n")


def test_given_a_script_that_is_not_there_then_it_is_told(folder: Path) -> None:
    done = seash(folder, "nosuch.seash")
    assert (done.returncode, done.stderr) == (1, "error: nosuch.seash: No such file or directory\n")
    of_a_line = without_tips(seash(folder, "-c", "genkeys joe; as joe; loadstate nosuch").stderr)
    assert of_a_line == ["error: nosuch: No such file or directory"]


def test_given_a_script_that_is_no_text_then_it_is_told(folder: Path) -> None:
    (folder / "deploy.seash").write_bytes(b"\xff\xfe\x00")
    done = seash(folder, "deploy.seash")
    assert (done.returncode, done.stderr) == (1, "error: deploy.seash: this is not a text\n")


def test_given_no_profile_when_the_testbed_is_needed_then_it_is_told_how_to_get_one(folder: Path) -> None:
    done = seash(folder, "-c", "genkeys joe; as joe browse")
    error, hint = without_tips(done.stderr)
    assert (done.returncode, "there is no profile" in error, "seattle login" in hint) == (1, True, True)


def test_given_a_broken_profile_then_the_shell_does_what_needs_none(folder: Path) -> None:
    (folder / "broken").mkdir()
    (folder / "broken" / "profile.toml").write_text("fabric = 1\n")
    done = seash(folder, "--profile", "./broken", "-c", "show timeout; genkeys joe; as joe browse")
    assert (done.returncode, done.stdout) == (1, "10\nCreated identity 'joe'\n")
    assert "profile.toml" in without_tips(done.stderr)[0]


def test_given_a_profile_then_its_key_is_an_identity_and_can_be_the_first(folder: Path) -> None:
    pair = KeyPair.generate()
    write_profile(folder / "lab", urls=["nats://127.0.0.1:4222"], key=pair, credential="none")
    done = seash(folder, "--identity", "lab", "-c", "savestate monday; show identities", SEATTLE_PROFILE="./lab")
    assert (done.returncode, done.stdout) == (0, "lab PUB PRIV\n")


def test_given_a_first_identity_that_is_not_there_then_it_is_told(folder: Path) -> None:
    done = seash(folder, "--identity", "joe", "-c", "show timeout")
    assert (done.returncode, done.stdout) == (1, "")
    assert without_tips(done.stderr)[0] == "error: there is no identity 'joe'"


@pytest.mark.parametrize("arguments", [("--nosuch",), ("a", "b"), ("a", "-c", "b"), ("-c",)])
def test_given_a_wrong_command_line_then_it_is_told_with_the_code_for_that(
    folder: Path, arguments: tuple[str, ...]
) -> None:
    assert seash(folder, *arguments).returncode == 2


def test_given_a_question_for_the_version_then_it_is_answered(folder: Path) -> None:
    assert seash(folder, "--version").stdout == f"seash {version('seattle')}\n"


def test_given_a_protected_key_and_nobody_to_ask_then_it_is_told(folder: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "open sesame", "-f", folder / "joe"], check=True)
    done = seash(folder, "-c", "loadkeys joe; show identities; as joe savestate monday")
    assert (done.returncode, done.stdout) == (1, "joe PUB PRIV\n")
    assert "protected by a passphrase, and there is nobody to ask" in without_tips(done.stderr)[0]


def test_given_a_name_that_would_steer_the_terminal_then_it_is_told_without_doing_so(folder: Path) -> None:
    done = seash(folder, "-c", "loadkeys ./\x1b]0;title\x07")
    assert ("\x1b" in done.stderr, r"\x1b]0" in done.stderr) == (False, True)


def test_given_a_mistake_of_the_shell_itself_then_it_is_told_and_reported_without_values(folder: Path) -> None:
    broken = (
        "from seattle.shell.commands import keys\nfrom seattle.shell import main\nkeys.check_identity_name = None\n"
    )
    broken += "raise SystemExit(main())\n"
    done = subprocess.run(
        [sys.executable, "-c", broken, "--keep-going", "-"],
        check=False,
        input="genkeys secret\nshow timeout\n",
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")},
        capture_output=True,
        text=True,
        timeout=BOUND,
    )
    report = folder / "state" / "seattle" / "seash" / "errors.log"
    assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (1, "10\n", False)
    assert without_tips(done.stderr) == [
        "error: line 1: the shell itself has failed: TypeError",
        f"hint: {report} tells where; please show it to those who make Seattle",
    ]
    assert ("check_identity_name" in report.read_text(), mode_of(report)) == (True, 0o600)
