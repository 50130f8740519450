"""RSA: keys, signatures and encryption, as other programs know them, and as the reference does.

`sign` and `verify` (PSS with SHA-256), `encrypt` and `decrypt` (OAEP with SHA-256) are those of RFC 8017, which
OpenSSL and all others have. `ed25519` and `boxes` are quicker, and their keys are short: use these where somebody has
an RSA key. With 2048 bits, some 150 signatures can be made in a second and 5,000 checked; a new pair of keys takes
half a second or so.

The names that begin with `rsa_` are the reference's, for keys and programs that exist: whole blocks, without the
randomness that makes RSA safe. A key is a dict, public `{"e", "n"}`, private `{"d", "p", "q"}`; its text is "e n" or
"d p q" in decimal. Keys that the reference made came from 48 bits of randomness each: make new ones.

As `ed25519`, none of this is constant-time.

Missing: PKCS #1 v1.5, whose encryption leaks what it hides, and keys of more than two primes. `sshkey` reads the
usual files of keys.
"""

import functools
import hashlib
import hmac
import math
import secrets

LEAST_BITS = 1024  # of a modulus, to sign and encrypt with; 2048 is what today's keys have
MOST_BITS = 8192  # somebody else's key must not keep us busy for minutes

_E = 65537
_HASH_BYTES = 32
_SALT_BYTES = 32
_SMALL = 2000  # most numbers can be divided by a prime below this, and are no primes
_ROUNDS = 40  # of Miller and Rabin's test: at most one composite number in 2**80 passes
_START_OF_BLOCK = b"\1"  # what the reference puts before each block, lest zeros be lost


class BadSignature(ValueError):
    """This key's holder did not sign this message."""


def new_keys(bits=2048):
    """A new pair of keys, public and private, whose modulus has so many bits.

    Raises ValueError for fewer than 512 bits or more than 8192.
    """
    if not 512 <= bits <= MOST_BITS:
        raise ValueError(f"keys have 512 to {MOST_BITS} bits, not {bits}")
    while True:
        p, q = _new_prime(bits - bits // 2), _new_prime(bits // 2)
        if abs(p - q) >> bits // 2 - 100:  # else both would be near the root of their product
            return {"e": _E, "n": p * q}, {"d": pow(_E, -1, (p - 1) * (q - 1)), "p": p, "q": q}


def sign(private, message):
    """The signature of a message, as long as the modulus. Raises ValueError for what is no private key."""
    n = _modulus(private)
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = _pss_digest(message, salt)
    size = (n.bit_length() + 6) // 8  # bytes of a number that is a bit shorter than the modulus
    block = bytes(size - _SALT_BYTES - _HASH_BYTES - 2) + b"\1" + salt
    masked = _xor(block, _mask(digest, len(block)))
    encoded = int.from_bytes(masked + digest + b"\xbc", "big") & (1 << n.bit_length() - 1) - 1
    # The bits that are cut off above are those of the mask, whose place is beyond the modulus.
    return _private_power(private, encoded).to_bytes(_size(n), "big")


def verify(public, signature, message):
    """Raise BadSignature unless the holder of this key has signed the message; ValueError for what is no key."""
    n = _checked(public)["n"]
    number = int.from_bytes(signature, "big")
    size = (n.bit_length() + 6) // 8
    spare = 8 * size - n.bit_length() + 1  # bits
    if len(signature) != _size(n) or number >= n:
        raise BadSignature("this signature has not the length or the value that one of this key has")
    opened = pow(number, public["e"], n)
    if opened.bit_length() > n.bit_length() - 1:
        raise BadSignature("this key's holder did not sign this message")
    encoded = opened.to_bytes(size, "big")
    masked, digest = encoded[: -_HASH_BYTES - 1], encoded[-_HASH_BYTES - 1 : -1]
    block = _xor(masked, _mask(digest, len(masked)))
    block = bytes([block[0] & 0xFF >> spare]) + block[1:]
    padding, salt = block[:-_SALT_BYTES], block[-_SALT_BYTES:]
    right = encoded[-1:] == b"\xbc" and padding == bytes(len(padding) - 1) + b"\1"
    if not (right and hmac.compare_digest(digest, _pss_digest(message, salt))):
        raise BadSignature("this key's holder did not sign this message")


def encrypt(public, data, label=b""):
    """The data, for the holder of the private key only: at most 66 bytes less than the modulus has.

    Encrypt longer data with `boxes.lock` and a new secret, and the secret with this.
    """
    n = _checked(public)["n"]
    room = _size(n) - 2 * _HASH_BYTES - 2
    if len(data) > room:
        raise ValueError(f"this key can encrypt {room} bytes at most, not {len(data)}")
    block = hashlib.sha256(label).digest() + bytes(room - len(data)) + b"\1" + data
    seed = secrets.token_bytes(_HASH_BYTES)
    masked = _xor(block, _mask(seed, len(block)))
    encoded = _xor(seed, _mask(masked, _HASH_BYTES)) + masked
    return pow(int.from_bytes(encoded, "big"), public["e"], n).to_bytes(_size(n), "big")


def decrypt(private, data, label=b""):
    """What was encrypted for the holder of this key, with this label. Raises ValueError if that was something else."""
    n = _modulus(private)
    number = int.from_bytes(data, "big")
    if len(data) != _size(n) or number >= n:
        raise ValueError("this was not encrypted for this key")
    encoded = _private_power(private, number).to_bytes(_size(n), "big")
    masked = encoded[1 + _HASH_BYTES :]
    seed = _xor(encoded[1 : 1 + _HASH_BYTES], _mask(masked, _HASH_BYTES))
    block = _xor(masked, _mask(seed, len(masked)))
    zeros, one, found = block[_HASH_BYTES:].partition(b"\1")
    labelled = hmac.compare_digest(block[:_HASH_BYTES], hashlib.sha256(label).digest())
    # One answer to all that is wrong: whoever could tell which it was could find out what others encrypted.
    if not (labelled and one and not any(zeros) and encoded[0] == 0):
        raise ValueError("this was not encrypted for this key")
    return found


def is_prime(number):
    """Whether the number is a prime, but for a chance of 1 in 2**80 if somebody chose it to deceive."""
    if number < _SMALL:
        return number in _small_primes()
    if any(number % prime == 0 for prime in _small_primes()):
        return False
    twos = (number - 1 & 1 - number).bit_length() - 1
    odd = number - 1 >> twos
    return all(_passes(number, 2 + secrets.randbelow(number - 3), odd, twos) for _ in range(_ROUNDS))


@functools.cache
def _small_primes():
    return [number for number in range(2, _SMALL) if all(number % lower for lower in range(2, math.isqrt(number) + 1))]


def _passes(number, base, odd, twos):
    """Whether Miller and Rabin's test with this base takes the number, odd * 2**twos + 1, for a prime."""
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return True
    for _ in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False


def _new_prime(bits):
    """A prime with its two highest bits set, so that the product of two has all its bits, and with which e works."""
    while True:
        number = secrets.randbits(bits) | 3 << bits - 2 | 1
        if (number - 1) % _E and is_prime(number):
            return number


def _private_power(private, number):
    """The number to the power of d: modulo either prime, and then both at once, which is four times as quick."""
    d, p, q = private["d"], private["p"], private["q"]
    at_p, at_q = pow(number, d % (p - 1), p), pow(number, d % (q - 1), q)
    return at_q + q * ((at_p - at_q) * pow(q, -1, p) % p)


def _checked(public):
    if not rsa_is_valid_publickey(public) or not LEAST_BITS <= public["n"].bit_length() <= MOST_BITS:
        raise ValueError(f"this is no public key of {LEAST_BITS} to {MOST_BITS} bits")
    return public


def _modulus(private):
    n = private["p"] * private["q"] if _looks_private(private) else 0
    if not LEAST_BITS <= n.bit_length() <= MOST_BITS:
        raise ValueError(f"this is no private key of {LEAST_BITS} to {MOST_BITS} bits")
    return n


def _size(n):
    return (n.bit_length() + 7) // 8


def _pss_digest(message, salt):
    return hashlib.sha256(bytes(8) + hashlib.sha256(message).digest() + salt).digest()


def _mask(seed, size):
    """MGF1: so many bytes, made of a seed."""
    blocks = range(-(-size // _HASH_BYTES))
    return b"".join(hashlib.sha256(seed + at.to_bytes(4, "big")).digest() for at in blocks)[:size]


def _xor(one, other):
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")


def rsa_gen_pubpriv_keys(bitsize):
    """A new pair of keys, public and private. Unlike the reference's, all of its bits are random."""
    return new_keys(bitsize)


def rsa_encrypt(message, publickey):
    """The message, in the reference's blocks: text of numbers. Raises ValueError for what is no key."""
    return _each_block(message, _valid(publickey)["n"], lambda block: pow(block, publickey["e"], publickey["n"]))


def rsa_decrypt(cypher, privatekey):
    """The bytes of a message that `rsa_encrypt` gave. Raises ValueError for what was not encrypted for this key."""
    if not _looks_private(privatekey):
        raise ValueError("this is no private key")
    return _joined(cypher, privatekey["p"] * privatekey["q"], lambda number: _private_power(privatekey, number))


def rsa_sign(message, privatekey):
    """The message, so that everybody can read it with the public key and only its holder can have written it."""
    if not _looks_private(privatekey):
        raise ValueError("this is no private key")
    n = privatekey["p"] * privatekey["q"]
    return _each_block(message, n, lambda block: _private_power(privatekey, block))


def rsa_verify(cypher, publickey):
    """The bytes of a message that `rsa_sign` gave: compare them. Raises ValueError for what is no such message."""
    return _joined(cypher, _valid(publickey)["n"], lambda number: pow(number, publickey["e"], publickey["n"]))


def rsa_is_valid_publickey(key):
    """Whether this is a public key: a dict of e and n, of which e is less."""
    return _is_key(key, "e", "n") and 1 < key["e"] < key["n"] and key["n"].bit_length() <= MOST_BITS


def rsa_is_valid_privatekey(key):
    """Whether this is a private key: a dict of d, p and q, of which p and q are primes."""
    return _looks_private(key) and is_prime(key["p"]) and is_prime(key["q"])


def rsa_matching_keys(privatekey, publickey):
    """Whether the two keys are a pair."""
    if not _looks_private(privatekey) or not rsa_is_valid_publickey(publickey):
        return False
    p, q = privatekey["p"], privatekey["q"]
    ones = {publickey["e"] * privatekey["d"] % (prime - 1) for prime in (p, q)}
    return p * q == publickey["n"] and ones == {1}


def rsa_publickey_to_string(publickey):
    """The text of a public key: "e n"."""
    key = _valid(publickey)
    return f"{key['e']} {key['n']}"


def rsa_string_to_publickey(text):
    """The public key of its text. Raises ValueError for what is none."""
    return _valid(_numbers_of(text, "e", "n"))


def rsa_privatekey_to_string(privatekey):
    """The text of a private key: "d p q"."""
    if not rsa_is_valid_privatekey(privatekey):
        raise ValueError("this is no private key")
    return f"{privatekey['d']} {privatekey['p']} {privatekey['q']}"


def rsa_string_to_privatekey(text):
    """The private key of its text. Raises ValueError for what is none."""
    key = _numbers_of(text, "d", "p", "q")
    if not rsa_is_valid_privatekey(key):
        raise ValueError("this is no private key")
    return key


def rsa_publickey_to_file(key, filename):
    """Write a public key to a file, which is usually called `NAME.publickey`."""
    with open(filename, "w") as file:
        file.write(rsa_publickey_to_string(key))


def rsa_file_to_publickey(filename):
    """The public key in a file."""
    with open(filename) as file:
        return rsa_string_to_publickey(file.read())


def rsa_privatekey_to_file(key, filename):
    """Write a private key to a file, which is usually called `NAME.privatekey`."""
    with open(filename, "w") as file:
        file.write(rsa_privatekey_to_string(key))


def rsa_file_to_privatekey(filename):
    """The private key in a file."""
    with open(filename) as file:
        return rsa_string_to_privatekey(file.read())


def _valid(publickey):
    if not rsa_is_valid_publickey(publickey):
        raise ValueError("this is no public key")
    return publickey


def _is_key(key, *names):
    return isinstance(key, dict) and set(key) == set(names) and all(type(key[name]) is int for name in names)


def _looks_private(key):
    """Whether this may be a private key: whether its primes are primes takes long to find out."""
    if not _is_key(key, "d", "p", "q") or max(key.values()).bit_length() > MOST_BITS:
        return False
    return key["d"] > 1 and key["p"] > 2 and key["q"] > 2 and key["p"] != key["q"] and key["p"] * key["q"] % 2 == 1


def _numbers_of(text, *names):
    words = text.split()
    if len(words) != len(names) or not all(word.isascii() and word.isdigit() for word in words):
        raise ValueError(f"a key is {len(names)} numbers in decimal")
    return dict(zip(names, map(int, words), strict=True))


def _block_bytes(n):
    size = (n.bit_length() - 1) // 8 - 1
    if size < 1:
        raise ValueError("this key is too short to hold a single byte")
    return size


def _each_block(message, n, change):
    message = message.encode() if isinstance(message, str) else message
    size = _block_bytes(n)
    blocks = [_START_OF_BLOCK + message[start : start + size] for start in range(0, len(message), size)]
    return "".join(f" {change(int.from_bytes(block, 'big'))}" for block in blocks)


def _joined(cypher, n, change):
    cypher = cypher.decode("ascii") if isinstance(cypher, (bytes, bytearray)) else cypher
    found = []
    for word in cypher.split():
        number = int(word) if word.isascii() and word.isdigit() else n
        if number >= n:
            raise ValueError("these are not numbers that this key could have made")
        block = change(number)
        block = block.to_bytes((block.bit_length() + 7) // 8, "big")
        if not block.startswith(_START_OF_BLOCK) or len(block) > 1 + _block_bytes(n):
            raise ValueError("this was not made with the other half of this key")
        found.append(block[1:])
    return b"".join(found)
