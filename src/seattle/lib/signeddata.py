"""The reference's signed data: who says it, when, until when, after what and to whom. `signed` is today's.

Signed data is `DATA`, a newline, and `!PUBLICKEY!TIMESTAMP!EXPIRATION!SEQUENCE!DESTINATION!SIGNATURE`: the key as
`rsa` writes it, times in seconds since 1900, a sequence as `tag:number`, a destination as identities with colons
between them, `None` for what is not given. The signature is RSA over a SHA-1, without padding: good for talking to
what exists, and no more.

Times are compared with the clock of the computer. What is malformed is never an exception of `signeddata_shouldtrust`,
but a comment of its own, and `signeddata_shouldtrustmeta` does look at its public key.

Missing: the network's time (`Cannot check expiration` is never said, for the computer always has one).
"""

import hashlib
import time

import rsa

SECONDS_FROM_1900_TO_1970 = 2208988800

signeddata_warning_comments = ["Timestamps match", "Cannot check expiration"]
signeddata_fatal_comments = [
    "Malformed signed data",
    "Different public key",
    "Bad signature",
    "Expired signature",
    "Public keys do not match",
    "Invalid sequence transition",
    "Timestamps out of order",
    "Not destined for this node",
]
signeddata_all_comments = signeddata_warning_comments + signeddata_fatal_comments

_LONGEST = 15  # digits of a time or a number before and after its point
_identity = [None]


def signeddata_signdata(
    data, privatekey, publickey, timestamp=None, expiration=None, sequenceno=None, destination=None
):
    """The data, signed: bytes. `sequenceno` is a tag and a number.

    Raises ValueError for what can't be written in the format, and for keys that are none.
    """
    if sequenceno is not None:
        if not isinstance(sequenceno, tuple) or len(sequenceno) != 2 or type(sequenceno[1]) is not int:
            raise ValueError("a sequence number is a tag and a whole number")
        sequenceno = f"{sequenceno[0]}:{sequenceno[1]}"
    fields = [
        rsa.rsa_publickey_to_string(publickey),
        *(str(field) for field in (timestamp, expiration, sequenceno, destination)),
    ]
    _parse(fields)
    signed = b"!".join([_bytes(data) + b"\n", *(field.encode("ascii") for field in fields)])
    return signed + b"!" + rsa.rsa_sign(_digest(signed), privatekey).encode()


def signeddata_split(data):
    """Data (bytes), public key, time, expiration, sequence and destination of signed data; absent fields are None.

    Raises ValueError for what is no signed data. Whether the signature is right, `signeddata_issignedcorrectly` tells.
    """
    original, meta = signeddata_split_signature(data)
    return (original, *_parse(_fields(meta)[:-1]))


def signeddata_split_signature(data):
    """The data, and all that follows it. Raises ValueError for what is no signed data."""
    original, newline, meta = _bytes(data).rpartition(b"\n")
    if not newline:
        raise ValueError("this is no signed data: it has no line of its own for the signature")
    return [original, meta]


def signeddata_issignedcorrectly(data, publickey=None):
    """Whether the signature is that of the key within, which has to be `publickey`, if that is given."""
    try:
        key = signeddata_split(data)[1]
        signed, _, signature = _bytes(data).rpartition(b"!")
        return publickey in (None, key) and rsa.rsa_verify(signature, key) == _digest(signed)
    except ValueError:
        return False


def signeddata_set_identity(identity):
    """Say who we are: what has a destination is trusted if this is one of them."""
    _identity[0] = identity


def signeddata_destined_for_me(destination):
    """Whether we are one of the identities of this destination; everybody is, if there is none."""
    if destination is None:
        return True
    return _identity[0] is not None and _identity[0] in destination.split(":")


def signeddata_iscurrent(expiretime):
    """Whether this time, in seconds since 1900, is yet to come; None is never over."""
    return expiretime is None or time.time() + SECONDS_FROM_1900_TO_1970 < expiretime


def signeddata_has_good_sequence_transition(oldsequence, newsequence):
    """Whether the new sequence number may follow the old one: none, the next of the same tag, or 0 of another."""
    if newsequence is None:
        return True
    if oldsequence is None or oldsequence[0] != newsequence[0]:
        return newsequence[1] == 0
    return newsequence[1] == oldsequence[1] + 1


def signeddata_shouldtrust(oldsigneddata, newsigneddata, publickey=None, oldsigneddata_is_fullrequest=True):
    """Whether to trust new signed data that comes after the old: True, False, or None (a matter of discretion).

    With it come comments, which say why. The old is the whole signed data, or the second half of
    `signeddata_split_signature`, or None if there was none.
    """
    try:
        old = None
        if oldsigneddata:
            old = _bytes(oldsigneddata) if oldsigneddata_is_fullrequest else b"\n" + _bytes(oldsigneddata)
            old = signeddata_split(old)
        new = signeddata_split(newsigneddata)
    except ValueError:
        return False, ["Malformed signed data"]
    comments = [*_comments_on(newsigneddata, new, publickey), *(_comments_on_order(old, new) if old else ())]
    if any(comment in signeddata_fatal_comments for comment in comments):
        return False, comments
    return None if comments else True, comments


def signeddata_shouldtrustmeta(oldsignature, newsigneddata, publickey=None):
    """As `signeddata_shouldtrust`, for the second half of what `signeddata_split_signature` gave for the old one."""
    return signeddata_shouldtrust(oldsignature, newsigneddata, publickey, oldsigneddata_is_fullrequest=False)


def _comments_on(signed, fields, publickey):
    _, key, _, expiration, _, destination = fields
    if publickey not in (None, key):
        yield "Different public key"
    if not signeddata_issignedcorrectly(signed):
        yield "Bad signature"
    if not signeddata_iscurrent(expiration):
        yield "Expired signature"
    if not signeddata_destined_for_me(destination):
        yield "Not destined for this node"


def _comments_on_order(old, new):
    _, old_key, old_time, _, old_sequence, _ = old
    _, new_key, new_time, _, new_sequence, _ = new
    if old_key != new_key:
        yield "Public keys do not match"
    if not signeddata_has_good_sequence_transition(old_sequence, new_sequence):
        yield "Invalid sequence transition"
    if old_time is not None and (new_time is None or new_time < old_time):
        yield "Timestamps out of order"
    elif old_time is not None and new_time == old_time:
        yield "Timestamps match"


def _fields(meta):
    empty, *fields = meta.decode("latin-1").split("!")
    if empty or len(fields) != 6:
        raise ValueError("this is no signed data: six fields follow the data, each after an exclamation mark")
    return fields


def _parse(fields):
    """Public key, time, expiration, sequence and destination of their text."""
    if any("!" in field or "\n" in field or not field.isascii() for field in fields):
        raise ValueError("the fields of signed data are ASCII, without exclamation marks and newlines")
    key, timestamp, expiration, sequence, destination = (None if field == "None" else field for field in fields)
    tag, colon, number = (sequence or "").rpartition(":")
    if sequence is not None and not colon:
        raise ValueError("a sequence number is a tag, a colon and a whole number")
    return (
        rsa.rsa_string_to_publickey(key or ""),
        _time_of(timestamp),
        _time_of(expiration),
        (tag, _whole(number)) if colon else None,
        destination,
    )


def _time_of(text):
    if text is None:
        return None
    whole, _, part = text.partition(".")
    if not all(half.isdigit() and len(half) <= _LONGEST for half in (whole, part or "0")):
        raise ValueError("a time is a number of seconds since 1900")
    return float(text)


def _whole(text):
    if not text.isdigit() or len(text) > _LONGEST:
        raise ValueError("a sequence number is a whole number")
    return int(text)


def _digest(signed):
    return hashlib.sha1(signed).digest()  # noqa: S324 - the format's


def _bytes(data):
    return data.encode() if isinstance(data, str) else bytes(data)
