"""For whom and at what: for one command, or from now on."""

from typing import Final

from seattle.shell.call import Call
from seattle.shell.command_table import Command
from seattle.shell.errors import NotUnderstood


async def as_identity(call: Call) -> None:
    """Do a command in somebody's name, or make it the default."""
    name = call.session.identities.get(call.text("NAME")).name
    if words := _behind(call, "as"):
        await call.session.perform(words, identity_name=name, target_name=call.target_name)
    else:
        call.session.identity_name = name


async def on_target(call: Call) -> None:
    """Do a command at some vessels, or make them the default."""
    name = call.text("TARGET")
    call.session.targets.resolve(name)
    if words := _behind(call, "on"):
        await call.session.perform(words, identity_name=call.identity_name, target_name=name)
    else:
        call.session.target_name = name


def _behind(call: Call, prefix: str) -> tuple[str, ...]:
    words = call.many("COMMAND")
    if words[:1] == (prefix,):
        raise NotUnderstood(f"`{prefix}` stands here twice", hint=f"write it once: `{' '.join(words)}`")
    return words


COMMANDS: Final = (
    Command(
        "as NAME:IDENTITY [COMMAND...]",
        as_identity,
        "Do a command in the name of an identity, or all from now on.",
        details="A vessel is always asked in the name with which it was found; `as` says in whose name vessels are "
        "looked for, gotten and given back, and whose key protects saved state.",
        examples=(
            ("as joe browse", "find joe's vessels"),
            ("as joe", "be joe from now on; the prompt says so"),
        ),
    ),
    Command(
        "on TARGET [COMMAND...]",
        on_target,
        "Do a command on a target, or all from now on.",
        details="A target is a vessel's number (`%1`), its long name (`NODE/VESSEL`), a group, or `%all`.",
        examples=(
            ("on %1 show log", "the log of the first vessel that was found"),
            ("as joe on %2 stop", "both may stand before a command"),
            ("on browsegood", "from now on, commands are for this group; the prompt says so"),
        ),
    ),
)
