"""Mails before a lease ends."""

from collections.abc import Callable
from datetime import timedelta

from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import Settings
from tests.clearinghouse.leases.settling import assign

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.fleet.models import Node
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind
from seattle.clearinghouse.leases.warnings import due_warnings, warn

NewUser = Callable[..., User]
NewNode = Callable[..., Node]


def test_given_leases_that_end_soon_when_warnings_are_sent_then_each_holder_gets_one_mail_once(
    new_user: NewUser, new_node: NewNode, mailoutbox: list[EmailMessage]
) -> None:
    users = [new_user() for _ in range(2)]
    for user in users:
        new_node(vessels=2)
        assign(services.acquire(user, Kind.RANDOM, 2))
    services.renew(users[1], [services.held(users[1])[0].handle])
    soon = timezone.now() + timedelta(hours=3, minutes=30)
    assert (warn(soon), warn(soon)) == (2, 0)
    assert [mail.to for mail in mailoutbox] == [[user.email] for user in users]
    assert [mail.subject for mail in mailoutbox] == ["[Seattle] 2 vessels end soon", "[Seattle] a vessel ends soon"]
    assert all(lease.handle in mailoutbox[0].body for lease in services.held(users[0]))


def test_given_a_warning_when_the_lease_is_renewed_then_it_is_warned_of_anew(
    new_user: NewUser, new_node: NewNode
) -> None:
    user = new_user()
    new_node()
    assign(services.acquire(user, Kind.RANDOM, 1))
    assert len(due_warnings(timezone.now() + timedelta(hours=3, minutes=30))) == 1
    services.renew(user)
    assert len(due_warnings(timezone.now() + timedelta(days=6, hours=23, minutes=30))) == 1


def test_given_a_mail_server_that_is_down_when_warnings_are_sent_then_they_are_due_again(
    new_user: NewUser, new_node: NewNode, settings: Settings
) -> None:
    user = new_user()
    new_node()
    assign(services.acquire(user, Kind.RANDOM, 1))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    soon = timezone.now() + timedelta(hours=3, minutes=30)
    assert warn(soon) == 0
    assert len(due_warnings(soon)) == 1


def test_given_an_address_of_before_that_no_mail_can_have_when_warnings_are_sent_then_others_get_theirs(
    new_user: NewUser, new_node: NewNode, mailoutbox: list[EmailMessage]
) -> None:
    for user in (new_user(), new_user()):
        new_node()
        assign(services.acquire(user, Kind.RANDOM, 1))
    User.objects.filter(pk=User.objects.earliest("pk").pk).update(email="a@" + "\u00e9" * 63 + ".de")
    soon = timezone.now() + timedelta(hours=3, minutes=30)
    assert warn(soon) == 1
    assert [mail.to for mail in mailoutbox] == [[user.email]]
    assert due_warnings(soon) == []
