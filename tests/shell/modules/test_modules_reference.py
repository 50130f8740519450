"""The page about the modules that come with the shell."""

from pathlib import Path

from seattle.shell.modules.reference import fill_in

PAGE = Path(__file__).parents[3] / "docs" / "seash-bundled-modules.md"


def test_given_the_page_in_docs_then_it_says_what_the_modules_say() -> None:
    text = PAGE.read_text()
    told = "run `python -m seattle.shell.modules.reference docs/seash-bundled-modules.md`"
    assert fill_in(text) == text, told
