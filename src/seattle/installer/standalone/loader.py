"""An installer's file: the code that it begins with, these modules and two lines that start them; and what follows."""

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

from .archives import entry

STATEMENT: Final = "build.json"
SIGNATURE: Final = "build.sig"
BUNDLE: Final = "seattle.bundle"
_PIECE: Final = 1024 * 1024  # bytes that are copied at once

# Read by any Python 3, so that one that is too old says so in words.
MAIN: Final = """\
import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit("error: this takes Python 3.11, 3.12 or 3.13, and this is %d.%d: name another, as in `python3.12 FILE`"
             % sys.version_info[:2])

from standalone.installing import main

sys.exit(main())
"""
# Read by any shell. What follows the last line is a zip, which no shell gets to.
HEADER: Final = """\
#!/bin/sh
# Seattle: lend a slice of this computer. `sh FILE` shows what it would do, and asks; `sh FILE --help` tells more.
for python in ${SEATTLE_PYTHON:-} python3 python3.13 python3.12 python3.11; do
  command -v "$python" >/dev/null 2>&1 || continue
  "$python" -I -S -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || continue
  exec "$python" -I -S -- "$0" "$@"
done
echo "error: there is no Python 3.11, 3.12 or 3.13 here: install one, or name it: SEATTLE_PYTHON=... sh $0" >&2
exit 1
"""


def loader(sources: Path) -> dict[str, bytes]:
    """The entries of an installer's file that are code, by name. `sources`: the folder with these modules."""
    files = {f"standalone/{source.name}": source.read_bytes() for source in sorted(sources.glob("*.py"))}
    return {"__main__.py": MAIN.encode(), **files}


def digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 of entries, in hex: of their names and what is in them."""
    whole = hashlib.sha256(HEADER.encode())
    for name, data in sorted(files.items()):
        whole.update(f"\n{name} {hashlib.sha256(data).hexdigest()}".encode())
    return whole.hexdigest()


def write(file: IO[bytes], code: Mapping[str, bytes], statement: bytes, signature: bytes, bundle: IO[bytes]) -> None:
    """Write an installer into a file that is empty. There is one file, to the byte, that these parts make."""
    file.write(HEADER.encode())
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in [*sorted(code.items()), (STATEMENT, statement), (SIGNATURE, signature)]:
            archive.writestr(entry(name), data)
        with archive.open(entry(BUNDLE), "w") as target:
            while piece := bundle.read(_PIECE):
                target.write(piece)
