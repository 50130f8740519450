# Other processes: make some, become one, end some.
import os
import posix  # Python's own: `os` alone is the library's, where the language wall stands


def attempt(what, action):
    try:
        result = action()
    except (OSError, ImportError, MemoryError) as why:
        print("refused:", what, type(why).__name__)
    else:
        print("LEAKED:", what, result)


attempt("fork", os.fork)
attempt("forkpty", os.forkpty)
for _ in range(100):
    attempt("fork bomb", os.fork)
attempt("exec", lambda: os.execv("/bin/sh", ["sh", "-c", "echo LEAKED"]))
attempt("spawn", lambda: os.posix_spawn("/bin/sh", ["sh", "-c", "echo LEAKED"], {}))
# Signal 0 asks whether one might, so that this file harms nobody where there is no wall.
attempt("signal the parent", lambda: os.kill(os.getppid(), 0))
attempt("signal everybody", lambda: os.kill(-1, 0))
attempt("signal process 1", lambda: os.kill(1, 0))
attempt("signal the group", lambda: os.killpg(0, 0))
attempt("priority", lambda: os.setpriority(os.PRIO_PROCESS, 0, 19))
attempt("a handle", lambda: os.pidfd_open(1))
attempt("system", lambda: os.popen("id").read())
