"""Help pages as a terminal shows them, kept in `help_pages.json`: making one imports all that its command works with.

`python -m seattle.cli.reference` makes them anew.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("help_pages.json")
WIDTH: Final = 80  # columns; on a wider terminal a page is no wider
OPTION: Final = "--help"
SHORT: Final = "-h"


def spelt_out(words: Sequence[str]) -> Sequence[str]:
    """The words, with `--help` for a `-h` that is all that a command is asked; a program's own `-h` stays."""
    *command, option = words or [""]
    if option == SHORT and (not command or " ".join(command) in _pages()):
        return [*command, OPTION]
    return words


def show_kept_page(words: Sequence[str]) -> bool:
    """Print the page that these words ask for; False if none is kept for them, or the terminal is too narrow for it."""
    *command, option = words or [""]
    if option != OPTION or shutil.get_terminal_size().columns < WIDTH:
        return False
    page = _pages().get(" ".join(command))
    if page is None:
        return False
    print(page, end="", flush=True)
    return True


def _pages() -> dict[str, str]:
    pages: dict[str, str] = json.loads(FILE.read_bytes())  # msgspec would take 10 ms to import
    return pages
