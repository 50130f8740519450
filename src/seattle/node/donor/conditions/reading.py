"""What a look at the computer has found."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

MAX_FILE: Final = 64 * 1024  # bytes of a file of the kernel's that are read


@dataclass(frozen=True)
class Reading:
    """One value, and words for it. None: it is unknown, and the words say why."""

    value: float | None
    words: str

    @classmethod
    def unknown(cls, why: str) -> Self:
        """There is no value."""
        return cls(None, f"unknown: {why}")


def read_text(path: Path) -> str | None:
    """What is in a small file, without white space around it; None if it can't be read, as happens in /sys."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE).decode("utf-8", "replace").strip()
    except OSError:
        return None


def read_number(path: Path) -> float | None:
    """The one number in a file; None if there is none."""
    try:
        return float(read_text(path) or "")
    except ValueError:
        return None


def folders(parent: Path, pattern: str = "*") -> list[Path]:
    """What is in a folder, by name; nothing if there is no such folder."""
    try:
        return sorted(parent.glob(pattern))
    except OSError:
        return []
