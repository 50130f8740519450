"""Joining, signing in, and leaving, as a browser does it: by forms, and links in mails."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.utils.http import int_to_base36
from tests.clearinghouse.conftest import PASSWORD

from seattle.clearinghouse.accounts import services
from seattle.clearinghouse.accounts.models import FIRST_PORT, PORTS, User, UserKey
from seattle.clearinghouse.config import SiteSettings
from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.fleet.models import Donation, DonationToken, Node, Vessel
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.models import Kind, Lease

FORM = {
    "username": "alice",
    "email": "Alice@Example.org",
    "affiliation": "University of Somewhere",
    "password1": PASSWORD,
    "password2": PASSWORD,
}

pytestmark = pytest.mark.django_db


def register(client: Client, *, headers: Any = None, **changes: str) -> Any:
    return client.post("/account/signup/", {**FORM, **changes}, headers=headers)


def link_in_mail() -> str:
    """The path of the link in the latest mail."""
    found = re.search(r"https?://[^/\s]+(/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def sign_in(client: Client, name: str = "alice", password: str = PASSWORD) -> Any:
    return client.post("/account/login/", {"login": name, "password": password})


def signed_in(client: Client) -> bool:
    return client.get("/account/profile/").status_code == 200


@pytest.fixture
def alice(new_user: Callable[..., User]) -> User:
    return new_user("alice")


def test_given_a_new_user_when_they_confirm_their_address_then_they_have_the_free_credits(client: Client) -> None:
    register(client)
    assert User.objects.get().credits_total == 0
    client.post(link_in_mail())
    user = User.objects.get()
    assert (user.credits_total, user.affiliation, user.email) == (10, FORM["affiliation"], "alice@example.org")
    assert FIRST_PORT <= user.port < FIRST_PORT + PORTS


def test_given_a_site_that_confirms_no_addresses_when_somebody_registers_then_they_are_in_and_may_add_a_key(
    client: Client, settings: Any
) -> None:
    settings.SITE = SiteSettings(confirm_email=False)
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    register(client)
    assert User.objects.get().credits_total == 10
    assert client.get("/account/keys/add/").status_code == 200


def test_given_a_new_user_when_they_get_a_mail_then_it_says_which_testbed_it_is_from(
    client: Client, settings: Any
) -> None:
    settings.SITE = SiteSettings(url="https://lab.example.org", name="Lab", contact="ops@example.org")
    register(client)
    assert mail.outbox[0].subject.startswith("[")
    assert str(mail.outbox[0].body).strip().endswith("Lab, https://lab.example.org\nQuestions: ops@example.org")


def test_given_a_confirmed_address_when_another_is_confirmed_then_there_are_no_more_credits(client: Client) -> None:
    register(client)
    client.post(link_in_mail())
    sign_in(client)
    client.post("/account/email/", {"action_add": "", "email": "other@example.org"})
    client.post(link_in_mail())
    user = User.objects.get()
    assert (user.email, user.credits_total) == ("other@example.org", 10)
    assert LedgerEntry.objects.filter(reason=LedgerEntry.Reason.JOINED).count() == 1


def test_given_an_address_that_is_not_confirmed_when_its_user_signs_in_then_they_are_not_let_in(client: Client) -> None:
    register(client)
    sign_in(client)
    assert not signed_in(client)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "al"),
        ("username", "_alice"),
        ("username", "al ice"),
        ("username", "a" * 31),
        ("username", "аlice"),  # noqa: RUF001 - a Cyrillic letter: that is the point
        ("username", "Root"),
        ("affiliation", "ab"),
        ("affiliation", "x" * 201),
        ("email", "alice@"),
        ("password1", "short"),
        ("password2", "another one entirely"),
    ],
)
def test_given_a_field_that_breaks_the_rules_when_somebody_registers_then_it_says_so(
    client: Client, field: str, value: str
) -> None:
    changes = {field: value} if field != "password1" else {"password1": value, "password2": value}
    response = register(client, **changes)
    assert response.context["form"].errors[field]
    assert not User.objects.exists()


def test_given_a_name_that_is_taken_but_for_its_case_when_somebody_registers_then_it_is_refused(
    client: Client, alice: User
) -> None:
    assert "username" in register(client, username="ALICE", email="b@example.org").context["form"].errors


def test_given_an_address_that_has_an_account_when_somebody_registers_with_it_then_the_answer_does_not_tell(
    client: Client, alice: User
) -> None:
    known = register(client, username="bob", email=alice.email)
    new = register(Client(), username="carol", email="carol@example.org")
    assert (known.status_code, known.headers["Location"]) == (new.status_code, new.headers["Location"])
    assert not User.objects.filter(username="bob").exists()
    assert [message.to for message in mail.outbox] == [[alice.email], ["carol@example.org"]]


def test_given_a_mail_server_that_is_away_when_a_mail_is_wanted_then_they_are_told_to_come_again(
    client: Client, alice: User, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    client.raise_request_exception = False
    registered = register(client, username="bob", email="bob@example.org")
    reset = client.post("/account/password/reset/", {"email": alice.email})
    assert [(one.status_code, one["Retry-After"]) for one in (registered, reset)] == [(503, "10")] * 2
    assert "mail server does not answer" in reset.content.decode()


class Refusing(BaseEmailBackend):
    """A mail server that knows nobody."""

    def send_messages(self, messages: Any) -> int:
        raise SMTPRecipientsRefused({to: (550, b"who is that?") for message in messages for to in message.to})


def test_given_a_mail_server_that_knows_no_such_address_when_somebody_registers_then_the_answer_does_not_tell(
    client: Client, settings: Any
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    answer = register(client)
    assert (answer.status_code, answer["Location"]) == (302, "/account/confirm-email/")


def test_given_a_closed_site_when_somebody_registers_then_nobody_is_let_in(client: Client, settings: Any) -> None:
    settings.SITE = SiteSettings(registration_open=False)
    register(client)
    assert not User.objects.exists()
    assert b"closed" in client.get("/account/signup/").content.lower()


def test_given_wrong_names_and_wrong_passwords_when_they_sign_in_then_the_answers_are_alike(
    client: Client, alice: User
) -> None:
    def answer(name: str) -> str:
        return str(sign_in(client, name, "wrong").context["form"].errors)

    assert answer("alice") == answer("nobody_here") != ""


def test_given_an_address_without_account_when_its_password_is_reset_then_the_answer_is_as_for_one_with(
    client: Client, alice: User
) -> None:
    known = client.post("/account/password/reset/", {"email": alice.email})
    unknown = client.post("/account/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])


def test_given_a_forgotten_password_when_it_is_reset_by_mail_then_the_new_one_is_good(
    client: Client, alice: User
) -> None:
    client.post("/account/password/reset/", {"email": alice.email})
    form = client.get(link_in_mail(), follow=True)
    new = "a wholly new passphrase"
    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
    client.logout()
    sign_in(client, password=new)
    assert signed_in(client)


def test_given_names_and_addresses_with_and_without_accounts_when_they_are_tried_then_it_takes_as_much_time(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that takes long is hashing passwords."""
    hashed = []

    def counted(name: str) -> None:
        work = getattr(Argon2PasswordHasher, name)

        def count(self: Argon2PasswordHasher, *arguments: str) -> Any:
            hashed.append(name)
            return work(self, *arguments)

        monkeypatch.setattr(Argon2PasswordHasher, name, count)

    counted("encode")
    counted("verify")

    def hashes(ask: Callable[..., object], *arguments: Any, **fields: str) -> int:
        hashed.clear()
        ask(client, *arguments, **fields)
        return len(hashed)

    signing_in = {hashes(sign_in, login, "wrong") for login in ("alice", "nobody_here", alice.email, "no@example.org")}
    registering = {
        hashes(register, username=f"bob{email[0]}", email=email) for email in (alice.email, "no@example.org")
    }
    assert (signing_in, registering) == ({1}, {1})


def test_given_a_session_that_somebody_else_has_begun_when_its_user_signs_in_then_it_is_another(
    client: Client, alice: User
) -> None:
    planted = SessionStore()
    planted.save()
    client.cookies["sessionid"] = str(planted.session_key)
    sign_in(client)
    assert signed_in(client)
    thief = Client()
    thief.cookies["sessionid"] = str(planted.session_key)
    assert not signed_in(thief)


def test_given_a_password_that_is_changed_then_this_session_alone_goes_on(client: Client, alice: User) -> None:
    other = Client()
    sign_in(client)
    sign_in(other)
    new = "a wholly new passphrase"
    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert (signed_in(client), signed_in(other)) == (True, False)


def reset_with(client: Client, link: str, password: str) -> None:
    """Follow a link of a mail, and choose this password if one may."""
    form = client.get(link, follow=True)
    path = form.redirect_chain[-1][0] if form.redirect_chain else link
    client.post(path, {"password1": password, "password2": password})


def test_given_a_link_to_reset_a_password_when_it_was_used_or_is_anothers_then_it_is_good_for_nothing(
    client: Client, alice: User, new_user: Callable[..., User]
) -> None:
    signed_in_before = Client()
    sign_in(signed_in_before)
    client.post("/account/password/reset/", {"email": alice.email})
    link = link_in_mail()
    bob = new_user("bob")
    of_bob = re.sub(r"/key/\w+-", f"/key/{int_to_base36(bob.pk)}-", link, count=1)
    begun = Client()
    begun.get(link, follow=True)  # and the form stays open
    reset_with(Client(), link, "the first of passphrases")
    for who, again in ((Client(), link), (begun, link), (Client(), of_bob)):
        reset_with(who, again, "the second of passphrases")
    assert User.objects.get(username="alice").check_password("the first of passphrases")
    assert User.objects.get(username="bob").check_password(PASSWORD)
    assert not signed_in(signed_in_before)


def test_given_a_link_to_reset_a_password_when_the_password_or_the_address_changes_then_it_is_good_for_nothing(
    client: Client, alice: User
) -> None:
    def change_password() -> None:
        alice.set_password("the first of passphrases")
        alice.save()

    def change_address() -> None:
        alice.email = "elsewhere@example.org"
        alice.save()
        EmailAddress.objects.update(email=alice.email)

    for change in (change_password, change_address):
        client.post("/account/password/reset/", {"email": alice.email})
        link = link_in_mail()
        change()
        reset_with(Client(), link, "the second of passphrases")
        assert User.objects.get().check_password("the first of passphrases")


NO_ADDRESSES = [
    *("a@b.de\nBcc: x@y.de", "a@b.de\r\n\r\nx", "a@b.de,x@y.de", "<a@b.de>", '"a\nb"@b.de'),
    *('"a\x1cBcc:x@y.de\x1c"@b.de', '"a\x0bb"@b.de', '"a\x0cb"@b.de', '"\x1d\x1e"@b.de', '"<x>"@b.de', '"a"@b.de'),
    *("a@[127.0.0.1]", "a@" + "\u00e9" * 63 + ".de", "a@\u200d.de", "a@xn--zzzzz--.org"),  # the last can't be decoded
    *("a@\uff41.de", "a@a\u3002de", "a@\u00df.de", "a@xn--4ca.de"),  # other ways to write a.de, ss.de and \u00e4.de
]


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_given_what_is_no_address_or_one_in_another_form_when_it_is_sent_then_no_mail_is_and_no_account(
    client: Client, address: str
) -> None:
    assert register(client, email=address).status_code == 200
    assert client.post("/account/password/reset/", {"email": address}).status_code == 200
    assert mail.outbox == []
    assert not User.objects.exists()


@pytest.mark.parametrize("address", ["o'brien+seattle@example.org", "a.b-c_d@sub.example.org", "a@\u00e4.de", "A@B.DE"])
def test_given_an_unusual_address_when_somebody_registers_then_the_mail_goes_there(
    client: Client, address: str
) -> None:
    assert register(client, email=address).status_code == 302
    head = mail.outbox[0].message().as_bytes().partition(b"\n\n")[0]
    assert len([line for line in head.splitlines() if line.startswith(b"To: ")]) == 1
    assert mail.outbox[0].to == [address.lower()]


def test_given_somebodys_address_when_many_resets_are_asked_for_then_it_gets_a_few_mails(
    client: Client, alice: User
) -> None:
    for _ in range(8):
        client.post("/account/password/reset/", {"email": alice.email})
    assert len(mail.outbox) == 5


@pytest.mark.parametrize("host", ["testserver:8443", "testserver.", "TESTSERVER"])
def test_given_another_way_to_name_the_site_when_mails_are_asked_for_then_their_links_are_of_the_name_that_is_told(
    client: Client, alice: User, host: str
) -> None:
    for email in (alice.email, "nobody@example.org"):
        client.post("/account/password/reset/", {"email": email}, headers={"Host": host})
        register(client, username="bob", email=email, headers={"Host": host})
    links = re.findall(r"(https?:/+[^/\s]+)/\S", "".join(str(message.body) for message in mail.outbox))
    assert len(links) == len(mail.outbox) == 4
    assert set(links) == {settings.SITE.origin}


def test_given_wrong_passwords_under_many_names_of_the_site_when_the_right_one_comes_then_it_has_to_wait(
    client: Client, alice: User
) -> None:
    for port in range(6):
        client.post("/account/login/", {"login": "alice", "password": "wrong"}, headers={"Host": f"testserver:{port}"})
    sign_in(client)
    assert not signed_in(client)


def test_given_many_wrong_passwords_when_the_right_one_comes_then_it_has_to_wait(client: Client, alice: User) -> None:
    for _ in range(6):
        sign_in(client, password="wrong")
    sign_in(client)
    assert not signed_in(client)


def guess(login: str, *, times: int) -> Any:
    """The last answer of so many wrong passwords, each sent from somewhere else."""
    for number in range(times):
        browser = Client(REMOTE_ADDR=f"198.51.100.{number}")
        answer = sign_in(browser, login, "wrong")
    return answer


def test_given_wrong_passwords_by_name_and_by_address_when_the_right_one_comes_then_it_has_to_wait(
    client: Client, alice: User
) -> None:
    guess("alice", times=3)
    guess(alice.email.upper(), times=3)
    for login in ("alice", alice.email):
        sign_in(client, login)
        assert not signed_in(client)


def test_given_an_address_that_has_to_wait_when_names_are_tried_then_none_is_told_to_be_the_same_account(
    client: Client, alice: User
) -> None:
    guess(alice.email, times=6)
    errors = [str(guess(login, times=1).context["form"].errors) for login in ("alice", "nobody_here")]
    assert errors[0] == errors[1] != ""
    for _ in range(4):  # right or wrong: they are as many until that name is told to wait
        sign_in(client)
    assert "Too many" in str(sign_in(client).context["form"].errors)


def test_given_an_account_that_has_to_wait_when_its_password_is_reset_then_the_new_one_is_good_at_once(
    client: Client, alice: User
) -> None:
    guess("alice", times=3)
    guess(alice.email, times=3)
    client.post("/account/password/reset/", {"email": alice.email})
    reset_with(client, link_in_mail(), "a wholly new passphrase")
    client.logout()
    sign_in(client, alice.email, "a wholly new passphrase")
    assert signed_in(client)


def test_given_many_registrations_from_one_address_when_more_come_then_they_are_refused(
    client: Client, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"signup": "3/h/ip"}
    answers = [register(client, username="x") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "Too many tries" in answers[-1].content.decode()


def test_given_two_sessions_when_the_others_are_ended_then_this_one_goes_on(client: Client, alice: User) -> None:
    other = Client()
    sign_in(client)
    sign_in(other)
    client.post("/account/sessions/")
    assert (signed_in(client), signed_in(other)) == (True, False)


def test_given_a_session_when_its_user_is_banned_then_it_ends_and_none_begins(client: Client, alice: User) -> None:
    sign_in(client)
    services.ban(alice)
    assert not Session.objects.exists()
    assert not signed_in(client)
    sign_in(client)
    assert not signed_in(client)


def test_given_an_affiliation_when_it_is_changed_then_it_is_kept(client: Client, alice: User) -> None:
    sign_in(client)
    client.post("/account/profile/", {"affiliation": "Elsewhere & <b>Co</b>"})
    alice.refresh_from_db()
    assert alice.affiliation == "Elsewhere & <b>Co</b>"
    assert b"<b>Co" not in client.get("/account/profile/").content


def test_given_fields_that_are_not_in_the_form_when_they_are_posted_then_they_are_ignored(
    client: Client, alice: User
) -> None:
    sign_in(client)
    wanted = {"affiliation": "Elsewhere", "is_staff": "on", "credits_total": "999", "username": "root", "port": "63177"}
    client.post("/account/profile/", wanted)
    after = User.objects.get(pk=alice.pk)
    assert (after.is_staff, after.credits_total, after.username, after.port) == (False, 10, "alice", alice.port)


# Leaving.


def leave(client: Client, name: str = "alice") -> Any:
    return client.post("/account/delete/", {"username": name})


def test_given_a_user_with_vessels_when_they_leave_then_the_vessels_are_given_back(
    client: Client, alice: User, new_node: Callable[..., Node]
) -> None:
    new_node()
    leases.acquire(alice, Kind.RANDOM, 1)
    sign_in(client)
    leave(client)
    lease = Lease.objects.get()
    assert (lease.state, lease.username, lease.user) == (Lease.State.ENDED, "alice", None)
    assert Vessel.objects.get().state == Vessel.State.DIRTY
    assert not signed_in(client)
    assert not UserKey.objects.exists()


def test_given_a_donor_when_they_leave_then_the_donation_stays_as_nobodys(
    client: Client, alice: User, new_node: Callable[..., Node]
) -> None:
    token = DonationToken.objects.create(user=alice)
    Donation.objects.create(node=new_node(), donor=alice, token=token)
    sign_in(client)
    leave(client)
    donation = Donation.objects.get()
    assert (donation.donor, donation.token) == (None, None)


def test_given_a_user_who_leaves_when_the_ledger_is_read_then_it_is_whole_and_names_nobody(
    client: Client, alice: User
) -> None:
    sign_in(client)
    leave(client)
    entry = LedgerEntry.objects.get()
    assert (entry.user, entry.total_change) == (None, 10)


def test_given_another_name_when_somebody_leaves_then_nothing_is_deleted(client: Client, alice: User) -> None:
    sign_in(client)
    assert leave(client, "bob").status_code == 422
    assert User.objects.exists()


def test_given_an_operator_when_they_leave_then_another_is_to_do_it(client: Client, alice: User) -> None:
    User.objects.update(is_staff=True)
    sign_in(client)
    assert b"another operator" in leave(client).content
    assert User.objects.exists()


def test_given_a_form_from_another_site_when_it_deletes_an_account_then_it_is_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert leave(client).status_code == 403
    assert User.objects.exists()


def test_given_a_user_when_they_download_the_devkit_then_it_has_their_port_and_the_site(
    client: Client, alice: User
) -> None:
    sign_in(client)
    assert b"/account/devkit.zip" in client.get("/account/profile/").content
    answer = client.get("/account/devkit.zip")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="seattle-devkit.zip"'
    told = json.loads(zipfile.ZipFile(io.BytesIO(answer.content)).read("seattle-devkit/seattle.json"))
    assert told == {"user": "alice", "port": alice.port, "site": "http://testserver"}


def test_given_nobody_when_they_ask_for_a_devkit_then_they_have_to_sign_in(client: Client) -> None:
    assert client.get("/account/devkit.zip").status_code == 302
