"""A testbed, connected; without `async`."""

from pathlib import Path
from types import TracebackType
from typing import Self

from seattle.client.aio.testbed import AsyncTestbed, Node
from seattle.client.aio.testbed import connect as connect_async
from seattle.client.background import Background
from seattle.client.errors import TestbedClosed
from seattle.client.patience import DEFAULT as DEFAULT_PATIENCE
from seattle.client.patience import Patience
from seattle.client.profile import Profile
from seattle.client.vessels import VesselGroup
from seattle.fabric.node_api import NodeDescription
from seattle.identity.keys import PublicKey
from seattle.identity.openssh import Passphrase

__all__ = ["Node", "Testbed", "connect"]


def connect(
    profile: str | Path | Profile | None = None, *, passphrase: Passphrase = None, patience: Patience = DEFAULT_PATIENCE
) -> "Testbed":
    """Connect to the testbed of a profile: its name, its folder, or None for the user's choice.

    `passphrase` is for a key that is protected. Raises ProfileError, KeyFileError, TestbedUnreachable.
    """
    return Testbed(connect_async(profile, passphrase=passphrase, patience=patience))


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

    def nodes(self) -> list[Node]:
        """All nodes that are there. Raises TestbedUnreachable if the directory does not answer."""
        return self._background.run(self._there.nodes())

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
