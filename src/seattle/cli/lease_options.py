"""What `seattle renew` and `seattle release` share: naming vessels that a site has given us, and what came of each."""

import os
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from seattle.cli.console import WrongUsage, print_json, say
from seattle.cli.vessel_options import ask_passphrase, finish
from seattle.client import Failure, Results, Success
from seattle.client.errors import NoSuchVessel
from seattle.client.given import discard, given_by_environment
from seattle.client.profile import find_profile
from seattle.client.site.vessels import Changed, Lease, SiteVessels, place_of

NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="NODE/VESSEL", help="Which vessels; a node may be cut short, and * and ? work."),
]
AllOption = Annotated[bool, typer.Option("--all", help="All of your vessels.")]


def site_of(profile: str | None) -> SiteVessels:
    """The site of a profile, or of the environment. Nodes need not be asked for what only it decides."""
    given = given_by_environment(profile, os.environ)
    if not given:
        found = find_profile(profile)
        return SiteVessels.of(found, found.load_key(ask_passphrase))
    key, found = given.load_key(ask_passphrase), given.to_profile()
    try:
        return SiteVessels.of(found, key)
    finally:
        discard(found.folder)


def change(
    site: SiteVessels, names: Sequence[str] | None, ask: Callable[[list[str] | None], Changed], *, everything: bool
) -> tuple[Changed, Results[None]]:
    """Have the site do something with the vessels that the command line names; what came of it for each.

    Raises WrongUsage, NoSuchVessel, SiteError.
    """
    if bool(names) == everything:
        raise WrongUsage("name the vessels, or say --all")
    changed = ask(None if everything else _handles(site.leases(), names or []))
    gone = NoSuchVessel("it is not yours any more")
    failed = [Failure.of(place_of(handle), gone) for handle in changed.skipped]
    return changed, Results([*(Success(place_of(handle), None) for handle in changed.done), *failed])


def finish_all(what: str, results: Results[None], *, as_json: bool, facts: dict[str, object]) -> None:
    """Tell the results, and end the command. That there was nothing to do is no failure."""
    if results:
        finish(what, results, as_json=as_json, facts=lambda _: facts)
    if as_json:
        print_json([])
    say("note: you hold no vessel")


def _handles(leases: Sequence[Lease], names: Sequence[str]) -> list[str]:
    chosen: dict[str, None] = {}
    for name in names:
        # The site's own handles have a colon.
        found = [lease.handle for lease in leases if lease.place.matches(name.replace(":", "/"))]
        if not found:
            raise NoSuchVessel(f"you hold no vessel {name}", hint="`seattle vessels` lists those that you hold")
        chosen.update(dict.fromkeys(found))
    return list(chosen)
