"""The file of `--restrictions`: reading it, and telling by its name what is wrong with it."""

from seattle.repy.cli.options import UsageError
from seattle.repy.launch import MAX_PACKET


def read_text(name: str) -> str:
    """What is in the file. Raises OSError, or UsageError for what can't be a restrictions file."""
    try:
        with open(name, encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs milliseconds
            text = file.read(MAX_PACKET + 1)
    except UnicodeDecodeError as why:
        raise UsageError(f"{name!r} is no restrictions file: it is not text in UTF-8") from why
    if len(text) > MAX_PACKET:
        raise UsageError(f"{name!r} is no restrictions file: it has more than {MAX_PACKET} characters")
    return text


def complaint(name: str, text: str) -> str | None:
    """What the monitor has against the text, which it knows by no name; None if it is not that."""
    # Only who errs pays for these.
    from seattle.resources.errors import ResourceError  # noqa: PLC0415
    from seattle.resources.restrictions import parse_restrictions  # noqa: PLC0415

    try:
        parse_restrictions(text, name)
    except ResourceError as why:
        return str(why)
    return None
