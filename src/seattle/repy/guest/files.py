"""Files of the vessel, by the reference's calls. `seattle.repy.guest.opened` puts Python's `open` on top of them."""

from typing import cast

from seattle.repy import door
from seattle.repy.guest import arguments
from seattle.repy.guest.calls import api_call
from seattle.repy.guest.channel import ask
from seattle.repy.guest.handles import Handle, hold

_BLOCK = 4096  # bytes; reading and writing is charged by it, so long transfers are cut at its multiples


class VesselFile(Handle):
    """An open file: read and write anywhere in it, by offset."""

    __slots__ = ()

    @api_call
    def readat(self, sizelimit: int | None, offset: int) -> bytes:
        """Up to `sizelimit` bytes from `offset`; None reads to the end."""
        limit = None if sizelimit is None else arguments.integer(sizelimit, "sizelimit", least=0)
        position = arguments.integer(offset, "offset", least=0)
        pieces: list[bytes] = []
        while True:
            most = door.MAX_DATA - position % _BLOCK
            count = most if limit is None else min(most, limit)
            piece = ask(door.ReadFile(self.the__number, position, count))
            pieces.append(piece)
            position += len(piece)
            limit = None if limit is None else limit - len(piece)
            if len(piece) < count or limit == 0:
                return b"".join(pieces)

    @api_call
    def writeat(self, data: bytes | str, offset: int) -> None:
        """Write all of `data` at `offset`, which is at most the file's size."""
        whole = arguments.data(data, "data")
        position = arguments.integer(offset, "offset", least=0)
        start = 0
        while True:
            piece = whole[start : start + door.MAX_DATA - position % _BLOCK]
            ask(door.WriteFile(self.the__number, position, piece))
            start += len(piece)
            position += len(piece)
            if start >= len(whole):
                return

    @api_call
    def close(self) -> None:
        """Give the file back. Raises FileClosedError the second time."""
        ask(door.CloseFile(self.the__number))


@api_call
def openfile(filename: str, create: bool) -> VesselFile:  # noqa: FBT001 - the reference's signature
    """Open a file of the vessel for reading and writing; make it if `create` is True and it is missing."""
    name = arguments.text(filename, "filename")
    return hold(VesselFile, ask(door.OpenFile(name, arguments.boolean(create, "create"))))


@api_call
def listfiles() -> list[str]:
    """Names of the vessel's files."""
    names: list[str] = []
    while True:
        more = cast("list[str]", ask(door.ListFiles(names[-1] if names else "")))
        names += more
        if len(more) < door.MAX_NAMES:
            return names


@api_call
def removefile(filename: str) -> None:
    """Delete a file of the vessel that is not open."""
    ask(door.RemoveFile(arguments.text(filename, "filename")))
