"""What owners decide about their vessels."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from seattle.client import Results, Vessel
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.shell.call import Call
from seattle.shell.command_table import Command
from seattle.shell.errors import Unfit
from seattle.shell.report import ask, tell

MOST_WORDS: Final = 256  # characters


async def set_users(call: Call) -> None:
    """Set who may use the vessels, besides their owners."""
    users = tuple(call.session.identities.get(name).public.id for name in call.many("IDENTITY"))
    await _change(call, "users", lambda group: group.set_users(users), lambda was: replace(was, users=users))


async def set_owner(call: Call) -> None:
    """Give the vessels to somebody else."""
    owner = call.session.identities.get(call.text("IDENTITY")).public.id
    await _change(
        call,
        "owner",
        lambda group: group.set_owner(owner),
        lambda was: replace(was, owner=owner, owner_information="", advertise=True),
    )


async def set_owner_information(call: Call) -> None:
    """Set the owner's words about the vessels."""
    words = call.text("TEXT")
    if len(words) > MOST_WORDS:
        raise Unfit(f"these are {len(words)} characters: {MOST_WORDS} are kept", hint="say it in fewer words")
    await _change(
        call,
        "ownerinfo",
        lambda group: group.set_owner_information(words),
        lambda was: replace(was, owner_information=words),
    )


async def set_advertise(call: Call) -> None:
    """Set whether the directory tells of the vessels."""
    advertise = call.switch("STATE")
    await _change(
        call,
        "advertise",
        lambda group: group.set_advertise(advertise=advertise),
        lambda was: replace(was, advertise=advertise),
    )


async def _change(
    call: Call,
    prefix: str,
    change: Callable[[AsyncVesselGroup], Awaitable[Results[None]]],
    changed: Callable[[Vessel], Vessel],
) -> None:
    """Have it done, remember where it was, and tell."""
    results = await ask(call, change, doing=f"setting {prefix}")
    done = {one.vessel for one in results.ok}
    for known in call.target:
        if known.vessel.place in done:
            call.session.targets.told(changed(known.vessel))
    tell(call.session, prefix, results)


COMMANDS: Final = (
    Command(
        "set users|user [IDENTITY...]",
        set_users,
        "Set who may use the vessels, besides their owners.",
        details="They are in place of all who might until now. Without any, only the owner may. Only the owner of a "
        "vessel can do this.",
        examples=(
            ("on browsegood set users joe jane", "these two may, and nobody else"),
            ("on browsegood set users", "nobody but the owner"),
        ),
    ),
    Command(
        "set owner IDENTITY",
        set_owner,
        "Give the vessels to somebody else.",
        details="Users and what runs stay; the owner's words are emptied, and the vessels are advertised. Only the "
        "owner of a vessel can do this, and not take it back.",
        examples=(("on %1 set owner jane", "it is jane's from then on"),),
    ),
    Command(
        "set ownerinfo TEXT...",
        set_owner_information,
        "Set the owner's words about the vessels.",
        details=f"At most {MOST_WORDS} characters. Only the owner of a vessel can do this.",
        examples=(("on %1 set ownerinfo measures till May", "`list` shows it"),),
    ),
    Command(
        "set advertise STATE:SWITCH",
        set_advertise,
        "Set whether the directory tells of the vessels: on or off.",
        details="Of one that is not advertised `browse` knows nothing; `contact` finds it all the same. Only the owner "
        "of a vessel can do this.",
        examples=(("on %1 set advertise off", "it is not found by `browse`"),),
    ),
)
