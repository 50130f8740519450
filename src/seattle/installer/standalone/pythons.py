"""What an interpreter is, and which of this machine's would do."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import PythonUnusable

SUPPORTED: Final = ((3, 11), (3, 12), (3, 13))
PATIENCE: Final = 30.0  # seconds for an interpreter to say what it is
_ASK: Final = """
import json, os, platform, sys, sysconfig
print(json.dumps({
    "executable": getattr(sys, "_base_executable", "") or sys.executable,
    "version": list(sys.version_info[:2]),
    "implementation": sys.implementation.name,
    "machine": platform.machine(),
    "is_free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "is_64_bit": sys.maxsize > 2**32,
    "libc": os.confstr("CS_GNU_LIBC_VERSION") if "CS_GNU_LIBC_VERSION" in os.confstr_names else "",
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python on this machine."""

    executable: str  # absolute, and not that of an environment
    version: tuple[int, int]
    machine: str  # as `uname -m` says it
    implementation: str = "cpython"
    is_free_threaded: bool = False
    is_64_bit: bool = True
    libc: str = "glibc"

    @property
    def tag(self) -> str:
        """As bundles name it: `cp311-x86_64`. What no wheel is made for has a name that no bundle has."""
        kind = "cp" if self.implementation == "cpython" else self.implementation
        tag = f"{kind}{self.version[0]}{self.version[1]}{'t' if self.is_free_threaded else ''}-{self.machine}"
        if not self.is_64_bit:
            tag += "-32bit"
        return tag if (self.libc or "").startswith("glibc") else f"{tag}-without-glibc"

    @property
    def words(self) -> str:
        """For people."""
        name = "Python" if self.implementation == "cpython" else self.implementation
        more = ", free-threaded" if self.is_free_threaded else ""
        more += "" if self.is_64_bit else ", 32 bit"
        more += "" if (self.libc or "").startswith("glibc") else ", without glibc"
        return f"{name} {self.version[0]}.{self.version[1]} on {self.machine}{more}"


def describe(python: str | os.PathLike[str]) -> Interpreter:
    """What this interpreter is. Raises PythonUnusable if it does not run."""
    try:
        done = subprocess.run(
            [python, "-I", "-S", "-c", _ASK],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            cwd="/",
        )
        said = json.loads(done.stdout)
        major, minor = said.pop("version")
        return Interpreter(version=(major, minor), **said)
    except (OSError, subprocess.SubprocessError, ValueError, TypeError) as why:
        raise PythonUnusable(f"{os.fspath(python)} does not run as a Python should: {why}") from why


def candidates() -> Iterator[str]:
    """Interpreters of this machine that may do, the likeliest first: this one, then those of the search path."""
    seen = set()
    names = ["python3", *(f"python{major}.{minor}" for major, minor in reversed(SUPPORTED))]
    for name in (sys.executable, *names):
        found = shutil.which(name) if name else None
        if found and (real := os.path.realpath(found)) not in seen:
            seen.add(real)
            yield found


def has_run(environment: Path) -> bool:
    """Whether an environment's own interpreter runs, and is of the version that it was made for."""
    python = environment / "bin" / "python3"
    try:
        found = describe(python)
    except PythonUnusable:
        return False
    return (environment / "lib" / f"python{found.version[0]}.{found.version[1]}" / "site-packages").is_dir()
