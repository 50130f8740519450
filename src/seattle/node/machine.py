"""What this machine has, what of it is donated, and how that is divided into the first vessels."""

import os
import resource as limits
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil

from seattle.node.errors import TooLittleDonated
from seattle.resources.errors import ResourceError
from seattle.resources.kinds import Resource
from seattle.resources.splitting import portion
from seattle.resources.vector import ResourceVector

EVENTS: Final = 500  # threads donated, whatever the share
LEAST_MEMORY: Final = 40 * 1024 * 1024
"""Bytes that a vessel needs to run anything: the interpreter that it is forked from, and some room for a program."""

# Of what has not been measured. Source: spec/node.md section 6.2.
ASSUMED: Final[Mapping[str, float]] = {
    "fileread": 1_200_000,
    "filewrite": 1_200_000,
    "netsend": 500_000,
    "netrecv": 500_000,
    "loopsend": 50_000_000,
    "looprecv": 50_000_000,
    "lograte": 1_500_000,
    "random": 200_000,
}
_FILES_WITHOUT_LIMIT: Final = 65536  # where the system sets no limit to open files
_FILES_SHARE: Final = 3  # one third each for files, listening sockets and connections

Amounts = Mapping[str, float]


def measure(folder: Path) -> ResourceVector:
    """All that this machine has, as far as that is known without measuring; disk is what is free where `folder` is.

    `donor/benchmark.py` measures what is assumed here. Units are those of ResourceVector. No ports: those are not
    measured but handed out.
    """
    each = open_files_each(limits.getrlimit(limits.RLIMIT_NOFILE)[1])
    return ResourceVector.from_mapping(
        {
            **ASSUMED,
            "cpu": float(processors()),
            "memory": psutil.virtual_memory().total,
            "diskused": psutil.disk_usage(str(folder)).free,
            "events": EVENTS,
            "filesopened": each,
            "insockets": each,
            "outsockets": each,
        }
    )


def open_files_each(limit: int) -> int:
    """How many files, listening sockets and connections each there may be, where so many descriptors are allowed."""
    if limit in (limits.RLIM_INFINITY, -1):
        limit = _FILES_WITHOUT_LIMIT
    return max(1, limit // _FILES_SHARE)


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def with_measured(machine: ResourceVector, measured: Amounts) -> ResourceVector:
    """The machine with what was `measured` of it instead. Raises TooLittleDonated for amounts that are none."""
    try:
        return ResourceVector.from_mapping({**machine.to_mapping(), **measured})
    except ResourceError as why:
        raise TooLittleDonated(f"what was measured is not as it should be: {why}") from why


def donate(machine: ResourceVector, *, share: float, explicit: Amounts | None = None) -> ResourceVector:
    """What is donated: `share` (0 to 1) of the machine, except for what `explicit` names: that much, whatever it has.

    Raises TooLittleDonated for explicit amounts that are no amounts.
    """
    amounts: dict[str, object] = dict(machine.scale(share).to_mapping())
    amounts[Resource.EVENTS.value] = machine[Resource.EVENTS]
    try:
        return ResourceVector.from_mapping(amounts | dict(explicit or {}))
    except ResourceError as why:
        raise TooLittleDonated(f"the donation is not as it should be: {why}") from why


def divide(donated: ResourceVector, percents: Sequence[int], *, first_port: int) -> tuple[ResourceVector, ...]:
    """The resources of the first vessels.

    Raises TooLittleDonated if one of them could not even hold an interpreter: better to hear it now, from the
    installer, than from every program that is refused.
    """
    try:
        vessels = portion(donated, percents, first_port=first_port)
    except ResourceError as why:
        raise TooLittleDonated(f"the donation can't be divided: {why}") from why
    for percent, vessel in zip(percents, vessels, strict=True):
        if vessel[Resource.MEMORY] < LEAST_MEMORY:
            raise TooLittleDonated(
                f"a vessel of {percent} % would have {vessel[Resource.MEMORY]} bytes of memory, and needs "
                f"{LEAST_MEMORY} to run anything: donate more, or make fewer and larger vessels"
            )
        if vessel[Resource.CPU] <= 0:
            raise TooLittleDonated(f"a vessel of {percent} % would have no cpu: donate more")
    return vessels
