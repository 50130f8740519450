"""`seattle logs`: show what programs have written."""

from typing import Annotated, Final

import typer

from seattle.cli.console import Json, WrongUsage, print_json, tell_failures
from seattle.cli.folded_lines import FoldedLines
from seattle.cli.following import look_on
from seattle.cli.live_lines import LinePrinter
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, exit_code, reporting, result_facts
from seattle.client import Failure, Results, Verdict
from seattle.client.lines import LineMaker

EXAMPLES: Final = (
    ("seattle logs", "what there is now"),
    ("seattle logs --fold", "what many vessels wrote the same only once"),
    ("seattle logs --follow --on UAB/v1", "of one vessel, until its program has ended"),
)


def logs(
    *,
    on: OnOption = None,
    profile: ProfileOption = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until all programs have ended, and are not started again.")
    ] = False,
    fold: Annotated[bool, typer.Option("--fold", help="Show what many vessels wrote the same only once.")] = False,
    as_json: Json = False,
) -> None:
    """Show what programs have written, as far as it is kept."""
    with reporting(), chosen_vessels(profile, on) as vessels:
        if follow and fold:
            raise WrongUsage("--follow shows lines as they come, so it can't be combined with --fold")
        if follow:
            attached = vessels.attach()
            look_on(attached, as_json=as_json)
            lost = [end for end in attached.outcomes.values() if isinstance(end, Failure)]
            tell_failures("logs were not read to the end", [(one.vessel, one.message) for one in lost], of=len(vessels))
            raise typer.Exit(exit_code(Verdict.of([*[False] * len(lost), *[True] * (len(vessels) - len(lost))])))
        results = vessels.logs()
        if as_json:
            print_json([result_facts(one, lambda log: {"text": log.decode(errors="replace")}) for one in results])
        else:
            _print_lines(results, fold=fold)
        failed = [(one.vessel, one.message) for one in results.failed]
        tell_failures("logs could not be read", failed, of=len(results))
        raise typer.Exit(exit_code(Verdict.of(not isinstance(one, Failure) for one in results)))


def _print_lines(results: Results[bytes], *, fold: bool) -> None:
    places = [one.vessel for one in results.ok]
    printer = FoldedLines(places, as_json=False) if fold else LinePrinter(places, as_json=False)
    for one in results.ok:
        maker = LineMaker(one.vessel, None)
        for line in [*maker.feed(0, one.value), *maker.finish()]:
            printer.show(line)
    if isinstance(printer, FoldedLines):
        printer.finish()
