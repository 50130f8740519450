"""What is refused before Django sees it: heads and bodies too large, bodies too slow or of two lengths; too many."""

import asyncio
from typing import Any, Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seattle.fabric.allowance import AllowanceByNetwork

MAX_HEAD: Final = 16 * 1024  # bytes of a request's first line and headers
MAX_BODY: Final = 512 * 1024  # bytes; Django's own bounds for forms are below it
BODY_PATIENCE: Final = 15.0  # seconds for a whole body
RATE: Final = 50.0  # requests a second from one network; what must be slower has limits of its own
BURST: Final = 1000.0  # a class that opens the site at once, behind one address

_MOST_DIGITS: Final = 18  # with more it is too large anyhow

_TWO_LENGTHS: Final = (400, "A request says how long it is once: by Content-Length, or in chunks.\n")
_LONG_HEAD: Final = (431, f"The first line and the headers of a request have {MAX_HEAD} bytes at most.\n")
_TOO_LARGE: Final = (413, f"A request has {MAX_BODY} bytes at most.\n")
_TOO_SLOW: Final = (408, f"The request did not come within {BODY_PATIENCE:g} seconds.\n")
_TOO_MANY: Final = (429, "Too many requests from your network: try again in a few seconds.\n")


class Limits:
    """Wraps an application."""

    def __init__(
        self, app: ASGIApp, *, by_network: AllowanceByNetwork | None = None, patience: float = BODY_PATIENCE
    ) -> None:
        self._app = app
        self._by_network = AllowanceByNetwork.at(rate=RATE, burst=BURST) if by_network is None else by_network
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if not self._by_network.take(scope["client"][0] if scope["client"] else ""):
            await _refuse(_TOO_MANY, scope, receive, send, {"Retry-After": "5"})
            return
        if _length_of_head(scope) > MAX_HEAD:  # the server bounds only what comes in more pieces than one
            await _refuse(_LONG_HEAD, scope, receive, send, {"Connection": "close"})
            return
        announced = _announced(scope)
        if announced is not None and _is_in_chunks(scope):  # a proxy may take for a body what we take for a request
            await _refuse(_TWO_LENGTHS, scope, receive, send, {"Connection": "close"})
            return
        if announced is not None and announced > MAX_BODY:
            await _refuse(_TOO_LARGE, scope, receive, send, {"Connection": "close"})
            return
        body = _Body(receive, self._patience)
        answered = False

        async def sending(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        await self._app(scope, body.receive, sending)
        if body.refusal is not None and not answered:  # Django was told that the client has gone, and said nothing
            await _refuse(body.refusal, scope, receive, send, {"Connection": "close"})


class _Body:
    """Passes a body on, as long as there is not too much of it, and it comes in time."""

    def __init__(self, receive: Receive, patience: float) -> None:
        self._receive = receive
        self._deadline = asyncio.get_running_loop().time() + patience
        self._size = 0
        self._whole = False
        self.refusal: tuple[int, str] | None = None

    async def receive(self) -> Message:
        if self._whole:  # what comes now is only that the client has gone
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            return self._refused(_TOO_SLOW)
        self._size += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        return self._refused(_TOO_LARGE) if self._size > MAX_BODY else message

    def _refused(self, refusal: tuple[int, str]) -> dict[str, Any]:
        self.refusal = refusal
        return {"type": "http.disconnect"}


def _length_of_head(scope: Scope) -> int:
    lines = sum(len(name) + len(value) + 4 for name, value in scope["headers"])  # with `: ` and the line's end
    return lines + len(scope.get("raw_path") or b"") + len(scope.get("query_string", b""))


def _announced(scope: Scope) -> int | None:
    """What Content-Length says, if it is there."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value[:_MOST_DIGITS]) if value.isdigit() else 0
    return None


def _is_in_chunks(scope: Scope) -> bool:
    return any(name == b"transfer-encoding" for name, _ in scope["headers"])


async def _refuse(
    refusal: tuple[int, str], scope: Scope, receive: Receive, send: Send, headers: dict[str, str]
) -> None:
    status, text = refusal
    await PlainTextResponse(text, status, headers)(scope, receive, send)
