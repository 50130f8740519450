"""What `seattle clearinghouse check` finds wrong, each thing by itself."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.utils import timezone
from tests.clearinghouse.releases import Releases

from seattle.clearinghouse import checkup
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.condition import State
from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.models import Kind


def allow(settings: Any, **changes: Any) -> None:
    settings.SITE = msgspec.structs.replace(settings.SITE, **changes)


def test_given_books_that_agree_when_checked_then_all_is_well(
    new_user: Callable[..., User], new_node: Callable[..., Node]
) -> None:
    new_node()
    leases.acquire(new_user(), Kind.RANDOM, 1)
    assert checkup.books().state is State.OK


def test_given_a_ledger_that_does_not_add_up_when_checked_then_the_user_is_named(new_user: Callable[..., User]) -> None:
    user = new_user("mallory")
    LedgerEntry.objects.filter(user=user).delete()
    found = checkup.books()
    assert found.state is State.FAILED
    assert "mallory" in found.text


def test_given_a_vessel_that_is_leased_to_nobody_when_checked_then_it_is_named(new_node: Callable[..., Node]) -> None:
    new_node()
    Vessel.objects.update(state=Vessel.State.LEASED)
    assert "leased to nobody" in checkup.books().text


def test_given_a_constraint_that_somebody_has_dropped_when_checked_then_it_is_named(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX a_key_is_one_users")
    first = next(iter(checkup.tables()))
    assert first.state is State.FAILED
    assert "a_key_is_one_users" in first.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://seattle.example.org"}, "not https"),
        ({"url": "https://seattle.example.org", "debug": True}, "secrets to anybody"),
        ({"url": "https://seattle.example.org", "secret_key": "x"}, "short"),
        ({"url": "https://seattle.example.org"}, "TRUSTED_PROXIES"),
    ],
)
def test_given_settings_that_are_not_fit_for_the_world_when_checked_then_that_is_said(
    db: None, settings: Any, changes: dict[str, Any], words: str
) -> None:
    allow(settings, **changes)
    found = checkup.site_settings()
    assert found.state is not State.OK
    assert words in found.text


def test_given_a_worker_key_that_is_none_when_checked_then_that_is_said(settings: Any) -> None:
    allow(settings, brokers=["tls://x:1"], worker_key="UXYZ")
    assert checkup.fabric().state is State.FAILED


def test_given_a_mail_server_or_an_upstream_that_does_not_answer_when_checked_then_that_is_said(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    allow(settings, enrolment_upstream="http://127.0.0.1:1")
    assert checkup.mail_server().state is State.FAILED
    assert "nothing answers" in checkup.enrolment().text


def test_given_releases_when_checked_then_it_says_what_is_missing_or_expires(settings: Any, tmp_path: Path) -> None:
    assert "no SEATTLE_SITE_RELEASES" in checkup.releases().text
    releases = Releases(tmp_path / "releases")
    allow(settings, releases=releases.path)
    assert "nothing is published" in checkup.releases().text
    releases.publish_version("1.0")
    found = checkup.releases()
    assert (found.state, "version 1.0" in found.text) == (State.OK, True)


@pytest.mark.parametrize(("after", "state"), [(timedelta(hours=40), State.WARNING), (timedelta(days=3), State.FAILED)])
def test_given_releases_that_nobody_signs_anew_when_checked_then_it_is_said_before_and_after_nodes_stop_updating(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: timedelta, state: State
) -> None:
    releases = Releases(tmp_path / "releases")
    releases.publish_version("1.0")
    allow(settings, releases=releases.path)
    then = timezone.now() + after
    monkeypatch.setattr(timezone, "now", lambda: then)
    found = checkup.releases()
    assert found.state is state
    assert "refresh" in found.text


def test_given_a_bundle_that_was_exchanged_when_checked_then_it_has_failed(settings: Any, tmp_path: Path) -> None:
    releases = Releases(tmp_path / "releases")
    releases.publish_version("1.0")
    allow(settings, releases=releases.path)
    for file in (releases.path / "targets" / "stable").iterdir():
        file.write_bytes(b"worse")
    assert checkup.releases().state is State.FAILED
