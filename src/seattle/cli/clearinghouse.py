"""`seattle clearinghouse`: run the site, and look after it.

Its settings are in the environment (`SEATTLE_SITE_...`). Django is imported by the command that needs it, once they
were read: not by `--help`.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer

from seattle.cli.clearinghouse_worker import worker
from seattle.cli.console import ExitCode, Json, WrongUsage, print_json, reporting, say
from seattle.cli.plain_group import PlainGroup
from seattle.cli.site_extra import MIGRATE_FIRST, need_site

if TYPE_CHECKING:
    from seattle.clearinghouse.config import SiteSettings

DEFAULT_PORT: Final = 8000
DEBUG_BANNER: Final = "warning: SEATTLE_SITE_DEBUG is on: errors show secrets; never let strangers reach this site"

# Locals of a frame may be passwords: a traceback must not show them.
app = typer.Typer(
    cls=PlainGroup,
    name="clearinghouse",
    help="Run the site that hands out vessels, and look after it.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class NotReady(Exception):  # noqa: N818 - named for what went wrong, as other families are
    """The site can't do this now; the text says why and what helps."""


@app.command()
def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on; a proxy in front does HTTPS.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="TCP port; 0 for any.")] = DEFAULT_PORT,
    processes: Annotated[int, typer.Option(min=1, max=64, help="How many processes serve.")] = 1,
    migrate_first: Annotated[bool, typer.Option("--migrate", help="Make the tables, or bring them up, first.")] = False,
    exit_with_parent_fd: Annotated[
        int | None, typer.Option(metavar="FD", help="End when the other end of this descriptor is closed.")
    ] = None,
    ready_fd: Annotated[
        int | None, typer.Option(metavar="FD", help="Write the address to this descriptor once it is served.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Serve the site until Ctrl-C or SIGTERM. Print its address."""
    with _site(keep_secret=True) as site:
        from seattle.clearinghouse.condition import missing_migrations  # noqa: PLC0415 - needs Django
        from seattle.clearinghouse.server import listen  # noqa: PLC0415 - as above
        from seattle.clearinghouse.server import serve as serve_on  # noqa: PLC0415 - as above

        if migrate_first:
            _migrate(site)
        elif missing := missing_migrations():
            raise NotReady(f"{len(missing)} {MIGRATE_FIRST}")
        if site.debug:
            say(DEBUG_BANNER)
        if not site.worker_key:
            say("warning: no SEATTLE_SITE_WORKER_KEY: nobody can donate")
        with listen(host, port) as listener:
            address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}/"

            def ready() -> None:
                if as_json:
                    print_json({"address": address, "url": site.url})
                else:
                    print(address, flush=True)
                if ready_fd is not None:
                    os.write(ready_fd, f"{address}\n".encode())
                    os.close(ready_fd)

            _compare(site.url, address)
            serve_on(listener, processes=processes, lifeline=exit_with_parent_fd, ready=ready)


def _compare(told: str, address: str) -> None:
    """Warn if users are told another port of this computer than the one that is served: nobody could sign in."""
    there, here = urlsplit(told), urlsplit(address)
    if there.scheme == "http" and there.hostname == here.hostname and there.port != here.port:
        say(f"warning: users are told {told}, and this is {address}: set SEATTLE_SITE_URL={address.rstrip('/')}")


@app.command()
def migrate(*, as_json: Json = False) -> None:
    """Make the database's tables, or bring them up to this version."""
    with _site(keep_secret=True) as site:
        done = _migrate(site)
        if as_json:
            print_json({"done": done})
        else:
            say(f"{len(done)} migrations were done" if done else "the tables are up to date")


@app.command()
def createadmin(
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="3 to 30 letters, digits or underscores.")],
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="A mail address.")],
    *,
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Read the password there (-: from stdin); else it is asked for.")
    ] = None,
) -> None:
    """Make an account that may see and do everything, or make an existing one such."""
    with _site(keep_secret=True) as site:
        from seattle.clearinghouse.admins import make_admin  # noqa: PLC0415 - needs Django
        from seattle.clearinghouse.condition import missing_migrations  # noqa: PLC0415 - as above

        if missing := missing_migrations():  # before anybody is asked for a password
            raise NotReady(f"{len(missing)} {MIGRATE_FIRST}")
        made = make_admin(username, email, _password(password_file))
        say(f"{username} {'was made' if made else 'has a new password'}, and is an administrator now")
        say(f"hint: sign in at {site.origin}/account/login/ and set up the second factor there: the desk asks for it")


@app.command()
def check(*, as_json: Json = False) -> None:
    """Look at everything that the site needs; the exit code is 1 if something is missing."""
    with _site():
        from msgspec import to_builtins  # noqa: PLC0415 - not for --help

        from seattle.clearinghouse.checkup import check_up  # noqa: PLC0415 - needs Django
        from seattle.clearinghouse.condition import State, lines, worst  # noqa: PLC0415 - as above

        found = check_up()
        state = worst(found)
        if as_json:
            print_json(to_builtins({"state": state, "parts": found}))
        else:
            for line in lines(found):
                print(line)
    if state is State.FAILED:
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def backup(file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")]) -> None:
    """Copy the database into a file, while the site runs. Settings and keys are not in it: copy those, too."""
    with _site():
        from seattle.clearinghouse.backups import back_up  # noqa: PLC0415 - needs Django

        back_up(file)
        say(f"wrote {file}, of {file.stat().st_size} bytes; it tells who has what: keep it as you keep the database")


@app.command()
def restore(file: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` wrote.")]) -> None:
    """Fill a new, empty database from a backup."""
    with _site(keep_secret=True):
        from seattle.clearinghouse.backups import restore as fill  # noqa: PLC0415 - needs Django

        fill(file)
        say("restored; `seattle clearinghouse migrate` brings it up to this version, and `check` looks at it")


@app.command()
def cleaninstallers(
    *,
    purge: Annotated[
        bool,
        typer.Option("--purge", help="Forget all builds, too: their pages are gone, and they set up no node more."),
    ] = False,
) -> None:
    """Delete the installers that are kept as files. They are made again when somebody asks for them."""
    with _site():
        from seattle.clearinghouse.builds import installers, services  # noqa: PLC0415 - needs Django

        if purge:
            say(f"forgot {services.purge()} builds")
        say(f"deleted {installers.clean()} installers")


app.command("worker")(worker)


def _migrate(site: "SiteSettings") -> list[str]:
    """Do all migrations that are missing; those."""
    from django.core.management import call_command  # noqa: PLC0415 - needs Django's settings

    from seattle.clearinghouse.condition import missing_migrations  # noqa: PLC0415 - as above

    site.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    missing = missing_migrations()
    call_command("migrate", interactive=False, verbosity=0)
    return missing


@contextmanager
def _site(*, keep_secret: bool = False) -> Iterator["SiteSettings"]:
    """The site's settings, with Django set up, and errors of operators' making told in a line."""
    need_site()
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - see above
    from django.db import DatabaseError  # noqa: PLC0415 - see above

    from seattle.clearinghouse.config import BadSiteSettings  # noqa: PLC0415 - see above
    from seattle.clearinghouse.errors import ClearinghouseError  # noqa: PLC0415 - see above
    from seattle.clearinghouse.start import start  # noqa: PLC0415 - see above

    with reporting(BadSiteSettings, ImproperlyConfigured, DatabaseError, ClearinghouseError, NotReady):
        yield start(keep_secret=keep_secret)


def _password(file: Path | None) -> str:
    with reporting():
        if file is None:
            if not sys.stdin.isatty():
                raise WrongUsage("there is no terminal to ask for a password at: give --password-file FILE (-: stdin)")
            return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
        text = sys.stdin.readline() if str(file) == "-" else file.read_text(encoding="utf-8")
        return text.rstrip("\r\n")
