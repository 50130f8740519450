"""Getting a program, and all that belongs to it, into vessels, and starting it there."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seattle.cli.interruption import put_off
from seattle.cli.progress import TransferBar
from seattle.client import Failure, Run, VesselGroup
from seattle.client.aio.starts import OnStart
from seattle.client.errors import BadLayers, NoSuchProgram
from seattle.client.program_files import program_files
from seattle.fabric.node_api import RestartPolicy


@dataclass(frozen=True)
class Started:
    """A program that is being started, and the vessels that can't be had, or did not take what goes along with it."""

    run: Run
    untaken: tuple[Failure, ...]
    interrupted: bool  # meanwhile: it is to be stopped


def files_to_send(
    program: Path, arguments: Sequence[str], more: Sequence[Path], layers: Sequence[Path] = ()
) -> list[Path]:
    """The program, what it imports, and other files that are to go along, but for `layers`: those go with the start.

    Raises NoSuchProgram if one is missing, BadLayers if one of these would be in a layer's place.
    """
    for file in (program, *layers, *more):
        if not file.is_file():
            raise _missing(file, "program" if file is program else "file")
    known = program_files(program, arguments)
    files = known + [file for file in dict.fromkeys(more) if file not in known]
    for name in {layer.name for layer in layers} & {file.name for file in files}:
        raise BadLayers(
            f"two files would be {name!r} in the vessels", hint="give the layer, or the other, another name"
        )
    return files


def _missing(file: Path, what: str) -> NoSuchProgram:
    if file.is_dir():
        return NoSuchProgram(f"{file} is a folder, and no {what}", hint="name a file in it")
    whole = file.with_name(f"{file.name}.py")
    meant = f"is {whole} meant?" if whole.is_file() else "give the path of a file on this computer"
    return NoSuchProgram(f"there is no {what} {file} here", hint=meant)


def send(vessels: VesselGroup, files: Sequence[Path]) -> tuple[VesselGroup, list[Failure]]:
    """Put files into vessels; those that took all, and what went wrong on the others."""
    failed: list[Failure] = []
    for file in files:
        with TransferBar(f"sending {file.name}", len(vessels)) as moved:
            bad = vessels.upload(file, progress=moved).failed
        failed += bad
        lost = {one.vessel for one in bad}
        vessels = vessels.filter(lambda vessel, lost=lost: vessel.place not in lost)  # type: ignore[misc]
    return vessels, failed


def send_and_launch(
    vessels: VesselGroup,
    files: Sequence[Path],
    arguments: Sequence[str],
    *,
    missing: Sequence[Failure],
    layers: Sequence[Path],
    restart: RestartPolicy,
    tell: OnStart,
    until_started: bool,
) -> Started:
    """Put the files, of which the first is the program, into vessels, and begin to start it beneath these layers.

    `missing` are vessels that can't be had; they count among those that did not take it. `tell` is called with what
    came of each vessel, from another thread, too. `until_started`: return when it has started wherever it does.
    """
    program, *others = files
    there, untaken = send(vessels, others)
    for failure in (*missing, *untaken):
        tell(failure)
    with put_off() as interrupted:
        run = there.launch(program, *arguments, layers=layers, restart=restart, on_start=tell)
        if until_started:
            run.settled()
    return Started(run, (*missing, *untaken), interrupted.is_set())
