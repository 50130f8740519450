"""Files of the vessel, by the reference's calls. `seattle.repy.guest.opened` puts Python's `open` on top of them."""

import _thread
from typing import cast

from seattle.repy import door
from seattle.repy.guest import arguments, channel
from seattle.repy.guest.calls import api_call
from seattle.repy.guest.channel import ask
from seattle.repy.guest.handles import Handle, hold

_BLOCK = 4096  # bytes; reading and writing is charged by it, so long transfers are cut at its multiples
_FARTHEST = 2**62  # bytes; the door takes no larger number, and no file comes near


class VesselFile(Handle):
    """An open file: read and write anywhere in it, by offset.

    Its operations come one after the other: whoever closes it waits until those of other threads are through, and
    nobody reads half of what is being written. It goes back when it is collected without `close`.
    """

    __slots__ = ("is__closed", "the__lock")

    the__lock: _thread.LockType

    @api_call
    def readat(self, sizelimit: int | None, offset: int) -> bytes:
        """Read from any place in the file.

        Args:
            sizelimit: At most so many bytes, an `int` of 0 or more; None reads to the end.
            offset: Where to begin, in bytes: an `int`, at most the file's size.

        Returns:
            `bytes`: as many as wanted, fewer near the end of the file, none at its end.

        Raises:
            RepyArgumentError: An argument is of the wrong type, or negative.
            FileClosedError: The file is closed.
            SeekPastEndOfFileError: `offset` is past the end.

        Costs:
            `fileread`, 4096 for each block of 4 KiB that was touched.
        """
        limit = _FARTHEST if sizelimit is None else _amount(sizelimit, "sizelimit")
        position = _amount(offset, "offset")
        with self.the__lock:
            return _read(self.the__number, limit, position)

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
            ResourceExhaustedError: The file would grow beyond `diskused`; nothing was written.
            FileError: The disk of this computer failed; the file has not grown.

        Costs:
            `filewrite`, 4096 for each block of 4 KiB that was touched; `diskused`, the bytes by which the file grows.
        """
        whole = arguments.data(data, "data")
        position = _amount(offset, "offset")
        with self.the__lock:
            _write(self.the__number, whole, position)

    @api_call
    def close(self) -> None:
        """Give the file back. A call on it that is under way in another thread comes to its end.

        Raises:
            FileClosedError: It was closed before.
        """
        with self.the__lock:
            self.is__closed = True
            ask(door.CloseFile(self.the__number))

    def __del__(self) -> None:
        if not getattr(self, "is__closed", False):
            channel.ask_later(door.CloseFile(self.the__number))


def hold_file(number: int) -> VesselFile:
    """What a program gets of the open file that the monitor knows by `number`."""
    file = hold(VesselFile, number)
    file.the__lock = _thread.allocate_lock()
    return file


def _read(number: int, limit: int, position: int) -> bytes:
    pieces: list[bytes] = []
    while True:
        count = min(limit, door.MAX_DATA - position % _BLOCK)
        piece = cast("bytes", ask(door.ReadFile(number, position, count)))
        limit -= len(piece)
        if len(piece) < count or not limit:
            return b"".join([*pieces, piece]) if pieces else piece
        pieces.append(piece)
        position += len(piece)


def _write(number: int, whole: bytes, position: int) -> None:
    start, left = 0, len(whole)
    while True:
        piece = whole[start : start + door.MAX_DATA - position % _BLOCK]
        left -= len(piece)
        ask(door.WriteFile(number, position, piece, left))
        if not left:
            return
        start += len(piece)
        position += len(piece)


def _amount(value: object, name: str) -> int:
    """An `int`, 0 or more; any that is farther than files go counts as that."""
    if type(value) is int and value > _FARTHEST:
        return _FARTHEST
    return arguments.integer(value, name, least=0)


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
    return hold_file(ask(door.OpenFile(name, arguments.boolean(create, "create"))))


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
