"""All that a run leaves behind: how it ended, what it wrote, and a file of its vessel."""

import io
from typing import TYPE_CHECKING, Final

from seattle.client.aio.link import Link
from seattle.client.aio.log_reader import NO_OUTCOME, RunPlace, read_pieces
from seattle.client.answers import RunResult
from seattle.client.errors import TooMuch
from seattle.client.places import Place
from seattle.client.refusals import NO_SUCH_FILE
from seattle.fabric import transfer
from seattle.fabric.errors import RemoteError

if TYPE_CHECKING:  # it is no module at run time
    from _typeshed import ReadableBuffer

MAX_OUTPUT: Final = 1024 * 1024  # bytes of what one run writes; the newest are kept
MAX_FILE: Final = 64 * 1024 * 1024  # bytes of a file that is held in memory


async def collect(link: Link, run: RunPlace, file: str | None = None) -> RunResult:
    """What came of a run, once it has ended. Raises FabricError, NotRunning, TooMuch."""
    outcome, kept, first, last = NO_OUTCOME, bytearray(), run.log_offset, 0
    async for piece in read_pieces(link, run):
        first = piece.offset if first is None else first
        kept += piece.data
        del kept[:-MAX_OUTPUT]
        last, outcome = piece.next_offset, piece.outcome or outcome
    return RunResult(
        outcome=outcome,
        output=kept.decode("utf-8", errors="replace"),
        missed=max(0, last - (first or 0) - len(kept)),
        file=None if file is None else await _file_if_any(link, run.place, file),
    )


async def read_file(link: Link, place: Place, name: str) -> bytes:
    """A file of a vessel. Raises FabricError, TooMuch."""
    content = _Bounded(name)
    await transfer.download(link.asking(place), vessel=place.vessel, name=name, into=content)
    return content.getvalue()


async def _file_if_any(link: Link, place: Place, name: str) -> bytes | None:
    try:
        return await read_file(link, place, name)
    except RemoteError as no:
        if no.code == NO_SUCH_FILE:
            return None
        raise


class _Bounded(io.BytesIO):
    """A node may say that a file has no end."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def write(self, data: "ReadableBuffer", /) -> int:
        if self.tell() + memoryview(data).nbytes > MAX_FILE:
            raise TooMuch(f"{self._name} has more than {MAX_FILE} bytes: `download` writes it to a file")
        return super().write(data)
