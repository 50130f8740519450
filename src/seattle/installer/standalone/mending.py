"""What the supervisor has done in a process of its own, since it takes memory that a small one should not keep."""

import zipfile
from pathlib import Path
from typing import Final

from .bundles import Bundle
from .errors import HomeUnusable, NoWheels, PythonUnusable
from .pythons import SUPPORTED, candidates, describe, has_run
from .versions import KEPT, Home

_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
_MAIN: Final = "import sys\n\nfrom standalone.__main__ import main\n\nsys.exit(main())\n"
LAUNCHER: Final = """\
#!/bin/sh
# Starts the supervisor with a Python that there is: that of the current version, or else any of this computer.
home=$(cd "$(dirname "$0")" && pwd) || exit 1
for python in "$home/current/bin/python3" python3 python3.13 python3.12 python3.11; do
  "$python" -I -S -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
  exec "$python" -I -S "$home/supervisor.pyz" --home "$home" "$@"
done
echo "error: there is no Python on this computer: install Python 3.11, 3.12 or 3.13" >&2
exit 1
"""


def mend(home: Home) -> str:
    """Give the current version an interpreter that there is, if its own has gone; which it has now.

    Raises InstallerError, which says what to install; OSError.
    """
    version = home.current()
    if version is None:
        raise HomeUnusable(f"nothing is installed in {home.folder}: run the installer")
    folder = home.folder_of(version)
    if has_run(folder):
        return str(folder)
    tried = []
    with Bundle(folder / KEPT) as bundle:
        for python in candidates():
            try:
                bundle.mend(folder, python)
            except (NoWheels, PythonUnusable) as why:
                tried.append(str(why))
                continue
            if has_run(folder):
                return describe(python).words
    wanted = ", ".join(f"{major}.{minor}" for major, minor in SUPPORTED)
    raise PythonUnusable(
        f"the Python that version {version} ran on has gone, and no other will do: install one of Python {wanted}. "
        + "; ".join(tried)
    )


def pack(sources: Path, file: Path) -> None:
    """Make `supervisor.pyz` of the modules in a folder. The same modules make the same file. Raises OSError."""
    new = file.with_name(f".{file.name}.new")
    with zipfile.ZipFile(new, "w") as archive:
        archive.writestr(zipfile.ZipInfo("__main__.py", _LONG_AGO), _MAIN)
        for source in sorted(sources.glob("*.py")):
            archive.writestr(zipfile.ZipInfo(f"standalone/{source.name}", _LONG_AGO), source.read_bytes())
    new.replace(file)


def pack_version(home: Home, version: str, file: Path) -> None:
    """Make the supervisor of a version that is unpacked. Raises HomeUnusable, OSError."""
    found = sorted(home.folder_of(version).glob("lib/python3.*/site-packages/seattle/installer/standalone"))
    if not found:
        raise HomeUnusable(f"version {version} has no supervisor")
    pack(found[-1], file)


def put_supervisor(home: Home, version: str) -> None:
    """Put the supervisor of a version into a home, and what starts it. For an installer. Raises as `pack_version`."""
    pack_version(home, version, home.supervisor)
    home.launcher.write_text(LAUNCHER, encoding="utf-8")
    home.launcher.chmod(0o755)
