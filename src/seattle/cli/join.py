"""`seattle join`: make one vessel of those on the same node."""

from typing import Final

from seattle.cli.console import Json
from seattle.cli.tables import print_table
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, finish, reporting

EXAMPLES: Final = (("seattle join --on UAB/v1 --on UAB/v2", "these two; the first one's users and words stay"),)


def join(*, on: OnOption = None, profile: ProfileOption = None, as_json: Json = False) -> None:
    """Make one vessel of all of yours that are on the same node.

    Nothing may run in them, and their files and logs are deleted. Only an owner can do this.
    """
    with reporting(), chosen_vessels(profile, on) as vessels:
        results = vessels.join()
        if not as_json and results.ok:
            rows = [
                [str(one.value), ", ".join(str(each) for each in vessels if each.node == one.value.node)]
                for one in results.ok
            ]
            print_table(["vessel", "joined of"], rows)
        finish("were not joined", results, as_json=as_json, facts=lambda vessel: {"joined": str(vessel)})
