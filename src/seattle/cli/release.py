"""`seattle release`: give vessels back."""

from typing import Final

from seattle.cli.console import Json, counted, say
from seattle.cli.lease_options import AllOption, NamesArgument, change, finish_all, site_of
from seattle.cli.vessel_options import ProfileOption, reporting

EXAMPLES: Final = (
    ("seattle release --all", "all of them"),
    ("seattle release UAB/v1 'UCD/*'", "one, and all of yours on another node"),
)


def release(
    names: NamesArgument = None,
    *,
    everything: AllOption = False,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Give vessels back. What runs there is stopped, and their files and logs are deleted."""
    with reporting():
        site = site_of(profile)
        changed, results = change(site, names, site.release, everything=everything)
        if changed.done:
            given_back = len(changed.done)
            say(f"note: {counted(given_back, 'vessel')} {'was' if given_back == 1 else 'were'} given back")
        finish_all("were not given back", results, as_json=as_json, facts={})
