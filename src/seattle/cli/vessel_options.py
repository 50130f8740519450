"""What the subcommands share that work on vessels: how to name them, how to reach them, and how to tell the results."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any, Final, Never, TypeVar

import typer

from seattle.cli import console
from seattle.cli.console import ExitCode, print_json, tell_failures
from seattle.cli.on_words import refuse_orders
from seattle.cli.recent_names import remember
from seattle.client import Failure, Results, Success, Testbed, Verdict, VesselGroup, connect
from seattle.client.errors import ClientError, NoSuchVessel
from seattle.client.places import Place
from seattle.client.profile import Profile
from seattle.client.refusals import NOT_ALLOWED
from seattle.fabric.errors import FabricError
from seattle.identity.errors import IdentityError, PassphraseNeeded

_NOT_YOURS: Final = (
    "`seattle vessels` lists those you may still use; only its owner can divide a vessel, or say whose it is:"
    " those that a site lends are the site's"
)

ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile", envvar="SEATTLE_PROFILE", metavar="NAME|DIR", help="Which testbed, and who you are there."
    ),
]


def on_option(which: str, or_else: str) -> Any:
    """The option `--on`: which vessels it names, and what else may stand there than patterns of their names."""
    how = "NODE/VESSEL, where a node may be cut short, and * and ? work"
    return typer.Option("--on", metavar="WHERE", help=f"{which}; may be given more than once. {how}; {or_else}.")


OnOption = Annotated[list[str] | None, on_option("Only these vessels", "or a group's name")]
LayerOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--layer",
        metavar="FILE",
        help="Run it beneath this security layer, a file on this computer; of several, the first is the outermost.",
    ),
]

T = TypeVar("T")


def reporting() -> AbstractContextManager[None]:
    """Turn what may be expected to go wrong into lines on stderr and an exit code."""
    return console.reporting(ClientError, FabricError, IdentityError)


@contextmanager
def chosen_vessels(profile: str | None, on: Sequence[str] | None) -> Iterator[VesselGroup]:
    """The vessels that the command line names, of a testbed that is connected meanwhile.

    What is meant and can't be had is told, and counts: a command that is otherwise done, is done in part. Raises
    NoSuchVessel if there is none.
    """
    refuse_orders(on or ())
    with connected(profile) as testbed:
        vessels = vessels_of(testbed, on or ())
        tell_lost(vessels)
        with _done_in_part_at_most(vessels) if lost(vessels) else nullcontext():
            yield vessels


@contextmanager
def _done_in_part_at_most(vessels: VesselGroup) -> Iterator[None]:
    """Of a command that does what it should on these vessels, and not on others."""
    try:
        yield
    except typer.Exit as end:
        if end.exit_code != ExitCode.DONE:
            raise
    raise typer.Exit(ExitCode.DONE_IN_PART if vessels else ExitCode.FAILED)


def how_to_get(profile: Profile) -> str:
    """What who has no vessel can do about it."""
    if profile.site_url:
        return "`seattle get 3` gets three from the testbed's site; or has an owner to give you some?"
    return "this testbed has no site that lends vessels: an owner of some can make you their user (`seattle set-users`)"


def vessels_of(testbed: Testbed, names: Sequence[str]) -> VesselGroup:
    """The vessels that these names mean, of groups or in patterns; without a name, all that we may use.

    Nodes that did not tell are said to be so. Raises NoSuchVessel if there is no vessel.
    """
    found = testbed.vessels(*names)
    if not names:
        remember(map(str, found))
    tell_unreachable(found)
    if not found and not lost(found):
        raise NoSuchVessel(
            f"there is no vessel for the key {testbed.key}",
            hint=how_to_get(testbed.profile),
        )
    return found


def lost(found: VesselGroup) -> list[Failure]:
    """The vessels of groups with a name that can't be had."""
    return [one for one in found.unreachable if one.vessel.vessel]


@contextmanager
def connected(profile: str | None) -> Iterator[Testbed]:
    """The testbed of a profile."""
    with connect(profile, passphrase=ask_passphrase) as testbed:
        yield testbed


def tell_unreachable(found: VesselGroup) -> None:
    """Say which nodes should hold vessels of ours and did not tell."""
    nodes = {vessel.node for vessel in found} | {failure.vessel.node for failure in found.unreachable}
    silent = [(failure.vessel, failure.message) for failure in found.unreachable if not failure.vessel.vessel]
    tell_failures("nodes did not tell which vessels they have", silent, of=len(nodes))


def tell_lost(found: VesselGroup) -> None:
    """Say which vessels of groups can't be had."""
    gone = [(one.vessel, one.message) for one in lost(found)]
    tell_failures("vessels can't be had", gone, of=len(gone) + len(found))


def place_facts(place: Place) -> dict[str, str]:
    """How a vessel is named in JSON."""
    return {"vessel": str(place), "node": place.node, "name": place.vessel}


def finish(
    what: str, results: Results[T], *, as_json: bool, facts: Callable[[T], dict[str, object]] = lambda _: {}
) -> Never:
    """Tell the results of something asked of vessels; `what` did not happen where it failed. Ends the command."""
    if as_json:
        print_json([result_facts(one, facts) for one in results])
    tell_failures(f"vessels {what}", [(one.vessel, one.message) for one in results.failed], of=len(results))
    if any(one.code == NOT_ALLOWED for one in results.failed):
        console.say(f"hint: {_NOT_YOURS}")
    raise typer.Exit(exit_code(Verdict.of(not isinstance(one, Failure) for one in results)))


def exit_code(verdict: Verdict) -> ExitCode:
    """What is told to the shell."""
    return {Verdict.ALL: ExitCode.DONE, Verdict.PART: ExitCode.DONE_IN_PART, Verdict.NONE: ExitCode.FAILED}[verdict]


def result_facts(one: Success[T] | Failure, facts: Callable[[T], dict[str, object]]) -> dict[str, object]:
    """What came of something asked of one vessel, in JSON; `facts` says it of the answer."""
    if isinstance(one, Failure):
        return {**place_facts(one.vessel), "ok": False, "code": one.code, "message": one.message}
    return {**place_facts(one.vessel), "ok": True, **facts(one.value)}


def ask_passphrase() -> bytes:
    """Ask for the passphrase of a profile's key. Raises PassphraseNeeded if nobody is there."""
    if not sys.stdin.isatty():
        raise PassphraseNeeded("the key of this profile is protected by a passphrase, and nobody is here to give it")
    answer: str = typer.prompt("Passphrase of your key", hide_input=True, err=True)
    return answer.encode()
