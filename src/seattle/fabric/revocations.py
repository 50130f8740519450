"""Whose credentials are void, kept in the folder of an authority: it outlives brokers, services and this process.

A credential can't be called back, but a broker can be told to take none of a key that was made up to a moment. Of
whoever is shut out it takes none at all, and it is not enrolled again, until it is pardoned; what it had before stays
void.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from seattle.fabric.errors import AuthorityUnusable
from seattle.identity.keys import PublicKey
from seattle.identity.private_files import private_opener

FILE: Final = "revoked.json"


class Revocation(msgspec.Struct, frozen=True):
    """One key's. Times are in seconds since 1970."""

    before: float  # credentials made until then are void
    shut_out: bool = True  # it is not enrolled again


class Revocations:
    """All of them, read anew each time: others change the file too. In memory only if there is no `folder`."""

    def __init__(self, folder: Path | None = None) -> None:
        self._path = None if folder is None else folder / FILE
        self._kept: dict[str, Revocation] = {}

    def all(self) -> dict[str, Revocation]:
        """By key id. Raises AuthorityUnusable if the file is damaged: then nobody is to be enrolled."""
        if self._path is None:
            return dict(self._kept)
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Revocation])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as why:
            raise AuthorityUnusable(f"{self._path} does not tell who is shut out ({why}): restore it") from why

    def shut_out(self, public: PublicKey, *, now: float) -> None:
        """Void what this key has, and don't enrol it again."""
        with self._changing() as kept:
            kept[public.id] = Revocation(before=now)

    def pardon(self, public: PublicKey) -> bool:
        """Let this key be enrolled again; whether it was shut out."""
        with self._changing() as kept:
            known = kept.get(public.id)
            if known is None or not known.shut_out:
                return False
            kept[public.id] = Revocation(before=known.before, shut_out=False)
            return True

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Revocation]]:
        if self._path is None:
            yield self._kept
            return
        lock = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two commands at once must not lose one of their entries
            kept = self.all()
            yield kept
            draft = self._path.with_suffix(".new")
            with open(draft, "wb", opener=private_opener) as file:
                file.write(msgspec.json.format(msgspec.json.encode(kept, order="sorted")) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
            os.fsync(lock)
        finally:
            os.close(lock)
