# What /proc tells about this process and all others.
import os
import posix  # Python's own: `os` alone is the library's, where the language wall stands


def attempt(what, action):
    try:
        result = action()
    except (OSError, ImportError, MemoryError) as why:
        print("refused:", what, type(why).__name__)
    else:
        print("LEAKED:", what, result)


for name in ("self/maps", "self/environ", "self/fd", "1/cmdline", "1/mem", "1/root", "net/tcp", "meminfo"):
    attempt(name, lambda: os.open("/proc/" + name, os.O_RDONLY))
