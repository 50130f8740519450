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
# A library's code can grow over the rest of its own file, but what was written there can't be run again.
libc.mremap.restype = ctypes.c_void_p
libc.mremap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int]
grown = libc.mremap(ctypes.cast(libc.strfry, ctypes.c_void_p).value & ~4095, 4096, 2 * 4096, 1)
if grown != FAILED and libc.mprotect(grown, 2 * 4096, READ | WRITE) == 0:
    ctypes.memmove(grown, b"\xc3", 1)
report("code that was written over", grown == FAILED or libc.mprotect(grown, 2 * 4096, READ | EXECUTE) != 0)
page = ctypes.cast(libc.getpid, ctypes.c_void_p).value & ~4095
report("code written in place", libc.mprotect(page, 4096, READ | WRITE | EXECUTE) != 0)
# Memory that may only be read is no data, but the kernel needs tables for it.
gibibytes = 0
while gibibytes < 64 and libc.mmap(None, 1 << 30, READ, PRIVATE | ANONYMOUS | NO_RESERVE, -1, 0) != FAILED:
    gibibytes += 1
report("read-only without end", gibibytes < 8)
