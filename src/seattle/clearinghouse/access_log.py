"""One line in the log for each request: who, what, how it ended. Never bodies, cookies, keys, or what a query says."""

import secrets
import time
from collections.abc import Callable
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

USER: Final = "user"  # in a scope's state: the primary key of who asks, once anybody has looked
_MAX_PATH: Final = 300  # characters
_MAX_PART: Final = 64  # of a part of a path: ids of nodes are shorter, secrets of links in mails are not all
_SECRETS: Final = ("don_", "sak_")
_BEFORE_SECRETS: Final = ("key", "confirm-email")  # of links in mails

log = structlog.get_logger("seattle.site.requests")


class AccessLog:
    """Wraps an application. Every answer has the id of its line: X-Request-ID."""

    def __init__(self, app: ASGIApp, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and write it down. All that is logged meanwhile has its `request` id."""
        if scope["type"] != "http":  # there are no WebSockets here
            return
        request, status = secrets.token_hex(8), 0
        scope["state"] = {}
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=request)
        began = self._clock()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request.encode())]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            log.info(
                "request",
                method=scope["method"],
                path=shown_path(scope["path"]),
                has_query=bool(scope["query_string"]),
                status=status or None,  # None: the client had gone
                took_ms=round((self._clock() - began) * 1000, 1),
                client=scope["client"][0] if scope["client"] else None,
                user=scope["state"].get(USER),
            )


def shown_path(path: str) -> str:
    """The path without secrets: those in links of our mails, and tokens of donations."""
    shown: list[str] = []
    for part in path[:_MAX_PATH].split("/"):
        secret = len(part) > _MAX_PART or part.startswith(_SECRETS) or (shown and shown[-1] in _BEFORE_SECRETS)
        shown.append("..." if part and secret else part)
    return "/".join(shown)
