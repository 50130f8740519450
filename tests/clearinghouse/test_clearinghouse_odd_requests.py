"""What no browser and no program of ours sends: it is refused like other nonsense, and is never a mistake of ours."""

import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from tests.clearinghouse.asking import Asking, with_a_key
from tests.clearinghouse.conftest import PASSWORD
from tests.clearinghouse.live_site import served

from seattle.clearinghouse.accounts.models import SpentNonce, User
from seattle.client.site.signing import Signer
from seattle.identity.keys import KeyPair

NewUser = Callable[..., User]

BOUND = 20  # seconds; far more than anything here takes
HUGE = "9" * 30
PAGES = [
    *(f"/donate/{'x' * 5000}/", f"/vessels/orders/{HUGE}/", "/vessels/?page=%00", f"/vessels/?page={HUGE}"),
    *("/network/?span=%00", f"/ledger/?page={HUGE}", "/ledger/?page=-1", "/vessels/progress/?seen=%00"),
    *("/account/approve/?code=%00", "/account/login/?next=%00", "/account/password/reset/key/x-%FF/"),
    *("/static/..%2f..%2fsettings.py", "/static/../settings.py", "/vessels/?page=%ff%fe", "/donate/%ed%a0%80/"),
]
FORMS: list[tuple[str, dict[str, Any]]] = [
    ("/vessels/replace/", {"handle": "\0"}),
    ("/vessels/release/", {"handle": ["\0", "a:b"]}),
    ("/vessels/release/", {"only": "x", "page": HUGE}),
    ("/vessels/get/", {"kind": "\0", "count": HUGE}),
    (f"/account/api-keys/{HUGE}/revoke/", {}),
    (f"/donations/tokens/{HUGE}/revoke/", {}),
    ("/donations/tokens/", {"name": "\0"}),
    ("/account/profile/", {"affiliation": "abc\0def"}),
    ("/account/keys/add/", {"public_key": "\0"}),
    ("/account/api-keys/", {"name": "a\0b"}),
    ("/account/delete/", {"username": "\0"}),
    ("/account/approve/", {"code": "\0", "answer": "approve"}),
]
FORMS_OF_STRANGERS = [
    ("/account/login/", {"login": "a\0b", "password": "x\0"}),
    ("/account/signup/", {"username": "a\0b", "email": "a\0@b.de", "affiliation": "abc", "password1": "x\0y"}),
    ("/account/password/reset/", {"email": "a\0@b.de"}),
]
CALLS = [
    *(("GET", "/vessels/x"), ("POST", "/vessels/x/replace"), ("GET", f"/orders/{HUGE}")),
    *(("DELETE", f"/api-keys/{HUGE}"), ("DELETE", f"/donations/tokens/{HUGE}"), ("GET", f"/orders?before={HUGE}")),
    *(("GET", "/orders?limit=%00"), ("GET", f"/overview/history?hours={HUGE}"), ("GET", "/orders/1?wait=nan")),
    *(("GET", "/orders/1?wait=inf"), ("GET", "/orders?before=1e5"), ("GET", "/orders?before=-1")),
]


@pytest.fixture
def alice(new_user: NewUser) -> User:
    return new_user("alice")


@pytest.fixture
def browser(alice: User) -> Client:
    """Signed in just now, by the form."""
    client = Client()
    client.post("/account/login/", {"login": alice.username, "password": PASSWORD})
    return client


@pytest.mark.parametrize("path", PAGES)
def test_given_an_address_that_nobody_links_to_when_it_is_opened_then_it_is_no_mistake_of_ours(
    browser: Client, path: str
) -> None:
    assert Client().get(path).status_code < 500
    assert browser.get(path).status_code < 500


@pytest.mark.parametrize(("path", "data"), FORMS)
def test_given_a_form_that_no_page_has_when_it_is_sent_then_it_is_no_mistake_of_ours(
    browser: Client, path: str, data: dict[str, Any]
) -> None:
    assert browser.post(path, data).status_code < 500


@pytest.mark.parametrize(("path", "data"), FORMS_OF_STRANGERS)
def test_given_a_form_for_strangers_with_nul_characters_when_it_is_sent_then_the_page_comes_again(
    db: None, path: str, data: dict[str, str]
) -> None:
    assert Client().post(path, data).status_code == 200


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_given_a_call_that_makes_no_sense_when_it_is_made_then_it_is_refused(
    alice: User, method: str, path: str
) -> None:
    assert with_a_key(alice)(method, path).status in (400, 404)


@pytest.mark.parametrize("path", ["/donate/%00/", "/account/keys/%00/retire/", "/api/v1/keys/%00", "/x%00"])
def test_given_a_nul_character_in_a_path_when_it_is_asked_for_then_no_database_is(path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert Client().generic(method, path).status_code == 400


def test_given_a_nul_character_in_the_cookie_of_a_session_when_a_page_is_opened_then_no_database_is_asked() -> None:
    assert Client().get("/vessels/", headers={"Cookie": r'sessionid="\000abcdefghijklmnop"'}).status_code == 400


@pytest.mark.parametrize(
    "elsewhere",
    [
        *("//evil.example/", "https://evil.example/", "https:evil.example", r"/\evil.example", "///evil.example"),
        *("javascript:alert(1)", "\thttps://evil.example", "/%09/evil.example", "https://testserver@evil.example/"),
    ],
)
def test_given_another_site_to_go_on_to_when_somebody_signs_in_then_they_stay_here(alice: User, elsewhere: str) -> None:
    client = Client()
    answer = client.post(
        "/account/login/", {"login": alice.username, "password": PASSWORD, "next": elsewhere}, follow=False
    )
    assert answer.status_code == 302
    assert answer["Location"].startswith("/")
    assert not answer["Location"].startswith(("//", "/\\"))


def test_given_keys_that_are_nobodys_when_they_sign_without_end_then_nothing_is_written_down(db: None) -> None:
    for _ in range(3):
        key = KeyPair.generate()
        ask = Asking(Signer(key, settings.SITE.origin).authorization)
        assert ask.get("/account").status == 401
        assert ask.get("/login/AAAA-AAAA").status == 404
        assert ask.post("/login", {"public_key": KeyPair.generate().id}).status == 401
    assert not SpentNonce.objects.exists()


def test_given_a_network_that_has_begun_enough_logins_when_more_come_then_nothing_is_written_down(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seattle.clearinghouse.accounts.logins.MOST_IN_AN_HOUR", 1)
    for status in (200, 429, 429):
        key = KeyPair.generate()
        assert Asking(Signer(key, settings.SITE.origin).authorization).post(
            "/login", {"public_key": key.id}
        ).status == (status)
    assert SpentNonce.objects.count() == 1


def test_given_a_request_of_two_lengths_when_another_is_in_what_may_be_its_body_then_neither_is_served(
    transactional_db: None,
) -> None:
    """A proxy that believes Content-Length passes on as a body what the site would take for a visitor's request."""
    smuggled = "GET /admin/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    body = f"0\r\n\r\n{smuggled}"
    head = f"POST /api/v1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    with served() as url, socket.create_connection(("127.0.0.1", urlsplit(url).port), timeout=BOUND) as line:
        line.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n{body}".encode())
        answers = b"".join(iter(lambda: line.recv(65536), b""))
    assert answers.startswith(b"HTTP/1.1 400 ")
    assert answers.count(b"HTTP/1.1 ") == 1
