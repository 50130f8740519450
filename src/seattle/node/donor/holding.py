"""From what was found to what is done: a pure decision, so that a test, a retry and a restart are the same call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum


class Act(IntEnum):
    """What happens to programs. More includes less."""

    GO = 0
    START_NOTHING = 1
    FREEZE = 2
    STOP = 3


@dataclass(frozen=True)
class Reason:
    """One thing that holds back."""

    name: str  # of the condition or order, such as `power` or `paused`
    words: str
    grace: float = 0.0  # seconds that programs stand still before they are stopped
    act: Act = Act.FREEZE  # meanwhile


@dataclass(frozen=True)
class Decision:
    """What is to be done now."""

    reasons: Sequence[Reason] = ()
    notice: str = ""
    cpu_factor: float = 1.0
    act: Act = Act.GO

    @property
    def why(self) -> str:
        """In words; empty if nothing holds back."""
        return "; ".join(dict.fromkeys(reason.words for reason in self.reasons))


@dataclass
class Held:
    """Since when each reason holds."""

    since: dict[str, float] = field(default_factory=dict)  # seconds of a clock that never jumps

    def update(self, reasons: Sequence[Reason], now: float) -> Mapping[str, float]:
        """The seconds for which each has held."""
        self.since = {reason.name: self.since.get(reason.name, now) for reason in reasons}
        return {name: now - since for name, since in self.since.items()}


def decide(
    reasons: Sequence[Reason], held_for: Mapping[str, float], *, notice: str = "", cpu_factor: float = 1.0
) -> Decision:
    """Programs stand still while any reason holds, and are stopped once one has held for longer than its grace."""
    acts = [
        Act.STOP if reason.act is Act.FREEZE and held_for[reason.name] >= reason.grace else reason.act
        for reason in reasons
    ]
    return Decision(reasons=tuple(reasons), notice=notice, cpu_factor=cpu_factor, act=max(acts, default=Act.GO))
