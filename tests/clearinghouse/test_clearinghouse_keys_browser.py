"""A key pair made in a real browser: what is saved is a key, and what is sent is its public half alone."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, sync_playwright
from tests.clearinghouse.conftest import DATABASE, PASSWORD

from seattle.clearinghouse.accounts import services
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.config import SiteSettings
from seattle.identity.files import load_key_pair
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_private, format_public_line

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here; Debian's package is `chromium`"),
    pytest.mark.skipif(DATABASE != "sqlite", reason="a browser tells no databases apart: once, on SQLite"),
]


@pytest.fixture
def alice(transactional_db: None, new_user: Callable[..., User]) -> User:
    return new_user("alice")


@pytest.fixture
def page(live_server: Any, settings: Any, alice: User) -> Iterator[Page]:
    """A page in which alice is signed in."""
    settings.SITE = SiteSettings(url=live_server.url)
    # Playwright's loop runs in this thread, and Django would take it for one of its own.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=os.geteuid() != 0)
        page = browser.new_page(base_url=live_server.url, accept_downloads=True)
        page.goto("/account/login/")
        page.get_by_label(re.compile("^(Login|Username)")).fill("alice")
        page.get_by_label(re.compile("^Password")).fill(PASSWORD)
        page.locator("main").get_by_role("button", name="Sign in").click()
        page.goto("/account/keys/")
        yield page
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def test_given_a_browser_when_it_makes_a_key_then_the_file_is_the_key_and_the_site_gets_its_public_half_alone(
    page: Page, alice: User, tmp_path: Path
) -> None:
    sent: list[Request] = []
    complaints: list[str] = []
    page.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - playwright wants a function
    page.on("console", lambda message: complaints.append(message.text))
    page.get_by_role("link", name="Make one in this browser").click()
    page.get_by_label("Where will you keep it?").fill("my laptop")
    page.get_by_role("button", name="Make a key pair").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save the private half as a file").click()
    file = tmp_path / "seattle-key"
    download.value.save_as(file)
    file.chmod(0o600)
    page.get_by_role("button", name="I have saved it: add the public half").click()
    page.get_by_text("my laptop").first.wait_for()

    saved = load_key_pair(file)
    assert services.active_keys(alice).get(key_id=saved.id).label == "my laptop"
    told = subprocess.run(["ssh-keygen", "-y", "-f", str(file)], capture_output=True, text=True, check=True).stdout
    assert told.split()[:2] == format_public_line(saved.public).split()
    secrets = {saved.seed.hex(), *file.read_text().splitlines()[1:-1]}
    for request in sent:
        seen = f"{request.url} {request.headers} {request.post_data or ''}"
        assert not any(secret in seen for secret in secrets)
        assert request.url.startswith((page.url.split("/account")[0], "blob:"))
    assert complaints == []


def test_given_a_private_key_when_it_is_pasted_in_a_browser_then_it_is_not_sent(page: Page) -> None:
    sent: list[Request] = []
    page.goto("/account/keys/add/")
    page.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - playwright wants a function
    page.get_by_label("Public key").fill(format_private(KeyPair.generate()))
    page.get_by_role("button", name="Add this key").click()
    page.get_by_text("It was not sent").wait_for()
    assert page.get_by_label("Public key").input_value() == ""
    assert not [request for request in sent if request.method != "GET"]


def test_given_a_browser_without_ed25519_when_it_is_to_make_a_key_then_it_says_what_does(page: Page) -> None:
    page.add_init_script("crypto.subtle.generateKey = () => Promise.reject(new Error('NotSupportedError'))")
    page.goto("/account/keys/make/")
    page.get_by_role("button", name="Make a key pair").click()
    page.get_by_text("This browser can't make Ed25519 keys").wait_for()
