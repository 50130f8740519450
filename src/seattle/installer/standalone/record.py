"""What an installation has put outside of its home: all that has to go when it is removed."""

import json
from dataclasses import asdict, dataclass, field
from typing import Final

from .durable import write
from .errors import HomeUnusable
from .versions import Home

FILE: Final = "installed.json"  # in the home
_MAX_FILE: Final = 64 * 1024  # bytes


@dataclass
class Record:
    """Written before each thing is made, so that a crash leaves nothing that is not known."""

    build: str  # the id of the build
    signed_by: str
    service: str  # its kind
    link: str = ""  # the command, in a folder of the donor's PATH
    folders: list[str] = field(default_factory=list)  # that were made for it, the outermost first

    def write(self, home: Home) -> None:
        """Write it down, whole or not at all. Raises OSError."""
        write(home.folder / FILE, json.dumps(asdict(self)).encode())


def read_record(home: Home) -> Record:
    """That of a home. Raises HomeUnusable if there is none."""
    try:
        with (home.folder / FILE).open("rb") as file:
            told = json.loads(file.read(_MAX_FILE))
        return Record(**told)
    except (OSError, ValueError, TypeError, RecursionError) as why:
        raise HomeUnusable(f"{home.folder} is no installation of Seattle ({why})") from why
