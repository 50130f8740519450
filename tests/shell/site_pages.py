"""What the walk does in a browser: in Chromium where there is one, else by asking what stands behind the pages."""

import os
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Final, Protocol

from playwright.sync_api import Page, sync_playwright
from tests.browsers import CHROMIUM

import seattle
from seattle.client import Profile, Testbed
from seattle.testbed.visitor import Visitor

BOUND: Final = 60.0  # seconds; far more than anything takes

Table = list[list[str]]  # rows of cells, without tags


class SitePages(Protocol):
    """The site and what vessels serve, as somebody with a browser sees them."""

    def get(self, count: int, kind: str) -> None:
        """Get vessels, and wait until the site says that they are there."""

    def remove_all(self) -> None:
        """Give all vessels back."""

    def look_at(self, url: str) -> str:
        """The page that a vessel serves, as HTML."""


@contextmanager
def open_pages(url: str, visitor: Visitor, profile: Profile) -> Iterator[SitePages]:
    """The site, with its user signed in."""
    if CHROMIUM is None:
        with seattle.connect(profile) as testbed:
            yield _Calls(testbed)
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=os.geteuid() != 0)
        page = browser.new_context(base_url=url).new_page()
        page.set_default_timeout(BOUND * 1000)
        yield _Chromium(page, visitor)
        browser.close()


def rows_of(page: str) -> Table:
    """The cells of the first table of a page."""
    rows = page.partition("<table>")[2].partition("</table>")[0].split("<tr>")[1:]
    return [[unescape(cell) for cell in re.findall(r"<t[hd]>(.*?)</t[hd]>", row)] for row in rows]


class _Chromium:
    def __init__(self, page: Page, visitor: Visitor) -> None:
        self._page = page
        self._vessels = page.context.new_page()
        page.goto("/account/login/")
        page.get_by_label("Username or email").fill(visitor.username)
        page.get_by_label("Password").fill(visitor.password)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="My vessels").click()

    def get(self, count: int, kind: str) -> None:
        self._page.get_by_label("How many").fill(str(count))
        self._page.get_by_label("Which").select_option(kind)
        self._page.get_by_role("button", name="Get vessels").click()
        self._page.locator("#held .badge.well").nth(count - 1).wait_for()

    def remove_all(self) -> None:
        self._page.get_by_role("link", name="Release all").click()
        self._page.get_by_role("button", name="Release all").click()
        self._page.get_by_text("You have no vessels.").wait_for()

    def look_at(self, url: str) -> str:
        self._vessels.goto(url)
        return self._vessels.content()


class _Calls:
    def __init__(self, testbed: Testbed) -> None:
        self._testbed = testbed

    def get(self, count: int, kind: str) -> None:
        assert len(self._testbed.acquire(count, kind=kind)) == count

    def remove_all(self) -> None:
        self._testbed.browse().release().raise_for_failures()

    def look_at(self, url: str) -> str:
        with urllib.request.urlopen(url, timeout=BOUND) as answer:
            return str(answer.read().decode())
