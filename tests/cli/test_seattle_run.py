"""`seattle run`, `logs` and `stop`: programs on vessels, whose nodes can be made to fail."""

import json
import os
import pty
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.cli.commands import BOUND, MAIN, Command, Interruptible, environment

from seattle.client.profile import Profile
from seattle.fabric.errors import RemoteError
from seattle.identity.keys import KeyPair

World = Any  # of a conftest.py, which tests don't import


def test_given_a_program_that_ends_well_everywhere_then_its_lines_are_on_stdout_and_the_exit_code_is_0(
    world: World, alice: KeyPair, command: Command, hello: Path
) -> None:
    node = world.node(alice, "v1", "v2")
    done = command("run", hello, "--", "--on")  # what follows -- belongs to the program
    assert done.returncode == 0
    assert sorted(done.stdout.splitlines()) == [
        f"{node.id[:9]}/{name} | hello --on from {name}" for name in ("v1", "v2")
    ]
    assert done.stderr == ""


def test_given_a_program_that_fails_on_a_part_then_the_exit_code_is_3_and_the_error_names_it(
    world: World, alice: KeyPair, command: Command, hello: Path
) -> None:
    world.node(alice, "v1")
    bad = world.node(alice, "v1")
    bad.refuse["start"] = RemoteError("not-started", "the walls don't stand")
    done = command("run", hello, "you")
    assert done.returncode == 3
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == (
        f"error: 1 of 2 vessels did not come to a good end: {bad.id[:9]}/v1 (the walls don't stand)\n"
    )


def test_given_a_program_that_fails_everywhere_then_the_exit_code_is_1(
    world: World, alice: KeyPair, command: Command, tmp_path: Path
) -> None:
    world.node(alice, "v1")
    (tmp_path / "bad.py").write_text("fail")
    done = command("run", "bad.py")
    assert done.returncode == 1
    assert "exception(ValueError: no)" in done.stderr


def test_given_json_then_a_run_is_told_in_events(world: World, alice: KeyPair, command: Command, hello: Path) -> None:
    node = world.node(alice, "v1")
    done = command("run", "--json", hello, "you")
    where = {"vessel": f"{node.id[:9]}/v1", "node": node.id, "name": "v1"}
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"event": "started", **where, "ok": True, "run": 1},
        {"event": "line", **where, "text": "hello you from v1", "missed": 0},
        {"event": "ended", **where, "ok": True, "outcome": {"kind": "exited", "detail": "0", "exit_code": 0}},
    ]


def test_given_patterns_then_only_those_vessels_are_used(
    world: World, alice: KeyPair, command: Command, hello: Path
) -> None:
    node = world.node(alice, "v1", "v2", "v3")
    done = command("run", "--on", "/v1", "--on", f"{node.id}/v3", hello, "you")
    assert done.returncode == 0
    assert [node.vessels[name].run for name in ("v1", "v2", "v3")] == [1, 0, 1]
    done = command("run", "--on", "/v9", hello)
    assert done.returncode == 1
    assert "'/v9'" in done.stderr


def test_given_no_vessels_then_run_says_so(command: Command, hello: Path) -> None:
    done = command("run", hello)
    assert done.returncode == 1
    assert done.stderr.startswith("error: there is no vessel for the key ")


def test_given_no_vessels_when_they_are_listed_then_it_is_told_how_some_are_got(
    command: Command, profile: Profile
) -> None:
    assert "has no site that lends vessels" in command("vessels").stderr
    with (profile.folder / "profile.toml").open("a") as file:
        file.write('site_url = "http://127.0.0.1:1"\n')
    assert "`seattle get 3` gets three" in command("vessels").stderr


@pytest.mark.parametrize(("word", "said"), [("hello", "is hello.py meant?"), ("runs", "runs is a folder")])
def test_given_what_is_no_program_when_it_is_to_run_then_it_is_told_what_may_be_meant(
    command: Command, hello: Path, word: str, said: str
) -> None:
    (hello.parent / "runs").mkdir()
    done = command("run", word)
    assert done.returncode == 1
    assert said in done.stderr


def test_given_a_detached_run_then_its_log_is_shown_and_it_is_stopped(
    world: World, alice: KeyPair, command: Command, tmp_path: Path
) -> None:
    node = world.node(alice, "v1")
    (tmp_path / "long.py").write_text("say working")
    assert command("run", "--detach", "long.py").returncode == 0
    assert command("logs").stdout == f"{node.id[:9]}/v1 | working\n"
    assert json.loads(command("logs", "--json").stdout)[0]["text"] == "working\n"
    assert command("stop").returncode == 0
    followed = command("logs", "--follow")
    assert (followed.returncode, followed.stdout) == (0, f"{node.id[:9]}/v1 | working\n")


def test_given_a_program_that_runs_when_interrupted_then_it_is_stopped_and_the_exit_code_is_1(
    world: World, alice: KeyPair, interruptible: Interruptible, tmp_path: Path
) -> None:
    node = world.node(alice, "v1")
    (tmp_path / "long.py").write_text("say working")
    process = interruptible("run", "long.py")
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{node.id[:9]}/v1 | working\n"  # live: it has not ended
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=BOUND)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 1
    assert "stopped(by a user)" in errors
    assert node.vessels["v1"].state == "stopped"


def test_given_a_program_that_is_being_started_when_interrupted_then_it_is_stopped_once_it_has(
    world: World, alice: KeyPair, interruptible: Interruptible, tmp_path: Path
) -> None:
    node = world.node(alice, "v1")
    node.hold.add("start")
    (tmp_path / "long.py").write_text("say working")
    process = interruptible("run", "long.py")
    try:
        node.act(node.holding.wait)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert "stopping when it has started" in process.stderr.readline()
        node.act(node.over.set)
        _, errors = process.communicate(timeout=BOUND)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 1
    assert "stopped(by a user)" in errors
    assert node.vessels["v1"].state == "stopped"


def test_given_a_vessel_that_takes_long_to_start_when_a_program_is_run_then_the_lines_of_others_are_shown_meanwhile(
    world: World, alice: KeyPair, interruptible: Interruptible, hello: Path
) -> None:
    slow, quick = world.node(alice, "v1"), world.node(alice, "v1")
    slow.hold.add("start")
    process = interruptible("run", hello, "early", "--json")
    try:
        assert process.stdout is not None
        early = [json.loads(process.stdout.readline()) for _ in range(2)]
        assert [(event["event"], event["node"]) for event in early] == [("started", quick.id), ("line", quick.id)]
        slow.act(slow.over.set)
        rest, _ = process.communicate(timeout=BOUND)
    finally:
        process.kill()
        process.wait()
    told = [(event["event"], event["node"]) for event in map(json.loads, rest.splitlines())]
    assert told[:2] == [("started", slow.id), ("line", slow.id)]
    assert process.returncode == 0


def test_given_a_reader_that_goes_away_then_the_program_is_stopped(
    world: World, alice: KeyPair, interruptible: Interruptible, tmp_path: Path
) -> None:
    node = world.node(alice, "v1")
    (tmp_path / "long.py").write_text("say working")
    process = interruptible("run", "long.py")
    try:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        node.act(node.vessels["v1"].write, b"more\n")
        assert process.stderr is not None
        errors = process.stderr.read()
        assert process.wait(BOUND) == 1
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in errors
    assert node.vessels["v1"].state == "stopped"


def test_given_an_option_that_we_do_not_have_when_a_program_is_run_then_the_hint_tells_of_the_two_dashes(
    command: Command, hello: Path
) -> None:
    done = command("run", hello, "--verbose")
    assert (done.returncode, done.stdout) == (2, "")
    assert "go after --" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["--on", "wan:0"],
        ["--on", "wan:1001"],
        ["--on", "wan:many"],
        ["--on", "moon:3"],
        ["--keep"],
        ["--where", "country=DE"],
        ["--detach", "--on", "wan:3"],
        ["--detach", "--timeout", "3"],
        ["--restart", "always"],
    ],
)
def test_given_options_that_make_no_sense_when_a_program_is_run_then_that_is_wrong_usage_with_words_on_it(
    command: Command, hello: Path, words: list[str]
) -> None:
    done = command("run", hello, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")


def test_given_a_vessel_that_takes_no_file_when_a_program_is_run_then_it_runs_on_the_others_and_the_exit_code_is_3(
    world: World, alice: KeyPair, command: Command, tmp_path: Path
) -> None:
    world.node(alice, "v1")
    bad = world.node(alice, "v1")
    bad.refuse["add_file"] = RemoteError("no-space", "the disk is full")
    (tmp_path / "main.py").write_text("say hello\nexit 0")
    (tmp_path / "data").write_text("1")
    done = command("run", "main.py", "--with", "data", "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    ends = {event["node"]: event["ok"] for event in events if event["event"] == "ended"}
    assert (done.returncode, ends[bad.id], sorted(ends.values())) == (3, False, [False, True])
    assert "(the disk is full)" in done.stderr


def test_given_fold_when_a_program_goes_on_then_a_terminal_shows_whom_we_wait_for(
    world: World, alice: KeyPair, profile: Profile, tmp_path: Path
) -> None:
    node = world.node(alice, "v1", "v2")
    (tmp_path / "long.py").write_text("say working")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*MAIN, "run", "--fold", "long.py"],
        env=environment(tmp_path, SEATTLE_PROFILE=str(profile.folder), TERM="xterm"),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    try:
        seen = b""
        while b"waiting for" not in seen:
            seen += os.read(ours, 1000)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=BOUND)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert b"0 of 2 have ended" in seen
    assert f"{node.id[:9]}/v1" in out  # with what it had written until then
