"""`seattle files`: list the files of vessels."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from seattle.cli.console import Json
from seattle.cli.tables import print_table
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, finish, reporting
from seattle.fabric.node_api import FileEntry

EXAMPLES: Final = (
    ("seattle files", "the files of all your vessels"),
    ("seattle files --digests --on UAB --json", "with the SHA-256 of each, of the vessels on a node, for a program"),
)


def files(
    *,
    digests: Annotated[bool, typer.Option("--digests", help="Tell the SHA-256 of each, which takes longer.")] = False,
    on: OnOption = None,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """List the files of your vessels."""
    with reporting(), chosen_vessels(profile, on) as vessels:
        results = vessels.list(digests=digests)
        if not as_json and any(one.value for one in results.ok):
            headings = ["vessel", "file", "bytes", "changed", *(["sha-256"] if digests else [])]
            print_table(headings, [_cells(str(one.vessel), file) for one in results.ok for file in one.value])
        finish("did not list their files", results, as_json=as_json, facts=_facts)


def _cells(vessel: str, file: FileEntry) -> list[str]:
    return [vessel, file.name, str(file.size), _when(file.changed_at), *([file.digest] if file.digest else [])]


def _when(changed_at: float) -> str:
    """When that was; nothing if the node did not tell, or tells of a time that no calendar has."""
    try:
        return f"{datetime.fromtimestamp(changed_at, UTC):%Y-%m-%d %H:%M:%S}" if changed_at else ""
    except (ValueError, OverflowError, OSError):
        return ""


def _facts(entries: list[FileEntry]) -> dict[str, Any]:
    return {"files": [_file(entry) for entry in entries]}


def _file(entry: FileEntry) -> dict[str, Any]:
    digest = {"sha256": entry.digest} if entry.digest else {}
    return {"name": entry.name, "size": entry.size, "changed_at": entry.changed_at, **digest}
