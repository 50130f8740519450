"""Keys as OpenSSH writes them: the public line, the fingerprint, and the private key file's text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from seattle.identity.errors import (
    InvalidKey,
    KeyFileUnreadable,
    PassphraseNeeded,
    PassphraseUnsupported,
    WrongPassphrase,
)
from seattle.identity.keys import KeyPair, PublicKey

Passphrase = bytes | Callable[[], bytes] | None  # a callable is asked only if the key is protected

ALGORITHM = "ssh-ed25519"
ID_LENGTH = 56  # characters
PRIVATE_HEADER = "-----BEGIN OPENSSH PRIVATE KEY-----"
PRIVATE_FOOTER = "-----END OPENSSH PRIVATE KEY-----"
KDF_ROUNDS = 24  # what ssh-keygen uses today; each guess at a passphrase costs that many rounds of bcrypt

_HOW_TO_MAKE = "`ssh-keygen -t ed25519` and `seattle key new` make one"
_MAGIC = b"openssh-key-v1\0"


def format_public_line(key: PublicKey, comment: str = "") -> str:
    """Return the one-line form (`ssh-ed25519 AAAA... comment`), without a newline."""
    if any(not char.isprintable() for char in comment):
        raise InvalidKey("the comment of a key is one line of printable text")
    return f"{ALGORITHM} {base64.b64encode(_public_blob(key)).decode()} {comment}".rstrip()


def parse_public_line(text: str) -> PublicKey:
    """Return the key in an OpenSSH public line. Raises InvalidKey."""
    words = text.split(maxsplit=2)
    if len(words) < 2:
        raise InvalidKey(f"an OpenSSH public key is a line `{ALGORITHM} AAAA... comment`")
    algorithm, encoded = words[:2]
    if algorithm != ALGORITHM:
        raise InvalidKey(f"only {ALGORITHM} keys are used here", hint=_HOW_TO_MAKE)
    if len(text.strip().splitlines()) > 1:
        raise InvalidKey("an OpenSSH public key is a single line")
    try:
        blob = base64.b64decode(encoded, validate=True)
    except ValueError as wrong:
        raise InvalidKey("the base64 part of the OpenSSH public key is damaged") from wrong
    return _parse_public_blob(blob)


def fingerprint(key: PublicKey) -> str:
    """Return the fingerprint that `ssh-keygen -l` shows (`SHA256:...`)."""
    digest = hashlib.sha256(_public_blob(key)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def read_public(text: str) -> PublicKey:
    """Return the key in text: an id (`U...`) or an OpenSSH public line. Raises InvalidKey."""
    text = text.strip()
    if " " in text or "\t" in text:
        return parse_public_line(text)
    if len(text) < ID_LENGTH:
        raise InvalidKey("this is no key: expected its id (U..., 56 characters), or its OpenSSH public line")
    return PublicKey.from_id(text)


def format_private(key: KeyPair, passphrase: bytes | None = None) -> str:
    """Return the text of an OpenSSH private key file, protected if there is a passphrase."""
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        if not passphrase:
            raise InvalidKey("an empty passphrase protects nothing: give one, or none at all")
        builder = serialization.PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(KDF_ROUNDS)
        protection = builder.build(passphrase)
    try:
        return (
            Ed25519PrivateKey.from_private_bytes(key.seed)
            .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, protection)
            .decode()
        )
    except UnsupportedAlgorithm as lacking:
        raise _no_bcrypt() from lacking


def parse_private(text: str, passphrase: Passphrase = None) -> KeyPair:
    """Return the key pair in the text of an OpenSSH private key file.

    Raises KeyFileUnreadable, PassphraseNeeded, WrongPassphrase, PassphraseUnsupported. A passphrase for a key
    that has none is not used.
    """
    protected = private_is_protected(text)
    secret: bytes | None = None
    if protected:
        secret = passphrase() if callable(passphrase) else passphrase
        if not secret:
            raise PassphraseNeeded("the private key is protected by a passphrase", hint="give its passphrase")
    try:
        loaded = serialization.load_ssh_private_key(text.encode(), secret)
    except UnsupportedAlgorithm as lacking:
        if protected:
            raise _no_bcrypt() from lacking
        raise KeyFileUnreadable("the private key is of a kind that is not used here") from lacking
    except ValueError:
        # From None: what the parser quotes may be part of the secret.
        if protected:
            raise WrongPassphrase("the passphrase is wrong, or the private key is damaged") from None
        raise KeyFileUnreadable("the private key is damaged") from None
    if not isinstance(loaded, Ed25519PrivateKey):
        raise KeyFileUnreadable(f"only {ALGORITHM} keys are used here", hint=_HOW_TO_MAKE)
    key = KeyPair(loaded.private_bytes_raw())
    if key.public != public_of_private(text):  # the library doesn't look: a flipped bit would make another key
        raise KeyFileUnreadable("the private key is damaged: its two halves don't belong together")
    return key


def private_is_protected(text: str) -> bool:
    """Whether the private key needs a passphrase. Raises KeyFileUnreadable if it isn't one."""
    cipher, _, _ = _private_head(text)
    return cipher != b"none"


def public_of_private(text: str) -> PublicKey:
    """Return the public half, which an OpenSSH private key file holds in clear, without its passphrase."""
    _, _, blob = _private_head(text)
    return _parse_public_blob(blob)


def _private_head(text: str) -> tuple[bytes, bytes, bytes]:
    """Return cipher, key derivation and the public blob from the clear part of a private key file."""
    lines = text.strip().splitlines()
    if len(lines) < 3 or lines[0] != PRIVATE_HEADER or lines[-1] != PRIVATE_FOOTER:
        raise KeyFileUnreadable("this is not an OpenSSH private key", hint="`ssh-keygen -p` converts older forms")
    try:
        data = base64.b64decode("".join(lines[1:-1]), validate=True)
        magic, rest = data[: len(_MAGIC)], data[len(_MAGIC) :]
        cipher, rest = _take_string(rest)
        derivation, rest = _take_string(rest)
        _, rest = _take_string(rest)
        count, rest = int.from_bytes(rest[:4], "big"), rest[4:]
        blob, _ = _take_string(rest)
    except ValueError:
        raise KeyFileUnreadable("the private key is damaged") from None
    if magic != _MAGIC:
        raise KeyFileUnreadable("the private key is of a version that is not known here")
    if count != 1:
        raise KeyFileUnreadable(f"the file holds {count} private keys: exactly one is expected")
    return cipher, derivation, blob


def _public_blob(key: PublicKey) -> bytes:
    return _string(ALGORITHM.encode()) + _string(key.raw)


def _parse_public_blob(blob: bytes) -> PublicKey:
    try:
        algorithm, rest = _take_string(blob)
        raw, rest = _take_string(rest)
    except ValueError:
        raise InvalidKey("the OpenSSH public key is cut short") from None
    if algorithm != ALGORITHM.encode() or rest:
        raise InvalidKey(f"the OpenSSH public key is not an {ALGORITHM} key")
    return PublicKey(raw)


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _take_string(data: bytes) -> tuple[bytes, bytes]:
    size = int.from_bytes(data[:4], "big")
    if len(data) < 4 + size:
        raise ValueError("cut short")
    return data[4 : 4 + size], data[4 + size :]


def _no_bcrypt() -> PassphraseUnsupported:
    return PassphraseUnsupported(
        "keys with a passphrase need the library bcrypt, which is not installed", hint="pip install bcrypt"
    )
