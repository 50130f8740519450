"""Keys of a build as files for people: the public halves always, private ones in the one answer that makes them."""

import io
import zipfile
from collections.abc import Mapping
from typing import Final

from seattle.clearinghouse.builds.models import Build
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_private, format_public_line

PUBLIC_ZIP: Final = "public_keys.zip"
PRIVATE_ZIP: Final = "private_keys.zip"

_BEGINNING: Final = (1980, 1, 1, 0, 0, 0)
_ONLY_MINE: Final = 0o100600 << 16  # as `unzip` makes the file
_FOR_ALL: Final = 0o100644 << 16


def public_zip(build: Build) -> bytes:
    """NAME.pub for everybody in a build."""
    return _zip({f"{name}.pub": (f"{line} {name}\n", _FOR_ALL) for name, line in build.key_of.items()})


def private_zip(pairs: Mapping[str, KeyPair]) -> bytes:
    """NAME, which only its owner may read, and NAME.pub."""
    files: dict[str, tuple[str, int]] = {}
    for name, pair in pairs.items():
        files[name] = (format_private(pair), _ONLY_MINE)
        files[f"{name}.pub"] = (f"{format_public_line(pair.public, name)}\n", _FOR_ALL)
    return _zip(files)


def _zip(files: Mapping[str, tuple[str, int]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, (text, mode) in sorted(files.items()):
            info = zipfile.ZipInfo(name, _BEGINNING)
            info.create_system, info.external_attr = 3, mode
            archive.writestr(info, text)
    return buffer.getvalue()
