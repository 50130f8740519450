"""Tools that we are measured beside: an environment of their own, which `make peers` makes, and the system's sshd."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".peers"
BIN = FOLDER / "bin"
PYTHON = BIN / "python"


@cache
def lacks(module: str) -> str:
    """Why a tool of this Python module can't be measured; empty if it can."""
    if not PYTHON.exists():
        return f"{module} is not installed: make peers"
    done = subprocess.run([PYTHON, "-c", f"import {module}"], capture_output=True, text=True, check=False)
    said = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else f"{module} does not work here: {said[-1][:100] if said else done.returncode}"


def lacks_sshd() -> str:
    """Why nothing can be measured that goes over SSH; empty if it can."""
    missing = [name for name in ("sshd", "ssh", "ssh-keygen") if which(name) is None]
    return f"{', '.join(missing)} not installed: apt-get install openssh-server openssh-client" if missing else ""


def which(name: str) -> str | None:
    """Where a program of the system is; daemons are not on every user's path."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
