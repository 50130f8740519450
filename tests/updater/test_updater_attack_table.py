"""The table of attacks in the release manager's guide: all that the specification names, and tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "release-managers-guide.md"
ATTACKS = ROOT / "tests" / "updater" / "test_updater_attacks.py"

NAMED = {  # by section 1.5.2 of the specification
    "arbitrary software installation",
    "endless data",
    "extraneous dependencies",
    "fast-forward",
    "indefinite freeze",
    "malicious mirrors",
    "mix-and-match",
    "rollback",
    "slow retrieval",
    "vulnerability to key compromises",
    "wrong software installation",
}


def table() -> list[tuple[str, str]]:
    """Attack and test of each row; an attack's name stands in its first row only."""
    section = GUIDE.read_text().partition("## What attackers can't do")[2]
    rows, attack = [], ""
    for named, test in re.findall(r"^\| ([^|]*?)\s*\| [^|]+ \| `(\w+)` \|$", section, re.MULTILINE):
        attack = named or attack
        rows.append((attack, test))
    return rows


def names_of(*files: Path) -> set[str]:
    texts = [file.read_text() for file in files]
    return {name for text in texts for name in re.findall(r"^(?:async )?def (test_\w+)", text, re.MULTILINE)}


def test_given_the_specification_when_the_table_is_read_then_every_attack_that_it_names_is_there() -> None:
    assert {attack for attack, _ in table()} == NAMED


def test_given_the_table_when_its_tests_are_looked_for_then_there_are_all_of_them_and_no_attack_is_left_out() -> None:
    told = [test for _, test in table()]
    assert len(set(told)) == len(told) >= 15
    assert set(told) <= names_of(ATTACKS, *(ROOT / "tests" / "installer").glob("test_*.py"))
    assert names_of(ATTACKS) <= set(told)
