"""Why something on the network can't be reached, as people are told."""

import ssl


def reason(why: Exception) -> str:
    """The words alone: `Connection refused`, without the system's number and what the library has put around it."""
    inner = getattr(why, "reason", why)  # of urllib, which wraps what it met
    if isinstance(inner, OSError) and not isinstance(inner, ssl.SSLError) and inner.strerror:
        return inner.strerror
    return str(inner)
