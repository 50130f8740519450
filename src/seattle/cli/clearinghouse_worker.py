"""`seattle clearinghouse worker`: the process that holds the keys, and does at nodes what the site has written down.

Its settings are in the environment, SEATTLE_WORKER_...; those of the site tell it where the database is.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seattle.cli.console import ExitCode, Json, WrongUsage, print_json, reporting, say
from seattle.cli.site_extra import MIGRATE_FIRST, need_site

if TYPE_CHECKING:
    from seattle.clearinghouse.worker.config import WorkerSettings
    from seattle.clearinghouse.worker.main import Ready


def worker(
    *,
    init: Annotated[
        bool, typer.Option("--init", help="Make the key that owns the vessels (SEATTLE_WORKER_KEY_FILE), and end.")
    ] = False,
    show_key: Annotated[
        bool, typer.Option("--show-key", help="Print that key's id, for SEATTLE_SITE_WORKER_KEY, and end.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Look at the settings and the keys, and end.")] = False,
    exit_with_parent_fd: Annotated[
        int | None, typer.Option(metavar="FD", help="End when the other end of this descriptor is closed.")
    ] = None,
    ready_fd: Annotated[
        int | None, typer.Option(metavar="FD", help="Write a line of JSON to this descriptor once it works.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Work until Ctrl-C or SIGTERM: take donated nodes over, divide them, assign and clean vessels, enrol keys.

    Run as many as you like on PostgreSQL. None may run as the account of the site, which must not read their keys.
    """
    if sum((init, show_key, check)) > 1:
        say("error: choose one of --init, --show-key and --check")
        raise typer.Exit(ExitCode.WRONG_USAGE)
    if init or show_key:
        _tell_key(Path(os.environ.get("SEATTLE_WORKER_KEY_FILE", "worker.key")), make=init, as_json=as_json)
        return
    with _settings() as settings:
        from seattle.clearinghouse.worker.main import check_keys  # noqa: PLC0415 - needs Django

        key_id = check_keys(settings)
        if check:
            if as_json:
                print_json({"id": key_id, "brokers": settings.brokers})
            else:
                say(f"the settings and the keys of {key_id} can be used")
            return
        os.umask(0o077)

        def ready(told: "Ready") -> None:
            line = {"id": told.key_id, "enrolment": told.enrolment}
            if as_json:
                print_json(line)
            elif told.enrolment:
                print(told.enrolment, flush=True)
            _tell(ready_fd, line)

        asyncio.run(_work(settings, parent=exit_with_parent_fd, ready=ready))


def _tell_key(path: Path, *, make: bool, as_json: bool) -> None:
    from seattle.identity.errors import IdentityError  # noqa: PLC0415 - not for --help
    from seattle.identity.files import load_key_pair, save_key_pair  # noqa: PLC0415 - as above
    from seattle.identity.keys import KeyPair  # noqa: PLC0415 - as above

    with reporting(IdentityError):
        if make and path.exists():
            raise WrongUsage(f"{path} is there already, and never replaced: --show-key prints its id")
        if not make and not path.exists():
            raise WrongUsage(f"there is no key {path} yet: `seattle clearinghouse worker --init` makes it")
        if make:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            save_key_pair(path, KeyPair.generate(), comment="seattle clearinghouse worker")
            say(f"wrote {path}: keep a copy where nobody finds it; without it all donated vessels are lost")
        key = load_key_pair(path)
        if as_json:
            print_json({"id": key.id, "key_file": str(path)})
        else:
            print(key.id)
        if make:
            say(f"hint: tell the site: SEATTLE_SITE_WORKER_KEY={key.id}")


@contextmanager
def _settings() -> "Iterator[WorkerSettings]":
    """The worker's settings, with Django set up, and errors of operators' making told in a line."""
    need_site()
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - see above
    from django.db import DatabaseError  # noqa: PLC0415 - see above

    from seattle.clearinghouse.config import BadSiteSettings  # noqa: PLC0415 - see above
    from seattle.clearinghouse.start import start  # noqa: PLC0415 - see above
    from seattle.clearinghouse.worker.config import BadWorkerSettings, load_worker_settings  # noqa: PLC0415 - see above
    from seattle.fabric.errors import FabricError  # noqa: PLC0415 - see above
    from seattle.identity.errors import IdentityError  # noqa: PLC0415 - see above

    expected = (BadSiteSettings, BadWorkerSettings, ImproperlyConfigured, DatabaseError, FabricError, IdentityError)
    with reporting(*expected):
        settings = load_worker_settings()
        start()
        from seattle.clearinghouse.condition import missing_migrations  # noqa: PLC0415 - needs Django
        from seattle.clearinghouse.logs import configure_logs  # noqa: PLC0415 - as above

        configure_logs()
        if missing := missing_migrations():
            raise WrongUsage(f"{len(missing)} {MIGRATE_FIRST}")
        yield settings


async def _work(settings: "WorkerSettings", *, parent: int | None, ready: "Callable[[Ready], None]") -> None:
    from seattle.clearinghouse.worker.main import work  # noqa: PLC0415 - needs Django

    loop, until = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, until.set)
    if parent is not None:
        os.set_inheritable(parent, False)  # noqa: FBT003 - the standard library's signature
        loop.add_reader(parent, _listen_to_parent, parent, until)
    await work(settings, until=until, ready=ready)


def _listen_to_parent(fd: int, until: asyncio.Event) -> None:
    """It is its silence that we wait for."""
    if not os.read(fd, 4096):
        asyncio.get_running_loop().remove_reader(fd)
        until.set()


def _tell(fd: int | None, line: dict[str, str]) -> None:
    if fd is not None:
        import json  # noqa: PLC0415 - for this alone

        os.write(fd, json.dumps(line).encode() + b"\n")
        os.close(fd)
