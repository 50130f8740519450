"""Uploading a folder: each file in it, but not the folders in it."""

import asyncio
from pathlib import Path
from typing import Final

from seattle.client import Place, Results
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.shell.call import Call
from seattle.shell.command_table import Command
from seattle.shell.errors import Unfit
from seattle.shell.local_files import read
from seattle.shell.modules.module import Module
from seattle.shell.report import ask, make_groups, tell_failures
from seattle.shell.waiting import Moved


async def upload_folder(call: Call) -> None:
    """Put all files of a folder into each vessel, one file after the other."""
    places = [one.vessel.place for one in call.target]
    files, others = await asyncio.to_thread(_entries, call.path("FOLDER"))
    for other in others:
        call.session.note(f"Skipping '{other.name}': it is {'a folder' if other.is_dir() else 'no file'}.")
    failed: set[Place] = set()
    for file in files:
        call.session.note(f"Uploading '{file.name}'...")
        results = await _upload(call, file)
        tell_failures(call.session, results.failed)
        failed |= {one.vessel for one in results.failed}
    call.session.tally(worked=len(places) - len(failed), failed=len(failed))
    if failed and failed != set(places):
        good = [place for place in places if place not in failed]
        make_groups(call.session, {"uploadgood": good, "uploadfail": [place for place in places if place in failed]})


async def _upload(call: Call, file: Path) -> Results[int]:
    content = await read(file)
    moved = Moved()

    async def put(group: AsyncVesselGroup) -> Results[int]:
        return await group.put(content, file.name, progress=moved.note)

    return await ask(call, put, doing=f"uploading {file.name}", moved=moved)


def _entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """The files in a folder, and what else is there, by their names. Raises Unfit."""
    try:
        entries = sorted(folder.iterdir())
    except FileNotFoundError as why:
        raise Unfit(f"there is no folder {folder}") from why
    except NotADirectoryError as why:
        raise Unfit(f"{folder} is not a folder", hint=f"`upload {folder}` puts a single file into vessels") from why
    files = [entry for entry in entries if entry.is_file()]
    if not files:
        raise Unfit(f"there is no file in {folder}")
    return files, [entry for entry in entries if not entry.is_file()]


MODULE: Final = Module(
    summary="Uploads all files of a folder.",
    details="Vessels have no folders: files are put there by their own names, and folders in the folder are skipped.",
    commands=(
        Command(
            "uploaddir FOLDER",
            upload_folder,
            "Put all files of a folder into the vessels.",
            details="Folders in it are skipped. If all went well on some vessels only, the groups 'uploadgood' and "
            "'uploadfail' tell which.",
            examples=(("on browsegood uploaddir ~/experiment", "each of its files"),),
        ),
    ),
)
