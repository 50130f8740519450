"""What it takes to give a node to a testbed, asked of the testbed's site: who will own it, and where its fabric is."""

import http.client
import ssl
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from seattle.fabric.brokers import check_brokers, is_service_url
from seattle.fabric.enrolment_client import check_url
from seattle.fabric.errors import FabricError
from seattle.fabric.unreachable import reason
from seattle.identity.errors import IdentityError
from seattle.identity.keys import PublicKey
from seattle.identity.unreadable import UNREADABLE
from seattle.node.errors import NodeError
from seattle.node.vesselinfo import WHOLE, VesselShare

TESTBED_PATH: Final = "/api/v1/testbed"
DONATE_PATH: Final = "/donate/{token}/"  # the page for those who donate by a token
PATIENCE: Final = 10.0  # seconds
MAX_ANSWER: Final = 64 * 1024  # bytes

Token = Annotated[str, Meta(pattern=r"^don_[A-Za-z0-9_-]{1,60}\Z")]


class CannotDonate(NodeError):  # noqa: N818 - named for what went wrong, as its family is
    """A testbed's site can't be had, or what it says is of no use, or the token is none."""

    code = "cannot-donate"


class Testbed(msgspec.Struct, frozen=True):
    """What a donor needs to know of a testbed. Sites tell more."""

    __test__ = False  # for pytest, to which the name looks like a test's

    worker_key: Annotated[str, Meta(max_length=100)]  # the id of the key that will own the vessels
    brokers: Annotated[list[Annotated[str, Meta(max_length=300)]], Meta(max_length=100)]
    enrol_url: Annotated[str, Meta(max_length=500)]
    name: Annotated[str, Meta(max_length=200)] = ""


def ask_testbed(url: str, *, ca_file: Path | None = None, plain_fabric: bool = False) -> Testbed:
    """What the site at `url` (`https://host`; plain only on loopback) says of its testbed.

    `ca_file`: authorities (PEM) by which the site is checked; None for those of this system. `plain_fabric`: nats:// to
    another computer is meant. Raises CannotDonate.
    """
    told = _decode(url, _fetch(_checked(url) + TESTBED_PATH, ca_file))
    if not (told.worker_key and told.brokers and told.enrol_url):
        raise CannotDonate(
            f"{url} takes no donations: its operator has not told it of a worker, a broker, and where keys are enrolled"
        )
    try:
        PublicKey.from_id(told.worker_key)
        check_brokers(told.brokers, plain_anywhere=plain_fabric)
        check_url(told.enrol_url)
    except (FabricError, IdentityError) as why:
        raise CannotDonate(f"what {url} says of its testbed is of no use: {why}") from why
    return told


def given_to(testbed: Testbed, token: str) -> tuple[VesselShare, ...]:
    """The whole donation as the testbed's, in the name of whose token this is. Raises CannotDonate."""
    try:
        token = msgspec.convert(token, Token)
    except msgspec.ValidationError as why:
        raise CannotDonate(
            f"{token[:80]!r} is no donation token: expected don_..., as the page Donations shows it"
        ) from why
    return (VesselShare(WHOLE, PublicKey.from_id(testbed.worker_key), information=token),)


def check_token(url: str, token: str, *, ca_file: Path | None = None) -> None:
    """Raises CannotDonate if the site at `url` does not know this token (any more): a node would be refused with it.

    Whatever else the site answers, the enrolment service has the last word.
    """
    try:
        _fetch(_checked(url) + DONATE_PATH.format(token=token), ca_file)
    except CannotDonate as why:
        no = why.__cause__
        if isinstance(no, urllib.error.HTTPError) and no.code == HTTPStatus.NOT_FOUND:
            raise CannotDonate(
                f"this donation token is not known at {url}, or was revoked: the page Donations gives another"
            ) from why


def _checked(url: str) -> str:
    if not is_service_url(url):
        raise CannotDonate(f"{url!r} is no site that a node can be given to: write https://HOST")
    return url.rstrip("/")


def _fetch(url: str, ca_file: Path | None) -> bytes:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as why:
        raise CannotDonate(f"{ca_file} can't be used as a list of authorities (PEM): {why}") from why
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _NoRedirect())
    try:
        with opener.open(url, timeout=PATIENCE) as reply:
            body: bytes = reply.read(MAX_ANSWER + 1)
    except urllib.error.HTTPError as no:
        raise CannotDonate(f"{url} answers with status {no.code}: is it the site of a testbed?") from no
    except (OSError, http.client.HTTPException) as why:
        raise CannotDonate(f"{url} can't be reached: {reason(why)}") from why
    if len(body) > MAX_ANSWER:
        raise CannotDonate(f"what {url} answers is longer than {MAX_ANSWER} bytes")
    return body


def _decode(url: str, body: bytes) -> Testbed:
    try:
        return msgspec.json.decode(body, type=Testbed)
    except UNREADABLE as why:
        raise CannotDonate(f"what {url} says of its testbed can't be read: {why}") from why


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """It could lead to where nobody is checked."""

    def redirect_request(self, *_: object) -> None:
        return None
