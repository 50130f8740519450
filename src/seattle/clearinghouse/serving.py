"""Files that are too large to be held in memory, as answers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

PIECE: Final = 256 * 1024  # bytes


def send_file(request: HttpRequest, path: Path, *, content_type: str, headers: dict[str, str]) -> HttpResponseBase:
    """The whole file, a piece at a time. Raises OSError."""
    size = path.stat().st_size
    headers = {**headers, "Content-Length": str(size)}
    if request.method == "HEAD":
        return HttpResponse(content_type=content_type, headers=headers)
    if isinstance(request, ASGIRequest):
        return StreamingHttpResponse(_pieces(path), content_type=content_type, headers=headers)
    return FileResponse(path.open("rb"), content_type=content_type, headers=headers)


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    """Read in threads, so that a slow disk or a slow client holds nobody else up."""
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
    finally:
        file.close()
