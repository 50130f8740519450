"""The keyring: names for keys, of each of which there may be the public half, or both.

A private key that a passphrase protects stays in its file until somebody needs it; then the passphrase is asked for.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from seattle.identity.errors import KeyFileError
from seattle.identity.files import load_key_pair, load_public_key, read_private_text
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.openssh import parse_private, private_is_protected
from seattle.shell.errors import NoSuchIdentity, Unfit

AskPassphrase = Callable[[str], Awaitable[bytes]]  # of the key that this says

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}\Z")


@dataclass(frozen=True)
class Identity:
    """A name and its key. Only `pair` can sign; of one in a protected file, there is the `file` at first."""

    name: str
    public: PublicKey
    pair: KeyPair | None = None
    file: Path | None = None

    @property
    def has_private(self) -> bool:
        """Whether it can sign, perhaps after its passphrase was given."""
        return self.pair is not None or self.file is not None


async def nobody_to_ask(what: str) -> bytes:
    """Where there is no terminal."""
    raise Unfit(f"{what} is protected by a passphrase, and there is nobody to ask for it", hint="use a terminal")


class Identities:
    """All that are known, by name."""

    def __init__(self, ask: AskPassphrase = nobody_to_ask) -> None:
        self.ask = ask
        self._known: dict[str, Identity] = {}

    def __iter__(self) -> Iterator[Identity]:
        return iter(self._known.values())

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def get(self, name: str) -> Identity:
        """The identity of this name. Raises NoSuchIdentity."""
        if name not in self._known:
            raise NoSuchIdentity(name)
        return self._known[name]

    def add(self, identity: Identity) -> None:
        """Learn an identity, in place of one of the same name. Raises Unfit for a name that none can have."""
        check_identity_name(identity.name)
        self._known[identity.name] = identity

    def remove(self, name: str) -> None:
        """Forget one. Raises NoSuchIdentity."""
        self.get(name)
        del self._known[name]

    def name_of(self, key_id: str) -> str | None:
        """The name of a key, if it has one here."""
        return next((one.name for one in self if one.public.id == key_id), None)

    async def pair_of(self, identity: Identity) -> KeyPair:
        """Its key pair, for which a passphrase may be asked for, once. Raises Unfit without one, KeyFileError."""
        known = self._known.get(identity.name)
        if known is not None and known.public == identity.public:
            identity = known  # which may have been unlocked since
        if identity.pair is not None:
            return identity.pair
        if identity.file is None:
            raise Unfit(
                f"of {identity.name!r} there is only the public key",
                hint=f"`loadpriv FILE as {identity.name}` adds the private",
            )
        passphrase = await self.ask(str(identity.file))
        pair = await asyncio.to_thread(load_key_pair, identity.file, passphrase)  # slow, on purpose
        if pair.public != identity.public:
            raise Unfit(f"{identity.file} holds another key now", hint="load it anew")
        if identity is known:
            self.add(replace(identity, pair=pair, file=None))
        return pair


def read_identity(file: Path, name: str) -> Identity:
    """The identity that a private key file is, without its passphrase. Raises KeyFileError, Unfit."""
    check_identity_name(name)
    text = read_private_text(file)
    public = load_public_key(file)
    try:
        if private_is_protected(text):
            return Identity(name, public, file=file)
        return Identity(name, public, parse_private(text))
    except KeyFileError as wrong:
        raise type(wrong)(f"{file}: {wrong}", hint=wrong.hint) from wrong


def check_identity_name(name: str) -> None:
    """Raise Unfit for a name that no identity can have."""
    if not usable_name(name):
        raise Unfit(
            f"{name!r} can't be the name of an identity",
            hint="up to 64 letters, digits and . _ - @, a letter or digit first; `as NAME` gives another",
        )


def usable_name(name: str) -> bool:
    """Whether an identity can have this name."""
    return _NAME.match(name) is not None
