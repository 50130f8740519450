"""Our key files and those of the real `ssh-keygen`, each read by the other."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

from seattle.identity import files, openssh
from seattle.identity.errors import KeyFileUnreadable, PassphraseNeeded, WrongPassphrase
from seattle.identity.keys import KeyPair

SSH_KEYGEN = shutil.which("ssh-keygen")

pytestmark = pytest.mark.skipif(SSH_KEYGEN is None, reason="ssh-keygen is not installed")
needs_bcrypt = pytest.mark.skipif(
    importlib.util.find_spec("bcrypt") is None, reason="bcrypt, which protects keys with a passphrase, is not installed"
)


def ssh_keygen(*arguments: object) -> str:
    done = subprocess.run(
        [str(SSH_KEYGEN), *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("passphrase", ["", pytest.param("open sesame", marks=needs_bcrypt)])
def test_keys_made_by_ssh_keygen_are_read(tmp_path: Path, passphrase: str) -> None:
    path = tmp_path / "key"
    ssh_keygen("-q", "-t", "ed25519", "-N", passphrase, "-C", "me@home", "-f", path)
    key = files.load_key_pair(path, passphrase.encode())
    assert files.load_public_key(tmp_path / "key.pub") == files.load_public_key(path) == key.public
    assert openssh.format_public_line(key.public, "me@home") == (tmp_path / "key.pub").read_text().strip()


def test_a_protected_key_made_by_ssh_keygen_needs_its_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "key"
    ssh_keygen("-q", "-t", "ed25519", "-N", "open sesame", "-f", path)
    with pytest.raises(PassphraseNeeded):
        files.load_key_pair(path)


@needs_bcrypt
def test_a_protected_key_made_by_ssh_keygen_refuses_another_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "key"
    ssh_keygen("-q", "-t", "ed25519", "-N", "open sesame", "-f", path)
    with pytest.raises(WrongPassphrase):
        files.load_key_pair(path, b"close sesame")


@pytest.mark.parametrize("passphrase", [None, pytest.param(b"open sesame", marks=needs_bcrypt)])
def test_keys_that_we_make_are_read_by_ssh_keygen(tmp_path: Path, alice: KeyPair, passphrase: bytes | None) -> None:
    path = tmp_path / "key"
    files.save_key_pair(path, alice, passphrase, "me@home")
    line = ssh_keygen("-y", "-P", (passphrase or b"").decode(), "-f", path)
    assert openssh.read_public(line) == alice.public
    bits, shown, comment, algorithm = ssh_keygen("-l", "-f", tmp_path / "key.pub").split()
    assert (bits, shown, comment, algorithm) == ("256", openssh.fingerprint(alice.public), "me@home", "(ED25519)")


def test_a_key_of_another_algorithm_made_by_ssh_keygen_is_refused_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "key"
    ssh_keygen("-q", "-t", "ecdsa", "-N", "", "-f", path)
    for load in (files.load_key_pair, files.load_public_key):
        with pytest.raises(KeyFileUnreadable, match="ssh-ed25519"):
            load(path)
    with pytest.raises(KeyFileUnreadable, match="ssh-ed25519"):
        files.load_public_key(tmp_path / "key.pub")


def test_a_signature_of_ours_is_an_ordinary_ed25519_signature(alice: KeyPair) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    Ed25519PublicKey.from_public_bytes(alice.public.raw).verify(alice.sign(b"message"), b"message")
