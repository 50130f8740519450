"""What the kernel answers, in the words of the API: whatever the number of an error, there is an exception for it."""

import errno
import os

from seattle.repy.door import Refusal
from seattle.repy.monitor.network.interface import Network
from seattle.repy.monitor.network.policy import Objection, Rule
from seattle.repy.monitor.network.transport import Transport
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.sockets.ends import End, Way

_UNREACHABLE = {errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENONET}
_PROHIBITED = {errno.EACCES, errno.EPERM}  # a broadcast, a prohibited route, a firewall
_REFUSED = {errno.ECONNREFUSED, errno.ECONNABORTED, errno.ECONNRESET}
_RESET = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ENOTCONN, errno.ESHUTDOWN, errno.ETIMEDOUT}

# For the kernel's own tables of sockets it goes through all of its buckets, which takes a large computer milliseconds.
_LOOK = 20  # refusals, see `RefusedError`

TRANSIENT = {errno.EINTR, errno.EAGAIN, errno.ENOBUFS, errno.ETIMEDOUT}
"""Failures to connect that may pass."""

# accept(2): these are the new connection's, which has failed already, and not the listener's.
NO_CONNECTION = _UNREACHABLE | {
    *(errno.EAGAIN, errno.EINTR, errno.ECONNABORTED, errno.ECONNRESET, errno.EPROTO, errno.ENOPROTOOPT),
    *(errno.EOPNOTSUPP, errno.EPERM, errno.ETIMEDOUT),
}


def prohibited(code: int, remote: End) -> Objection | None:
    """What stands against packets to `remote` when the kernel answers so, if that is what it means."""
    return Objection(Rule.SYSTEM, f"{remote} ({os.strerror(code)})") if code in _PROHIBITED else None


def bind_refused(
    code: int, network: Network, transport: Transport, local: End, *, taken: Refusal | None = None
) -> RefusedError:
    """Why `local` can't be had. `taken`: the refusal if somebody has it; found out where it is None."""
    if code == errno.EADDRINUSE:
        effort = _LOOK if taken is None else 1
        if taken is None:
            listening = network.has_listener(transport, *local)
            taken = Refusal.ALREADY_LISTENING if listening else Refusal.CLEANUP
        if taken is Refusal.CLEANUP:
            return RefusedError(taken, f"{transport.value} {local} is being cleaned up; try again soon", effort=effort)
        return RefusedError(taken, f"{transport.value} {local} is in use already", effort=effort)
    if code == errno.EADDRNOTAVAIL:
        return RefusedError(Refusal.BINDING, f"{local.address} is not an address of this computer")
    return RefusedError(Refusal.BINDING, f"{transport.value} {local} can't be bound: {os.strerror(code)}")


def send_refused(code: int, way: Way) -> RefusedError:
    """Why a datagram did not go."""
    if code in _UNREACHABLE:
        return RefusedError(Refusal.INTERNET, f"{way.remote.address} can't be reached: {os.strerror(code)}")
    if code in (errno.EINVAL, errno.EADDRNOTAVAIL):
        return RefusedError(
            Refusal.BINDING, f"no datagram can go from {way.local.address} to {way.remote}: {os.strerror(code)}"
        )
    return RefusedError(Refusal.NETWORK, f"no datagram to {way.remote}: {os.strerror(code)}")


def connect_refused(code: int, network: Network, way: Way) -> RefusedError:
    """Why there is no connection."""
    local, remote = way
    if code in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EISCONN):
        refusal, text = _why_not_from(code, network, way)
        return RefusedError(refusal, text, effort=_LOOK)
    if code in _REFUSED:
        return RefusedError(Refusal.CONNECTION_REFUSED, f"{remote} refuses the connection")
    if code in _UNREACHABLE:
        return RefusedError(Refusal.INTERNET, f"{remote} can't be reached: {os.strerror(code)}")
    if code in TRANSIENT:
        return RefusedError(Refusal.TIMEOUT, f"no connection to {remote} came about in time")
    if code == errno.EINVAL:
        return RefusedError(Refusal.BINDING, f"no connection can go from {local.address} to {remote}")
    return RefusedError(Refusal.NETWORK, f"no connection from {local} to {remote}: {os.strerror(code)}")


def _why_not_from(code: int, network: Network, way: Way) -> tuple[Refusal, str]:
    """What the kernel's tables say of a local end that it does not give."""
    local, remote = way
    if network.has_listener(Transport.TCP, *local):
        return Refusal.ALREADY_LISTENING, f"{local} is listened on; connect from another port"
    if network.has_connection(*local, *remote):
        return Refusal.DUPLICATE_TUPLE, f"{local} is connected to {remote} already"
    if code == errno.EADDRNOTAVAIL and not network.is_mine(local.address):
        return Refusal.BINDING, f"{local.address} is not an address of this computer"
    return Refusal.CLEANUP, f"{local} is being cleaned up; try again soon, or from another port"


def broken(code: int) -> RefusedError:
    """Why a connection that broke is closed."""
    if code in _RESET:
        return RefusedError(Refusal.CLOSED_REMOTE, "the connection was reset by the other side")
    return RefusedError(Refusal.CLOSED_LOCAL, f"the connection broke and is closed: {os.strerror(code)}")
