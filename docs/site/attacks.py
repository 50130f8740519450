"""The attacks on updates that tests try, for the release manager's guide, made of the tests' names.

`python -m docs.site.attacks` brings the table in `docs/release-managers-guide.md` up to date.
"""

import ast
import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
TESTS: Final = ROOT / "tests" / "updater" / "test_updater_attacks.py"
PAGE: Final = ROOT / "docs" / "release-managers-guide.md"
# Section 1.5.2 of the specification of TUF, as its attacks begin the names of tests.
NAMES: Final = {
    "arbitrary_installation": "Arbitrary software installation",
    "endless_data": "Endless data",
    "fast_forward": "Fast-forward",
    "indefinite_freeze": "Indefinite freeze",
    "malicious_mirror": "Malicious mirrors preventing updates",
    "mix_and_match": "Mix-and-match",
    "rollback": "Rollback",
    "slow_retrieval": "Slow retrieval",
    "key_compromise": "Vulnerability to key compromises",
    "wrong_software_installation": "Wrong software installation",
}

_TABLE: Final = re.compile(r"(<!-- attacks -->\n).*?(<!-- end -->)", re.DOTALL)


def attacks() -> list[tuple[str, str]]:
    """Each test's attack, in the specification's words, and what it does."""
    found = []
    for node in ast.parse(TESTS.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            name = node.name.removeprefix("test_")
            key = next(key for key in NAMES if name.startswith(key))
            words = name.removeprefix(key).strip("_").replace("_s_", "'s ").replace("_", " ")
            found.append((NAMES[key], words.removeprefix("when ").removeprefix("in ")))
    return sorted(found, key=lambda attack: list(NAMES.values()).index(attack[0]))


def fill_in(page: str) -> str:
    """The page with its table as the tests are now."""
    lines = ["", "| attack | as it is tried |", "| --- | --- |", *(f"| {name} | {what} |" for name, what in attacks())]
    return _TABLE.sub(lambda region: region[1] + "\n".join([*lines, "", ""]) + region[2], page)


if __name__ == "__main__":
    PAGE.write_text(fill_in(PAGE.read_text("utf-8")), encoding="utf-8")
