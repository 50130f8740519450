"""A testbed, connected; without `async`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from seattle.client.aio.acquiring import Progress, no_progress
from seattle.client.aio.deployment import AsyncDeployment
from seattle.client.aio.testbed import AsyncTestbed
from seattle.client.aio.testbed import connect as connect_async
from seattle.client.background import Background
from seattle.client.deployment import Deployment
from seattle.client.errors import TestbedClosed
from seattle.client.groups import Groups
from seattle.client.node import Node
from seattle.client.patience import DEFAULT as DEFAULT_PATIENCE
from seattle.client.patience import Patience
from seattle.client.places import Place
from seattle.client.profile import Profile
from seattle.client.results import Results
from seattle.client.site.vessels import Account, Lease, Order
from seattle.client.upkeep import DEFAULT_PACE, Pace
from seattle.client.vessel import Vessel
from seattle.client.vessels import VesselGroup
from seattle.fabric.node_api import NodeDescription
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.openssh import Passphrase

__all__ = ["Node", "Testbed", "connect"]


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
) -> "Testbed":
    """Connect to the testbed of a profile: its name, its folder, or None for the user's choice.

    Instead of a profile there may be all that it says: the brokers' `urls`, our `key` (a pair, or its file), and our
    `credential` (its text, or a Path to it) or the `enrol_url` of who gives us one; also by the environment, see
    `given.py`. `passphrase` is for a key that is protected. Raises ProfileError, KeyFileError, TestbedUnreachable.
    """
    return Testbed(
        connect_async(
            profile,
            urls=urls,
            key=key,
            credential=credential,
            enrol_url=enrol_url,
            site_url=site_url,
            ca_file=ca_file,
            plain_fabric=plain_fabric,
            passphrase=passphrase,
            patience=patience,
        )
    )


class Testbed:
    """A connection to a testbed in the name of one key. Use it with `with`, or `close` it."""

    __test__ = False  # its name looks like a test's

    def __init__(self, there: AsyncTestbed) -> None:
        """Connect."""
        self._there = there
        self._background = Background("seattle testbed")
        try:
            self._background.run(there.connect())
        except BaseException:
            self._background.close()
            raise

    @property
    def profile(self) -> Profile:
        """Where it is, and who we are there."""
        return self._there.profile

    @property
    def key(self) -> PublicKey:
        """Who we are to it."""
        return self._there.key

    def nodes(self, *, mine: bool = False) -> list[Node]:
        """All nodes that are there; `mine`: only those that tell of vessels for our key.

        Raises TestbedUnreachable if the directory does not answer.
        """
        return self._background.run(self._there.nodes(mine=mine))

    def describe(self, node: str) -> NodeDescription:
        """What a node says of itself to us: its version, walls, clock, and the vessels that we may use there.

        Raises FabricError if it does not answer, InvalidKey if this can't be a node's id.
        """
        return self._background.run(self._there.describe(node))

    def browse(self) -> VesselGroup:
        """All vessels that our key may use, in order of nodes and names.

        Nodes that don't answer are in the group's `unreachable`. Raises TestbedUnreachable if the directory
        does not answer.
        """
        return VesselGroup(self._background, self._background.run(self._there.browse()))

    def vessels(self, *which: str) -> VesselGroup:
        """The vessels that these names mean: of a group, or patterns `NODE/VESSEL` as `VesselGroup.on` takes them.

        Those of a group that can't be found are in `unreachable`. Raises NoSuchVessel, and as `browse`.
        """
        return VesselGroup(self._background, self._background.run(self._there.vessels(*which)))

    @property
    def groups(self) -> Groups:
        """Groups that have names, which last: see `Groups`."""
        return self._there.groups

    def group(self, vessels: Sequence[Vessel]) -> VesselGroup:
        """Vessels that are known already, to be asked in our name."""
        return VesselGroup(self._background, self._there.group(vessels))

    def acquire(
        self,
        count: int,
        *,
        kind: str = "random",
        where: Mapping[str, Any] | None = None,
        least: int | None = None,
        progress: Progress = no_progress,
    ) -> VesselGroup:
        """Get vessels from the testbed's site, and return them when they can be used.

        `kind`: `random`, `wan` (each in another network), `lan` (all in one), `nat` (behind NATs). `where`: filters of
        the site (`{"countries": ["DE"]}`). With `least` fewer will do; otherwise it is all or nothing. `progress` is
        called in another thread with each news of the order. Vessels that don't appear in time are in the group's
        `unreachable`. Raises NotEnoughCredits, CannotFulfil, TimedOut, SiteError, ProfileError for a profile without a
        site.
        """
        acquired = self._there.acquire(count, kind=kind, where=where, least=least, progress=progress)
        return VesselGroup(self._background, self._background.run(acquired))

    def order(
        self,
        count: int,
        *,
        kind: str = "random",
        where: Mapping[str, Any] | None = None,
        least: int | None = None,
        progress: Progress = no_progress,
        key: str = "",
    ) -> Order:
        """As `acquire`, but return the order once it is met: its vessels may not be in the directory yet.

        With a `key` (letters and digits of your choice) that an order had before, it is that one.
        """
        return self._background.run(
            self._there.order(count, kind=kind, where=where, least=least, progress=progress, key=key)
        )

    def deploy(
        self,
        name: str,
        program: str | Path,
        *arguments: str,
        count: int,
        kind: str = "random",
        where: Mapping[str, Any] | None = None,
        pace: Pace = DEFAULT_PACE,
    ) -> Deployment:
        """Keep a program running on `count` vessels of the site, in place of those that vanish or in which it ends.

        The vessels are the group of this name; `kind` and `where` are as for `acquire`. Use it with `with`, and iterate
        over it for what happens. Raises AlreadyDeployed, NoSuchProgram if there is no such file here, NoSuchGroup for a
        name that none can have.
        """

        async def begin() -> AsyncDeployment:
            return self._there.deploy(name, program, *arguments, count=count, kind=kind, where=where, pace=pace)

        return Deployment(self._background, self._background.run(begin()))

    def acquire_specific(self, vessels: Iterable[Vessel | Place], *, progress: Progress = no_progress) -> VesselGroup:
        """Get these vessels from the testbed's site, as far as they are free. Raises as `acquire`."""
        acquired = self._there.acquire_specific(vessels, progress=progress)
        return VesselGroup(self._background, self._background.run(acquired))

    def replace(self, vessel: Vessel | Place, *, progress: Progress = no_progress) -> VesselGroup:
        """Get a vessel like this one of ours, which was lost, or whose node is not there now. Raises as `acquire`."""
        return VesselGroup(self._background, self._background.run(self._there.replace(vessel, progress=progress)))

    def renew(self, vessels: Iterable[Vessel | Place] | None = None) -> Results[datetime]:
        """Keep vessels (None: all that the site has given us) for the longest time from now; until when.

        Also those whose nodes don't answer now. Raises NotEnoughCredits, SiteError.
        """
        return self._background.run(self._there.renew(vessels))

    def release(self, vessels: Iterable[Vessel | Place] | None = None) -> Results[None]:
        """Give vessels (None: all that the site has given us) back. What runs there is stopped, and files are deleted.

        Also those whose nodes don't answer now. Raises SiteError.
        """
        return self._background.run(self._there.release(vessels))

    def account(self) -> Account:
        """Who we are to the testbed's site, and how many vessels we may hold. Raises SiteError, ProfileError."""
        return self._background.run(self._there.account())

    def leases(self) -> list[Lease]:
        """The vessels that the site has given us, and until when; also those that don't answer now."""
        return self._background.run(self._there.leases())

    def close(self) -> None:
        """Disconnect. What runs on vessels, runs on."""
        try:
            self._background.run(self._there.close())
        except TestbedClosed:
            return
        finally:
            self._background.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
