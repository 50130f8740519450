"""ChaCha20-Poly1305: encryption with a shared key that also shows whether anybody has changed what was sent.

RFC 8439's cipher, the one of TLS and WireGuard. Give each message a nonce of its own: two messages with the same key
and nonce give both away. `boxes` chooses keys and nonces by itself; it is what most programs want. Some 13 MB/s go
through on one core of a small server.

Missing: XChaCha20, with its longer nonces, for `boxes` has a key for each message. And no promise that each message
takes the same time, whatever its key: Python's numbers make none, so somebody who can measure single calls to
the microsecond could learn something.
"""

import hmac
import struct

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
MOST = 2**38 - 64  # bytes of a message: as many blocks as can be counted

_AT_ONCE = 128  # blocks; more do not get faster
_BLOCK = 64  # bytes
_WORD = 2**32 - 1
_CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")
_PRIME = 2**130 - 5
_CLAMP = 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF


class InvalidTag(ValueError):
    """Another key or nonce was used, or somebody has changed the message."""


def encrypt(key, nonce, data, about=b""):
    """The encrypted data, 16 bytes longer for the tag. `about` is not encrypted, but has to be the same to decrypt.

    Raises ValueError for a key that has not 32 bytes, or a nonce that has not 12.
    """
    hidden = chacha20(key, nonce, data, counter=1)
    return hidden + _tag(key, nonce, hidden, about)


def decrypt(key, nonce, data, about=b""):
    """The data that was encrypted with this key, nonce and `about`.

    Raises InvalidTag, or ValueError for a key or nonce of another length.
    """
    hidden, tag = data[:-TAG_BYTES], data[-TAG_BYTES:]
    if not hmac.compare_digest(_tag(key, nonce, hidden, about), bytes(tag)):
        raise InvalidTag("this was not encrypted with this key and nonce, or somebody has changed it")
    return chacha20(key, nonce, hidden, counter=1)


def chacha20(key, nonce, data, counter=0):
    """The data, encrypted or decrypted by the stream cipher alone: nothing shows that it has been changed."""
    if len(key) != KEY_BYTES or len(nonce) != NONCE_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes and a nonce {NONCE_BYTES}, not {len(key)} and {len(nonce)}")
    if counter < 0 or counter + (len(data) + _BLOCK - 1) // _BLOCK > _WORD + 1:
        raise ValueError("there are not so many blocks for one nonce")
    done = []
    for start in range(0, len(data), _AT_ONCE * _BLOCK):
        piece = data[start : start + _AT_ONCE * _BLOCK]
        stream = _blocks(key, nonce, counter + start // _BLOCK, -(-len(piece) // _BLOCK))
        mixed = int.from_bytes(piece, "little") ^ int.from_bytes(stream[: len(piece)], "little")
        done.append(mixed.to_bytes(len(piece), "little"))
    return b"".join(done)


def poly1305(key, data):
    """The tag of data, 16 bytes, for a key of 32 bytes that is used once only."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(key)}")
    r = int.from_bytes(key[:16], "little") & _CLAMP
    total = 0
    for start in range(0, len(data), 16):
        total = (total + int.from_bytes(data[start : start + 16] + b"\1", "little")) * r % _PRIME
    return ((total + int.from_bytes(key[16:], "little")) & (2**128 - 1)).to_bytes(16, "little")


def _tag(key, nonce, hidden, about):
    once = chacha20(key, nonce, bytes(KEY_BYTES))
    return poly1305(once, b"".join([_padded(about), _padded(hidden), struct.pack("<QQ", len(about), len(hidden))]))


def _padded(data):
    return data + bytes(-len(data) % 16)


def _blocks(key, nonce, counter, count):
    """So many blocks of the key stream, all computed at once.

    The sixteen words of a block are four rows of four. A row of all blocks is one number, with 64 bits for each word:
    32 for its value and 32 for what runs over. Its lowest words are those of column 0, one for each block.
    """
    ones = ((1 << 64 * count) - 1) // (2**64 - 1)  # a 1 for each block
    column = 64 * count  # bits
    mask = ((1 << 4 * column) - 1) // (2**64 - 1) * _WORD

    def row(words):
        return sum(word * ones << column * at for at, word in enumerate(words))

    def turned(word, by):
        word <<= by
        return (word | word >> 32) & mask

    def rolled(row, columns):
        return row >> columns * column | (row & (1 << columns * column) - 1) << (4 - columns) * column

    a = first = row(_CONSTANTS)
    b = second = row(struct.unpack("<4I", key[:16]))
    c = third = row(struct.unpack("<4I", key[16:]))
    fourth = row((0, *struct.unpack("<3I", nonce)))
    d = fourth = fourth | int.from_bytes(struct.pack(f"<{count}Q", *range(counter, counter + count)), "little")
    for _ in range(10):
        for columns in (1, 3):  # down the columns, then down the diagonals, which have become the columns
            a = a + b & mask
            d = turned(d ^ a, 16)
            c = c + d & mask
            b = turned(b ^ c, 12)
            a = a + b & mask
            d = turned(d ^ a, 8)
            c = c + d & mask
            b = turned(b ^ c, 7)
            b, c, d = rolled(b, columns), rolled(c, 2), rolled(d, 4 - columns)
    stream = bytearray(_BLOCK * count)
    for at, number in enumerate((a + first, b + second, c + third, d + fourth)):
        words = number.to_bytes(32 * count, "little")
        for place in range(16):
            start = place // 4 * 8 * count + place % 4
            stream[16 * at + place :: _BLOCK] = words[start : start + 8 * count : 8]
    return stream
