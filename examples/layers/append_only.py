"""A security layer: files can only grow. Nothing that was once written can be changed or removed.

    seattle run --layer examples/layers/append_only.py PROGRAM

At home it is `repy --layer`.
"""

from filelayer import octets, size_of


class AppendOnly:
    """A file that takes new data at its end only. One write at a time: the end must not move in between."""

    def __init__(self, file):
        self.file = file
        self.lock = createlock()
        self.size = size_of(file)

    def readat(self, sizelimit, offset):
        return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        data = octets(data)
        with self.lock:
            if offset < self.size:
                raise ResourceForbiddenError(f"files can only grow: {offset} lies before the end, {self.size}")
            try:
                self.file.writeat(data, offset)
                self.size = offset + len(data)
            except RepyException:
                self.size = size_of(self.file)  # a part of it may have been written
                raise

    def close(self):
        with self.lock:
            self.file.close()


def open_append_only(filename, create):
    return AppendOnly(openfile(filename, create))


def refuse_to_remove(filename):
    raise ResourceForbiddenError(f"files can only grow: {filename!r} cannot be removed")


def method(target, args, returns):
    return {"type": "func", "args": args, "exceptions": RepyException, "return": returns, "target": target}


CHILD_CONTEXT_DEF["openfile"] = {
    "type": "objc",
    "args": (str, bool),
    "exceptions": RepyException,
    "return": {
        "obj-type": AppendOnly,
        "name": "AppendOnlyFile",
        "readat": method(AppendOnly.readat, ((int, type(None)), int), bytes),
        "writeat": method(AppendOnly.writeat, ((bytes, str), int), None),
        "close": method(AppendOnly.close, None, None),
    },
    "target": open_append_only,
}
CHILD_CONTEXT_DEF["removefile"] = method(refuse_to_remove, (str,), None)

secure_dispatch_module()
