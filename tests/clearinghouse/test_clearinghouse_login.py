"""`seattle login`: a key that waits, the user who approves it in a browser, and who else would like to."""

import itertools
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from tests.clearinghouse.conftest import PASSWORD

from seattle.clearinghouse.accounts import logins, services
from seattle.clearinghouse.accounts.login_views import MOST_WRONG
from seattle.clearinghouse.accounts.models import MAX_KEYS, LoginRequest, User
from seattle.clearinghouse.config import SiteSettings
from seattle.clearinghouse.desk.models import CutOff
from seattle.clearinghouse.errors import BadKey, NotFound, TooManyRequests
from seattle.client.errors import LoginNotApproved, SiteRefused
from seattle.client.site.client import SiteClient
from seattle.client.site.login import Login, LoginState, log_in
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import fingerprint

HOSTILE = "<script>alert(1)</script>'; DROP TABLE accounts_user; --"


@pytest.fixture
def alice(new_user: Callable[..., User]) -> User:
    return new_user("alice")


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's, in which she has just signed in; forged forms are refused in it."""
    return signed_in("alice")


def signed_in(name: str, *, enforce_csrf_checks: bool = False) -> Client:
    client = Client(enforce_csrf_checks=False)
    client.post("/account/login/", {"login": name, "password": PASSWORD})
    client.handler.enforce_csrf_checks = enforce_csrf_checks
    return client


def begin(key: KeyPair | None = None, *, label: str = "laptop", address: str = "198.51.100.7") -> LoginRequest:
    return logins.begin_login((key or KeyPair.generate()).public, label, address)


def decide(client: Client, code: str, answer: str = "approve") -> Any:
    return client.post(f"/account/approve/?code={code}", {"code": code, "answer": answer})


# The page.


def test_given_a_login_when_its_page_is_shown_then_it_tells_from_where_it_comes(browser: Client) -> None:
    key = KeyPair.generate()
    login = begin(key, label="lab-7")
    page = browser.get("/account/approve/", {"code": login.code.lower()}).content.decode()
    assert all(fact in page for fact in (login.code, "lab-7", "198.51.100.7", key.id, fingerprint(key.public)))


def test_given_a_login_when_its_page_is_shown_then_nothing_is_decided(browser: Client) -> None:
    key = KeyPair.generate()
    login = begin(key)
    browser.get("/account/approve/", {"code": login.code, "answer": "approve"})
    assert logins.login_state(login.code, key.public).state is logins.LoginState.PENDING


def test_given_a_login_when_it_is_approved_then_the_key_is_the_users(browser: Client, alice: User) -> None:
    key = KeyPair.generate()
    login = begin(key)
    decide(browser, login.code)
    assert logins.login_state(login.code, key.public) == logins.LoginProgress(logins.LoginState.APPROVED, "alice")
    assert services.active_keys(alice).get(key_id=key.id).label == "laptop"


def test_given_a_login_when_it_is_refused_then_the_key_is_nobodys(browser: Client, alice: User) -> None:
    key = KeyPair.generate()
    login = begin(key)
    decide(browser, login.code, "deny")
    assert logins.login_state(login.code, key.public).state is logins.LoginState.DENIED
    assert not services.active_keys(alice).filter(key_id=key.id).exists()


def test_given_a_hostile_machine_name_when_its_login_is_shown_then_it_is_text(browser: Client) -> None:
    login = begin(label=HOSTILE)
    page = browser.get("/account/approve/", {"code": login.code}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_given_a_form_of_another_site_when_it_approves_a_login_then_it_is_refused(alice: User) -> None:
    login = begin()
    assert decide(signed_in("alice", enforce_csrf_checks=True), login.code).status_code == 403
    assert LoginRequest.objects.get().decided_at is None


def test_given_nobody_signed_in_when_a_login_is_approved_then_they_are_asked_who_they_are(db: None) -> None:
    login = begin()
    assert "/account/login/" in decide(Client(), login.code).headers["Location"]
    assert LoginRequest.objects.get().decided_at is None


def test_given_somebody_who_signed_in_long_ago_when_a_login_is_approved_then_the_password_is_asked_for(
    browser: Client, settings: Any
) -> None:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    login = begin()
    asked = decide(browser, login.code).headers["Location"]
    assert asked == f"/account/reauthenticate/?next=%2Faccount%2Fapprove%2F%3Fcode%3D{login.code}"
    assert LoginRequest.objects.get().decided_at is None


def test_given_somebody_who_guesses_codes_when_they_have_tried_a_few_then_even_a_right_one_is_refused(
    browser: Client, alice: User
) -> None:
    login = begin()
    for _ in range(MOST_WRONG):
        assert browser.get("/account/approve/", {"code": "AAAA-AAAA"}).status_code == 404
    assert decide(browser, login.code).status_code == 429
    assert cache.get(f"wrong-login-codes:{alice.pk}") == MOST_WRONG


# What waits.


def test_given_a_login_when_ten_minutes_are_over_then_it_can_not_be_approved(browser: Client, alice: User) -> None:
    key = KeyPair.generate()
    login = begin(key)
    LoginRequest.objects.update(created_at=timezone.now() - timedelta(hours=1), expires_at=timezone.now())
    assert decide(browser, login.code).status_code == 404
    assert logins.login_state(login.code, key.public).state is logins.LoginState.EXPIRED


def test_given_an_approved_login_when_another_user_approves_it_then_it_stays_the_firsts(
    browser: Client, new_user: Callable[..., User]
) -> None:
    login = begin()
    decide(browser, login.code)
    mallory = new_user("mallory")
    with pytest.raises(NotFound):
        logins.approve_login(mallory, login.code)
    assert services.active_keys(mallory).count() == 1


def test_given_a_key_that_waits_when_it_begins_again_then_the_first_code_is_of_no_use(alice: User) -> None:
    key = KeyPair.generate()
    first, second = begin(key), begin(key)
    with pytest.raises(NotFound):
        logins.approve_login(alice, first.code)
    assert logins.approve_login(alice, second.code).key_id == key.id


def test_given_a_user_with_too_many_keys_when_a_login_is_approved_then_it_goes_on_waiting(alice: User) -> None:
    for _ in range(MAX_KEYS - 1):
        services.add_key(alice, KeyPair.generate().id)
    key = KeyPair.generate()
    login = begin(key)
    with pytest.raises(BadKey, match="retire one"):
        logins.approve_login(alice, login.code)
    assert logins.login_state(login.code, key.public).state is logins.LoginState.PENDING


def test_given_a_key_that_was_shut_out_when_its_login_is_approved_then_it_is_refused(alice: User) -> None:
    key = KeyPair.generate()
    CutOff.objects.create(key_id=key.id, reason="scanned ports")
    with pytest.raises(BadKey, match="shut out"):
        logins.approve_login(alice, begin(key).code)


def test_given_anothers_code_when_a_key_asks_what_became_of_it_then_it_is_not_told(db: None) -> None:
    with pytest.raises(NotFound):
        logins.login_state(begin().code, KeyPair.generate().public)


@pytest.mark.parametrize("addresses", [["203.0.113.9"], ["2001:db8::1", "2001:db8::2"]], ids=["IPv4", "one /64"])
def test_given_many_logins_from_one_network_when_more_are_begun_then_they_have_to_wait(
    db: None, addresses: list[str]
) -> None:
    for number in range(logins.MOST_IN_AN_HOUR):
        begin(address=addresses[number % len(addresses)])
    with pytest.raises(TooManyRequests):
        begin(address=addresses[-1])
    begin(address="2001:db8:1::1")


# The command's side, against a live server.


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    settings.SITE = SiteSettings(
        url=live_server.url, brokers=["tls://broker.example.org:4222"], enrolment_upstream="http://127.0.0.1:1"
    )
    return str(live_server.url)


def log_in_quickly(site: str, key: KeyPair, show: Callable[[Login], None]) -> Login:
    """As the command does, in no time."""
    times = itertools.count(0, 100)  # seconds
    return log_in(
        SiteClient(site, key), key.public, "lab-7", show=show, sleep=lambda _: None, clock=lambda: float(next(times))
    )


def approving(name: str, answer: str = "approve") -> Callable[[Login], None]:
    """Do in the browser what is asked for, once the code is shown."""

    def show(waiting: Login) -> None:
        there = threading.Thread(target=lambda: decide(signed_in(name), waiting.code, answer))
        there.start()
        there.join()

    return show


def test_given_a_new_key_when_its_user_approves_it_then_the_command_learns_where_the_testbed_is(
    site: str, alice: User
) -> None:
    key = KeyPair.generate()
    login = log_in_quickly(site, key, approving("alice"))
    assert (login.state, login.username, login.brokers) == (
        LoginState.APPROVED,
        "alice",
        ("tls://broker.example.org:4222",),
    )
    assert login.enrol_url == f"{site}/enrol"


def test_given_a_key_that_is_approved_when_it_logs_in_again_then_nobody_is_asked(site: str, alice: User) -> None:
    key = KeyPair.generate()
    services.add_proved_key(alice, key.id, "x")

    def show(_: Login) -> None:
        pytest.fail("a code was shown")

    assert log_in(SiteClient(site, key), key.public, "x", show=show).username == "alice"


def test_given_a_new_key_when_its_user_refuses_it_then_the_command_says_so(site: str, alice: User) -> None:
    key = KeyPair.generate()
    with pytest.raises(LoginNotApproved, match="refused"):
        log_in_quickly(site, key, approving("alice", "deny"))


def test_given_nobody_who_approves_when_the_time_is_over_then_the_command_ends(site: str) -> None:
    key = KeyPair.generate()
    with pytest.raises(LoginNotApproved, match="in time"):
        log_in_quickly(site, key, lambda _: None)


def test_given_a_public_half_that_another_has_pasted_when_its_holder_logs_in_then_it_is_the_holders_alone(
    site: str, alice: User, new_user: Callable[..., User]
) -> None:
    key, mallory = KeyPair.generate(), new_user("mallory")
    services.add_key(mallory, key.id, "mine, they think")
    assert log_in_quickly(site, key, approving("alice")).username == "alice"
    assert services.active_keys(alice).filter(key_id=key.id).exists()
    assert not services.active_keys(mallory).filter(key_id=key.id).exists()
    with pytest.raises(BadKey):
        services.add_key(mallory, key.id)


def test_given_a_key_that_another_user_had_approved_when_it_is_approved_again_then_it_stays_theirs(
    alice: User, new_user: Callable[..., User]
) -> None:
    key, bob = KeyPair.generate(), new_user("bob")
    services.add_proved_key(bob, key.id, "bob's")
    with pytest.raises(BadKey, match="another account"):
        logins.approve_login(alice, begin(key).code)
    assert services.active_keys(bob).filter(key_id=key.id).exists()


def test_given_a_key_that_its_user_has_pasted_when_they_approve_it_then_it_is_theirs_once(alice: User) -> None:
    key = KeyPair.generate()
    pasted = services.add_key(alice, key.id, "desk")
    assert logins.approve_login(alice, begin(key).code) == pasted
    pasted.refresh_from_db()
    assert pasted.proved_at is not None


def test_given_anothers_key_when_somebody_begins_a_login_with_it_then_it_is_refused(site: str) -> None:
    victim, mallory = KeyPair.generate(), KeyPair.generate()
    with pytest.raises(SiteRefused, match="signed by the key"):
        log_in(SiteClient(site, mallory), victim.public, "x", show=lambda _: None)
    assert not LoginRequest.objects.exists()


def test_given_a_computer_whose_clock_is_wrong_when_it_logs_in_then_it_goes_by_the_sites(
    site: str, alice: User
) -> None:
    key = KeyPair.generate()
    services.add_proved_key(alice, key.id, "x")
    late = SiteClient(site, key, clock=lambda: 1_000_000_000.0)
    assert log_in(late, key.public, "x", show=lambda _: None).username == "alice"


def test_given_a_banned_user_when_their_key_logs_in_then_it_is_refused(site: str, alice: User) -> None:
    key = KeyPair.generate()
    services.add_proved_key(alice, key.id, "x")
    services.ban(alice)
    with pytest.raises(SiteRefused, match="closed"):
        log_in(SiteClient(site, key), key.public, "x", show=lambda _: None)
