"""`seattle fabric enrolment`, `invite`, `admit`, `members`: an operator decides who gets in; `join`: a member does."""

import asyncio
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from seattle.cli.console import Json, WrongUsage, print_json, reporting, say
from seattle.cli.fabric_options import Brokers, CaFile, Plain, duration, public_key
from seattle.cli.vessel_options import ask_passphrase
from seattle.client.errors import ClientError
from seattle.client.profile import profile_folder, write_profile
from seattle.fabric.admissions import DEFAULT_POLICIES, Admissions, Policy
from seattle.fabric.authority import Issuer, Role
from seattle.fabric.brokers import is_loopback
from seattle.fabric.enrolment_client import check_url, fetch_credential
from seattle.fabric.enrolment_service import EnrolmentService, http_server
from seattle.fabric.errors import FabricError
from seattle.fabric.events import show_events
from seattle.identity.errors import IdentityError
from seattle.identity.files import load_key_pair
from seattle.identity.keys import KeyPair

DATABASE = "enrolment.sqlite"
DEFAULT_PORT = 4280

IssuerFolder = Annotated[
    Path, typer.Argument(metavar="DIR", help="The authority's folder, or a copy of account.pub and the roles' keys.")
]


def enrolment(
    folder: IssuerFolder,
    *,
    certificate: Annotated[Path | None, typer.Option(help="Our certificate with its chain (PEM).")] = None,
    key: Annotated[Path | None, typer.Option(help="The certificate's private key (PEM).")] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The TCP port; 0 for a free one.")] = DEFAULT_PORT,
    broker: Annotated[list[str] | None, typer.Option(help="Told to those who enrol; give it once for each.")] = None,
    users: Annotated[Policy, typer.Option(help="Who may enrol as a user.")] = DEFAULT_POLICIES[Role.USER],
    nodes: Annotated[Policy, typer.Option(help="Who may enrol as a node.")] = DEFAULT_POLICIES[Role.NODE],
    services: Annotated[Policy, typer.Option(help="Who may enrol as a service.")] = DEFAULT_POLICIES[Role.SERVICE],
    lifetime: Annotated[
        timedelta, typer.Option(parser=duration, metavar="TIME", help="How long a credential lives.")
    ] = "24h",  # type: ignore[assignment]  # typer parses a default too
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="Believe a proxy on this computer who calls.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Enrol keys over HTTPS, until Ctrl-C or SIGTERM. Plain HTTP is for a proxy on this computer."""
    show_events()
    with reporting(FabricError, IdentityError), _admissions(folder, users, nodes, services) as admissions:
        if (certificate is None) != (key is None):
            raise WrongUsage("give --certificate and --key, or none of them")
        if certificate is None and not is_loopback(host):
            raise WrongUsage(f"{host} can be reached by others: give --certificate and --key")
        service = EnrolmentService(Issuer.load(folder), admissions, brokers=broker or [], lifetime=lifetime)
        if certificate is not None and key is not None:
            _check_certificate(certificate, key)
        server = http_server(service, certificate=certificate, key=key, behind_proxy=behind_proxy)
        with _listen(host, port) as listener:
            scheme, shown = "http" if certificate is None else "https", f"[{host}]" if ":" in host else host
            url = f"{scheme}://{shown}:{listener.getsockname()[1]}"
            if as_json:
                print_json({"url": url})
            else:
                print(url, flush=True)
            for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn ends at these, and then raises them once more
                signal.signal(number, lambda *_: None)
            asyncio.run(server.serve(sockets=[listener]))


def _check_certificate(certificate: Path, key: Path) -> None:
    """Raise WrongUsage with words unless these two are files of PEM that belong together."""
    for path in (certificate, key):
        path.read_bytes()  # OpenSSL names no file that is missing
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except ssl.SSLError as why:
        raise WrongUsage(f"{certificate} and {key} are no certificate with its key (PEM), unprotected: {why}") from why


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as why:
        raise OSError(f"port {port} of {host} can't be had: {why.strerror or why}; choose another with --port") from why


def invite(
    role: Annotated[
        Role, typer.Argument(metavar="ROLE", help="What those who have it may become: user, node or service.")
    ],
    folder: IssuerFolder,
    *,
    uses: Annotated[int, typer.Option(help="For how many keys.")] = 1,
    lifetime: Annotated[timedelta, typer.Option(parser=duration, metavar="TIME", help="How long it is good.")] = "7d",  # type: ignore[assignment]  # typer parses a default too
    as_json: Json = False,
) -> None:
    """Print an invitation. It is a secret until it is used: give it to those whom you want to have."""
    with reporting(FabricError, IdentityError), _admissions(folder) as admissions:
        text = admissions.invite(role, uses=uses, now=time.time(), lifetime=lifetime.total_seconds())
        if as_json:
            ends = time.time() + lifetime.total_seconds()
            print_json({"invitation": text, "role": role.value, "uses": uses, "expires_at": ends})
        else:
            print(text)


def admit(
    public: Annotated[str, typer.Argument(metavar="KEY", help="A public key: its id, its OpenSSH line or its file.")],
    role: Annotated[Role, typer.Argument(metavar="ROLE", help="What it may become: user, node or service.")],
    folder: IssuerFolder,
) -> None:
    """Let a key enrol, without an invitation."""
    with reporting(FabricError, IdentityError), _admissions(folder) as admissions:
        key = public_key(public)
        admissions.let_in(key, role, now=time.time())
        say(f"{key} may enrol as a {role}")


def members(folder: IssuerFolder, *, as_json: Json = False) -> None:
    """List the keys that are let in, by invitation or by `admit`."""
    with reporting(FabricError, IdentityError), _admissions(folder) as admissions:
        known = admissions.members()
        if as_json:
            print_json([{"id": one.key, "role": one.role.value, "since": one.since} for one in known])
            return
        if not known:
            say("note: nobody is let in yet")
        for one in known:
            print(one.key, one.role.value, time.strftime("%Y-%m-%d", time.gmtime(one.since)))


def join(
    url: Annotated[str, typer.Argument(metavar="URL", help="The enrolment service: https://HOST[:PORT].")],
    *,
    invitation: Annotated[str, typer.Option(help="What the operator gave you, if it takes one.")] = "",
    profile: Annotated[str | None, typer.Option(help="The profile to write: a name, or a folder.")] = None,
    key: Annotated[Path | None, typer.Option(help="Your private key file; default: a new key.")] = None,
    broker: Brokers = None,
    ca_file: CaFile = None,
    plain: Plain = False,
    as_json: Json = False,
) -> None:
    """Become a user of a testbed: enrol a key, and write a profile that renews its credential by itself."""
    with reporting(FabricError, IdentityError, ClientError):
        folder = profile_folder(profile)
        if folder.exists() and any(folder.iterdir()):
            raise WrongUsage(f"there is a profile in {folder} already: choose another with --profile")
        pair = KeyPair.generate() if key is None else load_key_pair(key, ask_passphrase)
        got = asyncio.run(
            fetch_credential(check_url(url), pair, role=Role.USER, invitation=invitation, ca_file=ca_file)
        )
        urls = broker or got.brokers
        if not urls:
            raise WrongUsage(f"{url} names no broker: ask the operator for one, and give it as --broker")
        made = write_profile(
            folder,
            urls=urls,
            key=pair,
            credential=got.credential,
            enrol_url=check_url(url),
            ca_file=ca_file,
            plain_fabric=plain,
            key_file=key,
        )
        if as_json:
            print_json({"id": pair.id, "profile": str(made.folder), "expires_at": got.expires_at})
        else:
            print(pair.id)
            say(f"wrote the profile {made.folder}")


@contextmanager
def _admissions(
    folder: Path,
    users: Policy = DEFAULT_POLICIES[Role.USER],
    nodes: Policy = DEFAULT_POLICIES[Role.NODE],
    services: Policy = DEFAULT_POLICIES[Role.SERVICE],
) -> Iterator[Admissions]:
    Issuer.load(folder)  # a folder that was misspelt must not become one
    policies = {Role.USER: users, Role.NODE: nodes, Role.SERVICE: services}
    admissions = Admissions(folder / DATABASE, policies)
    try:
        yield admissions
    finally:
        admissions.close()
