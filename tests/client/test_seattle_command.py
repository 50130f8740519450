"""The `seattle` command, as a shell runs it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.client.profile import Profile
from seattle.fabric.errors import RemoteError
from seattle.identity.keys import KeyPair

World = Any  # of conftest.py, which tests don't import
Command = Callable[..., "subprocess.CompletedProcess[str]"]
Interruptible = Callable[..., "subprocess.Popen[str]"]

BOUND = 60  # seconds; far more than anything here takes
MAIN = [sys.executable, "-c", "from seattle.cli import main; raise SystemExit(main())"]
HEAVY = {"nats", "cryptography", "nacl", "django", "rich", "structlog"}


def environment(home: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home), **more}


@pytest.fixture
def command(tmp_path: Path, profile: Profile) -> Command:
    def run(*words: str | Path, **more: str) -> "subprocess.CompletedProcess[str]":
        env = environment(tmp_path, SEATTLE_PROFILE=str(profile.folder)) | more
        return subprocess.run(
            [*MAIN, *map(str, words)],
            env=env,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BOUND,
            check=False,
        )

    return run


@pytest.fixture
def interruptible(tmp_path: Path, profile: Profile) -> Interruptible:
    def begin(*words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*MAIN, *words],
            env=environment(tmp_path, SEATTLE_PROFILE=str(profile.folder)),
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    path = tmp_path / "hello.py"
    path.write_text("say hello {0} from {name}\nexit 0")
    return path


def imported_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules, file=sys.stderr)"],
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=True,
    )
    return {name.partition(".")[0] for name in done.stderr.split()}


def test_given_help_is_asked_for_then_nothing_slow_is_imported() -> None:
    imported = imported_by("import seattle.cli, sys\nsys.argv = ['seattle', '--help']\nassert seattle.cli.main() == 0")
    assert "typer" in imported
    assert not imported & HEAVY


def test_given_the_package_is_imported_then_it_brings_nothing_along() -> None:
    assert imported_by("import seattle") - imported_by("pass") == {"seattle"}


def test_given_the_package_then_connect_is_there_and_what_is_not_is_an_attribute_error() -> None:
    import seattle
    from seattle import client

    assert seattle.connect is client.connect
    with pytest.raises(AttributeError, match="disconnect"):
        seattle.disconnect  # type: ignore[attr-defined]  # noqa: B018 - that it isn't there is the test


def test_given_help_then_every_command_is_on_stdout(command: Command) -> None:
    done = command("--help")
    assert done.returncode == 0
    assert {"vessels", "run", "logs", "stop", "put", "get-file", "reset", "key", "up", "demo"} <= set(
        done.stdout.split()
    )


@pytest.mark.parametrize("words", [(), ("vessles",), ("run",), ("vessels", "--bogus"), ("reset",)])
def test_given_a_wrong_command_line_then_stdout_is_empty_and_the_exit_code_is_2(
    command: Command, words: tuple[str, ...]
) -> None:
    done = command(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_given_no_profile_then_an_error_and_a_hint_tell_what_to_do(command: Command, tmp_path: Path) -> None:
    done = command("vessels", SEATTLE_PROFILE=str(tmp_path / "nowhere"))
    assert (done.returncode, done.stdout) == (1, "")
    error, hint = done.stderr.splitlines()
    assert error.startswith("error: there is no profile")
    assert hint.startswith("hint: ")


def test_given_no_broker_then_the_error_is_a_line_and_no_traceback(
    command: Command, profile: Profile, tmp_path: Path
) -> None:
    text = (profile.folder / "profile.toml").read_text().replace(profile.urls[0], "nats://127.0.0.1:1")
    (profile.folder / "profile.toml").write_text(text)
    done = command("vessels")
    assert done.returncode == 1
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["error", "hint"]


def test_given_vessels_and_a_dead_node_then_the_json_has_both_and_the_exit_code_is_3(
    world: World, alice: KeyPair, command: Command
) -> None:
    node = world.node(alice, "v1")
    dead = world.node(alice, "v1", serving=False)
    done = command("vessels", "--json")
    assert done.returncode == 3
    assert done.stderr == (
        f"error: 1 of 2 nodes did not tell which vessels they have: {dead.id[:9]} (the node is offline)\n"
    )
    told = json.loads(done.stdout)
    assert told["unreachable"] == [{"node": dead.id, "code": "nobody-there", "message": "the node is offline"}]
    assert told["vessels"] == [
        {
            "vessel": f"{node.id[:9]}/v1",
            "node": node.id,
            "name": "v1",
            "state": "fresh",
            "run": 0,
            "outcome": None,
            "owner": alice.id,
            "users": [],
            "addresses": ["127.0.0.1"],
            "nat": "unknown",
            "public_address": "",
            "tcp_ports": [63100],
            "udp_ports": [],
            "owner_information": "",
            "holding_back": "",
            "notice": "",
            "expires_at": None,
        }
    ]


def test_given_vessels_then_people_get_a_table(world: World, alice: KeyPair, command: Command) -> None:
    node = world.node(alice, "v1")
    done = command("vessels")
    assert done.returncode == 0
    assert f"{node.id[:9]}/v1" in done.stdout
    assert "fresh" in done.stdout
    assert done.stderr == ""


def test_given_what_a_donor_wants_known_when_vessels_are_listed_then_it_is_told_and_no_terminal_obeys_it(
    world: World, alice: KeyPair, command: Command
) -> None:
    world.node(alice, "v1", "v2").notice = "the donor empties this node \x1b[31m at noon"
    listed = command("vessels")
    assert listed.stderr.count("the donor empties this node \\x1b[31m at noon") == 1
    facts = json.loads(command("vessels", "--json").stdout)["vessels"]
    assert [vessel["notice"] for vessel in facts] == ["the donor empties this node \x1b[31m at noon"] * 2


def test_given_a_program_that_ends_well_everywhere_then_its_lines_are_on_stdout_and_the_exit_code_is_0(
    world: World, alice: KeyPair, command: Command, hello: Path
) -> None:
    node = world.node(alice, "v1", "v2")
    done = command("run", hello, "--on")  # what follows the program belongs to it
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


def test_given_a_folder_that_can_not_be_made_when_files_are_fetched_then_an_error_says_so(
    world: World, alice: KeyPair, command: Command, tmp_path: Path
) -> None:
    world.node(alice, "v1")
    (tmp_path / "file").touch()
    done = command("get-file", "x", "--into", "file/sub")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


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
