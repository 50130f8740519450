"""Modules: which there are, and which of them are wanted. These commands can't be disabled."""

from typing import Final

from seattle.shell.call import Call
from seattle.shell.command_table import Command, Shelf
from seattle.shell.help_pages import module_page
from seattle.shell.modules.errors import ModuleBroken
from seattle.shell.modules.installed import OURS, Installed
from seattle.shell.modules.manager import State
from seattle.shell.session import Session
from seattle.shell.tables import show_table


async def show_modules(call: Call) -> None:
    """List the modules that are installed."""
    modules = call.session.modules
    rows = [
        (name, modules.state(name).value, _about(call.session, one), one.package)
        for name, one in sorted(modules.installed.items())
    ]
    show_table(call.session, ("Module", "State", "What it is", "Package"), rows)


async def enable(call: Call) -> None:
    """Have a module, from now on."""
    await call.session.modules.enable(call.session, call.text("MODULE"))


async def disable(call: Call) -> None:
    """Do without a module, from now on."""
    await call.session.modules.disable(call.session, call.text("MODULE"))


async def module_help(call: Call) -> None:
    """Tell what a module is for, and its commands."""
    name = call.text("MODULE")
    call.session.show(module_page(name, call.session.modules.module(name)))
    if (state := call.session.modules.state(name)) is not State.ENABLED:
        call.session.note(f"note: it is {state.value}; `enable {name}` brings its commands, or tells why it can't")


def _about(session: Session, one: Installed) -> str:
    """What a module is, without running anything of a stranger's that the user has not enabled."""
    if one.package != OURS and one.name not in session.modules.enabled:
        return one.about_package
    try:
        return session.modules.module(one.name).summary
    except ModuleBroken as why:
        return str(why)


COMMANDS: Final = (
    Command(
        "show modules",
        show_modules,
        "List the modules that are installed, and which are enabled.",
        details="Modules bring commands. Some come with the shell; others are Python packages, installed beside it. "
        "One that is left out is broken, or in the way of another: `enable` tells why.",
        shelf=Shelf.EXTENDED,
    ),
    Command(
        "enable MODULE",
        enable,
        "Have a module's commands, now and whenever the shell starts.",
        examples=(("enable factoids", "be told something at each start"),),
        shelf=Shelf.EXTENDED,
    ),
    Command(
        "disable MODULE",
        disable,
        "Do without a module, now and whenever the shell starts.",
        details="Its commands and what it remembers are gone until it is enabled again.",
        examples=(("disable factoids", "start without a word"),),
        shelf=Shelf.EXTENDED,
    ),
    Command(
        "modulehelp MODULE",
        module_help,
        "Tell what a module is for, and list its commands.",
        examples=(("modulehelp clearinghouse", "how vessels are gotten and given back"),),
        shelf=Shelf.EXTENDED,
    ),
)
