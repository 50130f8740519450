"""`seattle node benchmark` and `seattle node init`: what this computer has, what is given, and a node made of it."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from seattle.cli.console import Json, WrongUsage, print_json, reporting, say
from seattle.cli.fabric_options import Plain
from seattle.fabric.brokers import check_brokers
from seattle.fabric.errors import FabricError
from seattle.identity.errors import IdentityError
from seattle.identity.keys import PublicKey
from seattle.node.daemon import first_vessels
from seattle.node.donating import ask_testbed, check_token, given_to
from seattle.node.donor.benchmark import Benchmark, run_benchmark
from seattle.node.donor.benchmark_table import facts, in_words, print_table
from seattle.node.donor.recommended import recommend
from seattle.node.errors import BadSettings, NodeError
from seattle.node.machine import donate
from seattle.node.settings import NodeSettings, load_settings
from seattle.node.setup import POLICY_FILE, SETTINGS_FILE, set_up
from seattle.node.vesselinfo import VesselShare, read_vesselinfo
from seattle.resources.errors import ResourceError
from seattle.resources.kinds import Resource
from seattle.resources.overrides import read_amounts
from seattle.resources.splitting import FIRST_PORT

VesselInfo = Annotated[
    Path | None, typer.Option(help="Who owns which part: `Percent N`, `Owner KEY`, `User KEY` lines.")
]
Credential = Annotated[
    Path | None, typer.Option(help="Where the node's credential is, or will be (default: DIR/node.jwt).")
]
CaFile = Annotated[
    Path | None, typer.Option(help="Authorities (PEM) that check the brokers; default: those of this system.")
]
Percent = Annotated[float, typer.Option(help="How much of this computer to donate: more than 0, up to 100.")]
Give = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=AMOUNT", help="Donate this amount, whatever the percentage: memory=512Mi, cpu=0.5."),
]


def benchmark(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the node's files would be.")] = Path(),
    *,
    percent: Percent = 10.0,
    give: Give = None,
    as_json: Json = False,
) -> None:
    """Measure this computer, which takes two seconds, and show what would be donated of it. Nothing is changed."""
    with reporting(NodeError, ResourceError):
        share, amounts = _share(percent), _amounts(give)
        measured = run_benchmark(_existing(folder.absolute()))
        _check_amounts(measured, amounts)
        donated = donate(measured.machine, share=share, explicit=amounts)
        if as_json:
            print_json({"percent": percent, "resources": facts(measured, donated)})
        else:
            print_table(measured, donated, amounts, on=sys.stdout)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder for the node.")],
    *,
    vesselinfo: VesselInfo = None,
    fabric: Annotated[list[str] | None, typer.Option(help="A broker, as nats://HOST:PORT or tls://HOST:PORT.")] = None,
    donate_to: Annotated[
        str, typer.Option(metavar="URL", help="Give it to the testbed with this site, which tells the rest.")
    ] = "",
    token: Annotated[str, typer.Option(help="In whose name: don_..., from the site's page Donations.")] = "",
    plain: Plain = False,
    credential: Credential = None,
    enrol_url: Annotated[str, typer.Option(help="Where the node gets its credential, and renews it.")] = "",
    invitation: Annotated[str, typer.Option(help="What the operator gave you for it, if that takes one.")] = "",
    ca_file: CaFile = None,
    percent: Percent = 10.0,
    give: Give = None,
    first_port: Annotated[int, typer.Option(help="The vessels own this port and the 99 after it.")] = FIRST_PORT,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Set a node up: measure, then make its key, settings and policy. Print the key, which the fabric has to enrol."""
    with reporting(NodeError, IdentityError, ResourceError, FabricError):
        _check_new(folder)
        wanted = (
            _donated_to(donate_to, token, ca_file, plain=plain, but=(vesselinfo, fabric, enrol_url, invitation))
            if donate_to or token
            else _as_told(vesselinfo, fabric, enrol_url, invitation, plain=plain)
        )
        share, amounts = _share(percent), _amounts(give)
        measured = run_benchmark(_existing(folder.absolute()))
        _check_amounts(measured, amounts)
        settings = NodeSettings(
            folder=Path(),
            fabric=wanted.fabric,
            plain_fabric=plain,
            credential_file=Path("node.jwt") if credential is None else credential.absolute(),
            enrol_url=wanted.enrol_url,
            invitation=wanted.invitation,
            ca_file=None if ca_file is None else ca_file.absolute(),
            share=share,
            donation=amounts,
            measured=measured.known,
            first_port=first_port,
        )
        # While nothing is made yet: whether it is enough.
        _, donated = first_vessels(wanted.vessels, msgspec.structs.replace(settings, folder=folder.absolute()))
        print_table(measured, donated, amounts, on=sys.stderr)
        if measured.failed and not yes and sys.stdin.isatty():
            typer.confirm("Some measurements failed. Go on with what is assumed instead?", abort=True, err=True)
        public = set_up(folder, vessels=wanted.vessels, settings=settings, policy=recommend())
        credential_file = load_settings(folder / SETTINGS_FILE, {}).credential_file
        if as_json:
            print_json(
                {
                    "node": public.id,
                    "settings": str(folder / SETTINGS_FILE),
                    "policy": str(folder / POLICY_FILE),
                    "credential": str(credential_file),
                    "resources": facts(measured, donated),
                }
            )
        else:
            typer.echo(public.id)
            _say_what_is_next(folder, public, None if wanted.enrol_url else credential_file)


@dataclass(frozen=True)
class _Wanted:
    """Whose the node's vessels will be, and how it gets into the fabric."""

    vessels: Sequence[VesselShare]
    fabric: list[str]
    enrol_url: str
    invitation: str


def _donated_to(url: str, token: str, ca_file: Path | None, *, plain: bool, but: Sequence[object]) -> _Wanted:
    """As the testbed's site says. `but`: what must not be given besides."""
    if not (url and token):
        raise WrongUsage("give --donate-to URL and --token don_...: the page Donations of the testbed's site has both")
    if any(but):
        raise WrongUsage(
            "--donate-to says whose the node is and where: leave out --vesselinfo, --fabric, --enrol-url"
            " and --invitation"
        )
    testbed = ask_testbed(url, ca_file=ca_file, plain_fabric=plain)
    vessels = given_to(testbed, token)
    check_token(url, token, ca_file=ca_file)
    say(f"this node will be a donation to {testbed.name or url}")
    return _Wanted(vessels, testbed.brokers, testbed.enrol_url, token)


def _as_told(
    vesselinfo: Path | None, fabric: list[str] | None, enrol_url: str, invitation: str, *, plain: bool
) -> _Wanted:
    """As the options say."""
    if vesselinfo is None or not fabric:
        raise WrongUsage("give --donate-to URL and --token don_..., or else --vesselinfo FILE and --fabric BROKER")
    check_brokers(fabric, plain_anywhere=plain)  # before anything is measured
    return _Wanted(read_vesselinfo(vesselinfo), fabric, enrol_url, invitation)


def _check_new(folder: Path) -> None:
    """Raises BadSettings for a folder in which a node is."""
    if (folder / SETTINGS_FILE).exists():
        raise BadSettings(
            f"{folder} is a node already, and keeps its first donor: choose a new folder, or remove this one first,"
            " with its key and its journal"
        )


def _say_what_is_next(folder: Path, public: PublicKey, missing: Path | None) -> None:
    """What was written, and how the node gets to run. `missing`: where its credential is to be put by hand."""
    say(f"wrote {folder / SETTINGS_FILE}, and {folder / POLICY_FILE}, which says when programs may run")
    if missing is not None:
        say(f"hint: enrol the node, and put its credential at {missing}:")
        say(f"hint: seattle fabric enrol {public.id} --role node --authority DIR >{missing}")
    say(f"hint: seattle node run --settings {folder / SETTINGS_FILE}")


def _share(percent: float) -> float:
    if not 0 < percent <= 100:
        raise WrongUsage(f"--percent {percent:g} is no share of a computer: expected more than 0, and 100 at most")
    return percent / 100


def _amounts(give: list[str] | None) -> dict[str, int | float]:
    """What is given whatever the percentage, by resource name."""
    amounts: dict[str, int | float] = {}
    for words in give or ():
        try:
            ((name, amount),) = read_amounts([words]).items()
        except ResourceError as why:
            raise WrongUsage(f"--give {words}: {why}") from why
        if isinstance(amount, list):
            raise WrongUsage(f"--give {words}: ports are not given by name: --first-port says which a node has")
        if name in amounts:
            raise WrongUsage(f"--give {name} is there twice: expected it once")
        amounts[name] = amount
    return amounts


def _check_amounts(measured: Benchmark, amounts: dict[str, int | float]) -> None:
    """Raises WrongUsage if more is given than this computer has of what is used up, and was counted."""
    for resource in (Resource.CPU, Resource.MEMORY, Resource.DISKUSED):
        there = measured.machine[resource]
        if amounts.get(resource.value, 0) > there:
            raise WrongUsage(
                f"--give {resource.value}={amounts[resource.value]:.15g} is more than there is: this computer has"
                f" {in_words(there, resource)}"
            )


def _existing(folder: Path) -> Path:
    """The folder, or the one in which it would be made."""
    return next(there for there in (folder, *folder.parents) if there.exists())
