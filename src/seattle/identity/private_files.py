"""Files that nobody but their owner can read."""

import os


def private_opener(path: str, flags: int) -> int:
    """For `open(..., opener=...)`: what it makes has the mode 0600 from its first moment on."""
    return os.open(path, flags, 0o600)
