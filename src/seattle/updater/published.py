"""What a repository of releases offers now, read from its folder by who serves it or builds installers of it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp

from seattle.updater.errors import ReleaseError
from seattle.updater.releases import version_of
from seattle.updater.roles import Channel, RoleName

SHOW = "see `seattle release-update show`"


@dataclass(frozen=True)
class Published:
    """The newest bundle of a channel."""

    version: str
    sha256: str  # hexadecimal
    size: int  # bytes
    file: Path
    root: bytes  # metadata that clients begin with: who signs
    until: datetime  # clients take no news of it any more, unless it is signed anew

    def check(self) -> None:
        """Read the whole file. Raises ReleaseError if it is not what was signed."""
        try:
            with self.file.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as why:
            raise ReleaseError(f"{self.file} can't be read: {why.strerror}") from why
        if digest != self.sha256:
            raise ReleaseError(f"{self.file} is not what was signed: publish the bundle anew")


def published(folder: Path, channel: Channel) -> Published | None:
    """None if no bundle was published yet. Raises ReleaseError for what no client would take, but for its age.

    The bundle itself is not read: see `Published.check`.
    """
    metadata = folder / "metadata"
    try:
        root_bytes = (metadata / f"{RoleName.ROOT}.json").read_bytes()
        root: Metadata[Root] = Metadata.from_bytes(root_bytes)
        root.verify_delegate(RoleName.ROOT, root)
        timestamp: Metadata[Timestamp] = _read(metadata / f"{RoleName.TIMESTAMP}.json")
        root.verify_delegate(RoleName.TIMESTAMP, timestamp)
        snapshot_file = metadata / f"{timestamp.signed.snapshot_meta.version}.{RoleName.SNAPSHOT}.json"
        snapshot: Metadata[Snapshot] = _read(snapshot_file)
        root.verify_delegate(RoleName.SNAPSHOT, snapshot)
        targets = _targets(metadata, snapshot.signed, RoleName.TARGETS, root)
        if channel.role is not RoleName.TARGETS:
            targets = _targets(metadata, snapshot.signed, channel.role, targets)
    except FileNotFoundError:
        return None
    except (OSError, RepositoryError, ValueError, KeyError) as why:
        raise ReleaseError(f"the releases in {folder} are not as they should be: {why}; {SHOW}") from why
    target = targets.signed.targets.get(channel.bundle)
    if target is None:
        return None
    sha256 = target.hashes["sha256"]
    return Published(
        version=version_of(target),
        sha256=sha256,
        size=target.length,
        file=folder / "targets" / str(channel) / f"{sha256}.bundle",
        root=root_bytes,
        until=min(root.signed.expires, timestamp.signed.expires, snapshot.signed.expires, targets.signed.expires),
    )


def _targets(
    metadata: Path, snapshot: Snapshot, role: RoleName, by: Metadata[Root] | Metadata[Targets]
) -> Metadata[Targets]:
    number = snapshot.meta[f"{role}.json"].version
    targets: Metadata[Targets] = _read(metadata / f"{number}.{role}.json")
    by.verify_delegate(role, targets)
    return targets


def _read(file: Path) -> Metadata[Any]:
    return Metadata.from_bytes(file.read_bytes())
