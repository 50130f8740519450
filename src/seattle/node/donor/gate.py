"""What the donor allows at this moment. The keeper sets it; vessels and calls obey it at once."""

from dataclasses import dataclass, field

from seattle.identity.keys import PublicKey
from seattle.node.errors import Denied, HeldBack


@dataclass
class Gate:
    """Open until it is set otherwise, as for a node without a donor's policy."""

    why: str = ""  # nothing is started, for this reason; empty: programs may be started
    notice: str = ""  # what tenants should know ahead of time
    frozen: bool = False  # what runs stands still
    cpu_factor: float = 1.0  # of each vessel's cpu
    denied: frozenset[str] = field(default_factory=frozenset)  # ids of keys

    def check_caller(self, caller: PublicKey) -> None:
        """Raise Denied for a key that the donor has barred."""
        if caller.id in self.denied:
            raise Denied("the donor of this node has barred this key: it may do nothing here")

    def refusal(self, owner: PublicKey) -> Denied | HeldBack | None:
        """Why no program may be started in a vessel of this owner now; None if one may."""
        if owner.id in self.denied:
            return Denied("the donor of this node has barred the owner of this vessel: nothing is started in it")
        if self.why:
            return HeldBack(f"this node starts nothing now: {self.why}")
        return None

    def check_start(self, owner: PublicKey) -> None:
        """Raise Denied or HeldBack if no program may be started in a vessel of this owner now."""
        if (no := self.refusal(owner)) is not None:
            raise no
