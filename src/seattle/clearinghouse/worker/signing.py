"""Builds that planners have laid out, signed: what an installer says of vessels is then no word of the site alone.

What the site wrote down is a stranger's wish, and checked anew. All else that a statement says (the bundle, brokers,
where keys are enrolled, who signs updates) comes from the worker's own settings and the folder of releases. So a site
that was broken into can have layouts signed that anybody could ask for, and no others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from django.conf import settings as django_settings

from seattle.clearinghouse.builds import services
from seattle.clearinghouse.builds.layout import BadLayout, check, vesselinfo
from seattle.clearinghouse.builds.models import Build
from seattle.clearinghouse.journal import services as journal
from seattle.clearinghouse.journal.services import Deed
from seattle.clearinghouse.worker.config import WorkerSettings
from seattle.clearinghouse.worker.marks import Mark, Marked, read_mark
from seattle.clearinghouse.worker.orm import Orm
from seattle.identity.keys import KeyPair
from seattle.installer import building
from seattle.installer.standalone.errors import InstallerError
from seattle.installer.statement import FORMAT, BundleFact, NodePart, Statement, Updates, sign
from seattle.updater.errors import ReleaseError
from seattle.updater.published import Published, published
from seattle.updater.roles import Channel

AT_ONCE: Final = 20
PERCENT: Final = 10.0  # of a computer that is given, unless its donor says otherwise


@dataclass(frozen=True)
class _Release:
    """What installers carry now, with the bundle's bytes checked."""

    bundle: Published
    loader: str


class Signing:
    """Signs what waits.

    Args:
        key: owns the reserved part, and signs.
        clock: the time, aware.
    """

    def __init__(self, orm: Orm, settings: WorkerSettings, key: KeyPair, *, clock: Callable[[], datetime]) -> None:
        self._orm = orm
        self._settings = settings
        self._key = key
        self._clock = clock
        self._checked: _Release | None = None
        self._general = False

    async def sign_waiting(self) -> None:
        """All builds that wait for a signature, if there is a release to put into them."""
        await self._orm(self.sign_now)

    def sign_now(self) -> None:
        """The same, for who is in a thread that may use the database."""
        if self._settings.releases is None or self._settings.authority is None:
            return  # another worker does it, or nodes could not be enrolled
        if not self._general:
            services.keep_general()
            self._general = True
        waiting = list(Build.objects.select_related("token").filter(state=Build.State.WAITING).order_by("pk")[:AT_ONCE])
        if not waiting:
            return
        try:
            release = self._release()
        except (ReleaseError, InstallerError) as why:
            self._leave(waiting, f"there is no release to put into it: {why}")
            return
        if release is None:
            self._leave(waiting, "no release was published yet")
            return
        for build in waiting:
            self._sign(build, release)

    def _release(self) -> _Release | None:
        """The newest; its bytes are read when it is new."""
        folder = self._settings.releases
        assert folder is not None  # or nothing is signed
        bundle = published(folder, Channel.STABLE)
        if bundle is None:
            return None
        if self._checked is None or self._checked.bundle.sha256 != bundle.sha256:
            bundle.check()
        self._checked = _Release(bundle, building.loader_digest())
        return self._checked

    def _sign(self, build: Build, release: _Release) -> None:
        try:
            said, signature = sign(self._statement(build, release), self._key)
        except (BadLayout, InstallerError, AttributeError, KeyError, TypeError, ValueError) as why:
            refused = {"state": Build.State.REFUSED, "why": f"it can't be installed so: {why}"[:300]}
            if Build.objects.filter(pk=build.pk, state=Build.State.WAITING).update(**refused):
                self._write(build, f"refused: {why}", succeeded=False)
            return
        changes = {
            "state": Build.State.SIGNED,
            "why": "",
            "statement": said,
            "signature": signature,
            "signer": self._key.id,
            "version": release.bundle.version,
            "bundle": release.bundle.sha256,
            "loader": release.loader,
            "signed_at": self._clock(),
            "file_digest": "",
            "file_size": 0,
        }
        if Build.objects.filter(pk=build.pk, state=Build.State.WAITING).update(**changes):
            self._write(build, f"version {release.bundle.version}")

    def _statement(self, build: Build, release: _Release) -> Statement:
        site = django_settings.SITE
        return Statement(
            format=FORMAT,
            id=build.build_id,
            name=build.name,
            bundle=BundleFact(version=release.bundle.version, sha256=release.bundle.sha256, size=release.bundle.size),
            loader=release.loader,
            vesselinfo=self._vesselinfo(build),
            percent=PERCENT,
            node=NodePart(
                fabric=self._settings.told_brokers or self._settings.brokers,
                enrol_url=f"{site.origin}/enrol",
                invitation=build.token.token,
                ca=self._authorities(),
                plain_fabric=self._settings.plain_fabric,
            ),
            site=site.origin,
            updates=Updates(
                url=f"{site.origin}/updates", channel=Channel.STABLE, root=msgspec.json.decode(release.bundle.root)
            ),
        )

    def _vesselinfo(self, build: Build) -> str:
        """Whose vessels there will be. A donation is ours as a whole, and known by its donor's token.

        Raises BadLayout, and ValueError for a row that no site of ours has written.
        """
        if read_mark(build.token.token) != Marked(Mark.GIVEN, build.token.token):  # it could be further lines
            raise ValueError("its token is none")
        if not build.is_custom:
            if build.name:
                raise ValueError("an installer for donations has no name")
            return vesselinfo((), {}, site_key=self._key.public, token=build.token.token)
        layout = services.layout_of(build)
        keys = {name: key for name, key in check(layout, site_key=self._key.id).items() if key is not None}
        return vesselinfo(layout.vessels, keys, site_key=self._key.public, token=build.token.token)

    def _authorities(self) -> str:
        """By which nodes check our brokers, if those are the ones that we use ourselves."""
        file = self._settings.ca_file
        return "" if file is None or self._settings.told_brokers else file.read_text(encoding="ascii")

    def _leave(self, waiting: list[Build], why: str) -> None:
        left = Build.objects.filter(pk__in=[build.pk for build in waiting if build.why != why[:300]])
        left.filter(state=Build.State.WAITING).update(why=why[:300])

    def _write(self, build: Build, detail: str, *, succeeded: bool = True) -> None:
        deed = Deed(action="sign", detail=f"build {build.build_id[:8]}: {detail}", succeeded=succeeded)
        journal.write(self._settings.label, [deed])
