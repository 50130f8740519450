"""What a vessel has of memory: little that is its own, and none that another process could write to."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MOST = 6_000_000  # bytes that guest and monitor together share with nobody

Start = Callable[..., Any]  # see conftest.py

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may look into a guest")


@pytest.fixture
def idle(start: Start) -> Any:
    run = start('print("idle")\nsleep(1000)\n')
    run.wait_for_output("idle")
    return run


def test_given_a_vessel_that_idles_when_looked_at_then_it_shares_most_of_its_memory(idle: Any) -> None:
    own = 0  # kilobytes
    for pid in (idle.guest, idle.monitor):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Private_"):
                own += int(line.split()[1])
    assert own * 1024 <= MOST


@pytest.mark.unwatched
def test_given_a_vessel_when_looked_at_then_nothing_that_it_writes_shows_in_another_process(idle: Any) -> None:
    """The nursery watches a vessel of its own by memory that both share: no other vessel may get any of that."""
    for pid in (idle.guest, idle.monitor):
        permissions = [line.split()[1] for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
        assert permissions
        assert not [one for one in permissions if "w" in one and "s" in one]


HANGS = """
import signal, time
from seattle.repy import nursery
from seattle.repy.guest import runtime
from seattle.repy.walls import begin_to_prepare

class Hanging(nursery.Nursery):
    def _fork_guest(self):
        time.sleep(1000)

nursery._WATCHED = 1
finish, loaded = begin_to_prepare(), runtime.preload()
Hanging(finish(), loaded, None)._bring_code_together()
print("goes on")
"""


def test_given_a_watched_vessel_that_hangs_when_the_nursery_waits_for_it_then_it_is_killed() -> None:
    words = [sys.executable, "-c", HANGS]
    assert subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout.strip() == "goes on"
