# Powers of the kernel, by the numbers of its calls on this kind of processor.
import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
memory = ctypes.create_string_buffer(4096)
unlimited = ctypes.create_string_buffer(b"\xff" * 16)
# Each with its number on x86-64 and on aarch64.
MACHINES = ("x86_64", "aarch64")
CALLS = {
    "ptrace": ((101, 117), 16, os.getpid(), 0, 0),
    "process_vm_readv": ((310, 270), 1, memory, 1, memory, 1, 0),
    "process_vm_writev": ((311, 271), 1, memory, 1, memory, 1, 0),
    "unshare": ((272, 97), 0x10000000),
    "setns": ((308, 268), 0, 0),
    "mount": ((165, 40), b"none", b"/nowhere", b"tmpfs", 0, 0),
    "pivot_root": ((155, 41), b"/", b"/"),
    "bpf": ((321, 280), 0, memory, 64),
    "perf_event_open": ((298, 241), memory, 0, -1, -1, 0),
    "keyctl": ((250, 219), 0, -3, 0),
    "userfaultfd": ((323, 282), 0),
    "io_uring_setup": ((425, 425), 8, memory),
    "memfd_create": ((319, 279), b"x", 0),
    "setuid": ((105, 146), 0),
    "setrlimit": ((160, 164), 2, unlimited),
    "prlimit64 to raise data": ((302, 261), 0, 2, unlimited, 0),
    "prlimit64 to raise files": ((302, 261), 0, 1, unlimited, 0),
    "prlimit64 to raise threads": ((302, 261), 0, 6, unlimited, 0),
    "prlimit64 of another": ((302, 261), os.getppid() or 1, 2, 0, memory),
    "prctl": ((157, 167), 4, 1, 0, 0, 0),
    "seccomp": ((317, 277), 1, 0, memory),
    "ioctl": ((16, 29), 0, 0x5412, memory),
    "shmget": ((29, 194), 0, 4096, 0o1777),
    "kexec_load": ((246, 104), 0, 0, 0, 0),
    "init_module": ((175, 105), memory, 10, b""),
    "reboot": ((169, 142), 0, 0, 0),
    "clone a process": ((56, 220), 17, 0, 0, 0, 0),
    "dup": ((32, 23), 0),
    "pipe2": ((293, 59), memory, 0),
    "socketpair": ((53, 199), 1, 1, 0, memory),
    "sched_setaffinity": ((203, 122), 0, 8, memory),
    "pkey_alloc": ((330, 289), 0, 0),
}
machine = MACHINES.index(sys.implementation._multiarch.partition("-")[0])
for name, (numbers, *words) in CALLS.items():
    ctypes.set_errno(0)
    result = libc.syscall(numbers[machine], *words)
    if result == -1:
        print("refused:", name, ctypes.get_errno())
    else:
        print("LEAKED:", name, result)
