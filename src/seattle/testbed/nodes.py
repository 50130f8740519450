"""Nodes of the testbed: given to a user, or donated to a clearinghouse."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from seattle.identity.keys import PublicKey
from seattle.node.settings import NodeSettings
from seattle.node.setup import SETTINGS_FILE, set_up
from seattle.node.vesselinfo import STEP, WHOLE, VesselShare
from seattle.testbed.child import Child
from seattle.testbed.size import Size

DAEMON: Final = "seattle.node"


class Node:
    """One node, which was set up in a folder; its daemon is a process of ours once it is started."""

    def __init__(self, name: str, folder: Path, public: PublicKey, credential_file: Path) -> None:
        self.name = name
        self.id = public.id
        self.public = public
        self.folder = folder
        self.credential_file = credential_file
        self._daemon: Child | None = None

    @property
    def daemon(self) -> Child:
        """The process."""
        assert self._daemon is not None, "the node has not been started"
        return self._daemon

    async def start(self, lifeline: int) -> Child:
        """Start it; it need not serve yet."""
        self._daemon = await Child.start(
            f"node {self.name}",
            DAEMON,
            ["--settings", str(self.folder / SETTINGS_FILE)],
            log_file=self.folder / "node.log",
            lifeline=lifeline,
        )
        return self._daemon


def make_node(
    name: str, folder: Path, vessels: Sequence[VesselShare], *, broker: str, size: Size, address: str
) -> Node:
    """Set up a node at an address of this machine that is its own."""
    settings = NodeSettings(
        folder=Path(),
        fabric=[broker],
        donation=size.donation(),
        addresses=[address],
        program_addresses=[address],
        only_these_addresses=True,  # the others' are not its own, though the kernel would let it have them
        unwatched_limit=0,  # nobody starts these nodes again: whatever is killed, nothing is left
    )
    public = set_up(folder, vessels=vessels, settings=settings)
    return Node(name, folder, public, folder / settings.credential_file)


def owned(vessels: int, owner: PublicKey) -> list[VesselShare]:
    """So many vessels of one owner, as equal as multiples of ten percent can be."""
    steps, more = divmod(WHOLE // STEP, vessels)
    return [VesselShare(STEP * (steps + (index < more)), owner) for index in range(vessels)]


def donated(worker: PublicKey, token: str) -> list[VesselShare]:
    """All of it for the clearinghouse of this worker, in the name of whose token it is."""
    return [VesselShare(WHOLE, worker, information=token)]
