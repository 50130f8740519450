"""The worker's settings: defaults, then the environment; read once, checked, and frozen.

Each is a variable SEATTLE_WORKER_ with the field's name in capitals; lists are separated by commas. They are none of
the site's, so that the site can run without them: as another user of the computer, or on another computer.
"""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from seattle.clearinghouse.config import as_path
from seattle.fabric.brokers import check_brokers, is_loopback
from seattle.fabric.errors import FabricError

PREFIX: Final = "SEATTLE_WORKER_"
_LISTS: Final = ("brokers", "told_brokers")

Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class BadWorkerSettings(Exception):  # noqa: N818 - named for what went wrong
    """A setting can't be used; the text names it, what is wrong and what to do."""


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one worker is set up."""

    name: Annotated[str, Meta(max_length=40)] = ""  # in the journal; default: this computer's name
    key_file: Path = Path("worker.key")  # the private key that owns the vessels (OpenSSH, mode 0600)
    brokers: list[str] = []  # of the fabric
    told_brokers: list[str] = []  # told to those who enrol; default: `brokers`
    ca_file: Path | None = None  # authorities (PEM) that check the brokers; default: those of this system
    plain_fabric: bool = False  # nats:// to another computer is meant
    # The folder of the fabric's authority, for credentials and cut-offs; or a copy of account.pub and the roles' keys,
    # which does for enrolment; or a file with a credential of the role `service`, and no enrolment here.
    authority: Path | None = None
    credential_file: Path | None = None
    # Of `seattle release-update`: with it, builds are signed for its newest version; without, another worker does it.
    releases: Path | None = None
    enrolment_host: str = "127.0.0.1"  # where the site forwards to: its `enrolment_upstream`
    enrolment_port: Annotated[int, Meta(ge=0, le=65535)] = 4281
    credential_hours: Annotated[float, Meta(gt=0, le=24 * 366)] = 24.0  # that a credential lives

    poll_seconds: Annotated[float, Meta(gt=0, le=5)] = 0.1  # between looks for new work, where nobody calls us to it
    called_poll_seconds: Annotated[float, Meta(gt=0, le=60)] = 1.0  # the same where PostgreSQL calls us
    discover_seconds: Seconds = 10.0  # between looks into the directory
    probe_seconds: Seconds = 180.0  # between looks at a node that is well
    visits_at_once: Annotated[int, Meta(ge=2, le=1000)] = 64  # nodes
    threads: Annotated[int, Meta(ge=1, le=64)] = 8  # that talk to the database, with a connection each
    call_seconds: Annotated[float, Meta(gt=0, le=30)] = 8.0  # that a node gets to answer

    @property
    def label(self) -> str:
        """What this process is called: two of them must not be taken for one another."""
        return f"{self.name or socket.gethostname()[:40]}:{os.getpid()}"


def load_worker_settings(environment: Mapping[str, str] = os.environ) -> WorkerSettings:
    """The settings that this environment gives. Raises BadWorkerSettings: it names the variable and what is wrong."""
    values: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in WorkerSettings.__struct_fields__:
            raise BadWorkerSettings(f"the variable {variable} stands for no setting; is it misspelt?")
        values[name] = [item.strip() for item in text.split(",") if item.strip()] if name in _LISTS else text
    try:
        settings = msgspec.convert(values, WorkerSettings, strict=False, dec_hook=as_path)
    except msgspec.ValidationError as why:
        raise BadWorkerSettings(f"the settings ({PREFIX}...) can't be used: {why}") from why
    _check(settings)
    return settings


def _check(settings: WorkerSettings) -> None:
    if not settings.brokers:
        raise BadWorkerSettings(f"no broker is named: set {PREFIX}BROKERS=tls://HOST:PORT")
    try:
        check_brokers(settings.brokers, plain_anywhere=settings.plain_fabric)
    except FabricError as why:
        raise BadWorkerSettings(f"{PREFIX}BROKERS: {why}") from why
    if settings.authority is None and settings.credential_file is None:
        raise BadWorkerSettings(
            f"the worker has no way into the fabric: set {PREFIX}AUTHORITY to the authority's folder, or"
            f" {PREFIX}CREDENTIAL_FILE to a credential (`seattle fabric enrol KEY --role service`)"
        )
    if settings.releases is not None and not settings.releases.is_dir():
        raise BadWorkerSettings(f"{PREFIX}RELEASES is {settings.releases}: there is no such folder")
    if not is_loopback(settings.enrolment_host):
        raise BadWorkerSettings(
            f"{PREFIX}ENROLMENT_HOST is {settings.enrolment_host!r}: it has to be on loopback, since it believes"
            " whoever calls it; the site, or a tunnel from it, has to be on this computer"
        )
