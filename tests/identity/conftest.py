"""Two callers, two nodes, a clock that stands still, and the tools of a forger."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seattle.identity import envelope, tokens
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.nonces import NonceCache
from seattle.identity.sealing import seal

NOW = 1_800_000_000.25  # seconds since 1970


@pytest.fixture(scope="session")
def now() -> float:
    return NOW


@pytest.fixture(scope="session")
def alice() -> KeyPair:
    return KeyPair.from_seed(b"a" * 32)


@pytest.fixture(scope="session")
def bob() -> KeyPair:
    return KeyPair.from_seed(b"b" * 32)


@pytest.fixture(scope="session")
def node() -> KeyPair:
    return KeyPair.from_seed(b"n" * 32)


@pytest.fixture(scope="session")
def other_node() -> KeyPair:
    return KeyPair.from_seed(b"o" * 32)


@pytest.fixture
def nonces(tmp_path: Path) -> Iterator[NonceCache]:
    cache = NonceCache(tmp_path / "nonces.sqlite")
    yield cache
    cache.close()


Claims = dict[str, Any]


@pytest.fixture
def claims(alice: KeyPair, node: KeyPair) -> Callable[..., Claims]:
    """What alice would sign to call `look` with the body `body`, but for what the test changes."""

    def make(**changed: Any) -> Claims:
        return {
            "iss": alice.id,
            "aud": node.id,
            "method": "look",
            "digest": tokens.digest(b"body"),
            "iat": NOW,
            "exp": NOW + 30,
            "jti": "0123456789abcdef" * 2,
            **changed,
        }

    return make


@pytest.fixture
def forge(alice: KeyPair) -> Callable[..., str]:
    """Make a token of any header and claims, signed by any means."""

    def make(
        claims: Claims,
        header: Claims | None = None,
        sign: Callable[[bytes], bytes] = alice.sign,
    ) -> str:
        header = {"alg": "EdDSA", "typ": "seattle-request+jwt"} if header is None else header
        signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
        return f"{signed}.{b64(sign(signed.encode()))}"

    return make


@pytest.fixture
def wrap(alice: KeyPair, node: KeyPair) -> Callable[..., bytes]:
    """Put a token and a body in an otherwise faultless request from alice to the node."""

    def make(token: str, body: bytes = b"body", *, sender: KeyPair = alice, to: PublicKey = node.public) -> bytes:
        sealed = seal(msgspec.msgpack.encode([token, body]), sender=sender, recipient=to)
        return msgspec.msgpack.encode([1, sender.public.raw, envelope._mark(sealed, to), sealed])

    return make


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
