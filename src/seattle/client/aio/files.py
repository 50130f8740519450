"""The files of vessels."""

import asyncio
import contextlib
import errno
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Final, TypeAlias

from seattle.client.aio.collecting import read_file
from seattle.client.aio.leasing import LeasedGroup
from seattle.client.errors import NoSuchProgram, NotWritten
from seattle.client.expected import expect, expect_file_name, expect_function
from seattle.client.results import Results
from seattle.client.vessel import Vessel
from seattle.fabric import transfer
from seattle.fabric.errors import BadReply
from seattle.fabric.node_api import (
    DELETE_FILE,
    LIST_FILES,
    MAX_CHUNK,
    READ_FILE,
    STAT_FILE,
    DeleteFile,
    FileChunk,
    FileEntry,
    ListFiles,
    ReadFileChunk,
    StatFile,
)

Files: TypeAlias = list[FileEntry]
Progress = Callable[[Vessel, int, int], None]  # bytes moved, bytes in all

FULL: Final = (errno.ENOSPC, errno.EDQUOT)
MAX_LISTED: Final = 1_000_000  # files of one vessel


def no_progress(vessel: Vessel, moved: int, total: int) -> None:
    """Tell nobody."""


class FilesGroup(LeasedGroup):
    """Vessels into which files are put, and out of which they are fetched."""

    async def upload(
        self, path: str | Path, name: str | None = None, *, progress: Progress = no_progress
    ) -> Results[int]:
        """Put a file into each vessel, under `name` or its own; the sizes in bytes.

        An upload that was broken off goes on where it was. Raises NoSuchProgram if the file can't be read.
        """
        expect(path, (str, PathLike), "what is uploaded is the path of a file; put(content, name) takes bytes")
        content = await read_here(Path(path))
        return await self.put(content, name or Path(path).name, progress=progress)

    async def put(self, content: bytes, name: str, *, progress: Progress = no_progress) -> Results[int]:
        """Put a file with this content into each vessel; the sizes in bytes. Raises TypeError for what is not bytes."""
        if not isinstance(content, bytes | bytearray | memoryview):
            raise TypeError(
                f"the content is bytes, not {type(content).__name__}: put(text.encode(), name), or"
                " upload(path, name) for a file of this computer"
            )
        expect_file_name(name)
        expect_function(progress, "progress")
        content = bytes(content)  # what could be changed is not, while it is on its way

        async def put_one(vessel: Vessel) -> int:
            return await transfer.upload(
                self._link.asking(vessel.place),
                vessel=vessel.name,
                name=name,
                content=content,
                progress=lambda moved, total: progress(vessel, moved, total),
            )

        return await self._each(put_one, within=self._link.patience.transfer)

    async def download(self, name: str, into: str | Path = ".", *, progress: Progress = no_progress) -> Results[Path]:
        """Fetch a file of each vessel to `into/NODE_VESSEL_name`; the paths.

        A file appears when it is whole; one that is there is replaced.
        """
        expect_file_name(name)
        expect_function(progress, "progress")
        folder = Path(into)
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)

        async def fetch(vessel: Vessel) -> Path:
            target = folder / f"{vessel.node}_{vessel.name}_{Path(name).name}"
            draft = target.with_name(f".{target.name}.part")
            try:
                with draft.open("w+b") as file:
                    await transfer.download(
                        self._link.asking(vessel.place),
                        vessel=vessel.name,
                        name=name,
                        into=file,
                        progress=lambda moved, total: progress(vessel, moved, total),
                    )
                return draft.replace(target)
            except OSError as why:
                if why.errno is None:  # of our own computer's it has one
                    raise
                raise NotWritten(f"the folder for it can't be written to: {_remedy(why)}") from why
            finally:
                with contextlib.suppress(FileNotFoundError):
                    draft.unlink()

        return await self._each(fetch, within=self._link.patience.transfer)

    async def read(self, name: str) -> Results[bytes]:
        """The content of a file of each vessel; at most 64 MiB: `download` is for larger ones."""
        expect_file_name(name)

        async def read_one(vessel: Vessel) -> bytes:
            return await read_file(self._link, vessel.place, name)

        return await self._each(read_one, within=self._link.patience.transfer)

    async def list(self, *, digests: bool = False) -> Results[Files]:
        """The files of each vessel, with the SHA-256 of each if `digests`."""
        expect(digests, bool, "digests is True or False")

        async def list_one(vessel: Vessel) -> Files:
            files: Files = []
            while True:
                after = files[-1].name if files else ""
                request = ListFiles(vessel=vessel.name, after=after, digests=digests)
                page = await self._link.ask(vessel.place, LIST_FILES, request)
                files += page.files
                if not page.more:
                    return files
                if not page.files or page.files[-1].name <= after or len(files) > MAX_LISTED:
                    raise BadReply("the node's list of files has no end")

        return await self._each(list_one, within=self._link.patience.transfer)

    async def stat(self, name: str) -> Results[FileEntry]:
        """Size, time and SHA-256 of a file in each vessel."""
        expect_file_name(name)

        async def stat_one(vessel: Vessel) -> FileEntry:
            return await self._link.ask(vessel.place, STAT_FILE, StatFile(vessel=vessel.name, name=name))

        return await self._each(stat_one)

    async def head(self, name: str, most: int = MAX_CHUNK) -> Results[FileChunk]:
        """The beginning of a file in each vessel, `most` bytes of it, and how large it is. `most`: 512 KiB or less."""
        expect_file_name(name)
        expect(most, int, "most is a number of bytes")
        if not 1 <= most <= MAX_CHUNK:
            raise ValueError(f"most={most}: from 1 to {MAX_CHUNK} bytes can be had; `download` fetches all")

        async def read(vessel: Vessel) -> FileChunk:
            request = ReadFileChunk(vessel=vessel.name, name=name, offset=0, count=most)
            return await self._link.ask(vessel.place, READ_FILE, request)

        return await self._each(read)

    async def delete(self, name: str) -> Results[None]:
        """Delete a file in each vessel."""
        expect_file_name(name)

        async def delete_one(vessel: Vessel) -> None:
            await self._link.ask(vessel.place, DELETE_FILE, DeleteFile(vessel=vessel.name, name=name))

        return await self._each(delete_one)


def _remedy(why: OSError) -> str:
    room = "make room there, or " if why.errno in FULL else ""
    return f"{why.strerror}; {room}name another"


async def program_here(program: str | Path) -> tuple[str, bytes | None]:
    """A program's name in vessels, and its content; None for a text that is no file here: it is one in the vessels.

    Raises NoSuchProgram if the file can't be read.
    """
    expect(program, (str, Path), "a program is a file here, or the name of one in the vessels")
    path = Path(program)
    if isinstance(program, str) and not await asyncio.to_thread(path.is_file):
        return program, None
    return path.name, await read_here(path)


async def read_here(path: Path) -> bytes:
    """A file of this computer. Raises NoSuchProgram if it can't be read."""
    try:
        return await asyncio.to_thread(path.read_bytes)
    except OSError as why:
        raise NoSuchProgram(f"{path}: can't be read ({why.strerror})") from why
