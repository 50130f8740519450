"""What the documentation shows works as it says: its programs, its limits, its names of rules and files."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.language.check import check as violations_of
from seattle.resources.restrictions import parse_restrictions

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])

EXAMPLES = sorted((ROOT / "examples").rglob("*.py"))
REPY_EXAMPLES = [path for path in EXAMPLES if "ordinary Python" not in path.read_text()]  # some say that they are that

Check = Callable[..., str]  # see conftest.py


def blocks(page: str) -> list[str]:
    """The indented examples of a page, without their indent."""
    text = (ROOT / page).read_text()
    found = re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.MULTILINE)
    return [re.sub(r"^    ", "", block.strip("\n"), flags=re.MULTILINE) for block in found]


def test_given_the_example_of_limits_when_read_then_it_is_a_restrictions_file() -> None:
    (example,) = [block for block in blocks("docs/repy-api.md") if block.startswith("resource ")]
    assert parse_restrictions(example).vector.to_mapping()["events"] == 10


def test_given_the_example_of_a_namespace_when_run_then_the_call_is_replaced(check: Check) -> None:
    (example,) = [block for block in blocks("docs/repy-api.md") if "createvirtualnamespace(code" in block]
    program = f"""
def my_sleep(seconds):
    print("not sleeping", seconds)
code = "sleep(1000)"
{example}
"""
    assert check(program) == "not sleeping 1000\n"


def test_given_the_first_program_of_the_readme_when_run_then_it_greets(check: Check) -> None:
    program = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[0]
    assert check(program, "one", "two").startswith("Hello from MainThread with ['one', 'two']\nhello, file after 0.")


@pytest.mark.parametrize("example", REPY_EXAMPLES, ids=lambda path: path.stem)
def test_given_an_example_when_checked_then_it_is_repy(example: Path) -> None:
    assert violations_of(example.read_text(), example.name) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_given_a_page_when_its_links_to_files_are_followed_then_each_is_there(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_given_the_architecture_when_its_files_are_looked_for_then_each_is_there() -> None:
    rows = re.findall(r"^\| [^|]* \| ([^|]*) \|", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE)
    missing: list[Any] = []
    for row in rows:
        folder = ROOT
        for name in re.findall(r"`([^`]+)`", row):
            path = ROOT / name if (ROOT / name).exists() else folder / name
            missing += [] if path.exists() else [name]
            folder = path if path.is_dir() else path.parent
    assert rows
    assert missing == []


FOR_PYTHON_PROGRAMMERS = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs/repy-for-python-programmers.md").read_text(), re.DOTALL
)


@pytest.mark.parametrize("example", FOR_PYTHON_PROGRAMMERS, ids=lambda text: text.splitlines()[0])
def test_given_an_example_for_python_programmers_when_run_then_it_prints_what_stands_beside_its_lines(
    check: Check, example: str
) -> None:
    assert check(example).splitlines() == re.findall(r"  #: (.*)", example)
    assert "#:" in example
