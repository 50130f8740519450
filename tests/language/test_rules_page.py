"""The page in the documentation is the one that the rules make."""

from pathlib import Path

from seattle.repy.language.rules import EXPLANATIONS
from seattle.repy.language.rules_page import rules_page

PAGE = Path(__file__).parents[2] / "docs" / "repy-rules.md"


def test_given_the_rules_when_the_page_is_made_then_it_is_the_one_in_the_documentation() -> None:
    assert PAGE.read_text() == rules_page(), "write it anew: repy check --rules >docs/repy-rules.md"


def test_given_the_rules_when_the_page_is_made_then_each_has_its_section() -> None:
    page = rules_page()
    assert all(f"\n## {code}: " in page for code in EXPLANATIONS)
