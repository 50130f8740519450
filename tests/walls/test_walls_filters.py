"""The filters of system calls are built in a process of their own, of which nothing stays."""

import errno
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from seattle.repy.walls import guest_calls, monitor_calls, seccomp
from seattle.repy.walls.filters import begin_filters

BUILD_AND_LOOK = """
import sys
from pathlib import Path
from seattle.repy.walls import prepare

prepared = prepare()
assert not isinstance(prepared.filter, str), prepared.filter
print("libseccomp" in Path("/proc/self/maps").read_text(), "pyseccomp" in sys.modules)
"""


def test_given_filters_that_were_built_elsewhere_then_they_are_what_would_have_been_built_here() -> None:
    built = begin_filters()()
    assert built.guest == seccomp.build(guest_calls.PERMITTED, unknown=guest_calls.UNKNOWN)
    assert built.monitor == seccomp.build(monitor_calls.PERMITTED, unknown=monitor_calls.UNKNOWN)


def test_given_a_wall_that_was_prepared_when_the_process_is_looked_at_then_nothing_that_built_it_is_there() -> None:
    """Each guest and monitor would inherit it."""
    looked = subprocess.run(
        [sys.executable, "-I", "-c", BUILD_AND_LOOK], capture_output=True, text=True, check=True, timeout=60
    )
    assert looked.stdout.split() == ["False", "False"]


def test_given_no_process_to_be_had_when_filters_are_built_then_they_are_built_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fork() -> int:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    elsewhere = begin_filters()()
    monkeypatch.setattr(os, "fork", fork)
    assert begin_filters()() == elsewhere


def test_given_no_libseccomp_when_filters_are_built_then_each_says_why_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    for found in begin_filters()():
        assert isinstance(found, str)
        assert "pyseccomp" in found


def test_given_a_builder_that_dies_when_filters_are_built_then_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    deadly = SimpleNamespace(system_arch=lambda: os.kill(os.getpid(), signal.SIGKILL))
    monkeypatch.setitem(sys.modules, "pyseccomp", deadly)
    for found in begin_filters()():
        assert isinstance(found, str)
        assert "died" in found
