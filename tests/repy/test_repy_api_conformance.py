"""The page that holds the API against the reference: each row names tests that exist, and nothing is without a row."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from seattle.repy.guest.exceptions import EXCEPTIONS
from seattle.repy.reference import calls
from seattle.resources.kinds import Resource

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "repy-api-conformance.md"
LAYER_KEYS = ("type", "target", "args", "exceptions", "return")


class Row(NamedTuple):
    """What the reference does, what we do, and the tests that show it."""

    rule: str
    here: str
    tests: list[str]


def rows() -> Iterator[Row]:
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] != "the reference" and set(cells[0]) != {"-"}:
            assert len(cells) == 3, line
            yield Row(cells[0], cells[1], re.findall(r"`(\w+\.py::\w+)`", cells[2]))


@pytest.fixture(scope="module")
def known() -> set[str]:
    """All tests there are, as file::test."""
    return {
        f"{path.name}::{node.name}"
        for path in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }


@pytest.mark.parametrize("row", [*rows()], ids=lambda row: row.rule[:60])
def test_given_a_row_when_its_tests_are_looked_for_then_there_are_some_and_all_exist(row: Row, known: set[str]) -> None:
    assert row.tests
    assert set(row.tests) <= known


def test_given_the_rows_when_read_then_each_says_whether_we_do_the_same_and_else_what() -> None:
    assert [row for row in rows() if not re.match(r"Same\b|(Changed|New)( for [^:]*)?: \S", row.here)] == []


@pytest.mark.parametrize("name", [*calls(), *EXCEPTIONS, *(one.value for one in Resource), *LAYER_KEYS])
def test_given_what_programs_can_call_catch_or_use_when_the_page_is_searched_then_it_has_a_row(name: str) -> None:
    in_code = re.compile(rf"`[^`]*\b{re.escape(name)}\b[^`]*`")
    assert any(in_code.search(row.rule) for row in rows())
