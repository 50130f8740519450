"""Vessels of a testbed, for benchmarks that need many."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from benchmarks.node.testbed import Bed
from seattle.client.fan_out import fan_out
from seattle.client.places import Place
from seattle.client.results import Success
from seattle.fabric import node_api as api
from seattle.fabric.operations import Ask
from seattle.fabric.transfer import upload

PROGRAM = "program.py"
IDLE = b'print("idle")\nsleep(3600)\n'
PATIENCE = 60.0  # seconds
HALF = 0.45  # of a vessel that is split; what remains pays for the split, too
NEEDED = ("cpu", "memory", "diskused", "events", "lograte")  # for a program that sleeps


@dataclass(frozen=True)
class Vessel:
    """One of many."""

    ask: Ask
    name: str

    async def start_idle(self) -> None:
        """Have it run something that waits; return when that has begun to."""
        await upload(self.ask, vessel=self.name, name=PROGRAM, content=IDLE)
        started = await self.ask(api.START, api.Start(vessel=self.name, program=PROGRAM))
        while not (await self.ask(api.READ_LOG, self._more(started))).data:
            pass

    async def stop(self) -> None:
        """End it."""
        await self.ask(api.STOP, api.Stop(vessel=self.name))

    def _more(self, started: api.RunStarted) -> api.ReadLog:
        return api.ReadLog(vessel=self.name, offset=started.log_offset, wait=5.0)


async def each(vessels: Sequence[Vessel], work: Callable[[Vessel], Awaitable[None]]) -> None:
    """Do it on all at the same time. Raises RuntimeError if it fails on one."""
    results = await fan_out(vessels, work, place=lambda vessel: Place("", vessel.name), within=PATIENCE)
    failed = [one for one in results if not isinstance(one, Success)]
    if failed:
        raise RuntimeError(f"{len(failed)} vessels failed: {failed[0]}")


async def all_vessels(bed: Bed) -> list[Vessel]:
    """All vessels of all nodes."""
    return [
        Vessel(bed.asking(node), vessel.name)
        for node in range(len(bed.local.nodes))
        for vessel in (await bed.asking(node)(api.GET_VESSELS, api.GetVessels())).vessels
    ]


async def split(vessel: Vessel) -> None:
    """Make two of one, as equal as can be."""
    limits = (await vessel.ask(api.GET_RESOURCES, api.GetResources(vessel=vessel.name))).limits
    wanted: dict[str, int | float | list[int]] = {}
    for name in NEEDED:
        amount = limits[name]
        assert not isinstance(amount, list)  # only ports are lists
        wanted[name] = amount * HALF if name == "cpu" else int(amount * HALF)
    await vessel.ask(api.SPLIT, api.Split(vessel=vessel.name, resources=wanted))
