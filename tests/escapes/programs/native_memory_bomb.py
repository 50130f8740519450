# All the memory that there is, a mebibyte at a time, and written to.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
MEBIBYTE = 1 << 20
taken = 0
while taken < 1000:
    block = libc.mmap(None, MEBIBYTE, 3, 0x22, -1, 0)
    if block == ctypes.c_void_p(-1).value:
        break
    ctypes.memset(block, 1, MEBIBYTE)
    taken += 1
print("refused: memory" if taken * MEBIBYTE < 100_000_000 else "LEAKED: memory", taken)
