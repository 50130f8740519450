"""Files on this computer: what is uploaded, and where what comes back is kept."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from seattle.client import Place
from seattle.client.places import short
from seattle.shell.errors import Unfit


def path_of(word: str) -> Path:
    """The file or folder that a word names; `~` is the home folder. Raises Unfit for a word that can name none."""
    if not word or "\0" in word:
        raise Unfit(f"{word!r} names no file", hint="`.` is the folder in which seash was started")
    try:
        return Path(word).expanduser()
    except RuntimeError as why:  # there is no such user, or no home folder
        hint = f"./{word} is a file of this name"
        raise Unfit(f"{word}: nobody's home folder is known by that name", hint=hint) from why


async def read(path: Path) -> bytes:
    """What is in a file. Raises Unfit if it can't be read."""
    try:
        return await asyncio.to_thread(path.read_bytes)
    except OSError as why:
        raise Unfit(f"{path}: can't be read ({why.strerror})", hint="the file has to be on this computer") from why


async def read_text(path: Path) -> str:
    """The text in a file. Raises Unfit if it can't be read, or is none."""
    try:
        return (await read(path)).decode()
    except UnicodeDecodeError as why:
        raise Unfit(f"{path}: this is not a text") from why


async def write(path: Path, content: bytes) -> None:
    """Write a file, over the one that is there. Raises Unfit if that can't be."""
    try:
        await asyncio.to_thread(path.write_bytes, content)
    except OSError as why:
        raise Unfit(f"{path}: can't be written ({why.strerror})") from why


def named(path: Path, name: str) -> Path:
    """The path; if there is a folder, a file of this name in it."""
    return path / name if path.is_dir() else path


def beside(path: Path, places: Sequence[Place]) -> dict[Place, Path]:
    """A file for each vessel: `PATH.NODE_VESSEL`. Nodes whose short ids are the same have their whole ids there."""
    nodes_called: dict[str, set[str]] = {}
    for place in places:
        nodes_called.setdefault(short(place.node), set()).add(place.node)

    def name(node: str) -> str:
        return short(node) if len(nodes_called[short(node)]) == 1 else node

    return {place: path.with_name(f"{path.name}.{name(place.node)}_{place.vessel}") for place in places}
