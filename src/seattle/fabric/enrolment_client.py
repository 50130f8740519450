"""Enrolling oneself: a proof of possession for a credential, over HTTPS."""

import asyncio
import http.client
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from seattle.fabric.authority import Role
from seattle.fabric.brokers import is_service_url
from seattle.fabric.enrolment import validity
from seattle.fabric.enrolment_protocol import (
    CHALLENGE_PATH,
    CREDENTIAL_PATH,
    MAX_REPLY,
    AskChallenge,
    AskCredential,
    GiveChallenge,
    GiveCredential,
    Refusal,
    to_sign,
)
from seattle.fabric.errors import EnrolmentFailed, EnrolmentRefused
from seattle.fabric.unreachable import reason
from seattle.identity.keys import KeyPair
from seattle.identity.unreadable import UNREADABLE

PATIENCE: Final = 10.0  # seconds for each of the two requests

T = TypeVar("T", bound=msgspec.Struct)


async def fetch_credential(
    url: str, key: KeyPair, *, role: Role, invitation: str = "", ca_file: Path | None = None
) -> GiveCredential:
    """A fresh credential for this key from the service at `url` (`https://host[:port]`; plain only on loopback).

    Raises EnrolmentRefused if the service says no, EnrolmentFailed if it can't be had.
    """
    return await asyncio.to_thread(_fetch, url, key, role, invitation, ca_file)


def check_url(url: str) -> str:
    """The URL, without a slash at its end. Raises EnrolmentFailed."""
    if not is_service_url(url):
        raise EnrolmentFailed(f"{url!r} is not where a key can be enrolled: write https://HOST[:PORT]")
    return url.rstrip("/")


def _fetch(url: str, key: KeyPair, role: Role, invitation: str, ca_file: Path | None) -> GiveCredential:
    url = check_url(url)
    given = _post(url + CHALLENGE_PATH, AskChallenge(key.id), GiveChallenge, ca_file)
    proof = key.sign(to_sign(challenge=given.challenge, role=role, invitation=invitation))
    ask = AskCredential(key=key.id, role=role, challenge=given.challenge, signature=proof, invitation=invitation)
    got = _post(url + CREDENTIAL_PATH, ask, GiveCredential, ca_file)
    if validity(got.credential).sub != key.id:
        raise EnrolmentFailed(f"{url} gave a credential for another key")
    return got


def _post(url: str, asked: msgspec.Struct, form: type[T], ca_file: Path | None) -> T:
    request = urllib.request.Request(  # noqa: S310 - `check_url` has seen to the scheme
        url, msgspec.json.encode(asked), {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with _opener(ca_file).open(request, timeout=PATIENCE) as reply:
            body = reply.read(MAX_REPLY + 1)
    except urllib.error.HTTPError as no:
        raise _refusal(url, no) from no
    except (OSError, http.client.HTTPException) as why:
        raise EnrolmentFailed(f"{url} can't be reached: {reason(why)}") from why
    if len(body) > MAX_REPLY:
        raise EnrolmentFailed(f"what {url} replies is longer than {MAX_REPLY} bytes")
    try:
        return msgspec.json.decode(body, type=form)
    except UNREADABLE as why:
        raise EnrolmentFailed(f"what {url} replies is not of the form expected: is it an enrolment service?") from why


def _opener(ca_file: Path | None) -> urllib.request.OpenerDirector:
    """Follows no redirection: it could lead to where nobody is checked."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as why:
        raise EnrolmentFailed(f"{ca_file} can't be used as a list of authorities (PEM): {why}") from why
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _NoRedirect())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _refusal(url: str, no: urllib.error.HTTPError) -> Exception:
    try:
        said = msgspec.json.decode(no.read(MAX_REPLY), type=Refusal)
    except (*UNREADABLE, OSError, http.client.HTTPException):
        said = Refusal(message=f"status {no.code}")
    if no.code == 403:
        return EnrolmentRefused(said.message)
    return EnrolmentFailed(f"{url}: {said.message}")
