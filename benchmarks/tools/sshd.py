"""An SSH server of this benchmark's own: its keys, its settings, a port on loopback. The system's is left alone."""

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tools.environment import which
from seattle.testbed.addresses import LOOPBACK, free_port

PATIENCE = 10.0  # seconds until it serves

SETTINGS = """\
ListenAddress {loopback}:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
MaxStartups 1000
Subsystem sftp internal-sftp
SetEnv HOME={folder}/home
"""


@dataclass(frozen=True)
class Sshd:
    """Where it is, and how to get in."""

    port: int
    user: str
    key: Path


@contextmanager
def sshd(folder: Path) -> Iterator[Sshd]:
    """It serves as long as the block lasts. Who logs in has an empty home: no start-up file takes time."""
    (folder / "home").mkdir(parents=True)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    if os.geteuid() == 0:  # where it locks up the part of itself that has no rights; a package makes it at boot
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    port = free_port()
    settings = folder / "sshd_config"
    settings.write_text(SETTINGS.format(loopback=LOOPBACK, port=port, folder=folder))
    with (folder / "sshd.log").open("wb") as log:
        server = subprocess.Popen(
            [str(which("sshd")), "-D", "-e", "-f", settings], stdin=subprocess.DEVNULL, stderr=log
        )
    try:
        _wait_until_it_serves(port)
        yield Sshd(port, getpass.getuser(), folder / "user")
    finally:
        server.terminate()
        server.wait()


def _wait_until_it_serves(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection((LOOPBACK, port), timeout=PATIENCE).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
