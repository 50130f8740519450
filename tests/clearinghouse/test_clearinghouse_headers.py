"""What a browser may do with our pages: headers, cookies, and no script or style but from files, on every page."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone
from tests.clearinghouse.conftest import DATABASE
from tests.clearinghouse.page_checks import what_is_wrong
from tests.clearinghouse.site_process import PATIENCE, new_site

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.fleet.models import Node
from seattle.clearinghouse.journal.models import Heartbeat
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.models import Kind

MOST_PAGES = 150
ENDS_IT = ("/account/logout/",)
NOT_OURS = ("/admin/",)  # Django makes these
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Page(HTMLParser):
    """What a page links to, and what in it the Content-Security-Policy forbids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forbidden: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.forbidden += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        if (tag == "script" and "src" not in given and given.get("type") != "application/json") or tag == "style":
            self.forbidden.append(f"<{tag}>")
        for name in ("href", "src", "action", "formaction"):
            target = given.get(name, "")
            if target.lower().startswith("javascript:") or (tag in ("script", "link") and urlsplit(target).netloc):
                self.forbidden.append(f"<{tag} {name}={target}>")
        if tag == "a" and "href" in given:
            self.links.append(given["href"])


@pytest.fixture
def world(new_user: Callable[..., User], new_node: Callable[..., Node]) -> User:
    """Somebody with a vessel, who is an operator, and has a second factor; and a worker that lives."""
    user = new_user("operator", is_staff=True, is_superuser=True)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "unused"})
    new_node()
    Heartbeat.objects.create(worker="w1", started_at=timezone.now(), at=timezone.now())
    leases.acquire(user, Kind.RANDOM, 1)
    return user


def crawl(client: Client, start: str = "/") -> dict[str, Page]:
    """Every page that can be reached by links from `start`, each path once."""
    found: dict[str, Page] = {}
    ahead = [start]
    while ahead and len(found) < MOST_PAGES:
        path = ahead.pop(0)
        if path in found or path.startswith(ENDS_IT):
            continue
        answer = client.get(path)
        assert answer.status_code != 500, path  # one may say that no worker is there (503)
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        page = found[path] = Page(answer.content.decode())
        assert not page.forbidden, f"{path}: {page.forbidden}"
        if answer.status_code == 200 and not path.startswith(NOT_OURS):
            assert not what_is_wrong(answer.content.decode()), path
        for name, value in ALWAYS.items():
            assert answer.headers.get(name) == value, f"{path}: {name}"
        assert "camera=()" in answer.headers["Permissions-Policy"]
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        onward = [*page.links, answer.headers.get("Location", path)]
        links = (urlsplit(urljoin(path, link)) for link in onward)
        ahead += [link.path for link in links if not link.netloc and link.scheme in ("", "http", "https")]
    return found


def test_given_every_page_for_strangers_when_crawled_then_each_is_bound_by_the_policy(world: User) -> None:
    assert {"/", "/account/login/", "/account/signup/"} <= set(crawl(Client()))


def test_given_every_page_for_operators_when_crawled_then_each_is_bound_by_the_policy(world: User) -> None:
    client = Client()
    client.force_login(world)
    found = crawl(client)
    assert "/" in found
    assert {"/desk/", "/desk/cut-offs/", "/desk/log/", "/desk/users/"} <= set(crawl(client, "/desk/"))


def test_given_a_page_of_somebody_signed_in_then_no_cache_keeps_it(world: User) -> None:
    client = Client()
    client.force_login(world)
    assert "no-store" in client.get("/desk/").headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/nothing/", "/account/nothing/", "/desk/users/nobody/"])
def test_given_a_page_that_is_not_there_then_its_answer_is_bound_too(world: User, path: str) -> None:
    client = Client()
    client.force_login(world)
    answer = client.get(path)
    assert answer.status_code == 404
    assert not Page(answer.content.decode()).forbidden
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:80@evil.example", "[::1", ""])
def test_given_another_name_in_the_host_header_then_the_request_is_refused(db: None, host: str) -> None:
    answer = Client().get("/account/password/reset/", headers={"host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()


@pytest.mark.parametrize(
    "origin", ["null", "http://testserver.evil.example", "http://testserver:81", "https://testserver"]
)
def test_given_a_form_with_the_right_token_when_its_page_was_of_another_origin_then_it_is_refused(
    new_user: Callable[..., User], origin: str
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(new_user("alice"))
    token = client.get("/account/profile/").context["csrf_token"]
    form = {"affiliation": "Elsewhere", "csrfmiddlewaretoken": str(token)}
    assert client.post("/account/profile/", form, headers={"Origin": origin}).status_code == 403
    assert client.post("/account/profile/", form, headers={"Origin": "http://testserver"}).status_code == 302


def test_given_a_forwarded_host_then_no_link_is_made_of_it(db: None) -> None:
    answer = Client(SERVER_NAME="127.0.0.1").get("/account/login/", headers={"x-forwarded-host": "evil.example"})
    assert "evil.example" not in answer.content.decode()


@pytest.mark.skipif(DATABASE != "sqlite", reason="it has a site of its own, on SQLite")
def test_given_a_site_over_https_when_called_then_all_is_https_but_probes(tmp_path: Path) -> None:
    site = new_site(tmp_path, URL="https://seattle.example.org", TRUSTED_PROXIES="127.0.0.1")
    named = {"Host": "seattle.example.org"}
    with site.serving() as server, httpx.Client(base_url=server.address, timeout=PATIENCE) as client:
        plain = client.get("/account/login/?a=b", headers=named)
        assert (plain.status_code, plain.headers["Location"]) == (301, "https://seattle.example.org/account/login/?a=b")
        secure = client.get("/account/login/", headers={**named, "X-Forwarded-Proto": "https"})
        assert secure.status_code == 200
        assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"
        cookie = secure.headers["Set-Cookie"]
        assert "Secure" in cookie
        assert "SameSite=Lax" in cookie
        assert cookie.startswith("__Host-")  # so no other host of the domain can set it
        assert "Path=/;" in cookie
        assert "Domain" not in cookie
        assert client.get("/healthz").status_code == 200
