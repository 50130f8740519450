"""Who is answered at all: whoever names this computer and knows the token, and only asks."""

import hmac
from collections.abc import Collection
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS: Final = ("GET", "HEAD")
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # the address is a secret
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """Wraps an application. What passes has `root_path` set to the part of the path that holds the token."""

    def __init__(self, app: ASGIApp, *, token: str, hosts: Collection[str]) -> None:
        """`hosts`: the values of the Host header by which this server is known, `127.0.0.1:8099`."""
        self._app = app
        self._prefix = f"/{token}"
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":  # there are no WebSockets here
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send))
            return
        await self._app(dict(scope) | {"root_path": self._prefix}, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return Response("This server is known by other names.\n", 421, media_type="text/plain")
        if scope["method"] not in _METHODS:
            allow = {"Allow": ", ".join(_METHODS)}
            return Response("This page is only to be read.\n", 405, allow, media_type="text/plain")
        begin = scope["path"][: len(self._prefix) + 1]
        if not hmac.compare_digest(begin.encode("utf-8", "replace"), f"{self._prefix}/".encode()):
            text = "Nothing is here. `seattle node page` prints the address of the status page.\n"
            return Response(text, 404, media_type="text/plain")
        return None


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            ours = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
            message = {**message, "headers": [*message["headers"], *ours]}
        await send(message)

    return sending
