"""The monitor's own wall, lower than the guest's: files only where its vessel lives, the network as it is.

A monitor reads bytes that a stranger made. Should one of them ever take it over, this bounds the damage.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from seattle.repy.walls import landlock, no_new_privs, process, seccomp
from seattle.repy.walls.landlock import Rights, Rule
from seattle.repy.walls.report import Part, PartName, State
from seattle.repy.walls.warm import Prepared

# What looking up a host name opens (traced: glibc 2.36, CPython 3.11), for reading.
_READABLE = (
    # resolv.conf, hosts, nsswitch.conf, host.conf, gai.conf, services, ld.so.cache. The folder and not the files:
    # a rule on a file stays with the old one when the system replaces it, as it does when a laptop moves.
    "/etc",
    "/run/systemd/resolve",  # where Ubuntu's resolv.conf is a link to
    "/run/NetworkManager",  # and other systems' one
    "/run/resolvconf",
    # Name service modules, which glibc loads on the first look-up, and locales.
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/zoneinfo",
    os.path.dirname(os.__file__),  # noqa: PTH120 - codecs for international names are imported on their first use
)
_READ = landlock.READ_FILE | landlock.READ_DIR
# Plain files and folders, moved about; no devices, sockets, pipes or links, and nothing to execute.
_OWN = (
    _READ
    | landlock.WRITE_FILE
    | landlock.TRUNCATE
    | landlock.MAKE_REG
    | landlock.MAKE_DIR
    | landlock.REMOVE_FILE
    | landlock.REMOVE_DIR
    | landlock.REFER
)


def confine(
    prepared: Prepared, own: Iterable[int], *, readable: Iterable[int] = (), emptied: Iterable[int] = ()
) -> list[Part]:
    """Confine this process, which has one thread so far, for good.

    `own` are open folders (descriptors) that it may write beneath: the vessel's and its log's. `readable` are
    more that it may read beneath, such as the guest's /proc/PID; `emptied` are those in which it may remove folders and
    nothing else, such as its guest's cgroup (the kernel keeps those that are in use). What is open already stays open,
    sockets are not affected, and the guest may be signalled. Call it after
    `fork_guest`, which does not work any more then.
    """
    parts = [process.forbid_dumps(), no_new_privs.promise()]
    version = prepared.landlock_abi
    every = landlock.every_right(version)
    # Signals stay: the guest was forked before this, and so it is on the other side of the fence.
    rights = Rights(files=every.files, net=0, scope=every.scope & landlock.SCOPE_ABSTRACT_UNIX)
    with _open_folders(_READABLE) as system:
        rules = [
            *(Rule(folder, _OWN) for folder in own),
            *(Rule(folder, _READ) for folder in (*readable, *system)),
            *(Rule(folder, landlock.REMOVE_DIR) for folder in emptied),
        ]
        parts.append(landlock.restrict(PartName.MONITOR_LANDLOCK, version, rights, rules))
    return [*parts, _filter(prepared)]


def _filter(prepared: Prepared) -> Part:
    if isinstance(prepared.monitor_filter, str):
        return Part(PartName.MONITOR_SECCOMP, State.ABSENT, prepared.monitor_filter)
    return seccomp.confine(PartName.MONITOR_SECCOMP, prepared.monitor_filter)


@contextmanager
def _open_folders(paths: Iterable[str]) -> Iterator[list[int]]:
    """Descriptors of those folders that this system has."""
    opened = []
    try:
        for path in paths:
            try:
                opened.append(os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))
            except (FileNotFoundError, NotADirectoryError, PermissionError):
                continue  # what can't be opened can't be needed
        yield opened
    finally:
        for descriptor in opened:
            os.close(descriptor)
