"""`repy walls`: which parts of the kernel wall this machine has."""

import json

from seattle.repy.cli.options import Command, Option
from seattle.repy.cli.people import say
from seattle.repy.walls import Part, WallError, advice, standing
from seattle.repy.walls.survey import survey

COMMAND = Command(
    "repy walls",
    "repy walls [--json]",
    "Show which parts of the kernel wall stand on this machine, and of those that don't what that means and what to do."
    " Exit code 1 if foreign code can't be run here.",
    (Option("--json", "", "print the parts as one JSON list"),),
)


def main(words: list[str]) -> int:
    """Print a line for each part; exit code 1 if foreign code can't be run here."""
    chosen = COMMAND.read(words)
    if chosen.words:
        raise COMMAND.wrong(f"repy walls takes no {chosen.words[0]!r}")
    try:
        parts = survey()
    except WallError as why:
        say(f"repy: error: {why}")
        return 1
    if chosen.has("--json"):
        print(json.dumps([_facts(part) for part in parts]))
    else:
        width = max(len(part.name) for part in parts)
        for part in parts:
            print(f"{part.name:{width}}  {part.state.value:6}  {part.detail}")
            if advised := advice(part):
                print(f"{'':{width}}          without it: {advised.without}")
                print(f"{'':{width}}          remedy: {advised.remedy}")
    if standing(parts):
        return 0
    say("repy: error: a required part is missing, so foreign code is refused here")
    return 1


def _facts(part: Part) -> dict[str, str | None]:
    advised = advice(part)
    return {
        "name": part.name,
        "state": part.state.value,
        "detail": part.detail,
        "without": advised and advised.without,
        "remedy": advised and advised.remedy,
    }
