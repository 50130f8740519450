"""What an installer says of itself, and who signed that: `build.json` and `build.sig`.

The statement covers all that is in the installer's file: the release by its digest, and by another the code that runs
first. Whoever signs it answers for the vessels, for where the node goes, and for who may update it.
"""

import base64
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from seattle.fabric.brokers import check_brokers
from seattle.fabric.enrolment_client import check_url
from seattle.fabric.errors import FabricError
from seattle.identity.errors import IdentityError
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.unreadable import UNREADABLE
from seattle.installer.errors import StatementBroken
from seattle.node.errors import BadVesselInfo
from seattle.node.vesselinfo import parse_vesselinfo
from seattle.updater.roles import Channel

FORMAT: Final = 1
LARGEST: Final = 64 * 1024  # bytes of a statement
CONTEXT: Final = b"seattle installer build 1\n"  # signed before it, so that the signature is good for nothing else

Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class BundleFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which release the installer carries."""

    version: Annotated[str, Meta(pattern=r"^[0-9][0-9A-Za-z.+!]{0,63}\Z")]
    sha256: Sha256
    size: Annotated[int, Meta(ge=1, le=256 * 2**20)]  # bytes


class NodePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where the node goes. `ca`: authorities (PEM) that check brokers and enrolment; this system's, if empty."""

    fabric: Annotated[
        list[Annotated[str, Meta(pattern=r"^(nats|tls)://", max_length=256)]], Meta(min_length=1, max_length=16)
    ]
    enrol_url: Annotated[str, Meta(max_length=512)] = ""
    invitation: Annotated[str, Meta(max_length=512)] = ""
    ca: Annotated[str, Meta(max_length=32 * 1024)] = ""
    plain_fabric: bool = False


class Updates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may update the node: the root of a repository of releases, where it is served, and which channel."""

    url: Annotated[str, Meta(pattern=r"^https?://", max_length=512)]
    channel: Channel
    root: dict[str, Any]  # TUF's root metadata


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What one installer is."""

    format: Annotated[int, Meta(ge=FORMAT, le=FORMAT)]
    id: Annotated[str, Meta(pattern=r"^[a-z0-9]{40}\Z")]
    name: Annotated[str, Meta(max_length=100)] = ""  # for people: the testbed's, the class's
    bundle: BundleFact
    loader: Sha256  # of the code that runs first: see `building.loader_digest`
    vesselinfo: Annotated[str, Meta(min_length=1, max_length=LARGEST)]  # as node/vesselinfo.py reads it
    percent: Annotated[float, Meta(gt=0, le=100)] = 10.0  # of the computer, unless the donor says otherwise
    node: NodePart
    site: Annotated[str, Meta(max_length=512)] = ""  # where people read about it
    updates: Updates | None = None  # nobody, if not there


@dataclass(frozen=True)
class Signed:
    """A statement whose signature is good."""

    statement: Statement
    by: PublicKey


class _Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: Annotated[str, Meta(max_length=64)]  # the signer's id
    signature: Annotated[str, Meta(max_length=128)]  # base64


def sign(statement: Statement, pair: KeyPair) -> tuple[bytes, bytes]:
    """`build.json` and `build.sig`, as bytes. Raises StatementBroken for what `check` would refuse."""
    data = msgspec.json.encode(statement, order="deterministic")
    _read(data)  # a struct made in code was checked by nobody
    signature = base64.b64encode(pair.sign(CONTEXT + data)).decode()
    return data, msgspec.json.encode(_Signature(pair.public.id, signature))


def check(data: bytes, signature: bytes, *, signed_by: str = "") -> Signed:
    """Read a statement whose signature is good, and if `signed_by` (an id) is given, that of this key.

    Raises StatementBroken.
    """
    try:
        told = msgspec.json.decode(signature[:1024], type=_Signature)
        signer = PublicKey.from_id(told.key)
        signer.verify(base64.b64decode(told.signature, validate=True), CONTEXT + data)
    except (msgspec.DecodeError, IdentityError, ValueError, RecursionError) as why:
        raise StatementBroken(f"nobody has signed what this installer says: {why}; get it again") from why
    if signed_by and signer.id != signed_by:
        raise StatementBroken(f"this installer was signed by {signer.id}, not by {signed_by}: do not use it")
    return Signed(_read(data), signer)


def _read(data: bytes) -> Statement:
    if len(data) > LARGEST:
        raise StatementBroken(f"the statement has {len(data)} bytes, more than the {LARGEST} that it may have")
    try:
        statement = msgspec.json.decode(data, type=Statement)
        parse_vesselinfo(statement.vesselinfo)
        check_brokers(statement.node.fabric, plain_anywhere=statement.node.plain_fabric)
        if statement.node.enrol_url:
            check_url(statement.node.enrol_url)
        _check_printable(statement)
    except (*UNREADABLE, BadVesselInfo, FabricError) as why:
        raise StatementBroken(f"this is no statement of an installer: {why}") from why
    return statement


def _check_printable(statement: Statement) -> None:
    """What a donor is shown before they say yes must not steer their terminal, nor look like other lines of it."""
    updates = statement.updates.url if statement.updates else ""
    for text in (statement.name, statement.site, updates, *statement.node.fabric):
        if not text.isprintable():
            raise StatementBroken(f"{text!r} can't be shown to a donor: it has control characters")
