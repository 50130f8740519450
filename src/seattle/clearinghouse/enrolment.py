"""/enrol/: passes on to a worker's enrolment service what keys ask of it, since only workers have the keys to enrol.

Bounded in size and time, as what is passed on is; the service itself counts by the address that it is told.
"""

from typing import Final

import httpx
import msgspec
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from seattle.fabric.enrolment_protocol import CHALLENGE_PATH, CREDENTIAL_PATH, MAX_REPLY, MAX_REQUEST, Refusal

PATIENCE: Final = 8.0  # seconds for the service to answer
CONNECT_PATIENCE: Final = 2.0

log = structlog.get_logger()


@csrf_exempt  # whoever asks proves to have a key; no cookie is looked at
async def forward(request: HttpRequest) -> HttpResponse:
    """The service's answer, or why there is none."""
    if request.method != "POST":
        refusal = _refuse(405, "method-not-allowed", "keys are enrolled by POST: `seattle login` does it")
        refusal["Allow"] = "POST"
        return refusal
    upstream = settings.SITE.enrolment_upstream
    if not upstream:
        return _refuse(503, "unavailable", "this site enrols no keys: its operator has named no worker for it")
    if len(request.body) > MAX_REQUEST:
        return _refuse(413, "too-large", f"a request has {MAX_REQUEST} bytes at most")
    url = upstream.rstrip("/") + request.path.removeprefix("/enrol")
    # Told here and believed only from here: the service listens on loopback, and this header is made anew.
    headers = {"Content-Type": "application/json", "X-Forwarded-For": request.META.get("REMOTE_ADDR", "")}
    try:
        async with (
            httpx.AsyncClient(
                timeout=httpx.Timeout(PATIENCE, connect=CONNECT_PATIENCE),
                trust_env=False,
                verify=upstream.startswith("https"),
            ) as client,
            client.stream("POST", url, content=request.body, headers=headers) as reply,
        ):
            return await _answer(reply)
    except httpx.TimeoutException:
        return _refuse(504, "unavailable", "the enrolment service takes too long: try again in a minute")
    except httpx.HTTPError as why:
        log.warning("enrolment_unavailable", error=str(why))
        return _refuse(503, "unavailable", "the enrolment service can't be had now: try again in a minute")


async def _answer(reply: httpx.Response) -> HttpResponse:
    body = b""
    async for part in reply.aiter_raw():
        body += part
        if len(body) > MAX_REPLY:
            return _refuse(502, "unavailable", "the enrolment service does not answer as one does")
    return _respond(body, reply.status_code)


def _refuse(status: int, code: str, message: str) -> HttpResponse:
    return _respond(msgspec.json.encode(Refusal(code, message)), status)


def _respond(body: bytes, status: int) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json", headers={"Cache-Control": "no-store"})


urlpatterns = [path(one.lstrip("/"), forward) for one in (CHALLENGE_PATH, CREDENTIAL_PATH)]
