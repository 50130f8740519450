"""`seattle login`: have a key of this computer approved on a testbed's site, and write a profile of the testbed."""

import asyncio
import os
import re
import socket
import sys
import webbrowser
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from seattle.cli.console import Json, WrongUsage, print_json, reporting, say, visible
from seattle.cli.fabric_options import Plain
from seattle.cli.vessel_options import ask_passphrase
from seattle.client.errors import ClientError, ProfileError, ProfileMissing, SiteError
from seattle.client.profile import KEY, Profile, load_profile, profile_folder, write_profile
from seattle.client.site.client import SiteClient
from seattle.client.site.login import Login, log_in
from seattle.client.site.signing import check_site_url
from seattle.fabric.authority import Role
from seattle.fabric.enrolment_client import fetch_credential
from seattle.fabric.errors import FabricError
from seattle.identity.errors import IdentityError
from seattle.identity.files import load_key_pair, save_key_pair
from seattle.identity.keys import KeyPair

_CODE: Final = re.compile(r"[A-Z2-9]{4}-[A-Z2-9]{4}\Z")


def login(
    url: Annotated[str, typer.Argument(metavar="URL", help="The testbed's site: https://HOST[:PORT].")],
    *,
    profile: Annotated[
        str | None,
        typer.Option("--profile", envvar="SEATTLE_PROFILE", metavar="NAME|DIR", help="The profile to write."),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", help="Your private key; default: a new one, or the profile's."),
    ] = None,
    label: Annotated[
        str, typer.Option("--label", default_factory=socket.gethostname, help="How your keys page calls this computer.")
    ],
    ca_file: Annotated[
        Path | None, typer.Option("--ca-file", metavar="FILE", help="Authorities (PEM) that check the site.")
    ] = None,
    plain: Plain = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser: only say where to go.")] = False,
    as_json: Json = False,
) -> None:
    """Sign in: show a code, have it approved on the site, and remember the testbed as a profile."""
    with reporting(ClientError, FabricError, IdentityError):
        site_url = _site_url(url)
        folder = profile_folder(profile)
        known = _known(folder, site_url)
        key_file, pair = _key(folder, key, known)
        site = SiteClient(site_url, pair, ca_file=ca_file)
        keep = partial(_keep, key_file, pair)
        show = partial(_show, site_url=site_url, open_it=not no_browser, keep=keep)
        approved = log_in(site, pair.public, label, show=show)
        made = asyncio.run(
            _write(folder, approved, pair, site_url=site_url, key_file=key_file, ca_file=ca_file, plain=plain)
        )
        if as_json:
            facts = {"username": approved.username, "id": pair.id, "testbed": approved.testbed}
            print_json({**facts, "site": site_url, "profile": str(made.folder)})
        else:
            print(visible(approved.username))
            say(f"wrote the profile {made.folder}; `seattle vessels` shows what you have")


def _site_url(text: str) -> str:
    try:
        return check_site_url(text)
    except SiteError as why:
        raise WrongUsage(str(why)) from why


def _known(folder: Path, site_url: str) -> Profile | None:
    """The profile that is there, if it is of this site. Raises WrongUsage if it is of another testbed."""
    try:
        there = load_profile(folder)
    except ProfileMissing:
        return None
    except ProfileError as why:
        raise WrongUsage(f"{why}; choose another with --profile, or remove that folder") from why
    if there.site_url != site_url:
        whose = there.site_url or ", ".join(there.urls)
        raise WrongUsage(
            f"the profile {folder} is of another testbed ({whose}): choose another name with --profile NAME"
        )
    return there


def _key(folder: Path, given: Path | None, known: Profile | None) -> tuple[Path, KeyPair]:
    """The key, and its file, which is not there yet if it is a new one: `_keep` writes it down."""
    if given is not None:
        return given.expanduser(), load_key_pair(given.expanduser(), ask_passphrase)
    ours = folder / KEY
    if known is not None and known.key_file != ours:
        return known.key_file, load_key_pair(known.key_file, ask_passphrase)
    if ours.exists():
        return ours, load_key_pair(ours, ask_passphrase)
    return ours, KeyPair.generate()


def _keep(file: Path, pair: KeyPair) -> None:
    """Write the key down, if it is not there yet."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        save_key_pair(file, pair, comment="seattle")


def _show(waiting: Login, *, site_url: str, open_it: bool, keep: Callable[[], None]) -> None:
    """Say where to approve the key, which is kept before anybody could: an approved one must not be lost with us.

    Not before: who misspelt the site's address has no profile, and no folder that looks like one.
    """
    keep()
    code = waiting.code if _CODE.match(waiting.code) else "?"  # it is put on a terminal, and into a URL
    page = f"{site_url}/account/approve/?code={code}"
    say("To approve this computer, sign in on this page, and compare the code:")
    say(f"  {page}")
    say(f"  {code}")
    if open_it and _has_desktop():
        webbrowser.open(page)
    say("waiting ...")


def _has_desktop() -> bool:
    """Whether somebody is likely to see a browser that is opened here."""
    return sys.stderr.isatty() and bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


async def _write(
    folder: Path,
    approved: Login,
    pair: KeyPair,
    *,
    site_url: str,
    key_file: Path,
    ca_file: Path | None,
    plain: bool,
) -> Profile:
    """Get a credential for the testbed's brokers, and write the profile."""
    if not approved.enrol_url:
        raise SiteError(
            f"your key is approved, and {site_url} has no testbed yet to use it on",
            hint="run this again when the operators have set one up",
        )
    enrol_url = f"{site_url}/enrol"
    got = await fetch_credential(enrol_url, pair, role=Role.USER, ca_file=ca_file)
    urls = list(approved.brokers) or got.brokers
    if not urls:
        raise SiteError(f"{site_url} names no broker of its testbed", hint="ask its operators for one")
    return write_profile(
        folder,
        urls=urls,
        key=pair,
        credential=got.credential,
        enrol_url=enrol_url,
        ca_file=ca_file,
        plain_fabric=plain,
        site_url=site_url,
        key_file=key_file,
    )
