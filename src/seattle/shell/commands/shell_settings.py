"""Settings of the shell itself."""

from typing import Final

from seattle.shell.call import Call
from seattle.shell.command_table import Command, Shelf
from seattle.shell.errors import Unfit

_MOST_PATIENT: Final = 3600  # seconds
_NO_RATE: Final = (
    "there is no upload rate to be set: files go in small pieces, each of which has the time of `set timeout`"
)


async def set_timeout(call: Call) -> None:
    """How long one call to a node may take."""
    text = call.text("SECONDS")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= _MOST_PATIENT:
        raise Unfit(f"{text!r} is no time to wait", hint=f"a number of seconds, {_MOST_PATIENT} at most")
    await call.session.connections.wait_at_most(seconds)
    call.session.settings.timeout = seconds


async def show_timeout(call: Call) -> None:
    """How long one call to a node may take."""
    call.session.show(f"{call.session.settings.timeout:g}")


async def refuse_rate(_call: Call) -> None:
    """Say why there is none."""
    raise Unfit(_NO_RATE, hint="`set timeout SECONDS` for slow nodes")


async def set_show_parse(call: Call) -> None:
    """Whether lines are shown that modules have rewritten."""
    call.session.settings.show_parse = call.switch("STATE")


async def show_show_parse(call: Call) -> None:
    """Whether lines are shown that modules have rewritten."""
    call.session.show(_switch(on=call.session.settings.show_parse))


async def set_autosave(call: Call) -> None:
    """Whether the state is saved after each line."""
    call.session.settings.autosave = call.switch("STATE")
    if call.session.settings.autosave and call.session.identity_name is None:
        call.session.note("Nothing is saved before there is a default identity: `as NAME` sets one.")


async def show_autosave(call: Call) -> None:
    """Whether the state is saved after each line."""
    call.session.show(_switch(on=call.session.settings.autosave))


def _switch(*, on: bool) -> str:
    return "on" if on else "off"


COMMANDS: Final = (
    Command(
        "set timeout|timeouts SECONDS",
        set_timeout,
        "Wait longer, or not so long, for a node's answer.",
        details="For each call to a node; a file goes in pieces, each of which is a call.",
        examples=(("set timeout 30", "for nodes far away"),),
    ),
    Command("show timeout|timeouts", show_timeout, "Show for how many seconds a node's answer is waited for."),
    Command(
        "set showparse STATE:SWITCH",
        set_show_parse,
        "Show lines as modules have rewritten them, or don't.",
        examples=(("set showparse off", "no more `Parsed as: ...`"),),
    ),
    Command("show showparse", show_show_parse, "Show whether rewritten lines are shown.", shelf=Shelf.HIDDEN),
    Command(
        "set autosave STATE:SWITCH",
        set_autosave,
        "Save the state after each line, or don't.",
        details="While there is a default identity, the state is saved as `autosave_NAME` in the folder in which seash "
        "was started. If that can't be done it is told once, and autosave is off.",
        examples=(("set autosave on", "`as NAME loadstate autosave_NAME` goes on another day"),),
    ),
    Command("show autosave", show_autosave, "Show whether the state is saved after each line.", shelf=Shelf.HIDDEN),
    Command("set uploadrate|uploadrates RATE", refuse_rate, "Is not needed here.", shelf=Shelf.HIDDEN),
    Command("show uploadrate|uploadrates", refuse_rate, "Is not needed here.", shelf=Shelf.HIDDEN),
)
