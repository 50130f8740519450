"""Vessels' folders whose files are called for without a program."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.repy.files.vessel_folder import Vessel

from seattle.resources.vector import ResourceVector

Limits = Callable[..., ResourceVector]


@pytest.fixture
def new_vessel(vessel: Path, limits: Limits) -> Iterator[Callable[..., Vessel]]:
    """Make one on the test's folder, with limits changed as told."""
    made: list[Vessel] = []

    def make(**changes: Any) -> Vessel:
        made.append(Vessel(vessel, limits(**changes)))
        return made[-1]

    yield make
    for one in made:
        os.close(one.fd)
