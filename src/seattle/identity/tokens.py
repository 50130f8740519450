"""Who says what to whom, signed: the tokens (JWT, EdDSA) that travel with a request and with its reply.

Nodes are asked with `RequestClaims` and reply with `ReplyClaims`; a clearinghouse is asked with `SiteClaims`.

Strict where confusion is the danger: the header must be exactly ours (one algorithm; a type for each of the
tokens, so that none passes for another), each claim has one type. Tolerant where versions meet: a
claim that this version doesn't know is ignored. Nothing here looks at a clock; `envelope` judges times.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, TypeVar

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta

from seattle.identity.errors import Malformed, Tampered
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.unreadable import UNREADABLE

LIFETIME = 30.0  # seconds for which a request is valid
NONCE_BYTES = 16  # 128 bits: two requests never share one by chance
MAX_TOKEN = 4096  # bytes
MAX_METHOD = 128  # characters
MAX_SIGNERS = 16  # key pairs that are kept at hand; a process rarely has more than one

_ALGORITHM = "EdDSA"
_JWS = jwt.PyJWS(algorithms=[_ALGORITHM])

KeyId = Annotated[str, Meta(min_length=56, max_length=56)]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]  # SHA-256 of the body
Nonce = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
Method = Annotated[str, Meta(min_length=1, max_length=MAX_METHOD)]
Time = Annotated[float, Meta(ge=0, le=1e11)]  # seconds since 1970; JSON can say 1e999, which is no time


class ReplyKind(StrEnum):
    """What a reply is: the node's answer, or that the request's time is not now by its clock."""

    ANSWER = "answer"
    SKEW = "skew"


class RequestClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller signs."""

    iss: KeyId  # the caller
    aud: KeyId  # the node
    method: Method
    digest: Digest
    iat: Time
    exp: Time
    jti: Nonce

    @property
    def nonce(self) -> bytes:
        """The request's own 16 bytes."""
        return bytes.fromhex(self.jti)


class ReplyClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What a node signs."""

    iss: KeyId  # the node
    aud: KeyId  # the caller
    digest: Digest
    iat: Time  # by the node's clock
    jti: Nonce  # of the request
    kind: str  # a ReplyKind; as text, so that a kind of a later version is told from a damaged token
    asked_at: Time = 0.0  # the request's `iat`; with a skew reply

    @property
    def nonce(self) -> bytes:
        """The 16 bytes of the request that this replies to."""
        return bytes.fromhex(self.jti)


class SiteClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What a user signs who asks a clearinghouse's site something, over HTTP."""

    iss: KeyId  # the user's key
    aud: Annotated[str, Meta(min_length=1, max_length=300)]  # the site's origin: https://seattle.example.org
    method: Method  # of HTTP: GET, POST
    path: Annotated[str, Meta(pattern=r"^/", max_length=2000)]  # with the query, as in the request's first line
    digest: Digest
    iat: Time
    exp: Time
    jti: Nonce


Claims = TypeVar("Claims", RequestClaims, ReplyClaims, SiteClaims)

_TYPES: dict[type, str] = {
    RequestClaims: "seattle-request+jwt",
    ReplyClaims: "seattle-reply+jwt",
    SiteClaims: "seattle-site+jwt",
}


def new_nonce() -> bytes:
    """Return 16 bytes from the operating system's randomness."""
    return secrets.token_bytes(NONCE_BYTES)


def digest(body: bytes) -> str:
    """Return the digest of a body as claims hold it."""
    return hashlib.sha256(body).hexdigest()


def sign(claims: Claims, *, key: KeyPair) -> str:
    """Return the signed token. Raises Malformed if a claim is not of its type: nobody would accept it."""
    payload = msgspec.json.encode(claims)
    _decode(payload, type(claims))
    return _JWS.encode(payload, _private(key), algorithm=_ALGORITHM, headers={"typ": _TYPES[type(claims)]})


def verify(token: str, claims: type[Claims], *, key: PublicKey) -> Claims:
    """Return the claims of a token that this very key signed. Raises Tampered or Malformed."""
    public = Ed25519PublicKey.from_public_bytes(key.raw)
    try:
        parts: dict[str, Any] = _JWS.decode_complete(token, public, algorithms=[_ALGORITHM])
    except (jwt.InvalidTokenError, ValueError, RecursionError) as wrong:
        raise Tampered("the token is not signed by the key that it is said to be from") from wrong
    # Exact: `crit`, `b64`, `jwk`, `kid` and what else a header can hold have a say in how a token is checked.
    if parts["header"] != {"alg": _ALGORITHM, "typ": _TYPES[claims]}:
        raise Tampered("the token's header is not that of a token of this kind")
    signed = _decode(parts["payload"], claims)
    if signed.iss != key.id:
        raise Tampered("the token names another issuer than the key that signed it")
    return signed


def issuer(token: str) -> PublicKey:
    """Return the key that a token says it is from; `verify` tells if it is. Raises Malformed, InvalidKey."""
    if len(token) > MAX_TOKEN:
        raise Malformed(f"a token has {MAX_TOKEN} bytes at most")
    try:
        payload = base64.urlsafe_b64decode(token.split(".")[1] + "==")
        claimed = msgspec.json.decode(payload, type=_Issuer)
    except (IndexError, ValueError, RecursionError) as wrong:  # what else msgspec raises is a ValueError
        raise Malformed("this is not a token") from wrong
    return PublicKey.from_id(claimed.iss)


@lru_cache(MAX_SIGNERS)
def _private(key: KeyPair) -> Ed25519PrivateKey:
    """The key as the library takes it, which is as much work as a signature."""
    return Ed25519PrivateKey.from_private_bytes(key.seed)


class _Issuer(msgspec.Struct, frozen=True):
    iss: KeyId


def _decode(payload: bytes, claims: type[Claims]) -> Claims:
    try:
        return msgspec.json.decode(payload, type=claims)
    except UNREADABLE as wrong:
        raise Malformed(f"the token's claims are not what is expected: {wrong}") from wrong
