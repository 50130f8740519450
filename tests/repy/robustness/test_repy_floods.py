"""A guest that floods its monitor with calls: the monitor does not grow, and the vessel next to it is served.

How much slower its neighbour's calls get is measured by `benchmarks/repy/floods.py`, with the same programs.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from benchmarks.repy.flood_programs import COMPUTES, FLOODS, NEIGHBOUR, THREADS

from seattle.repy.monitor.cpu_alarm import cpu_clock
from seattle.repy.monitor.cpu_budget import STOP

Start = Callable[..., Any]  # see conftest.py

WARM = 0.3  # seconds until every kind of call has been made
GROWTH = 8 << 20  # bytes that a monitor may grow by after that: a call and an answer for each line, and air
SERVED = 0.02  # seconds, several turns of the scheduler: no measure, but what even a busy machine keeps to
SLOWER = 2.0  # times as long as beside a program that computes as much, for a minute

PLENTY = dict.fromkeys(
    ("fileread", "filewrite", "lograte", "loopsend", "looprecv", "netsend", "netrecv", "random"), 1e12
)


class Seen(NamedTuple):
    """How it went beside a program, and what its monitor needed."""

    latency: float  # seconds, of the neighbour's calls: the median
    grown: int  # bytes
    worked: float  # CPU seconds


class Watch(threading.Thread):
    """Looks at a monitor all the time, and reads what its program writes."""

    def __init__(self, run: Any) -> None:
        super().__init__()
        self._run = run
        self._over = threading.Event()
        self._before, self._began = resident(run.monitor), cpu_time(run.monitor)
        self._most = self._before

    def run(self) -> None:
        while not self._over.wait(0.01):
            self._run.drop_output()
            self._most = max(self._most, resident(self._run.monitor))

    def stop(self) -> tuple[int, float]:
        """By how many bytes the monitor has grown, at the most, and for how many CPU seconds it has worked."""
        self._over.set()
        self.join()
        return self._most - self._before, cpu_time(self._run.monitor) - self._began


@pytest.fixture
def beside(start: Start, ports: Callable[[int], list[int]], tmp_path: Path) -> Callable[..., Seen]:
    """Run a neighbour for so many seconds beside a program, which has two ports."""
    own = ports(2)
    folder = tmp_path / "neighbour"
    folder.mkdir()

    def beside(program: str, seconds: float, **options: Any) -> Seen:
        given = {"events": THREADS + 3, "messport": own, "connport": own, **PLENTY}
        other = start(program, *own, limits=given, **options)
        other.wait_for_output("up")
        time.sleep(WARM)
        watch = Watch(other)
        watch.start()
        try:
            written = start(NEIGHBOUR, seconds, folder=folder, limits=PLENTY).wait().output
        finally:
            grown, worked = watch.stop()
        seen = Seen(float(written.split()[-1]), grown, worked)
        other.stop()
        assert other.wait().kind == "stopped"
        return seen

    return beside


@pytest.mark.parametrize("kind", FLOODS)
def test_given_a_flood_of_calls_when_it_goes_on_then_the_monitor_does_not_grow_and_the_neighbour_is_served(
    beside: Callable[..., Seen], kind: str
) -> None:
    flooded = beside(FLOODS[kind], 1.0, walls="kernel")
    assert flooded.worked > 0  # the flood has reached it
    assert flooded.grown < GROWTH
    assert flooded.latency < SERVED


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", FLOODS)
def test_given_a_flood_of_calls_when_it_goes_on_for_a_minute_then_the_neighbours_calls_take_twice_as_long_at_most(
    beside: Callable[..., Seen], kind: str
) -> None:
    calm, flooded = beside(COMPUTES, 60.0), beside(FLOODS[kind], 60.0, walls="kernel")
    print(f"\n{kind}: {flooded}, beside as busy a program {calm}, {flooded.latency / calm.latency:.2f} times as long")
    assert flooded.grown < GROWTH
    assert flooded.latency / calm.latency < SLOWER


@pytest.mark.parametrize("kind", FLOODS)
def test_given_a_small_share_when_a_program_floods_its_monitor_then_both_together_are_held_to_it(
    start: Start, ports: Callable[[int], list[int]], kind: str
) -> None:
    """So what is refused is paid for as well, whatever it is."""
    own, share = ports(2), 0.1
    given = {"cpu": share, "events": THREADS + 3, "messport": own, "connport": own, **PLENTY}
    run = start(FLOODS[kind], *own, limits=given, walls="kernel")
    run.wait_for_output("up")
    watch = Watch(run)
    watch.start()
    began, before = time.monotonic(), cpu_time(run.monitor) + cpu_time(run.guest)
    time.sleep(2)
    used, passed = cpu_time(run.monitor) + cpu_time(run.guest) - before, time.monotonic() - began
    watch.stop()
    assert used < share * (passed + 2 * STOP) + 0.2  # unheld it is two seconds and more
    run.stop()
    assert run.wait().kind == "stopped"


def resident(pid: int) -> int:
    """Bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu_time(pid: int) -> float:
    """Seconds, of all its threads."""
    return time.clock_gettime(cpu_clock(pid))
