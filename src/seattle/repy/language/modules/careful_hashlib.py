"""`hashlib`, whose `file_digest` reads files piece by piece. Python's hands them a view of its memory to read into."""

import hashlib as python
from typing import Any

from seattle.repy.language.names import words

_PIECE = 2**16  # bytes


def file_digest(fileobj: Any, digest: Any, /) -> Any:
    """The digest object, which has taken in all that is left to read of a file that is open for bytes."""
    made = python.new(digest) if type(digest) is str else digest()
    while piece := fileobj.read(_PIECE):
        if isinstance(piece, str):
            raise ValueError('file_digest() reads files that are open for bytes: open(name, "rb")')  # noqa: TRY004 - as Python
        made.update(piece)
    return made


MEMBERS = {
    **{
        name: getattr(python, name)
        for name in words(
            "algorithms_available algorithms_guaranteed blake2b blake2s md5 new pbkdf2_hmac sha1 sha224 sha256 sha384 "
            "sha3_224 sha3_256 sha3_384 sha3_512 sha512 shake_128 shake_256"
        )
    },
    "file_digest": file_digest,
}
