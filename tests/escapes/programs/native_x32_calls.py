# The other way into the kernel of x86-64: the same calls by numbers that a filter might not know.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
print("LEAKED: getpid", libc.syscall(0x40000000 | 39))
