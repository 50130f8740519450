"""Limits that nothing here runs into, so that a benchmark measures the sandbox and not its meters."""

from seattle.resources.restrictions import Restrictions, format_restrictions
from seattle.resources.vector import ResourceVector

_PLENTY = 1e11

LIFTED = format_restrictions(
    Restrictions(
        ResourceVector.of(
            cpu=100,
            memory=1 << 30,
            diskused=1 << 34,
            fileread=_PLENTY,
            filewrite=_PLENTY,
            netsend=_PLENTY,
            netrecv=_PLENTY,
            loopsend=_PLENTY,
            looprecv=_PLENTY,
            lograte=_PLENTY,
            random=_PLENTY,
            events=100,
            filesopened=100,
            insockets=100,
            outsockets=100,
            messport=range(63100, 63200),
            connport=range(63100, 63200),
        )
    )
)
