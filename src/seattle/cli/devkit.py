"""`seattle devkit`: a folder in which to begin to write programs."""

from pathlib import Path
from typing import Annotated, Final

import typer

from seattle.cli.console import Json, WrongUsage, print_json, reporting, say
from seattle.cli.vessel_options import ProfileOption, ask_passphrase
from seattle.client.errors import ClientError, ProfileMissing
from seattle.client.profile import find_profile
from seattle.client.site.client import SiteClient
from seattle.client.site.vessels import Account
from seattle.devkit import Owner, write, zipped
from seattle.devkit.kit import FOLDER
from seattle.fabric.errors import FabricError
from seattle.identity.errors import IdentityError

EXAMPLES: Final = (
    ("seattle devkit", "into the folder `seattle-devkit`"),
    ("seattle devkit ~/course --profile course", "with the port and the site of another profile"),
    ("seattle devkit --zip kit.zip", "as one file, to be handed on"),
)


def devkit(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="A folder that is empty, or not there yet.")
    ] = None,
    *,
    archive: Annotated[
        Path | None, typer.Option("--zip", metavar="FILE", help="Write one zip file in place of a folder.")
    ] = None,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Write a devkit: examples, a vessel's limits to try programs within, help for editors, and a first page."""
    with reporting(ClientError, FabricError, IdentityError):
        if folder is not None and archive is not None:
            raise WrongUsage("name a folder or a zip file, not both")
        owner = _owner(profile)
        if archive is not None:
            _write_whole(archive, zipped(owner))
            where = archive
        else:
            where = folder or Path(FOLDER)
            write(where, owner)
        if as_json:
            print_json({"path": str(where), "user": owner.user, "port": owner.port, "site": owner.site})
        else:
            say(f"The devkit is in {where}." + ("" if archive else f" Begin with {where / 'README.md'}."))


def _write_whole(path: Path, data: bytes) -> None:
    """Make the file with all of this, or not at all; the error names it."""
    with path.open("xb") as file:
        try:
            file.write(data)
            file.flush()
        except OSError as why:
            path.unlink()
            why.filename = str(path)
            raise


def _owner(profile: str | None) -> Owner:
    """Who we are to the site of our profile; nobody in particular if there is none."""
    try:
        ours = find_profile(profile)
    except ProfileMissing:
        if profile is not None:
            raise
        say("note: you are signed in nowhere yet, so the kit has no user name and a port that any vessel may have")
        return Owner()
    if not ours.site_url:
        return Owner()
    account = SiteClient(ours.site_url, ours.load_key(ask_passphrase), ca_file=ours.ca_file).get("/account", Account)
    return Owner(account.username, account.port, ours.site_url)
