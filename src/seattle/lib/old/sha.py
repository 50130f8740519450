"""The reference's SHA-1, under its names, with SHA-256 beside it. Python's `hashlib` does the work, and has more.

SHA-1 no longer withstands those who make two texts with the same digest: use it for what exists only.
"""

import hashlib


class sha:
    """A digest that grows with each `update`."""

    def __init__(self, arg=None):
        self._hash = hashlib.sha1(usedforsecurity=False)
        if arg is not None:
            self.update(arg)

    def update(self, arg):
        """Take in more bytes; text is UTF-8."""
        self._hash.update(_bytes(arg))

    def digest(self):
        """The digest so far, 20 bytes."""
        return self._hash.digest()

    def hexdigest(self):
        """The digest so far, 40 characters."""
        return self._hash.hexdigest()


def sha_new(arg=None):
    """A new `sha`, which has taken in `arg`, if there is one."""
    return sha(arg)


def sha_hash(string):
    """The digest of bytes or text, 20 bytes."""
    return hashlib.sha1(_bytes(string), usedforsecurity=False).digest()


def sha_hexhash(string):
    """The digest of bytes or text, 40 characters."""
    return hashlib.sha1(_bytes(string), usedforsecurity=False).hexdigest()


def sha256_hash(string):
    """The SHA-256 of bytes or text, 32 bytes."""
    return hashlib.sha256(_bytes(string)).digest()


def sha256_hexhash(string):
    """The SHA-256 of bytes or text, 64 characters."""
    return hashlib.sha256(_bytes(string)).hexdigest()


def _bytes(data):
    return data.encode() if isinstance(data, str) else data
