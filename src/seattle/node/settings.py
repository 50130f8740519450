"""The settings of one node: defaults, then the file, then the environment; read once, at the start.

The file is TOML. Every key can also come from the environment as SEATTLE_NODE_ and its name in capitals
(SEATTLE_NODE_SHARE=0.2); lists are separated by commas there, and [donation] is for the file alone. Paths are taken
from the file's folder.

    folder = "."                                  # where the node keeps its vessels
    key_file = "node.key"                         # its private key
    fabric = ["nats://127.0.0.1:4222"]            # brokers of one cluster
    credential_file = "node.jwt"                  # read anew at each connect
    vesselinfo_file = "vesselinfo"                # read at the first start alone
    share = 0.1                                   # of what this machine was measured to have
    first_port = 63100                            # the node's vessels own this port and the 99 after it

    unwatched_limit = 600                         # seconds that programs run on when the daemon is gone; 0: not at all

    [donation]                                    # amounts that are donated whatever the share, by resource name
    memory = 268435456
"""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from seattle.node.errors import BadSettings
from seattle.repy.launch import LONGEST_UNWATCHED
from seattle.resources.splitting import PORTS_PER_UNIT, UNITS

PREFIX: Final = "SEATTLE_NODE_"
PORTS: Final = PORTS_PER_UNIT * UNITS  # that one node hands out
_MAX_FILE: Final = 256 * 1024  # bytes
_PATHS: Final = ("folder", "key_file", "credential_file", "vesselinfo_file")
_LISTS: Final = ("fabric", "addresses")

PortNumber = Annotated[int, Meta(ge=1, le=65535)]


class NodeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one node is set up. Paths are absolute once `load_settings` has read them."""

    folder: Path
    fabric: Annotated[list[Annotated[str, Meta(pattern=r"^(nats|tls)://")]], Meta(min_length=1, max_length=16)]
    key_file: Path = Path("node.key")
    credential_file: Path = Path("node.jwt")
    vesselinfo_file: Path = Path("vesselinfo")
    share: Annotated[float, Meta(gt=0, le=1)] = 0.10  # of what this machine was measured to have
    donation: dict[str, int | float] = {}
    first_port: Annotated[int, Meta(ge=1, le=65535 - PORTS + 1)] = 63100
    loopback_first: PortNumber | None = None  # ports of this computer which belong to vessels, of any node on it;
    loopback_last: PortNumber | None = None  # unset: those of this node
    log_bytes: Annotated[int, Meta(ge=4096, le=64 * 1024 * 1024)] = 64 * 1024  # of a vessel's log that are kept
    unwatched_limit: Annotated[int, Meta(ge=0, le=LONGEST_UNWATCHED)] = 600  # seconds that programs run on without us
    reach_private_network: bool = False  # whether programs may reach the donor's private network
    addresses: list[str] = []  # by which others reach this computer; empty: found out

    @property
    def loopback_ports(self) -> range:
        """Ports of this computer that vessels may reach, on its own addresses."""
        first = self.first_port if self.loopback_first is None else self.loopback_first
        last = self.first_port + PORTS - 1 if self.loopback_last is None else self.loopback_last
        return range(first, last + 1)


def load_settings(path: Path, environment: Mapping[str, str] = os.environ) -> NodeSettings:
    """Read the file at `path`, then the environment.

    Raises BadSettings: it names the key, what is wrong with its value, and where it came from.
    """
    values = _read(path)
    settings = _convert(values, str(path), strict=True)  # by itself, so that an error names the right source
    if overrides := _overrides(environment):
        settings = _convert(values | overrides, f"{path} with the environment", strict=False)
    ports = settings.loopback_ports
    if not ports:
        raise BadSettings(f"{path}: loopback_first {ports.start} is past loopback_last {ports.stop - 1}: swap them")
    base = path.absolute().parent
    return msgspec.structs.replace(settings, **{name: base / getattr(settings, name) for name in _PATHS})


def write_settings(path: Path, settings: NodeSettings) -> None:
    """Write a file that `load_settings` reads back.

    Raises BadSettings for what it would refuse, and for an existing file: that is never replaced.
    """
    values: dict[str, Any] = msgspec.to_builtins(settings, enc_hook=str)
    _convert(values, str(path), strict=True)  # a struct made in code was checked by nobody
    donation = values.pop("donation")
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items() if value is not None]
    if donation:
        lines += ["", "[donation]", *(f"{name} = {json.dumps(amount)}" for name, amount in donation.items())]
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    except OSError as why:
        raise BadSettings(f"{path} can't be written: {why.strerror}") from why


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_FILE)
        return tomllib.loads(text.decode())
    except OSError as why:
        raise BadSettings(
            f"{path} can't be read ({why.strerror}): `seattle node init` makes a node's settings"
        ) from why
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise BadSettings(f"{path} is not TOML: {why}") from why


def _overrides(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for variable, text in environment.items():
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX):
            continue
        if name not in NodeSettings.__struct_fields__ or name == "donation":
            raise BadSettings(f"the variable {variable} stands for no setting; is it misspelt?")
        values[name] = [item.strip() for item in text.split(",")] if name in _LISTS else text
    return values


def _convert(values: dict[str, Any], source: str, *, strict: bool) -> NodeSettings:
    try:
        return msgspec.convert(values, NodeSettings, strict=strict, dec_hook=_path)
    except msgspec.ValidationError as why:
        raise BadSettings(f"{source}: {why}{_wrong_amounts(values)}") from why


def _wrong_amounts(values: dict[str, Any]) -> str:
    """Which amounts of the donation are none: the library doesn't name keys of a table."""
    donation = values.get("donation")
    if not isinstance(donation, dict):
        return ""
    wrong = [name for name, amount in donation.items() if type(amount) not in (int, float)]
    return "".join(f"; {name} = {donation[name]!r} is no number" for name in wrong)


def _path(kind: type, value: object) -> Path:
    """For the only type here that msgspec doesn't know."""
    if kind is not Path or not isinstance(value, str):
        raise ValueError(f"expected a path, such as 'node.key', found {value!r}")
    return Path(value)
