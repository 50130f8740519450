"""What is forgotten in time, and what is not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from tests.clearinghouse.conftest import PASSWORD

from seattle.clearinghouse.accounts import logins, services
from seattle.clearinghouse.accounts.authentication import authenticate
from seattle.clearinghouse.accounts.housekeeping import forget
from seattle.clearinghouse.accounts.models import CachedValue, LoginRequest, SpentNonce, User
from seattle.clearinghouse.errors import NotAuthenticated
from seattle.client.site.signing import Signer
from seattle.identity.keys import KeyPair

LATER = timedelta(days=4)


@pytest.fixture
def squatter(client: Client, db: None) -> User:
    """Who has registered with an address that is not theirs."""
    form = {"username": "squatter", "email": "bob@example.org", "affiliation": "None of it"}
    client.post("/account/signup/", {**form, "password1": PASSWORD, "password2": PASSWORD})
    return User.objects.get(username="squatter")


def test_given_an_account_that_nobody_confirms_when_days_have_gone_then_its_address_is_free_again(
    client: Client, squatter: User
) -> None:
    forget(timezone.now() + LATER)
    form = {"username": "bob", "email": "bob@example.org", "affiliation": "University"}
    client.post("/account/signup/", {**form, "password1": PASSWORD, "password2": PASSWORD})
    assert User.objects.get().username == "bob"


def test_given_an_account_of_today_when_what_is_over_is_forgotten_then_it_stays(squatter: User) -> None:
    forget(timezone.now())
    assert User.objects.exists()


def test_given_accounts_in_use_when_days_have_gone_then_they_stay(
    new_user: Callable[..., User], squatter: User
) -> None:
    new_user("alice")
    EmailAddress.objects.filter(user=squatter).update(verified=True)
    User.objects.create_user("operator", "op@example.org", PASSWORD, is_staff=True)
    forget(timezone.now() + LATER)
    assert set(User.objects.values_list("username", flat=True)) == {"alice", "squatter", "operator"}


def test_given_sessions_and_logins_that_are_over_when_days_have_gone_then_they_are_forgotten(
    client: Client, new_user: Callable[..., User]
) -> None:
    new_user("alice")
    client.post("/account/login/", {"login": "alice", "password": PASSWORD})
    key = KeyPair.generate()
    logins.begin_login(key.public, "laptop", "198.51.100.7")
    SpentNonce.objects.create(key_id=key.id, nonce="0" * 32, valid_until=timezone.now())
    cache.set("something", 1, 60)
    forget(timezone.now() + timedelta(days=30))
    kinds = (Session, UserSession, LoginRequest, SpentNonce, CachedValue)
    assert [kind.objects.count() for kind in kinds] == [0] * len(kinds)


def test_given_a_session_and_a_login_when_what_is_over_is_forgotten_then_they_stay(
    client: Client, new_user: Callable[..., User]
) -> None:
    new_user("alice")
    client.post("/account/login/", {"login": "alice", "password": PASSWORD})
    login = logins.begin_login(KeyPair.generate().public, "laptop", "198.51.100.7")
    forget(timezone.now())
    assert client.get("/account/profile/").status_code == 200
    assert logins.find_login(login.code) == login


def test_given_a_worker_whose_clock_is_ahead_when_it_forgets_then_what_was_here_once_can_not_come_again(
    client: Client, new_user: Callable[..., User]
) -> None:
    alice, key = new_user("alice"), KeyPair.generate()
    services.add_key(alice, key.id)
    header = Signer(key, settings.SITE.origin).authorization("GET", "/api/v1/account")
    authenticate("GET", "/api/v1/account", b"", header)
    for _ in range(5):
        client.post("/account/login/", {"login": "alice", "password": "wrong"})
    forget(timezone.now() + timedelta(minutes=30))
    with pytest.raises(NotAuthenticated, match="here before"):
        authenticate("GET", "/api/v1/account", b"", header)
    client.post("/account/login/", {"login": "alice", "password": PASSWORD})
    assert client.get("/account/profile/").status_code == 302


def test_given_more_signed_requests_in_a_minute_than_are_forgotten_at_once_then_all_that_are_over_are_forgotten(
    db: None,
) -> None:
    """Each user may make 600 a minute: their rows would only ever become more."""
    over = timezone.now() - timedelta(hours=2)
    SpentNonce.objects.bulk_create(SpentNonce(key_id="U", nonce=f"{n:032x}", valid_until=over) for n in range(1300))
    forget(timezone.now())
    assert not SpentNonce.objects.exists()
