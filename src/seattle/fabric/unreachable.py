"""Why something on the network can't be reached, as people are told."""

import ssl
from typing import Final

_UNKNOWN_AUTHORITY: Final = (18, 19, 20, 21)  # of openssl/x509_vfy.h: self-signed, or the issuer is not there


def reason(why: Exception) -> str:
    """The words alone: `Connection refused`, without the system's number and what the library has put around it."""
    wrapped = getattr(why, "reason", None)  # of urllib: what it met; of ssl: a word for programs
    inner = wrapped if isinstance(wrapped, Exception) else why
    if isinstance(inner, ssl.SSLCertVerificationError):
        own = "; if its authority is the testbed's own, name that (--ca-file FILE, or a setting CA_FILE)"
        advice = own if _is_of_nobody(inner) else ""
        return f"its certificate is not good: {inner.verify_message}{advice}"
    if isinstance(inner, OSError) and not isinstance(inner, ssl.SSLError) and inner.strerror:
        return inner.strerror
    return str(inner)


def _is_of_nobody(why: ssl.SSLCertVerificationError) -> bool:
    """Whether the certificate comes from an authority that this system does not know."""
    return why.verify_code in _UNKNOWN_AUTHORITY
