"""The tutorial and the cookbook, followed to the letter by somebody who has nothing but a clone."""

from pathlib import Path

import pytest
from tests.docs.newcomer import ROOT, Newcomer, fits
from tests.installer.making import bundle_of
from tests.shell.terminal import needs_tmux


@needs_tmux
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/first-program.md",
        "docs/cookbook.md",
        pytest.param("docs/educators-guide.md", marks=pytest.mark.soak),  # five students take a minute
        "examples/README.md",
        "examples/demokit/README.md",
    ],
)
def test_given_a_newcomer_when_they_follow_a_page_then_all_comes_as_it_says(tmp_path: Path, page: str) -> None:
    newcomer = Newcomer(tmp_path)
    try:
        newcomer.follow(ROOT / page)
    finally:
        newcomer.close()


@needs_tmux
@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_given_a_fresh_clone_when_the_tutorial_is_followed_from_its_first_line_then_all_comes_as_it_says(
    tmp_path: Path,
) -> None:
    newcomer = Newcomer(tmp_path, fresh=True)
    try:
        newcomer.follow(ROOT / "docs" / "first-program.md")
    finally:
        newcomer.close()


@pytest.mark.parametrize(
    ("printed", "pattern", "same"),
    [
        ("a  b\n", "a b", True),
        ("a 17 b\nc\n", "a ... b\nc\n", True),
        ("first\nsecond\nlast\n", "...\nlast\n", True),
        ("last\n", "...\nlast\n", True),
        ("a c\n", "a b\n", False),
        ("a b\nmore\n", "a b\n", False),
    ],
)
def test_given_what_a_page_shows_when_it_is_held_against_what_came_then_dots_stand_for_anything(
    printed: str, pattern: str, same: bool
) -> None:
    assert fits(printed, pattern) is same


def test_given_release_managers_when_they_follow_their_guide_then_all_comes_as_it_says(tmp_path: Path) -> None:
    newcomer = Newcomer(tmp_path)
    (newcomer.clone / "dist").mkdir()
    bundle_of(newcomer.clone / "dist" / "seattle.bundle", "1.4.0", {"seattle/__init__.py": ""})  # `make release`
    try:
        newcomer.follow(ROOT / "docs" / "release-managers-guide.md")
    finally:
        newcomer.close()
