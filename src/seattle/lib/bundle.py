"""Programs that bring their files along: one file, which unpacks the others when it starts.

    text = bundle.pack(program, {"helper.py": helper, "table.csv": table})

is a program itself: its first line writes the files into the vessel, the rest is the program as it was. `seattle run`
sends what a program imports by itself; a bundle is for what is sent on by others, or kept as one file.

The first line is `import bundle; bundle.unpack('...')`, and what it unpacks are the files as `serialize` writes them,
compressed by zlib, in base85. The text of a program has a megabyte at most.

Missing: bundles of the reference, whose first part was the reference's library.
"""

import base64
import re
import zlib

import serialize

MOST = 16 * 2**20  # bytes of all files together

_FIRST = "import bundle; bundle.unpack('"
_LINE = re.compile(re.escape(_FIRST) + r"([^'\\\n]*)'\)\n")


class BundleError(ValueError):
    """This is no bundle, or a file in it can't be had."""


class bundle_InvalidOperationError(BundleError):
    """A bundle that was opened for reading can't be changed, or this one has no such file."""


bundle_EncodingError = BundleError


def pack(program, files):
    """The text of a program that has these files with it: their bytes, or text, by name."""
    packed = serialize.dump({name: _bytes(data) for name, data in files.items()})
    return f"{_FIRST}{base64.b85encode(zlib.compress(packed, 9)).decode()}')\n{program}"


def unpack(data):
    """Write the files of a bundle's first line into the vessel, over those that are there. Raises BundleError."""
    for name, content in _files_of(data).items():
        _write(name, content)


def split(text):
    """The program and the files of a bundle, a dict of bytes by name: for text that is none, itself and no files.

    Raises BundleError if the files are damaged.
    """
    line = _LINE.match(text)
    return (text[line.end() :], _files_of(line[1])) if line else (text, {})


def _files_of(data):
    try:
        opened = zlib.decompressobj()
        files = serialize.load(opened.decompress(base64.b85decode(data), MOST + 1), MOST)
    except (ValueError, zlib.error) as why:
        raise BundleError(f"the files of this bundle are damaged, or more than {MOST} bytes: {why}") from None
    if (
        not isinstance(files, dict)
        or not all(type(one) is str for one in files)
        or set(map(type, files.values())) - {bytes}
    ):
        raise BundleError("the files of this bundle are damaged")
    return files


class bundle_Bundle:
    """A bundle in a file, by the reference's name: `with` mode r to read it, a to change it, w to make a new one.

    `srcfn` is the file of the program, for a new one. Changes are written by `close`.
    """

    def __init__(self, fn, mode, srcfn=None):
        if mode not in ("r", "w", "a"):
            raise bundle_InvalidOperationError(f"a bundle is opened with r, w or a, not {mode!r}")
        self._name = fn
        self._mode = mode
        if mode == "w":
            self._program, self._files = (_read(srcfn).decode() if srcfn else ""), {}
        else:
            self._program, self._files = split(_read(fn).decode())

    def add(self, fn):
        """Put a file of the vessel into the bundle."""
        self.add_string(fn, _read(fn))

    def add_files(self, fns):
        """Put several files into the bundle."""
        for fn in fns:
            self.add(fn)

    def add_string(self, fn, data):
        """Put bytes or text into the bundle, as a file of this name."""
        self._changeable()[fn] = _bytes(data)

    def remove(self, fn):
        """Take a file out of the bundle."""
        self.extract_to_string(fn)
        del self._changeable()[fn]

    def remove_files(self, fns):
        """Take several files out of the bundle."""
        for fn in fns:
            self.remove(fn)

    def extract(self, fn):
        """Write a file of the bundle into the vessel."""
        _write(fn, self.extract_to_string(fn))

    def extract_files(self, fns):
        """Write several files of the bundle into the vessel."""
        for fn in fns:
            self.extract(fn)

    def extract_all(self):
        """Write all files of the bundle into the vessel."""
        self.extract_files(self.list())

    def extract_to_string(self, fn):
        """The bytes of a file of the bundle."""
        if fn not in self._files:
            raise bundle_InvalidOperationError(f"the bundle has no file {fn!r}")
        return self._files[fn]

    def list(self):
        """The names of the files in the bundle."""
        return list(self._files)

    def close(self):
        """Write what was changed."""
        if self._mode != "r":
            _write(self._name, pack(self._program, self._files).encode())

    def _changeable(self):
        if self._mode == "r":
            raise bundle_InvalidOperationError("the bundle was opened for reading: open it with a to change it")
        return self._files


def bundle_clear_bundle_from_file(fn):
    """Leave of a bundle in a file its program only."""
    program, _ = split(_read(fn).decode())
    _write(fn, program.encode())


def _read(name):
    with open(name, "rb") as file:
        return file.read()


def _write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def _bytes(data):
    return data.encode() if isinstance(data, str) else bytes(data)
