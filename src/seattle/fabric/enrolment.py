"""Enrolment: a credential says that a key has a role, for a time.

The credential is a token and no secret: it is of use only to whoever holds the key it names, since the broker
asks for a signature over its own nonce at each connect. So the private key never leaves its owner, and
possession is proved every time anew.
"""

import base64
from datetime import timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from seattle.fabric.authority import Authority, Issuer, Role
from seattle.fabric.errors import EnrolmentRefused
from seattle.identity.keys import PublicKey

DEFAULT_LIFETIME: Final = timedelta(days=30)
MAX_LIFETIME: Final = timedelta(days=366)
_PARTS: Final = 3  # header . claims . signature


class Validity(msgspec.Struct, frozen=True):
    """What a holder needs to know of its own credential. Seconds since 1970."""

    sub: str
    iat: Annotated[int, Meta(ge=0)]
    exp: Annotated[int, Meta(ge=0)]


def enrol(
    authority: Authority | Issuer,
    public: PublicKey,
    *,
    role: Role,
    now: float,
    lifetime: timedelta = DEFAULT_LIFETIME,
) -> str:
    """A credential for `public` in `role`, valid from `now` (seconds since 1970) for `lifetime`.

    Raises EnrolmentRefused for a lifetime that is not positive or is longer than a year, for a key that was shut out,
    and for a role whose key is not here.
    """
    known = authority.revocations.all().get(public.id)
    if known is not None and known.shut_out:
        raise EnrolmentRefused(f"{public} was shut out of this fabric: `seattle fabric pardon` lets it in again")
    if role not in authority.roles:
        raise EnrolmentRefused(f"the key that makes a {role} is not here")
    if not timedelta(seconds=1) <= lifetime <= MAX_LIFETIME:
        raise EnrolmentRefused(f"a credential lives from 1 second to {MAX_LIFETIME.days} days, not {lifetime}")
    # No permissions here: the scope of the signing key is the only source of them, and the broker refuses
    # both.
    claims = {"type": "user", "version": 2, "issuer_account": authority.account_id}
    return authority.roles[role].issue(
        subject=public.id, name=role.value, claims=claims, now=now, expires=now + lifetime.total_seconds()
    )


def validity(credential: str) -> Validity:
    """When a credential was made and when it ends, unverified: the broker verifies.

    Raises EnrolmentRefused.
    """
    parts = credential.split(".")
    if len(parts) != _PARTS or not credential.isascii():
        raise EnrolmentRefused("this is not a credential: expected three parts with dots between them")
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Validity)
    except (ValueError, RecursionError) as why:  # no base64, no JSON, or not of this form
        raise EnrolmentRefused("this credential can't be read: enrol again") from why
