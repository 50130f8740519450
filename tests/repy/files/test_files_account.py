"""The account of a folder against the folder, whatever a program and its owner do."""

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.repy.files.vessel_folder import do

from seattle.repy.monitor.disk import BLOCK, disk_used
from seattle.repy.monitor.files import Files
from seattle.repy.monitor.refused import RefusedError
from seattle.resources.defaults import REPY_DEFAULT
from seattle.resources.meter import Meter
from seattle.resources.vector import ResourceVector

pytestmark = pytest.mark.usefixtures("no_descriptor_left")


class Account(RuleBasedStateMachine):
    """A program and its owner do what they like; the account says what the folder says."""

    LIMIT = 8 * BLOCK

    def __init__(self) -> None:
        super().__init__()
        self._temporary = TemporaryDirectory()
        self.folder = Path(self._temporary.name)
        self.fd = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        self.now = 0.0
        self.handles: dict[str, int] = {}
        self.files = self.new_files()

    @rule()
    def restart(self) -> None:
        for handle in self.handles.values():
            self.files.close(handle)
        self.handles.clear()
        self.files = self.new_files()

    def new_files(self) -> Files:
        limits = ResourceVector.from_mapping({**REPY_DEFAULT.to_mapping(), "diskused": self.LIMIT})
        return Files(self.fd, Meter(limits, clock=self.clock), count(1).__next__, clock=self.clock)

    def clock(self) -> float:
        return self.now

    @rule(name=st.sampled_from("abc"), create=st.booleans())
    def open(self, name: str, create: bool) -> None:
        self.attempt(lambda: self.handles.__setitem__(name, do(self.files.open(name, create=create))))

    @precondition(lambda self: self.handles)
    @rule(
        data=st.data(),
        at=st.integers(0, 2 * BLOCK),
        size=st.integers(0, 5 * BLOCK),
        following=st.sampled_from([0, 0, 0, 1, BLOCK, 2**62]),
    )
    def write(self, data: st.DataObject, at: int, size: int, following: int) -> None:
        handle = self.handles[data.draw(st.sampled_from(sorted(self.handles)))]
        self.attempt(lambda: do(self.files.write(handle, at, bytes(size), following)))

    @precondition(lambda self: self.handles)
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        self.files.close(self.handles.pop(data.draw(st.sampled_from(sorted(self.handles)))))

    @rule(name=st.sampled_from("abc"))
    def remove(self, name: str) -> None:
        self.attempt(lambda: do(self.files.remove(name)))

    @rule(name=st.sampled_from("abU"), size=st.integers(0, 4 * BLOCK))
    def upload(self, name: str, size: int) -> None:
        (self.folder / name).write_bytes(bytes(size))
        self.now += 1  # so much may pass until it counts

    @rule(name=st.sampled_from("abU"))
    def take_away(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        self.now += 1

    @rule()
    def ask(self) -> None:
        assert self.files.used() == self.on_disk()

    def attempt(self, call: Callable[[], Any]) -> None:
        before, most = self.on_disk(), self.LIMIT
        try:
            call()
        except RefusedError:
            most = 0  # what is refused has not grown anything
        assert self.on_disk() <= max(before, most)

    def on_disk(self) -> int:
        hidden = [os.fstat(file.fd) for file in self.files._open.values()]
        return disk_used(self.fd) + sum(one.st_size + BLOCK for one in hidden if not one.st_nlink)

    @invariant()
    def says_what_the_folder_says(self) -> None:
        account = self.files._disk
        if account._looked == self.now:  # the clock goes on whenever the owner has changed something
            assert account._used == self.on_disk()
        assert account._promised >= 0
        assert account._promised == 0 or self.handles

    def teardown(self) -> None:
        for handle in self.handles.values():
            self.files.close(handle)
        os.close(self.fd)
        self._temporary.cleanup()


TestAccount = Account.TestCase
TestAccount.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
