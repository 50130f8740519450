"""The keyring: names for keys, of each of which there may be the public half, or both."""

from collections.abc import Iterator
from dataclasses import dataclass

from seattle.identity.keys import KeyPair, PublicKey
from seattle.shell.errors import NoSuchIdentity, Unfit


@dataclass(frozen=True)
class Identity:
    """A name and its key. Only `pair` can sign."""

    name: str
    public: PublicKey
    pair: KeyPair | None = None

    def signing(self) -> KeyPair:
        """The key pair. Raises Unfit if there is only the public half."""
        if self.pair is None:
            raise Unfit(
                f"of {self.name!r} there is only the public key",
                hint=f"`loadpriv FILE as {self.name}` adds the private",
            )
        return self.pair


class Identities:
    """All that are known, by name."""

    def __init__(self) -> None:
        self._known: dict[str, Identity] = {}

    def __iter__(self) -> Iterator[Identity]:
        return iter(self._known.values())

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def get(self, name: str) -> Identity:
        """The identity of this name. Raises NoSuchIdentity."""
        if name not in self._known:
            raise NoSuchIdentity(name)
        return self._known[name]

    def add(self, identity: Identity) -> None:
        """Learn an identity, in place of one of the same name."""
        self._known[identity.name] = identity

    def remove(self, name: str) -> None:
        """Forget one. Raises NoSuchIdentity."""
        self.get(name)
        del self._known[name]

    def name_of(self, key_id: str) -> str | None:
        """The name of a key, if it has one here."""
        return next((one.name for one in self if one.public.id == key_id), None)
