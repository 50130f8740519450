"""`seattle installer`: make what donors run to have a node."""

from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from seattle.cli.console import Json, WrongUsage, print_json, reporting, say, visible
from seattle.cli.fabric_options import Plain
from seattle.cli.key import KeysDir, find_pair
from seattle.cli.plain_group import PlainGroup
from seattle.identity.errors import IdentityError
from seattle.installer.build_ids import new_build_id
from seattle.installer.building import assemble, bundle_fact, loader_digest, sha256_of
from seattle.installer.bundling import make_bundle
from seattle.installer.standalone.bundles import Bundle
from seattle.installer.standalone.errors import InstallerError
from seattle.installer.standalone.offer import Offer
from seattle.installer.statement import FORMAT, NodePart, Statement, Updates, sign
from seattle.installer.statement import check as statement_check
from seattle.updater.roles import Channel

app = typer.Typer(
    cls=PlainGroup,
    add_completion=False,
    name="installer",
    help="Make the file that a donor runs to have a node, and the bundle of a release that it carries.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,
)

EXAMPLES: Final = (
    ("seattle installer bundle wheels seattle.bundle", "a release as one file, of the wheels in a folder"),
    (
        (
            "seattle installer build node.pyz --bundle seattle.bundle --vesselinfo class.vesselinfo"
            " --fabric tls://fabric.example.org:4222 --enrol-url https://fabric.example.org --key ann"
        ),
        "the file that a class runs on its computers",
    ),
    ("seattle installer check node.pyz", "what it is, and who signed it"),
)


@app.command()
def bundle(
    wheels: Annotated[Path, typer.Argument(metavar="WHEELS", help="A folder with Seattle's wheel and all it needs.")],
    out: Annotated[Path, typer.Argument(metavar="FILE", help="The bundle to be made.")],
    *,
    as_json: Json = False,
) -> None:
    """Make the bundle of a release: what installers carry, and what nodes fetch as an update."""
    with reporting(InstallerError):
        version = make_bundle(wheels, out)
        with Bundle(out) as made:
            made.check()
            pythons = made.pythons
        if as_json:
            print_json({"version": version, "pythons": pythons, "size": out.stat().st_size, "file": str(out)})
        else:
            print(f"version {version} for {', '.join(pythons)}: {out.stat().st_size:,} bytes in {out}")


@app.command()
def build(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="The installer to be made.")],
    *,
    bundle_file: Annotated[Path, typer.Option("--bundle", metavar="FILE", help="The release that it carries.")],
    vesselinfo: Annotated[
        Path, typer.Option(help="Who owns which part of what is lent: `Percent N`, `Owner KEY`, `User KEY` lines.")
    ],
    fabric: Annotated[list[str], typer.Option(help="A broker, as tls://HOST:PORT; may be given more than once.")],
    key: Annotated[str, typer.Option(metavar="NAME", help="Whose key signs it.")],
    enrol_url: Annotated[str, typer.Option(help="Where the node gets its credential.")] = "",
    invitation: Annotated[str, typer.Option(help="What is asked for there, if something is.")] = "",
    ca_file: Annotated[Path | None, typer.Option(help="Authorities (PEM) that check brokers and enrolment.")] = None,
    plain: Plain = False,
    name: Annotated[str, typer.Option(help="What it is for, in words that donors see.")] = "",
    percent: Annotated[float, typer.Option(help="How much of a computer it lends, unless its donor decides.")] = 10.0,
    updates: Annotated[str, typer.Option(metavar="URL", help="Where releases are served, for nodes to follow.")] = "",
    channel: Annotated[Channel, typer.Option(help="Which releases they follow.")] = Channel.STABLE,
    root: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --updates: the repository's metadata/root.json.")
    ] = None,
    keys_dir: KeysDir,
    as_json: Json = False,
) -> None:
    """Make an installer: one file that a donor runs, with no network and no rights of others. Print its SHA-256."""
    with reporting(InstallerError, IdentityError):
        if bool(updates) != (root is not None):
            raise WrongUsage("give --updates URL and --root FILE, or neither: then nobody can update the nodes")
        statement = Statement(
            format=FORMAT,
            id=new_build_id(),
            name=name,
            bundle=bundle_fact(bundle_file),
            loader=loader_digest(),
            vesselinfo=vesselinfo.read_text("utf-8"),
            percent=percent,
            node=NodePart(fabric, enrol_url, invitation, ca_file.read_text("ascii") if ca_file else "", plain),
            updates=Updates(updates, channel, msgspec.json.decode(root.read_bytes(), type=dict)) if root else None,
        )
        pair = find_pair(key, keys_dir)
        assemble(*sign(statement, pair), bundle_file, out)
        facts = {"file": str(out), "build": statement.id, "signed_by": pair.public.id, "sha256": sha256_of(out)}
        if as_json:
            print_json(facts)
        else:
            print(f"{facts['sha256']}  {out}")
            say(f"build {statement.id}, version {statement.bundle.version}, signed by {pair.public.id}")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An installer.")],
    *,
    signed_by: Annotated[str, typer.Option(metavar="ID", help="Fail unless this key has signed it.")] = "",
    as_json: Json = False,
) -> None:
    """Say what an installer is, and who signed it, without running anything of it. Exit code 0: it is whole."""
    with reporting(InstallerError):
        offer = Offer(file)
        signed = statement_check(offer.statement, offer.signature, signed_by=signed_by)
        with offer.bundle() as release:
            pythons = release.pythons
        if as_json:
            print_json(
                {
                    "signed_by": signed.by.id,
                    "sha256": sha256_of(file),
                    "pythons": pythons,
                    "statement": msgspec.to_builtins(signed.statement),
                }
            )
            return
        said = signed.statement
        print(f"version {said.bundle.version} for {', '.join(pythons)}")
        print(f"build {said.id}{f' for {said.name}' if said.name else ''}, signed by {signed.by.id}")
        print(f"brokers {', '.join(said.node.fabric)}; updates from {said.updates.url if said.updates else 'nobody'}")
        for line in said.vesselinfo.rstrip().split("\n"):
            print(visible(line.rstrip("\r")))
