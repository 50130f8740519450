"""Whole numbers that people type."""

from typing import Final

_LONGEST: Final = 18  # digits; more is no number of anything here, and Python takes long to read very many


def whole_number(text: str, *, least: int = 0, most: int = 10**_LONGEST) -> int | None:
    """The number that a text is; None if it is none, or is not between these, which both are allowed."""
    if not (text.isascii() and text.isdigit()) or len(text) > _LONGEST:
        return None
    number = int(text)
    return number if least <= number <= most else None
