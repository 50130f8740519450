"""`repy limits`: the resources that a program would have, in the form of a restrictions file."""

import json

from seattle.repy.cli.options import Command, Option, UsageError
from seattle.repy.cli.people import reason
from seattle.repy.cli.restrictions_file import read_text
from seattle.resources.defaults import REPY_DEFAULT
from seattle.resources.errors import ResourceError
from seattle.resources.overrides import override
from seattle.resources.restrictions import Restrictions, format_restrictions, parse_restrictions

COMMAND = Command(
    "repy limits",
    "repy limits [--restrictions FILE] [--limit NAME=VALUE ...] [--json]",
    "Print the resources that a program gets with these options, as a file for --restrictions.",
    (
        Option("--restrictions", "FILE", "begin with these (default: what repy run gives by default)"),
        Option("--limit", "NAME=VALUE", "change one, such as memory=64M, cpu=0.1 or connport=63100-63109", many=True),
        Option("--json", "", "print one JSON object"),
    ),
)


def main(words: list[str]) -> int:
    """Print them. Raises UsageError for what is no resource or no amount."""
    chosen = COMMAND.read(words)
    if chosen.words:
        raise COMMAND.wrong(f"repy limits takes no {chosen.words[0]!r}")
    try:
        restrictions = Restrictions(REPY_DEFAULT)
        if chosen.has("--restrictions"):
            name = chosen.get("--restrictions")
            restrictions = parse_restrictions(read_text(name), name)
        vector = override(restrictions.vector, chosen.all("--limit"))
    except (OSError, ResourceError) as why:
        raise UsageError(reason(why)) from why
    if chosen.has("--json"):
        print(json.dumps(vector.to_mapping()))
    else:
        print(format_restrictions(Restrictions(vector, restrictions.call_lines)), end="")
    return 0
