"""Values as bytes and back: None, booleans, numbers, text, bytes, lists, tuples, sets and dicts of those.

The format is the reference's: a letter that says what follows, and the value. Programs of other kinds read `json`
more easily; this also has tuples, sets, bytes, complex numbers and keys of any kind. What strangers send can be read
safely: nothing but such values comes of it, it can't be nested without end, and a limit on its size is checked first.

`load(dump(value))` is the value again. In what the reference's programs write, text and bytes are the same: there,
what is no UTF-8 comes as bytes.

Missing: objects of a program's own classes (send their fields), and values that contain themselves.
"""

import re

MOST = 16 * 2**20  # bytes that `load` reads
DEEPEST = 50  # values within values
LONGEST_NUMBER = 4300  # digits, as for Python's `int`

_SEQUENCES = {b"L": list, b"T": tuple, b"s": set, b"f": frozenset}
_LETTERS = {kind: letter for letter, kind in _SEQUENCES.items()}
_WHOLE = re.compile(rb"0|-?[1-9][0-9]*")


def dump(value):
    """The bytes of a value.

    Raises TypeError for what can't be sent, ValueError for what is nested more than 50 deep.
    """
    return _dumped(value, DEEPEST, b"b")


def load(data, most=MOST):
    """The value of bytes that `dump` gave. Text is taken, too, as UTF-8.

    Raises ValueError for bytes that are of no value, or more than `most`.
    """
    data = data.encode() if isinstance(data, str) else bytes(data)
    if len(data) > most:
        raise ValueError(f"a value can't have {len(data)} bytes; at most {most}")
    return _loaded(data, DEEPEST)


def _dumped(value, deepest, letter_of_bytes):
    if deepest < 0:
        raise ValueError(f"this is nested too deeply, or contains itself; at most {DEEPEST} values within each other")
    match value:
        case None:
            return b"N"
        case bool():
            return b"BT" if value else b"BF"
        case int():
            return b"I%d" % value
        case float():
            return b"F" + repr(float(value)).encode()
        case complex():
            return b"C" + repr(complex(value)).strip("()").encode()
        case str():
            return b"S" + value.encode()
        case bytes() | bytearray():
            return letter_of_bytes + value
        case dict():
            keys = _dumped(list(value.keys()), deepest - 1, letter_of_bytes)
            return b"D%d:%b%b" % (len(keys), keys, _dumped(list(value.values()), deepest - 1, letter_of_bytes))
        case list() | tuple() | set() | frozenset():
            letter = next(letter for kind, letter in _LETTERS.items() if isinstance(value, kind))
            items = [_dumped(item, deepest - 1, letter_of_bytes) for item in value]
            return b"%b%b0:" % (letter, b"".join(b"%d:%b" % (len(item), item) for item in items))
    raise TypeError(f"a value of type {type(value).__name__} can't be sent; its fields can, as a dict")


def _loaded(data, deepest):
    if deepest < 0:
        raise ValueError(f"this is nested too deeply: at most {DEEPEST} values within each other")
    letter, body = data[:1], data[1:]
    try:
        if letter in _SEQUENCES:
            return _SEQUENCES[letter](_loaded_items(body, deepest))
        match letter:
            case b"N" if not body:
                return None
            case b"B" if body in (b"T", b"F"):
                return body == b"T"
            case b"I":
                return _whole(body)
            case b"F":
                return _number(float, body)
            case b"C":
                return _number(complex, body)
            case b"S":
                return _text(body)
            case b"b":
                return body
            case b"D":
                return _loaded_dict(body, deepest)
    except TypeError:
        raise ValueError("this is no value: a set or a dict has something in it that can change") from None
    raise ValueError(f"this is no value: it begins with {data[:2]}")


def _loaded_items(body, deepest):
    """The values of `<length>:<item>` for each, and `0:` after the last."""
    found = []
    start = 0
    while item := _sized(body, start):
        found.append(_loaded(item, deepest - 1))
        start = body.index(b":", start) + 1 + len(item)
    if body[start:] != b"0:":
        raise ValueError("this is no value: something follows its end")
    return found


def _loaded_dict(body, deepest):
    written = _sized(body, 0)
    keys = _loaded(written, deepest - 1)
    values = _loaded(body[body.index(b":") + 1 + len(written) :], deepest - 1)
    if not isinstance(keys, list) or not isinstance(values, list) or len(keys) != len(values):
        raise ValueError("this is no value: a dict has as many keys as values")
    return dict(zip(keys, values, strict=True))


def _sized(body, start):
    """The bytes of `<length>:<bytes>` at this place."""
    colon = body.find(b":", start)
    size = _whole(body[start : max(colon, start)])
    if not 0 <= size <= len(body) - colon - 1:
        raise ValueError("this is no value: it is cut short")
    return body[colon + 1 : colon + 1 + size]


def _whole(digits):
    """The whole number of these digits, which there is one way to write."""
    if len(digits) > LONGEST_NUMBER or not _WHOLE.fullmatch(digits):
        raise ValueError(f"this is no value: {digits[:20]} is no whole number")
    return int(digits)


def _number(kind, digits):
    try:
        return kind(digits.decode())
    except ValueError:
        raise ValueError(f"this is no value: {digits[:20]} is no number") from None


def _text(body):
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def serialize_serializedata(data):
    """The bytes of a value as the reference writes them: text and bytes are the same there."""
    return _dumped(data, DEEPEST, b"S")


serialize_deserializedata = load
