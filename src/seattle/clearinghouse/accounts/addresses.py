"""Addresses of mail, more strictly than Django takes them: each mailbox in one form, and nothing that breaks a mail.

What is allowed between quotes has control characters, at some of which Python's mail begins a new line of the head. A
domain that is not in its usual form is another way to write somebody's address, or is another's after all.
"""

import re
from typing import Final

_LOCAL: Final = re.compile(r"[0-9A-Za-z!#$%&'*+/=?^_`{|}~-]+(?:\.[0-9A-Za-z!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_HOST: Final = re.compile(r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*", re.ASCII)
_MAX_LOCAL: Final = 64  # characters


def can_be_mailed(address: str) -> bool:
    """Whether mail can be sent there, and nobody writes the same address in another way (but for capitals)."""
    local, _, domain = address.rpartition("@")
    try:
        host = domain.encode("idna")
        is_usual = host.decode("idna").lower() == domain.lower()
    except UnicodeError:
        return False
    return is_usual and len(local) <= _MAX_LOCAL and bool(_LOCAL.fullmatch(local) and _HOST.fullmatch(host.decode()))
