"""The codes of the reference's faults, and which of our errors is which."""

import logging
from enum import IntEnum
from typing import Final
from xmlrpc.client import Fault

from django.db import InterfaceError, OperationalError

from seattle.clearinghouse import errors

log = logging.getLogger(__name__)


class Code(IntEnum):
    """As clients know them. 104 is retired."""

    UNHANDLED = 1  # no such call, or no call at all
    INTERNAL = 100
    AUTHENTICATION = 101
    INVALID_REQUEST = 102
    NOT_ENOUGH_CREDITS = 103
    CANNOT_FULFIL = 105


# The first that fits.
_CODES: Final = (
    (errors.NotAuthenticated, Code.AUTHENTICATION),
    (errors.NotPermitted, Code.AUTHENTICATION),
    (errors.TooManyRequests, Code.CANNOT_FULFIL),
    (errors.NotEnoughCredits, Code.NOT_ENOUGH_CREDITS),
    (errors.CannotFulfil, Code.CANNOT_FULFIL),
    (errors.BadRequest, Code.INVALID_REQUEST),
)


def fault_of(why: Exception) -> Fault:
    """What a client is told of an error."""
    for family, code in _CODES:
        if isinstance(why, family):
            return Fault(code, why.message)
    if isinstance(why, Fault):
        return why
    if isinstance(why, OperationalError | InterfaceError):  # the database is away: no mistake, and worth another try
        log.error("xmlrpc_without_database", exc_info=why)
        return Fault(Code.CANNOT_FULFIL, "the site's database does not answer: try again in a minute")
    log.error("xmlrpc_failed", exc_info=why)
    return Fault(Code.INTERNAL, "something went wrong here: try again later, and tell the operators if it stays")
