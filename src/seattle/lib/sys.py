"""What programs ask Python's `sys` for: their arguments, the way out, and streams to write to.

`argv` begins with the name of the program's file, as in Python; the rest is `callargs`. `stdout` and `stderr` both
are the vessel's log.

Missing: `stdin`, for a vessel has nobody who types; `stdout.buffer`: `log` writes bytes; `modules`, `path`, `settrace`,
the traceback of `exc_info` and all else that reaches the interpreter; `getsizeof`, `getrefcount` and `intern`, which
tell of its memory; settings of the whole process, like `setrecursionlimit`; `excepthook`, for the report on an
exception is made outside of the program. What is set in the place of `stdout` is not what `print` writes to. The exit
code of `repy` is 0 or 1, whatever the number of `exit`.
"""

import itertools
import queue
from collections import namedtuple

_MINOR = 13 if hasattr(queue, "ShutDown") else 12 if hasattr(itertools, "batched") else 11

argv = [callname, *(callargs if isinstance(callargs, list) else ())]
byteorder = "little"
maxsize = 2**63 - 1
maxunicode = 0x10FFFF
platform = "repy"
version_info = namedtuple("version_info", "major minor micro releaselevel serial")(3, _MINOR, 0, "final", 0)  # noqa: PYI024
version = f"3.{_MINOR}.0 (Repy)"


class LogStream:
    """A text stream whose end is the vessel's log."""

    encoding, errors, newlines = "utf-8", "replace", None
    closed = line_buffering = False

    def __init__(self, name):
        self.name = name

    def write(self, text):
        """Write text, at once; return how many characters it has."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        print(text, end="")
        return len(text)

    def writelines(self, lines):
        """Write several texts; none gets a line end."""
        for line in lines:
            self.write(line)

    def flush(self):
        """Do nothing: nothing is kept back."""

    def writable(self):
        """Say so: yes."""
        return True

    def readable(self):
        """Say so: no."""
        return False

    def isatty(self):
        """Say so: no."""
        return False

    def __repr__(self):
        return f"<LogStream {self.name}>"


stdout = LogStream("<stdout>")
stderr = LogStream("<stderr>")


def exit(status=None):
    """End the program with a number as its exit code, or with a message and exit code 1."""
    raise SystemExit(status)


def exception():
    """The exception that is being handled by whoever asks; None if there is none."""
    try:
        raise  # noqa: PLE0704 - again what is being handled
    except RuntimeError as why:
        return None if why.args == ("No active exception to reraise",) else why
    except BaseException as error:
        return error


def exc_info():
    """The class of that exception, it itself, and None for its traceback."""
    error = exception()
    return (None, None, None) if error is None else (type(error), error, None)


def getdefaultencoding():
    """The encoding of text if none is named."""
    return "utf-8"


getfilesystemencoding = getdefaultencoding


def getrecursionlimit():
    """How deep calls may go."""
    return 1000
