"""The pages: who sees what, what forms do, and what holds for all of them."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, ProgrammingError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.clearinghouse.page_checks import what_is_wrong

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.api import rates
from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.credits.services import change_total
from seattle.clearinghouse.fleet.donation_tokens import make_token
from seattle.clearinghouse.fleet.models import Donation, DonationToken, Node, Vessel
from seattle.clearinghouse.journal.models import Heartbeat
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind, Lease, Order
from seattle.clearinghouse.site.pages.requests import ROWS

NewUser = Callable[..., User]
NewNode = Callable[..., Node]

PUBLIC = ("/", "/network/", "/network/?span=year", "/help/", "/status/")
WHOLE = ("/", "/vessels/", "/vessels/release-all/", "/donations/", "/ledger/")
PRIVATE = (*WHOLE, "/vessels/progress/", "/vessels/table/")
ACTIONS = ("/vessels/get/", "/vessels/renew/", "/vessels/release/", "/vessels/replace/", "/donations/tokens/")
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def fresh_counts(db: None) -> Iterator[None]:
    """Counts of the network that a test sees are its own; a worker lives."""
    cache.clear()
    Heartbeat.objects.create(worker="w1", started_at=timezone.now(), at=timezone.now())
    yield
    cache.clear()


@pytest.fixture
def user(new_user: NewUser) -> User:
    return new_user("ada")


@pytest.fixture
def browser(user: User) -> Client:
    """Ada's."""
    client = Client()
    client.force_login(user)
    return client


def hold(user: User, count: int, kind: Kind = Kind.RANDOM) -> list[Lease]:
    """Have a user hold so many vessels, all assigned."""
    order = services.acquire(user, kind, count)
    leases = list(order.leases.all())
    for lease in leases:
        services.assigned(lease)
    Vessel.objects.update(keys_synced=True)
    return leases


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.fixture
def busy(user: User, new_node: NewNode) -> User:
    """A user about whom every page has something to say, some of it hostile."""
    for country in ("DE", "US", "US"):
        new_node(vessels=3, country=country, asn=3320, as_name=HOSTILE, city=HOSTILE)
    leases = hold(user, 4)
    lost = leases[0].vessel
    assert lost is not None
    services.lost(lost, HOSTILE)
    services.acquire(user, Kind.RANDOM, 2)
    Node.objects.update(holding_back=HOSTILE)
    Donation.objects.create(
        node=Node.objects.earliest("pk"), donor=user, token=make_token(user, HOSTILE), why_not=HOSTILE
    )
    return user


@pytest.mark.parametrize("path", PUBLIC)
def test_given_nobody_in_particular_when_a_public_page_is_opened_then_it_is_shown_and_sound(path: str) -> None:
    assert what_is_wrong(page(Client(), path)) == []


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("path", WHOLE)
def test_given_a_user_with_everything_when_a_page_is_opened_then_it_is_sound_and_hostile_text_is_text(
    browser: Client, path: str
) -> None:
    html = page(browser, path)
    assert what_is_wrong(html) == []
    assert HOSTILE not in html


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("path", [*PUBLIC, *PRIVATE])
def test_given_a_page_when_it_is_opened_then_nothing_is_written(browser: Client, path: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        page(browser, path)
    asked = [query["sql"].strip() for query in queries]
    changes = [sql for sql in asked if not sql.startswith(("SELECT", "SAVEPOINT", "RELEASE"))]
    assert [sql for sql in changes if str(settings.CACHES["default"]["LOCATION"]) not in sql] == []


@pytest.mark.parametrize("path", PRIVATE[1:])
def test_given_nobody_in_particular_when_a_private_page_is_opened_then_they_are_to_sign_in_first(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer["Location"] == f"/account/login/?next={path}"


def test_given_a_page_when_only_its_head_is_asked_for_then_it_is_as_with_the_page(browser: Client) -> None:
    for path in (*PUBLIC, *PRIVATE, "/builds/", "/download/", "/account/profile/"):
        for client in (browser, Client()):
            head, whole = client.head(path), client.get(path)
            assert (head.status_code, head.content) == (whole.status_code, b"")
            assert head.headers.keys() == whole.headers.keys()


@pytest.mark.parametrize("path", ACTIONS)
def test_given_an_action_when_it_is_asked_for_by_get_then_it_is_refused(browser: Client, path: str) -> None:
    assert browser.get(path).status_code == 405
    assert browser.head(path).status_code == 405


@pytest.mark.parametrize("path", ACTIONS)
def test_given_a_form_of_another_site_when_it_is_sent_then_nothing_is_done_and_the_page_says_what_to_do(
    user: User, new_node: NewNode, path: str
) -> None:
    new_node()
    hold(user, 1)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    answer = client.post(path, {"count": "1", "kind": "random", "all": "yes", "name": "x"})
    assert answer.status_code == 403
    assert "reload the page" in answer.content.decode()
    assert Lease.objects.filter(ended_at=None).count() == 1
    assert not DonationToken.objects.exists()


def test_given_free_vessels_when_some_are_asked_for_then_they_are_ordered_with_the_filters(
    browser: Client, new_node: NewNode
) -> None:
    for country in ("DE", "FR", "US"):
        new_node(country=country)
    answer = browser.post("/vessels/get/", {"count": "2", "kind": "wan", "countries": "de FR", "least": "1"})
    assert answer.status_code == 302
    order = Order.objects.get()
    assert (order.kind, order.wanted, order.least) == (Kind.WAN, 2, 1)
    assert order.where == {"countries": ["DE", "FR"]}


def key_of_the_form(browser: Client) -> str:
    """What makes one order of what this page sends."""
    return str(browser.get("/vessels/").context["form"]["key"].value())


def test_given_a_form_that_is_sent_twice_when_vessels_are_free_then_they_are_ordered_once(
    browser: Client, new_node: NewNode
) -> None:
    for _ in range(4):
        new_node()
    typed = {"count": "1", "kind": "random", "key": key_of_the_form(browser)}
    sent = [browser.post("/vessels/get/", {**typed, "count": count}, follow=True) for count in ("1", "1", "2")]
    order = Order.objects.get()
    assert [f"is order {order.pk}" in answer.content.decode() for answer in sent] == [False, True, True]
    browser.post("/vessels/get/", {**typed, "key": key_of_the_form(browser)})
    assert Order.objects.count() == 2


def test_given_a_form_that_could_not_be_met_when_it_is_sent_again_then_it_is_ordered(
    browser: Client, new_node: NewNode
) -> None:
    typed = {"count": "1", "kind": "random", "key": key_of_the_form(browser)}
    again = browser.post("/vessels/get/", typed)
    new_node()
    browser.post("/vessels/get/", {**typed, "key": again.context["form"]["key"].value()})
    assert Order.objects.get().key == typed["key"]


@pytest.mark.parametrize(
    ("networks", "where"),
    [
        ("as3320, 680", {"asns": [3320, 680]}),
        ("Deutsche Telekom AG; google", {"as_names": ["DEUTSCHE TELEKOM AG", "GOOGLE"]}),
        ("198.51.1.0/24, 2001:DB8::/64", {"networks": ["198.51.1.0/24", "2001:db8::/64"]}),
    ],
)
def test_given_networks_by_name_number_or_address_when_vessels_are_asked_for_then_they_are_of_these(
    browser: Client, new_node: NewNode, networks: str, where: dict[str, list[object]]
) -> None:
    new_node(address="198.51.1.7", asn=680, as_name="Google")
    new_node(address="203.0.113.7", asn=1, as_name="Elsewhere")
    assert browser.post("/vessels/get/", {"count": "1", "kind": "random", "networks": networks}).status_code == 302
    assert Order.objects.get().where == where
    assert Lease.objects.get().node_id == Node.objects.get(as_name="Google").node_id


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("count", "0", "greater than or equal to 1"),
        ("count", "x", "whole number"),
        ("kind", "all", "not one of the available choices"),
        ("countries", "Germany", "GERMANY is no code of a country"),
        ("networks", "AS3320, GOOGLE", "only one of these kinds"),
        ("networks", "192.0.2.0/23", "can&#x27;t be used"),
        ("near", "somewhere", "IPv4 or IPv6"),
        ("near", "8.8.8.8", "how far"),
        ("within_ms", "20", "near which address"),
        ("least", "7", "at most so many"),
        ("least_uptime", "-1", "greater than or equal to 0"),
    ],
)
def test_given_a_form_that_makes_no_sense_when_it_is_sent_then_what_was_typed_is_kept_and_the_page_says_why(
    browser: Client, field: str, value: str, told: str
) -> None:
    answer = browser.post("/vessels/get/", {"count": "2", "kind": "lan", "own_port": "yes", field: value})
    html = answer.content.decode()
    assert answer.status_code == 400
    assert told in html
    assert f'value="{value}"' in html or field == "kind"
    assert '<option value="yes" selected>' in html
    assert what_is_wrong(html) == []
    assert not Order.objects.exists()


def test_given_too_few_vessels_when_more_are_asked_for_then_the_page_says_what_is_short(
    browser: Client, new_node: NewNode
) -> None:
    new_node()
    answer = browser.post("/vessels/get/", {"count": "3", "kind": "random"})
    assert answer.status_code == 409
    assert "1 of 3" in answer.content.decode()


def test_given_as_many_orders_as_the_api_allows_when_one_more_is_sent_by_the_page_then_it_is_refused_as_there(
    browser: Client, user: User, new_node: NewNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_node()
    monkeypatch.setattr(rates.Rate, "clock", lambda: 1e9)
    for _ in range(rates.ORDERS.most):
        rates.ORDERS.charge(str(user.pk))
    answer = browser.post("/vessels/get/", {"count": "1", "kind": "random"})
    assert answer.status_code == 429
    assert "try again in" in answer.content.decode()
    assert not Order.objects.exists()


def test_given_no_credit_left_when_the_page_is_opened_then_it_offers_to_donate_instead(
    browser: Client, user: User
) -> None:
    change_total(user.pk, -10, LedgerEntry.Reason.GRANTED)
    html = page(browser, "/vessels/")
    assert 'id="get"' not in html
    assert "donate a computer" in html


def test_given_an_order_that_is_worked_at_when_its_progress_is_shown_then_it_is_asked_for_until_it_is_settled(
    browser: Client, user: User, new_node: NewNode
) -> None:
    for _ in range(2):
        new_node()
    leases = list(services.acquire(user, Kind.RANDOM, 2).leases.all())
    assert "http-equiv" in page(browser, "/vessels/")
    first = browser.get("/vessels/progress/?seen=0")
    assert "hx-trigger" in first.content.decode()
    assert "HX-Trigger" not in first
    services.assigned(leases[0])
    second = browser.get("/vessels/progress/?seen=0")
    assert second["HX-Trigger"] == "vessels-changed"
    assert "hx-trigger" in second.content.decode()
    services.assigned(leases[1])
    last = browser.get("/vessels/progress/?seen=1")
    assert last["HX-Trigger"] == "vessels-changed"
    assert "hx-trigger" not in last.content.decode()
    assert "http-equiv" not in page(browser, "/vessels/")


def test_given_an_order_that_waits_for_long_when_its_progress_is_shown_then_it_is_asked_for_less_often(
    browser: Client, user: User, new_node: NewNode
) -> None:
    new_node()
    services.acquire(user, Kind.RANDOM, 1)
    assert "delay:1s" in page(browser, "/vessels/progress/")
    Order.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    assert "delay:10s" in page(browser, "/vessels/progress/")


def test_given_vessels_when_some_are_chosen_and_renewed_then_those_alone_last_longer(
    browser: Client, user: User, new_node: NewNode
) -> None:
    for _ in range(3):
        new_node()
    leases = hold(user, 3)
    answer = browser.post("/vessels/renew/", {"handle": [lease.handle for lease in leases[:2]]}, follow=True)
    assert "Renewed for 168 hours from now: 2 vessels." in answer.content.decode()
    soon = timezone.now() + timedelta(hours=5)
    assert Lease.objects.filter(expires_at__gt=soon).count() == 2


def test_given_vessels_when_one_is_released_by_its_button_then_ticks_at_others_do_not_matter(
    browser: Client, user: User, new_node: NewNode
) -> None:
    for _ in range(3):
        new_node()
    one, other, _ = hold(user, 3)
    browser.post("/vessels/release/", {"handle": [other.handle], "only": one.handle})
    assert list(Lease.objects.filter(ended_at__isnull=False)) == [one]


def test_given_vessels_when_all_are_released_then_the_page_asked_first(
    browser: Client, user: User, new_node: NewNode
) -> None:
    for _ in range(2):
        new_node()
    hold(user, 2)
    assert "Release all 2 vessels?" in page(browser, "/vessels/release-all/")
    browser.post("/vessels/release/", {"all": "yes"})
    assert not Lease.objects.filter(ended_at=None).exists()


def test_given_nothing_is_chosen_when_vessels_are_released_then_all_are_kept(
    browser: Client, user: User, new_node: NewNode
) -> None:
    new_node()
    hold(user, 1)
    answer = browser.post("/vessels/release/", {}, follow=True)
    assert "tick some first" in answer.content.decode()
    assert Lease.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize("action", ["renew", "release", "replace"])
def test_given_a_vessel_of_somebody_else_when_it_is_named_then_nothing_happens_to_it(
    browser: Client, new_user: NewUser, new_node: NewNode, action: str
) -> None:
    new_node()
    (theirs,) = hold(new_user("eve"), 1)
    browser.post(f"/vessels/{action}/", {"handle": theirs.handle, "only": theirs.handle})
    untouched = Lease.objects.get()
    assert (untouched.pk, untouched.expires_at, untouched.ended_at) == (theirs.pk, theirs.expires_at, None)
    assert Order.objects.count() == 1


def test_given_an_order_of_somebody_else_when_its_page_is_opened_then_there_is_none(
    browser: Client, new_user: NewUser, new_node: NewNode
) -> None:
    new_node()
    (theirs,) = hold(new_user("eve"), 1)
    page(browser, f"/vessels/orders/{theirs.order_id}/", status=404)


def test_given_an_order_when_its_page_is_opened_then_it_tells_why_each_vessel_was_not_given(
    browser: Client, user: User, new_node: NewNode
) -> None:
    for _ in range(2):
        new_node()
    order = services.acquire(user, Kind.RANDOM, 1)
    services.not_assigned(order.leases.get(), "its node does not answer")
    html = page(browser, f"/vessels/orders/{order.pk}/")
    assert "its node does not answer" in html
    assert what_is_wrong(html) == []


def test_given_a_lost_vessel_when_another_like_it_is_asked_for_then_it_is_ordered_and_no_longer_offered(
    browser: Client, user: User, new_node: NewNode
) -> None:
    new_node(country="DE")
    (lease,) = hold(user, 1)
    assert lease.vessel is not None
    services.lost(lease.vessel, "the node has it no more")
    new_node(country="DE")
    assert "Get one like it" in page(browser, "/vessels/")
    browser.post("/vessels/replace/", {"handle": lease.handle})
    assert Order.objects.get(replaces=lease).wanted == 1
    assert "Get one like it" not in page(browser, "/vessels/")


def test_given_more_vessels_than_fit_when_the_list_is_opened_then_it_has_pages_at_the_same_number_of_queries(
    browser: Client, user: User, new_node: NewNode
) -> None:
    change_total(user.pk, 100, LedgerEntry.Reason.GRANTED)
    for _ in range(ROWS + 1):
        new_node()
    hold(user, 1)
    with CaptureQueriesContext(connection) as few:
        page(browser, "/vessels/")
    hold(user, ROWS)
    with CaptureQueriesContext(connection) as many:
        html = page(browser, "/vessels/")
    assert len(many) == len(few) <= 20
    assert html.count('name="only"') == 2 * ROWS
    assert page(browser, "/vessels/?page=2").count('name="only"') == 2
    assert page(browser, "/vessels/?page=99").count('name="only"') == 2


def test_given_many_entries_when_the_ledger_is_opened_then_it_has_pages_of_the_users_own(
    browser: Client, user: User, new_user: NewUser
) -> None:
    change_total(new_user("eve").pk, 3, LedgerEntry.Reason.GRANTED, "somebody else's")
    with CaptureQueriesContext(connection) as few:
        page(browser, "/ledger/")
    for number in range(ROWS):
        change_total(user.pk, 1, LedgerEntry.Reason.GRANTED, f"number {number}")
    with CaptureQueriesContext(connection) as many:
        html = page(browser, "/ledger/")
    assert len(many) == len(few) <= 10
    assert f"number {ROWS - 1}" in html
    assert "somebody else" not in html
    assert "Welcome" in page(browser, "/ledger/?page=2")


def test_given_many_donations_when_the_list_is_opened_then_it_takes_the_same_number_of_queries(
    browser: Client, user: User, new_node: NewNode
) -> None:
    def donate() -> None:
        Donation.objects.create(node=new_node(vessels=0), donor=user)

    donate()
    with CaptureQueriesContext(connection) as few:
        page(browser, "/donations/")
    for _ in range(5):
        donate()
    with CaptureQueriesContext(connection) as many:
        page(browser, "/donations/")
    assert len(many) == len(few) <= 10


def test_given_a_donor_when_they_make_a_token_and_revoke_it_then_its_page_comes_and_goes(
    browser: Client, user: User
) -> None:
    browser.post("/donations/tokens/", {"name": "attic"})
    token = DonationToken.objects.get()
    command = f"seattle node init ~/seattle-node --donate-to http://testserver --token {token.token}"
    assert command.replace("http://testserver", "http://127.0.0.1:8000") in page(browser, "/donations/")
    html = page(Client(), f"/donate/{token.token}/")
    assert token.token in html
    assert user.username not in html
    assert what_is_wrong(html) == []
    browser.post(f"/donations/tokens/{token.pk}/revoke/")
    page(Client(), f"/donate/{token.token}/", status=404)


def test_given_a_banned_donor_when_their_donation_page_is_opened_then_there_is_none(user: User) -> None:
    token = make_token(user)
    User.objects.update(is_active=False)
    page(Client(), f"/donate/{token.token}/", status=404)


def test_given_a_token_of_somebody_else_when_it_is_revoked_then_it_stays(browser: Client, new_user: NewUser) -> None:
    token = make_token(new_user("eve"))
    browser.post(f"/donations/tokens/{token.pk}/revoke/")
    assert DonationToken.objects.get().revoked_at is None


def test_given_a_user_who_is_banned_when_they_open_a_page_then_they_are_signed_out(browser: Client) -> None:
    User.objects.update(is_active=False)
    assert browser.get("/vessels/").status_code == 302


def test_given_a_new_user_when_the_home_page_is_opened_then_it_names_the_next_step(
    browser: Client, user: User, new_node: NewNode
) -> None:
    user.keys.all().delete()
    assert "seattle login http://127.0.0.1:8000" in page(browser, "/")
    new_node()
    hold(user, 1)
    user.keys.create(key_id="U" * 56, public_line="")
    assert "Your next step" not in page(browser, "/")


def test_given_a_lease_that_ends_soon_when_the_home_page_is_opened_then_it_warns(
    browser: Client, user: User, new_node: NewNode
) -> None:
    new_node()
    (lease,) = hold(user, 1)
    assert "Ending soon" not in page(browser, "/")
    Lease.objects.update(expires_at=timezone.now() + timedelta(minutes=30))
    assert f"{lease.node_id[:9]}/v2" in page(browser, "/")


def test_given_nodes_in_countries_when_the_network_is_shown_then_map_and_table_tell_the_same(
    new_node: NewNode,
) -> None:
    for country in ("DE", "DE", "FR", ""):
        new_node(country=country, vessels=2)
    Node.objects.filter(country="DE").update(as_name="Telekom")
    html = page(Client(), "/network/")
    assert '<th scope="row">Telekom</th><td class="number"></td><td class="number">2</td>' in html
    assert "Germany: 2 nodes, 4 vessels" in html
    assert '<th scope="row">Germany</th><td class="number">2</td><td class="number">4</td>' in html
    assert '<th scope="row">not known</th><td class="number">1</td>' in html


def test_given_no_worker_when_the_status_is_shown_then_it_says_so_and_answers_503() -> None:
    Heartbeat.objects.all().delete()
    html = page(Client(), "/status/", status=503)
    assert "Something is down." in html
    assert "none was ever seen" in html


def test_given_an_order_that_waits_for_long_when_the_status_is_shown_then_it_says_that_it_is_slow(
    user: User, new_node: NewNode
) -> None:
    new_node()
    services.acquire(user, Kind.RANDOM, 1)
    assert "All works." in page(Client(), "/status/")
    cache.clear()
    Order.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    assert "It works, and is slow." in page(Client(), "/status/")


def test_given_a_database_that_is_down_when_the_status_is_shown_then_it_says_so_and_asks_it_no_more(
    browser: Client,
) -> None:
    asked: list[str] = []

    def down(execute: object, sql: str, *more: object) -> None:
        asked.append(sql)
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(down):
        answer = browser.get("/status/")
    assert answer.status_code == 503
    html = answer.content.decode()
    assert "it does not answer" in html
    assert "closed the connection" not in html  # which is for the operator's log: everybody sees this page
    assert len(asked) == 1


def test_given_a_host_name_that_is_not_ours_when_it_is_asked_for_then_the_page_says_that_it_cannot_be_read() -> None:
    answer = Client().get("/", headers={"host": "evil.example.org"})
    assert answer.status_code == 400
    assert "That can&#x27;t be understood" in answer.content.decode().replace("'", "&#x27;")


def test_given_an_address_of_nothing_when_it_is_opened_then_the_page_is_ours() -> None:
    html = page(Client(), "/nowhere/", status=404)
    assert "There is no such page" in html
    assert what_is_wrong(html) == []


def test_given_a_database_that_is_away_when_a_page_is_opened_then_the_page_says_so_and_tells_nothing_of_the_insides(
    browser: Client,
) -> None:
    def failing(*_: object) -> None:
        raise OperationalError("a secret of the insides")

    browser.raise_request_exception = False
    with connection.execute_wrapper(failing):
        answer = browser.get("/network/")
    html = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "database does not answer" in html
    assert "secret of the insides" not in html
    assert what_is_wrong(html) == []


def test_given_a_mistake_of_ours_when_a_page_is_opened_then_the_page_says_so_and_tells_nothing_of_the_insides(
    browser: Client,
) -> None:
    def failing(*_: object) -> None:
        raise ProgrammingError("a secret of the insides")

    browser.raise_request_exception = False
    with connection.execute_wrapper(failing):
        answer = browser.get("/network/")
    html = answer.content.decode()
    assert answer.status_code == 500
    assert "Something is broken here" in html
    assert "secret of the insides" not in html
    assert what_is_wrong(html) == []
