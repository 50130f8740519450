"""What a part of the wall says of itself: up, absent or failed, and why."""

import errno
from collections.abc import Iterable
from enum import Enum, StrEnum
from typing import NamedTuple


class State(Enum):
    """How one part of the wall stands."""

    UP = "up"
    ABSENT = "absent"  # this machine, or this account on it, does not offer the part
    FAILED = "failed"  # the part is offered and still could not be put up


class PartName(StrEnum):
    """The parts of the wall, in the order in which they go up."""

    OOM_SCORE = "oom_score"
    IDENTITY = "identity"
    USER_NAMESPACE = "user_namespace"
    MOUNT_NAMESPACE = "mount_namespace"
    NET_NAMESPACE = "net_namespace"
    IPC_NAMESPACE = "ipc_namespace"
    UTS_NAMESPACE = "uts_namespace"
    PID_NAMESPACE = "pid_namespace"
    CGROUP_NAMESPACE = "cgroup_namespace"
    NO_NESTING = "no_nesting"
    EMPTY_ROOT = "empty_root"
    SESSION = "session"
    SIGNALS = "signals"
    DESCRIPTORS = "descriptors"
    CAPABILITIES = "capabilities"
    RLIMITS = "rlimits"
    PERSONALITY = "personality"
    PARENT_DEATH = "parent_death"
    NOT_DUMPABLE = "not_dumpable"
    NO_NEW_PRIVS = "no_new_privs"
    LANDLOCK = "landlock"
    SECCOMP = "seccomp"
    CGROUP = "cgroup"
    MONITOR_LANDLOCK = "monitor_landlock"
    MONITOR_SECCOMP = "monitor_seccomp"


class Part(NamedTuple):
    """One part of the wall and how it stands; `detail` is a phrase for people."""

    name: str  # a PartName
    state: State
    detail: str


# What the kernel answers when it does not offer a part, rather than when it fails.
_NOT_OFFERED = frozenset(
    {
        errno.EPERM,  # not to this account
        errno.EACCES,  # the same, in the words of AppArmor
        errno.ENOSYS,  # not by this kernel, or not in this container
        errno.EINVAL,  # not by this kernel, which knows the call and not the argument
        errno.EOPNOTSUPP,  # built in, and switched off at boot
        errno.ENOENT,  # a setting that is not there
        errno.EROFS,  # a setting that a container may not change
        errno.ENOSPC,  # the administrator permits no more
        errno.EUSERS,  # the same, in older kernels
    }
)

# Foreign code does not run unless all of these are up: together they hold on every Linux we support,
# with no privilege at all. Every other part is a second line.
REQUIRED = frozenset({PartName.SECCOMP, PartName.NO_NEW_PRIVS, PartName.RLIMITS})


def standing(report: Iterable[Part]) -> bool:
    """Whether the wall is good enough for foreign code: every required part is in the report and up."""
    up = {part.name for part in report if part.state is State.UP}
    return up >= REQUIRED


def refused(name: PartName, why: OSError, doing: str) -> Part:
    """The part for a system call that failed: absent where the system does not offer it, failed otherwise."""
    state = State.ABSENT if why.errno in _NOT_OFFERED else State.FAILED
    return Part(name, state, f"{doing}: {why.strerror}")
