"""What people paste as their key, read with care: it may be a secret, or a key of a kind that nodes don't know."""

import re
from typing import Final

from seattle.clearinghouse.errors import BadKey
from seattle.identity.errors import InvalidKey
from seattle.identity.keys import PublicKey
from seattle.identity.openssh import format_public_line, read_public

MAX_TEXT: Final = 1000  # characters
MAX_LABEL: Final = 100  # characters

_SEED: Final = re.compile(r"\bS[UANCOX][A-Z2-7]{56}\b")  # a private key in the form of NATS
PRIVATE_GIVEN: Final = (
    "that was a private key, which nobody but you must see: it was not stored; take it as lost, make a new key"
    " (`ssh-keygen -t ed25519` or `seattle key new`), and paste the line of its .pub file"
)
_WHAT_IS: Final = "paste the line that `seattle key show` or the .pub file of `ssh-keygen -t ed25519` has"


def read_key(text: str) -> PublicKey:
    """The key in an OpenSSH public line, or its id. Raises BadKey, which never repeats what was pasted."""
    text = text.strip()
    if is_private(text):
        raise BadKey(PRIVATE_GIVEN)
    if len(text) > MAX_TEXT:
        raise BadKey(f"a public key is one line of at most {MAX_TEXT} characters: {_WHAT_IS}")
    try:
        return read_public(text)
    except InvalidKey as wrong:
        raise BadKey(f"{wrong}: {_WHAT_IS}") from wrong


def is_private(text: str) -> bool:
    """Whether this text has, or may have, the private half of some key in it."""
    return "PRIVATE KEY" in text.upper() or bool(_SEED.search(text))


def comment_of(text: str) -> str:
    """What stands behind the key in a public line: most often who has it where."""
    words = text.split(maxsplit=2)
    return words[2] if len(words) > 2 else ""


def as_label(text: str) -> str:
    """The text as a label: one line of printable characters."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line[:MAX_LABEL].strip()


def public_line(key: PublicKey) -> str:
    """As it is stored: nothing in it but the key."""
    return format_public_line(key)
