"""Starting a shell."""

import asyncio
from collections.abc import Sequence

from rich.console import Console

from seattle.client.profile import Profile, find_profile
from seattle.shell.command_table import CommandTable
from seattle.shell.commands import BUILT_IN_COMMANDS
from seattle.shell.connections import Connections
from seattle.shell.errors import EXPECTED
from seattle.shell.identities import Identity
from seattle.shell.session import Session


def new_session(profile: Profile, *, out: Console, notes: Console) -> Session:
    """A shell that knows the key of its profile, and no vessels."""
    session = Session(Connections(profile), CommandTable(BUILT_IN_COMMANDS), out, notes)
    pair = profile.load_key()
    session.identities.add(Identity(profile.folder.name, pair.public, pair))
    return session


async def run_lines(session: Session, lines: Sequence[str]) -> int:
    """Do these lines until one fails; the exit code."""
    try:
        await session.modules.start(session)
        for line in lines:
            await session.do(line)
    except EXPECTED as why:
        session.complain(why)
        return 1
    finally:
        await session.close()
    return 0


def start(arguments: Sequence[str]) -> int:
    """Do the command line's lines."""
    session = new_session(find_profile(), out=Console(), notes=Console(stderr=True))
    return asyncio.run(run_lines(session, arguments))
