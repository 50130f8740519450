"""Which modules the user has disabled: a file for each in a folder, so that two shells can't undo each other's."""

from pathlib import Path
from typing import Final

from seattle.identity.folders import Sort, user_folder

FOLDER: Final = "disabled-modules"


def usual_folder() -> Path:
    """In the user's configuration folder."""
    return user_folder(Sort.CONFIG) / "seash" / FOLDER


class Choice:
    """The modules that are disabled. Raises OSError where the folder can't be read or written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __contains__(self, name: str) -> bool:
        return (self._folder / name).exists()

    def disable(self, name: str) -> None:
        """Leave it out from now on."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / name).touch()

    def enable(self, name: str) -> None:
        """Have it again, whether it was left out or not."""
        (self._folder / name).unlink(missing_ok=True)
