"""The vessels that a command has seen last, by name: shells complete them with Tab, for a short while."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from seattle.client.files import replace_file
from seattle.identity.folders import Sort, user_folder

MOST: Final = 1000  # names


def names_file(environ: Mapping[str, str] = os.environ) -> Path:
    """`seattle/vessels` in the user's folder for what may be lost."""
    return user_folder(Sort.CACHE, environ) / "vessels"


def remember(names: Iterable[str]) -> None:
    """Keep these, in place of those before. Where that can't be done, nothing is completed."""
    file = names_file()
    text = "".join(f"{name}\n" for name, _ in zip(names, range(MOST), strict=False))
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(file, text.encode())
