"""What a flood of calls at one monitor costs the vessel next to it, beside a program there that only computes.

Each of the two that disturb may use one core, what `repy` gives, and stands still while the other has its turn. The
median of the neighbour's calls is taken in each turn, and then that of all turns. Nothing is pinned.
"""

import time
from collections.abc import Iterator

from benchmarks.repy.flood_programs import COMPUTES, FLOODS, NEIGHBOUR, THREADS
from benchmarks.repy.limits import limits
from benchmarks.repy.vessels import Run, Vessels, vessels
from benchmarks.rows import Row, at_most_times
from benchmarks.timing import by_turns, median

ROUNDS = 9
SECONDS = 0.5  # for which the neighbour makes calls, in each turn
WARM = 0.1  # seconds until a thawed program is in full swing
SHARE = 1  # core, for a program and its monitor together
PORTS = (63101, 63102)  # of the flooder


def measure() -> Iterator[Row]:
    """The rows of this file."""
    for kind, flood in FLOODS.items():
        with vessels() as warm, _disturber(warm, flood, walls="kernel") as flooder, _disturber(warm, COMPUTES) as busy:
            beside_flood, beside_busy, alone = by_turns(
                lambda: _beside(warm, flooder),
                lambda: _beside(warm, busy),
                lambda: _calls(warm),
                rounds=ROUNDS,
            )
        yield Row(
            name=f"a neighbour's call beside a flood: {kind}",
            ours=median(beside_flood) * 1e6,
            peer=median(beside_busy) * 1e6,
            unit="us",
            target=at_most_times(2),
            peer_name="beside a program that computes",
            note=f"{median(alone) * 1e6:.3g} us beside none",
        )


def _disturber(warm: Vessels, program: str, *, walls: str = "both") -> Run:
    """One that is ready, and stands still."""
    run = warm.start(program, *PORTS, restrictions=limits(cpu=SHARE, events=THREADS + 3), walls=walls)
    run.wait_for_output("up")
    run.freeze()
    return run


def _beside(warm: Vessels, disturber: Run) -> float:
    disturber.thaw()
    time.sleep(WARM)
    try:
        return _calls(warm)
    finally:
        disturber.freeze()


def _calls(warm: Vessels) -> float:
    """The neighbour's median, in seconds."""
    return float(warm.run(NEIGHBOUR, SECONDS).split()[-1])
