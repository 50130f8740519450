"""The system calls that a confined monitor may make: the vessel's files, sockets, names, threads for names, its guest.

A second fence behind Landlock, for the day when bytes from a guest take a monitor over: it starts no program and no
process, makes no namespace, mount, device or link, looks into no process and signals none but its guest, and has
no executable memory that it wrote itself. Whether a file or an address is in order is not decided here.
"""

from seattle.repy.walls.guest_calls import ALL_BITS, Condition, Permission

_INT = 0xFFFF_FFFF
_WRITE, _EXECUTE = 0x2, 0x4  # of mmap's protection
_READ_WRITE, _READ_EXECUTE = 0x1 | _WRITE, 0x1 | _EXECUTE
_CLONE_THREAD = 0x3D0F00  # as in guest_calls
_FAMILIES = {1: "AF_UNIX: names", 2: "AF_INET", 10: "AF_INET6", 16: "AF_NETLINK: own addresses"}
_IOCTLS = {
    0x5401: "TCGETS: isatty",
    0x5421: "FIONBIO: setblocking",
    0x541B: "FIONREAD",
    0x5411: "TIOCOUTQ: what is on its way",
    0x5451: "FIOCLEX",
}


def _each(because: str, calls: str) -> tuple[Permission, ...]:
    return tuple(Permission(call, because) for call in calls.split())


PERMITTED = (
    *_each(
        "the vessel's files, beneath its folder; the log; modules of the resolver",
        "openat close read pread64 readv preadv write pwrite64 writev pwritev lseek fstat newfstatat statx ftruncate"
        " fallocate fsync fdatasync sync_file_range copy_file_range unlinkat renameat renameat2 mkdirat getdents64"
        " faccessat faccessat2 readlinkat readlink access stat lstat getcwd statfs fstatfs flock fcntl fadvise64",
    ),
    *_each("descriptors and pipes between its parts", "dup dup3 pipe2 eventfd2 close_range"),
    *_each(
        "the program's sockets, and the door",
        "socketpair bind connect listen accept accept4 getsockname getpeername setsockopt getsockopt sendto recvfrom"
        " sendmsg sendmmsg recvmsg recvmmsg shutdown",
    ),
    *(
        Permission("socket", f"{name}: sockets, names", (Condition(0, family, _INT),))
        for family, name in _FAMILIES.items()
    ),
    *(Permission("ioctl", name, (Condition(1, request, _INT),)) for request, name in _IOCTLS.items()),
    *_each("its one loop", "epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 poll ppoll select pselect6"),
    *_each(
        "time, and the guest's CPU clock",
        "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time"
        " timer_create timer_settime timer_delete",
    ),
    *_each("the guest: stop, continue, end, reap", "pidfd_send_signal wait4 waitid"),
    *_each("its own handlers", "rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall"),
    Permission("mmap", "data", (Condition(2, 0, ALL_BITS & ~_READ_WRITE),)),
    Permission("mmap", "libraries that look up names", (Condition(2, _EXECUTE, ALL_BITS & ~_READ_EXECUTE | _EXECUTE),)),
    Permission("mprotect", "data", (Condition(2, 0, ALL_BITS & ~_READ_WRITE),)),
    *_each("malloc", "munmap mremap brk madvise"),
    Permission("clone", "threads in which names are looked up", (Condition(0, _CLONE_THREAD),)),
    *_each("threads", "futex set_robust_list rseq gettid sched_yield sched_getaffinity exit exit_group"),
    *_each(
        "who and where we are: logging, names, limits",
        "getpid getppid getuid geteuid getgid getegid uname sysinfo getrusage getrlimit getrandom",
    ),
    Permission("prlimit64", "its own limits", (Condition(0, 0, _INT),)),
)

UNKNOWN = {"clone3": "as for guests"}
