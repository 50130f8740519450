"""The site in a real browser: from registering to releasing, by keyboard, without JavaScript, and every page by eye.

SEATTLE_SCREENSHOTS names a folder that pictures of all pages are kept in: wide and narrow, light and dark.
"""

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.browsers import CHROMIUM, NO_CHROMIUM, TOO_FAINT
from tests.clearinghouse.conftest import DATABASE, PASSWORD
from tests.clearinghouse.page_checks import what_is_wrong

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.accounts.services import make_api_key
from seattle.clearinghouse.fleet.donation_tokens import make_token
from seattle.clearinghouse.fleet.models import Donation, Node, Vessel
from seattle.clearinghouse.journal.models import Heartbeat
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind, Lease
from seattle.clearinghouse.statistics.models import Snapshot
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_public_line

NAME_OF_FOCUS = """() => {
  const one = document.activeElement;
  return one.labels?.[0]?.innerText || one.getAttribute("aria-label") || one.innerText || "";
}"""
# Buttons and badges that take more than two lines where there is room.
BROKEN_BUTTONS = """() => [...document.querySelectorAll("button, .button, .badge")]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height > 60).map((one) => one.innerText)"""
MOODS: tuple[tuple[dict[str, Any], bool, str], ...] = (
    ({}, True, ""),
    ({"online": False, "online_since": None}, False, "it is offline"),
    ({"holding_back": "somebody uses this computer now"}, False, "two computers at its address earn already"),
    ({"state": Node.State.NEW}, False, ""),
    ({"state": Node.State.BROKEN, "why": "it has other vessels than we know of"}, False, "it is out of use"),
)

NewUser = Callable[..., User]
NewNode = Callable[..., Node]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM),
    pytest.mark.skipif(
        DATABASE != "sqlite", reason="pages look the same on every database: they are looked at on SQLite"
    ),
    pytest.mark.django_db(transaction=True),
]

FOLDER = "SEATTLE_SCREENSHOTS"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
NARROWEST = 320  # pixels of a phone
LOOKS = ((1280, SCHEMES[0]), (390, SCHEMES[1]), (1280, SCHEMES[1]), (390, SCHEMES[0]))


@pytest.fixture
def browser(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """A browser; the site is served by threads of this process."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright's loop runs in the thread of the test
    cache.clear()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=os.geteuid() != 0)
        yield browser
        browser.close()


@contextmanager
def watched(browser: Browser, **options: Any) -> Iterator[tuple[BrowserContext, list[str]]]:
    """A window of somebody's, and what goes wrong in it: errors, violations of the security policy, other sites."""
    context = browser.new_context(**options)
    wrong: list[str] = []
    context.on("weberror", lambda error: wrong.append(f"error: {error.error}"))
    context.on("console", lambda message: wrong.append(f"console: {message.text}"))
    context.on("request", lambda one: None if "//localhost:" in one.url else wrong.append(f"elsewhere: {one.url}"))
    yield context, wrong
    context.close()


@contextmanager
def worker() -> Iterator[None]:
    """One who assigns what is ordered, a vessel at a time, as the real one does once nodes have answered."""
    done = threading.Event()

    def work() -> None:
        try:
            while not done.wait(0.2):
                lease = Lease.objects.filter(state=Lease.State.ASSIGNING).select_related("order", "vessel").first()
                if lease is not None and lease.vessel is not None:
                    Vessel.objects.filter(pk=lease.vessel.pk).update(keys_synced=True)
                    services.assigned(lease)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def sign_in(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/account/login/")
    page.get_by_label("Username or email").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/")


def say_password_again(page: Page) -> None:
    """If the site wants to be sure that it is still the same person."""
    if "reauthenticate" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button").click()


def be(context: BrowserContext, address: str, user: User) -> None:
    """Sign somebody in without a page, and so without their second factor."""
    client = Client()
    client.force_login(user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])


def operator(user: User) -> User:
    """With a second factor."""
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": ""})
    return user


def test_given_a_newcomer_when_they_register_add_a_key_and_get_vessels_then_they_see_them_arrive_and_can_use_them(
    browser: Browser, live_server: Any, new_node: NewNode, mailoutbox: list[EmailMessage]
) -> None:
    address = live_server.url
    for country in ("DE", "FR", "US", "JP"):
        new_node(country=country)
    with worker(), watched(browser) as (context, wrong):
        page = context.new_page()
        page.goto(address)
        page.get_by_role("link", name="Register").click()
        page.get_by_label("Username").fill("ada")
        page.get_by_label("Email").fill("ada@example.org")
        page.get_by_label("Affiliation").fill("Analytical Society")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("Password (again)").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button").click()
        page.wait_for_url(re.compile("confirm"))
        (path,) = re.findall(r"http://[^/]+(/\S+confirm-email\S+)", str(mailoutbox[0].body))  # of where users are told
        page.goto(f"{address}{path}")
        page.get_by_role("main").get_by_role("button").first.click()
        if "/login/" in page.url:
            sign_in(page, address, "ada")
        page.goto(address)
        assert "Your next step" in page.get_by_role("main").inner_text()

        page.get_by_role("link", name="add a key that you have").click()
        page.get_by_role("link", name="Add a key").click()
        say_password_again(page)
        key = KeyPair.generate().public
        page.get_by_label("Public key").fill(format_public_line(key))
        page.get_by_role("button", name="Add this key").click()
        page.wait_for_url(f"{address}/account/keys/")
        assert page.get_by_text(key.id, exact=True).is_visible()

        page.get_by_role("link", name="My vessels").click()
        page.get_by_label("How many").fill("3")
        page.get_by_label("Which").select_option("wan")
        page.get_by_role("button", name="Get vessels").click()
        page.evaluate("window.same = true")  # gone, if the page is loaded anew
        page.locator("#orders").get_by_text("Done").wait_for()
        page.locator("#held .badge.well").nth(2).wait_for()
        assert page.evaluate("window.same") is True
        page.get_by_text("Run something on it").first.click()
        lease = Lease.objects.earliest("pk")
        assert page.get_by_text(f"seattle run --on {lease.node_id[:9]}/v2 hello.py").is_visible()

        page.get_by_role("button", name=f"Renew {lease.node_id[:9]}/v2").click()
        page.get_by_text("Renewed for 168 hours from now: 1 vessel.").wait_for()
        page.get_by_role("button", name=f"Release {lease.node_id[:9]}/v2").click()
        page.get_by_text("Released: 1 vessel.").wait_for()
        page.get_by_role("link", name="Release all").click()
        page.get_by_role("button", name="Release all").click()
        page.get_by_text("You have no vessels.").wait_for()
        assert wrong == []
    assert not Lease.objects.filter(ended_at=None).exists()


def test_given_a_keyboard_alone_and_no_javascript_when_vessels_are_got_and_released_then_it_all_works(
    browser: Browser, live_server: Any, new_user: NewUser, new_node: NewNode
) -> None:
    for _ in range(2):
        new_node()
    new_user("ada")
    with watched(browser, java_script_enabled=False) as (context, wrong), ExitStack() as stack:
        page = context.new_page()
        sign_in(page, live_server.url, "ada")
        page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == "Skip to content"
        tab_to(page, "My vessels")
        enter(page)
        tab_to(page, "How many")
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("2")
        tab_to(page, "Which")
        page.keyboard.type("random")
        tab_to(page, "Get vessels")
        enter(page)
        assert page.locator("#orders").get_by_text("Being assigned").is_visible()
        stack.enter_context(worker())
        page.locator("#orders").get_by_text("Done").wait_for()  # the page loads itself anew until then
        tab_to(page, "Choose")
        page.keyboard.press("Space")
        tab_to(page, "Release chosen")
        enter(page)
        assert page.get_by_text("Released: 1 vessel.").is_visible()
        assert wrong == []
    assert Lease.objects.filter(ended_at=None).count() == 1


def test_given_a_phone_without_javascript_when_the_menu_is_opened_then_every_page_can_be_reached(
    browser: Browser, live_server: Any, new_user: NewUser
) -> None:
    new_user("ada")
    with watched(browser, java_script_enabled=False, viewport={"width": 390, "height": 800}) as (context, _):
        page = context.new_page()
        sign_in(page, live_server.url, "ada")
        assert not page.get_by_role("link", name="Donations", exact=True).first.is_visible()
        page.get_by_role("button", name="Menu").click()
        page.get_by_role("navigation", name="Pages").get_by_role("link", name="Donations").click()
        assert page.url == f"{live_server.url}/donations/"


def test_given_every_page_when_it_is_looked_at_wide_and_narrow_light_and_dark_then_it_fits_and_can_be_read(
    browser: Browser, live_server: Any, new_user: NewUser, new_node: NewNode, tmp_path: Path
) -> None:
    folder = Path(os.environ.get(FOLDER, tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    scene = much_has_happened(new_user("ada"), new_node)
    bad: list[Any] = []
    for name, paths in (("nobody", scene.public), ("ada", scene.private), ("operator", scene.desk)):
        with watched(browser) as (context, wrong):
            page = context.new_page()
            if name == "ada":
                sign_in(page, live_server.url, name)
            if name == "operator":
                be(context, live_server.url, operator(new_user(name, is_staff=True)))
            for file, path in paths.items():
                page.goto(live_server.url + path)
                bad += [(path, text) for text in what_is_wrong(page.content())]
                bad += [(path, *found) for found in look(page, folder / f"{name}-{file}")]
            bad += [text for text in wrong if "404 (Not Found)" not in text]
    assert bad == []


@dataclass(frozen=True)
class Scene:
    """Pages that have something to show: names of files, and addresses."""

    public: dict[str, str]
    private: dict[str, str]
    desk: dict[str, str]


def much_has_happened(user: User, new_node: NewNode) -> Scene:
    """Give a user vessels in every state, donations in every mood, keys, and the network a past."""
    now = timezone.now()
    for number, country in enumerate(("DE", "DE", "US", "US", "US", "US", "FR", "JP", "BR", "IN", "ZA", "AU")):
        new_node(
            vessels=2,
            country=country,
            asn=3320 + number % 3,
            as_name=("Deutsche Telekom AG", "A rather long name of a network, Inc.", "Orange S.A.")[number % 3],
            city="Springfield" if country == "US" else "",
            version="0.1.0",
            online_since=now - timedelta(hours=7 * number + 1),
        )
    order = services.acquire(user, Kind.WAN, 4)
    first, second, third, _ = order.leases.select_related("vessel").all()
    for lease in (first, second, third):
        services.assigned(lease)
    assert first.vessel is not None
    assert second.vessel is not None
    Vessel.objects.exclude(pk=second.vessel.pk).update(keys_synced=True)
    services.lost(first.vessel, "its node was set up anew")
    Lease.objects.filter(pk=second.pk).update(expires_at=now + timedelta(minutes=40))
    nodes = list(Node.objects.order_by("pk"))
    token = make_token(user, "the lab")
    for number, (fields, credited, why_not) in enumerate(MOODS):
        Node.objects.filter(pk=nodes[number].pk).update(first_seen_at=now - timedelta(days=9), **fields)
        Donation.objects.create(node=nodes[number], donor=user, credited=credited, why_not=why_not)
    make_api_key(user, "notebook")
    Heartbeat.objects.create(worker="w1", started_at=now, at=now)
    Snapshot.objects.bulk_create(
        Snapshot(
            at=now - timedelta(minutes=30 * number),
            keep=Snapshot.Keep.SHORT,
            nodes_online=40 + number * 7 % 11,
            nodes_in_use=37 + number * 5 % 11,
            vessels_free=170 + number * 13 % 41,
            vessels_held=20 + number * 3 % 17,
        )
        for number in range(300)
        if not 100 < number < 120
    )
    return Scene(
        public={
            "home": "/",
            "network": "/network/",
            "help": "/help/",
            "status": "/status/",
            "donate": f"/donate/{token.token}/",
            "login": "/account/login/",
            "register": "/account/signup/",
            "reset": "/account/password/reset/",
            "api": "/api/v1/docs",
            "missing": "/nowhere/",
        },
        private={
            "home": "/",
            "vessels": "/vessels/",
            "order": f"/vessels/orders/{order.pk}/",
            "release-all": "/vessels/release-all/",
            "donations": "/donations/",
            "ledger": "/ledger/",
            "profile": "/account/profile/",
            "keys": "/account/keys/",
            "add-key": "/account/keys/add/",
            "make-key": "/account/keys/make/",
            "api-keys": "/account/api-keys/",
            "email": "/account/email/",
            "sessions": "/account/sessions/",
            "second-factor": "/account/2fa/",
            "delete": "/account/delete/",
        },
        desk={
            "desk": "/desk/",
            "users": "/desk/users/",
            "user": f"/desk/users/{user.username}/",
            "cut-offs": "/desk/cut-offs/",
            "log": "/desk/log/",
        },
    )


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of this name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(NAME_OF_FOCUS).strip().startswith(name):
            return
    raise AssertionError(f"no way leads to {name} by Tab")


def enter(page: Page) -> None:
    """Press Enter, and wait for the next page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def look(page: Page, file: Path) -> Iterator[tuple[Any, ...]]:
    """Take pictures of a page, all its details open, and find what can't be read or does not fit."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        faint = page.evaluate(TOO_FAINT)
        if faint:
            yield scheme, faint
    for width, scheme in LOOKS if FOLDER in os.environ else LOOKS[:2]:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=f"{file}-{width}-{scheme}.png", full_page=True)
        if width == LOOKS[0][0] and (broken := page.evaluate(BROKEN_BUTTONS)):
            yield "broken", broken
    page.set_viewport_size({"width": NARROWEST, "height": 900})
    needed = page.evaluate("document.documentElement.scrollWidth")
    if needed > NARROWEST:
        yield "wide", needed
