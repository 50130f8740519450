"""What a donor's safety rests on, file by file, made of the files' own docstrings.

`python -m docs.site.trusted_code` brings the lists of `docs/trusted-code.md` and the count in `ARCHITECTURE.md` up to
date.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docs.site.seattlelib import in_a_cell

ROOT: Final = Path(__file__).parents[2]
REPY: Final = ROOT / "src" / "seattle" / "repy"
PAGE: Final = ROOT / "docs" / "trusted-code.md"
ARCHITECTURE: Final = ROOT / "ARCHITECTURE.md"

_REGION: Final = re.compile(r"(<!-- trusted: (?P<what>[\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_COUNTED_IN: Final = 100  # lines: counts that changed with every line would be kept by nobody


@dataclass(frozen=True)
class Part:
    """Files that are trusted for the same."""

    name: str
    places: tuple[str, ...]  # files and folders of `src/seattle/repy/`
    trusted_for: str

    @property
    def files(self) -> list[Path]:
        """All of them, by name."""
        found = []
        for place in self.places:
            path = REPY / place
            found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
        return found

    @property
    def lines(self) -> int:
        """With comments and docstrings, as a reader has them before them."""
        return sum(len(file.read_text("utf-8").splitlines()) for file in self.files)


PARTS: Final = (
    Part("language", ("language",), "the language wall: no program names what leads to the interpreter's internals"),
    Part(
        "guest",
        ("guest",),
        "the language wall from inside: what a program is handed leads nowhere else. For the kernel wall it is as "
        "untrusted as the program",
    ),
    Part("walls", ("walls",), "the kernel wall: code in a guest, whatever it is, reaches one socket"),
    Part("door", ("door.py",), "bytes from a guest become bounded, typed calls, or end the run"),
    Part("monitor", ("monitor",), "every call is checked, charged and made as the vessel's limits and the donor say"),
    Part(
        "launch",
        ("nursery.py", "demand.py", "spawn.py", "launch.py", "outcome.py", "outcome_file.py", "ring_log.py"),
        "a guest is forked from a process that holds nothing of anybody's, and its end is written down",
    ),
    Part("sharing", ("gaps.py", "hot_code.py", "thread_clean_up.py"), "memory that is shared is nobody's to write"),
)


def fill_in(text: str) -> str:
    """The page with its regions as the files are now."""
    return _REGION.sub(lambda region: region[1] + _region(region["what"]) + region[3], text)


def _region(what: str) -> str:
    if what == "count":
        return _count()
    return _list(next(part for part in PARTS if part.name == what))


def _count() -> str:
    lines = ["", "| part | files | lines | trusted for |", "| --- | --- | --- | --- |"]
    lines += [f"| {one.name} | {len(one.files)} | {_rounded(one.lines)} | {one.trusted_for} |" for one in PARTS]
    files, count = sum(len(one.files) for one in PARTS), sum(one.lines for one in PARTS)
    lines += [f"| **in all** | **{files}** | **{_rounded(count)}** | |", "", ""]
    return "\n".join(lines)


def _rounded(lines: int) -> str:
    return f"{max(round(lines / _COUNTED_IN), 1) * _COUNTED_IN:,}"


def _list(part: Part) -> str:
    lines = ["", "| file | what it does |", "| --- | --- |"]
    for file in part.files:
        first = (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").partition("\n\n")[0]
        lines.append(f"| [`{file.relative_to(REPY)}`](../{file.relative_to(ROOT)}) | {in_a_cell(first)} |")
    return "\n".join([*lines, "", ""])


if __name__ == "__main__":
    for page in (PAGE, ARCHITECTURE):
        page.write_text(fill_in(page.read_text("utf-8")), encoding="utf-8")
