"""Files compressed by gzip, as in Python's `gzip`: `compress`, `decompress`, `open` and GzipFile, over `zlib`.

Missing: seeking in a compressed file and `peek`, for it would have to be read again from its start; `readinto`, for
programs have no views of memory. Text is read as a whole when it is opened.
"""

import io
import time
import zlib

READ, WRITE = "rb", "wb"

_open_file = open
_PIECE = 64 * 1024  # bytes that are read or unpacked at once
_MAGIC = b"\x1f\x8b"
_GZIP = 31  # zlib's number for gzip's headers


class BadGzipFile(OSError):
    """This is no gzip file, or it is damaged."""


def compress(data, compresslevel=9, *, mtime=None):
    """The compressed bytes of data. `mtime` is the time to write down, in seconds since 1970; now, if there is none."""
    packer = zlib.compressobj(compresslevel, zlib.DEFLATED, _GZIP)
    return _with_time(packer.compress(data) + packer.flush(), mtime)


def decompress(data):
    """The bytes of compressed data.

    Raises BadGzipFile for what is no such data or damaged, EOFError for what is cut short.
    """
    return GzipFile(fileobj=io.BytesIO(data)).read()


def open(filename, mode="rb", compresslevel=9, encoding=None, errors=None, newline=None):
    """Open a compressed file of the vessel, or a file object: for bytes, or for text if there is a `t` in the mode."""
    text = "t" in mode
    if text and "b" in mode:
        raise ValueError(f"Invalid mode: {mode!r}")
    if not text and (encoding, errors, newline) != (None, None, None):
        raise ValueError("Arguments 'encoding', 'errors' and 'newline' are for text: put a t into the mode")
    is_name = isinstance(filename, str)
    binary = GzipFile(
        filename if is_name else None, mode.replace("t", ""), compresslevel, None if is_name else filename
    )
    if not text:
        return binary
    encoding, errors = encoding or "utf-8", errors or "strict"
    if binary.writable():
        return _TextWriter(binary, encoding, errors)
    with binary:
        return io.StringIO(binary.read().decode(encoding, errors), newline)


class GzipFile:
    """A compressed file, which is read or written piece by piece, from its start to its end.

    It is the file of the vessel of this name, or a file object. Modes are r, w, x and a. Raises BadGzipFile or EOFError
    when it reads what is damaged or cut short.
    """

    def __init__(self, filename=None, mode=None, compresslevel=9, fileobj=None, mtime=None):
        mode = (mode or "rb").replace("b", "")
        if mode not in ("r", "w", "x", "a"):
            raise ValueError(f"Invalid mode: {mode!r}")
        self.name = filename or getattr(fileobj, "name", "")
        self.closed = False
        self._own = fileobj is None
        self._file = _open_file(filename, mode + "b") if self._own else fileobj
        self._reads = mode == "r"
        self._at = 0  # bytes of what is not compressed
        self._mtime = mtime
        self._packer = None if self._reads else zlib.compressobj(compresslevel, zlib.DEFLATED, _GZIP)
        self._unpacker = None  # between the members of which a file may have several
        self._began = False
        self._packed = self._unpacked = b""

    def read(self, size=-1):
        """So many bytes, or all that are left."""
        self._check(reading=True)
        pieces, left = [self._unpacked], len(self._unpacked)
        while (size is None or size < 0 or left < size) and (piece := self._more()):
            pieces.append(piece)
            left += len(piece)
        return self._taken(b"".join(pieces), left if size is None or size < 0 else size)

    def read1(self, size=-1):
        """At most so many bytes, as few as are at hand, but at least one."""
        self._check(reading=True)
        data = self._unpacked or self._more()
        return self._taken(data, len(data) if size < 0 else size)

    def readline(self, size=-1):
        """The next line, with its end."""
        self._check(reading=True)
        data, start = self._unpacked, 0
        while (end := data.find(b"\n", start)) < 0 and (size < 0 or len(data) < size) and (piece := self._more()):
            start = len(data)
            data += piece
        end = end + 1 or len(data)
        return self._taken(data, end if size < 0 else min(end, size))

    def readlines(self):
        """All lines that are left."""
        return list(self)

    def write(self, data):
        """Compress more bytes; how many they are."""
        self._check(reading=False)
        if isinstance(data, str):
            raise TypeError("a bytes-like object is required, not 'str'")
        self._put(self._packer.compress(data))
        self._at += len(data)
        return len(data)

    def writelines(self, lines):
        """Compress several pieces of bytes."""
        for line in lines:
            self.write(line)

    def flush(self):
        """See that all that was written so far can be read."""
        self._check(reading=False)
        self._put(self._packer.flush(zlib.Z_SYNC_FLUSH))

    def close(self):
        """Write what is left, and close the file if it was opened here."""
        if self.closed:
            return
        try:
            if not self._reads:
                self._put(self._packer.flush())
        finally:
            self.closed = True
            if self._own:
                self._file.close()

    def tell(self):
        """How many bytes were read or written, before compression."""
        return self._at

    def readable(self):
        """Whether this is open to be read."""
        return self._reads

    def writable(self):
        """Whether this is open to be written."""
        return not self._reads

    def seekable(self):
        """That it is not."""
        return False

    def __iter__(self):
        return self

    def __next__(self):
        if line := self.readline():
            return line
        raise StopIteration

    def __enter__(self):
        self._check(self._reads)
        return self

    def __exit__(self, kind, error, traceback):
        self.close()

    def _check(self, reading):
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        if reading != self._reads:
            raise OSError(
                f"{'read' if reading else 'write'}() on {'write' if reading else 'read'}-only GzipFile object"
            )

    def _taken(self, data, size):
        found, self._unpacked = data[:size], data[size:]
        self._at += len(found)
        return found

    def _put(self, packed):
        """Write compressed bytes; the first ones begin with the header, in which the time belongs."""
        if packed and self._mtime != "written":
            packed, self._mtime = _with_time(packed, self._mtime), "written"
        self._file.write(packed)

    def _more(self):
        """Some more bytes, as they were; none at the end."""
        while True:
            if self._unpacker is None and not self._begin_member():
                return b""
            packed = self._packed or self._file.read(_PIECE)
            if not packed:
                raise EOFError("Compressed file ended before the end-of-stream marker was reached")
            try:
                found = self._unpacker.decompress(packed, _PIECE)
            except zlib.error as why:
                if "check" in str(why) or "header" in str(why):
                    raise BadGzipFile(str(why)) from None
                raise
            self._packed = self._unpacker.unconsumed_tail
            if self._unpacker.eof:
                self._packed, self._unpacker = self._unpacker.unused_data, None
            if found:
                return found

    def _begin_member(self):
        """Whether another member begins, behind zeros, if there was one before."""
        while True:
            if self._began:
                self._packed = self._packed.lstrip(b"\0")
            if len(self._packed) >= len(_MAGIC) or not (more := self._file.read(_PIECE)):
                break
            self._packed += more
        if not self._packed:
            return False
        if not self._packed.startswith(_MAGIC):
            raise BadGzipFile(f"Not a gzipped file ({self._packed[:2]!r})")
        self._unpacker, self._began = zlib.decompressobj(_GZIP), True
        return True


class _TextWriter:
    """A compressed file of text."""

    def __init__(self, binary, encoding, errors):
        self._binary = binary
        self._encoding = encoding
        self._errors = errors

    def write(self, text):
        self._binary.write(text.encode(self._encoding, self._errors))
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        self._binary.flush()

    def close(self):
        self._binary.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()


def _with_time(packed, mtime):
    """Compressed bytes with the time in their header."""
    now = int(time.time() if mtime is None else mtime)
    return packed[:4] + (now & 0xFFFFFFFF).to_bytes(4, "little") + packed[8:]
