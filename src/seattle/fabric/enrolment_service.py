"""The enrolment service: whoever proves possession of a key, and may enrol, gets a short-lived credential.

It holds the keys of the roles that it hands out, and neither the operator's nor the account's. Whatever a stranger
sends is bounded before it is read, and asked for at a bounded rate, by address and in all; nothing is kept of it.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol, TypeVar

import msgspec
import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from seattle.fabric.allowance import Allowance, AllowanceByNetwork
from seattle.fabric.authority import Issuer, Role
from seattle.fabric.challenges import Challenges
from seattle.fabric.enrolment import enrol, validity
from seattle.fabric.enrolment_protocol import (
    CHALLENGE_PATH,
    CREDENTIAL_PATH,
    MAX_REQUEST,
    AskChallenge,
    AskCredential,
    GiveChallenge,
    GiveCredential,
    Refusal,
    to_sign,
)
from seattle.fabric.errors import AuthorityUnusable, EnrolmentRefused
from seattle.identity.errors import IdentityError
from seattle.identity.keys import PublicKey
from seattle.identity.unreadable import UNREADABLE

LIFETIME: Final = timedelta(hours=24)  # of a credential: what a lost key is good for, if nobody says that it is lost
READ_PATIENCE: Final = 5.0  # seconds for the body of a request
RATE: Final = 2.0  # requests a second from one address; a class behind one address enrols in half a minute
BURST: Final = 120.0
RATE_IN_ALL: Final = 400.0  # requests a second; each costs some 0.2 ms
CONNECTIONS: Final = 512
BAD, FORBIDDEN, TOO_LARGE, TOO_MANY, UNAVAILABLE = 400, 403, 413, 429, 503

T = TypeVar("T", bound=msgspec.Struct)

log = structlog.get_logger()


class Refused(Exception):  # noqa: N818 - named for what happened
    """An answer that is a no."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Admits(Protocol):
    """Who may enrol: `admissions.Admissions`, or another who knows."""

    async def admit(self, public: PublicKey, role: Role, invitation: str, *, now: float, address: str = "") -> None:
        """Let this key, which was proved, have a credential. Raises EnrolmentRefused.

        `now`: seconds since 1970. `address`: where the request came from.
        """


class EnrolmentService:
    """An ASGI application: `service.app`.

    Args:
        issuer: the keys of the roles that are handed out.
        admissions: who may have which.
        brokers: told to those who enrol.
        lifetime: of credentials.
        by_address: how many requests an address may make.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        issuer: Issuer,
        admissions: Admits,
        *,
        brokers: Sequence[str] = (),
        lifetime: timedelta = LIFETIME,
        by_address: AllowanceByNetwork | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._issuer = issuer
        self._admissions = admissions
        self._brokers = list(brokers)
        self._lifetime = lifetime
        self._clock = clock
        self._challenges = Challenges(_secret(issuer))
        self._by_address = AllowanceByNetwork.at(rate=RATE, burst=BURST) if by_address is None else by_address
        self._in_all = Allowance(rate=RATE_IN_ALL, burst=RATE_IN_ALL)
        self.app = Starlette(
            routes=[
                Route(CHALLENGE_PATH, self._challenge, methods=["POST"]),
                Route(CREDENTIAL_PATH, self._credential, methods=["POST"]),
            ],
            exception_handlers={Refused: _refuse},
        )

    async def _challenge(self, request: Request) -> Response:
        asked = await self._read(request, AskChallenge)
        key = _key(asked.key)
        return _reply(GiveChallenge(self._challenges.make(key.id, now=self._clock())))

    async def _credential(self, request: Request) -> Response:
        asked = await self._read(request, AskCredential)
        key, now = _key(asked.key), self._clock()
        if not self._challenges.is_ours(asked.challenge, key.id, now=now):
            raise Refused(
                FORBIDDEN, "stale-challenge", "this challenge is not for this key, or too old: ask for another"
            )
        try:
            proof = to_sign(challenge=asked.challenge, role=asked.role, invitation=asked.invitation)
            key.verify(asked.signature, proof)
        except IdentityError as why:
            raise Refused(FORBIDDEN, "no-proof", f"{key} did not sign this challenge for this role") from why
        try:
            # Made before an invitation is used up for it: a key that is shut out must not cost one.
            credential = enrol(self._issuer, key, role=asked.role, now=now, lifetime=self._lifetime)
            await self._admissions.admit(key, asked.role, asked.invitation, now=now, address=_host(request))
        except EnrolmentRefused as why:
            log.info("enrolment_refused", id=key.id, role=asked.role.value)
            raise Refused(FORBIDDEN, why.code, str(why)) from why
        except AuthorityUnusable as why:  # fail closed: who is shut out is not known
            log.exception("enrolment_failed")
            raise Refused(
                UNAVAILABLE, "unavailable", "nobody can be enrolled now; the service's log tells why"
            ) from why
        log.info("enrolled", id=key.id, role=asked.role.value)
        ends = float(validity(credential).exp)
        return _reply(GiveCredential(credential=credential, expires_at=ends, brokers=self._brokers))

    async def _read(self, request: Request, form: type[T]) -> T:
        if not self._by_address.take(_host(request)) or not self._in_all.take("all"):
            raise Refused(TOO_MANY, "too-many-requests", "too many requests from your network: try again in a minute")
        body = b""
        try:
            async with asyncio.timeout(READ_PATIENCE):
                async for part in request.stream():
                    body += part
                    if len(body) > MAX_REQUEST:
                        raise Refused(TOO_LARGE, "too-large", f"a request has {MAX_REQUEST} bytes at most")
        except (TimeoutError, ClientDisconnect) as why:
            raise Refused(BAD, "too-slow", f"the request did not come within {READ_PATIENCE:g} s") from why
        try:
            return msgspec.json.decode(body, type=form)
        except UNREADABLE as why:
            raise Refused(BAD, "bad-request", f"this is not a request to enrol: {why}") from why


def http_server(
    service: EnrolmentService, *, certificate: Path | None = None, key: Path | None = None, behind_proxy: bool = False
) -> uvicorn.Server:
    """What serves it, with `serve(sockets=[...])`: over HTTPS if there is a certificate with its key (PEM).

    `behind_proxy`: believe a proxy on this computer who calls.
    """
    return uvicorn.Server(
        uvicorn.Config(
            service.app,
            ssl_certfile=certificate,
            ssl_keyfile=key,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=behind_proxy,
            forwarded_allow_ips="127.0.0.1,::1",
            limit_concurrency=CONNECTIONS,
            h11_max_incomplete_event_size=16 * 1024,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=5,
        )
    )


def _secret(issuer: Issuer) -> bytes:
    """The same for all instances with the same keys, so that a challenge of one can be answered to another."""
    seeds = b"".join(bytes(issuer.roles[role].key) for role in sorted(issuer.roles))
    return hashlib.blake2b(seeds, digest_size=32, person=b"seattle-challeng").digest()


def _key(key_id: str) -> PublicKey:
    try:
        return PublicKey.from_id(key_id)
    except IdentityError as why:
        raise Refused(BAD, "invalid-key", f"this is not the id of a key: {why}") from why


def _host(request: Request) -> str:
    return "" if request.client is None else request.client.host


def _reply(content: msgspec.Struct, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(msgspec.json.encode(content), status, headers, media_type="application/json")


def _refuse(_: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    return _reply(Refusal(refused.code, refused.message), refused.status)
