"""A folder of releases with real keys, for the site to serve and to build installers of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from django.utils import timezone
from tests.installer.making import bundle_of

from seattle.clearinghouse.worker.config import WorkerSettings
from seattle.clearinghouse.worker.orm import Orm
from seattle.clearinghouse.worker.signing import Signing
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

    def publish_version(self, version: str) -> None:
        """The same, of a bundle in which there is nothing but that."""
        self.publish(
            bundle_of(self.path.with_name("bundle"), version, {"example.py": f"VERSION = '{version}'"}), version
        )

    def publish_bytes(self, data: bytes, version: str, channel: Channel = Channel.STABLE) -> None:
        """The same, of what is no bundle at all."""
        file = self.path.with_name("bundle")
        file.write_bytes(data)
        self.publish(file, version, channel)


@dataclass
class Foundry:
    """A site that can have installers built, and the worker that signs them."""

    releases: Releases
    key: KeyPair
    settings: Any  # pytest-django's
    worker: WorkerSettings

    def sign(self) -> None:
        """Do what the worker does."""
        Signing(Orm(1), self.worker, self.key, clock=timezone.now).sign_now()

    def site(self, **changes: Any) -> None:
        """Change the site's settings."""
        self.settings.SITE = msgspec.structs.replace(self.settings.SITE, **changes)


def foundry(settings: Any, folder: Path) -> Foundry:
    """One with a release of version 1.0."""
    releases, key = Releases(folder / "releases"), KeyPair.generate()
    releases.publish_version("1.0")
    worker = WorkerSettings(
        brokers=["tls://broker.example.org:4222"], authority=folder / "authority", releases=releases.path
    )
    made = Foundry(releases, key, settings, worker)
    made.site(
        data=folder,
        releases=releases.path,
        worker_key=key.id,
        brokers=worker.brokers,
        enrolment_upstream="http://127.0.0.1:4281",
    )
    return made
