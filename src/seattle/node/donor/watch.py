"""The conditions of one policy: each with its reader, its marks, and what it says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from seattle.node.donor.conditions.activity import read_idle
from seattle.node.donor.conditions.load import Load, OwnCpu
from seattle.node.donor.conditions.memory import read_memory_pressure
from seattle.node.donor.conditions.metered import read_metered
from seattle.node.donor.conditions.power import read_power
from seattle.node.donor.conditions.reading import Reading
from seattle.node.donor.conditions.temperature import read_temperature
from seattle.node.donor.holding import Reason
from seattle.node.donor.marks import Latch, Marks
from seattle.node.donor.policy import MINUTE, Policy

log = structlog.get_logger()

# What others are told. They are strangers: no readings, and nothing of whether somebody is at home.
TOLD: Final[Mapping[str, str]] = {
    "power": "the computer is on battery",
    "activity": "the donor needs the computer",
    "load": "the donor needs the computer",
    "memory": "the computer is short of memory",
    "temperature": "the computer is hot",
    "network": "the connection is metered",
    "traffic": "the traffic that the donor allows is used up",
}
_YES_OR_NO: Final = Marks(stop_at=1, resume_at=0)


@dataclass(frozen=True)
class Finding:
    """What one look at one condition came to."""

    name: str
    reading: Reading
    held: bool
    goes_on: str  # when it will not hold any more, in words
    grace: float  # seconds

    @property
    def reason(self) -> Reason | None:
        """Why it holds back, if it does, in words for everybody."""
        if not self.held:
            return None
        unknown = self.reading.value is None
        words = f"the donor's policy asks for {self.name}, which can't be read" if unknown else TOLD[self.name]
        return Reason(self.name, words, self.grace)


class Condition:
    """One condition. It remembers which of its marks was reached last."""

    def __init__(self, name: str, read: Callable[[], Reading], marks: Marks, *, goes_on: str, grace: float) -> None:
        self.name = name
        self.latch = Latch(marks)
        self._read = read
        self._goes_on = goes_on
        self._grace = grace

    def look(self) -> Finding:
        """Read it now. May block for a moment."""
        try:
            reading = self._read()
        except Exception as why:  # a mistake of ours must not let programs run
            log.exception("condition_not_read", condition=self.name)
            reading = Reading.unknown(f"reading it failed: {type(why).__name__}")
        return Finding(self.name, reading, self.latch.update(reading.value), self._goes_on, self._grace)


def conditions_of(
    policy: Policy, *, root: Path, own_cpu: OwnCpu, earlier: Sequence[Condition] = ()
) -> tuple[Condition, ...]:
    """The conditions that this policy has. Those that `earlier` ones under the same names held go on to hold.

    Args:
        policy: whose tables say which.
        root: the folder beneath which the computer's /sys, /proc, /dev and /run are.
        own_cpu: CPU seconds of the programs that run.
        earlier: those of the policy before.
    """
    made = tuple(_conditions(policy, root, own_cpu))
    held: Mapping[str, bool] = {condition.name: condition.latch.held for condition in earlier}
    for condition in made:
        condition.latch.held = held.get(condition.name, False)
    return made


def _conditions(policy: Policy, root: Path, own_cpu: OwnCpu) -> list[Condition]:
    def condition(name: str, read: Callable[[], Reading], marks: Marks, goes_on: str, grace: float | None) -> Condition:
        minutes = policy.grace if grace is None else grace
        return Condition(name, read, marks, goes_on=goes_on, grace=minutes * MINUTE)

    found = []
    if (power := policy.power) is not None:
        mains_only = power.mains_only
        later = "on mains" if mains_only else f"on mains or at {power.resume_at:g} %"
        read = lambda: read_power(root, mains_only=mains_only)  # noqa: E731 - as short as it can be
        found.append(condition("power", read, power.marks, later, power.grace))
    if (activity := policy.activity) is not None:
        later = f"when nobody has been here for {activity.resume_after:g} s"
        found.append(condition("activity", lambda: read_idle(root), activity.marks, later, activity.grace))
    if (load := policy.load) is not None:
        found.append(condition("load", Load(root, own_cpu).read, load.marks, f"at {load.resume_at:g} %", load.grace))
    if (memory := policy.memory) is not None:
        later = f"at {memory.resume_at:g} %"
        found.append(condition("memory", lambda: read_memory_pressure(root), memory.marks, later, memory.grace))
    if (hot := policy.temperature) is not None:
        later = f"at {hot.resume_at:g} degrees"
        found.append(condition("temperature", lambda: read_temperature(root), hot.marks, later, hot.grace))
    if (network := policy.network) is not None and (network.metered or network.metered_interfaces):
        asked, listed = network.metered, network.metered_interfaces
        found.append(
            condition(
                "network",
                lambda: read_metered(root, ask_manager=asked, interfaces=listed),
                _YES_OR_NO,
                "on another connection",
                network.grace,
            )
        )
    return found
