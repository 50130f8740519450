"""A person with a fresh account on this computer: no rights, an empty home, and only what every account has."""

import ctypes
import hashlib
import os
import pty
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
import pytest

PATIENCE: Final = 180.0  # seconds for a command; machines that run tests are busy
PLACES: Final = ("/tmp", "/var/tmp", "/dev/shm", "/run/user", "/var/spool/cron")  # where any account may write
_CLONE_NEWNET: Final = 0x40000000  # linux/sched.h

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("useradd") is None, reason="only root may make accounts, with useradd"
)


@dataclass(frozen=True)
class Account:
    """One person."""

    name: str
    home: Path
    uid: int
    gid: int
    path: str = "/usr/local/bin:/usr/bin:/bin"

    @property
    def environment(self) -> dict[str, str]:
        """What a login gives."""
        return {
            "HOME": str(self.home),
            "USER": self.name,
            "LOGNAME": self.name,
            "SHELL": "/bin/sh",
            "LANG": "C.UTF-8",
            "PATH": self.path,
        }

    def type(self, line: str, *, answer: str = "y") -> subprocess.CompletedProcess[str]:
        """What a line in a shell comes to. `answer`: what is typed on the terminal, should it ask."""
        ours, theirs = pty.openpty()
        try:
            os.write(ours, f"{answer}\n".encode())
            return subprocess.run(
                ["/bin/sh", "-c", line],
                stdin=theirs,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
                cwd=self.home,
                env=self.environment,
                user=self.uid,
                group=self.gid,
                extra_groups=[],
                umask=0o022,
                start_new_session=True,
            )
        finally:
            os.close(ours)
            os.close(theirs)

    def popen(self, words: list[str]) -> subprocess.Popen[bytes]:
        """Something of theirs that goes on."""
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=self.home,
            env=self.environment,
            user=self.uid,
            group=self.gid,
            extra_groups=[],
        )

    def processes(self) -> list[psutil.Process]:
        """All that runs of theirs."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if self.uid in process.uids() and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def elsewhere(self) -> list[str]:
        """All that is theirs on this computer and not in their home."""
        return [
            os.path.join(where, name)  # noqa: PTH118 - texts
            for place in PLACES
            for where, folders, files in os.walk(place)
            for name in [*folders, *files]
            if not os.path.join(where, name).startswith(str(self.home)) and self._owns(os.path.join(where, name))  # noqa: PTH118 - as above
        ]

    def _owns(self, path: str) -> bool:
        try:
            return os.lstat(path).st_uid == self.uid
        except OSError:  # it has gone meanwhile
            return False


def listing(folder: Path) -> dict[str, str]:
    """All that is beneath a folder, and it itself: kind, rights and content by name."""
    return {str(path.relative_to(folder)): _told(path) for path in (folder, *sorted(folder.rglob("*")))}


def _told(path: Path) -> str:
    facts = path.lstat()
    if path.is_symlink():
        content = str(path.readlink())
    elif path.is_file():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    else:
        content = ""
    return f"{stat.filemode(facts.st_mode)} {facts.st_uid} {content}"


@contextmanager
def fresh_account() -> Iterator[Account]:
    """A new account of this computer, which is gone with all that is its own afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="seattle-account-", dir="/tmp"))
    folder.chmod(0o755)
    name = f"donor{secrets.token_hex(4)}"
    made = ["useradd", "--create-home", "--home-dir", str(folder / name), "--shell", "/bin/sh", "--no-log-init", name]
    try:
        subprocess.run(made, check=True, capture_output=True)
        entry = pwd.getpwnam(name)
        account = Account(name, folder / name, entry.pw_uid, entry.pw_gid)
        try:
            yield account
        finally:
            for process in account.processes():
                with suppress(psutil.Error):
                    process.kill()
            subprocess.run(["userdel", "--force", name], check=True, capture_output=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def loopback_only() -> Iterator[None]:
    """Meanwhile this thread, and all that it starts, has a network of its own: loopback, and nothing else."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.unshare(_CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        yield
    finally:
        libc.setns(before, _CLONE_NEWNET)
        os.close(before)
