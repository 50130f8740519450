"""What programs ask Python's `os` for, as far as a vessel has it: its files, random bytes, an empty environment.

A vessel has one folder, which is `.` and `/`, and file names in it as `openfile` takes them. It has one process.

Missing: processes (`system`, `fork`, `kill`, `popen`), for a vessel starts none; folders, links, permissions, owners
and `stat`, for its files have a name and a size; `rename`, for the API has none: write a new file and remove the old
one; descriptors (`open`, `read`, `pipe`); `walk` and `scandir`: `listdir` tells all there is.
"""

import os.path as path
import secrets

name = "posix"
sep, altsep, extsep, pathsep, linesep, curdir, pardir, devnull = "/", None, ".", ":", "\n", ".", "..", "/dev/null"
environ = {}  # nobody sets anything
error = OSError


def listdir(path="."):
    """The names of the vessel's files. Raises FileNotFoundError for another folder."""
    if not _path.isdir(path):
        raise FileNotFoundError(f"there is no folder {path!r}")
    return listfiles()


def remove(path):
    """Delete a file. Raises FileNotFoundError, and FileInUseError while the program has it open."""
    removefile(_path.basename(_path.normpath(path)) if _path.isfile(path) else path)


unlink = remove


def getenv(key, default=None):
    """What a variable of the environment is."""
    return environ.get(key, default)


def urandom(size):
    """So many random bytes, which nobody can guess."""
    return secrets.token_bytes(size)


def fspath(path):
    """The path, which is text."""
    if not isinstance(path, (str, bytes)):
        raise TypeError(f"expected str, bytes or os.PathLike object, not {type(path).__name__}")
    return path


def getcwd():
    """The vessel's folder."""
    return "/"


def getpid():
    """The number of the vessel's only process."""
    return 1


def cpu_count():
    """How many processors the program may use."""
    return max(1, int(getresources()[0]["cpu"]))


_path = path
