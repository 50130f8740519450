"""The builder in a real browser: by mouse, by keyboard, without JavaScript, and by eye."""

import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request
from tests.browsers import CHROMIUM, NO_CHROMIUM
from tests.clearinghouse.conftest import DATABASE
from tests.clearinghouse.page_checks import what_is_wrong
from tests.clearinghouse.releases import Foundry, foundry
from tests.clearinghouse.test_clearinghouse_browser import FOLDER, be, browser, enter, look, tab_to, watched

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.builds import services
from seattle.clearinghouse.builds.layout import Layout, Part, Person
from seattle.clearinghouse.builds.models import Build
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_public_line, parse_private

NewUser = Callable[..., User]

__all__ = ["browser"]  # the fixture of the other pages' tests

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM),
    pytest.mark.skipif(
        DATABASE != "sqlite", reason="pages look the same on every database: they are looked at on SQLite"
    ),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def site(settings: Any, live_server: Any, tmp_path: Path) -> Foundry:
    site = foundry(settings, tmp_path)
    site.site(url=live_server.url)
    return site


def unzipped(file: Path) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def saved(page: Page, name: str) -> Path:
    """What is saved when the link of this name is followed."""
    with page.expect_download() as download:
        page.get_by_role("link", name=name).click()
    return Path(download.value.path())


def test_given_a_mouse_when_vessels_are_laid_out_then_the_keys_are_made_here_and_the_installer_can_be_had(
    browser: Browser, live_server: Any, site: Foundry, new_user: NewUser
) -> None:
    sent: list[str] = []

    def note(request: Request) -> None:
        sent.append(request.post_data or "")

    with watched(browser, viewport={"width": 1280, "height": 1400}, accept_downloads=True) as (context, wrong):
        be(context, live_server.url, new_user("ada"))
        page = context.new_page()
        page.on("request", note)
        page.goto(f"{live_server.url}/builder/")
        page.get_by_role("button", name="Add a user").click()
        page.locator("#person-1-name").fill("bob")
        page.get_by_role("button", name="Add a vessel").click()
        page.locator("#vessel-1-percent").wait_for()
        assert page.locator("#person-1-name").input_value() == "bob"
        drag_border(page, tens=-2)
        assert page.locator("#vessel-0-percent").input_value() == "20"
        assert page.locator("#total").inner_text() == "80 % of 80 % given."
        grip = page.locator(".person[data-place='1'] .grip")
        grip.drag_to(page.locator(".vessel[data-place='1']"))
        grip.drag_to(page.locator(".vessel[data-place='0']"))
        assert page.locator("#vessel-1-owner").input_value() == "1"
        assert page.locator("[name='vessel-0-user'][value='1']").is_checked()
        page.get_by_label("Name of this build").fill("class")
        page.get_by_role("button", name="Build", exact=True).click()
        keys = unzipped(saved(page, "Save the private keys"))
        assert list(keys) == ["bob", "bob.pub"]
        page.get_by_role("button", name="Build", exact=True).click()
        page.get_by_text("Being signed").wait_for()
        site.sign()
        page.get_by_role("link", name="Download seattle-node-1.0-class.pyz").wait_for()  # by itself
        assert saved(page, "Download seattle-node").stat().st_size == Build.objects.get(name="class").file_size
        assert wrong == []
    build = Build.objects.get(name="class")
    assert [(part.percent, part.owner, part.users) for part in services.parts_of(build)] == [
        (20, "ada", ("bob",)),
        (60, "bob", ()),
    ]
    assert build.key_of["bob"] == format_public_line(parse_private(keys["bob"]).public)
    assert keys["bob.pub"] == f"{build.key_of['bob']} bob\n"
    assert not any("PRIVATE" in one for one in sent)


def drag_border(page: Page, *, tens: int) -> None:
    """Pull the first border so many tenths of the bar to the right."""
    box = page.locator("#border-0").bounding_box()
    bar = page.locator("#bar").bounding_box()
    assert box is not None
    assert bar is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + tens * bar["width"] / 10, y, steps=8)
    page.mouse.up()


def test_given_a_keyboard_when_vessels_are_laid_out_then_borders_move_by_arrows(
    browser: Browser, live_server: Any, site: Foundry, new_user: NewUser
) -> None:
    with watched(browser) as (context, wrong):
        be(context, live_server.url, new_user("ada"))
        page = context.new_page()
        page.goto(f"{live_server.url}/builder/")
        tab_to(page, "Add a vessel")
        page.keyboard.press("Enter")
        page.locator("#vessel-1-percent").wait_for()
        page.locator("h1").click()
        tab_to(page, "Border of vessels 1 and 2")
        page.keyboard.press("ArrowRight")
        border = page.locator("#border-0")
        assert border.get_attribute("aria-valuetext") == "50 % and 30 %"
        page.keyboard.press("End")
        assert border.get_attribute("aria-valuetext") == "70 % and 10 %"
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Home")
        assert border.get_attribute("aria-valuetext") == "10 % and 70 %"
        tab_to(page, "Build")
        enter(page)
        assert wrong == []
    assert [part.percent for part in services.parts_of(Build.objects.get())] == [10, 70]


def test_given_a_keyboard_and_no_javascript_when_an_installer_is_built_then_it_all_works(
    browser: Browser, live_server: Any, site: Foundry, new_user: NewUser
) -> None:
    with watched(browser, java_script_enabled=False, accept_downloads=True) as (context, wrong):
        be(context, live_server.url, new_user("ada"))
        page = context.new_page()
        page.goto(f"{live_server.url}/builder/")
        tab_to(page, "Add a user")
        enter(page)
        page.locator("#person-1-name").focus()
        page.keyboard.type("bob")
        tab_to(page, "Add a vessel")
        enter(page)
        page.locator("#vessel-1-owner").focus()
        page.keyboard.type("bob")
        tab_to(page, "Build")
        enter(page)
        keys = unzipped(saved(page, "Save private_keys.zip"))
        page.get_by_role("link", name="I have saved them").click()
        site.sign()
        page.get_by_role("link", name="Download seattle-node").wait_for()  # the page loads itself anew
        assert page.get_by_role("img", name="QR code").is_visible()
        assert wrong == []
    build = Build.objects.get(kind=Build.Kind.CUSTOM)
    assert build.key_of["bob"] == format_public_line(parse_private(keys["bob"]).public)


def test_given_keys_that_were_not_saved_when_the_form_changes_then_they_are_still_there(
    browser: Browser, live_server: Any, site: Foundry, new_user: NewUser
) -> None:
    with watched(browser, accept_downloads=True) as (context, wrong):
        be(context, live_server.url, new_user("ada"))
        page = context.new_page()
        page.goto(f"{live_server.url}/builder/")
        page.locator("#person-0-name").fill("eve")
        page.locator("#person-0-key").fill("")
        page.get_by_role("button", name="Build", exact=True).click()
        page.get_by_role("link", name="Save the private keys").wait_for()
        page.get_by_role("button", name="Add a vessel").click()
        page.locator("#vessel-1-percent").wait_for()
        page.get_by_role("button", name="Build", exact=True).click()
        assert list(unzipped(saved(page, "Save the private keys"))) == ["eve", "eve.pub"]
        with page.expect_navigation():
            page.get_by_role("button", name="Build", exact=True).click()
        assert re.search("/builds/[a-z0-9]{40}/$", page.url)
        assert wrong == []


def test_given_the_builders_pages_when_they_are_looked_at_wide_and_narrow_light_and_dark_then_they_fit(
    browser: Browser, live_server: Any, site: Foundry, new_user: NewUser, tmp_path: Path
) -> None:
    folder = Path(os.environ.get(FOLDER, tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    ada = new_user("ada")
    people = tuple(Person(name, format_public_line(KeyPair.generate().public)) for name in ("ann", "bob", "carol_2"))
    parts = (Part(30, "ann", ("bob", "carol_2")), Part(30, "bob"), Part(10, "carol_2", ("ann",)), Part(10, "ann"))
    build = services.build(Layout(people, parts, "lecture-2027"), planner=ada).build
    waiting = services.build(Layout(people, parts), planner=ada).build
    site.sign()
    Build.objects.filter(pk=waiting.pk).update(state=Build.State.REFUSED, why="it can't be installed so: too large")
    bad: list[Any] = []
    paths = {
        "builder": f"/builder/?like={build.build_id}",
        "build": f"/builds/{build.build_id}/",
        "refused": f"/builds/{waiting.build_id}/",
        "builds": "/builds/",
        "download": "/download/",
    }
    with watched(browser) as (context, wrong):
        be(context, live_server.url, ada)
        page = context.new_page()
        for file, path in paths.items():
            page.goto(live_server.url + path)
            bad += [(path, text) for text in what_is_wrong(page.content())]
            bad += [(path, *found) for found in look(page, folder / f"ada-{file}")]
        page.goto(live_server.url + paths["builder"])
        page.locator("#vessel-3-percent").select_option("20")
        page.locator("#person-1-key").fill("ssh-rsa AAAA")
        page.get_by_role("button", name="Build", exact=True).click()
        page.get_by_role("alert").wait_for()
        bad += [("wrong", *found) for found in look(page, folder / "ada-builder-wrong")]
        bad += [text for text in wrong if "400 (Bad Request)" not in text]
    with watched(browser, java_script_enabled=False) as (context, _):
        be(context, live_server.url, ada)
        page = context.new_page()
        page.goto(f"{live_server.url}/builder/")
        page.locator("#person-0-key").fill("")
        with page.expect_navigation():
            page.get_by_role("button", name="Build", exact=True).click()
        bad += [("pairs", text) for text in what_is_wrong(page.content())]
        page.screenshot(path=folder / "ada-pairs-1280.png", full_page=True)
    assert bad == []
