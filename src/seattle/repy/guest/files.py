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
        """Read from any place in the file.

        Args:
            sizelimit: At most so many bytes, an `int` of 0 or more; None reads to the end.
            offset: Where to begin, in bytes: an `int`, at most the file's size.

        Returns:
            `bytes`; fewer than `sizelimit` at the end of the file only, where there are none.

        Raises:
            RepyArgumentError: An argument is of the wrong type, or negative.
            FileClosedError: The file is closed.
            SeekPastEndOfFileError: `offset` is past the end.

        Costs:
            `fileread`, 4096 for each block of 4 KiB that was touched.
        """
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
        """Write to any place in the file, over what is there or at the end.

        Args:
            data: `bytes`, or a `str`, which is written as UTF-8.
            offset: Where to begin, in bytes: an `int`, at most the file's size. So no file has holes.

        Raises:
            RepyArgumentError: An argument is of the wrong type, or `offset` is negative.
            FileClosedError: The file is closed.
            SeekPastEndOfFileError: `offset` is past the end.
            ResourceExhaustedError: The file would grow beyond `diskused`.

        Costs:
            `filewrite`, 4096 for each block of 4 KiB that was touched; `diskused`, the bytes by which the file grows.
        """
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
        """Give the file back. A call on it that is under way in another thread comes to its end.

        Raises:
            FileClosedError: It was closed before.
        """
        ask(door.CloseFile(self.the__number))


@api_call
def openfile(filename: str, create: bool) -> VesselFile:  # noqa: FBT001 - the reference's signature
    """Open a file of the vessel for reading and writing.

    Args:
        filename: 1 to 120 characters of `a-z 0-9 . _ -`, the first no period.
        create: Whether to make the file if it is missing. What is there is never cut off.

    Returns:
        A file.

    Raises:
        RepyArgumentError: `filename` is no name of a file, or `create` no bool.
        FileInUseError: The program has the file open already.
        ResourceExhaustedError: All `filesopened` are taken, or a new file would not fit into `diskused`.
        FileNotFoundError: There is no such file, and `create` is False; or it is no regular file.

    Costs:
        A unit of `filesopened` until it is closed; `fileread` 4096; if it is made, `filewrite` and `diskused` 4096.
    """
    name = arguments.text(filename, "filename")
    return hold(VesselFile, ask(door.OpenFile(name, arguments.boolean(create, "create"))))


@api_call
def listfiles() -> list[str]:
    """Tell the names of the vessel's files.

    Returns:
        A list of `str`, sorted. It has everything in the vessel's folder, also what `openfile` would refuse.

    Costs:
        `fileread` 4096.
    """
    names: list[str] = []
    while True:
        more = cast("list[str]", ask(door.ListFiles(names[-1] if names else "")))
        names += more
        if len(more) < door.MAX_NAMES:
            return names


@api_call
def removefile(filename: str) -> None:
    """Delete a file of the vessel.

    Args:
        filename: As for `openfile`.

    Raises:
        RepyArgumentError: `filename` is no name of a file.
        FileInUseError: The program has the file open.
        FileNotFoundError: There is no such file.

    Costs:
        `fileread` 4096; `filewrite` 4096 if there is such a file.
    """
    ask(door.RemoveFile(arguments.text(filename, "filename")))
