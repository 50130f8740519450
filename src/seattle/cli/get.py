"""`seattle get`: get vessels from the testbed's site."""

from typing import Annotated, Final

import typer

from seattle.cli.console import ExitCode, Json, print_json, say
from seattle.cli.on_words import MOST, Kind
from seattle.cli.order_news import OrderNews
from seattle.cli.recent_names import remember
from seattle.cli.vessel_options import ProfileOption, connected, reporting, tell_unreachable
from seattle.cli.vessel_table import Leases, print_vessels, vessel_facts
from seattle.cli.where import HELP, read_where
from seattle.client import SiteError, Testbed

EXAMPLES: Final = (
    ("seattle get 3", "three vessels, anywhere"),
    ("seattle get 3 --kind wan --where country=DE --where country=FR", "in three networks of Germany and France"),
    ("seattle get 5 --least 2", "be content with two"),
    ("seattle get 1 --near 192.0.2.1 --within-ms 50", "on a node near an address"),
)


def get(
    count: Annotated[int, typer.Argument(min=1, max=MOST, metavar="N", help="How many vessels.")],
    *,
    kind: Annotated[
        Kind, typer.Option(help="wan: each in another network; lan: all in one; nat: behind NATs; random: any.")
    ] = Kind.RANDOM,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="NAME=VALUE", help=f"On such nodes only; may be given more than once: {HELP}."),
    ] = None,
    least: Annotated[
        int | None, typer.Option(min=1, metavar="M", help="Be content with so many; otherwise it is all or nothing.")
    ] = None,
    near: Annotated[str | None, typer.Option(metavar="ADDRESS", help="On nodes near this IP address.")] = None,
    within_ms: Annotated[
        float | None, typer.Option("--within-ms", metavar="MS", help="How near: an estimated round trip to --near.")
    ] = None,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Get vessels, and wait until they can be used.

    Exit code 0: all are there, 3: fewer, but as many as --least says, 1: none.
    """
    with reporting():
        filters = read_where(where or [], near=near, within_ms=within_ms)
        progress = OrderNews()
        with connected(profile) as testbed:
            found = testbed.acquire(count, kind=kind.value, where=filters, least=least, progress=progress.tell)
            leases = _leases(testbed)
        remember(map(str, found))
        if as_json:
            told = [vessel_facts(vessel, leases.get(vessel.place)) for vessel in found]
            print_json({"wanted": count, "message": progress.message, "vessels": told})
        elif found:
            print_vessels(found, leases)
        tell_unreachable(found)
        if len(found) < count:
            say(f"error: {shortage(len(found), count, progress.message)}")
            raise typer.Exit(ExitCode.DONE_IN_PART if found else ExitCode.FAILED)
        say("hint: `seattle run PROGRAM` runs a program on your vessels; `seattle renew --all` keeps them for longer")


def _leases(testbed: Testbed) -> Leases:
    try:
        return {lease.place: lease for lease in testbed.leases()}
    except SiteError:  # they are ours all the same; only the table has a column less
        return {}


def shortage(got: int, count: int, message: str) -> str:
    """How many there are, and why no more; `message` is the site's, which mostly begins with the same."""
    text = f"{got} of {count} vessels"
    if message.startswith(text):
        return message
    return f"{text} can be used now: {message}" if message else f"{text} can be used now"
