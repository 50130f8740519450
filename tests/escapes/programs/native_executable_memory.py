# Memory that can be run, and memory that nobody counts.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
FAILED = ctypes.c_void_p(-1).value
READ, WRITE, EXECUTE = 1, 2, 4
SHARED, PRIVATE, FIXED, ANONYMOUS, GROWS_DOWN, NO_RESERVE, HUGE = 1, 2, 0x10, 0x20, 0x100, 0x4000, 0x40000


def report(name, failed):
    print("refused:" if failed else "LEAKED:", name)


for name, size, protection, flags in (
    ("executable", 4096, READ | EXECUTE, PRIVATE | ANONYMOUS),
    ("writable and executable", 4096, READ | WRITE | EXECUTE, PRIVATE | ANONYMOUS),
    ("shared", 4096, READ | WRITE, SHARED | ANONYMOUS),
    ("fixed", 4096, READ | WRITE, PRIVATE | ANONYMOUS | FIXED),
    ("growing", 4096, READ | WRITE, PRIVATE | ANONYMOUS | GROWS_DOWN),
    ("huge pages", 1 << 21, READ | WRITE, PRIVATE | ANONYMOUS | HUGE),
    ("more than there is", 1 << 40, READ | WRITE, PRIVATE | ANONYMOUS),
):
    report(name, libc.mmap(None, size, protection, flags, -1, 0) == FAILED)
page = libc.mmap(None, 4096, READ | WRITE, PRIVATE | ANONYMOUS, -1, 0)
ctypes.memmove(page, b"\xc3", 1)
report("made executable", libc.mprotect(page, 4096, READ | EXECUTE) != 0)
# Memory that may only be read is no data, but the kernel needs tables for it.
gibibytes = 0
while gibibytes < 64 and libc.mmap(None, 1 << 30, READ, PRIVATE | ANONYMOUS | NO_RESERVE, -1, 0) != FAILED:
    gibibytes += 1
report("read-only without end", gibibytes < 8)
