"""What the store hands out: frozen values, as they were when they were read."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from seattle.fabric.node_api import Layer
from seattle.identity.keys import PublicKey
from seattle.repy.outcome import Outcome
from seattle.resources.vector import ResourceVector


@dataclass(frozen=True, kw_only=True)
class VesselRecord:
    """One vessel: whose it is and what it has."""

    name: str
    owner: PublicKey
    users: tuple[PublicKey, ...]  # in the order in which they were given
    resources: ResourceVector
    owner_information: str = ""
    advertise: bool = True

    @property
    def holders(self) -> tuple[PublicKey, ...]:
        """Who may use it: the owner, then the users."""
        return self.owner, *self.users


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One run of a program in a vessel. Runs of a vessel are numbered from 1; a reset doesn't start over."""

    vessel: str
    number: int
    program: str  # file name
    digest: str  # SHA-256 of the program, hexadecimal
    arguments: tuple[str, ...]
    log_start: int  # offset in the vessel's log at which it began
    asked_at: float  # seconds since 1970
    wanted: bool  # whether it should be running; from the start until it has ended or was told to stop
    layers: tuple[Layer, ...] = ()  # that it runs beneath, the outermost first
    outcome: Outcome | None = None
    ended_at: float | None = None  # seconds since 1970

    @property
    def name(self) -> str:
        """Its name among all runs of the node."""
        return f"{self.vessel}.{self.number}"


def layers_to_text(layers: Sequence[Layer]) -> str:
    """Layers as a database keeps them: JSON."""
    return msgspec.json.encode(layers).decode()


def layers_from_text(text: str) -> tuple[Layer, ...]:
    """What `layers_to_text` made a text of."""
    return msgspec.json.decode(text, type=tuple[Layer, ...])
