"""Keys on disk: `NAME` is the private key (mode 0600), `NAME.pub` the public line; `ssh-keygen` reads both.

A file appears whole or not at all, and never in the place of another unless the caller says `replace=True`.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seattle.identity.errors import (
    InvalidKey,
    KeyFileError,
    KeyFileExists,
    KeyFileExposed,
    KeyFileMissing,
    KeyFileUnreadable,
)
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.openssh import (
    PRIVATE_HEADER,
    Passphrase,
    format_private,
    format_public_line,
    parse_private,
    public_of_private,
    read_public,
)

MAX_FILE = 64 * 1024  # bytes; a key file has a few hundred

_HOW_TO_MAKE = "`seattle key new` makes one"


def load_key_pair(path: Path, passphrase: Passphrase = None) -> KeyPair:
    """Return the key pair in an OpenSSH private key file.

    A callable passphrase is asked only if the key is protected. Raises KeyFileError (see its family), in
    particular KeyFileExposed if others can read the file.
    """
    text = read_private_text(path)
    with _naming(path):
        return parse_private(text, passphrase)


def save_key_pair(
    path: Path, key: KeyPair, passphrase: bytes | None = None, comment: str = "", *, replace: bool = False
) -> None:
    """Write the private key to `path` and the public line to `path` + `.pub`.

    Raises KeyFileExists if either is there, unless `replace`.
    """
    private, public = format_private(key, passphrase), format_public_line(key.public, comment) + "\n"
    if not replace and os.path.lexists(public_path(path)):  # before anything is written
        raise _exists(public_path(path))
    _write(path, private, mode=0o600, replace=replace)
    _write(public_path(path), public, mode=0o644, replace=replace)


def load_public_key(path: Path) -> PublicKey:
    """Return the key in a file that holds a public line, an id, or a private key (protected or not)."""
    text = _read(path)
    with _naming(path):
        return public_of_private(text) if text.startswith(PRIVATE_HEADER) else read_public(text)


def public_path(path: Path) -> Path:
    """Where the public half of the private key file `path` is kept."""
    return path.with_name(path.name + ".pub")


def read_private_text(path: Path) -> str:
    """Return the text of a file that holds a secret. Raises KeyFileExposed if others can use it."""
    return _read(path, secret=True)


def _read(path: Path, *, secret: bool = False) -> str:
    try:
        # Non-blocking: a named pipe in the place of a key file must not hang us.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except FileNotFoundError as gone:
        raise KeyFileMissing(f"{path}: there is no such key file", hint=_HOW_TO_MAKE) from gone
    except OSError as refused:
        raise KeyFileError(f"{path}: {refused.strerror}") from refused
    try:
        status = os.fstat(fd)  # of the very file that we read, whatever happens to its name
        if not stat.S_ISREG(status.st_mode):
            raise KeyFileUnreadable(f"{path}: this is not a file")
        if secret and status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            mode = stat.S_IMODE(status.st_mode)
            raise KeyFileExposed(
                f"{path}: others can use this secret (its mode is {mode:04o}, expected 0600)",
                hint=f"chmod 600 {path}; and if others may have read it already, replace it",
            )
        data = os.read(fd, MAX_FILE + 1)
    finally:
        os.close(fd)
    if len(data) > MAX_FILE:
        raise KeyFileUnreadable(f"{path}: too long for a key file")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise KeyFileUnreadable(f"{path}: this is not a key file") from None


def _write(path: Path, text: str, *, mode: int, replace: bool) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
        try:
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(fd)
            if replace:
                draft.replace(path)
            else:
                path.hardlink_to(draft)  # unlike a rename, fails if there is anything of that name
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except FileExistsError as there:
        raise _exists(path) from there
    except OSError as refused:
        raise KeyFileError(f"{path}: {refused.strerror}") from refused


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _exists(path: Path) -> KeyFileExists:
    return KeyFileExists(f"{path}: there is a file already", hint="choose another name, or replace it knowingly")


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Say which file it is that holds no usable key."""
    try:
        yield
    except InvalidKey as wrong:
        raise KeyFileUnreadable(f"{path}: {wrong}", hint=wrong.hint) from wrong
    except KeyFileError as wrong:
        raise type(wrong)(f"{path}: {wrong}", hint=wrong.hint) from wrong
