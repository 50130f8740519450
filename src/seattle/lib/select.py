"""Python's `select`: waiting for several sockets at once, over `waitready`.

What can be waited for: the sockets of `socket`, their numbers (`fileno()`), whatever has such a `fileno()`, and the
sockets and connections of the Repy API themselves.

Missing: files, since those of a vessel are always ready; exceptional conditions (the third list of `select`, POLLPRI),
since urgent data is not to be had; `epoll` with EPOLLET, EPOLLONESHOT and their like, since `waitready` tells what is
ready and not what became so; `devpoll` and `kqueue`, which other systems have.
"""

from errno import EEXIST, ENOENT
from socket import socket_of

from networking.waiting import MOMENT, wait_if_possible

error = OSError

POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL = 1, 2, 4, 8, 16, 32
EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLERR, EPOLLHUP, EPOLLRDHUP = 1, 2, 4, 8, 16, 0x2000
EPOLL_CLOEXEC = 0o2000000
PIPE_BUF = 4096


def select(rlist, wlist, xlist, timeout=None):
    """Wait until one of these can be read or written, at most `timeout` seconds; None waits for as long as it takes.

    Returns three lists: those that can be read, those that can be written, and an empty one. Raises ValueError for one
    that is closed, TypeError for what is none.
    """
    if timeout is not None and timeout < 0:
        raise ValueError("timeout must be non-negative")
    ready = _wait(list(rlist), list(wlist), timeout)
    for one in xlist:
        _end_of(one)
    return *ready, []


class poll:
    """Sockets that are waited for, and what for."""

    def __init__(self):
        self._wanted = {}  # (what was registered, events) by its number

    def register(self, fd, eventmask=POLLIN | POLLPRI | POLLOUT):
        """Wait for this one, too."""
        self._wanted[_number_of(fd)] = fd, eventmask

    def modify(self, fd, eventmask):
        """Wait for something else. Raises OSError if it is not registered."""
        if _number_of(fd) not in self._wanted:
            raise OSError(ENOENT, "No such file or directory")
        self.register(fd, eventmask)

    def unregister(self, fd):
        """Wait for it no more. Raises KeyError if it is not registered."""
        del self._wanted[_number_of(fd)]

    def poll(self, timeout=None):
        """Wait for at most `timeout` milliseconds, and return a list of `(number, events)`; None or less waits on."""
        return _poll(self._wanted, None if timeout is None or timeout < 0 else timeout / 1000)


class epoll:
    """As `poll`, by the names and with the units of Linux's."""

    def __init__(self, sizehint=-1, flags=0):
        self._wanted = {}
        self.closed = False

    def register(self, fd, eventmask=EPOLLIN | EPOLLPRI | EPOLLOUT):
        """Wait for this one, too. Raises OSError if it is registered already."""
        if _number_of(fd) in self._wanted:
            raise FileExistsError(EEXIST, "File exists")
        self._wanted[_number_of(fd)] = fd, eventmask

    def modify(self, fd, eventmask):
        """Wait for something else. Raises OSError if it is not registered."""
        if _number_of(fd) not in self._wanted:
            raise OSError(ENOENT, "No such file or directory")
        self._wanted[_number_of(fd)] = fd, eventmask

    def unregister(self, fd):
        """Wait for it no more. Raises OSError if it is not registered."""
        if self._wanted.pop(_number_of(fd), None) is None:
            raise OSError(ENOENT, "No such file or directory")

    def poll(self, timeout=None, maxevents=-1):
        """Wait for at most `timeout` seconds, and return a list of `(number, events)`; None or less waits on."""
        found = _poll(self._wanted, None if timeout is None or timeout < 0 else timeout)
        return found if maxevents < 0 else found[:maxevents]

    def close(self):
        """Wait for nothing more."""
        self.closed = True
        self._wanted = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _poll(wanted, timeout):
    """`(number, events)` of each that is ready within `timeout` seconds."""
    gone = [(number, POLLNVAL) for number, (fd, _events) in wanted.items() if _is_closed(fd)]
    if gone:
        return gone
    reading = [number for number, (_fd, events) in wanted.items() if events & POLLIN]
    writing = [number for number, (_fd, events) in wanted.items() if events & POLLOUT]
    can_read, can_write = map(set, _wait(reading, writing, timeout))
    found = [(number, POLLIN * (number in can_read) | POLLOUT * (number in can_write)) for number in wanted]
    return [(number, events) for number, events in found if events]


def _wait(reading, writing, timeout):
    """Those that can be read and those that can be written within `timeout` seconds."""
    deadline = None if timeout is None else getruntime() + timeout
    read = [(one, _end_of(one)) for one in reading]
    write = [(one, _end_of(one)) for one in writing]
    while True:
        is_ready = any(end.has_more() for _one, end in read) or any(not end.writing() for _one, end in write)
        left = 0 if is_ready else None if deadline is None else max(deadline - getruntime(), 0)
        known = wait_if_possible(
            [raw for _one, end in read for raw in end.reading()],
            [raw for _one, end in write for raw in end.writing()],
            left,
        )
        if known is None:
            can_read, can_write = [one for one, end in read if end.has_more() or end.look()], list(writing)
            if not (can_read or can_write):
                sleep(MOMENT if left is None else min(left, MOMENT))
        else:
            got_read, got_write = map(set, known)
            can_read = [one for one, end in read if end.has_more() or not got_read.isdisjoint(end.reading())]
            can_write = [one for one, end in write if not end.writing() or not got_write.isdisjoint(end.writing())]
        if can_read or can_write or (deadline is not None and getruntime() >= deadline):
            return can_read, can_write


class _Raw:
    """A socket of the API, as `_wait` wants one."""

    def __init__(self, raw):
        self._raw = raw

    def has_more(self):
        return False

    def look(self):
        return True  # nobody knows

    def reading(self):
        return [self._raw]

    def writing(self):
        return [self._raw]


def _end_of(one):
    """What a socket is made of. Raises ValueError if it is closed, TypeError for what is no socket."""
    if hasattr(one, "end_for_waiting"):
        if one.fileno() < 0:
            raise ValueError("file descriptor cannot be a negative integer (-1)")
        return one.end_for_waiting()
    if isinstance(one, int):
        if one < 0:
            raise ValueError(f"file descriptor cannot be a negative integer ({one})")
        return socket_of(one).end_for_waiting()
    if hasattr(one, "fileno"):
        return _end_of(one.fileno())
    if hasattr(one, "recv") or hasattr(one, "getmessage") or hasattr(one, "getconnection"):
        return _Raw(one)
    raise TypeError("argument must be an int, or have a fileno() method.")


def _number_of(one):
    number = one if isinstance(one, int) else one.fileno()
    if number < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({number})")
    return number


def _is_closed(one):
    try:
        _end_of(one)
    except (ValueError, OSError):
        return True
    return False
