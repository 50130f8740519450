"""A repository of releases, as release managers make it: a folder that any web server can serve.

metadata/   what is signed by enough, under its number: `3.targets.json`; `root.json` for installers to begin with
targets/    the bundles, under their digests
staged/     what waits for signatures: the folder can be carried from one offline computer to the next
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from packaging.version import InvalidVersion, Version
from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Role,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from seattle.identity.keys import KeyPair, PublicKey
from seattle.updater.errors import ReleaseError
from seattle.updater.roles import LASTS, Channel, RoleName, Signers, tuf_key, tuf_signer

VERSION: Final = "version"  # of a bundle, in what the metadata says of it

S = TypeVar("S", Root, Snapshot, Targets)


@dataclass(frozen=True)
class Standing:
    """How a piece of metadata stands."""

    role: RoleName
    number: int
    signed_by: int
    threshold: int
    expires: datetime
    is_published: bool


class ReleaseFolder:
    """The folder, whatever stands in it."""

    def __init__(self, path: Path) -> None:
        self.metadata = path / "metadata"
        self.targets = path / "targets"
        self.staged = path / "staged"

    def begin(self, *, root: Signers, targets: Signers, canary: Signers, online: PublicKey) -> None:
        """Stage the first root and empty channels, for the keys named to sign. Raises ReleaseError."""
        if self._newest(RoleName.ROOT) or (self.staged / _file(RoleName.ROOT)).exists():
            raise ReleaseError("there is a repository already: `rotate` changes its keys")
        for folder in (self.metadata, self.targets, self.staged):
            folder.mkdir(parents=True, exist_ok=True)
        self._stage(RoleName.ROOT, _root(1, root, targets, online))
        delegated = DelegatedRole(
            RoleName.CANARY,
            [tuf_key(key).keyid for key in canary.keys],
            canary.threshold,
            terminating=True,
            paths=[f"{Channel.CANARY}/*"],
        )
        delegations = Delegations(
            {tuf_key(key).keyid: tuf_key(key) for key in canary.keys}, {RoleName.CANARY: delegated}
        )
        self._stage(RoleName.TARGETS, Targets(1, expires=_until(RoleName.TARGETS), delegations=delegations))
        self._stage(RoleName.CANARY, Targets(1, expires=_until(RoleName.CANARY)))

    def rotate(self, *, root: Signers, targets: Signers, online: PublicKey) -> None:
        """Stage a root with other keys, and targets for those to sign.

        The root has to be signed by as many of the old keys as are needed, and of the new ones.
        """
        before = self._current(RoleName.ROOT, Root)
        self._stage(RoleName.ROOT, _root(before.signed.version + 1, root, targets, online))
        self.renew(RoleName.TARGETS)

    def release(self, channel: Channel, bundle: Path, version: str) -> None:
        """Stage a bundle as the newest of its channel. Raises ReleaseError, OSError."""
        wanted = _version(version)
        metadata = self._staged_or_current(channel.role, Targets)
        known = metadata.signed.targets.get(channel.bundle)
        if known is not None and _version(version_of(known)) >= wanted:
            raise ReleaseError(f"{channel} is at {version_of(known)} already, which is not older than {version}")
        data = bundle.read_bytes()
        target = TargetFile.from_data(channel.bundle, data)
        target.unrecognized_fields["custom"] = {VERSION: str(wanted)}
        metadata.signed.targets[channel.bundle] = target
        file = self.targets / str(channel) / f"{hashlib.sha256(data).hexdigest()}.bundle"
        file.parent.mkdir(parents=True, exist_ok=True)
        _write(file, data)
        self._stage(channel.role, metadata.signed, after=self._newest(channel.role))

    def renew(self, role: RoleName) -> None:
        """Stage the same once more, to be good for longer."""
        metadata: Metadata[Any] = Metadata.from_bytes(self._path(role, self._newest(role)).read_bytes())
        self._stage(role, metadata.signed, after=self._newest(role))

    def sign(self, pair: KeyPair) -> list[RoleName]:
        """Sign whatever is staged and waits for this key; what that was. What has enough signatures is published."""
        signed = []
        for role in self._staged_roles():
            metadata = self._read_staged(role)
            if tuf_key(pair.public).keyid in self._key_ids(role, metadata):
                metadata.sign(tuf_signer(pair), append=True)
                _write(self.staged / _file(role), metadata.to_bytes())
                signed.append(role)
        self._publish()
        return signed

    def refresh(self, online: KeyPair) -> None:
        """Say what is newest, and that this is still so. To be done every day, and after each release.

        Raises ReleaseError if this is not the online key, or nothing is published yet.
        """
        root = self._current(RoleName.ROOT, Root).signed
        if tuf_key(online.public).keyid not in root.roles[RoleName.TIMESTAMP].keyids:
            raise ReleaseError(f"{online.public} is not the online key of this repository")
        meta = {_file(role): MetaFile(self._required(role)) for role in (RoleName.TARGETS, RoleName.CANARY)}
        number = self._newest(RoleName.SNAPSHOT)
        before = self._current(RoleName.SNAPSHOT, Snapshot) if number else None
        if before is None or not self._is_current(before, meta, root):
            number += 1
            self._put(Snapshot(number, expires=_until(RoleName.SNAPSHOT), meta=meta), online, RoleName.SNAPSHOT)
        number_of_timestamp = 1
        if (known := self.metadata / _file(RoleName.TIMESTAMP)).exists():
            number_of_timestamp = Metadata.from_file(str(known)).signed.version + 1
        timestamp = Timestamp(number_of_timestamp, expires=_until(RoleName.TIMESTAMP), snapshot_meta=MetaFile(number))
        self._put(timestamp, online, RoleName.TIMESTAMP)

    def _is_current(self, snapshot: Metadata[Snapshot], meta: Mapping[str, MetaFile], root: Root) -> bool:
        lasts = snapshot.signed.expires - datetime.now(UTC)
        is_ours = self._is_signed(root, RoleName.SNAPSHOT, snapshot)  # the online key may be another by now
        return is_ours and snapshot.signed.meta == meta and lasts > LASTS[RoleName.SNAPSHOT] / 2

    def standing(self) -> Iterator[Standing]:
        """How all stands that is published, and then what is staged."""
        for role in RoleName:
            if number := self._newest(role):
                yield self._standing(role, Metadata.from_file(str(self._path(role, number))), is_published=True)
        for role in self._staged_roles():
            yield self._standing(role, self._read_staged(role), is_published=False)

    def _standing(self, role: RoleName, metadata: Metadata[Any], *, is_published: bool) -> Standing:
        keys, threshold = self._key_ids(role, metadata), self._threshold(role, metadata)
        signed_by = len(keys & set(metadata.signatures))
        expires: datetime = metadata.signed.expires
        return Standing(role, metadata.signed.version, signed_by, threshold, expires, is_published)

    def _publish(self) -> None:
        """Move what has enough signatures out of `staged`: the root first, since it says who signs the rest."""
        for role in self._staged_roles():
            metadata = self._read_staged(role)
            if role is RoleName.ROOT:
                if not self._is_signed(metadata.signed, role, metadata):
                    continue
                if self._newest(role) and not self._is_signed(self._current(role, Root).signed, role, metadata):
                    continue
            elif not self._may_be_published(role, metadata):
                continue
            data = metadata.to_bytes()
            _write(self._path(role, metadata.signed.version), data)
            if role is RoleName.ROOT:
                _write(self.metadata / _file(role), data)
            (self.staged / _file(role)).unlink()

    def _may_be_published(self, role: RoleName, metadata: Metadata[Any]) -> bool:
        by: Root | Targets
        if role is RoleName.CANARY:
            by = self._staged_or_current(RoleName.TARGETS, Targets).signed
        elif self._newest(RoleName.ROOT):
            by = self._current(RoleName.ROOT, Root).signed
        else:
            return False
        return self._is_signed(by, role, metadata)

    def _is_signed(self, by: Root | Targets, role: RoleName, metadata: Metadata[Any]) -> bool:
        try:
            by.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
        except (UnsignedMetadataError, ValueError):
            return False
        return True

    def _delegator(self, role: RoleName) -> Root | Targets:
        """Who says, once all is published, whose signatures count."""
        if role is RoleName.CANARY:
            return self._staged_or_current(RoleName.TARGETS, Targets).signed
        return self._staged_or_current(RoleName.ROOT, Root).signed

    def _key_ids(self, role: RoleName, metadata: Metadata[Any]) -> set[str]:
        """Whose signatures count; on a root, those of the one before, too."""
        by = [metadata.signed if role is RoleName.ROOT else self._delegator(role)]
        if role is RoleName.ROOT and self._newest(role):
            by.append(self._current(role, Root).signed)
        return {key for one in by for key in one.get_delegated_role(role).keyids}

    def _threshold(self, role: RoleName, metadata: Metadata[Any]) -> int:
        by = metadata.signed if role is RoleName.ROOT else self._delegator(role)
        return int(by.get_delegated_role(role).threshold)

    def _stage(self, role: RoleName, signed: Root | Targets, *, after: int | None = None) -> None:
        if after is not None:
            signed.version, signed.expires = after + 1, _until(role)
        metadata: Metadata[Any] = Metadata(signed)
        _write(self.staged / _file(role), metadata.to_bytes())

    def _put(self, signed: Snapshot | Timestamp, online: KeyPair, role: RoleName) -> None:
        metadata: Metadata[Any] = Metadata(signed)
        metadata.sign(tuf_signer(online))
        _write(self._path(role, signed.version), metadata.to_bytes())

    def _staged_roles(self) -> list[RoleName]:
        return [role for role in RoleName if (self.staged / _file(role)).exists()]

    def _read_staged(self, role: RoleName) -> Metadata[Any]:
        return Metadata.from_file(str(self.staged / _file(role)))

    def _staged_or_current(self, role: RoleName, kind: type[S]) -> Metadata[S]:
        if (self.staged / _file(role)).exists():
            return self._read_staged(role)
        return self._current(role, kind)

    def _current(self, role: RoleName, kind: type[S]) -> Metadata[S]:
        del kind  # for mypy alone
        return Metadata.from_file(str(self._path(role, self._required(role))))

    def _required(self, role: RoleName) -> int:
        if number := self._newest(role):
            return number
        raise ReleaseError(f"{role} is not published yet: it lacks signatures (see `seattle release-update show`)")

    def _newest(self, role: RoleName) -> int:
        """The number of the newest that is published; 0 if none is."""
        if role is RoleName.TIMESTAMP:
            return int((self.metadata / _file(role)).exists())
        numbers = (name.name.partition(".")[0] for name in self.metadata.glob(f"*.{_file(role)}"))
        return max((int(number) for number in numbers if number.isdigit()), default=0)

    def _path(self, role: RoleName, number: int) -> Path:
        return self.metadata / (_file(role) if role is RoleName.TIMESTAMP else f"{number}.{_file(role)}")


def version_of(target: TargetFile) -> str:
    """The version of a bundle; empty if nothing says it."""
    custom: object = target.custom
    return str(custom.get(VERSION, "")) if isinstance(custom, Mapping) else ""


def _root(number: int, root: Signers, targets: Signers, online: PublicKey) -> Root:
    roles = {
        RoleName.ROOT: root,
        RoleName.TARGETS: targets,
        RoleName.SNAPSHOT: Signers((online,), 1),
        RoleName.TIMESTAMP: Signers((online,), 1),
    }
    keys = {tuf_key(key).keyid: tuf_key(key) for signers in roles.values() for key in signers.keys}
    told = {
        str(name): Role([tuf_key(key).keyid for key in signers.keys], signers.threshold)
        for name, signers in roles.items()
    }
    return Root(number, expires=_until(RoleName.ROOT), keys=dict(keys), roles=told, consistent_snapshot=True)


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        raise ReleaseError(f"{text!r} is no version: write it as 1.4.2") from None


def _until(role: RoleName) -> datetime:
    return (datetime.now(UTC) + LASTS[role]).replace(microsecond=0)


def _file(role: RoleName) -> str:
    return f"{role}.json"


def _write(file: Path, data: bytes) -> None:
    """All of it or nothing: a web server may be reading."""
    new = file.with_name(f".{file.name}.new")
    new.write_bytes(data)
    new.replace(file)
