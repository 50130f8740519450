"""What is known of a vessel: values, as its node told them at one moment."""

import re
from dataclasses import dataclass, replace
from typing import Final, Self

from seattle.client.places import Place
from seattle.fabric.advert import Advert
from seattle.fabric.errors import BadReply
from seattle.fabric.node_api import RunOutcome, VesselState, VesselSummary

# Names become file names and lines on terminals, and a node is free to lie.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


@dataclass(frozen=True, kw_only=True)
class Vessel:
    """A vessel that we may use."""

    place: Place
    owner: str = ""  # a key's id, as are the users
    users: tuple[str, ...] = ()
    state: VesselState = VesselState.FRESH
    outcome: RunOutcome | None = None  # of the latest run, once it has ended
    run: int = 0  # number of the latest run; 0 if there was none
    addresses: tuple[str, ...] = ()  # where the node believes that it can be reached
    nat: str = ""  # nat: a translator of addresses keeps others from connecting to it; public: none does; unknown
    public_address: str = ""  # of the node, as its broker sees it
    tcp_ports: tuple[int, ...] = ()  # that programs in it may listen on
    udp_ports: tuple[int, ...] = ()
    owner_information: str = ""
    advertise: bool = True  # whether the directory tells owner and users of it
    holding_back: str = ""  # why its node lets no program run at the moment; empty when it does
    notice: str = ""  # what its donor wants known ahead of time

    @property
    def node(self) -> str:
        """The id of the node that it is on."""
        return self.place.node

    @property
    def name(self) -> str:
        """Its name on that node."""
        return self.place.vessel

    @classmethod
    def of(cls, node: Advert, told: VesselSummary, *, holding_back: str = "", notice: str = "") -> Self:
        """What a node told of itself and of this vessel. Raises BadReply for a name that no vessel has."""
        on_node = cls(
            place=Place(node.node, told.name),
            addresses=tuple(node.addresses),
            nat=node.nat.value,
            public_address=node.public_address,
            holding_back=holding_back,
            notice=notice,
        )
        return on_node.as_told(told)

    def as_told(self, told: VesselSummary) -> Self:
        """What the same node told of this vessel, or of another one, later. Raises BadReply, as above."""
        if not _NAME.match(told.name):
            raise BadReply(f"the node names a vessel {told.name!r}, which no vessel is named")
        return replace(
            self,
            place=Place(self.node, told.name),
            owner=told.owner,
            users=tuple(told.users),
            state=told.state,
            outcome=told.outcome,
            run=told.run,
            tcp_ports=tuple(told.tcp_ports),
            udp_ports=tuple(told.udp_ports),
            owner_information=told.owner_information,
            advertise=told.advertise,
        )

    def __str__(self) -> str:
        return str(self.place)
