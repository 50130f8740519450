"""What is said between a key and the enrolment service, over HTTPS, in JSON.

    POST /v1/challenge   {"key": "U..."}                              -> {"challenge": "..."}
    POST /v1/credential  {"key", "role", "challenge", "signature",
                          "invitation"}                               -> {"credential", "expires_at", "brokers"}

The signature is the key's, over the challenge, the role and the invitation: so whoever enrols holds the key, nobody on
the way can make a node of a user, and an invitation serves the one who signed for it. A refusal is a status of 4xx and
{"code", "message"}.
"""

import hashlib
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from seattle.fabric.authority import Role

MAX_REQUEST: Final = 8 * 1024  # bytes
MAX_REPLY: Final = 64 * 1024  # bytes
CHALLENGE_PATH: Final = "/v1/challenge"
CREDENTIAL_PATH: Final = "/v1/credential"

_CONTEXT: Final = b"seattle enrolment 1\0"  # a signature over these is good for nothing else

KeyId = Annotated[str, Meta(min_length=56, max_length=56)]
Challenge = Annotated[str, Meta(min_length=1, max_length=200)]
Invitation = Annotated[str, Meta(max_length=100)]
Signature = Annotated[bytes, Meta(min_length=64, max_length=64)]  # in JSON: base64


class AskChallenge(msgspec.Struct, frozen=True):
    """Who wants to enrol."""

    key: KeyId


class GiveChallenge(msgspec.Struct, frozen=True):
    """What to sign."""

    challenge: Challenge


class AskCredential(msgspec.Struct, frozen=True, kw_only=True):
    """The proof, and what is wanted."""

    key: KeyId
    role: Role
    challenge: Challenge
    signature: Signature
    invitation: Invitation = ""


class GiveCredential(msgspec.Struct, frozen=True, kw_only=True):
    """A credential, and where it is of use."""

    credential: Annotated[str, Meta(max_length=4096)]
    expires_at: float  # seconds since 1970
    brokers: Annotated[list[Annotated[str, Meta(max_length=300)]], Meta(max_length=100)] = []


class Refusal(msgspec.Struct, frozen=True):
    """Why not."""

    code: Annotated[str, Meta(max_length=64)] = "enrolment-refused"
    message: Annotated[str, Meta(max_length=2000)] = ""


def to_sign(*, challenge: str, role: Role, invitation: str) -> bytes:
    """The bytes that prove possession of a key. No part can be taken for another: each is a digest of its own."""
    parts = (challenge.encode(), role.value.encode(), invitation.encode())
    return _CONTEXT + b"".join(hashlib.sha256(part).digest() for part in parts)
