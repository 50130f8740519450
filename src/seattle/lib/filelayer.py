"""What security layers that stand before a program's files have in common.

    import filelayer

    class Careful:
        def __init__(self, file): ...
        def readat(self, sizelimit, offset): ...
        def writeat(self, data, offset): ...
        def close(self): ...

    CHILD_CONTEXT_DEF["openfile"] = filelayer.define(lambda name, create: Careful(openfile(name, create)), Careful)
    secure_dispatch_module()

A class has its own lock: calls of several threads may be in it at the same time.
"""

ERRORS = (
    RepyArgumentError,
    FileNotFoundError,
    FileInUseError,
    FileClosedError,
    SeekPastEndOfFileError,
    FileError,
    ResourceExhaustedError,
    ResourceForbiddenError,
    ValueError,
)
"""What the calls of a layer before files may raise."""


def function(target, args, returns, errors=ERRORS):
    """The definition of a function: classes of its arguments, of what it returns, and of what it raises."""
    return {"type": "func", "args": args, "exceptions": errors, "return": returns, "target": target}


def define(opening, kind, methods=None, errors=ERRORS):
    """The definition of a call like `openfile`, which returns objects of the class `kind`.

    `methods` are those it has beside the usual three: the classes of their arguments, by name. They return None.
    """
    definition = {
        "obj-type": kind,
        "name": kind.__name__,
        "readat": function(kind.readat, ((int, type(None)), int), bytes, errors),
        "writeat": function(kind.writeat, ((bytes, str), int), None, errors),
        "close": function(kind.close, None, None, errors),
    }
    for name, args in (methods or {}).items():
        definition[name] = function(getattr(kind, name), args, None, errors)
    return {**function(opening, (str, bool), definition, errors), "type": "objc"}


def octets(data):
    """Data as `bytes`. Raises RepyArgumentError for text that has no UTF-8, as `writeat` does."""
    try:
        return data.encode() if type(data) is str else data
    except UnicodeEncodeError:
        raise RepyArgumentError("data holds half a surrogate pair, which has no UTF-8") from None


def size_of(file):
    """How long a file is: the largest offset from which it can be read. It is not read for that."""
    low, high = 0, 1
    while _reaches(file, high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if _reaches(file, middle):
            low = middle
        else:
            high = middle
    return low


def copy(source, target, most=2**16):
    """Copy an open file over the beginning of another one, some bytes at a time."""
    offset = 0
    while piece := source.readat(most, offset):
        target.writeat(piece, offset)
        offset += len(piece)


def _reaches(file, offset):
    try:
        file.readat(0, offset)
    except SeekPastEndOfFileError:
        return False
    return True
