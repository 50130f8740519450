"""The web server and the chat in a real browser."""

import os
import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from tests.browsers import CHROMIUM, NO_CHROMIUM
from tests.examples.conftest import BOUND, StartOn

from seattle.client import Run

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)

NewPage = Callable[[Run], Page]


@pytest.fixture
def open_page() -> Iterator[NewPage]:
    """A window of its own on what a program serves, at the address in its first line."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=os.geteuid() != 0)

        def open_page(run: Run) -> Page:
            found = re.search(r"http://\S+", next(run.follow()).text)
            assert found is not None
            page = browser.new_page()
            page.goto(found[0])
            return page

        yield open_page
        browser.close()


def test_given_a_browser_when_a_visitor_follows_links_and_writes_on_the_wall_then_all_of_it_is_shown(
    start_on: StartOn, open_page: NewPage
) -> None:
    page = open_page(start_on(0, "web/web_server.py", files={"page.html": b"<h1>a page of mine</h1>"}))
    page.get_by_role("link", name="page.html").click()
    expect(page.get_by_role("heading")).to_have_text("a page of mine")
    page.go_back()
    page.get_by_role("link", name="thewall.html").click()
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Comment").fill("<b>no</b>")
    page.get_by_role("button", name="Write").click()
    expect(page.get_by_text("letters and digits, and nothing else")).to_be_visible()
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Comment").fill("hello5")
    page.get_by_role("button", name="Write").click()
    expect(page.get_by_role("listitem")).to_have_text(["Ada: hello5"])


def test_given_two_browsers_when_their_users_talk_then_each_reads_it_in_their_own_way(
    start_on: StartOn, open_page: NewPage
) -> None:
    server = next(start_on(0, "web/chat_server.py").follow()).text.removeprefix("chat at ")
    ada = open_page(start_on(1, "web/chat_page.py", server, "Ada"))
    bob = open_page(start_on(2, "web/chat_page.py", server, "Bob", "pig-latin"))
    ada.get_by_label("Your line").fill("good morning")
    ada.get_by_role("button", name="Say").click()
    look_until_shown(ada, "Bob is here")
    bob.get_by_label("Your line").fill("ood-gay orning-may, Ada")
    bob.get_by_role("button", name="Say").click()
    look_until_shown(bob, "Ada: ood-gay orning-may")
    look_until_shown(ada, "Bob: good morning, Ada")


def look_until_shown(page: Page, text: str) -> None:
    """The chat takes a moment to tell everybody, and a page shows what is there when it is looked at."""
    deadline = time.monotonic() + BOUND
    while not page.get_by_role("listitem").filter(has_text=text).count():
        assert time.monotonic() < deadline, page.content()
        page.get_by_role("link", name="Look again").click()
