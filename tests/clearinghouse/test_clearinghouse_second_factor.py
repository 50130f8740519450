"""A second factor: codes of an authenticator app, and the ones on paper for when the phone is gone."""

import hmac
import struct
import threading
import time
from base64 import b32decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import connections
from django.test import Client
from tests.clearinghouse.conftest import PASSWORD

from seattle.clearinghouse.accounts import services
from seattle.clearinghouse.accounts.models import User


def sign_in(client: Client, name: str = "alice") -> None:
    client.post("/account/login/", {"login": name, "password": PASSWORD})


def signed_in(client: Client) -> bool:
    return client.get("/account/profile/").status_code == 200


def code_now(secret: str, *, steps: int = 0) -> str:
    """What an authenticator app shows (RFC 6238)."""
    digest = hmac.digest(b32decode(secret), struct.pack(">Q", int(time.time()) // 30 + steps), "sha1")
    number = struct.unpack(">I", digest[digest[-1] & 15 :][:4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


@pytest.fixture
def alice(new_user: Callable[..., User]) -> User:
    return new_user("alice")


@pytest.fixture
def secret(client: Client, alice: User) -> str:
    """What alice's app knows, once she has set it up; her browser is signed out then."""
    sign_in(client)
    secret: str = client.get("/account/2fa/totp/activate/").context["form"].secret
    client.post("/account/2fa/totp/activate/", {"code": code_now(secret)})
    client.logout()
    return secret


def test_given_an_app_when_its_user_signs_in_then_the_password_alone_does_not_do(client: Client, secret: str) -> None:
    sign_in(client)
    assert not signed_in(client)


def test_given_an_app_when_its_code_is_given_then_the_user_is_let_in(client: Client, secret: str) -> None:
    sign_in(client)
    client.post("/account/2fa/authenticate/", {"code": code_now(secret, steps=1)})  # the present one was used
    assert signed_in(client)


def test_given_a_code_that_was_used_when_it_is_given_again_then_it_is_refused(client: Client, secret: str) -> None:
    code = code_now(secret, steps=1)
    sign_in(client)
    client.post("/account/2fa/authenticate/", {"code": code})
    thief = Client()
    sign_in(thief)
    thief.post("/account/2fa/authenticate/", {"code": code})
    assert not signed_in(thief)


def test_given_codes_on_paper_when_the_phone_is_gone_then_each_lets_in_once(
    client: Client, alice: User, secret: str
) -> None:
    codes = RecoveryCodes.activate(alice).get_unused_codes()
    for expected in (True, False):
        other = Client()
        sign_in(other)
        other.post("/account/2fa/authenticate/", {"code": codes[0]})
        assert signed_in(other) is expected


def test_given_many_wrong_codes_when_the_right_one_comes_then_it_has_to_wait(client: Client, secret: str) -> None:
    sign_in(client)
    for number in range(8):
        client.post("/account/2fa/authenticate/", {"code": f"{number:06}"})
    client.post("/account/2fa/authenticate/", {"code": code_now(secret, steps=1)})
    assert not signed_in(client)


def test_given_somebody_who_has_yet_to_give_a_code_when_the_password_is_changed_then_they_begin_anew(
    client: Client, alice: User, secret: str
) -> None:
    sign_in(client)
    alice.set_password("another one entirely")
    alice.save()
    answer = client.post("/account/2fa/authenticate/", {"code": code_now(secret, steps=1)})
    assert answer.headers["Location"] == "/account/login/"
    assert not signed_in(client)


def test_given_somebody_who_has_yet_to_give_a_code_when_they_are_banned_then_they_are_not_let_in(
    client: Client, alice: User, secret: str
) -> None:
    sign_in(client)
    services.ban(alice)
    client.post("/account/2fa/authenticate/", {"code": code_now(secret, steps=1)})
    assert not signed_in(client)


def test_given_wrong_codes_from_many_browsers_when_the_right_one_comes_then_it_has_to_wait(
    alice: User, secret: str
) -> None:
    for number in range(6):
        guesser = Client(REMOTE_ADDR=f"198.51.100.{number}")
        sign_in(guesser)
        guesser.post("/account/2fa/authenticate/", {"code": f"{number:06}"})
    client = Client(REMOTE_ADDR="192.0.2.1")
    sign_in(client)
    client.post("/account/2fa/authenticate/", {"code": code_now(secret, steps=1)})
    assert not signed_in(client)


@pytest.mark.parametrize("on_paper", [True, False])
def test_given_one_code_when_many_browsers_give_it_at_once_then_one_is_let_in(
    transactional_db: None, alice: User, secret: str, on_paper: bool
) -> None:
    code = RecoveryCodes.activate(alice).get_unused_codes()[0] if on_paper else code_now(secret, steps=1)
    browsers = [Client() for _ in range(4)]  # fewer than wrong codes that may be
    for browser in browsers:
        sign_in(browser)
    together = threading.Barrier(len(browsers))

    def give(browser: Client) -> None:
        try:
            together.wait(20)
            browser.post("/account/2fa/authenticate/", {"code": code})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(browsers)) as pool:
        list(pool.map(give, browsers))
    assert [signed_in(browser) for browser in browsers].count(True) == 1


def test_given_somebody_who_signed_in_long_ago_when_they_set_up_or_remove_a_factor_then_they_are_asked_who_they_are(
    client: Client, secret: str
) -> None:
    sign_in(client)
    client.post("/account/2fa/authenticate/", {"code": code_now(secret, steps=1)})
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()
    answer = client.post("/account/2fa/totp/deactivate/")
    assert "/account/reauthenticate/" in answer.headers["Location"]
    assert Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists()


def test_given_somebody_who_signed_in_long_ago_when_they_confirm_who_they_are_then_they_go_on_where_they_were(
    client: Client, alice: User
) -> None:
    sign_in(client)
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 3600
    session.save()
    asked = client.get("/account/keys/add/")
    answer = client.post(asked.headers["Location"], {"password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == "/account/keys/add/"
    assert answer.status_code == 200


def test_given_somebody_who_has_just_signed_in_when_they_add_a_key_then_they_are_not_asked_again(
    client: Client, alice: User
) -> None:
    sign_in(client)
    assert client.get("/account/keys/add/").status_code == 200


def test_given_an_operator_without_a_second_factor_when_they_sign_in_then_they_are_told(
    client: Client, alice: User
) -> None:
    User.objects.update(is_staff=True)
    answer = client.post("/account/login/", {"login": "alice", "password": PASSWORD}, follow=True)
    assert b"operator without a second factor" in answer.content


def test_given_an_operator_when_they_go_to_the_admin_pages_then_they_sign_in_where_everybody_does(
    client: Client, alice: User
) -> None:
    User.objects.update(is_staff=True)
    answer = client.post("/admin/login/?next=/admin/", {"username": "alice", "password": PASSWORD})
    assert answer.headers["Location"].startswith("/account/login/")
    assert client.get("/admin/").status_code == 302


def test_given_an_app_when_the_account_is_deleted_then_nothing_of_it_stays(
    client: Client, alice: User, secret: str
) -> None:
    services.delete_account(alice)
    assert not Authenticator.objects.exists()
