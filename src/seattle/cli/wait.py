"""`seattle wait`: wait until programs have ended."""

from typing import Annotated, Final

import msgspec
import typer

from seattle.cli.console import Json, print_json, tell_failures
from seattle.cli.progress import waiting_line
from seattle.cli.tables import print_table
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, exit_code, reporting, result_facts
from seattle.client import Verdict, went_well
from seattle.client.errors import NoSuchVessel
from seattle.client.outcomes import in_words

EXAMPLES: Final = (
    ("seattle run --detach hello.py && seattle wait", "start it everywhere, and wait until all have ended"),
    ("seattle wait --timeout 60", "for a minute at most; what runs then, runs on"),
)


def wait(
    *,
    timeout: Annotated[float | None, typer.Option(min=0, metavar="SECONDS", help="Wait no longer than this.")] = None,
    on: OnOption = None,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Wait until the programs in your vessels have ended, and show how.

    Vessels that never ran anything are left out; where nodes start a program again, it is the run of now that counts.
    Exit code 0: all ended well, 3: some, 1: none, or not in time.
    """
    with reporting(), chosen_vessels(profile, on) as vessels:
        ran = vessels.filter(lambda vessel: vessel.run > 0)
        if not ran:
            raise NoSuchVessel("nothing has run in these vessels", hint="`seattle run PROGRAM` runs something")
        attached = ran.attach()
        with waiting_line(attached):
            results = attached.wait(timeout)
        if as_json:
            print_json([result_facts(one, lambda end: {"outcome": msgspec.to_builtins(end)}) for one in results])
        elif results.ok:
            print_table(["vessel", "ended"], [[str(one.vessel), in_words(one.value)] for one in results.ok])
        failed = [(one.vessel, one.message) for one in results.failed]
        tell_failures("vessels did not tell an end", failed, of=len(results))
        good = {one.vessel for one in results.ok if went_well(one.value)}
        raise typer.Exit(exit_code(Verdict.of(one.vessel in good for one in results)))
