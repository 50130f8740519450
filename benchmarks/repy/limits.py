"""Limits that nothing here runs into, so that a benchmark measures the sandbox and not its meters."""

from typing import Any

from seattle.resources.restrictions import Restrictions, format_restrictions
from seattle.resources.vector import ResourceVector

_PLENTY = 1e11

_LIFTED: dict[str, Any] = {
    "cpu": 100,
    "memory": 1 << 30,
    "diskused": 1 << 34,
    "fileread": _PLENTY,
    "filewrite": _PLENTY,
    "netsend": _PLENTY,
    "netrecv": _PLENTY,
    "loopsend": _PLENTY,
    "looprecv": _PLENTY,
    "lograte": _PLENTY,
    "random": _PLENTY,
    "events": 100,
    "filesopened": 100,
    "insockets": 100,
    "outsockets": 100,
    "messport": range(63100, 63200),
    "connport": range(63100, 63200),
}


def limits(**held: Any) -> str:
    """The text of a restrictions file that holds these resources to that much, and no other."""
    return format_restrictions(Restrictions(ResourceVector.of(**{**_LIFTED, **held})))


LIFTED = limits()
