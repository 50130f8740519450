"""`seattle groups`: names for vessels that are used together."""

from typing import Annotated, Final

import typer

from seattle.cli.console import Json, print_json, say
from seattle.cli.plain_group import PlainGroup
from seattle.cli.tables import print_table
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, reporting
from seattle.client.groups import Groups
from seattle.client.profile import find_profile

app = typer.Typer(
    cls=PlainGroup,
    add_completion=False,
    name="groups",
    help="Give vessels that are used together a name, for --on: it lasts, and is this profile's.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,
)

EXAMPLES: Final = (
    ("seattle groups set web --on UAB --on UCD/v1", "these vessels are the group web"),
    ("seattle run hello.py --on web", "run a program on them"),
    ("seattle groups add web --on UEF", "and some more"),
    ("seattle groups list", "all groups"),
)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The group's name.")]


@app.command("list")
def list_groups(*, profile: ProfileOption = None, as_json: Json = False) -> None:
    """List the groups and their vessels. Nobody is asked whether those are still there: see `seattle vessels --on`."""
    with reporting():
        groups = dict(_groups(profile))
        if as_json:
            print_json({name: [f"{one.node}/{one.vessel}" for one in places] for name, places in groups.items()})
        elif groups:
            print_table(["group", "vessels"], [[name, " ".join(map(str, places))] for name, places in groups.items()])
        else:
            say("note: there is no group; `seattle groups set NAME --on UAB` makes one")


@app.command("set")
def set_group(name: NameArgument, *, on: OnOption = None, profile: ProfileOption = None) -> None:
    """Make a group of vessels, in place of one of the same name; without --on, of all that you may use."""
    with reporting(), chosen_vessels(profile, on) as vessels:
        _groups(profile)[name] = vessels


@app.command("add")
def add(name: NameArgument, *, on: OnOption = None, profile: ProfileOption = None) -> None:
    """Add vessels to a group, which is made if there is none."""
    with reporting(), chosen_vessels(profile, on) as vessels:
        _groups(profile).add(name, vessels)


@app.command("remove")
def remove(name: NameArgument, *, on: OnOption = None, profile: ProfileOption = None) -> None:
    """Take vessels out of a group. They stay yours."""
    with reporting(), chosen_vessels(profile, on) as vessels:
        _groups(profile).remove(name, vessels)


@app.command("delete")
def delete(name: NameArgument, *, profile: ProfileOption = None) -> None:
    """Forget a group. Its vessels stay yours."""
    with reporting():
        del _groups(profile)[name]


def _groups(profile: str | None) -> Groups:
    return Groups(find_profile(profile).folder)
