"""AES: encryption with a shared key that also shows whether anybody has changed what was sent.

The cipher of FIPS 197 with keys of 16, 24 or 32 bytes, in the modes GCM and CTR of NIST's SP 800-38. Use it where
somebody else has chosen AES: `chacha20poly1305` is six times as quick here, and `boxes` chooses keys and nonces by
itself. Give each message a nonce of its own: two messages with the same key and nonce give away both, and let anybody
forge more. Some 2 MB/s go through on one core of a small server; a short message takes half a millisecond.

No table of bytes is looked up by what is secret but for the key itself, so a cache has little to tell; but, as with
`ed25519`, nothing promises that each message takes the same time.

Missing: ECB and CBC, which are safe only in the hands of those who know what else they need; nonces of GCM that have
not 12 bytes, and shorter tags.
"""

import functools
import hmac

KEY_BYTES = (16, 24, 32)
NONCE_BYTES = 12
TAG_BYTES = 16
MOST = 2**36 - 32  # bytes of a message: as many blocks as can be counted

_BLOCK = 16  # bytes
_AT_ONCE = 512  # blocks; more do not get faster
_ROWS_FIRST = [
    4 * column + row for row in range(4) for column in range(4)
]  # which byte of a block comes first, next ...


class InvalidTag(ValueError):
    """Another key or nonce was used, or somebody has changed the message."""


def encrypt(key, nonce, data, about=b""):
    """The encrypted data, 16 bytes longer for the tag. `about` is not encrypted, but has to be the same to decrypt.

    Raises ValueError for a key that has not 16, 24 or 32 bytes, or a nonce that has not 12.
    """
    stream, mask, point = _keys(key, nonce, len(data))
    hidden = _xor(data, stream)
    return hidden + _xor(mask, _ghash(point, about, hidden))


def decrypt(key, nonce, data, about=b""):
    """The data that was encrypted with this key, nonce and `about`.

    Raises InvalidTag, or ValueError for a key or nonce of another length.
    """
    hidden, tag = data[:-TAG_BYTES], data[-TAG_BYTES:]
    stream, mask, point = _keys(key, nonce, len(hidden))
    if not hmac.compare_digest(_xor(mask, _ghash(point, about, hidden)), bytes(tag)):
        raise InvalidTag("this was not encrypted with this key and nonce, or somebody has changed it")
    return _xor(hidden, stream)


def ctr(key, counter, data):
    """The data, encrypted or decrypted in counter mode alone: nothing shows that it has been changed.

    `counter` is the first block of 16 bytes, of which all bytes count.
    """
    if len(counter) != _BLOCK:
        raise ValueError(f"a counter has {_BLOCK} bytes, not {len(counter)}")
    first = int.from_bytes(counter, "big")
    blocks = range(first, first - -len(data) // _BLOCK)
    return _xor(data, encrypt_blocks(key, b"".join((at % 2**128).to_bytes(_BLOCK, "big") for at in blocks)))


def encrypt_blocks(key, blocks):
    """Each block of 16 bytes, encrypted by itself: the bare cipher, of which modes are made.

    Raises ValueError for a key that has not 16, 24 or 32 bytes, or what is no whole number of blocks.
    """
    if len(blocks) % _BLOCK:
        raise ValueError(f"a block has {_BLOCK} bytes, and {len(blocks)} are no whole number of blocks")
    round_keys = _round_keys(bytes(key))
    count = len(blocks) // _BLOCK
    at_once = -(-count // -(-count // _AT_ONCE)) if count else 1  # the same each time
    rounds = [_spread(one, at_once) for one in round_keys]
    done = []
    for start in range(0, len(blocks), _BLOCK * at_once):
        piece = bytes(blocks[start : start + _BLOCK * at_once])
        padded = piece.ljust(_BLOCK * at_once, b"\0")
        done.append(_encrypt(rounds, padded, _layout(at_once))[: len(piece)])
    return b"".join(done)


def _keys(key, nonce, size):
    """What GCM makes of the cipher: a key stream, the mask of the tag, and the point at which data is evaluated."""
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes, not {len(nonce)}")
    if size > MOST:
        raise ValueError("there are not so many blocks for one nonce")
    counters = b"".join(nonce + at.to_bytes(4, "big") for at in range(1, 2 - -size // _BLOCK))
    made = encrypt_blocks(key, bytes(_BLOCK) + counters)
    return made[2 * _BLOCK :], made[_BLOCK : 2 * _BLOCK], made[:_BLOCK]


def _xor(data, stream):
    size = len(data)
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream[:size], "big")).to_bytes(size, "big")


# GHASH: data is a polynomial whose coefficients are blocks, evaluated at a secret point of GF(2**128). Here an element
# of that field is a number with a byte for each of its 128 bits, so that a product of numbers is one of polynomials: up
# to 128 ones come together in a byte, which leaves its lowest bit right.

_ONES = int.from_bytes(b"\1" * 256, "little")
_LOW = (1 << 8 * 128) - 1


def _ghash(point, about, hidden):
    sizes = (8 * len(about)).to_bytes(8, "big") + (8 * len(hidden)).to_bytes(8, "big")
    point = _element(point)
    total = 0
    for data in (about, hidden, sizes):
        for start in range(0, len(data), _BLOCK):
            product = (total ^ _element(data[start : start + _BLOCK].ljust(_BLOCK, b"\0"))) * point & _ONES
            for _ in range(2):  # x**128 is x**7 + x**2 + x + 1
                high = product >> 8 * 128
                product = product & _LOW ^ high ^ high << 8 ^ high << 16 ^ high << 56
            total = product
    digits = total.to_bytes(128, "little").translate(_digits()[0])
    return int(digits, 2).to_bytes(_BLOCK, "big")


def _element(block):
    digits = f"{int.from_bytes(block, 'big'):0128b}".encode()
    return int.from_bytes(digits, "little") & _ONES


# The cipher works on many blocks at once, whose bits are sorted: one number holds eight planes, of which plane 0 has
# bit 0 of all bytes; a plane has four rows, a row four columns, a column one bit of each block. So each step of the
# cipher is a few operations on numbers, however many blocks there are.


class _Layout:
    """Where the bits of so many blocks are in a number, and what moves them about."""

    def __init__(self, count):
        self.count = count
        self.plane = 16 * count  # bits
        self.ones = (1 << self.plane) - 1
        self.each = ((1 << 8 * self.plane) - 1) // self.ones  # the lowest bit of each plane
        self.full = (1 << 8 * self.plane) - 1
        self.rows = [((1 << 4 * rows * count) - 1) * self.each for rows in range(4)]  # that many, from row 0 up
        self.shifts = [(row, self._columns(row, 0, row), self._columns(row, row, 4)) for row in range(4)]

    def _columns(self, row, start, end):
        return ((1 << (end - start) * self.count) - 1 << (4 * row + start) * self.count) * self.each

    def sorted(self, blocks):
        """The number of these blocks."""
        ordered = b"".join(blocks[byte::_BLOCK] for byte in _ROWS_FIRST)[::-1]
        return int(b"".join(ordered.translate(table) for table in reversed(_digits())), 2)

    def unsorted(self, state):
        """The blocks of this number."""
        digits = f"{state:0{8 * self.plane}b}".encode()
        planes = [digits[start : start + self.plane] for start in range(0, len(digits), self.plane)]
        ones = int.from_bytes(b"\1" * self.plane, "big")
        ordered = sum((int.from_bytes(bits, "big") & ones) << 7 - at for at, bits in enumerate(planes))
        ordered = ordered.to_bytes(self.plane, "little")
        blocks = bytearray(self.plane)
        for at, byte in enumerate(_ROWS_FIRST):
            blocks[byte::_BLOCK] = ordered[at * self.count : (at + 1) * self.count]
        return bytes(blocks)

    def substituted(self, state):
        """Each byte replaced by that of the S-box."""
        planes = _substituted([state >> at * self.plane & self.ones for at in range(8)], self.ones)
        return sum(bits << at * self.plane for at, bits in enumerate(planes))

    def rows_shifted(self, state):
        """Each row moved to the left by its own number, round about."""
        return sum(
            (state & first) << (4 - row) * self.count | (state & rest) >> row * self.count
            for row, first, rest in self.shifts
        )

    def columns_mixed(self, state):
        """Each byte is twice the sum of itself and the next in its column, and once the others."""
        following = self._rotated(state, 1)
        pair = state ^ following
        return self._doubled(pair) ^ following ^ self._rotated(pair, 2)

    def _rotated(self, state, rows):
        """Each row in the place of the one that is so many before it, round about."""
        moved = 4 * rows * self.count
        return state >> moved & self.rows[4 - rows] | (state & self.rows[rows]) << self.plane - moved

    def _doubled(self, state):
        """Each byte times x, modulo x**8 + x**4 + x**3 + x + 1."""
        top = state >> 7 * self.plane
        return state << self.plane & self.full ^ top ^ top << self.plane ^ top << 3 * self.plane ^ top << 4 * self.plane


_layout = functools.lru_cache(maxsize=4)(_Layout)


def _encrypt(rounds, blocks, layout):
    """The blocks, encrypted with these round keys, which are sorted, too."""
    state = layout.sorted(blocks) ^ rounds[0]
    for key in rounds[1:-1]:
        state = layout.columns_mixed(layout.rows_shifted(layout.substituted(state))) ^ key
    return layout.unsorted(layout.rows_shifted(layout.substituted(state)) ^ rounds[-1])


def _spread(round_key, count):
    """A round key, sorted, for so many blocks: each of its bits as often."""
    digits = f"{_layout(1).sorted(round_key):0128b}"
    return int("".join(digit * count for digit in digits), 2)


def _round_keys(key):
    if len(key) not in KEY_BYTES:
        raise ValueError(f"a key has 16, 24 or 32 bytes, not {len(key)}")
    words = [key[at : at + 4] for at in range(0, len(key), 4)]
    size = len(words)
    constant = 1
    while len(words) < 4 * (size + 7):
        word = words[-1]
        if len(words) % size == 0:
            word = bytes([_sbox()[word[1]] ^ constant, *(_sbox()[byte] for byte in (word[2], word[3], word[0]))])
            constant = constant << 1 ^ (0x11B if constant & 0x80 else 0)
        elif size == 8 and len(words) % size == 4:
            word = bytes(_sbox()[byte] for byte in word)
        words.append(_xor(word, words[-size]))
    return [b"".join(words[at : at + 4]) for at in range(0, len(words), 4)]


@functools.cache
def _digits():
    """For each bit, what makes bytes the digits 0 and 1."""
    return [bytes(48 + (byte >> bit & 1) for byte in range(256)) for bit in range(8)]


@functools.cache
def _sbox():
    planes = [sum((byte >> bit & 1) << byte for byte in range(256)) for bit in range(8)]
    planes = _substituted(planes, (1 << 256) - 1)
    return [sum((planes[bit] >> byte & 1) << bit for bit in range(8)) for byte in range(256)]


def _substituted(planes, ones):
    """The S-box for all bytes at once: the inverse in GF(2**8), and then a sum of some bits.

    The inverse is found in a field that is the same but for the names of its elements: a pair of elements of GF(2**4),
    modulo y**2 + y + 10. There the inverse of (high, low) is (high, high + low), divided by an element of GF(2**4).
    """
    p0, p1, p2, p3, p4, p5, p6, p7 = planes
    low = (p0 ^ p2 ^ p5 ^ p7, p2 ^ p5 ^ p6 ^ p7, p2, p3 ^ p4)
    high = (p1 ^ p5 ^ p7, p2 ^ p3, p1 ^ p4 ^ p6 ^ p7, p5 ^ p7)
    both = tuple(one ^ other for one, other in zip(high, low, strict=True))
    n0, n1, n2, n3 = _product(low, both)  # and ten times the square of high
    h0, h1, h2, h3 = high
    divisor = _inverse(n0 ^ h2 ^ h3, n1 ^ h0 ^ h1, n2 ^ h1 ^ h2, n3 ^ h0 ^ h1 ^ h2)
    q0, q1, q2, q3 = _product(both, divisor)
    q4, q5, q6, q7 = _product(high, divisor)
    return [
        q0 ^ q1 ^ q2 ^ q3 ^ q5 ^ q7 ^ ones,
        q0 ^ q1 ^ q4 ^ ones,
        q0 ^ q2 ^ q3 ^ q5 ^ q6 ^ q7,
        q0 ^ q1 ^ q2 ^ q3 ^ q6,
        q0 ^ q3 ^ q4,
        q1 ^ q2 ^ q5 ^ q6 ^ ones,
        q4 ^ q5 ^ q6 ^ ones,
        q1 ^ q2 ^ q3,
    ]


def _product(one, other):
    """The products of elements of GF(2**4), modulo w**4 + w + 1, as planes."""
    a0, a1, a2, a3 = one
    b0, b1, b2, b3 = other
    w4 = a1 & b3 ^ a2 & b2 ^ a3 & b1
    w5 = a2 & b3 ^ a3 & b2
    w6 = a3 & b3
    return (
        a0 & b0 ^ w4,
        a0 & b1 ^ a1 & b0 ^ w4 ^ w5,
        a0 & b2 ^ a1 & b1 ^ a2 & b0 ^ w5 ^ w6,
        a0 & b3 ^ a1 & b2 ^ a2 & b1 ^ a3 & b0 ^ w6,
    )


def _inverse(a, b, c, d):
    """The inverses of elements of GF(2**4), lowest bit first; that of 0 is 0."""
    ab, ac, bc, ad, bd = a & b, a & c, b & c, a & d, b & d
    bcd = bc & d
    return (
        a ^ b ^ c ^ d ^ ac ^ bc ^ ab & c ^ bcd,
        ab ^ ac ^ bc ^ d ^ bd ^ ab & d,
        ab ^ c ^ ac ^ d ^ ad ^ ac & d,
        b ^ c ^ d ^ ad ^ bd ^ c & d ^ bcd,
    )
