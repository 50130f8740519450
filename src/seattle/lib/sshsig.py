"""Signatures as `ssh-keygen -Y sign` makes them: with the key file that a user of Seattle has anyway.

    $ ssh-keygen -Y sign -f ~/.config/seattle/keys/ann -n file results.csv
    signer = sshsig.verify(open("results.csv.sig").read(), open("results.csv", "rb").read(), ann)

What is signed is meant for one use, the namespace (`file` for files, as OpenSSH recommends), and good for no other.
`sign` makes such signatures, too; `ssh-keygen -Y verify` checks them. `signed` has signatures that expire.

Missing: keys other than Ed25519's, of which Seattle has no others.
"""

import base64
import hashlib

import ed25519
import nkey
import sshkey

MOST = 4096  # characters of a signature

_FIRST, _LAST = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG"
_VERSION = b"\0\0\0\1"
_KIND = b"ssh-ed25519"
_LINE = 70  # characters


class BadSignature(ValueError):
    """This is no signature of this data by whom it should be, and why."""


def verify(signature, data, signer, namespace="file"):
    """The id of who signed the data. `signer` is the id of whom it has to be, or several ids; None: it may be anybody.

    Raises BadSignature.
    """
    try:
        public, namespace_said, reserved, digest, raw = _parts(signature)
    except ValueError:
        raise BadSignature("this is no signature of ssh-keygen with a key of Ed25519, or it is damaged") from None
    name = nkey.id_of(public)
    if signer is not None and name not in ([signer] if isinstance(signer, str) else signer):
        raise BadSignature(f"this is signed by {name}, who was not expected")
    if namespace_said != namespace.encode():
        raise BadSignature(f"this was signed for another use: {namespace_said.decode(errors='replace')}")
    try:
        ed25519.verify(public, raw, _signed(namespace_said, reserved, digest, data))
    except ed25519.BadSignature:
        raise BadSignature(f"{name} did not sign this") from None
    return name


def sign(data, private, namespace="file"):
    """The text of a signature with a private Ed25519 key of 32 bytes."""
    if not namespace:
        raise ValueError("say what the signature is for: a namespace has one character at least")
    use, digest = namespace.encode(), b"sha512"
    raw = ed25519.sign(private, _signed(use, b"", digest, data))
    key = sshkey.pack(_KIND, ed25519.public_key(private))
    blob = _MAGIC + _VERSION + sshkey.pack(key, use, b"", digest, sshkey.pack(_KIND, raw))
    text = base64.b64encode(blob).decode()
    return "\n".join([_FIRST, *(text[at : at + _LINE] for at in range(0, len(text), _LINE)), _LAST, ""])


def _parts(text):
    """Public key, namespace, what is reserved, digest and signature of a signature's text."""
    text = (text if isinstance(text, str) else bytes(text).decode("ascii")).strip()
    if len(text) > MOST or not (text.startswith(_FIRST) and text.endswith(_LAST)):
        raise ValueError("no signature")
    blob = base64.b64decode("".join(text[len(_FIRST) : -len(_LAST)].split()), validate=True)
    if not blob.startswith(_MAGIC + _VERSION):
        raise ValueError("another version")
    key, namespace, reserved, digest, signature, rest = sshkey.unpack(blob[len(_MAGIC + _VERSION) :], 5)
    (kind, public, after), (signed_as, raw, end) = sshkey.unpack(key, 2), sshkey.unpack(signature, 2)
    if (kind, signed_as) != (_KIND, _KIND) or len(public) != ed25519.KEY_BYTES or rest or after or end:
        raise ValueError("another kind of key, or something follows")
    if digest not in (b"sha256", b"sha512") or not namespace:
        raise ValueError("another digest, or no namespace")
    return public, namespace, reserved, digest, raw


def _signed(namespace, reserved, digest, data):
    data = data.encode() if isinstance(data, str) else data
    return _MAGIC + sshkey.pack(namespace, reserved, digest, hashlib.new(digest.decode(), data).digest())
