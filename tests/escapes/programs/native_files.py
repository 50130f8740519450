# Files, by every call there is: the computer has none.
import io
import os
import posix  # Python's own: `os` alone is the library's, where the language wall stands


def attempt(what, action):
    try:
        result = action()
    except (OSError, ImportError, MemoryError) as why:
        print("refused:", what, type(why).__name__)
    else:
        print("LEAKED:", what, result)


canary = callargs[0]
attempt("read", lambda: io.open("/etc/passwd").read())
attempt("read the canary", lambda: os.open(canary, os.O_RDONLY))
attempt("write the canary", lambda: os.open(canary, os.O_WRONLY | os.O_TRUNC))
attempt("create", lambda: os.open("/tmp/created", os.O_CREAT | os.O_WRONLY))
attempt("create without a name", lambda: os.open("/tmp", os.O_TMPFILE | os.O_RDWR))
attempt("list", lambda: os.listdir("/"))
attempt("stat", lambda: os.stat("/"))
attempt("statvfs", lambda: os.statvfs("/"))
attempt("remove", lambda: os.unlink(canary))
attempt("rename", lambda: os.rename(canary, canary + ".gone"))
attempt("link", lambda: os.link(canary, "/tmp/linked"))
attempt("symlink", lambda: os.symlink(canary, "/tmp/linked"))
attempt("mkdir", lambda: os.mkdir("/tmp/made"))
attempt("chmod", lambda: os.chmod(canary, 0o777))
attempt("chdir", lambda: os.chdir("/"))
attempt("chroot", lambda: os.chroot("/"))
attempt("truncate", lambda: os.truncate(canary, 0))
attempt("access", lambda: os.open("/proc/self/mem", os.O_RDWR))
attempt("device", lambda: os.open("/dev/mem", os.O_RDONLY))
