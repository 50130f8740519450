"""Where the updates of an installation come from: as its build statement says."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from seattle.installer.standalone.errors import HomeUnusable
from seattle.installer.standalone.versions import Home
from seattle.installer.statement import Updates
from seattle.node.settings import load_settings
from seattle.node.setup import SETTINGS_FILE
from seattle.updater.client import UpdateClient
from seattle.updater.roles import Channel


class _Build(msgspec.Struct, frozen=True):
    """What is needed here of a build statement, also of one that a later version has written."""

    updates: Updates | None = None


@dataclass(frozen=True)
class UpdateSource:
    """One channel of one repository."""

    url: str
    channel: Channel
    root: bytes  # that came with the installation
    cache: Path
    ca_file: Path | None

    def client(self, *, cache: Path | None = None) -> UpdateClient:
        """Who follows it. `cache`: another folder for what is known of it."""
        return UpdateClient(self.url, self.channel, cache or self.cache, self.root, ca_file=self.ca_file)


def source_of(home: Home) -> UpdateSource | None:
    """Where updates come from; None if this installation gets none. Raises HomeUnusable, NodeError."""
    try:
        updates = msgspec.json.decode(home.build.read_bytes(), type=_Build).updates
    except (OSError, msgspec.DecodeError, RecursionError) as why:
        raise HomeUnusable(f"{home.build} can't be read ({why}): run the installer again") from why
    if updates is None:
        return None
    settings = load_settings(home.node / SETTINGS_FILE)
    root = msgspec.json.encode(updates.root)
    return UpdateSource(updates.url, updates.channel, root, home.updates / "metadata", settings.ca_file)
