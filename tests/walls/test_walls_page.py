"""The page that explains the sandbox: what it says is so."""

import re
from pathlib import Path

import pytest

from seattle.repy.reference import fill_in
from seattle.repy.walls import PartName, guest_calls

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "sandbox.md"
ROWS = dict(re.findall(r"^\| `(\w+)` \| [^|]* \| `(\w+)` \|$", PAGE.read_text(), re.MULTILINE))


def test_given_the_filters_list_when_the_page_is_made_then_it_is_the_one_in_the_documentation() -> None:
    assert PAGE.read_text() == fill_in(PAGE.read_text()), (
        "bring it up to date: python -m seattle.repy.reference docs/sandbox.md"
    )


def test_given_the_page_when_read_then_it_has_a_row_for_each_part() -> None:
    assert sorted(ROWS) == sorted(PartName)


@pytest.mark.parametrize("part", ROWS)
def test_given_a_part_when_its_attack_is_looked_up_then_there_is_one(part: str) -> None:
    names = [
        name
        for file in sorted((ROOT / "tests" / "walls").glob("test_*.py"))
        for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)
    ]
    assert any(ROWS[part] in name for name in names)


def test_given_the_page_when_it_counts_permissions_then_there_are_so_many() -> None:
    assert re.findall(r"(\d+) permissions", PAGE.read_text()) == [str(len(guest_calls.PERMITTED))]


def test_given_the_page_when_it_names_files_then_they_are_there() -> None:
    named = re.findall(r"`((?:tests|walls)/[\w/]*(?:\.py)?)`", PAGE.read_text())
    assert len(named) > 5
    for name in named:
        assert (ROOT / name).exists() or (ROOT / "src/seattle/repy" / name).exists(), name
