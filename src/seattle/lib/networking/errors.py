"""The exceptions of CPython's `socket` for those of the Repy API, and those that only `socket` has."""

from errno import (
    EACCES,
    EADDRINUSE,
    EADDRNOTAVAIL,
    EBADF,
    ECONNREFUSED,
    EINVAL,
    EIO,
    ENETUNREACH,
    ENOBUFS,
    EPIPE,
    ETIMEDOUT,
)

EAI_AGAIN, EAI_FAMILY, EAI_NONAME, EAI_SERVICE, EAI_SOCKTYPE = -3, -6, -2, -8, -7


class herror(OSError):
    """An address has no name."""


class gaierror(OSError):
    """A name has no address."""


def no_address():
    """What `getaddrinfo` raises for a name that nobody knows."""
    return gaierror(EAI_NONAME, "Name or service not known")


def os_error(why):
    """The OSError that CPython raises where the Repy API raised `why`.

    Its number is CPython's, and its text where the API's own would not tell more.
    """
    for kind, make, number, text in _MEANINGS:
        if isinstance(why, kind):
            return make(number, text or str(why))
    return OSError(EIO, str(why))


_MEANINGS = (
    (ConnectionRefusedError, ConnectionRefusedError, ECONNREFUSED, "Connection refused"),
    (TimeoutError, TimeoutError, ETIMEDOUT, "Connection timed out"),
    (SocketClosedLocal, OSError, EBADF, "Bad file descriptor"),
    (SocketClosedRemote, OSError, EPIPE, "Broken pipe"),
    (NetworkAddressError, gaierror, EAI_NONAME, "Name or service not known"),
    (InternetConnectivityError, OSError, ENETUNREACH, "Network is unreachable"),
    (AddressBindingError, OSError, EADDRNOTAVAIL, "Cannot assign requested address"),
    (AlreadyListeningError, OSError, EADDRINUSE, "Address already in use"),
    (DuplicateTupleError, OSError, EADDRINUSE, "Address already in use"),
    (CleanupInProgressError, OSError, EADDRINUSE, "Address already in use"),
    (ResourceForbiddenError, OSError, EACCES, ""),
    (ResourceExhaustedError, OSError, ENOBUFS, ""),
    (RepyArgumentError, OSError, EINVAL, ""),
)
