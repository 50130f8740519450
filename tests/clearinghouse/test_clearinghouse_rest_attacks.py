"""What the REST API refuses: strangers, other users' things, what is too much, and what makes no sense."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.test import Client
from tests.clearinghouse.asking import NONE, ROOT, Asking, with_a_key, with_api_key

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.api import reference
from seattle.clearinghouse.api.models import Allowance
from seattle.clearinghouse.api.rates import Rate, SlowDown
from seattle.clearinghouse.fleet.donation_tokens import make_token
from seattle.clearinghouse.fleet.models import DonationToken, Node
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind, Lease
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_public_line

NewUser = Callable[..., User]
NewNode = Callable[..., Node]

VALUES = {
    "build_id": "a" * 40,
    "order_id": "1",
    "api_key_id": "1",
    "token_id": "1",
    "handle": NONE,
    "key_id": "U1",
    "code": "AAAA-AAAA",
}
CALLS = [(call.method, call.path.removeprefix(ROOT), call.public) for call in reference.calls()]
PRIVATE = [(method, path.format(**VALUES)) for method, path, public in CALLS if not public and "login" not in path]
PATHS = sorted({path.format(**VALUES) for _, path, _ in CALLS})


@pytest.fixture
def alice(new_user: NewUser) -> User:
    return new_user("alice")


@pytest.fixture
def mallory(new_user: NewUser) -> Asking:
    return with_a_key(new_user("mallory"))


@pytest.fixture
def ask(alice: User) -> Asking:
    return with_api_key(alice)


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("GET", "/vessels/v12", None, "handle: this is no handle: they look like U...:v12"),
        ("POST", "/vessels/release", {"handles": ["v12"]}, "handles.0: this is no handle"),
        ("PATCH", "/account", {"affiliation": "x"}, "affiliation: expected 3 to 200 characters, in one line"),
        ("GET", "/builds/1", None, "build_id: this is no id of a build: they have 40 small letters and digits"),
        ("POST", "/orders", {"count": 1, "key": "a b"}, "key: expected 1 to 64 letters, digits"),
        ("POST", "/orders", {"count": 1, "where": {"countries": ["de"]}}, "Expected two capital letters"),
    ],
)
def test_given_a_text_of_the_wrong_form_when_it_is_refused_then_the_words_are_for_people(
    ask: Asking, method: str, path: str, body: Any, words: str
) -> None:
    answer = ask(method, path, body)
    assert (answer.status, answer.code) == (400, "bad-request")
    assert words in answer.body["message"]


def test_given_no_credentials_when_anything_of_a_user_is_asked_for_then_it_is_refused(db: None) -> None:
    for method, path in PRIVATE:
        answer = Asking()(method, path)
        assert (answer.status, answer.code) == (401, "not-authenticated"), (method, path)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        Allowance.objects.all().delete()


@pytest.mark.parametrize(
    "header", ["Basic YTpi", "Bearer", "Bearer sak_", "Bearer sak_" + "x" * 43, "sak_x", "Bearer e30.e30.e30"]
)
def test_given_credentials_that_are_none_when_they_are_used_then_they_are_refused(db: None, header: str) -> None:
    assert Asking(lambda *_: header).get("/account").status == 401


def test_given_a_session_of_the_site_when_its_cookie_is_sent_then_it_is_worth_nothing(alice: User) -> None:
    signed_in = Asking()
    signed_in.client.force_login(alice)
    assert signed_in.post("/vessels/release", {"handles": None}).status == 401


def test_given_a_banned_user_when_their_program_asks_then_it_is_refused(alice: User, ask: Asking) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert ask.get("/account").status == 401


def test_given_a_request_signed_for_another_when_it_is_altered_then_it_is_refused(alice: User) -> None:
    signing = with_a_key(alice)
    assert signing.authorization is not None
    header = signing.authorization("POST", f"{ROOT}/orders", json.dumps({"count": 1}).encode())
    assert Asking(lambda *_: header).post("/orders", {"count": 9}).status == 401


@pytest.mark.parametrize(
    ("signed", "sent"), [("?limit=1&before=5", "?before=5&limit=1"), ("?limit=1", "?limit=1&limit=9")]
)
def test_given_a_signed_query_when_its_parts_change_places_or_come_twice_then_it_is_refused(
    alice: User, signed: str, sent: str
) -> None:
    signing = with_a_key(alice)
    assert signing.authorization is not None
    header = signing.authorization("GET", f"{ROOT}/orders{signed}", b"")
    assert Asking(lambda *_: header).get(f"/orders{sent}").status == 401
    assert Asking(lambda *_: header).get(f"/orders{signed}").status == 200


def test_given_two_credentials_in_one_request_when_one_is_good_then_neither_counts(alice: User) -> None:
    signing = with_a_key(alice)
    assert signing.authorization is not None
    good = signing.authorization("GET", f"{ROOT}/account", b"")
    for both in (f"{good}, {good}", f"{good},Bearer sak_x", f"Bearer sak_x, {good}"):  # as servers pass two headers on
        assert Asking(lambda *_, both=both: both).get("/account").status == 401


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Original-URL", "X-Rewrite-URL"])
def test_given_a_header_that_would_make_it_another_request_when_it_comes_then_it_means_nothing(
    alice: User, name: str
) -> None:
    key_id = alice.keys.get().key_id
    value = "DELETE" if "Method" in name else f"{ROOT}/api-keys"
    answer = with_a_key(alice)("GET", "/keys", None, **{name: value})
    assert answer.status == 200
    assert key_id in [key["key_id"] for key in answer.body]


def test_given_anothers_vessel_when_it_is_released_renewed_and_looked_at_then_it_is_as_if_it_was_not_there(
    alice: User, mallory: Asking, new_node: NewNode
) -> None:
    new_node()
    lease = services.acquire(alice, Kind.RANDOM, 1).leases.get()
    assert mallory.post("/vessels/release", {"handles": [lease.handle]}).body == {"done": [], "skipped": [lease.handle]}
    assert mallory.post("/vessels/renew", {"handles": [lease.handle]}).body["done"] == []
    assert mallory.get(f"/vessels/{lease.handle}").code == "unknown-vessel"
    lease.refresh_from_db()
    assert lease.state == Lease.State.ASSIGNING


def test_given_anothers_order_when_it_is_asked_for_then_it_is_as_if_it_was_not_there(
    alice: User, mallory: Asking, new_node: NewNode
) -> None:
    new_node()
    order = services.acquire(alice, Kind.RANDOM, 1)
    theirs, none = mallory.get(f"/orders/{order.pk}"), mallory.get(f"/orders/{order.pk + 1}")
    assert (theirs.status, none.status) == (404, 404)
    assert theirs.code == none.code
    assert mallory.get("/orders").body["items"] == []


def test_given_anothers_keys_and_tokens_when_they_are_revoked_then_they_stay(
    alice: User, ask: Asking, mallory: Asking
) -> None:
    token = make_token(alice)
    assert mallory.delete(f"/donations/tokens/{token.pk}").status == 404
    assert mallory.delete(f"/api-keys/{alice.api_keys.get().pk}").status == 404
    assert mallory.delete(f"/keys/{alice.keys.get().key_id}").status == 404
    assert ask.get("/account").status == 200
    assert DonationToken.objects.get().revoked_at is None
    assert alice.keys.get().retired_at is None


def test_given_a_name_that_would_steer_a_terminal_when_a_token_gets_it_then_it_is_one_line_of_text(ask: Asking) -> None:
    told = ask.post("/donations/tokens", {"name": "\x1b[2J\u202eattic\nroot:"})
    assert (told.status, told.body["name"]) == (201, "[2J attic root:")


def test_given_anothers_key_when_it_is_added_then_it_is_refused(alice: User, mallory: Asking) -> None:
    assert mallory.post("/keys", {"public_line": alice.keys.get().public_line}).status == 400


def test_given_an_api_key_when_it_would_make_or_change_keys_then_it_is_refused(ask: Asking, alice: User) -> None:
    line = format_public_line(KeyPair.generate().public)
    assert ask.post("/keys", {"public_line": line}).code == "not-permitted"
    assert ask.delete(f"/keys/{alice.keys.get().key_id}").code == "not-permitted"
    assert ask.post("/api-keys", {"name": "more"}).code == "not-permitted"


@pytest.mark.parametrize("spaces", ["  ", " \t ", "   "])
def test_given_an_api_key_that_is_written_in_another_way_when_it_would_make_keys_then_it_is_refused_as_well(
    alice: User, spaces: str
) -> None:
    ask = with_api_key(alice)
    assert ask.authorization is not None
    header = ask.authorization("", "", b"").replace(" ", spaces)
    answer = Asking(lambda *_: header).post("/api-keys", {"name": "more"})
    assert answer.code == "not-permitted"
    assert alice.api_keys.count() == 1


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/orders", {"count": 1, "user": 1}),
        ("/orders", {"count": 1, "state": "done"}),
        ("/orders", {"count": 1, "where": {"user": 1}}),
        ("/orders/specific", {"handles": [NONE], "expires_at": "2099-01-01T00:00:00Z"}),
        ("/vessels/renew", {"handles": None, "until": "2099-01-01T00:00:00Z"}),
        ("/donations/tokens", {"name": "x", "token": "don_mine"}),
        ("/donations/tokens", {"name": "x", "user": 1}),
    ],
)
def test_given_fields_that_are_not_for_users_when_they_are_sent_then_the_request_is_refused(
    ask: Asking, path: str, data: Any
) -> None:
    assert ask.post(path, data).code == "bad-request"


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        None,
        "text",
        {"count": 0},
        {"count": -1},
        {"count": 1001},
        {"count": 1.5},
        {"count": "1"},
        {"count": True},
        {"count": 10**400},
        {"count": 1, "kind": "specific"},
        {"count": 1, "kind": "any"},
        {"count": 2, "least": 3},
        {"count": 1, "where": {"countries": ["Germany"]}},
        {"count": 1, "where": {"countries": ["DE"] * 61}},
        {"count": 1, "where": {"within_ms": -1}},
        {"count": 1, "where": {"near": "\x00"}},
        b"",
        b"{",
        b'{"count": NaN}',
        b'{"count": 1e999}',
        b"[" * 100_000,
        b'"\\ud800"',
        b"\xff",
    ],
)
def test_given_an_order_that_makes_no_sense_when_it_is_sent_then_it_is_refused_in_words(ask: Asking, data: Any) -> None:
    answer = ask.post("/orders", data)
    assert (answer.status, answer.code) == (400, "bad-request")
    assert answer.body["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/orders/0",
        "/orders/x",
        f"/orders/{2**63}",
        "/orders/1?wait=31",
        "/orders/1?wait=-1",
        "/orders/1?wait=nan",
        "/orders?limit=0",
        "/orders?limit=201",
        "/orders?before=0",
        "/orders?limit=1%00",
        "/vessels?after=-1",
        "/vessels?limit=1001",
        "/vessels/nothing",
        f"/vessels/{NONE}%00",
    ],
)
def test_given_a_number_out_of_range_when_it_is_sent_then_it_is_refused(ask: Asking, path: str) -> None:
    assert ask.get(path).code == "bad-request"


def test_given_a_body_beyond_all_measure_when_it_is_sent_then_it_is_refused(ask: Asking) -> None:
    answer = ask.post("/vessels/release", {"handles": [NONE + "x" * 60] * 5000})
    assert (answer.status, answer.code) == (413, "too-large")


def test_given_more_handles_than_anybody_holds_when_they_are_sent_then_they_are_refused(ask: Asking) -> None:
    assert ask.post("/vessels/release", {"handles": [NONE] * 1001}).status == 400


def test_given_a_method_that_a_path_does_not_have_when_it_is_used_then_those_it_has_are_told(db: None) -> None:
    for path in PATHS:
        for method in ("PUT", "OPTIONS", "TRACE"):
            answer = Asking()(method, path)
            assert (answer.status, answer.code) == (405, "method-not-allowed"), (method, path)
            assert method not in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/nothing", "/orders/1/2", "/orders/%0d%0aSet-Cookie:%20a=b", "/..%2f..%2fadmin"])
def test_given_a_path_that_is_none_when_it_is_asked_for_then_the_answer_has_our_form_and_nothing_of_it(
    db: None, path: str
) -> None:
    answer = Asking().get(path)
    assert answer.code in ("not-found", "not-authenticated", "bad-request")
    assert "Set-Cookie" not in answer.headers


def test_given_a_secret_that_is_told_once_when_it_is_answered_then_no_cache_keeps_it(mallory: Asking) -> None:
    assert mallory.post("/api-keys", {"name": "cron"}).headers["Cache-Control"] == "no-store"


def test_given_a_mistake_of_ours_when_it_happens_then_nothing_of_it_is_told(
    ask: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(services, "held", fail)
    answer = ask.get("/vessels")
    assert (answer.status, answer.code) == (500, "internal")
    assert "swordfish" not in str(answer.body)


def test_given_a_database_that_is_away_when_anybody_asks_then_they_are_told_to_come_again(ask: Asking) -> None:
    def failing(*_: object) -> None:
        raise OperationalError("the password is swordfish")

    with connection.execute_wrapper(failing):
        answer = ask.get("/vessels")
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "unavailable", "10")
    assert "swordfish" not in str(answer.body)


def test_given_no_more_requests_when_one_is_made_then_it_is_told_when_there_are_more(
    ask: Asking, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rate, "clock", staticmethod(lambda: 1000.0))
    assert ask.get("/account").status == 200
    Allowance.objects.update(used=600)
    answer = ask.get("/account")
    assert (answer.status, answer.code) == (429, "too-many-requests")
    assert answer.headers["Retry-After"] == "20"
    monkeypatch.setattr(Rate, "clock", staticmethod(lambda: 1020.0))
    assert ask.get("/account").status == 200


def test_given_guesses_from_one_address_when_there_are_too_many_then_that_address_alone_has_to_wait(
    ask: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rate, "clock", staticmethod(lambda: 1000.0))
    guess = Asking(lambda *_: "Bearer sak_guess")
    assert guess.get("/account").status == 401
    Allowance.objects.update(used=120)
    assert guess.get("/account").status == 429
    elsewhere = Asking(lambda *_: "Bearer sak_guess", Client(REMOTE_ADDR="198.51.100.9"))
    assert elsewhere.get("/account").status == 401
    assert ask.get("/account").status == 200


def test_given_guesses_from_many_addresses_of_one_ipv6_network_when_there_are_too_many_then_all_have_to_wait(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rate, "clock", staticmethod(lambda: 1000.0))
    first, second = (
        Asking(lambda *_: "Bearer sak_guess", Client(REMOTE_ADDR=host)) for host in ("2001:db8::1", "2001:db8::ffff:2")
    )
    assert first.get("/account").status == 401
    Allowance.objects.update(used=120)
    assert second.get("/account").status == 429


def test_given_many_at_once_when_they_charge_the_same_allowance_then_no_more_get_through_than_may(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rate, "clock", staticmethod(lambda: 1000.0))
    rate, passed = Rate(what="tries", most=5), []

    def charge() -> None:
        try:
            rate.charge("alice")
            passed.append(1)
        except SlowDown:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=charge) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 5  # and no fewer: all of them come when the first of the window has not been counted yet


def test_given_allowances_of_long_ago_when_somebody_new_comes_then_they_are_forgotten(db: None) -> None:
    Allowance.objects.create(whose="tries:bob", window=0, used=3)
    Rate(what="tries", most=5).charge("alice")
    assert list(Allowance.objects.values_list("whose", flat=True)) == ["tries:alice"]
