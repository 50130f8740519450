"""The status page in a real browser: by eye, by keyboard, on a phone, in the dark, and with what strangers write."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright
from tests.browsers import CHROMIUM, NO_CHROMIUM, TOO_FAINT
from tests.node.page_server import serving

from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair

Join = Callable[..., Awaitable[Any]]

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM),
]

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>" + "x" * 400
PAGES = ("", "journal", "runs/1", "nowhere")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=os.geteuid() != 0)
        yield browser
        await browser.close()


@pytest.fixture
async def address(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> AsyncIterator[str]:
    """The page of a node on which a hostile program has run, and another runs."""
    prepared = prepare(server.url)
    hands = (await join(user)).at((await start_node(prepared)).public)
    await hands.put(f"raise ValueError(callargs[0])  # {HOSTILE}")
    await hands.start_again(HOSTILE)
    await hands.follow()
    await hands.start("print('on')\nwhile True:\n    sleep(0.1)\n", HOSTILE)
    with serving(prepared.settings_file) as address:
        yield address


async def _watched(browser: Browser, **options: Any) -> tuple[Page, list[str]]:
    """A new page, and what goes wrong in it."""
    page = await browser.new_page(**options)
    wrong: list[str] = []
    page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("console", lambda message: wrong.append(f"console: {message.text}") if "404" not in message.text else None)
    page.on("request", lambda one: wrong.append(f"script: {one.url}") if one.resource_type == "script" else None)
    return page, wrong


async def test_given_hostile_text_when_a_browser_shows_it_then_nothing_runs_and_nothing_is_fetched_from_elsewhere(
    browser: Browser, address: str
) -> None:
    page, wrong = await _watched(browser)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        await page.goto(address + path)
        assert await page.locator("main script, main img").count() == 0
    assert wrong == []
    assert all(url.startswith(address) for url in asked)


async def test_given_light_or_dark_when_a_page_is_shown_then_all_text_can_be_read(
    browser: Browser, address: str
) -> None:
    for scheme, back in (("light", "rgb(246, 247, 249)"), ("dark", "rgb(16, 21, 28)")):
        page, _ = await _watched(browser, color_scheme=scheme)
        for path in PAGES:
            await page.goto(address + path)
            for details in await page.locator("details").all():
                await details.evaluate("one => { one.open = true }")
            assert await page.evaluate(TOO_FAINT) == []
            assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == back


async def test_given_a_phone_or_a_wide_screen_when_a_page_is_shown_then_it_fits_without_scrolling_sideways(
    browser: Browser, address: str
) -> None:
    page, _ = await _watched(browser)
    for path in PAGES:
        await page.goto(address + path)
        for width in (320, 768, 1600):
            await page.set_viewport_size({"width": width, "height": 800})
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


async def test_given_a_keyboard_alone_when_the_donor_finds_a_run_then_no_pointer_is_needed(
    browser: Browser, address: str
) -> None:
    page, _ = await _watched(browser, java_script_enabled=False)
    await page.goto(address)
    await page.keyboard.press("Tab")
    assert await page.locator(":focus").inner_text() == "Skip to content"
    for _ in range(2):
        await page.keyboard.press("Tab")
    assert await page.locator(":focus").inner_text() == "Journal"
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await page.get_by_label("Find a vessel").press_sequentially("v1")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert page.url == f"{address}journal?find=v1"
    assert await page.locator("tbody tr").count() == 2


async def test_given_a_program_that_runs_when_the_status_is_shown_then_every_gauge_has_a_name_and_its_amount(
    browser: Browser, address: str
) -> None:
    page, _ = await _watched(browser)
    await page.goto(address)
    memory = page.get_by_role("article", name="v1").get_by_role("meter", name="Memory")
    share = float(await memory.get_attribute("value") or 0)
    assert 0 < share < 1
    assert f"Memory: {round(100 * share)} %" == await memory.get_attribute("aria-label")
    box = await memory.bounding_box()
    assert box is not None
    assert box["width"] > 200
