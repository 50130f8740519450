"""What is like a vessel that was lost: the same country, or else the same network, or else reached in the same way."""

from collections.abc import Iterator

from seattle.clearinghouse.fleet.models import Node
from seattle.clearinghouse.leases.models import Kind
from seattle.clearinghouse.leases.where import ANYWHERE, Where


def likenesses(node: Node) -> Iterator[tuple[Kind, Where]]:
    """What to ask for in place of a vessel of this node, most alike first."""
    reached = Kind.NAT if node.nat == Node.Nat.NAT else Kind.WAN  # one of `wan`: not behind a NAT
    if node.country:
        yield reached, Where(countries=[node.country])
        yield Kind.RANDOM, Where(countries=[node.country])
    if node.network:
        yield Kind.RANDOM, Where(networks=[node.network])
    if node.asn is not None:
        yield Kind.RANDOM, Where(asns=[node.asn])
    yield reached, ANYWHERE
