"""`seattle renew`: keep vessels for longer."""

from typing import Final

from seattle.cli.console import Json, counted, say
from seattle.cli.lease_options import AllOption, NamesArgument, change, finish_all, site_of
from seattle.cli.vessel_options import ProfileOption, reporting

EXAMPLES: Final = (
    ("seattle renew --all", "all of them"),
    ("seattle renew UAB/v1", "one"),
)


def renew(
    names: NamesArgument = None,
    *,
    everything: AllOption = False,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Keep vessels for the longest time that the testbed's site allows, counted from now."""
    with reporting():
        site = site_of(profile)
        changed, results = change(site, names, site.renew, everything=everything)
        until = changed.expires_at
        if changed.done and until is not None:
            are = "is" if len(changed.done) == 1 else "are"
            say(f"note: {counted(len(changed.done), 'vessel')} {are} yours until {until:%Y-%m-%d %H:%M %Z}")
        finish_all("were not renewed", results, as_json=as_json, facts={"expires_at": until and until.isoformat()})
