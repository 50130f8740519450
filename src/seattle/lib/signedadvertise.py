"""Announcements that say who made them: what others announce under the same key is not found.

    signedadvertise.announce("experiment", "192.0.2.9:63100", 60, private)
    for found in signedadvertise.lookup("experiment", [alice]):
        print(found.value, "says", found.signer)

A key pair is a user's, or one that a program made for itself (`ed25519.new_key`); whoever looks up has to know the
signer's id (`nkey`) from elsewhere, as from the program's arguments. Key, value and end are signed together (`signed`),
so that nobody can put them elsewhere, or keep them for longer. They are in the clear. `advertise` carries them.

Missing: a way to keep others from announcing so much under a key that nothing else is told of it. Take a key that
nobody can guess where that matters.
"""

import json
import time
from typing import NamedTuple

import advertise
import signed

LONGEST = 1024  # characters that a node takes, signature and all: about 500 are left for key and value
SLACK = 60  # seconds that the clocks of two computers may differ


class Found(NamedTuple):
    """A value, the id of whom it is from, and when that was announced, in seconds since 1970 by the signer's clock."""

    value: str
    signer: str
    issued: float


def announce(key, value, ttlval, private):
    """Announce a value under a key, both text, for `ttlval` seconds, signed with a private Ed25519 key of 32 bytes.

    Raises ValueError for what is too long, TypeError for what is no text, and what `advertise.announce` raises.
    """
    text = signed.sign(_told(key, value), private, expires=round(time.time() + ttlval))
    if len(text) > LONGEST:
        raise ValueError(f"with its signature the announcement has {len(text)} characters; at most {LONGEST}")
    advertise.announce(key, text, ttlval)


def lookup(key, signers, now=None):
    """What these signers, ids, have announced under a key and is not over: a list of Found, the newest first.

    `now` is the time in seconds since 1970, if it is better known than by the computer's clock. Raises what
    `advertise.lookup` raises.
    """
    now = time.time() if now is None else now
    found = set()
    for text in advertise.lookup(key):
        try:
            told = signed.verify(text, signers, now=now - SLACK) if len(text) <= LONGEST else None
            where, value = json.loads(told.data)
        except (ValueError, TypeError, AttributeError, RecursionError):  # anybody can announce anything
            continue
        if where == key and isinstance(value, str) and told.expires is not None:
            found.add(Found(value, told.signer, told.issued))
    return sorted(found, key=lambda one: one.issued, reverse=True)


def _told(key, value):
    if not isinstance(key, str) or not isinstance(value, str):
        raise TypeError(f"key and value are text, not {type(key).__name__} and {type(value).__name__}")
    return json.dumps([key, value], ensure_ascii=False)
