"""What is known of vessels: whose they are, and what their owners say of them; what was heard last, at once."""

from collections.abc import Callable
from typing import Final

from seattle.shell.call import Call
from seattle.shell.command_table import Command
from seattle.shell.reasons import on_one_line
from seattle.shell.targets import Known

_KEY: Final = 56  # characters of a key
_LONGEST_KEY: Final = 15  # characters of a key that has no name here


async def show_users(call: Call) -> None:
    """Show who may use each vessel besides its owner."""
    _show_each(call, lambda one: " ".join(_name(call, user) for user in one.vessel.users) or "(no keys)")


async def show_owner(call: Call) -> None:
    """Show whose each vessel is."""
    names = call.session.identities
    _show_each(call, lambda one: " ".join(filter(None, (names.name_of(one.vessel.owner), _key(one.vessel.owner)))))


async def show_owner_information(call: Call) -> None:
    """Show what the owner says of each vessel."""
    _show_each(call, lambda one: repr(one.vessel.owner_information))


async def show_advertise(call: Call) -> None:
    """Show whether the directory tells of each vessel."""
    _show_each(call, lambda one: "on" if one.vessel.advertise else "off")


def _show_each(call: Call, words: Callable[[Known], str]) -> None:
    for one in call.target:
        call.session.show(f"{one.vessel} {words(one)}")


def _name(call: Call, key_id: str) -> str:
    """The identity's name if it has one here, else the beginning of the key."""
    return call.session.identities.name_of(key_id) or _key(key_id)[:_LONGEST_KEY]


def _key(key_id: str) -> str:
    """A key as its node tells it, on one line: a node is free to lie."""
    return on_one_line(key_id, most=_KEY)


_CACHED: Final = "This is what was heard last: `update` asks anew."

COMMANDS: Final = (
    Command(
        "show users|user",
        show_users,
        "Show who may use the vessels, besides their owners.",
        details=f"Keys that have a name here are shown by it. {_CACHED}",
        examples=(("on browsegood show users", "a line for each vessel"),),
    ),
    Command(
        "show owner|owners",
        show_owner,
        "Show whose the vessels are.",
        details=_CACHED,
        examples=(("on browsegood show owner", "a line for each vessel"),),
    ),
    Command(
        "show ownerinfo",
        show_owner_information,
        "Show what owners say of their vessels.",
        details=_CACHED,
        examples=(("on browsegood show ownerinfo", "a line for each vessel"),),
    ),
    Command(
        "show advertise",
        show_advertise,
        "Show whether the directory tells of the vessels.",
        details=_CACHED,
        examples=(("on browsegood show advertise", "on or off for each"),),
    ),
)
