import base64
import importlib.util
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from hypothesis import given
from hypothesis import strategies as st

from seattle.identity import files, openssh
from seattle.identity.errors import (
    IdentityError,
    InvalidKey,
    KeyFileError,
    KeyFileExists,
    KeyFileExposed,
    KeyFileMissing,
    KeyFileUnreadable,
    PassphraseNeeded,
    PassphraseUnsupported,
    WrongPassphrase,
)
from seattle.identity.keys import KeyPair

needs_bcrypt = pytest.mark.skipif(
    importlib.util.find_spec("bcrypt") is None, reason="bcrypt, which protects keys with a passphrase, is not installed"
)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@given(seed=st.binary(min_size=32, max_size=32))
def test_any_key_pair_survives_the_private_key_format(seed: bytes) -> None:
    key = KeyPair.from_seed(seed)
    text = openssh.format_private(key)
    assert openssh.parse_private(text).seed == seed
    assert openssh.public_of_private(text) == key.public


@given(seed=st.binary(min_size=32, max_size=32), comment=st.text(max_size=40))
def test_any_key_survives_the_public_line(seed: bytes, comment: str) -> None:
    key = KeyPair.from_seed(seed).public
    try:
        line = openssh.format_public_line(key, comment)
    except InvalidKey:
        assert not comment.isprintable()
        return
    assert openssh.read_public(line + "\n") == key


@given(text=st.text(max_size=200) | st.builds("ssh-ed25519 {}".format, st.text(max_size=100)))
def test_any_text_read_as_a_public_key_is_a_key_or_an_invalid_key(text: str) -> None:
    with pytest.raises(InvalidKey):
        openssh.read_public(text)


@given(data=st.binary(max_size=300))
def test_any_bytes_in_the_armour_of_a_private_key_are_refused(data: bytes) -> None:
    armoured = base64.b64encode(data).decode()
    text = f"{openssh.PRIVATE_HEADER}\n{armoured}\n{openssh.PRIVATE_FOOTER}\n"
    with pytest.raises(KeyFileUnreadable):
        openssh.parse_private(text)


def test_saved_keys_are_loaded_and_only_the_owner_can_read_the_secret(tmp_path: Path, alice: KeyPair) -> None:
    old = os.umask(0)  # even if the user's umask lets everybody in
    try:
        files.save_key_pair(tmp_path / "alice", alice, comment="alice@example")
    finally:
        os.umask(old)
    assert files.load_key_pair(tmp_path / "alice") == alice
    assert files.load_public_key(tmp_path / "alice.pub") == alice.public
    assert files.load_public_key(tmp_path / "alice") == alice.public
    assert (tmp_path / "alice.pub").read_text().endswith(" alice@example\n")
    assert mode_of(tmp_path / "alice") == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alice", "alice.pub"]


def test_an_id_is_read_wherever_a_public_key_is(tmp_path: Path, alice: KeyPair) -> None:
    (tmp_path / "id").write_text(alice.id + "\n")
    assert files.load_public_key(tmp_path / "id") == alice.public


@pytest.mark.parametrize("taken", ["alice", "alice.pub"])
def test_given_a_file_of_that_name_when_a_key_is_saved_then_nothing_changes(
    tmp_path: Path, alice: KeyPair, taken: str
) -> None:
    (tmp_path / taken).write_text("precious")
    with pytest.raises(KeyFileExists):
        files.save_key_pair(tmp_path / "alice", alice)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(taken, "precious")]


def test_given_a_dangling_link_of_that_name_when_a_key_is_saved_then_it_is_not_followed(
    tmp_path: Path, alice: KeyPair
) -> None:
    (tmp_path / "alice").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyFileExists):
        files.save_key_pair(tmp_path / "alice", alice)
    assert not (tmp_path / "elsewhere").exists()


def test_given_many_who_save_under_one_name_at_once_then_one_wins_and_its_file_is_whole(tmp_path: Path) -> None:
    keys = [KeyPair.generate() for _ in range(8)]
    lost: list[KeyPair] = []
    start = threading.Barrier(len(keys))

    def save(key: KeyPair) -> None:
        start.wait(timeout=30)
        try:
            files.save_key_pair(tmp_path / "key", key)
        except KeyFileExists:
            lost.append(key)

    threads = [threading.Thread(target=save, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    (winner,) = set(keys_by_id(keys)) - set(keys_by_id(lost))
    assert files.load_key_pair(tmp_path / "key").id == winner
    assert files.load_public_key(tmp_path / "key.pub").id == winner


def keys_by_id(keys: list[KeyPair]) -> dict[str, KeyPair]:
    return {key.id: key for key in keys}


def test_a_key_is_replaced_only_when_asked(tmp_path: Path, alice: KeyPair, bob: KeyPair) -> None:
    files.save_key_pair(tmp_path / "key", alice)
    files.save_key_pair(tmp_path / "key", bob, replace=True)
    assert files.load_key_pair(tmp_path / "key") == bob
    assert files.load_public_key(tmp_path / "key.pub") == bob.public


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o601])
def test_a_private_key_that_others_can_use_is_refused_and_the_remedy_named(
    tmp_path: Path, alice: KeyPair, mode: int
) -> None:
    files.save_key_pair(tmp_path / "alice", alice)
    (tmp_path / "alice").chmod(mode)
    with pytest.raises(KeyFileExposed, match=f"{mode:04o}") as caught:
        files.load_key_pair(tmp_path / "alice")
    assert f"chmod 600 {tmp_path / 'alice'}" in caught.value.hint
    (tmp_path / "alice").chmod(0o400)
    assert files.load_key_pair(tmp_path / "alice") == alice


def test_what_is_no_key_file_is_refused_with_its_name(tmp_path: Path) -> None:
    def refused(path: Path) -> type[KeyFileError]:
        with pytest.raises(KeyFileError, match=str(path)) as caught:
            files.load_key_pair(path)
        with pytest.raises(KeyFileError, match=str(path)):
            files.load_public_key(path)
        return type(caught.value)

    def file(name: str, data: bytes) -> Path:
        (tmp_path / name).write_bytes(data)
        (tmp_path / name).chmod(0o600)
        return tmp_path / name

    assert refused(tmp_path / "missing") is KeyFileMissing
    assert refused(tmp_path) is KeyFileUnreadable
    assert refused(file("empty", b"")) is KeyFileUnreadable
    assert refused(file("binary", b"\xff\xfe\x00")) is KeyFileUnreadable
    assert refused(file("huge", b"x" * 100_000)) is KeyFileUnreadable
    assert refused(file("text", b"hello\n")) is KeyFileUnreadable
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert refused(tmp_path / "pipe") is KeyFileUnreadable


def test_a_private_key_of_another_algorithm_or_form_is_refused(tmp_path: Path) -> None:
    others: list[tuple[str, PrivateKeyTypes, serialization.PrivateFormat]] = [
        ("ecdsa", ec.generate_private_key(ec.SECP256R1()), serialization.PrivateFormat.OpenSSH),
        ("pkcs8", ed25519.Ed25519PrivateKey.generate(), serialization.PrivateFormat.PKCS8),
    ]
    for name, key, form in others:
        path = tmp_path / name
        path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
        path.chmod(0o600)
        with pytest.raises(KeyFileUnreadable):
            files.load_key_pair(path)


def test_a_damaged_private_key_is_refused_and_never_quoted(alice: KeyPair) -> None:
    lines = openssh.format_private(alice).splitlines()
    body = "".join(lines[1:-1])
    refused = 0
    for where in range(0, len(body) - 4, 3):
        damaged = body[:where] + ("A" if body[where] != "A" else "B") + body[where + 1 :]
        answer = outcome(openssh.parse_private, "\n".join([lines[0], damaged, lines[-1]]))
        if isinstance(answer, IdentityError):
            refused += 1
            assert not any(damaged[at : at + 12] in str(answer) for at in range(len(damaged) - 12))
        else:
            assert answer == alice  # a bit of a comment or of padding
    assert refused > len(body) / 3 - 3


def outcome(function: Callable[..., object], *arguments: object) -> object:
    try:
        return function(*arguments)
    except IdentityError as refused:
        return refused


@needs_bcrypt
def test_a_passphrase_protects_a_key_and_is_asked_for_only_then(tmp_path: Path, alice: KeyPair) -> None:
    files.save_key_pair(tmp_path / "open", alice)
    files.save_key_pair(tmp_path / "shut", alice, b"open sesame")
    asked = []

    def ask() -> bytes:
        asked.append("asked")
        return b"open sesame"

    assert files.load_key_pair(tmp_path / "open", ask) == alice
    assert asked == []
    assert files.load_key_pair(tmp_path / "shut", ask) == alice
    assert asked == ["asked"]
    assert files.load_public_key(tmp_path / "shut") == alice.public
    with pytest.raises(PassphraseNeeded):
        files.load_key_pair(tmp_path / "shut")
    with pytest.raises(WrongPassphrase):
        files.load_key_pair(tmp_path / "shut", b"close sesame")


def test_given_no_bcrypt_when_a_passphrase_is_wanted_then_the_error_says_what_to_install(
    tmp_path: Path, alice: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(*_: object) -> None:
        raise UnsupportedAlgorithm("Need bcrypt module")  # what the library does where there is none

    monkeypatch.setattr("cryptography.hazmat.primitives.serialization.ssh._bcrypt_kdf", lacking)
    with pytest.raises(PassphraseUnsupported) as caught:
        files.save_key_pair(tmp_path / "alice", alice, b"open sesame")
    assert caught.value.hint == "pip install bcrypt"
    assert list(tmp_path.iterdir()) == []


def test_an_empty_passphrase_is_refused(tmp_path: Path, alice: KeyPair) -> None:
    with pytest.raises(InvalidKey, match="protects nothing"):
        files.save_key_pair(tmp_path / "alice", alice, b"")
