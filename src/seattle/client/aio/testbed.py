"""A testbed, connected."""

import asyncio
import logging
import os
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog

from seattle.client.aio import acquiring
from seattle.client.aio.customer import Customer
from seattle.client.aio.deployment import AsyncDeployment, Wanted
from seattle.client.aio.link import Link
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.client.choosing import chosen
from seattle.client.errors import ProfileUnusable, TestbedUnreachable
from seattle.client.expected import argument, expect
from seattle.client.fan_out import fan_out
from seattle.client.given import Given, discard, given_by_environment
from seattle.client.groups import Groups
from seattle.client.node import Node
from seattle.client.patience import DEFAULT as DEFAULT_PATIENCE
from seattle.client.patience import Patience
from seattle.client.places import Place
from seattle.client.profile import Profile, find_profile
from seattle.client.refusals import NOT_ALLOWED
from seattle.client.results import Results
from seattle.client.site.vessels import Order, SiteVessels
from seattle.client.upkeep import DEFAULT_PACE, Pace
from seattle.client.vessel import Vessel
from seattle.fabric.advert import Advert
from seattle.fabric.authority import Role
from seattle.fabric.connection import FetchCredential, NatsFabric
from seattle.fabric.directory import DirectoryClient
from seattle.fabric.errors import CredentialRefused, EnrolmentRefused, FabricError, RemoteError
from seattle.fabric.events import show_events
from seattle.fabric.kept_credential import KeptCredential
from seattle.fabric.node_api import DESCRIBE, GET_VESSELS, Describe, GetVessels, NodeDescription
from seattle.fabric.renewal import RenewedCredential
from seattle.fabric.rpc import NodeClient
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import Passphrase


def connect(
    profile: str | Path | Profile | None = None,
    *,
    urls: str | Sequence[str] = (),
    key: KeyPair | str | Path | None = None,
    credential: str | Path = "",
    enrol_url: str = "",
    site_url: str = "",
    ca_file: str | Path | None = None,
    plain_fabric: bool = False,
    passphrase: Passphrase = None,
    patience: Patience = DEFAULT_PATIENCE,
) -> "AsyncTestbed":
    """The testbed of a profile (a name, a folder, or None for the user's choice), to be used with `async with`.

    Instead of a profile there may be all that it says: the brokers' `urls`, our `key` (a pair, or its file), and our
    `credential` (its text, or a Path to it) or the `enrol_url` of who gives us one; also by the environment, see
    `given.py`. `passphrase` is for a key that is protected. Raises ProfileError, KeyFileError; entering it raises
    TestbedUnreachable.
    """
    expect(patience, Patience, "patience is a Patience")
    given = Given(
        urls=urls,
        key=key,
        credential=credential,
        enrol_url=enrol_url,
        site_url=site_url,
        ca_file=ca_file,
        plain_fabric=plain_fabric,
    )
    if given and profile is not None:
        raise ProfileUnusable("a profile says where the testbed is, and who we are: give either it or these")
    given = given or given_by_environment(profile, os.environ)
    if not given:
        found = profile if isinstance(profile, Profile) else find_profile(profile)
        return AsyncTestbed(found, found.load_key(passphrase), patience=patience)
    pair = given.load_key(passphrase)
    found = given.to_profile()
    testbed = AsyncTestbed(found, pair, patience=patience)
    testbed.at_end(discard, found.folder)
    return testbed


def _fetch_credential(profile: Profile, key: KeyPair) -> FetchCredential:
    """From the enrolment service if the profile names one, else from a file that others write."""
    if profile.enrol_url:
        return RenewedCredential(
            profile.credential_file, key, role=Role.USER, url=profile.enrol_url, ca_file=profile.ca_file
        )
    return KeptCredential(profile.credential_file, key.public, role=Role.USER)


class AsyncTestbed(Customer):
    """A connection to a testbed in the name of one key. Use it with `async with`."""

    def __init__(self, profile: Profile, key: KeyPair, *, patience: Patience = DEFAULT_PATIENCE) -> None:
        self.profile = profile
        self.key = key.public
        self._patience = patience
        self._at_end: weakref.finalize[[Path], AsyncTestbed] | None = None

        self._fabric = NatsFabric(
            profile.urls,
            key,
            _fetch_credential(profile, key),
            name="client",
            ca_file=profile.ca_file,
            plain_anywhere=profile.plain_fabric,
            patience=patience.connect,
        )
        self._groups = Groups(profile.folder)
        self._directory = DirectoryClient(self._fabric)
        self._link = Link(NodeClient(self._fabric, key), patience, lambda: SiteVessels.of(profile, key))

    def at_end(self, do: Callable[[Path], None], folder: Path) -> None:
        """Do this when the testbed is closed, or forgotten."""
        self._at_end = weakref.finalize(self, do, folder)

    async def connect(self) -> Self:
        """Connect. Raises TestbedUnreachable, and ProfileUnusable if there is no credential."""
        if not self.profile.enrol_url:
            await asyncio.to_thread(self.profile.read_credential)  # what is wrong with the file is told at once
        _keep_quiet()
        try:
            await self._fabric.connect()
        except CredentialRefused as why:
            raise TestbedUnreachable(
                f"the testbed at {self._where()} does not let us in: {why}",
                hint=self._how_to_be_let_in(),
            ) from why
        except EnrolmentRefused as why:  # it says what to do
            raise TestbedUnreachable(f"the testbed at {self._where()} does not let us in: {why}") from why
        except FabricError as why:
            raise TestbedUnreachable(
                f"the testbed at {self._where()} can't be reached: {why}",
                hint="is it running? `seattle up` starts the one on this computer",
            ) from why
        return self

    async def close(self) -> None:
        """Stop following, and disconnect."""
        async with AsyncExitStack() as stack:  # whichever can't be closed, the others are
            if self._at_end is not None:
                stack.callback(self._at_end)
            stack.push_async_callback(self._fabric.close)
            for one in list(self._link.open):
                stack.push_async_callback(one.close)

    async def nodes(self, *, mine: bool = False) -> list[Node]:
        """All nodes that are there; `mine`: only those that tell of vessels for our key.

        Raises TestbedUnreachable if the directory does not answer.
        """
        return [Node.of(advert) for advert in await self._look_up(everyone=not mine)]

    async def browse(self) -> AsyncVesselGroup:
        """All vessels that our key may use, in order of nodes and names.

        Nodes that don't answer are in the group's `unreachable`. Raises TestbedUnreachable if the directory
        does not answer.
        """
        return await self._vessels_on(await self._look_up(everyone=False))

    async def vessels(self, *which: str) -> AsyncVesselGroup:
        """The vessels that these names mean: of a group, or patterns `NODE/VESSEL` as `VesselGroup.on` takes them.

        Those of a group that can't be found are in `unreachable`. Raises NoSuchVessel, and as `browse`.
        """
        vessels, missing = chosen(await self.browse(), which, self.groups)
        return AsyncVesselGroup(self._link, vessels, missing)

    @property
    def groups(self) -> Groups:
        """Groups that have names, which last: see `Groups`."""
        return self._groups

    def group(self, vessels: Sequence[Vessel]) -> AsyncVesselGroup:
        """Vessels that are known already, to be asked in our name."""
        return AsyncVesselGroup(self._link, vessels)

    def deploy(
        self,
        name: str,
        program: str | Path,
        *arguments: str,
        count: int,
        kind: str = "random",
        where: Mapping[str, Any] | None = None,
        pace: Pace = DEFAULT_PACE,
    ) -> AsyncDeployment:
        """Keep a program running on `count` vessels of the site, in place of those that vanish or in which it ends.

        The vessels are the group of this name; `kind` and `where` are as for `acquire`. Use it with `async with`, and
        iterate over it for what happens. Raises AlreadyDeployed, NoSuchProgram if there is no such file here,
        NoSuchGroup for a name that none can have.
        """
        expect(pace, Pace, "pace is a Pace")
        given = [argument(one) for one in arguments]
        wanted = Wanted(program=Path(program), arguments=given, count=count, kind=kind, where=where or {})
        deployment = AsyncDeployment(self, name, wanted, pace)
        self._link.open.add(deployment)
        return deployment

    async def _arrived(self, order: Order) -> AsyncVesselGroup:
        wanted = set(order.places)
        look_up = partial(self._look_up, everyone=False)
        adverts, late = await acquiring.find(wanted, look_up, within=self._patience.appear)
        found = await self._vessels_on(adverts)
        vessels = [vessel for vessel in found if vessel.place in wanted]
        return AsyncVesselGroup(self._link, vessels, [*found.unreachable, *late])

    async def _vessels_on(self, adverts: Sequence[Advert]) -> AsyncVesselGroup:
        told = Results(
            await fan_out(
                sorted(adverts, key=lambda advert: advert.node),
                self._vessels_of,
                place=lambda advert: Place(advert.node),
                within=2 * self._patience.call,
            )
        )
        vessels = [vessel for vessels in told.values for vessel in vessels]
        return AsyncVesselGroup(self._link, vessels, told.failed)

    async def describe(self, node: str) -> NodeDescription:
        """What a node says of itself to us: its version, walls, clock, and the vessels that we may use there.

        Raises FabricError if it does not answer, InvalidKey if this can't be a node's id.
        """
        expect(node, str, "a node is named by its id")
        return await self._link.ask(Place(node), DESCRIBE, Describe())

    async def _vessels_of(self, advert: Advert) -> list[Vessel]:
        try:
            told = await self._link.ask(Place(advert.node), GET_VESSELS, GetVessels())
        except RemoteError as no:
            if no.code == NOT_ALLOWED:  # its advert is older than that: we have no vessel there any more
                return []
            raise
        donor = {"holding_back": told.holding_back, "notice": told.notice}
        vessels = [Vessel.of(advert, one, **donor) for one in told.vessels]
        return sorted(vessels, key=lambda vessel: vessel.place)

    async def _look_up(self, *, everyone: bool) -> list[Advert]:
        within = self._patience.call
        try:
            if everyone:
                return await self._directory.live(within=within)
            return await self._directory.lookup(self.key, within=within)
        except FabricError as why:
            raise TestbedUnreachable(
                f"the directory of the testbed at {self._where()} does not answer: {why}",
                hint="ask the testbed's operator whether a directory is running",
            ) from why

    def _how_to_be_let_in(self) -> str:
        if self.profile.enrol_url:
            return "its brokers may have been told to shut this key out: ask its operator"
        file = self.profile.credential_file
        given_as_text = self._at_end is not None and file.parent == self.profile.folder
        return "give a fresh credential" if given_as_text else f"put a fresh credential into {file}"

    def _where(self) -> str:
        return ", ".join(self.profile.urls)

    async def __aenter__(self) -> Self:
        return await self.connect()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _keep_quiet() -> None:
    # structlog as it comes prints to stdout, which belongs to the program that uses us.
    if not structlog.is_configured():
        show_events(least=logging.ERROR)
