"""Other sandboxes, where this machine has them. None is ever installed from here."""

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from typing import NamedTuple

_PATIENCE = 20.0  # seconds


class Peer(NamedTuple):
    """A way to run a command: these words come before it."""

    name: str
    words: tuple[str, ...]


# What an interpreter has to come from, and the programs that are measured.
_SHOWN = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", sys.base_prefix, sys.prefix, tempfile.gettempdir())

# Each with the walls that it offers by itself: no network, namespaces of its own, no capabilities, a filter if it has
# one. Bubblewrap begins with an empty root, as we do; the others show the host's files, read-only where they can.
SANDBOXES = (
    Peer(
        "bubblewrap + python3",
        (
            *("bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
            *(word for path in _SHOWN for word in ("--ro-bind-try", path, path)),
            *("--dev", "/dev", "--remount-ro", "/"),
        ),
    ),
    Peer("nsjail + python3", ("nsjail", "-Mo", "--really_quiet", "--chroot", "/", "--")),
    Peer("firejail + python3", ("firejail", "--quiet", "--noprofile", "--net=none", "--seccomp", "--caps.drop=all")),
    Peer("gVisor (runsc do) + python3", ("runsc", "--network=none", "--platform=ptrace", "do")),
)


@cache
def why_not(peer: Peer) -> str:
    """Why a peer can't be measured here; empty if it can."""
    if shutil.which(peer.words[0]) is None:
        return f"{peer.words[0]} is not installed"
    command = [*peer.words, sys.executable, "-c", "print('hello')"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False, env=dict(os.environ))
    except (OSError, subprocess.TimeoutExpired) as why:
        return f"{peer.words[0]} does not run here: {type(why).__name__}"
    if done.returncode != 0 or done.stdout != b"hello\n":
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return f"{peer.words[0]} does not run here: {said[-1][:100] if said else f'exit code {done.returncode}'}"
    return ""
