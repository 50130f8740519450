"""Files of keys, as `ssh-keygen` and OpenSSL write them: RSA keys for `rsa`, Ed25519 keys for `ed25519`.

An RSA key is a dict, an Ed25519 key 32 bytes. Read are the lines of `NAME.pub` and `authorized_keys`, the private keys
of OpenSSH, and PEM of the kinds RSA PUBLIC KEY, RSA PRIVATE KEY, PUBLIC KEY and PRIVATE KEY. Seattle's own key files
are OpenSSH's, too.

Missing: keys that are protected by a passphrase, since bcrypt and Triple DES would take minutes in Python (take a copy
without one: `ssh-keygen -p`), and DSA and ECDSA keys.
"""

import base64
import re

import ed25519
import rsa

MOST = 64 * 1024  # characters of a file

_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\s+(.*?)\s*-----END \1-----", re.DOTALL)
_MAGIC = b"openssh-key-v1\0"
_ED25519, _RSA = b"ssh-ed25519", b"ssh-rsa"
_OID_ED25519, _OID_RSA = bytes.fromhex("2b6570"), bytes.fromhex("2a864886f70d010101")
_INTEGER, _BITS, _OCTETS, _OID, _SEQUENCE = 0x02, 0x03, 0x04, 0x06, 0x30


class KeyFileError(ValueError):
    """This is no key that can be read here, and why."""


class Protected(KeyFileError):
    """The key is protected by a passphrase."""


def read_public(text):
    """The public key in a line of OpenSSH or in PEM; that of a private key, too. Raises KeyFileError."""
    return _read(text)[0]


def read_private(text):
    """The public and the private key in the text of a private key file. Raises KeyFileError."""
    public, private = _read(text)
    if private is None:
        raise KeyFileError("this is a public key; the private one is in the file without `.pub`")
    return public, private


def public_line(key, comment=""):
    """The line of a public key, as in `NAME.pub`. Raises ValueError for what is no key."""
    if isinstance(key, dict):
        rsa.rsa_publickey_to_string(key)
        kind, parts = _RSA, [_written(key["e"]), _written(key["n"])]
    elif len(key) == ed25519.KEY_BYTES:
        kind, parts = _ED25519, [key]
    else:
        raise ValueError(f"an Ed25519 key has {ed25519.KEY_BYTES} bytes, not {len(key)}")
    return f"{kind.decode()} {base64.b64encode(pack(kind, *parts)).decode()} {comment}".rstrip()


def _read(text):
    text = text if isinstance(text, str) else bytes(text).decode("latin-1")
    if len(text) > MOST:
        raise KeyFileError(f"a file of a key has {MOST} characters at most")
    try:
        if pem := _PEM.search(text):
            return _read_pem(pem[1], pem[2])
        words = text.split()
        kinds = {_ED25519.decode(), _RSA.decode()}
        at = next(at for at, word in enumerate(words) if word in kinds)  # options may come before it
        return _public_of_blob(base64.b64decode(words[at + 1], validate=True)), None
    except KeyFileError:
        raise
    except (ValueError, IndexError, StopIteration):
        raise KeyFileError("this is no key of OpenSSH or PEM, or it is damaged") from None


def _read_pem(kind, body):
    if "ENCRYPTED" in kind or "ENCRYPTED" in body:
        raise Protected("this key has a passphrase: take a copy without one, `ssh-keygen -p`")
    data = base64.b64decode("".join(body.split()), validate=True)
    match kind:
        case "OPENSSH PRIVATE KEY":
            return _read_openssh(data)
        case "RSA PRIVATE KEY":
            return _read_rsa_private(data)
        case "RSA PUBLIC KEY":
            return _read_rsa_public(data), None
        case "PUBLIC KEY":
            algorithm, (_, bits) = _der_sequence(data, _SEQUENCE, _BITS)
            key = bits[1:]  # without the number of bits to spare
            return (_read_rsa_public(key) if _is_rsa(algorithm[1]) else _ed25519_key(key)), None
        case "PRIVATE KEY":
            _, algorithm, (_, inner), *_ = _der_sequence(data, _INTEGER, _SEQUENCE, _OCTETS)
            if _is_rsa(algorithm[1]):
                return _read_rsa_private(inner)
            seed = _ed25519_key(_der_values(inner)[0][1])
            return ed25519.public_key(seed), seed
    raise KeyFileError(f"a key of the kind {kind} can't be read here")


def _read_openssh(data):
    if not data.startswith(_MAGIC):
        raise KeyFileError("this key is of a version that is not known here")
    cipher, _, _, rest = unpack(data[len(_MAGIC) :], 3)
    if cipher != b"none":
        raise Protected("this key has a passphrase: take a copy without one, `ssh-keygen -p`")
    if rest[:4] != b"\0\0\0\1":
        raise KeyFileError("this file has several keys")
    blob, inner, _ = unpack(rest[4:], 2)
    kind, rest = unpack(inner[8:], 1)
    if kind == _ED25519:
        public, pair, _ = unpack(rest, 2)
        private = pair[:32]
        if ed25519.public_key(_ed25519_key(private)) != public:
            raise KeyFileError("this key is damaged: its two halves don't belong together")
    elif kind == _RSA:
        n, e, d, _, p, q, _ = (int.from_bytes(part, "big") for part in unpack(rest, 6))
        public, private = _pair(n, e, d, p, q)
    else:
        raise KeyFileError(f"a key of the kind {kind.decode('latin-1')} can't be read here")
    if _public_of_blob(blob) != public:
        raise KeyFileError("this key is damaged: its two halves don't belong together")
    return public, private


def _public_of_blob(blob):
    kind, rest = unpack(blob, 1)
    if kind == _ED25519:
        key, rest = unpack(rest, 1)
        found = _ed25519_key(key)
    elif kind == _RSA:
        e, n, rest = unpack(rest, 2)
        found = _rsa_key(int.from_bytes(e, "big"), int.from_bytes(n, "big"))
    else:
        raise KeyFileError(f"a key of the kind {kind.decode('latin-1')} can't be read here")
    if rest:
        raise KeyFileError("this key is damaged: something follows its end")
    return found


def pack(*strings):
    """Strings of bytes as SSH writes them: each with its length before it."""
    return b"".join(len(string).to_bytes(4, "big") + string for string in strings)


def unpack(data, count):
    """So many strings that `pack` wrote, and what comes after those. Raises KeyFileError if they are cut short."""
    found = []
    for _ in range(count):
        end = 4 + int.from_bytes(data[:4], "big")
        if end > len(data):
            raise KeyFileError("this key is damaged: it is cut short")
        found.append(data[4:end])
        data = data[end:]
    return (*found, data)


def _read_rsa_public(data):
    (_, n), (_, e) = _der_sequence(data, _INTEGER, _INTEGER)
    return _rsa_key(int.from_bytes(e, "big"), int.from_bytes(n, "big"))


def _read_rsa_private(data):
    _, n, e, d, p, q, *_ = (int.from_bytes(body, "big") for _, body in _der_sequence(data, *[_INTEGER] * 6))
    return _pair(n, e, d, p, q)


def _pair(n, e, d, p, q):
    public, private = _rsa_key(e, n), {"d": d, "p": p, "q": q}
    if not rsa.rsa_matching_keys(private, public):
        raise KeyFileError("this key is damaged: its two halves don't belong together")
    return public, private


def _rsa_key(e, n):
    key = {"e": e, "n": n}
    if not rsa.rsa_is_valid_publickey(key):
        raise KeyFileError("this is no RSA key")
    return key


def _ed25519_key(data):
    if len(data) != ed25519.KEY_BYTES:
        raise KeyFileError(f"an Ed25519 key has {ed25519.KEY_BYTES} bytes, not {len(data)}")
    return data


def _is_rsa(algorithm):
    kind = _der_values(algorithm)[0]
    if kind not in ((_OID, _OID_RSA), (_OID, _OID_ED25519)):
        raise KeyFileError("this key is neither of RSA nor of Ed25519")
    return kind[1] == _OID_RSA


def _der_sequence(data, *kinds):
    """The values of a sequence, which begins with values of these kinds."""
    (kind, body), *rest = _der_values(data)
    values = _der_values(body)
    if kind != _SEQUENCE or rest or tuple(kind for kind, _ in values)[: len(kinds)] != kinds:
        raise KeyFileError("this key is damaged: other values are expected in it")
    return values


def _der_values(data):
    """Values of DER, one after another: what kind each is, and its bytes."""
    found = []
    while data:
        kind, size, start = data[0], data[1], 2
        if size > 0x80:
            start += size - 0x80
            size = int.from_bytes(data[2:start], "big")
        if start + size > len(data):
            raise KeyFileError("this key is damaged: it is cut short")
        found.append((kind, data[start : start + size]))
        data = data[start + size :]
    return found


def _written(number):
    """A number, with a zero before it where its first bit would make it negative."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


sshkey_SSHException = KeyFileError
sshkey_EncryptionException = Protected


def sshkey_file_to_publickey(filename):
    """The public key in a file, by the reference's name."""
    with open(filename) as file:
        return read_public(file.read())


def sshkey_file_to_privatekey(filename, password=None):
    """The public and the private key in a file, by the reference's name. A password is of no use yet."""
    with open(filename) as file:
        return read_private(file.read())
