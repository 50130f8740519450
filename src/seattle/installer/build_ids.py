"""The ids of builds: who has one may fetch the installer."""

import secrets
import string
from typing import Final

LENGTH: Final = 40
ALPHABET: Final = string.ascii_lowercase + string.digits


def new_build_id() -> str:
    """An id that no build has, and that nobody guesses."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
