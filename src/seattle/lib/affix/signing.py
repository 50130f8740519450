"""Announcements that prove who made them: under a name that is an id (`nkey`), only what its holder has signed counts.

A key of an announcement is `NAME`, or begins with `NAME,`. Signed are key, value and end of life, so that nothing can
be announced elsewhere or for longer.
"""

import time

import ed25519
import nkey
import signed

_MOST = 1024  # characters of an announcement


def is_id(name):
    """Whether a name is an id, whose holder can prove that it is his."""
    try:
        nkey.public_of(name)
    except ValueError:
        return False
    return True


def signed_value(key, value, seconds, private):
    """What is to be announced: signed, if the key is of the id of a private key; as it is, otherwise."""
    if private is None or _name_of(key) != nkey.id_of(ed25519.public_key(private)):
        return value
    return signed.sign(f"{key}\n{value}", private, expires=time.time() + seconds)


def proven_values(key, values):
    """Of what was found, that which counts: the different values in the order in which they were made."""
    name = _name_of(key)
    if not is_id(name):
        return values
    proven = []
    for text in values:
        try:
            told = signed.verify(text if len(text) <= _MOST else "", name)
        except signed.SignedError:
            continue  # somebody else's
        about, _, value = told.data.decode("utf-8", "replace").partition("\n")
        if about == key and told.expires is not None:
            proven.append((told.issued, value))
    return list(dict.fromkeys(value for _, value in sorted(proven)))


def _name_of(key):
    return key.partition(",")[0]
