# Powers of the kernel, by the numbers of its calls on this kind of processor.
import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
memory = ctypes.create_string_buffer(4096)
unlimited = ctypes.create_string_buffer(b"\xff" * 16)
CALLS = {
    "x86_64": {
        "ptrace": (101, 16, os.getpid(), 0, 0),
        "process_vm_readv": (310, 1, memory, 1, memory, 1, 0),
        "process_vm_writev": (311, 1, memory, 1, memory, 1, 0),
        "unshare": (272, 0x10000000),
        "setns": (308, 0, 0),
        "mount": (165, b"none", b"/nowhere", b"tmpfs", 0, 0),
        "pivot_root": (155, b"/", b"/"),
        "bpf": (321, 0, memory, 64),
        "perf_event_open": (298, memory, 0, -1, -1, 0),
        "keyctl": (250, 0, -3, 0),
        "userfaultfd": (323, 0),
        "io_uring_setup": (425, 8, memory),
        "memfd_create": (319, b"x", 0),
        "setuid": (105, 0),
        "setrlimit": (160, 2, unlimited),
        "prlimit64 to raise data": (302, 0, 2, unlimited, 0),
        "prlimit64 to raise files": (302, 0, 1, unlimited, 0),
        "prlimit64 to raise threads": (302, 0, 6, unlimited, 0),
        "prlimit64 of another": (302, os.getppid() or 1, 2, 0, memory),
        "prctl": (157, 4, 1, 0, 0, 0),
        "seccomp": (317, 1, 0, memory),
        "ioctl": (16, 0, 0x5412, memory),
        "shmget": (29, 0, 4096, 0o1777),
        "kexec_load": (246, 0, 0, 0, 0),
        "init_module": (175, memory, 10, b""),
        "reboot": (169, 0, 0, 0),
        "clone a process": (56, 17, 0, 0, 0, 0),
        "dup": (32, 0),
        "pipe": (22, memory),
        "socketpair": (53, 1, 1, 0, memory),
        "sched_setaffinity": (203, 0, 8, memory),
        "pkey_alloc": (330, 0, 0),
    },
}
for name, words in CALLS.get(sys.implementation._multiarch.partition("-")[0], {}).items():
    ctypes.set_errno(0)
    result = libc.syscall(*words)
    if result == -1:
        print("refused:", name, ctypes.get_errno())
    else:
        print("LEAKED:", name, result)
