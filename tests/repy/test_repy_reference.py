"""The reference page is the one that the code makes, and names all that programs can call and catch."""

import inspect
import re
from pathlib import Path

import pytest

from seattle.repy.guest.exceptions import EXCEPTIONS
from seattle.repy.reference import calls, fill_in, main
from seattle.resources.kinds import Resource

PAGE = Path(__file__).parents[2] / "docs" / "repy-api.md"


def test_given_the_code_when_the_page_is_made_then_it_is_the_one_in_the_documentation() -> None:
    assert PAGE.read_text() == fill_in(PAGE.read_text()), (
        "bring it up to date: python -m seattle.repy.reference docs/repy-api.md"
    )


def test_given_the_page_when_read_then_it_has_a_section_for_every_call_once() -> None:
    titles = re.findall(r"^### `(.*)`$", PAGE.read_text(), re.MULTILINE)
    assert sorted(titles) == sorted(call.signature for call in calls().values())


def test_given_the_page_when_its_links_are_followed_then_each_leads_to_a_heading() -> None:
    page = PAGE.read_text()
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in headings}
    links = re.findall(r"\]\(#([^)]*)\)", page)
    assert len(links) == len(calls())
    assert set(links) <= anchors


@pytest.mark.parametrize("name", calls())
def test_given_a_call_when_its_docstring_is_read_then_it_tells_of_every_argument_and_known_exceptions(
    name: str,
) -> None:
    call = calls()[name]
    parameters = re.findall(r"(\w+)(?:=[^,)]*)?[,)]", call.signature.partition("(")[2])
    told = [entry.partition(":")[0] for entry in call.parts.get("Args", [])]
    assert told == parameters
    raised = [entry.partition(":")[0] for entry in call.parts.get("Raises", [])]
    assert set(raised) <= {*EXCEPTIONS, "ValueError", "FileExistsError", "RepyImportError", "ImportError", "Exception"}
    assert call.summary.endswith(".")


def test_given_the_page_when_read_then_every_exception_and_resource_is_in_it() -> None:
    page = PAGE.read_text()
    tree = page.partition("## Exceptions")[2].partition("## ")[0]
    assert set(re.findall(r"\* `(\w+)`: ", tree)) == set(EXCEPTIONS)
    assert all(f"| `{one.value}` |" in page for one in Resource)
    assert all(inspect.getdoc(kind) for kind in EXCEPTIONS.values())


def test_given_a_stale_page_when_the_generator_is_run_then_only_what_is_between_its_marks_changes(
    tmp_path: Path,
) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Mine\n\n<!-- calls: sleep -->\nold\n<!-- end -->\n\ntext\n")
    assert main([str(page)]) == 0
    assert page.read_text().startswith("# Mine\n\n<!-- calls: sleep -->\n\n### `sleep(seconds)`\n\n")
    assert page.read_text().endswith("\n\n<!-- end -->\n\ntext\n")
    assert "old" not in page.read_text()
    assert main([]) == 2
