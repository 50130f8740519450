"""Django's admin: who gets in, what they see, and what they can do."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client

from seattle.clearinghouse.accounts import services as accounts
from seattle.clearinghouse.accounts.models import LoginRequest, User
from seattle.clearinghouse.builds.models import Build
from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.fleet.models import Donation, DonationToken, Node, Vessel
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.models import Kind, Lease

SECRET = "a secret of a second factor"
TABLES = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]
NODES, USERS = "/admin/fleet/node/", "/admin/accounts/user/"

NewUser = Callable[..., User]
NewNode = Callable[..., Node]


@pytest.fixture
def root(new_user: NewUser) -> Client:
    user = new_user("root", is_staff=True, is_superuser=True)
    return signed_in(with_second_factor(user))


def with_second_factor(user: User) -> User:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": SECRET})
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, table: str, action: str, *chosen: Any, **more: object) -> str:
    form = {"action": action, "_selected_action": [str(one.pk) for one in chosen], **more}
    return client.post(table, form, follow=True).content.decode()


def fill(new_user: NewUser, new_node: NewNode, count: int) -> None:
    for _ in range(count):
        user = new_user()
        token = DonationToken.objects.create(user=user)
        Donation.objects.create(node=new_node(), donor=user, token=token)
        Build.objects.create(planner=user, token=token, people=[{"name": "ann", "key": "U1", "line": "ssh-ed25519 A"}])
        accounts.make_api_key(user, "program")
        leases.acquire(user, Kind.RANDOM, 1)


def test_given_who_is_no_operator_when_they_open_the_admin_then_they_see_nothing_of_it(new_user: NewUser) -> None:
    user = with_second_factor(new_user("mallory"))
    staff = new_user("staff", is_staff=True, is_superuser=True)
    for path in ("/admin/", "/admin/login/?next=/admin/", *TABLES):
        assert Client().get(path, follow=True).redirect_chain[-1][0].startswith("/account/login/")
        for who in (user, staff):  # the second has no second factor
            assert signed_in(who).get(path, follow=True).status_code == 403, path


def test_given_djangos_own_form_to_sign_in_when_posted_then_it_signs_nobody_in(new_user: NewUser) -> None:
    new_user("root", is_staff=True, is_superuser=True)
    client = Client()
    client.post("/admin/login/", {"username": "root", "password": "correct horse battery", "next": "/admin/"})
    assert "_auth_user_id" not in client.session


def test_given_the_admins_page_for_passwords_when_opened_then_it_leads_to_the_sites_own(root: Client) -> None:
    assert root.get("/admin/password_change/").headers["Location"] == "/account/password/change/"


def test_given_many_rows_when_a_table_is_opened_then_the_number_of_queries_does_not_grow(
    root: Client, new_user: NewUser, new_node: NewNode, django_assert_max_num_queries: Any
) -> None:
    fill(new_user, new_node, 6)
    for path in TABLES:
        with django_assert_max_num_queries(11):
            assert root.get(path).status_code == 200, path


def test_given_a_search_when_made_then_every_table_answers(root: Client) -> None:
    for path in TABLES:
        assert root.get(path, {"q": "63100"}).status_code == 200, path


def test_given_secrets_in_the_database_when_everything_is_opened_then_none_is_shown(
    root: Client, new_user: NewUser, new_node: NewNode
) -> None:
    fill(new_user, new_node, 1)
    donor = User.objects.get(donations__isnull=False)
    secrets = [SECRET, donor.password, donor.api_keys.get().digest, DonationToken.objects.get().token]
    for model in admin.site._registry:
        table = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        rows = list(model._default_manager.all()[:3])
        for path in (table, *(f"{table}{row.pk}/change/" for row in rows)):
            answer = root.get(path)
            assert answer.status_code == 200, path
            assert not [secret for secret in secrets if secret in answer.content.decode()], path
    assert LoginRequest in admin.site._registry


def test_given_an_administrator_when_they_add_or_delete_rows_by_hand_then_they_are_refused(
    root: Client, new_user: NewUser, new_node: NewNode
) -> None:
    fill(new_user, new_node, 1)
    for path in TABLES:
        assert root.post(f"{path}add/", {}).status_code == 403
        assert root.post(f"{path}1/delete/", {"post": "yes"}).status_code in (302, 403)
    assert User.objects.count() == 2
    assert Lease.objects.count() == 1


def test_given_credits_that_are_granted_then_the_ledger_says_by_whom_and_why(root: Client, new_user: NewUser) -> None:
    user = new_user(credit=10)
    act(root, USERS, "grant_credits", user, credits=5, reason="a course")
    user.refresh_from_db()
    entry = LedgerEntry.objects.get(user=user, reason=LedgerEntry.Reason.GRANTED)
    assert (user.credits_total, entry.total_change, entry.note) == (15, 5, "a course (root)")
    assert LogEntry.objects.get().change_message == "+5 credits: a course"


@pytest.mark.parametrize("more", [{"credits": 5}, {"credits": "", "reason": "x"}, {"credits": -50, "reason": "x"}])
def test_given_credits_without_a_reason_or_below_none_when_granted_then_nothing_changes(
    root: Client, new_user: NewUser, more: dict[str, object]
) -> None:
    user = new_user(credit=10)
    act(root, USERS, "grant_credits", user, **more)
    user.refresh_from_db()
    assert user.credits_total == 10
    assert not LogEntry.objects.exists()


def test_given_an_operator_who_is_no_administrator_when_they_make_themselves_one_then_they_are_refused(
    new_user: NewUser,
) -> None:
    operator = with_second_factor(new_user("operator", is_staff=True))
    client = signed_in(operator)
    assert client.post(f"{USERS}{operator.pk}/change/", {"is_superuser": "on"}).status_code == 403
    assert client.get(f"{USERS}{operator.pk}/change/").status_code == 200
    operator.refresh_from_db()
    assert not operator.is_superuser


def test_given_a_lost_second_factor_when_an_administrator_removes_it_then_it_is_gone_but_for_operators(
    root: Client, new_user: NewUser
) -> None:
    user, operator = with_second_factor(new_user()), with_second_factor(new_user(is_staff=True))
    for who in (user, operator):
        act(root, USERS, "remove_second_factor", who)
    assert not Authenticator.objects.filter(user=user).exists()
    assert Authenticator.objects.filter(user=operator).exists()


def test_given_a_node_that_is_retired_then_what_is_held_on_it_ends_and_nothing_more_is_handed_out(
    root: Client, new_user: NewUser, new_node: NewNode
) -> None:
    node, user = new_node(vessels=2), new_user()
    leases.acquire(user, Kind.RANDOM, 1)
    assert "Give a reason" in act(root, NODES, "retire", node)
    act(root, NODES, "retire", node, reason="it lies")
    node.refresh_from_db()
    lease = Lease.objects.get()
    assert (node.state, lease.end, lease.why) == (
        Node.State.RETIRED,
        Lease.End.CUT_OFF,
        "its computer was shut out: it lies",
    )
    assert Vessel.objects.filter(state=Vessel.State.LEASED).count() == 0
    assert not node.usable


def test_given_a_broken_node_when_it_is_to_be_looked_at_anew_then_the_workers_do(
    root: Client, new_node: NewNode
) -> None:
    broken, sound = new_node(state=Node.State.BROKEN, why="a foreign owner", failures=9), new_node()
    page = act(root, NODES, "look_anew", broken, sound)
    broken.refresh_from_db()
    sound.refresh_from_db()
    assert (broken.state, broken.why, broken.failures) == (Node.State.NEW, "", 0)
    assert sound.state == Node.State.READY
    assert "neither broken nor retired" in page
