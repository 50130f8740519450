"""An environment of one version, as PEP 405 has it: `pyvenv.cfg`, a link to an interpreter, a folder of packages.

Written here rather than by `venv`, which some systems leave out, and which writes paths that a rename makes wrong. The
link is made last: an environment whose interpreter has gone is mended beside what is still in use, and then has
another.
"""

import ctypes
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from .durable import link
from .pythons import Interpreter

PYTHON: Final = Path("bin") / "python3"  # in an environment
COMPILING: Final = 600.0  # seconds


def fill(root: Path, python: Interpreter, write_packages: Callable[[Path], None], *, final: Path | None = None) -> None:
    """Make or mend the environment in `root` for an interpreter; `write_packages` writes into the folder it is given.

    `final`: where `root` will be once it is whole, for tracebacks. What is there for another interpreter stays.
    Raises OSError, and what `write_packages` raises.
    """
    version = f"python{python.version[0]}.{python.version[1]}"
    library = root / "lib" / version
    if not library.exists():
        part = library.with_name(f".{version}.part")
        (part / "site-packages").mkdir(parents=True)
        write_packages(part / "site-packages")
        _compile(python, part, (final or root) / "lib" / version)
        part.rename(library)
    if not (root / "lib64").is_symlink():
        (root / "lib64").symlink_to("lib")  # where some systems look for what is compiled
    executable = _lasting(python)
    configuration = {
        "home": os.path.dirname(executable),  # noqa: PTH120 - a text
        "include-system-site-packages": "false",
        "version": f"{python.version[0]}.{python.version[1]}",
        "executable": executable,
    }
    new = root / ".pyvenv.cfg"
    new.write_text("".join(f"{key} = {value}\n" for key, value in configuration.items()), encoding="utf-8")
    new.replace(root / "pyvenv.cfg")
    (root / "bin").mkdir(exist_ok=True)
    link(root / "bin" / "python", "python3")
    sync(root)
    link(root / PYTHON, executable)
    sync(root)


def sync(folder: Path) -> None:
    """Have the disk keep all that was written to the file system of a folder. Raises OSError."""
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
        if syncfs is None:
            os.sync()
        elif syncfs(fd) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
    finally:
        os.close(fd)


def _lasting(python: Interpreter) -> str:
    """The name of an interpreter that stays with its version: `python3` may be another after an upgrade."""
    folder, _ = os.path.split(python.executable)
    numbered = os.path.join(folder, f"python{python.version[0]}.{python.version[1]}")  # noqa: PTH118 - a text
    return numbered if os.access(numbered, os.X_OK) else python.executable


def _compile(python: Interpreter, packages: Path, final: Path) -> None:
    """Have bytecode written, which need not be there: what does not compile is met by whoever imports it."""
    command = [python.executable, "-I", "-S", "-m", "compileall", "-q", "-j", "0"]
    subprocess.run(
        [*command, "-s", str(packages), "-p", str(final), str(packages)],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=COMPILING,
        cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath)},
    )
