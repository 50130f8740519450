"""What it means that a part of the wall is not up, and what to do about it. Nothing is weaker without a word."""

from typing import NamedTuple

from seattle.repy.walls.report import Part, PartName, State


class Advice(NamedTuple):
    """Phrases for people."""

    without: str
    """What holds less firmly now."""
    remedy: str


def advice(part: Part) -> Advice | None:
    """What to say of a part besides how it stands; None if it is up."""
    return None if part.state is State.UP else ADVICE[PartName(part.name)]


_NOTHING_IS_RUN = "no foreign code is run here"
_PERMIT = (
    "permit unprivileged user namespaces: sysctl user.max_user_namespaces above 0, kernel.unprivileged_userns_clone=1"
    " and kernel.apparmor_restrict_unprivileged_userns=0 where there are such; in a container, permit unshare"
)
_AS_FOR_USERS = "permit user namespaces, which permit this one; see user_namespace"
_REPORT = "this should work on every Linux that we know of: please report it, with the reason above"
_LANDLOCK = "Linux 5.13 or later, built with Landlock, and `landlock` among lsm= at boot (/sys/kernel/security/lsm)"
_SECCOMP = "the library libseccomp (libseccomp2 in Debian), glibc, x86-64 or aarch64, and a kernel with seccomp filters"

ADVICE = {
    PartName.OOM_SCORE: Advice(
        "when memory runs out, the kernel may end a program of the donor's before the guest",
        "let /proc/self/oom_score_adj be written; containers may forbid it",
    ),
    PartName.IDENTITY: Advice(
        "the guest keeps the account of whoever runs it, and only the other parts keep it from what is that account's",
        "permit user namespaces (see user_namespace), or run it as root, which becomes nobody",
    ),
    PartName.USER_NAMESPACE: Advice(
        "unless root runs it, it has no other namespace and no empty root: filter and Landlock hold without them",
        _PERMIT,
    ),
    PartName.MOUNT_NAMESPACE: Advice(
        "the guest has the host's file systems before it, and no empty root", _AS_FOR_USERS
    ),
    PartName.NET_NAMESPACE: Advice("that the guest has no network is up to the filter alone", _AS_FOR_USERS),
    PartName.IPC_NAMESPACE: Advice(
        "that it reaches no shared memory or queue is up to the filter alone", _AS_FOR_USERS
    ),
    PartName.UTS_NAMESPACE: Advice("that it can't learn the host's name is up to the filter alone", _AS_FOR_USERS),
    PartName.PID_NAMESPACE: Advice(
        "that it reaches no other process is up to the filter, and to Landlock where that knows of signals",
        _AS_FOR_USERS,
    ),
    PartName.CGROUP_NAMESPACE: Advice("the host's cgroups have their real names for it", _AS_FOR_USERS),
    PartName.NO_NESTING: Advice(
        "should the filter fail, it could make user namespaces, in which it has every capability",
        "let /proc/sys/user/max_user_namespaces be written from within a user namespace; containers may forbid it",
    ),
    PartName.EMPTY_ROOT: Advice("that it opens no file is up to the filter and Landlock", _AS_FOR_USERS),
    PartName.SESSION: Advice("keys typed at the terminal reach it, and its signals could reach its group", _REPORT),
    PartName.SIGNALS: Advice("handlers of the monitor's could run in it", _REPORT),
    PartName.DESCRIPTORS: Advice("files and sockets of the monitor's may be open in it", _REPORT),
    PartName.CAPABILITIES: Advice(
        "it may hold powers of root's in its namespaces; only the filter keeps it from using them", _REPORT
    ),
    PartName.RLIMITS: Advice(
        _NOTHING_IS_RUN, "let the hard limits of the account (ulimit -H) be lowered; nothing else is needed"
    ),
    PartName.PERSONALITY: Advice(
        "if a parent has asked for that, its memory is executable or at known addresses",
        "let personality(0) be called, which a container's filter may forbid",
    ),
    PartName.PARENT_DEATH: Advice("it may live on when its monitor dies, cut off from everything", _REPORT),
    PartName.NOT_DUMPABLE: Advice("other processes of the same account may look into it", _REPORT),
    PartName.NO_NEW_PRIVS: Advice(_NOTHING_IS_RUN, "Linux 3.5 or later, and a container that permits prctl"),
    PartName.LANDLOCK: Advice(
        "that it opens no file is up to the filter, and to an empty root where there is one", _LANDLOCK
    ),
    PartName.SECCOMP: Advice(_NOTHING_IS_RUN, _SECCOMP),
    PartName.CGROUP: Advice(
        "the monitor holds CPU by stops, memory by limits and by looking: less evenly than the kernel would",
        "have a cgroup v2 folder delegated to whoever starts the runs, with its controllers cpu, memory and pids"
        " (systemd: Delegate=cpu memory pids for the service, or systemd-run --scope -p Delegate=yes)",
    ),
    PartName.MONITOR_LANDLOCK: Advice(
        "a monitor that is taken over could open files of its account outside the vessel", _LANDLOCK
    ),
    PartName.MONITOR_SECCOMP: Advice(
        "a monitor that is taken over could start programs and signal what is its account's", _SECCOMP
    ),
}
