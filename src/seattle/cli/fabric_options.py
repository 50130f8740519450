"""What several of the `seattle fabric` commands take."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from seattle.identity.errors import KeyFileMissing
from seattle.identity.files import load_public_key
from seattle.identity.keys import PublicKey
from seattle.identity.openssh import read_public

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the authority.")]
Brokers = Annotated[list[str] | None, typer.Option(help="A broker; give it once for each.")]
Plain = Annotated[bool, typer.Option("--plain", help="nats:// to another computer is meant.")]
CaFile = Annotated[
    Path | None, typer.Option(help="Authorities (PEM) that check brokers and service; default: those of this system.")
]


def duration(text: str) -> timedelta:
    """`90s`, `15m`, `12h` or `30d` as a time span."""
    match = re.fullmatch(r"([1-9][0-9]{0,6})([smhd])", text)
    if match is None:
        raise typer.BadParameter("write a number and a unit: 90s, 15m, 12h or 30d")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def public_key(text: str) -> PublicKey:
    """The key that this names: its id, its OpenSSH line or its file. Raises IdentityError."""
    path = Path(text)
    if len(text) < 4096 and path.is_file():
        return load_public_key(path)
    if path.suffix == ".pub" and " " not in text:
        raise KeyFileMissing(f"{text}: there is no such key file", hint="a key's id (U...) will do, too")
    return read_public(text)
