# Code of the kernel's own, at the same address in every process of x86-64: the time, which may be had, by a call that may not.
import ctypes

ctypes.set_errno(0)
now = ctypes.c_long()
result = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p, use_errno=True)(0xFFFFFFFFFF600400)(ctypes.addressof(now))
print("LEAKED: time" if result > 0 or now.value else "refused: time", result)
