"""Waiting for sockets of the Repy API, also where a security layer has put its own in their place."""

MOMENT = 0.005
"""Seconds until a socket that can't be waited for is looked at again."""


def wait(reading, writing, timeout=None):
    """Wait until one of the sockets can be used, or `timeout` seconds are over; None waits for as long as it takes.

    Returns those that can be read and those that can be written, two lists: both are empty when the time is over. The
    objects of a layer can't be waited for. With one of them among the sockets this returns all of them after a moment:
    whoever tries them and meets SocketWouldBlockError waits again.
    """
    ready = wait_if_possible(reading, writing, timeout)
    if ready is None:
        sleep(MOMENT if timeout is None else min(timeout, MOMENT))
        return list(reading), list(writing)
    return ready


def wait_if_possible(reading, writing, timeout):
    """As `wait`; None, and at once, where nobody tells when these sockets are ready."""
    try:
        return waitready(reading, writing, timeout)
    except (NameError, RepyArgumentError, ResourceExhaustedError):  # a layer has no such call, or sockets of its own
        return None
