"""A newcomer with a browser on a real testbed: registers, brings a key, gets vessels, and runs what a page says."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright
from tests.browsers import CHROMIUM, NO_CHROMIUM

from seattle.testbed import LocalTestbed, Size

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)]

PASSWORD = "a spoon, a fork and 2 knives"
PATIENCE = 60.0  # seconds for a command


class Terminal:
    """A newcomer's computer: commands in a folder with a program, and a configuration of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._environment = {"HOME": str(home), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        (home / "hello.py").write_text("print('hello from', getthreadname())\n")

    async def start(self, command: str) -> asyncio.subprocess.Process:
        """A command, as somebody types or pastes it."""
        pipe = asyncio.subprocess.PIPE
        words = command.split()
        return await asyncio.create_subprocess_exec(
            *words, env=self._environment, cwd=self.home, stdout=pipe, stderr=pipe
        )

    async def run(self, command: str) -> str:
        """What it prints; it must end well."""
        process = await self.start(command)
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return out.decode()


@asynccontextmanager
async def window() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=os.geteuid() != 0)
        yield await browser.new_page()
        await browser.close()


async def register(page: Page, site: str) -> None:
    await page.goto(site)
    await page.get_by_role("link", name="Register").click()
    await page.get_by_label("Username").fill("ada")
    await page.get_by_label("Email").fill("ada@example.org")
    await page.get_by_label("Affiliation").fill("Analytical Society")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Password (again)").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button").click()
    await page.wait_for_url(f"{site}/")


async def log_in(terminal: Terminal, page: Page, site: str) -> None:
    """`seattle login`, and the approval of its key on the page that it names."""
    waiting = await terminal.start(f"seattle login {site} --no-browser")
    assert waiting.stderr is not None
    async with asyncio.timeout(PATIENCE):
        while not (said := re.search(rf"{site}/account/approve/\S+", (await waiting.stderr.readline()).decode())):
            assert waiting.returncode is None
    await page.goto(said.group())
    if "reauthenticate" in page.url:
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("main").get_by_role("button").click()
    await page.get_by_role("button", name="Approve").click()
    async with asyncio.timeout(PATIENCE):
        assert await waiting.wait() == 0


async def test_given_a_newcomer_when_they_get_three_vessels_and_paste_the_command_that_is_shown_then_it_runs_there(
    tmp_path: Path,
) -> None:
    async with (
        LocalTestbed(tmp_path / "testbed", Size(nodes=3, vessels=1), clearinghouse=True) as testbed,
        window() as page,
    ):
        assert testbed.site is not None
        terminal = Terminal(tmp_path)
        await register(page, testbed.site.url)
        await log_in(terminal, page, testbed.site.url)

        await page.get_by_role("link", name="My vessels").click()
        await page.get_by_label("How many").fill("3")
        await page.get_by_label("Which").select_option("wan")
        await page.get_by_role("button", name="Get vessels").click()
        await page.locator("#orders").get_by_text("Done").wait_for()
        await page.locator("#held .badge.well").nth(2).wait_for()

        await page.get_by_text("Run something on it").first.click()
        command = await page.locator("code.command").first.inner_text()
        assert command.startswith("seattle run --on ")
        assert "hello from" in await terminal.run(command)
        assert len((await terminal.run("seattle run hello.py")).splitlines()) == 3

        await page.get_by_role("button", name="Renew all").click()
        await page.get_by_text(": 3 vessels.").wait_for()
        await page.get_by_role("link", name="Release all").click()
        await page.get_by_role("button", name="Release all").click()
        await page.get_by_text("You have no vessels.").wait_for()
        await testbed.site.wait_until_divided()  # all three are clean again, and to be had
