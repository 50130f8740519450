"""`seattle fabric export`, `push`, `revoke` and `pardon`: what brokers are told of the account and its members."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from seattle.cli.console import ExitCode, Json, WrongUsage, print_json, reporting, say
from seattle.cli.fabric_options import Brokers, CaFile, Folder, Plain, duration, public_key
from seattle.fabric.authority import Authority
from seattle.fabric.claims import Told, push_to_each
from seattle.fabric.errors import FabricError
from seattle.identity.errors import IdentityError

AuthorityFolder = Annotated[Path, typer.Option(metavar="DIR", help="The folder of the authority.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="A public key: its id, its OpenSSH line or its file.")]


def export(folder: Folder) -> None:
    """Print what a broker has to know of the authority, as a part of its configuration. It holds no secret."""
    with reporting(FabricError, IdentityError):
        print(Authority.load(folder).broker_configuration(now=time.time()), end="")


def leaf(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the leaf, for people.")],
    authority: AuthorityFolder,
    *,
    lifetime: Annotated[
        timedelta, typer.Option(parser=duration, metavar="TIME", help="How long the credential lives.")
    ] = "365d",  # type: ignore[assignment]  # typer parses a default too
) -> None:
    """Print the credential of a leaf: a broker of somebody else that passes members' messages on. It is a secret."""
    with reporting(FabricError, IdentityError):
        kept = Authority.load(authority)
        print(kept.leaf_credential(name, now=time.time(), lifetime=lifetime.total_seconds()), end="")


def push(folder: Folder, *, broker: Brokers = None, ca_file: CaFile = None, plain: Plain = False) -> None:
    """Tell running brokers what holds now: the roles' permissions of this version, and who is shut out."""
    with reporting(FabricError, IdentityError):
        _end(_tell(Authority.load(folder), _some(broker), ca_file, plain=plain))


def revoke(
    key: Key,
    authority: AuthorityFolder,
    *,
    broker: Brokers = None,
    ca_file: CaFile = None,
    plain: Plain = False,
    as_json: Json = False,
) -> None:
    """Shut a key out: its credentials are void, its connections end, and it is not enrolled again."""
    with reporting(FabricError, IdentityError):
        public, urls = public_key(key), _some(broker)
        kept = Authority.load(authority)
        kept.revocations.shut_out(public, now=time.time())
        say(f"{public} is shut out")
        told = _tell(kept, urls, ca_file, plain=plain)
        if as_json:
            print_json({"id": public.id, "brokers": list(told.brokers), "of": told.of})
        _end(told)


def pardon(
    key: Key, authority: AuthorityFolder, *, broker: Brokers = None, ca_file: CaFile = None, plain: Plain = False
) -> None:
    """Let a key that was shut out enrol again. What it had before stays void."""
    with reporting(FabricError, IdentityError):
        public, urls = public_key(key), _some(broker)
        kept = Authority.load(authority)
        say(f"{public} may enrol again" if kept.revocations.pardon(public) else f"{public} is not shut out")
        _end(_tell(kept, urls, ca_file, plain=plain))


def _some(broker: list[str] | None) -> list[str]:
    if not broker:
        raise WrongUsage("say which broker to tell: --broker tls://HOST:PORT")
    return broker


def _tell(authority: Authority, urls: list[str], ca_file: Path | None, *, plain: bool) -> Told:
    told = asyncio.run(push_to_each(authority, urls, ca_file=ca_file, plain_anywhere=plain))
    for url, why in told.untold.items():
        say(f"error: {url} was not told: {why}")
    if told.is_all:
        say(f"all brokers know: {', '.join(told.brokers)}")
    return told


def _end(told: Told) -> None:
    if not told.is_all:
        say(f"error: {len(told.brokers)} of {told.of} brokers were told; do `seattle fabric push` again")
        raise typer.Exit(ExitCode.DONE_IN_PART if told.brokers else ExitCode.FAILED)
