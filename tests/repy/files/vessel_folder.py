"""A vessel's folder and the file calls of the monitor on it, with nothing else around."""

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.door import Refusal
from seattle.repy.monitor.files import Files
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import Sleep
from seattle.resources.meter import Meter
from seattle.resources.vector import ResourceVector


def do(task: Any) -> Any:
    """The result of a call, waits skipped."""
    if not hasattr(task, "send"):
        return task
    try:
        while True:
            assert isinstance(next(task), Sleep)
    except StopIteration as end:
        return end.value


def refusal(call: Callable[[], Any]) -> Refusal:
    """With what a call is refused."""
    with pytest.raises(RefusedError) as refused:
        do(call())
    return refused.value.refusal


class Vessel:
    """A folder, and the file calls on it, with a clock that stands still."""

    def __init__(self, folder: Path, limits: ResourceVector) -> None:
        self.folder = folder
        self.fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self.now = 0.0
        self.meter = Meter(limits, clock=lambda: self.now)
        self.files = Files(self.fd, self.meter, count(1).__next__, clock=lambda: self.now)

    def open(self, name: str, *, create: bool = False) -> int:
        handle: int = do(self.files.open(name, create=create))
        return handle
