"""Connections from whichever of the vessel's ports is free."""

import secrets


def connect(component, ip, port, timeout, local=None):
    """Connect through a component; from its own address, if `local` is none.

    Raises AddressBindingError if no port of the vessel is free for it, and what `openconnection` raises.
    """
    ports = list(getresources()[0]["connport"])
    secrets.SystemRandom().shuffle(ports)
    ports.sort(
        key=lambda one: one == port
    )  # the same port comes last: if that is on this computer, it is no way to connect
    local, end = local or component.getmyip(), getruntime() + timeout
    for local_port in ports:
        try:
            return component.openconnection(ip, port, local, local_port, max(end - getruntime(), 0.01))
        except (AlreadyListeningError, CleanupInProgressError, DuplicateTupleError):
            continue
    raise AddressBindingError(f"none of the vessel's ports is free for a connection to {ip}:{port}")
