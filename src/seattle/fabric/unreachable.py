"""Why something on the network can't be reached, as people are told."""

import ssl


def reason(why: Exception) -> str:
    """The words alone: `Connection refused`, without the system's number and what the library has put around it."""
    wrapped = getattr(why, "reason", None)  # of urllib: what it met; of ssl: a word for programs
    inner = wrapped if isinstance(wrapped, Exception) else why
    if isinstance(inner, ssl.SSLCertVerificationError):
        return f"its certificate is not good: {inner.verify_message}"
    if isinstance(inner, OSError) and not isinstance(inner, ssl.SSLError) and inner.strerror:
        return inner.strerror
    return str(inner)
