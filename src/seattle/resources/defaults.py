"""Limits for when nobody chose any, and a vessel of ordinary size for examples and tests."""

from typing import Final

from seattle.resources.vector import ResourceVector

# What `repy prog.py` gives the author's own program. Memory has to hold a Python 3 interpreter too.
REPY_DEFAULT: Final = ResourceVector.of(
    cpu=1,
    memory=256 * 1024 * 1024,
    diskused=1_000_000_000,
    events=1000,
    fileread=10_000_000,
    filewrite=10_000_000,
    filesopened=250,
    insockets=500,
    outsockets=500,
    netsend=300_000_000,
    netrecv=300_000_000,
    loopsend=10_000_000,
    looprecv=10_000_000,
    lograte=300_000,
    random=100_000,
    messport=range(63100, 63200),
    connport=range(63100, 63200),
)

# The unit that testbeds hand out: about 2 % of a small machine, with the first ten of its ports.
VESSEL: Final = ResourceVector.of(
    cpu=0.02,
    memory=64 * 1024 * 1024,
    diskused=100_000_000,
    events=50,
    fileread=10_000,
    filewrite=10_000,
    filesopened=10,
    insockets=10,
    outsockets=10,
    netsend=10_000,
    netrecv=10_000,
    loopsend=100_000,
    looprecv=100_000,
    lograte=10_000,
    random=1_000,
    messport=range(63100, 63110),
    connport=range(63100, 63110),
)
