"""Waiting: for sockets of the API until they are ready, for what components have put around them a moment."""

_MOMENT = 0.01  # seconds


def wait_ready(reading, writing, seconds):
    """Those that can be read and those that can be written, after `seconds` at most; all, if nobody can tell."""
    try:
        return waitready(reading, writing, seconds)
    except RepyArgumentError:
        sleep(min(seconds, _MOMENT))
        return reading, writing
