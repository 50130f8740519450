"""Finding this user's nursery, or starting one.

A nursery that `repy` has started stays for a minute after its last program, so that the next start costs
milliseconds. It listens on a socket in a folder that nobody else can enter, under a name that changes with the
code: an upgraded `repy` never meets an old nursery. Nor does one that is in another network, or in a container that
shares the folder: programs run where `repy` was called.
"""

import _socket
import os
import stat
import sys

LINGER = 60.0  # seconds

_MOST_COMPLAINTS = 1 << 20  # bytes; a nursery that starts drops them when there are more
_COARSE = 0.1  # seconds by which a file system's clock may be late
_LONGEST_FOLDER = 107 - 31  # bytes; a fingerprint behind it has to fit into the address of a socket, too

_NAMESPACES = ("mnt", "net", "pid", "user")  # of the kernel, in which a nursery would be elsewhere than we are

_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120


def connect() -> _socket.socket:
    """A connection to a nursery. Raises OSError if there is none and none can be started."""
    path = f"{folder()}/{_fingerprint()}"
    try:
        return _connect(path)
    except (FileNotFoundError, ConnectionRefusedError):
        _start(path)
        return _connect(path)


def _connect(path: str) -> _socket.socket:
    line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    line.connect(path)
    return line


def _start(path: str) -> None:
    """Put a nursery behind `path`, unless another `repy` is just doing so."""
    # Only a cold start pays for these.
    import fcntl  # noqa: PLC0415

    from seattle.repy.spawn import listen, spawn_nursery  # noqa: PLC0415

    lock = os.open(path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            _connect(path).close()
        except (FileNotFoundError, ConnectionRefusedError):
            if os.path.exists(path):  # noqa: PTH110 - left behind by a nursery that has ended
                os.unlink(path)  # noqa: PTH108
            with listen(path) as listener:
                log = open_complaints()
                spawn_nursery(listener, linger=LINGER, log=log)
                if log is not None:
                    os.close(log)
    finally:
        os.close(lock)


def complaints() -> str:
    """The file with what goes wrong in nurseries and monitors themselves: tracebacks of our own code."""
    return f"{folder()}/complaints"


def complained_since(moment: float) -> bool:
    """Whether there is something new in that file. `moment`: seconds since the epoch."""
    try:
        return os.stat(complaints()).st_mtime >= moment - _COARSE  # noqa: PTH116
    except OSError:
        return False


def open_complaints() -> int | None:
    """That file, to be written to; None if it can't be had."""
    try:
        fd = os.open(complaints(), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        if os.fstat(fd).st_size > _MOST_COMPLAINTS:
            os.ftruncate(fd, 0)
    except OSError:  # a full disk must not keep anybody from a run that needs none
        return None
    return fd


def folder() -> str:
    """A folder that belongs to this user and that nobody else can enter; made if it is missing."""
    own = _own(_base())
    if not os.path.lexists(own):
        os.makedirs(own, 0o700, exist_ok=True)  # noqa: PTH103
    status = os.lstat(own)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{own} is not a folder of yours alone; remove it, or set XDG_RUNTIME_DIR")
    return own


def _own(base: str) -> str:
    return f"{base}/seattle-{os.getuid()}"


def _base() -> str:
    """XDG_RUNTIME_DIR if it is ours, and short.

    `su` leaves another user's there, and without a login manager nobody makes it.
    """
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    try:
        if os.stat(base).st_uid == os.getuid() and len(os.fsencode(_own(base))) <= _LONGEST_FOLDER:  # noqa: PTH116
            return base
    except OSError:
        pass
    return "/tmp"  # noqa: S108 - what is ours in there is checked


def _fingerprint() -> str:
    """Changes whenever the sandbox's code, the Python that runs it, or the place where we are does."""
    newest = 0
    folders = [f"{_PACKAGE}/repy", f"{_PACKAGE}/resources"]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    folders.append(entry.path)
                elif entry.name.endswith(".py"):
                    newest = max(newest, entry.stat().st_mtime_ns)
    place = hash_text(sys.prefix + _PACKAGE + "".join(map(_namespace, _NAMESPACES)))
    return f"{sys.version_info.major}.{sys.version_info.minor}-{place:08x}-{newest:x}"


def _namespace(kind: str) -> str:
    try:
        return os.readlink(f"/proc/self/ns/{kind}")  # noqa: PTH115
    except OSError:  # no /proc, or a kernel without this kind
        return ""


def hash_text(text: str) -> int:
    """A number for a text, the same in every process (`hash` is not); 32 bits (FNV-1a)."""
    value = 0x811C9DC5
    for byte in text.encode("utf-8", "surrogateescape"):
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value
