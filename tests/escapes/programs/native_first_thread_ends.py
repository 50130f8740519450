# The kernel tells of a process's memory by its first thread: without that the others could take what they like.
import ctypes
import sys
import time

libc = ctypes.CDLL(None)


def work():
    used = time.process_time()
    while time.process_time() < used + 5:
        pass
    print("LEAKED: memory that nobody sees")
    exitall()


createthread(work)
time.sleep(0.1)
EXIT = {"x86_64": 60, "aarch64": 93}
libc.syscall(EXIT[sys.implementation._multiarch.partition("-")[0]], 0)
