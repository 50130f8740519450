"""The settings of one node: defaults, then the file, then the environment; read once, at the start.

The file is TOML. Every key can also come from the environment as SEATTLE_NODE_ and its name in capitals
(SEATTLE_NODE_SHARE=0.2); lists are separated by commas there, and tables are for the file alone. Paths are taken
from the file's folder.

    folder = "."                                  # where the node keeps its vessels
    key_file = "node.key"                         # its private key
    fabric = ["nats://127.0.0.1:4222"]            # brokers of one cluster
    credential_file = "node.jwt"                  # read anew at each connect
    enrol_url = "https://enrol.example.org"       # fetches and renews it, if this is set
    invitation = "inv_..."                        # for the first time, if that takes one
    ca_file = "ca.pem"                            # checks brokers and enrol_url; unset: by this system's authorities
    plain_fabric = false                          # whether nats:// may leave this computer
    vesselinfo_file = "vesselinfo"                # read at the first start alone
    policy_file = "policy.toml"                   # when programs may run: see donor/policy.py
    share = 0.1                                   # of what this machine was measured to have
    first_port = 63100                            # the node's vessels own this port and the 99 after it
    journal_bytes = 16777216                      # of the journal of all runs, and as much again for their programs
    journal_days = 400                            # that it goes back
    page_port = 8765                              # where `seattle node page` serves, on loopback
    metrics = false                               # whether it has figures for Prometheus, too

    unwatched_limit = 600                         # seconds that programs run on when the daemon is gone; 0: not at all

    [donation]                                    # amounts that are donated whatever the share, by resource name
    memory = 268435456

    [measured]                                    # what `seattle node init` measured this machine to have
    fileread = 850000000.0
"""

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from seattle.fabric.brokers import check_brokers
from seattle.fabric.enrolment_client import check_url
from seattle.fabric.errors import FabricError
from seattle.identity.toml_values import as_toml
from seattle.node.errors import BadSettings
from seattle.repy.launch import LONGEST_UNWATCHED
from seattle.resources.splitting import PORTS_PER_UNIT, UNITS

PREFIX: Final = "SEATTLE_NODE_"
SETTINGS_VARIABLE: Final = "SEATTLE_NODE_SETTINGS"  # says where the file is, to all commands
DEFAULT_SETTINGS: Final = Path("node.toml")
PORTS: Final = PORTS_PER_UNIT * UNITS  # that one node hands out
_MAX_FILE: Final = 256 * 1024  # bytes
_PATHS: Final = ("folder", "key_file", "credential_file", "vesselinfo_file", "policy_file", "computer", "ca_file")
_TABLES: Final = ("donation", "measured")
_LISTS: Final = ("fabric", "addresses", "program_addresses", "program_interfaces")

PortNumber = Annotated[int, Meta(ge=1, le=65535)]


class NodeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one node is set up. Paths are absolute once `load_settings` has read them."""

    folder: Path
    fabric: Annotated[list[Annotated[str, Meta(pattern=r"^(nats|tls)://")]], Meta(min_length=1, max_length=16)]
    key_file: Path = Path("node.key")
    credential_file: Path = Path("node.jwt")
    enrol_url: str = ""
    invitation: str = ""
    ca_file: Path | None = None
    plain_fabric: bool = False
    vesselinfo_file: Path = Path("vesselinfo")
    policy_file: Path = Path("policy.toml")  # of the donor; read whenever it changes, and it need not be there
    computer: Path = Path("/")  # where /sys, /proc, /dev and /run of this computer are; not / in some containers
    look_every: Annotated[float, Meta(ge=0.05, le=60)] = 5.0  # seconds between looks at the policy's conditions
    share: Annotated[float, Meta(gt=0, le=1)] = 0.10  # of what this machine was measured to have
    donation: dict[str, int | float] = {}
    measured: dict[str, int | float] = {}  # what the benchmark found, by resource name
    first_port: Annotated[int, Meta(ge=1, le=65535 - PORTS + 1)] = 63100
    loopback_first: PortNumber | None = None  # ports of this computer which belong to vessels, of any node on it;
    loopback_last: PortNumber | None = None  # unset: those of this node
    log_bytes: Annotated[int, Meta(ge=4096, le=64 * 1024 * 1024)] = 64 * 1024  # of a vessel's log that are kept
    unwatched_limit: Annotated[int, Meta(ge=0, le=LONGEST_UNWATCHED)] = 600  # seconds that programs run on without us
    reach_private_network: bool = False  # whether programs may reach the donor's private network
    # Which of this computer's addresses programs are told and use, the best first, and then those of which interfaces.
    program_addresses: Annotated[list[str], Meta(max_length=32)] = []
    program_interfaces: Annotated[list[Annotated[str, Meta(pattern=r"^[^\s/]{1,15}\Z")]], Meta(max_length=32)] = []
    only_these_addresses: bool = False  # and no others but loopback
    journal_bytes: Annotated[int, Meta(ge=64 * 1024, le=1 << 34)] = 16 << 20  # of entries; as many again of programs
    page_port: Annotated[int, Meta(ge=0, le=65535)] = 8765  # of the status page, on loopback; 0: any that is free
    metrics: bool = False  # whether the page has figures for Prometheus
    journal_days: Annotated[float, Meta(ge=1, le=36500)] = 400.0  # that they are kept
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
    _check_addresses(path, settings)
    for address in settings.program_addresses:
        try:
            ip_address(address)
        except ValueError as why:
            raise BadSettings(f"{path}: program_addresses: {address!r} is no IP address") from why
    if settings.only_these_addresses and not (settings.program_addresses or settings.program_interfaces):
        raise BadSettings(
            f"{path}: only_these_addresses needs program_addresses or program_interfaces: which are these?"
        )
    base = path.absolute().parent
    return msgspec.structs.replace(
        settings, **{name: base / given for name in _PATHS if (given := getattr(settings, name)) is not None}
    )


def write_settings(path: Path, settings: NodeSettings) -> None:
    """Write a file that `load_settings` reads back.

    Raises BadSettings for what it would refuse, and for an existing file: that is never replaced.
    """
    values: dict[str, Any] = msgspec.to_builtins(settings, enc_hook=str)
    _convert(values, str(path), strict=True)  # a struct made in code was checked by nobody
    tables = {name: values.pop(name) for name in _TABLES}
    lines = [f"{name} = {as_toml(value)}" for name, value in values.items() if value is not None]
    for table, amounts in tables.items():
        if amounts:
            lines += ["", f"[{table}]", *(f"{name} = {as_toml(amount)}" for name, amount in amounts.items())]
    try:
        text = "".join(f"{line}\n" for line in lines).encode()
        with path.open("xb") as file:
            file.write(text)
    except OSError as why:
        raise BadSettings(f"{path} can't be written: {why.strerror}") from why
    except UnicodeEncodeError as why:
        raise BadSettings(f"{path} can't name a file whose path is no text: {why.object!r}") from why


def _check_addresses(path: Path, settings: NodeSettings) -> None:
    try:
        check_brokers(settings.fabric, plain_anywhere=settings.plain_fabric)
        if settings.enrol_url:
            check_url(settings.enrol_url)
    except FabricError as why:
        raise BadSettings(f"{path}: {why}") from why


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_FILE)
        return tomllib.loads(text.decode())
    except OSError as why:
        raise BadSettings(
            f"{path} can't be read ({why.strerror}): name your node's settings with --settings or {SETTINGS_VARIABLE};"
            " `seattle node init` makes those of a new node"
        ) from why
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise BadSettings(f"{path} is not TOML: {why}") from why


def _overrides(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for variable, text in environment.items():
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or variable == SETTINGS_VARIABLE:
            continue
        if name not in NodeSettings.__struct_fields__ or name in _TABLES:
            raise BadSettings(f"the variable {variable} stands for no setting; is it misspelt?")
        values[name] = [item.strip() for item in text.split(",")] if name in _LISTS else text
    return values


def _convert(values: dict[str, Any], source: str, *, strict: bool) -> NodeSettings:
    try:
        return msgspec.convert(values, NodeSettings, strict=strict, dec_hook=_path)
    except msgspec.ValidationError as why:
        raise BadSettings(f"{source}: {why}{_wrong_amounts(values)}") from why


def _wrong_amounts(values: dict[str, Any]) -> str:
    """Which amounts are none: the library doesn't name keys of a table."""
    tables = [table for name in _TABLES if isinstance(table := values.get(name), dict)]
    wrong = [(name, amount) for table in tables for name, amount in table.items() if type(amount) not in (int, float)]
    return "".join(f"; {name} = {amount!r} is no number" for name, amount in wrong)


def _path(kind: type, value: object) -> Path:
    """For the only type here that msgspec doesn't know."""
    if kind is not Path or not isinstance(value, str):
        raise ValueError(f"expected a path, such as 'node.key', found {value!r}")
    return Path(value)
