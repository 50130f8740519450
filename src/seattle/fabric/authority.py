"""The root of a testbed's fabric: an operator, one account, and a scoped signing key for each role.

A signing key's scope is a template of permissions: whoever it signs for gets its own subjects and no others,
since the broker puts the principal's id where the template says `{{subject()}}`. Allow-lists only: what no
line below allows is refused, `$JS.>`, `$SYS.>` and `$SRV.>` with all the rest.

The folder (0700) holds one seed a file (0600), and who was shut out. It is all there is to keep: the tokens are
made from it anew. Who only enrols needs an `Issuer`: the account's id, and the keys of the roles that it hands out.
"""

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

import msgspec
from nacl.signing import SigningKey

from seattle.fabric import subjects
from seattle.fabric.errors import AuthorityUnusable
from seattle.fabric.revocations import Revocation, Revocations
from seattle.identity.errors import InvalidKey
from seattle.identity.nkey import NkeyKind, decode_nkey, encode_nkey
from seattle.identity.whole_folders import filled_whole

SUBJECT: Final = "{{subject()}}"  # the broker replaces it with the id of the principal
HEADER: Final = {"typ": "JWT", "alg": "ed25519-nkey"}
UNLIMITED: Final = -1
MAX_MESSAGE: Final = 1024 * 1024  # bytes
MAX_SUBSCRIPTIONS: Final = 100  # of one connection; ours have five at most
FOREVER: Final = 253_402_300_799  # the end of the year 9999
ACCOUNT_ID: Final = "account.pub"

_SEED: Final = {NkeyKind.OPERATOR: NkeyKind.OPERATOR_SEED, NkeyKind.ACCOUNT: NkeyKind.ACCOUNT_SEED}


class Role(StrEnum):
    """What a principal is to the fabric."""

    USER = "user"
    NODE = "node"
    SERVICE = "service"


@dataclass(frozen=True)
class Permissions:
    """The subjects a role may publish to and subscribe to."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


PERMISSIONS: Final[Mapping[Role, Permissions]] = {
    Role.USER: Permissions(
        publish=(
            subjects.node_call("*", SUBJECT),  # in its own name; whom a node obeys is its decision, by signature
            subjects.lookup(SUBJECT),
            subjects.live(SUBJECT),
        ),
        subscribe=(subjects.inbox(SUBJECT),),  # replies to its own calls
    ),
    Role.NODE: Permissions(
        publish=(
            subjects.advert(SUBJECT),  # what it offers
            subjects.announce(SUBJECT),  # what its programs announce,
            subjects.values(SUBJECT),  # and look up
            subjects.inbox("*", SUBJECT),  # replies, under its own name only
        ),
        subscribe=(
            subjects.node_calls(SUBJECT),  # calls to itself
            subjects.READVERTISE,  # a fresh directory asks who is there
            subjects.inbox(SUBJECT),  # replies to its own look-ups
        ),
    ),
    Role.SERVICE: Permissions(
        publish=(
            subjects.READVERTISE,
            subjects.inbox("*", subjects.DIRECTORY),  # the directory's replies
            subjects.node_call("*", SUBJECT),  # the clearinghouse's worker calls nodes
            subjects.lookup(SUBJECT),  # and looks them up
            subjects.live(SUBJECT),
        ),
        subscribe=(
            subjects.advert("*"),
            subjects.announce("*"),
            # Look-ups. A template can't say "in this queue group only" (seen on 2.15: such a line allows nothing at
            # all), so services could overhear each other's: they learn who looks for whom, as the broker does.
            subjects.lookup("*"),
            subjects.live("*"),
            subjects.values("*"),
            subjects.inbox(SUBJECT),
        ),
    ),
}


@dataclass(frozen=True, repr=False)
class Signer:
    """A key of the hierarchy above the principals: an operator's (`O...`) or an account's (`A...`)."""

    kind: NkeyKind
    key: SigningKey

    @property
    def seed(self) -> str:
        """The secret, as an nkey: for the key's own file."""
        return encode_nkey(_SEED[self.kind], bytes(self.key))

    @property
    def id(self) -> str:
        """The public key as an nkey."""
        return encode_nkey(self.kind, bytes(self.key.verify_key))

    def __repr__(self) -> str:
        return f"<Signer {self.id}>"  # never the seed

    def issue(
        self, *, subject: str, name: str, claims: Mapping[str, object], now: float, expires: float | None = None
    ) -> str:
        """A NATS token about `subject`. Times are in seconds since 1970.

        Source: the token format of nats-io/jwt v2: `jti` is the base32 SHA-256 of the claims without it.
        """
        body: dict[str, object] = {"iat": int(now), "iss": self.id, "name": name, "sub": subject, "nats": claims}
        if expires is not None:
            body["exp"] = int(expires)
        digest = hashlib.sha256(msgspec.json.encode(body)).digest()
        body["jti"] = base64.b32encode(digest).decode().rstrip("=")
        signed = f"{_base64(msgspec.json.encode(HEADER))}.{_base64(msgspec.json.encode(body))}"
        return f"{signed}.{_base64(self.key.sign(signed.encode()).signature)}"


@dataclass(frozen=True)
class Issuer:
    """What it takes to enrol keys: with it one can make members, but no brokers and no other rights."""

    account_id: str
    roles: Mapping[Role, Signer]
    revocations: Revocations

    @classmethod
    def load(cls, folder: Path) -> Self:
        """From the folder of an authority, or from a copy of its `account.pub` and the keys of some roles.

        Raises AuthorityUnusable.
        """
        path = folder / ACCOUNT_ID
        try:
            kind, _ = decode_nkey(account_id := path.read_text(encoding="ascii").strip())
        except OSError as why:
            raise AuthorityUnusable(f"{path} can't be read ({why.strerror}): copy it from the authority") from why
        except (InvalidKey, UnicodeDecodeError) as why:
            raise AuthorityUnusable(f"{path} does not hold the id of an account: copy it again") from why
        if kind is not NkeyKind.ACCOUNT:
            raise AuthorityUnusable(f"{path} holds an id of kind {kind}, not {NkeyKind.ACCOUNT}")
        there = [role for role in Role if (folder / f"{role}.nk").exists()]
        if not there:
            raise AuthorityUnusable(f"{folder} holds no role's key: copy user.nk or node.nk from the authority")
        roles = {role: _read(folder / f"{role}.nk", NkeyKind.ACCOUNT) for role in there}
        return cls(account_id, roles, Revocations(folder))


@dataclass(frozen=True)
class Authority:
    """The keys of one testbed's fabric."""

    operator: Signer
    system: Signer  # the account of the broker itself; no principal is ever in it
    account: Signer
    roles: Mapping[Role, Signer]
    revocations: Revocations

    @property
    def account_id(self) -> str:
        """The account that all principals are in."""
        return self.account.id

    @classmethod
    def generate(cls) -> Self:
        """A new authority, in memory only."""
        return cls(
            operator=_new(NkeyKind.OPERATOR),
            system=_new(NkeyKind.ACCOUNT),
            account=_new(NkeyKind.ACCOUNT),
            roles={role: _new(NkeyKind.ACCOUNT) for role in Role},
            revocations=Revocations(),
        )

    @classmethod
    def create(cls, folder: Path) -> Self:
        """A new authority, kept in a new or empty `folder`.

        Raises AuthorityUnusable if one is there already, and OSError if it can't be written: then nothing is.
        """
        authority = cls.generate()
        with filled_whole(folder):
            folder.chmod(0o700)
            for name, signer in authority._files().items():
                _write_once(folder / name, signer.seed)
            _write_once(folder / ACCOUNT_ID, authority.account.id)
        return replace(authority, revocations=Revocations(folder))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The authority kept in `folder`.

        Raises AuthorityUnusable if it is missing, damaged or open to others.
        """
        return cls(
            operator=_read(folder / "operator.nk", NkeyKind.OPERATOR),
            system=_read(folder / "system.nk", NkeyKind.ACCOUNT),
            account=_read(folder / "account.nk", NkeyKind.ACCOUNT),
            roles={role: _read(folder / f"{role}.nk", NkeyKind.ACCOUNT) for role in Role},
            revocations=Revocations(folder),
        )

    def operator_token(self, *, now: float) -> str:
        """What the broker trusts."""
        claims = {"type": "operator", "version": 2, "system_account": self.system.id}
        return self.operator.issue(subject=self.operator.id, name="seattle", claims=claims, now=now)

    def system_token(self, *, now: float) -> str:
        """The broker's own account."""
        return self.operator.issue(subject=self.system.id, name="system", claims=_account(leaves=0), now=now)

    def account_token(self, *, now: float) -> str:
        """The account that all principals are in, with a template for each role, and who is shut out of it."""
        claims = _account(leaves=UNLIMITED)  # whose credentials the operator makes; members' are not for leaves
        if revoked := self.revocations.all():
            claims["revocations"] = {who: _void_until(revoked[who]) for who in sorted(revoked)}
        claims["signing_keys"] = [_scope(role, self.roles[role].id) for role in Role]
        return self.operator.issue(subject=self.account.id, name="seattle", claims=claims, now=now)

    def leaf_credential(self, name: str, *, now: float, lifetime: float) -> str:
        """For the operator of a leaf: a broker that passes members' messages on. It holds a secret.

        In the form of a credentials file of NATS. `lifetime` is in seconds.
        """
        key = SigningKey.generate()
        subject = encode_nkey(NkeyKind.USER, bytes(key.verify_key))
        ours = {"allow": ["seattle.>", f"{subjects.INBOX}.>"]}
        claims = {
            "type": "user",
            "version": 2,
            "pub": ours,
            "sub": ours,
            "subs": UNLIMITED,
            "data": UNLIMITED,
            "payload": UNLIMITED,
            "allowed_connection_types": ["LEAFNODE"],
        }
        token = self.account.issue(subject=subject, name=name, claims=claims, now=now, expires=now + lifetime)
        seed = encode_nkey(NkeyKind.USER_SEED, bytes(key))
        return (
            f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
        )

    def broker_configuration(self, *, now: float) -> str:
        """The part of a broker's configuration that tells whom it trusts. It holds no secret."""
        return f"""\
operator: "{self.operator_token(now=now)}"
system_account: "{self.system.id}"
resolver_preload: {{
  {self.account.id}: "{self.account_token(now=now)}"
  {self.system.id}: "{self.system_token(now=now)}"
}}
"""

    def _files(self) -> dict[str, Signer]:
        names = {"operator.nk": self.operator, "system.nk": self.system, "account.nk": self.account}
        return names | {f"{role}.nk": signer for role, signer in self.roles.items()}


def _account(leaves: int) -> dict[str, object]:
    counts = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn"), UNLIMITED)
    return {"type": "account", "version": 2, "limits": counts | {"wildcards": True, "leaf": leaves}}


def _void_until(revocation: Revocation) -> int:
    """Seconds since 1970. Who is shut out stays out, also with a credential that somebody makes it by mistake."""
    return FOREVER if revocation.shut_out else int(revocation.before)


def _scope(role: Role, signing_key: str) -> dict[str, object]:
    allowed = PERMISSIONS[role]
    return {
        "kind": "user_scope",
        "key": signing_key,
        "role": role.value,
        "template": {
            "pub": {"allow": list(allowed.publish)},
            "sub": {"allow": list(allowed.subscribe)},
            "subs": MAX_SUBSCRIPTIONS,
            "data": UNLIMITED,
            "payload": MAX_MESSAGE,
            "allowed_connection_types": ["STANDARD"],  # not leaves: those pass on what others say
        },
    }


def _new(kind: NkeyKind) -> Signer:
    return Signer(kind, SigningKey.generate())


def _read(path: Path, kind: NkeyKind) -> Signer:
    try:
        if path.stat().st_mode & 0o077:
            raise AuthorityUnusable(f"{path} can be read by others: chmod 600 it, and its folder 700")
        found, seed = decode_nkey(path.read_text(encoding="ascii").strip())
    except OSError as why:
        raise AuthorityUnusable(f"{path} can't be read ({why.strerror}): {_remedy(path.parent)}") from why
    except (InvalidKey, UnicodeDecodeError) as why:
        raise AuthorityUnusable(f"{path} does not hold a key: restore it from a backup") from why
    if found is not _SEED[kind]:
        raise AuthorityUnusable(f"{path} holds a key of kind {found}, not {_SEED[kind]}")
    return Signer(kind, SigningKey(seed))


def _remedy(folder: Path) -> str:
    """What helps where a key is missing. A new one is no help beside others: brokers and members trust the old."""
    if any((folder / name).exists() for name in (ACCOUNT_ID, *(f"{role}.nk" for role in Role))):
        return "this folder holds a part of an authority, as who enrols needs it: take the folder that holds all of it"
    return "make it with `seattle fabric init`"


def _write_once(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as why:
        raise AuthorityUnusable(f"{path} exists already: an authority is never overwritten") from why
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
