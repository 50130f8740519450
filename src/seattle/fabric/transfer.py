"""Files to and from a vessel, in chunks: each a call of its own, so a lost reply costs one chunk at most.

The node is asked what it holds before the first byte, unless there are few, and after each lost reply, so an upload
goes on where it was, also from another process. Nothing counts as moved until its SHA-256 is right.
"""

import asyncio
import hashlib
import io
from collections.abc import Callable
from typing import BinaryIO, Final

from seattle.fabric.errors import ConnectionFailed, NoAnswer, NobodyThere, TransferFailed
from seattle.fabric.node_api import ADD_FILE, MAX_CHUNK, READ_FILE, AddFileChunk, FileProgress, ReadFileChunk
from seattle.fabric.operations import Ask, Operation, Q, R

MAX_LOSSES: Final = 5  # calls in a row without an answer, after which a transfer gives up
MAX_RESTARTS: Final = 3  # of a download of a file that changes meanwhile
SMALL: Final = 64 * 1024  # bytes; what has no more goes along with the first question
FIRST_PAUSE: Final = 0.2  # seconds after a loss; twice as long after each further one

Progress = Callable[[int, int], None]  # bytes moved, bytes in all


def no_progress(moved: int, total: int) -> None:
    """Tell nobody."""


async def upload(
    ask: Ask,
    *,
    vessel: str,
    name: str,
    content: bytes | BinaryIO,
    progress: Progress = no_progress,
    chunk: int = MAX_CHUNK,
    pause: float = FIRST_PAUSE,
) -> int:
    """Put a file into a vessel and return its size in bytes.

    `content` is seekable and does not change meanwhile. Raises TransferFailed if the node stops answering or does
    not take it, NobodyThere if it was never there, and RemoteError for what it refuses.
    """
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    total, digest = await asyncio.to_thread(_measure, source)
    reach = _Persistent(ask, pause)

    async def add(offset: int, data: bytes) -> FileProgress:
        part = AddFileChunk(vessel=vessel, name=name, offset=offset, total_size=total, digest=digest, data=data)
        return await ask(ADD_FILE, part)

    async def held() -> FileProgress:
        part = AddFileChunk(vessel=vessel, name=name, offset=0, total_size=total, digest=digest)
        return await reach(ADD_FILE, part)

    async def begin() -> FileProgress:
        if total > min(SMALL, chunk):
            return await held()
        try:
            return await add(0, await asyncio.to_thread(_read_at, source, 0, total))
        except (NoAnswer, ConnectionFailed):
            return await held()

    state = await begin()
    stuck = 0
    while not state.complete:
        if not 0 <= state.received <= total or stuck > MAX_LOSSES:
            raise TransferFailed(f"{name}: the node holds {state.received} of {total} bytes and takes no more")
        before = state.received
        progress(before, total)
        data = await asyncio.to_thread(_read_at, source, before, chunk)
        try:
            state = await add(before, data)
        except (NoAnswer, ConnectionFailed, NobodyThere):
            state = await held()  # it may have arrived
        stuck = 0 if state.received > before or state.complete else stuck + 1
    progress(total, total)
    return total


async def download(
    ask: Ask,
    *,
    vessel: str,
    name: str,
    into: BinaryIO,
    progress: Progress = no_progress,
    chunk: int = MAX_CHUNK,
    pause: float = FIRST_PAUSE,
) -> int:
    """Fetch a file of a vessel into `into` (seekable) and return its size in bytes.

    Raises TransferFailed if the node stops answering, or the file changes all the time; NobodyThere if the node was
    never there; RemoteError for what it refuses.
    """
    reach = _Persistent(ask, pause)
    for _ in range(MAX_RESTARTS):
        size = await _download_once(reach, vessel=vessel, name=name, into=into, progress=progress, chunk=chunk)
        if size is not None:
            return size
    raise TransferFailed(f"{name} changed while it was fetched, {MAX_RESTARTS} times: stop its writer first")


async def _download_once(
    reach: "_Persistent", *, vessel: str, name: str, into: BinaryIO, progress: Progress, chunk: int
) -> int | None:
    """The size in bytes, or None if the file changed meanwhile."""
    into.seek(0)
    into.truncate()
    hasher = hashlib.sha256()
    offset = 0
    digest, total = "", 0
    while True:
        part = await reach(READ_FILE, ReadFileChunk(vessel=vessel, name=name, offset=offset, count=chunk))
        if offset and (part.digest, part.total_size) != (digest, total):
            return None
        digest, total = part.digest, part.total_size
        if offset + len(part.data) > total:  # what it says is what people see while the disk fills
            raise TransferFailed(f"{name}: the node says that the file has {total} bytes, and sends more")
        hasher.update(part.data)
        await asyncio.to_thread(into.write, part.data)
        offset += len(part.data)
        progress(offset, total)
        if offset == total:
            break
        if not part.data:
            raise TransferFailed(f"{name}: the node sent {offset} of {total} bytes and no more")
    return offset if hasher.hexdigest() == digest else None


class _Persistent:
    """Asks again when no answer comes: for questions that change nothing.

    A node that has answered may come back; one that was not there in the first place is not waited for.
    """

    def __init__(self, ask: Ask, pause: float) -> None:
        self._ask = ask
        self._pause = pause
        self._heard = False  # whether the node has ever answered

    async def __call__(self, operation: Operation[Q, R], request: Q) -> R:
        for loss in range(MAX_LOSSES):
            if loss:
                await asyncio.sleep(self._pause * 2 ** (loss - 1))
            try:
                reply = await self._ask(operation, request)
            except (NoAnswer, ConnectionFailed, NobodyThere) as why:
                if isinstance(why, NobodyThere) and not self._heard:
                    raise
                last = why
            else:
                self._heard = True
                return reply
        raise TransferFailed(f"the node stopped answering: {last}") from last


def _measure(source: BinaryIO) -> tuple[int, str]:
    source.seek(0)
    hasher = hashlib.sha256()
    while data := source.read(MAX_CHUNK):
        hasher.update(data)
    return source.tell(), hasher.hexdigest()


def _read_at(source: BinaryIO, offset: int, count: int) -> bytes:
    source.seek(offset)
    return source.read(count)
