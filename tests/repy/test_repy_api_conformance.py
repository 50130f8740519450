"""The page that holds the API against the reference: each row names tests that exist, and nothing is without a row."""

import re

import pytest
from tests.conformance import ANSWER, DOCS, Row, known, rows

from seattle.repy.guest.exceptions import EXCEPTIONS
from seattle.repy.reference import calls
from seattle.resources.kinds import Resource

PAGE = DOCS / "repy-api-conformance.md"
LAYER_KEYS = ("type", "target", "args", "exceptions", "return")


@pytest.mark.parametrize("row", [*rows(PAGE)], ids=lambda row: row.rule[:60])
def test_given_a_row_when_its_tests_are_looked_for_then_there_are_some_and_all_exist(row: Row) -> None:
    assert row.tests
    assert set(row.tests) <= known()


def test_given_the_rows_when_read_then_each_says_whether_we_do_the_same_and_else_what() -> None:
    assert [row for row in rows(PAGE) if not ANSWER.match(row.here)] == []


@pytest.mark.parametrize("name", [*calls(), *EXCEPTIONS, *(one.value for one in Resource), *LAYER_KEYS])
def test_given_what_programs_can_call_catch_or_use_when_the_page_is_searched_then_it_has_a_row(name: str) -> None:
    in_code = re.compile(rf"`[^`]*\b{re.escape(name)}\b[^`]*`")
    assert any(in_code.search(row.rule) for row in rows(PAGE))
