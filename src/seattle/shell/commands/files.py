"""Files: from this computer to vessels and back."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from seattle.client import Results
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.fabric.node_api import FileChunk
from seattle.shell.asking import converted
from seattle.shell.call import Call
from seattle.shell.command_table import Command
from seattle.shell.errors import Unfit
from seattle.shell.folding import folded
from seattle.shell.local_files import beside, named, read
from seattle.shell.report import ask, tell
from seattle.shell.waiting import Moved

MOST_SHOWN: Final = 256 * 1024  # bytes of one file on a screen


async def upload(call: Call) -> None:
    """Put a file into each vessel."""
    path = call.path("LOCAL")
    content = await read(path)
    name = call.remote("REMOTE", path.name)
    moved = Moved()

    async def put(group: AsyncVesselGroup) -> Results[int]:
        return await group.put(content, name, progress=moved.note)

    results = await ask(call, put, doing=f"uploading {name}", moved=moved)
    tell(call.session, "upload", results)


async def download(call: Call) -> None:
    """Fetch a file of each vessel to this computer."""
    remote = call.remote("REMOTE")
    name = Path(remote).name
    if not name:
        raise Unfit(f"{remote!r} names no file in a vessel")
    local = named(call.path("LOCAL", remote), name)
    files = beside(local, [one.vessel.place for one in call.target])
    moved = Moved()
    with _workshop(local.parent) as folder:

        async def fetch(group: AsyncVesselGroup) -> Results[Path]:
            (vessel,) = group
            fetched = await group.download(name, folder, progress=moved.note)
            return converted(fetched, lambda path: path.replace(files[vessel.place]))

        results = await ask(call, fetch, doing=f"downloading {name}", moved=moved)
    if results.ok:
        call.session.show(f"Wrote files: {' '.join(map(str, results.values))}")
    tell(call.session, "download", results)


def _workshop(folder: Path) -> TemporaryDirectory[str]:
    """Where files are until they are whole: on the disk where they will be. Raises Unfit."""
    try:
        return TemporaryDirectory(dir=folder, prefix=".seash-")
    except OSError as why:
        raise Unfit(f"{folder}: nothing can be written there ({why.strerror})") from why


async def cat(call: Call) -> None:
    """Show a file of each vessel."""
    name = call.remote("REMOTE")

    async def read_beginning(group: AsyncVesselGroup) -> Results[str]:
        return converted(await group.head(name, MOST_SHOWN), _text)

    results = await ask(call, read_beginning, doing=f"reading {name}")
    for vessels, text in folded(results.ok, fold=call.session.settings.folding):
        call.session.show_beneath(f"\nFile '{name}' on {vessels}: ", text)
    tell(call.session, "cat", results)


def _text(beginning: FileChunk) -> str:
    shown = beginning.data.decode(errors="replace").removesuffix("\n")
    left = beginning.total_size - len(beginning.data)
    return f"{shown}\n... and {left} bytes more, which `download` fetches" if left > 0 else shown


async def delete(call: Call) -> None:
    """Delete a file in each vessel."""
    name = call.remote("REMOTE")
    tell(call.session, "delete", await ask(call, lambda group: group.delete(name), doing=f"deleting {name}"))


COMMANDS: Final = (
    Command(
        "upload LOCAL:FILE [REMOTE]",
        upload,
        "Put a file into the vessels.",
        details="It has its own name there, unless REMOTE is another. A file of this name is replaced.",
        examples=(("on browsegood upload data.txt", "it is named data.txt there, too"),),
    ),
    Command(
        "download REMOTE [LOCAL:FILE]",
        download,
        "Fetch a file of each vessel.",
        details="That of each vessel is LOCAL.NODE_VESSEL here; without LOCAL, REMOTE.NODE_VESSEL. If LOCAL is a "
        "folder, they are put into it.",
        examples=(("on browsegood download result.txt", "for instance to result.txt.UBXS3TA7K_v1"),),
    ),
    Command(
        "cat REMOTE",
        cat,
        "Show a file of each vessel.",
        details="What is the same on several vessels is shown once, unless `set folding off` has been said.",
        examples=(("on %1 cat data.txt", "what the first vessel has"),),
    ),
    Command(
        "delete REMOTE",
        delete,
        "Delete a file in each vessel.",
        examples=(("on browsegood delete data.txt", "its room is free then"),),
    ),
)
