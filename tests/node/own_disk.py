"""A command with a disk of its own: `python own_disk.py FOLDER BYTES COMMAND...`, told by lines on standard input.

In a mount namespace of its own (and a user namespace, unless root runs it) a file system of that size is mounted over
the folder, with what was in there. `fill`, `free`, `read-only` and `writable` change it; each is answered by `done`.
`restart` kills the command and starts it again. Nobody else's disk is touched, and all is gone with the last process.
The disk begins read-only if BYTES is negative.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from seattle.repy.walls import libc

NEW_MOUNTS: Final = 0x00020000
NEW_USERS: Final = 0x10000000
REMOUNT: Final = 0x20
FILLER: Final = "filler"


def main(folder: Path, size: int, command: list[str]) -> int:
    """Run the command there; its exit code."""
    leave()
    kept = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    libc.mount(b"none", b"/", None, libc.MS_REC | libc.MS_PRIVATE, None)
    libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, f"size={abs(size)},mode=0700".encode())
    for name, content in kept.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    if size < 0:
        read_only(folder)
    child = start(command)
    for line in sys.stdin:
        if line == "restart\n":
            child.kill()
            child.wait()
            child = start(command)
        else:
            ORDERS[line.strip()](folder)
        print("done", flush=True)
    return child.wait()


def start(command: list[str]) -> "subprocess.Popen[bytes]":
    descriptors = [int(word) for word in command if word.isdigit()]
    return subprocess.Popen(command, pass_fds=descriptors, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def leave() -> None:
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        libc.unshare(NEW_MOUNTS)
        return
    libc.unshare(NEW_USERS | NEW_MOUNTS)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def fill(folder: Path) -> None:
    fd = os.open(folder / FILLER, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        for size in (65536, 4096, 1):
            try:
                while True:
                    os.write(fd, bytes(size))
            except OSError:
                continue
    finally:
        os.close(fd)


def free(folder: Path) -> None:
    (folder / FILLER).unlink()


def read_only(folder: Path) -> None:
    libc.mount(b"none", os.fsencode(folder), None, REMOUNT | libc.MS_RDONLY, None)


def writable(folder: Path) -> None:
    libc.mount(b"none", os.fsencode(folder), None, REMOUNT, None)


ORDERS: Final[dict[str, Callable[[Path], None]]] = {
    "fill": fill,
    "free": free,
    "read-only": read_only,
    "writable": writable,
}

if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
