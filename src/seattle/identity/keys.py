"""Ed25519 key pairs: the names of users, nodes and operators."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, total_ordering
from typing import Never

import nacl.bindings
import nacl.exceptions
import nacl.public
import nacl.signing

from seattle.identity.errors import BadSignature, InvalidKey, UnsafeKey
from seattle.identity.nkey import KEY_BYTES, NkeyKind, decode_nkey, encode_nkey


@total_ordering
@dataclass(frozen=True)
class PublicKey:
    """The public half of a key pair: whom we talk about. Ordered and printed by `id`.

    Raises UnsafeKey for bytes that are no point of the curve, not in canonical form, or of low order: with
    some of those, one signature fits every message.
    """

    raw: bytes  # 32 bytes

    def __post_init__(self) -> None:
        if not isinstance(self.raw, bytes) or len(self.raw) != KEY_BYTES:
            raise InvalidKey(f"a public key has {KEY_BYTES} bytes")
        if not nacl.bindings.crypto_core_ed25519_is_valid_point(self.raw):
            raise UnsafeKey("these 32 bytes are not a safe Ed25519 public key")

    @classmethod
    def from_id(cls, text: str) -> PublicKey:
        """Return the key with this id (`U...`). Raises InvalidKey."""
        kind, raw = decode_nkey(text)
        if kind is not NkeyKind.USER:
            raise InvalidKey(f"the id of a key begins with {NkeyKind.USER}; this is text of kind {kind}")
        return cls(raw)

    @cached_property
    def id(self) -> str:
        """The key's id: 56 characters that begin with `U`."""
        return encode_nkey(NkeyKind.USER, self.raw)

    @cached_property
    def curve(self) -> nacl.public.PublicKey:
        """The X25519 key for which bodies are sealed."""
        return nacl.signing.VerifyKey(self.raw).to_curve25519_public_key()

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raise BadSignature unless this key's owner signed the message."""
        try:
            nacl.signing.VerifyKey(self.raw).verify(message, signature)
        except (nacl.exceptions.BadSignatureError, ValueError) as wrong:
            raise BadSignature(f"{self.id} did not sign this message") from wrong

    def __str__(self) -> str:
        return self.id

    def __repr__(self) -> str:
        return f"<PublicKey {self.id}>"

    def __lt__(self, other: object) -> bool:
        return self.id < other.id if isinstance(other, PublicKey) else NotImplemented


class KeyPair:
    """A key pair, frozen; two are equal if their public halves are.

    Only `seed` shows the secret. That is why this is not a dataclass: what prints, encodes or dumps the fields of
    any object it meets (loggers, tracebacks, serialisers) finds none here.
    """

    __slots__ = ("_signing_key", "public")

    _signing_key: nacl.signing.SigningKey
    public: PublicKey

    def __init__(self, seed: bytes) -> None:
        if not isinstance(seed, bytes) or len(seed) != KEY_BYTES:
            raise InvalidKey(f"the seed of a key pair has {KEY_BYTES} bytes")
        signing_key = nacl.signing.SigningKey(seed)
        object.__setattr__(self, "_signing_key", signing_key)
        object.__setattr__(self, "public", PublicKey(bytes(signing_key.verify_key)))

    @classmethod
    def generate(cls) -> KeyPair:
        """Return a new key pair, made from the operating system's randomness."""
        return cls(bytes(nacl.signing.SigningKey.generate()))

    @classmethod
    def from_seed(cls, seed: bytes) -> KeyPair:
        """Return the key pair that these 32 secret bytes make. Raises InvalidKey."""
        return cls(seed)

    @property
    def seed(self) -> bytes:
        """The 32 secret bytes: never for logs, errors or command lines."""
        return bytes(self._signing_key)

    @property
    def id(self) -> str:
        """The id of the public key."""
        return self.public.id

    @property
    def curve(self) -> nacl.public.PrivateKey:
        """The X25519 key that opens what was sealed for this key pair."""
        return self._signing_key.to_curve25519_private_key()

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of the message."""
        return self._signing_key.sign(message).signature

    def __eq__(self, other: object) -> bool:
        return self.public == other.public if isinstance(other, KeyPair) else NotImplemented

    def __hash__(self) -> int:
        return hash((KeyPair, self.public))

    def __repr__(self) -> str:
        return f"<KeyPair {self.id}>"

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError("a key pair never changes")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError("a key pair never changes")

    def __reduce__(self) -> Never:
        raise TypeError("a key pair is not pickled: keep it in a key file")

    def __copy__(self) -> KeyPair:
        return self

    def __deepcopy__(self, memo: object) -> KeyPair:
        return self
