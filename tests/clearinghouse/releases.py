"""A folder of releases with real keys, for the site to serve and to build installers of."""

from pathlib import Path

from seattle.identity.keys import KeyPair
from seattle.updater.releases import ReleaseFolder
from seattle.updater.roles import Channel, Signers

BUNDLE = b"PK of no wheel"


class Releases:
    """The folder, and all who sign in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manager, self.online = KeyPair.generate(), KeyPair.generate()
        signers = Signers.of([self.manager.public], 1)
        self.folder = ReleaseFolder(path)
        self.folder.begin(root=signers, targets=signers, canary=signers, online=self.online.public)
        self.folder.sign(self.manager)

    def publish(self, bundle: Path, version: str, channel: Channel = Channel.STABLE) -> None:
        """Have nodes and installers get this."""
        self.folder.release(channel, bundle, version)
        self.folder.sign(self.manager)
        self.folder.refresh(self.online)

    def publish_bytes(self, data: bytes, version: str, channel: Channel = Channel.STABLE) -> None:
        """The same, of what is no bundle at all."""
        file = self.path.with_name("bundle")
        file.write_bytes(data)
        self.publish(file, version, channel)
