"""What nodes say of themselves and of the vessels on them: one question to each node, however many vessels it holds."""

from collections.abc import Sequence
from dataclasses import dataclass

from seattle.client import Failure, Place, Results, Success, Vessel
from seattle.client.aio.testbed import AsyncTestbed
from seattle.client.errors import NoSuchVessel
from seattle.fabric.node_api import NodeDescription
from seattle.shell.asking import ask_each, connected, usable
from seattle.shell.session import Session
from seattle.shell.targets import Known


@dataclass(frozen=True, order=True)
class Source:
    """A node, and the name of the identity in whose name it is asked."""

    node: str
    identity: str

    @classmethod
    def of(cls, known: Known) -> "Source":
        """Who can tell of a vessel."""
        return cls(known.vessel.node, known.identity)


@dataclass(frozen=True)
class NodeNow:
    """A node as it is now, with the vessels that we may use there."""

    told: NodeDescription
    vessels: Sequence[Vessel]


async def look_at(testbed: AsyncTestbed, node: str) -> NodeNow:
    """Ask a node. Raises FabricError, InvalidKey for what is no node's id."""
    told = await testbed.describe(node)
    return NodeNow(told, vessels_of(node, told))


async def look_at_nodes(
    session: Session, vessels: Sequence[Known], *, anyway: bool = False
) -> dict[Source, NodeNow | Failure]:
    """What the nodes of these vessels say to those who found the vessels; `anyway`: also once interrupted."""
    sources = list(dict.fromkeys(map(Source.of, vessels)))

    testbeds = await connected(session, [source.identity for source in sources])

    async def ask(source: Source) -> NodeNow:
        return await look_at(usable(testbeds[source.identity]), source.node)

    told = await ask_each(
        session, sources, ask, place=lambda source: Place(source.node), doing="asking nodes", anyway=anyway
    )
    return {source: one.value if isinstance(one, Success) else one for source, one in zip(sources, told, strict=True)}


async def survey(session: Session, vessels: Sequence[Known]) -> Results[Vessel]:
    """Each of these vessels as it is now, which is remembered."""
    nodes = await look_at_nodes(session, vessels)
    results = Results([_found(known.vessel.place, nodes[Source.of(known)]) for known in vessels])
    for vessel in results.values:
        session.targets.told(vessel)
    return results


def _found(place: Place, node: NodeNow | Failure) -> Success[Vessel] | Failure:
    if isinstance(node, Failure):
        return Failure.of(place, node.error)
    for vessel in node.vessels:
        if vessel.place == place:
            return Success(place, vessel)
    return Failure.of(place, NoSuchVessel("it is no more, or no longer ours: released, split, joined or given away"))


def vessels_of(node: str, told: NodeDescription) -> list[Vessel]:
    """The vessels that a node tells of, in the order in which it made them.

    Raises BadReply for a name that no vessel has.
    """
    on_node = Vessel(
        place=Place(node),
        addresses=tuple(told.addresses),
        nat=told.nat.value,
        public_address=told.public_address,
        holding_back=told.holding_back,
        notice=told.notice,
    )
    return sorted(map(on_node.as_told, told.vessels), key=lambda vessel: (len(vessel.name), vessel.name))
