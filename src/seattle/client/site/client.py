"""Asking a clearinghouse's site: JSON over HTTPS, each request signed, each answer of a size and form that is known."""

import email.utils
import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from seattle.client.errors import SiteError, SiteRefused, SiteUnreachable
from seattle.client.site.signing import Signer, check_site_url
from seattle.fabric.unreachable import reason
from seattle.identity.keys import KeyPair
from seattle.identity.unreadable import UNREADABLE

API: Final = "/api/v1"
PATIENCE: Final = 30.0  # seconds for one request
MAX_ANSWER: Final = 4 * 1024 * 1024  # bytes: a thousand vessels, with room to spare
MAX_WAIT: Final = 3600.0  # seconds: what a site asks to wait is believed up to this

T = TypeVar("T")


class _Refusal(msgspec.Struct, frozen=True):
    code: str
    message: str


class SiteClient:
    """Asks one site in the name of one key. Any number of threads may.

    Raises SiteError for a URL that can't be a site's.
    """

    def __init__(
        self, url: str, key: KeyPair, *, ca_file: Path | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.url: Final = check_site_url(url)
        self._signer = Signer(key, self.url, clock=clock)
        self._opener = _opener(ca_file)

    def get(self, path: str, form: type[T], *, patience: float = PATIENCE) -> T:
        """What is at this path of the API (`/account`), in this form. Raises SiteUnreachable, SiteRefused."""
        return self._ask("GET", path, None, form, patience)

    def post(self, path: str, asked: msgspec.Struct, form: type[T], *, patience: float = PATIENCE) -> T:
        """The answer to what is posted to this path of the API. Raises SiteUnreachable, SiteRefused."""
        return self._ask("POST", path, msgspec.json.encode(asked), form, patience)

    def _ask(self, method: str, path: str, body: bytes | None, form: type[T], patience: float) -> T:
        try:
            answer = self._send(method, path, body, patience)
        except urllib.error.HTTPError as no:
            if not (no.code == http.client.UNAUTHORIZED and self._signer.correct(_their_time(no))):
                raise _refusal(no) from no
            answer = self._send_again(method, path, body, patience)  # by their clock
        try:
            return msgspec.json.decode(answer, type=form)
        except UNREADABLE as why:
            raise SiteUnreachable(
                f"what {self.url} answers is not of the form expected: is it a clearinghouse?"
            ) from why

    def _send_again(self, method: str, path: str, body: bytes | None, patience: float) -> bytes:
        try:
            return self._send(method, path, body, patience)
        except urllib.error.HTTPError as no:
            raise _refusal(no) from no

    def _send(self, method: str, path: str, body: bytes | None, patience: float) -> bytes:
        target = f"{API}{path}"
        headers = {
            "Accept": "application/json",
            "Authorization": self._signer.authorization(method, target, body or b""),
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self.url + target, body, headers, method=method)  # noqa: S310 - checked above
        try:
            with self._opener.open(request, timeout=patience) as reply:
                answer: bytes = reply.read(MAX_ANSWER + 1)
        except urllib.error.HTTPError:
            raise
        except (OSError, http.client.HTTPException) as why:
            raise SiteUnreachable(f"{self.url} can't be reached: {reason(why)}") from why
        if len(answer) > MAX_ANSWER:
            raise SiteUnreachable(f"what {self.url} answers is longer than {MAX_ANSWER} bytes")
        return answer


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What was signed for one site is not sent to another."""

    def redirect_request(self, *_: object) -> None:
        return None


def _opener(ca_file: Path | None) -> urllib.request.OpenerDirector:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as why:
        raise SiteError(f"{ca_file} can't be used as a list of authorities (PEM): {why}") from why
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _NoRedirect())


def _refusal(no: urllib.error.HTTPError) -> SiteRefused:
    try:
        said = msgspec.json.decode(no.read(MAX_ANSWER), type=_Refusal)
    except (*UNREADABLE, OSError, http.client.HTTPException):
        said = _Refusal(code="error", message=f"the site answers with status {no.code}")
    return SiteRefused(said.message, code=said.code, status=no.code, retry_after=_retry_after(no))


def _retry_after(no: urllib.error.HTTPError) -> float:
    text = no.headers.get("Retry-After", "")
    return min(float(text), MAX_WAIT) if text.isdecimal() else 0.0


def _their_time(no: urllib.error.HTTPError) -> float:
    """Seconds since 1970 as the site says; ours if it says nothing."""
    try:
        return email.utils.parsedate_to_datetime(no.headers.get("Date", "")).timestamp()
    except (TypeError, ValueError):
        return time.time()
