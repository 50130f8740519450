"""`seattle key`, as a user and as a program would run it."""

import importlib.util
import json
import logging
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from seattle.cli.key import app
from seattle.identity import files, openssh
from seattle.identity.folders import default_keys_dir
from seattle.identity.keys import KeyPair
from seattle.identity.nkey import NkeyKind, encode_nkey
from seattle.identity.openssh import format_public_line

needs_bcrypt = pytest.mark.skipif(
    importlib.util.find_spec("bcrypt") is None, reason="bcrypt, which protects keys with a passphrase, is not installed"
)

Run = Callable[..., Result]


@pytest.fixture
def keys_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEATTLE_KEYS", str(tmp_path / "keys"))
    return tmp_path / "keys"


@pytest.fixture
def run(keys_dir: Path) -> Run:
    def key(*arguments: object, answers: str | None = None) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], input=answers)

    return key


def check(result: Result, *, code: int = 0, error: str = "") -> str:
    """Check how a command ended, and that an error is told on stderr alone."""
    assert result.exit_code == code, result.output
    assert (error in result.stderr) if error else ("error:" not in result.stderr)
    if code:
        assert result.stdout.strip() == ""  # the runner puts an empty line where a terminal hides an answer
        assert "Traceback" not in result.stderr
    return result.stdout


def test_a_new_key_is_kept_in_the_folder_of_keys_and_shown(run: Run, keys_dir: Path) -> None:
    shown = check(run("new", "alice"))
    key = files.load_key_pair(keys_dir / "alice")
    assert key.id in shown
    assert openssh.fingerprint(key.public) in shown
    assert (keys_dir / "alice.pub").read_text().strip() in shown
    assert stat.S_IMODE(keys_dir.stat().st_mode) == 0o700
    assert check(run("show", "alice")) == shown


def test_json_is_a_promise(run: Run, keys_dir: Path) -> None:
    made = json.loads(check(run("new", "alice", "--json")))
    key = files.load_key_pair(keys_dir / "alice")
    assert made == {
        "name": "alice",
        "id": key.id,
        "public": openssh.format_public_line(key.public, "alice"),
        "fingerprint": openssh.fingerprint(key.public),
    }
    assert json.loads(check(run("show", "alice", "--json"))) == made
    assert json.loads(check(run("export", "alice", "--public", "--json"))) == {"public": made["public"]}
    again = json.loads(check(run("import", keys_dir / "alice", "--as", "again", "--json")))
    assert again["id"] == made["id"]


def test_a_key_is_replaced_only_with_force(run: Run, keys_dir: Path) -> None:
    check(run("new", "alice"))
    before = files.load_key_pair(keys_dir / "alice")
    result = run("new", "alice")
    check(result, code=1, error="error: ")
    assert "hint: " in result.stderr
    assert "--force" in result.stderr
    assert files.load_key_pair(keys_dir / "alice") == before
    check(run("new", "alice", "--force"))
    assert files.load_key_pair(keys_dir / "alice") != before


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "-x", ".hidden", "a b", "a\n", "x.pub", "x" * 65, "é"])
def test_a_name_that_could_be_a_path_or_an_option_is_wrong_usage(run: Run, keys_dir: Path, name: str) -> None:
    check(run("new", "--", name), code=2, error="error: ")
    assert not keys_dir.exists()


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
def test_show_agrees_with_ssh_keygen(run: Run, keys_dir: Path) -> None:
    shown = json.loads(check(run("new", "alice", "--json")))
    listed = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(keys_dir / "alice.pub")], capture_output=True, text=True, check=True
    )
    assert listed.stdout.split()[1:3] == [shown["fingerprint"], "alice"]


def test_show_takes_a_name_a_file_or_an_id(run: Run, keys_dir: Path, tmp_path: Path, bob: KeyPair) -> None:
    check(run("new", "alice"))
    (tmp_path / "bob.pub").write_text(f"{format_public_line(bob.public, 'bob@example')}\n")
    (keys_dir / "carol.pub").write_text(f"{format_public_line(bob.public)}\n")
    for which in (tmp_path / "bob.pub", bob.id, "carol"):
        assert bob.id in check(run("show", which))


def test_show_of_an_unknown_name_says_what_to_do(run: Run) -> None:
    result = run("show", "nobody")
    check(result, code=1, error="error: there is no key nobody")
    assert "hint: `seattle key new" in result.stderr


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_an_openssh_key_is_imported(run: Run, keys_dir: Path, tmp_path: Path, bob: KeyPair, mode: int) -> None:
    files.save_key_pair(tmp_path / "id_ed25519", bob)
    (tmp_path / "id_ed25519").chmod(mode)
    assert bob.id in check(run("import", tmp_path / "id_ed25519", "--as", "bob"))
    assert files.load_key_pair(keys_dir / "bob") == bob


def test_a_seed_is_imported_from_a_file_or_stdin_and_exported_again(
    run: Run, keys_dir: Path, tmp_path: Path, bob: KeyPair
) -> None:
    seed = encode_nkey(NkeyKind.USER_SEED, bob.seed)
    (tmp_path / "seed").write_text(seed + "\n")
    (tmp_path / "seed").chmod(0o600)
    assert bob.id in check(run("import", tmp_path / "seed", "--as", "bob"))
    assert bob.id in check(run("import", "-", "--as", "bob2", answers=seed + "\n"))
    for name in ("bob", "bob2"):
        assert check(run("export", name, "--seed")) == seed + "\n"


def test_an_exposed_file_is_not_imported(run: Run, keys_dir: Path, tmp_path: Path, bob: KeyPair) -> None:
    files.save_key_pair(tmp_path / "id", bob)
    (tmp_path / "id").chmod(0o644)
    result = run("import", tmp_path / "id", "--as", "bob")
    check(result, code=1, error="others can use this secret")
    assert "hint: chmod 600" in result.stderr
    assert not keys_dir.exists()


@pytest.mark.parametrize("kind", [NkeyKind.ACCOUNT_SEED, NkeyKind.OPERATOR_SEED, NkeyKind.USER])
def test_what_is_no_users_seed_is_not_imported_and_not_quoted(run: Run, bob: KeyPair, kind: NkeyKind) -> None:
    text = encode_nkey(kind, bob.public.raw)
    result = run("import", "-", "--as", "bob", answers=text)
    check(result, code=1, error="error: ")
    assert text[4:20] not in result.output


def test_each_form_of_export_is_read_by_import_or_show(run: Run, tmp_path: Path) -> None:
    shown = json.loads(check(run("new", "alice", "--json")))
    for form, how in (("--seed", "import"), ("--openssh", "import"), ("--public", "show")):
        exported = tmp_path / form
        exported.write_text(check(run("export", "alice", form)))
        exported.chmod(0o600)
        arguments = ("--as", f"copy{form}") if how == "import" else ()
        assert shown["id"] in check(run(how, exported, *arguments))


@pytest.mark.parametrize("forms", [(), ("--public", "--seed"), ("--seed", "--openssh")])
def test_export_of_no_form_or_two_is_wrong_usage(run: Run, forms: tuple[str, ...]) -> None:
    check(run("new", "alice"))
    check(run("export", "alice", *forms), code=2, error="one of --public, --seed and --openssh")


def test_a_secret_is_shown_by_export_alone(
    run: Run, keys_dir: Path, caplog: pytest.LogCaptureFixture, bob: KeyPair, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    seed = encode_nkey(NkeyKind.USER_SEED, bob.seed)
    shown = [run("import", "-", "--as", "bob", answers=seed), run("show", "bob"), run("export", "bob", "--public")]
    shown += [run("import", "-", "--as", "bob", answers=seed), run("import", "-", "--as", "bob3", answers=seed[:-1])]
    private = openssh.format_private(bob).splitlines()[-3]
    for result in shown:
        for secret in (seed[2:30], bob.seed.decode(), private):
            assert secret not in result.output + caplog.text


def test_a_missing_argument_is_wrong_usage(run: Run) -> None:
    for arguments in (["new"], ["show"], ["import", "x"], ["export"], ["melt"]):
        assert run(*arguments).exit_code == 2


@needs_bcrypt
def test_a_passphrase_is_asked_for_twice_and_protects_the_key(run: Run, keys_dir: Path) -> None:
    result = run("new", "alice", "--passphrase", answers="open sesame\nopen sesame\n")
    check(result)
    assert "open sesame" not in result.output
    key = files.load_key_pair(keys_dir / "alice", b"open sesame")
    assert isinstance(key, KeyPair)
    assert key.id in check(run("show", "alice"))  # the public half needs none
    seed = encode_nkey(NkeyKind.USER_SEED, key.seed)
    exported = check(run("export", "alice", "--seed", answers="open sesame\n"))
    assert exported.lstrip() == seed + "\n"
    check(run("export", "alice", "--seed", answers="close sesame\n"), code=1, error="the passphrase is wrong")


@needs_bcrypt
def test_a_protected_key_stays_protected_when_imported(run: Run, keys_dir: Path, tmp_path: Path, bob: KeyPair) -> None:
    files.save_key_pair(tmp_path / "id", bob, b"open sesame")
    (tmp_path / "passphrase").write_text("open sesame\n")
    (tmp_path / "passphrase").chmod(0o600)
    check(run("import", tmp_path / "id", "--as", "asked", answers="open sesame\n"))
    check(run("import", tmp_path / "id", "--as", "told", "--passphrase-file", tmp_path / "passphrase"))
    for name in ("asked", "told"):
        assert openssh.private_is_protected((keys_dir / name).read_text())
        assert files.load_key_pair(keys_dir / name, b"open sesame") == bob


def test_the_folder_of_keys_is_the_option_or_the_environment_or_the_users_configuration(
    run: Run, keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(run("new", "alice", "--keys-dir", tmp_path / "option"))
    assert (tmp_path / "option" / "alice").exists()
    check(run("new", "alice"))
    assert (keys_dir / "alice").exists()
    monkeypatch.delenv("SEATTLE_KEYS")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    check(run("new", "alice"))
    assert (tmp_path / "xdg" / "seattle" / "keys" / "alice").exists()
    for ignored in ("", "relative/path"):
        monkeypatch.setenv("XDG_CONFIG_HOME", ignored)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        assert default_keys_dir() == tmp_path / "home" / ".config" / "seattle" / "keys"


def test_a_passphrase_file_that_is_missing_is_not_taken_for_a_key(run: Run, tmp_path: Path) -> None:
    result = run("new", "alice", "--passphrase-file", tmp_path / "words")
    check(result, code=1, error=f"error: {tmp_path / 'words'}: there is no such file")
    assert "hint: its first line is the passphrase" in result.stderr
