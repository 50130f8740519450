"""Help, wrong command lines, and what an installation imports for them."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.commands import BOUND, Command

from seattle.client.profile import Profile

HEAVY = {"typer", "msgspec", "nats", "cryptography", "nacl", "django", "rich", "structlog"}


def imported_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules, file=sys.stderr)"],
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=True,
    )
    return {name.partition(".")[0] for name in done.stderr.split()}


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["key", "new", "--help"], ["node", "-h"]])
def test_given_help_is_asked_for_then_nothing_slow_is_imported(words: list[str]) -> None:
    argv = ["seattle", *words]
    imported = imported_by(f"import seattle.cli, sys\nsys.argv = {argv}\nassert seattle.cli.main() == 0")
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
