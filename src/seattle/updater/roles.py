"""Who signs what: the roles of a repository of releases, and for how long their word is good.

The keys of `root` say whose keys count, also their own successors'. Those of `targets` say which bundle is the stable
one, those of `canary` which one is tried first; they can't say anything of the other's. All of these stay offline. One
key is online, which says what is newest (`snapshot`), and that this is still so (`timestamp`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from securesystemslib.signer import CryptoSigner, SSlibKey

from seattle.identity.keys import KeyPair, PublicKey
from seattle.updater.errors import ReleaseError

MOST_KEYS: Final = 32  # of one role


class RoleName(StrEnum):
    """As they are called in the metadata."""

    ROOT = "root"
    TARGETS = "targets"
    SNAPSHOT = "snapshot"
    TIMESTAMP = "timestamp"
    CANARY = "canary"


class Channel(StrEnum):
    """Which releases a node follows."""

    STABLE = "stable"
    CANARY = "canary"

    @property
    def role(self) -> RoleName:
        """Who says which bundle it is."""
        return RoleName.TARGETS if self is Channel.STABLE else RoleName.CANARY

    @property
    def bundle(self) -> str:
        """The path of its bundle among the targets."""
        return f"{self}/bundle"


LASTS: Final = {
    RoleName.ROOT: timedelta(days=365),
    RoleName.TARGETS: timedelta(days=120),
    RoleName.CANARY: timedelta(days=120),
    RoleName.SNAPSHOT: timedelta(days=14),
    RoleName.TIMESTAMP: timedelta(days=2),
}


@dataclass(frozen=True)
class Signers:
    """Of whose keys so many have to sign."""

    keys: tuple[PublicKey, ...]
    threshold: int

    @classmethod
    def of(cls, keys: Iterable[PublicKey], threshold: int) -> "Signers":
        """Raises ReleaseError for a threshold that can't be met, or that one key could meet twice."""
        found = tuple(dict.fromkeys(keys))
        if not 1 <= threshold <= len(found) <= MOST_KEYS:
            raise ReleaseError(
                f"{threshold} of {len(found)} different keys can't be had: name as many keys as have to sign, "
                f"and at most {MOST_KEYS}"
            )
        return cls(found, threshold)


def tuf_key(key: PublicKey) -> SSlibKey:
    """A key as the metadata has it."""
    return SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(key.raw))


def tuf_signer(pair: KeyPair) -> CryptoSigner:
    """What signs with a key pair."""
    return CryptoSigner(Ed25519PrivateKey.from_private_bytes(pair.seed), tuf_key(pair.public))
