"""Identities: keys that are made, loaded, shown and forgotten."""

from pathlib import Path

import pytest
from tests.shell.offline import OfflineShell, mode_of

from seattle.identity.errors import IdentityError, KeyFileExists, KeyFileMissing, WrongPassphrase
from seattle.identity.files import load_key_pair, load_public_key, save_key_pair
from seattle.identity.keys import KeyPair


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the shell is; it is the home folder, too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


@pytest.fixture
def shell() -> OfflineShell:
    return OfflineShell()


def a_key(path: Path, passphrase: bytes | None = None) -> KeyPair:
    pair = KeyPair.generate()
    save_key_pair(path, pair, passphrase)
    return pair


@pytest.mark.parametrize(
    ("line", "file", "name"),
    [
        ("genkeys joe", "joe", "joe"),
        ("genkey ~/joe.key as joe", "joe.key", "joe"),
        ("genkeys ~/joe.pub", "joe", "joe"),
    ],
)
def test_given_a_file_when_keys_are_made_then_only_their_owner_reads_them_and_there_is_an_identity(
    shell: OfflineShell, folder: Path, line: str, file: str, name: str
) -> None:
    assert shell.do(line) == f"Created identity '{name}'\n"
    assert mode_of(folder / file) == 0o600
    assert load_public_key(folder / f"{file}.pub") == shell.session.identities.get(name).public
    assert shell.session.identity_name is None


def test_given_a_key_is_there_when_keys_are_made_then_it_is_not_replaced(shell: OfflineShell, folder: Path) -> None:
    pair = a_key(folder / "joe")
    with pytest.raises(KeyFileExists):
        shell.do("genkeys joe")
    assert (load_key_pair(folder / "joe"), "joe" in shell.session.identities) == (pair, False)


@pytest.mark.parametrize("line", ["loadkeys ~/k/joe", "loadkeys k/joe.pub", "loadkey k/joe as joe", "loadpriv k/joe"])
def test_given_a_key_when_loaded_by_either_name_then_it_can_sign_and_nothing_is_said(
    shell: OfflineShell, folder: Path, line: str
) -> None:
    (folder / "k").mkdir()
    pair = a_key(folder / "k" / "joe")
    assert shell.do(line) == ""
    assert shell.session.identities.get("joe").pair == pair
    assert shell.do("show identities") == "joe PUB PRIV\n"


def test_given_a_key_of_the_users_folder_when_loaded_by_its_name_then_it_is_found(
    shell: OfflineShell, folder: Path
) -> None:
    (folder / "config" / "seattle" / "keys").mkdir(parents=True)
    a_key(folder / "config" / "seattle" / "keys" / "joe")
    shell.do("loadkeys joe")
    assert shell.do("show identities") == "joe PUB PRIV\n"


@pytest.mark.parametrize("line", ["loadpub joe", "loadpub joe.pub", "loadpub ./joe.pub as joe"])
def test_given_a_public_key_when_loaded_with_or_without_its_ending_then_its_name_has_none(
    shell: OfflineShell, folder: Path, line: str
) -> None:
    a_key(folder / "joe")
    shell.do(line)
    assert shell.do("show identities") == "joe PUB\n"


def test_given_a_public_key_when_its_private_half_is_loaded_then_both_are_there(
    shell: OfflineShell, folder: Path
) -> None:
    a_key(folder / "joe")
    shell.do("loadpub joe as me", "loadpriv joe as me")
    assert shell.do("show identities") == "me PUB PRIV\n"


@pytest.mark.parametrize("line", ["loadpub ann as joe", "loadpriv ann as joe"])
def test_given_an_identity_when_half_of_another_key_is_loaded_as_it_then_it_stays_what_it_is(
    shell: OfflineShell, folder: Path, line: str
) -> None:
    a_key(folder / "ann")
    pair = shell.knows("joe")
    assert "has another key already" in shell.refusal(line)[0]
    assert shell.session.identities.get("joe").pair == pair


def test_given_two_halves_of_different_keys_when_loaded_then_it_is_told(shell: OfflineShell, folder: Path) -> None:
    a_key(folder / "joe")
    a_key(folder / "ann")
    (folder / "ann.pub").replace(folder / "joe.pub")
    assert "halves of different keys" in shell.refusal("loadkeys joe")[0]
    assert "joe" not in shell.session.identities


@pytest.mark.parametrize("command", ["loadkeys", "loadpub", "loadpriv"])
def test_given_no_such_file_when_loaded_then_the_error_names_it(shell: OfflineShell, command: str) -> None:
    with pytest.raises(KeyFileMissing, match=r"joe.*: there is no such key file"):
        shell.do(f"{command} joe")


@pytest.mark.parametrize("written", ["joe", "joe.publickey", "joe.privatekey"])
def test_given_keys_of_the_old_system_when_loaded_then_it_is_told_what_to_do(
    shell: OfflineShell, folder: Path, written: str
) -> None:
    for half in ("publickey", "privatekey"):
        (folder / f"joe.{half}").write_text("3 15")
    error, hint = shell.refusal(f"loadkeys {written}")
    assert ("RSA key of the old system" in error, "genkeys" in hint) == (True, True)


@pytest.mark.parametrize("name", ["-x", "'a b'", "..", "a/b", "x" * 65])
def test_given_a_name_that_no_identity_can_have_when_loaded_then_it_is_refused(
    shell: OfflineShell, folder: Path, name: str
) -> None:
    a_key(folder / "joe")
    assert "can't be the name of an identity" in shell.refusal(f"loadkeys joe as {name}")[0]


def test_given_a_private_key_that_others_can_read_when_loaded_then_it_is_refused(
    shell: OfflineShell, folder: Path
) -> None:
    a_key(folder / "joe")
    (folder / "joe").chmod(0o644)
    with pytest.raises(IdentityError, match="others can use this secret"):
        shell.do("loadkeys joe")


def test_given_identities_when_keys_are_shown_then_no_private_one_is(shell: OfflineShell) -> None:
    pair = shell.knows("joe")
    told = shell.do("show keys")
    assert told.startswith(f"joe {pair.id} ssh-ed25519 ")
    assert pair.seed.hex() not in told
    assert len(told.split()) == 4


def test_given_the_default_identity_when_forgotten_then_there_is_no_default(shell: OfflineShell) -> None:
    shell.knows("joe")
    shell.finds(2)
    shell.do("as joe", "forget identity joe")
    assert (shell.session.prompt, "joe" in shell.session.identities) == (" !> ", False)
    assert "2 known vessels were found by 'joe'" in shell.notes


@pytest.mark.anyio
async def test_given_a_protected_key_when_it_is_needed_then_its_passphrase_is_asked_for_once(folder: Path) -> None:
    pair = a_key(folder / "joe", b"open sesame")
    asked: list[str] = []

    async def ask(what: str) -> bytes:
        asked.append(what)
        return b"open sesame"

    shell = OfflineShell(ask=ask)
    identities = shell.session.identities
    await shell.session.do("loadkeys joe")
    assert asked == []
    locked = identities.get("joe")
    assert [await identities.pair_of(locked), await identities.pair_of(locked)] == [pair, pair]
    assert asked == ["joe"]


@pytest.mark.anyio
async def test_given_a_wrong_passphrase_then_the_key_stays_locked(folder: Path) -> None:
    a_key(folder / "joe", b"open sesame")

    async def ask(what: str) -> bytes:
        return b"open barley"

    shell = OfflineShell(ask=ask)
    await shell.session.do("loadkeys joe")
    with pytest.raises(WrongPassphrase):
        await shell.session.identities.pair_of(shell.session.identities.get("joe"))
    assert shell.session.identities.get("joe").pair is None


def test_given_a_passphrase_when_keys_are_made_then_the_file_needs_it(folder: Path) -> None:
    asked = []

    async def ask(what: str) -> bytes:
        asked.append(what)
        return b"open sesame"

    shell = OfflineShell(ask=ask)
    shell.do("genkeys joe with passphrase")
    assert asked == ["the new key joe", "the new key joe again"]
    assert load_key_pair(folder / "joe", b"open sesame") == shell.session.identities.get("joe").pair


def test_given_two_different_passphrases_when_keys_are_made_then_none_are(folder: Path) -> None:
    answers = iter([b"open sesame", b"open barley"])

    async def ask(what: str) -> bytes:
        return next(answers)

    shell = OfflineShell(ask=ask)
    assert shell.refusal("genkeys joe with passphrase")[0] == "these are two different passphrases"
    assert list(folder.iterdir()) == []
