"""`seattle node`: set a node up (`node_init.py`), check it, be it, look at it (`node_views.py`), and command it."""

import typer

from seattle.cli import node_donor, node_policy, node_views
from seattle.cli.console import Json, print_json, reporting, say
from seattle.cli.node_init import benchmark, init
from seattle.cli.node_journal import journal
from seattle.cli.node_option import SettingsFile
from seattle.cli.node_page import page
from seattle.cli.node_run import AS_IT_COMES, run
from seattle.cli.node_stop import stop
from seattle.cli.plain_group import PlainGroup
from seattle.identity.errors import IdentityError
from seattle.node.daemon import first_vessels
from seattle.node.donor.policy import load_policy
from seattle.node.errors import NodeError
from seattle.node.settings import DEFAULT_SETTINGS, load_settings
from seattle.node.vesselinfo import read_vesselinfo

# Locals of a frame may be keys: a traceback must not show them.
app = typer.Typer(
    cls=PlainGroup,
    add_completion=False,
    name="node",
    help="Donate a part of this computer: set a node up, run it, and see what it does.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,
)


app.command("benchmark")(benchmark)
app.command("init")(init)
app.command("run", context_settings=AS_IT_COMES)(run)
app.command("status")(node_views.status)
app.command("vessels")(node_views.vessels)
app.command("pause")(node_donor.pause)
app.command("snooze")(node_donor.snooze)
app.command("resume")(node_donor.resume)
app.command("drain")(node_donor.drain)
app.command("stop")(stop)
app.add_typer(node_policy.app)
app.command("journal")(journal)
app.command("page")(page)


@app.command()
def check(settings: SettingsFile = DEFAULT_SETTINGS, *, as_json: Json = False) -> None:
    """Look at a node's settings and say what is wrong with them."""
    with reporting(NodeError, IdentityError):
        loaded = load_settings(settings)
        first_vessels(read_vesselinfo(loaded.vesselinfo_file), loaded)
        load_policy(loaded.policy_file)
        if as_json:
            print_json({"ok": True, "folder": str(loaded.folder)})
        else:
            say(f"{settings} is fine")
