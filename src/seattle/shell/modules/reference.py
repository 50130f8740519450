"""The reference of the modules that come with the shell, in `docs/seash-bundled-modules.md`, made of the modules.

`python -m seattle.shell.modules.reference docs/seash-bundled-modules.md` brings that page up to date.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from seattle.shell.help_pages import filled, section
from seattle.shell.modules.installed import OURS, installed
from seattle.shell.modules.module import Module

_PAGE: Final = re.compile(r"(<!-- modules -->\n).*?(<!-- end -->)", re.DOTALL)
_WIDTH: Final = 120  # columns


def fill_in(text: str) -> str:
    """The page, with what stands in it between its marks made anew."""
    found, _ = installed()
    ours = sorted(name for name, one in found.items() if one.package == OURS)
    made = "\n".join(_chapter(name, found[name].load()) for name in ours)
    return _PAGE.sub(lambda page: f"{page[1]}\n{made}\n{page[2]}", text)


def _chapter(name: str, module: Module) -> str:
    commands = sorted(module.commands, key=lambda one: one.syntax)
    about = filled(f"{module.summary}\n\n{module.details}", _WIDTH)
    return "\n".join([f"## {name}", "", about, "", *map(section, commands)])


def main(arguments: Sequence[str]) -> int:
    """Bring the page up to date."""
    file = Path(arguments[0])
    file.write_text(fill_in(file.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
