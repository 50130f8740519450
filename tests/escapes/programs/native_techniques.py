# What is in the books: ways out of a process, or up to the kernel, each by its system call.
import ctypes
import os
import sys

# Each named after its call: its number on x86-64 and on aarch64 (None: it has none), and arguments that would harm nobody
# without a wall. A word stands for an address or a number, see below.
TECHNIQUES = {
    # Other processes
    "process_vm_readv: read another's memory": ((310, 270), "parent", "page", 1, "page", 1, 0),
    "process_vm_writev: write another's memory": ((311, 271), "parent", "page", 1, "page", 1, 0),
    "ptrace: trace the parent (ATTACH)": ((101, 117), 16, "parent", 0, 0),
    "ptrace: trace the parent unseen (SEIZE)": ((101, 117), 0x4206, "parent", 0, 0),
    "ptrace: be traced (TRACEME)": ((101, 117), 0, 0, 0, 0),
    "pidfd_open: get a handle on a process": ((434, 434), "parent", 0),
    "pidfd_getfd: take another's descriptor": ((438, 438), 0, 0, 0),
    "pidfd_send_signal: signal by a handle": ((424, 424), 0, 0, 0, 0),
    "kcmp: compare kernel objects with another": ((312, 272), "self", "parent", 0, 0, 0),
    "kill: signal the monitor": ((62, 129), "parent", 0),
    "kill: signal everybody (-1)": ((62, 129), -1, 0),
    "tgkill: signal a thread of the monitor": ((234, 131), "parent", "parent", 0),
    "tkill: signal any thread": ((200, 130), "parent", 0),
    "rt_sigqueueinfo: signal with forged data": ((129, 138), "parent", 0, "page"),
    "process_madvise: advise another's memory": ((440, 440), 0, "page", 1, 4, 0),
    "process_mrelease: reap another's memory": ((448, 448), 0, 0),
    "move_pages: move another's pages": ((279, 239), "parent", 0, 0, 0, 0, 0),
    "get_robust_list: find another's locks": ((274, 100), "parent", "page", "page"),
    "prlimit64: another's limits": ((302, 261), "parent", 7, 0, "page"),
    "sched_setaffinity: another's CPUs": ((203, 122), "parent", 8, "page"),
    "setpriority: another's priority": ((141, 140), 0, "parent", 0),
    "ioprio_set: another's disk priority": ((251, 30), 1, "parent", 0),
    "sched_setattr: real-time scheduling": ((314, 274), 0, "page", 0),
    # Making processes, and becoming others
    "fork: fork": ((57, None),),
    "vfork: fork and share memory": ((58, None),),
    "clone: fork by clone": ((56, 220), 17, 0, 0, 0, 0),
    "clone: a new process that shares descriptors (FILES)": ((56, 220), 0x411, 0, 0, 0, 0),
    "clone: a traced thread (PTRACE)": ((56, 220), 0x3D2F00, 0, 0, 0, 0),
    "clone: a thread with a parent of its choice (PARENT)": ((56, 220), 0x3D8F00, 0, 0, 0, 0),
    "clone: a process in a user namespace (NEWUSER)": ((56, 220), 0x10000011, 0, 0, 0, 0),
    "execve: start a program": ((59, 221), b"/bin/true", 0, 0),
    "execveat: start a program from a descriptor (EMPTY_PATH)": ((322, 281), 0, b"", 0, 0, 0x1000),
    # Namespaces and mounts
    "unshare: a user namespace": ((272, 97), 0x10000000),
    "unshare: a mount namespace": ((272, 97), 0x20000),
    "unshare: a network namespace": ((272, 97), 0x40000000),
    "unshare: a pid namespace": ((272, 97), 0x20000000),
    "setns: enter the host's namespaces": ((308, 268), 0, 0),
    "mount: mount": ((165, 40), b"none", b"/", b"tmpfs", 0, 0),
    "umount2: unmount": ((166, 39), b"/nowhere", 2),
    "fsopen: mount the new way": ((430, 430), b"tmpfs", 0),
    "fsmount: mount what fsopen made": ((432, 432), 0, 0, 0),
    "move_mount: move a mount": ((429, 429), 0, b"", 0, b"/", 4),
    "open_tree: clone a mount": ((428, 428), -100, b"/", 1),
    "mount_setattr: make mounts writable": ((442, 442), -100, b"/nowhere", 0, "page", 32),
    "pivot_root: another root": ((155, 41), b"/nowhere", b"/nowhere"),
    "chroot: out of a root": ((161, 51), b"/"),
    "fchdir: out of a root by a folder": ((81, 50), 0),
    # Files
    "openat: open a file": ((257, 56), -100, b"/etc/passwd", 0),
    "openat2: open a file the new way": ((437, 437), -100, b"/etc/passwd", "page", 24),
    "open_by_handle_at: a file by its handle": ((304, 265), 0, "page", 0),
    "name_to_handle_at: a handle of a file": ((303, 264), -100, b"/", "page", "page", 0),
    "renameat2: rename from folder to folder": ((316, 276), -100, b"/nowhere", -100, b"/nowhere2", 0),
    "copy_file_range: copy from file to file": ((326, 285), 0, 0, 1, 0, 1, 0),
    "sendfile: from file to socket": ((40, 71), "door", 0, 0, 1),
    "splice: pipe pages about": ((275, 76), 0, 0, 1, 0, 1, 0),
    "vmsplice: pipe memory about": ((278, 75), 0, "page", 1, 0),
    "tee: duplicate a pipe": ((276, 77), 0, 1, 1, 0),
    "inotify_init1: hear of files": ((294, 26), 0),
    "fanotify_init: hear of all files": ((300, 262), 0, 0),
    "memfd_create: a file with no name": ((319, 279), b"x", 0),
    "memfd_secret: memory that even the kernel can't see": ((447, 447), 0),
    "quotactl: disk quotas": ((179, 60), 0x800007, 0, 0, 0),
    # Sockets, and what the door may carry
    "socket: crypto in the kernel (AF_ALG)": ((41, 198), 38, 5, 0),
    "socket: the hypervisor (AF_VSOCK)": ((41, 198), 40, 1, 0),
    "socket: raw packets (AF_PACKET)": ((41, 198), 17, 3, 0),
    "socket: packet rings (AF_XDP)": ((41, 198), 44, 3, 0),
    "socket: the kernel's own sockets (AF_NETLINK)": ((41, 198), 16, 3, 0),
    "socket: keys of IPsec (AF_KEY)": ((41, 198), 15, 3, 2),
    "socket: clusters (AF_TIPC)": ((41, 198), 30, 1, 0),
    "socket: the Internet (AF_INET)": ((41, 198), 2, 1, 0),
    "socketpair: a second door": ((53, 199), 1, 5, 0, "page"),
    "sendmsg: descriptors out through the door (SCM_RIGHTS)": ((46, 211), "door", "page", 0),
    "sendmmsg: many messages out": ((307, 269), "door", "page", 1, 0),
    "recvmmsg: many messages in": ((299, 243), "door", "page", 1, 0x40, 0),
    "sendto: out-of-band data out (MSG_OOB)": ((44, 206), "door", "page", 1, 1, 0, 0),
    "sendto: pages pinned in the kernel (MSG_ZEROCOPY)": ((44, 206), "door", "page", 1, 0x4000000, 0, 0),
    "sendto: a message to another address": ((44, 206), "door", "page", 1, 0, "page", 16),
    "recvfrom: out-of-band data in (MSG_OOB)": ((45, 207), "door", "page", 1, 0x41, 0, 0),
    "recvmsg: the error queue (MSG_ERRQUEUE)": ((47, 212), "door", "page", 0x2040),
    "setsockopt: options of the door": ((54, 208), "door", 1, 7, "page", 4),
    "getpeername: who is at the door": ((52, 205), "door", "page", "page"),
    "shutdown: close it for the other side": ((48, 210), 0, 0),
    "fcntl: make it wait for nobody (O_ASYNC)": ((72, 25), 0, 3, 0),
    # Descriptors of other kinds
    "pipe2: a pipe": ((293, 59), "page", 0),
    "eventfd2: an event": ((290, 19), 0, 0),
    "timerfd_create: a timer": ((283, 85), 1, 0),
    "timer_create: a timer that signals": ((222, 107), 1, 0, "page"),
    "signalfd4: signals as a file": ((289, 74), -1, "page", 8, 0),
    "epoll_create1: a poll": ((291, 20), 0),
    "dup3: copies of descriptors": ((292, 24), 0, 60, 0),
    # Shared memory and queues
    "shmget: shared memory": ((29, 194), 0, 4096, 0o1600),
    "semget: semaphores": ((64, 190), 0, 1, 0o1600),
    "msgget: a message queue": ((68, 186), 0, 0o1600),
    "mq_open: a named message queue": ((240, 180), b"x", 0, 0, 0),
    # Memory and code
    "mprotect: write into code (to write and execute)": ((10, 226), "code", 4096, 7),
    "mprotect: code of one's own (to execute)": ((10, 226), "page", 4096, 5),
    "pkey_mprotect: protection with a key": ((329, 288), "code", 4096, 7, -1),
    "mremap: memory over code (FIXED)": ((25, 216), "page", 4096, 4096, 3, "code"),
    "mremap: leave the old mapping (DONTUNMAP)": ((25, 216), "page", 4096, 4096, 5, 0),
    "remap_file_pages: pages in another order": ((216, 234), "page", 4096, 0, 0, 0),
    "mmap: memory over code (FIXED)": ((9, 222), "code", 0, 3, 0x32, -1, 0),
    "mmap: shared memory": ((9, 222), 0, 4096, 3, 0x21, -1, 0),
    "userfaultfd: answer page faults": ((323, 282), 0),
    "madvise: share pages with others (MERGEABLE)": ((28, 233), "page", 4096, 12),
    "madvise: break memory (HWPOISON)": ((28, 233), "page", 4096, 100),
    "mlock: keep memory from swap": ((149, 228), "page", 4096),
    "map_shadow_stack: a shadow stack": ((453, 453), 0, 4096, 0),
    "modify_ldt: segments of 16 bits": ((154, None), 0, "page", 16),
    "arch_prctl: the thread's base address": ((158, None), 0x1003, "page"),
    "personality: readable is executable": ((135, 92), 0xFFFFFFFF),
    "membarrier: wait for all CPUs": ((324, 283), 0, 0, 0),
    "set_robust_list: lists that the kernel walks": ((273, 99), "page", 24),
    "futex: priority inheritance (LOCK_PI)": ((202, 98), "page", 6, 0, 0, 0, 0),
    "futex: move waiters (CMP_REQUEUE_PI)": ((202, 98), "page", 12, 1, 1, "page", 0),
    "futex_waitv: wait for many": ((449, 449), "page", 0, 0, 0, 0),
    # Signals and the process itself
    "rt_sigaction: a handler": ((13, 134), 31, 0, 0, 8),
    "rt_sigprocmask: block signals": ((14, 135), 0, 0, "page", 8),
    "sigaltstack: a stack for handlers": ((131, 132), 0, "page"),
    "rt_sigreturn: any registers": ((15, 139),),
    "prctl: be dumpable (SET_DUMPABLE)": ((157, 167), 4, 1, 0, 0, 0),
    "prctl: outlive the monitor (SET_PDEATHSIG)": ((157, 167), 1, 0, 0, 0, 0),
    "prctl: another name (SET_NAME)": ((157, 167), 15, b"init", 0, 0, 0),
    "prctl: another filter (SET_SECCOMP)": ((157, 167), 22, 2, "page", 0, 0),
    "seccomp: another filter": ((317, 277), 1, 0, "page"),
    "seccomp: who filters whom (USER_NOTIF)": ((317, 277), 1, 8, "page"),
    "landlock_create_ruleset: another Landlock ruleset": ((444, 444), "page", 8, 0),
    "setresuid: become another account": ((117, 147), -1, -1, -1),
    "capset: take capabilities back": ((126, 91), "page", "page"),
    # Large parts of the kernel
    "io_uring_setup: io_uring": ((425, 425), 1, "page"),
    "io_setup: asynchronous files": ((206, 0), 0, "page"),
    "io_submit: asynchronous files": ((209, 2), 0, 0, 0),
    "bpf: programs in the kernel": ((321, 280), 0, "page", 72),
    "perf_event_open: performance counters": ((298, 241), "page", 0, -1, -1, 0),
    "keyctl: keys": ((250, 219), 0, -3, 0, 0, 0),
    "add_key: a key": ((248, 217), b"user", b"x", b"x", 1, -3),
    "request_key: a key that a program fetches": ((249, 218), b"user", b"x", 0, -3),
    "ioctl: type into a terminal (TIOCSTI)": ((16, 29), 0, 0x5412, "page"),
    "ioctl: paste into a console (TIOCLINUX)": ((16, 29), 0, 0x541C, "page"),
    "ioctl: load terminal drivers (TIOCSETD)": ((16, 29), 0, 0x5423, "page"),
    # The machine
    "syslog: the kernel's log": ((103, 116), 10, 0, 0),
    "init_module: a kernel module": ((175, 105), "page", 0, b""),
    "finit_module: a kernel module from a file": ((313, 273), -1, b"", 0),
    "kexec_load: another kernel": ((246, 104), 0, -1, 0, 0),
    "reboot: restart": ((169, 142), 0, 0, 0, 0),
    "swapoff: swap": ((168, 225), b"/nowhere"),
    "clock_settime: the clock": ((227, 112), 99, "page"),
    "adjtimex: the clock's rate": ((159, 171), "page"),
    "iopl: ports of devices": ((172, None), 4),
    "ioperm: ports of devices": ((173, None), 0x70000, 1, 0),
    "sethostname: the machine's name": ((170, 161), b"", -1),
    "uname: who the machine is": ((63, 160), "page"),
    "acct: accounting": ((163, 89), b"/nowhere"),
}

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
memory = ctypes.create_string_buffer(3 * 4096)
WORDS = {
    "page": (ctypes.addressof(memory) + 4095) & ~4095,
    "code": ctypes.cast(libc.qsort, ctypes.c_void_p).value & ~4095,
    "parent": os.getppid() if os.getppid() > 0 else 1,  # behind the walls nobody says
    "self": os.getpid() if os.getpid() > 0 else 1,
    "door": DOOR,
}
machine = ("x86_64", "aarch64").index(sys.implementation._multiarch.partition("-")[0])
for name, (numbers, *words) in TECHNIQUES.items():
    if numbers[machine] is None:
        print("refused:", name, "ENOSYS")
        continue
    ctypes.set_errno(0)
    values = [WORDS[word] if isinstance(word, str) else word for word in words]
    values = [ctypes.c_long(value) if isinstance(value, int) else value for value in values]
    values += [ctypes.c_long(0)] * (6 - len(values))
    result = libc.syscall(ctypes.c_long(numbers[machine]), *values)
    print("refused:" if result == -1 else "LEAKED:", name, "EPERM" if ctypes.get_errno() == 1 else ctypes.get_errno())
