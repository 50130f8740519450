"""The page that holds the vessel API against the reference: rows name tests that exist, no call is without one."""

import re

import pytest
from tests.conformance import ANSWER, DOCS, Row, known, rows

from seattle.fabric.node_api import NodeMethod

PAGE = DOCS / "node-api-conformance.md"
OF_THE_REFERENCE = (
    *("GetVessels", "GetVesselResources", "GetOffcutResources", "StartVessel", "StartVesselEx", "StopVessel"),
    *("AddFileToVessel", "ListFilesInVessel", "RetrieveFileFromVessel", "DeleteFileInVessel", "ReadVesselLog"),
    *("ResetVessel", "ChangeOwner", "ChangeUsers", "ChangeOwnerInformation", "ChangeAdvertise"),
    *(
        "SplitVessel",
        "JoinVessels",
        "SetRestrictions",
        "Fresh",
        "Started",
        "Stopped",
        "Terminated",
        "Stale",
        "ThreadErr",
    ),
)
COMPLAINTS = range(1, 25)


@pytest.mark.parametrize("row", [*rows(PAGE)], ids=lambda row: row.rule[:60])
def test_given_a_row_when_its_tests_are_looked_for_then_there_are_some_and_all_exist(row: Row) -> None:
    assert row.tests
    assert set(row.tests) <= known()


def test_given_the_rows_when_read_then_each_says_whether_we_do_the_same_and_else_what() -> None:
    assert [row for row in rows(PAGE) if not ANSWER.match(row.here)] == []


@pytest.mark.parametrize("name", OF_THE_REFERENCE)
def test_given_a_call_or_state_of_the_reference_when_the_page_is_searched_then_it_has_a_row(name: str) -> None:
    assert any(f"`{name}`" in row.rule for row in rows(PAGE))


@pytest.mark.parametrize("method", NodeMethod)
def test_given_a_call_of_ours_when_the_page_is_searched_then_a_row_says_what_it_does(method: NodeMethod) -> None:
    assert any(f"`{method}`" in row.here for row in rows(PAGE))


def test_given_the_complaints_when_the_page_is_read_then_each_has_its_row_once() -> None:
    numbers = [int(match[1]) for row in rows(PAGE) if (match := re.match(r"(\d+)\. ", row.rule))]
    assert numbers == [*COMPLAINTS]
