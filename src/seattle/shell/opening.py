"""Making a session: what a shell knows before its first line. Everything that takes long to import hangs on this."""

from rich.console import Console

from seattle.client.errors import ProfileError
from seattle.client.profile import Profile, find_profile
from seattle.identity.errors import IdentityError
from seattle.shell.command_table import CommandTable
from seattle.shell.commands import BUILT_IN_COMMANDS
from seattle.shell.connections import Connections
from seattle.shell.identities import AskPassphrase, Identities, nobody_to_ask, read_identity, usable_name
from seattle.shell.session import Session


def open_session(which: str | None, *, ask: AskPassphrase) -> Session:
    """A shell for a profile (None: the user's choice), which may be missing or broken: those who need it are told."""
    return new_session(_profile(which), out=Console(), notes=Console(stderr=True), ask=ask)


def new_session(
    profile: Profile | ProfileError, *, out: Console, notes: Console, ask: AskPassphrase = nobody_to_ask
) -> Session:
    """A shell that knows the key of its profile, and no vessels."""
    identities = Identities(ask)
    connections = Connections(profile, identities.pair_of)
    session = Session(connections, CommandTable(BUILT_IN_COMMANDS), out, notes, identities)
    if isinstance(profile, Profile):
        name = profile.folder.name
        try:
            identities.add(read_identity(profile.key_file, name if usable_name(name) else "profile"))
        except IdentityError as why:
            session.note(f"The key of the profile can't be used: {why}")
    return session


def _profile(which: str | None) -> Profile | ProfileError:
    try:
        return find_profile(which)
    except ProfileError as why:
        return why
