"""Signed data: who says it, when, until when, to whom, and in which order. Anybody can check it.

    text = signed.sign(b"hello", private, to=[bob], expires=time.time() + 60, sequence=7)
    told = signed.verify(text, alice, me=bob)
    told.data  # b"hello"

Parties go by their ids (`nkey`): those of Seattle's users and nodes, or of a key that a program has made for itself
(`ed25519.new_key`). The text is a JSON Web Signature (RFC 7515) of the algorithm EdDSA whose payload is the data, so
libraries in any language read and write it: `jwt.PyJWS` of PyJWT, with the header that `sign` describes.

What is signed can be sent again by whoever has seen it. `Receiver` takes everything once only, in its order.

Missing: secrecy, which `boxes` is for.
"""

import base64
import dataclasses
import json
import time

import ed25519
import nkey

MOST = 16 * 2**20  # characters of signed text

_TYPE = "seattle-data"
_MOST_HEADER = 4096  # characters
_LATEST = 1e11  # seconds since 1970; nothing is signed in three thousand years
_FIELDS = {"alg", "typ", "iss", "iat", "exp", "seq", "aud"}


class SignedError(ValueError):
    """The data is not to be trusted, and why."""


class Malformed(SignedError):
    """This is no signed data."""


class BadSignature(SignedError):
    """It was not signed by whom it says, or by nobody who was expected."""


class Expired(SignedError):
    """Its time is over."""


class NotForMe(SignedError):
    """It is for others."""


class OutOfOrder(SignedError):
    """It was received already, or something that was signed later was."""


@dataclasses.dataclass(frozen=True)
class Signed:
    """What was signed."""

    data: bytes
    signer: str  # an id
    issued: float  # seconds since 1970, by the signer's clock
    expires: float | None  # seconds since 1970; None: never
    sequence: int | None
    to: tuple  # ids; none of them: it is for everybody


def sign(data, private, to=(), expires=None, sequence=None, issued=None):
    """The text of data, signed with a private Ed25519 key of 32 bytes. Text is signed as UTF-8.

    `to` are the ids of those who may take it (everybody, if there are none), `expires` a time in seconds since 1970,
    `sequence` a number that rises with each text. `issued` is now. In the header these are `aud`, `exp`, `seq` and
    `iat`; `iss` is the signer's id, `alg` is EdDSA and `typ` is seattle-data. Raises ValueError for what is no such
    thing.
    """
    header = {
        "alg": "EdDSA",
        "typ": _TYPE,
        "iss": nkey.id_of(ed25519.public_key(private)),
        "iat": time.time() if issued is None else issued,
        **({} if expires is None else {"exp": expires}),
        **({} if sequence is None else {"seq": sequence}),
        **({"aud": [to] if isinstance(to, str) else list(to)} if to else {}),
    }
    written = json.dumps(header, separators=(",", ":"))
    _fields_of(written.encode())
    unsigned = _text(written.encode()) + "." + _text(data.encode() if isinstance(data, str) else data)
    return unsigned + "." + _text(ed25519.sign(private, unsigned.encode()))


def verify(text, signer, me=None, now=None):
    """What was signed, if it is to be trusted.

    `signer` is the id of whom it has to be from, or several ids; None takes it from anybody, and `signer` of the result
    says from whom. `me` is our own id: what is for others only is refused, and if none is given, what is not for
    everybody is. `now` is the time in seconds since 1970.

    Raises Malformed, BadSignature, Expired or NotForMe, which are SignedErrors.
    """
    text = text if isinstance(text, str) else bytes(text).decode("latin-1")
    parts = text.split(".", 3) if len(text) <= MOST else []
    if len(parts) != 3 or len(parts[0]) > _MOST_HEADER:
        raise Malformed("this is no signed data: that has three parts with dots between them, or it is too long")
    header, data, signature = map(_bytes, parts)
    told = _fields_of(header)
    if signer is not None and told["iss"] not in ([signer] if isinstance(signer, str) else signer):
        raise BadSignature(f"this is signed by {told['iss']}, who was not expected")
    try:
        ed25519.verify(nkey.public_of(told["iss"]), signature, ".".join(parts[:2]).encode())
    except ed25519.BadSignature:
        raise BadSignature(f"{told['iss']} did not sign this") from None
    if "exp" in told and told["exp"] <= (time.time() if now is None else now):
        raise Expired("the time of this is over")
    if "aud" in told and me not in told["aud"]:
        raise NotForMe("this is for others")
    return Signed(data, told["iss"], told["iat"], told.get("exp"), told.get("seq"), tuple(told.get("aud", ())))


class Receiver:
    """Takes signed texts, each once, and none that was signed before one that was taken already.

    `me` is as for `verify`, and so are `signers`, who have to be named: what is remembered of each would have no end.
    Each text has to have a sequence number that is higher than the last one of its signer: a counter, or
    `time.time_ns()`. Threads that share one have to take turns.
    """

    def __init__(self, signers, me=None):
        if signers is None:
            raise ValueError("name the ids of those from whom something is taken")
        self._signers = signers
        self._me = me
        self._last = {}

    def receive(self, text, now=None):
        """What was signed. Raises OutOfOrder, or what `verify` raises."""
        told = verify(text, self._signers, self._me, now)
        if told.sequence is None or told.sequence <= self._last.get(told.signer, -1):
            raise OutOfOrder(f"this has number {told.sequence}, which is not after the last one of its signer")
        self._last[told.signer] = told.sequence
        return told


def _fields_of(header):
    """The fields of a header, each of its type. Raises Malformed."""
    try:
        told = json.loads(header)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not {"alg", "typ", "iss", "iat"} <= set(told) <= _FIELDS:
        raise Malformed("this is no signed data: its header has other fields")
    right = {
        "alg": told["alg"] == "EdDSA",
        "typ": told["typ"] == _TYPE,
        "iss": _is_id(told["iss"]),
        "iat": _is_time(told["iat"]),
        "exp": _is_time(told.get("exp", 0)),
        "seq": type(told.get("seq", 0)) is int and 0 <= told.get("seq", 0) < 2**63,
        "aud": isinstance(told.get("aud", []), list) and all(map(_is_id, told.get("aud", []))),
    }
    if not all(right.values()):
        wrong = ", ".join(name for name, fine in right.items() if not fine)
        raise Malformed(f"this is no signed data: wrong in its header: {wrong}")
    return told


def _is_id(text):
    try:
        return isinstance(text, str) and bool(nkey.public_of(text))
    except ValueError:
        return False


def _is_time(number):
    return type(number) in (int, float) and 0 <= number < _LATEST


def _text(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text):
    """The bytes of base64 text, if they are written as they always are. Raises Malformed."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        data = b""
    if _text(data) != text:
        raise Malformed("this is no signed data: a part of it is no base64")
    return data
