"""What notebooks show: everything that others wrote is text there, whatever it looks like."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import seattle
from seattle.client import Answer, Answers, Failure, Place, Results, Success
from seattle.client.errors import NoSuchVessel
from seattle.client.html import MOST_ROWS
from seattle.client.profile import Profile
from seattle.fabric.node_api import RunOutcome
from seattle.identity.keys import KeyPair

World = Any  # of conftest.py, which tests don't import

EVIL = "<script>alert(1)</script><img src=x onerror='alert(1)'>\"'&</table>\N{RIGHT-TO-LEFT OVERRIDE}"
HERE = Place("U" + "A" * 55, "v1")
OURS = {"table", "caption", "tr", "th", "td", "bdi"}


class Seen(HTMLParser):
    """The tags, their attributes and the text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[Any] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(html: str) -> str:
    """The text of a table of ours, in which there is nothing but tables."""
    found = Seen(html)
    assert found.tags <= OURS
    assert found.attributes == []
    assert html.count("</table>") == 1
    return found.text


@pytest.mark.parametrize("value", [EVIL, EVIL.encode(), RunOutcome(kind=EVIL, detail=EVIL)])
def test_given_results_with_markup_in_them_when_shown_then_it_is_text(value: object) -> None:
    results: Results[object] = Results([Success(HERE, value), Failure.of(HERE, NoSuchVessel(EVIL))])
    text = seen(results._repr_html_())
    assert text.count("<script>alert(1)</script>") >= 2
    assert "1 ok, 1 failed" in text


def test_given_answers_with_markup_in_them_when_shown_then_it_is_text() -> None:
    answers = Answers([Answer(index=0, input=EVIL, end=RunOutcome(kind="exited", detail=EVIL), output=EVIL)])
    assert seen(answers._repr_html_()).count("<script>") == 3


def test_given_very_much_when_shown_then_the_table_is_short_and_says_so() -> None:
    html = Results([Success(HERE, "x" * 10_000)] * 5000)._repr_html_()
    assert len(html) < 60_000
    assert f"of which {MOST_ROWS} are shown" in seen(html)


def test_given_vessels_and_a_run_of_a_node_that_writes_markup_when_shown_then_it_is_text(
    world: World, alice: KeyPair, profile: Profile, tmp_path: Path
) -> None:
    node = world.node(alice, "v1")
    with seattle.connect(profile) as testbed:
        vessels = testbed.browse()
        vessels.put(b"fail", "p.py")
        run = vessels.start("p.py")
        node.act(node.vessels["v1"].end, RunOutcome(kind="exception", detail=EVIL))
        run.wait()
        assert EVIL in seen(run._repr_html_())
        assert EVIL in seen(testbed.browse()._repr_html_())
        assert repr(run) == "<Run on 1 vessels: 1 have ended>"
        missing = vessels.start("missing.py")
        missing.wait()
        assert repr(missing) == "<Run on 1 vessels: 0 have ended, 1 could not be started or followed>"
        assert "of which 0 are known to have ended" in missing._repr_html_()
