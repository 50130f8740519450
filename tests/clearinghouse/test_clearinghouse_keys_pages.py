"""The pages where keys and API keys are added and taken away."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.clearinghouse.conftest import PASSWORD

from seattle.clearinghouse.accounts import services
from seattle.clearinghouse.accounts.authentication import authenticate
from seattle.clearinghouse.accounts.models import User, UserKey
from seattle.clearinghouse.api.rates import SECRETS
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_private, format_public_line

HOSTILE = "<img src=x onerror=alert(1)>'; DELETE FROM accounts_userkey; --"


@pytest.fixture
def alice(new_user: Callable[..., User]) -> User:
    return new_user("alice")


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.post("/account/login/", {"login": "alice", "password": PASSWORD})
    return client


def add(browser: Client, text: str = "", **more: Any) -> Any:
    return browser.post("/account/keys/add/", {"public_key": text, **more})


def test_given_a_public_line_when_it_is_pasted_then_it_is_a_key_of_the_user(browser: Client, alice: User) -> None:
    key = KeyPair.generate()
    add(browser, format_public_line(key.public, "alice@lab"), label="")
    assert services.active_keys(alice).get(key_id=key.id).label == "alice@lab"


def test_given_a_pub_file_when_it_is_uploaded_then_it_is_a_key_of_the_user(browser: Client, alice: User) -> None:
    key = KeyPair.generate()
    line = format_public_line(key.public, "alice@lab").encode()
    add(browser, file=SimpleUploadedFile("seattle.pub", line + b"\n"))
    assert services.active_keys(alice).filter(key_id=key.id).exists()


@pytest.mark.parametrize("how", ["pasted", "uploaded"])
def test_given_a_private_key_when_it_is_sent_by_mistake_then_it_is_nowhere(
    browser: Client, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = format_private(KeyPair.generate())
    if how == "pasted":
        answer = add(browser, secret)
    else:
        answer = add(browser, file=SimpleUploadedFile("seattle", secret.encode()))
    page = answer.content.decode()
    line = secret.splitlines()[2]  # of its base64
    assert "That was a private key" in page
    assert line not in page
    assert line not in caplog.text
    assert line not in str(dict(browser.session))
    assert not UserKey.objects.filter(public_line__contains=line).exists()


def test_given_a_session_that_is_old_when_a_private_key_is_pasted_then_it_is_not_kept_for_later(
    browser: Client, settings: Any
) -> None:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    secret = format_private(KeyPair.generate())
    answer = add(browser, secret)
    assert answer.headers["Location"] == "/account/reauthenticate/?next=%2Faccount%2Fkeys%2Fadd%2F"
    assert "PRIVATE" not in str(dict(browser.session))


def test_given_what_is_no_key_when_it_is_pasted_then_it_is_shown_again_with_the_reason(browser: Client) -> None:
    answer = add(browser, "ssh-rsa AAAAB3NzaC1yc2E")
    assert answer.status_code == 422
    assert "ssh-rsa AAAAB3NzaC1yc2E" in answer.content.decode()
    assert "only ssh-ed25519 keys are used here" in answer.content.decode().lower()


@pytest.mark.parametrize("page", ["/account/keys/add/", "/account/api-keys/"])
def test_given_somebody_who_makes_keys_without_end_when_they_go_on_then_they_are_told_to_wait(
    browser: Client, alice: User, page: str
) -> None:
    for _ in range(SECRETS.most):
        SECRETS.charge(str(alice.pk))
    key = KeyPair.generate().public
    answer = browser.post(page, {"public_key": format_public_line(key), "name": "one more"})
    assert answer.status_code == 422
    assert "try again in" in answer.content.decode()
    assert not services.active_keys(alice).filter(key_id=key.id).exists()
    assert not services.api_keys(alice).exists()


def test_given_html_in_a_label_when_keys_are_listed_then_it_is_text(browser: Client) -> None:
    add(browser, KeyPair.generate().id, label=HOSTILE)
    page = browser.get("/account/keys/").content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_given_a_key_when_it_is_retired_then_it_is_not_listed(browser: Client, alice: User) -> None:
    key = services.active_keys(alice).get()
    browser.post(f"/account/keys/{key.key_id}/retire/")
    assert key.key_id not in browser.get("/account/keys/").content.decode()


def test_given_anothers_key_when_it_is_retired_then_it_stays(browser: Client, new_user: Callable[..., User]) -> None:
    bob = new_user("bob")
    browser.post(f"/account/keys/{bob.keys.get().key_id}/retire/")
    assert services.active_keys(bob).count() == 1


@pytest.mark.parametrize("url", ["/account/keys/x/retire/", "/account/api-keys/1/revoke/"])
def test_given_a_link_when_it_is_followed_then_nothing_is_taken_away(browser: Client, url: str) -> None:
    assert browser.get(url).status_code == 405


@pytest.mark.parametrize(
    "url", ["profile", "keys", "keys/add", "keys/make", "api-keys", "delete", "approve", "keys/x/retire"]
)
def test_given_nobody_signed_in_when_a_page_about_oneself_is_asked_for_then_they_are_to_sign_in(
    client: Client, db: None, url: str
) -> None:
    assert client.post(f"/account/{url}/").headers.get("Location", "").startswith("/account/login/") or (
        client.get(f"/account/{url}/").headers["Location"].startswith("/account/login/")
    )


def test_given_a_name_when_an_api_key_is_made_then_its_secret_is_shown_once(browser: Client, alice: User) -> None:
    answer = browser.post("/account/api-keys/", {"name": "cron-7"})
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert secret not in browser.get("/account/api-keys/").content.decode()
    assert authenticate("GET", "/", b"", f"Bearer {secret}") == alice


def test_given_an_api_key_when_it_is_revoked_then_it_is_not_listed(browser: Client, alice: User) -> None:
    services.make_api_key(alice, "cron-7")
    browser.post(f"/account/api-keys/{alice.api_keys.get().pk}/revoke/")
    assert "cron-7" not in browser.get("/account/api-keys/").content.decode()


@pytest.mark.parametrize("url", ["keys/add/", "keys/x/retire/", "api-keys/", "api-keys/1/revoke/", "profile/"])
def test_given_a_form_of_another_site_when_it_is_sent_then_it_is_refused(alice: User, url: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(f"/account/{url}", {"public_key": KeyPair.generate().id}).status_code == 403


def test_given_many_keys_when_they_are_listed_then_the_queries_are_as_few(
    browser: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(8):
        services.add_key(alice, KeyPair.generate().id)
    with django_assert_max_num_queries(8):
        browser.get("/account/keys/")
