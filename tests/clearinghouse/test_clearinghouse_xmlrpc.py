"""The reference's XML-RPC API, as the standard library's client sees it: every call, and every fault."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from xmlrpc.client import Fault, ServerProxy, dumps, loads

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import OperationalError, connection, connections
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from tests.clearinghouse.asking import NONE
from tests.clearinghouse.conftest import PASSWORD
from tests.clearinghouse.live_site import served

from seattle.clearinghouse.accounts import services as accounts
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.api.models import Allowance
from seattle.clearinghouse.api.rates import Rate
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind, Lease
from seattle.clearinghouse.xmlrpc import views
from seattle.clearinghouse.xmlrpc.calls import CALLS
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_public_line

XML = st.characters(min_codepoint=32, max_codepoint=0xD7FF)  # those that a body can have

NewUser = Callable[..., User]
NewNode = Callable[..., Node]

INTERNAL, NOT_YOU, INVALID, TOO_MANY, NOT_NOW = 100, 101, 102, 103, 105


@pytest.fixture
def site(transactional_db: None) -> Iterator[str]:
    with served() as url:
        yield url


@pytest.fixture
def proxy(site: str) -> Iterator[Any]:
    with ServerProxy(f"{site}/xmlrpc/") as proxy:
        yield proxy


@pytest.fixture
def alice(new_user: NewUser) -> User:
    return new_user("alice")


@pytest.fixture
def auth(alice: User) -> dict[str, str]:
    return {"username": "alice", "api_key": accounts.make_api_key(alice, "test")}


@pytest.fixture
def pwauth(alice: User) -> dict[str, str]:
    return {"username": "alice", "password": PASSWORD}


def fault(call: Callable[..., Any], *arguments: Any) -> int:
    """The code of the fault that this call ends with."""
    with pytest.raises(Fault) as raised:
        call(*arguments)
    assert raised.value.faultString
    return raised.value.faultCode


@contextmanager
def a_worker(assign: Callable[[Lease], None] = services.assigned) -> Iterator[None]:
    """Somebody who does with every lease what a worker does."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.02):
            for lease in Lease.objects.filter(state=Lease.State.ASSIGNING):
                assign(lease)
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_given_free_vessels_when_they_are_acquired_then_they_come_once_they_are_there(
    proxy: Any, auth: dict[str, str], new_node: NewNode
) -> None:
    node = new_node(address="198.51.100.7")
    with a_worker():
        got = proxy.acquire_resources(auth, {"rspec_type": "random", "number_of_nodes": 1})
    (info,) = got
    assert set(info) == {
        "node_ip", "node_port", "vessel_id", "node_id", "handle", "is_active", "expires_in_seconds"
    }  # fmt: skip
    assert (info["node_ip"], info["node_id"], info["is_active"]) == ("198.51.100.7", node.node_id, True)
    assert info["handle"] == f"{node.node_id}:{info['vessel_id']}"
    assert isinstance(info["expires_in_seconds"], int)
    assert proxy.get_resource_info(auth) == [
        {**info, "expires_in_seconds": proxy.get_resource_info(auth)[0]["expires_in_seconds"]}
    ]


@pytest.mark.parametrize("kind", ["wan", "lan", "nat", "random"])
def test_given_each_type_when_it_can_not_be_had_then_that_is_told(proxy: Any, auth: dict[str, str], kind: str) -> None:
    assert fault(proxy.acquire_resources, auth, {"rspec_type": kind, "number_of_nodes": 1}) == NOT_NOW


def test_given_handles_when_they_are_acquired_then_those_that_are_free_come_once_each(
    proxy: Any, auth: dict[str, str], new_node: NewNode
) -> None:
    free, taken = (vessel.handle for vessel in new_node(vessels=2).vessels.all())
    Vessel.objects.filter(name=taken.rpartition(":")[2]).update(state=Vessel.State.DIRTY)
    with a_worker():
        got = proxy.acquire_specific_vessels(auth, [free, taken, free])
        assert [one["handle"] for one in got] == [free]
        assert proxy.acquire_specific_vessels(auth, [taken]) == []


def test_given_held_vessels_when_they_are_renewed_and_released_then_nought_is_answered_and_others_are_skipped(
    proxy: Any, auth: dict[str, str], alice: User, new_user: NewUser, new_node: NewNode
) -> None:
    new_node(vessels=2)
    mine = services.acquire(alice, Kind.RANDOM, 1).leases.get()
    theirs = services.acquire(new_user("bob"), Kind.RANDOM, 1).leases.get()
    assert proxy.renew_resources(auth, [mine.handle, theirs.handle, NONE]) == 0
    assert proxy.get_resource_info(auth)[0]["expires_in_seconds"] > 6 * 24 * 3600
    assert proxy.release_resources(auth, [mine.handle, theirs.handle, NONE]) == 0
    assert proxy.get_resource_info(auth) == []
    theirs.refresh_from_db()
    assert theirs.ended_at is None


def test_given_a_user_when_they_ask_who_they_are_then_the_four_facts_are_told(
    proxy: Any, auth: dict[str, str], alice: User
) -> None:
    assert proxy.get_account_info(auth) == {
        "user_port": alice.port,
        "user_name": "alice",
        "max_vessels": 10,
        "user_affiliation": "Somewhere",
    }


def test_given_a_password_when_a_key_is_set_then_it_is_the_only_one(
    proxy: Any, auth: dict[str, str], pwauth: dict[str, str]
) -> None:
    line = format_public_line(KeyPair.generate().public)
    assert proxy.set_public_key(pwauth, line) == 0
    assert proxy.get_public_key(auth) == line
    assert fault(proxy.set_public_key, pwauth, "65537 3233") == INVALID


def test_given_a_password_when_the_api_key_is_made_anew_then_the_former_is_worthless_and_others_are_not(
    proxy: Any, auth: dict[str, str], pwauth: dict[str, str]
) -> None:
    first = {"username": "alice", "api_key": proxy.regenerate_api_key(pwauth)}
    assert proxy.get_account_info(first)
    second = {"username": "alice", "api_key": proxy.regenerate_api_key(pwauth)}
    assert fault(proxy.get_account_info, first) == NOT_YOU
    assert proxy.get_account_info(second)
    assert proxy.get_account_info(auth)


def test_given_any_name_when_its_encrypted_api_key_is_asked_for_then_the_answer_is_the_same(
    proxy: Any, alice: User
) -> None:
    told = []
    for name in ("alice", "nobody", 7):
        with pytest.raises(Fault) as raised:
            proxy.get_encrypted_api_key(name)
        told.append((raised.value.faultCode, raised.value.faultString))
    assert len(set(told)) == 1
    assert told[0][0] == INVALID
    assert "seattle login" in told[0][1]


def test_given_characters_that_no_xml_has_when_they_are_answered_then_the_client_reads_it_all_the_same(
    auth: dict[str, str], alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(affiliation="a\x1bb <&>")
    answer = Client().post("/xmlrpc/", body_of("get_account_info", auth), "text/xml")
    ((told,), _) = loads(answer.content)
    assert told["user_affiliation"] == "a?b <&>"  # type: ignore[index,call-overload]


@pytest.mark.parametrize("auth", [None, 7, [], {}, {"username": "alice"}, {"username": "alice", "api_key": 7}])
def test_given_credentials_of_the_wrong_form_when_any_call_is_made_then_it_is_invalid(db: None, auth: Any) -> None:
    assert in_process("get_account_info", auth) == INVALID
    assert in_process("regenerate_api_key", auth) == INVALID
    assert in_process("release_resources", auth, [NONE]) == INVALID


def test_given_credentials_of_nobody_when_they_are_used_then_authentication_fails(
    proxy: Any, auth: dict[str, str], new_user: NewUser
) -> None:
    new_user("mallory")
    for wrong in ({"api_key": "sak_guess"}, {"api_key": "eyJ.eyJ.x"}, {"username": "nobody"}, {"username": "mallory"}):
        assert fault(proxy.get_account_info, {**auth, **wrong}) == NOT_YOU


def test_given_a_banned_user_when_they_call_then_authentication_fails(
    proxy: Any, auth: dict[str, str], pwauth: dict[str, str], alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert fault(proxy.get_account_info, auth) == NOT_YOU
    assert fault(proxy.regenerate_api_key, pwauth) == NOT_YOU


def test_given_a_second_factor_when_only_a_password_is_sent_then_it_opens_nothing(
    proxy: Any, pwauth: dict[str, str], alice: User
) -> None:
    TOTP.activate(alice, generate_totp_secret())
    with pytest.raises(Fault, match="second factor") as raised:
        proxy.regenerate_api_key(pwauth)
    assert raised.value.faultCode == NOT_YOU


def test_given_an_address_that_is_not_confirmed_when_the_password_is_sent_then_it_opens_nothing(
    proxy: Any, pwauth: dict[str, str]
) -> None:
    EmailAddress.objects.update(verified=False)
    assert fault(proxy.regenerate_api_key, pwauth) == NOT_YOU


def test_given_many_wrong_passwords_when_the_right_one_follows_then_it_has_to_wait(
    proxy: Any, pwauth: dict[str, str]
) -> None:
    wrong = {**pwauth, "password": "swordfish"}
    codes = {fault(proxy.regenerate_api_key, wrong) for _ in range(6)}
    assert codes == {NOT_YOU, NOT_NOW}
    assert fault(proxy.regenerate_api_key, pwauth) == NOT_NOW


def test_given_wrong_passwords_here_and_on_the_page_to_sign_in_when_the_right_one_follows_then_it_has_to_wait(
    pwauth: dict[str, str],
) -> None:
    wrong, browser = {**pwauth, "password": "wrong"}, Client(REMOTE_ADDR="198.51.100.9")
    for _ in range(3):
        in_process("regenerate_api_key", wrong)
        browser.post("/account/login/", {"login": "ALICE", "password": "wrong"})
    assert in_process("regenerate_api_key", pwauth) == NOT_NOW
    browser.post("/account/login/", {"login": "alice", "password": PASSWORD})
    assert browser.get("/account/profile/").status_code == 302


def test_given_wrong_names_and_wrong_passwords_when_they_are_sent_then_they_are_told_apart_by_nothing(
    proxy: Any, pwauth: dict[str, str]
) -> None:
    told = set()
    for wrong in ({"password": "swordfish"}, {"username": "nobody"}, {"username": "alice@example.org"}):
        with pytest.raises(Fault) as raised:
            proxy.regenerate_api_key({**pwauth, **wrong})
        told.add((raised.value.faultCode, raised.value.faultString))
    assert len(told) == 1


def test_given_more_vessels_than_credits_when_they_are_acquired_or_renewed_then_that_is_the_fault(
    proxy: Any, auth: dict[str, str], alice: User, new_node: NewNode
) -> None:
    new_node()
    assert fault(proxy.acquire_resources, auth, {"rspec_type": "random", "number_of_nodes": 11}) == TOO_MANY
    lease = services.acquire(alice, Kind.RANDOM, 1).leases.get()
    User.objects.filter(pk=alice.pk).update(credits_total=0)
    assert fault(proxy.renew_resources, auth, [lease.handle]) == TOO_MANY
    assert fault(proxy.acquire_specific_vessels, auth, [lease.handle]) == TOO_MANY


@pytest.mark.parametrize(
    "resources",
    [
        "wan",
        {},
        {"rspec_type": "wan"},
        {"rspec_type": "all", "number_of_nodes": 1},
        {"rspec_type": "wan", "number_of_nodes": 0},
        {"rspec_type": "wan", "number_of_nodes": "1"},
        {"rspec_type": "wan", "number_of_nodes": True},
        {"rspec_type": "wan", "number_of_nodes": 1001},
    ],
)
def test_given_resources_that_make_no_sense_when_they_are_acquired_then_it_is_invalid(
    auth: dict[str, str], resources: Any
) -> None:
    assert in_process("acquire_resources", auth, resources) == INVALID


@pytest.mark.parametrize("call", ["acquire_specific_vessels", "release_resources", "renew_resources"])
def test_given_handles_that_are_none_when_they_are_used_then_it_is_invalid(auth: dict[str, str], call: str) -> None:
    wrong: list[Any] = [[], "text", [7], ["no handle"], [None], {}]
    for handles in wrong:
        assert in_process(call, auth, handles) == INVALID, handles


def test_given_an_unknown_handle_when_it_is_acquired_then_it_is_invalid(auth: dict[str, str]) -> None:
    assert in_process("acquire_specific_vessels", auth, [NONE]) == INVALID


def test_given_too_few_or_too_many_arguments_when_a_call_is_made_then_it_is_invalid(auth: dict[str, str]) -> None:
    assert in_process("get_account_info") == INVALID
    assert in_process("get_account_info", auth, 7) == INVALID


@pytest.mark.parametrize("name", ["system.listMethods", "acquire", "__class__", "_user"])
def test_given_a_call_that_is_none_when_it_is_made_then_nobody_handles_it(db: None, name: str) -> None:
    assert in_process(name) == 1


BOMB = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<methodCall><methodName>get_account_info</methodName><params><param><value>&b;</value></param></params></methodCall>"""
OUTSIDE = BOMB.replace(b'<!ENTITY a "aaaaaaaaaa">', b'<!ENTITY a SYSTEM "file:///etc/passwd">')
DEEP = b"<methodCall><methodName>x</methodName><params><param>" + b"<value><array><data>" * 5000
HUGE = b"<methodCall><methodName>x</methodName><params><param><value>" + b"x" * 200_000
LONG_NUMBER = b"<methodCall><methodName>x</methodName><params><param><value><int>" + b"9" * 9000 + b"</int></value>"
NO_NUMBER = b"<methodCall><methodName>x</methodName><params><param><value><bigdecimal>x</bigdecimal></value></param>"
FAULT = b"<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>7</int></value></member>"


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"\xff\xfe", b"<a/>", BOMB, OUTSIDE, DEEP, HUGE, HUGE * 2, LONG_NUMBER, NO_NUMBER, FAULT]
)
def test_given_a_body_that_is_no_call_when_it_is_sent_then_it_is_refused_at_once(db: None, body: bytes) -> None:
    answer = Client().post("/xmlrpc/", body, "text/xml")
    assert answer.status_code == 200
    assert b"<int>1</int>" in answer.content
    assert b"root:" not in answer.content


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.floats(allow_nan=False)
    | st.binary()
    | st.text(XML),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(XML), inner, max_size=3),
    max_leaves=8,
)


@given(name=st.sampled_from(sorted(CALLS)), more=st.lists(ANYTHING, max_size=3), known=st.booleans())
@trying(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_given_any_arguments_when_a_call_is_made_then_it_is_answered_or_told_to_be_invalid(
    auth: dict[str, str], name: str, more: list[Any], known: bool
) -> None:
    assert in_process(name, *([auth] if known else []), *more) in (None, 1, NOT_YOU, INVALID)  # 1: nested too deeply


@given(body=st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
@trying(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_given_any_body_when_it_is_sent_then_it_is_answered_with_a_fault(db: None, body: bytes) -> None:
    answer = Client().post("/xmlrpc/", body, "text/xml")
    with pytest.raises(Fault) as raised:
        loads(answer.content)
    assert raised.value.faultCode == 1


def test_given_a_mistake_of_ours_when_it_happens_then_it_is_internal_and_nothing_of_it_is_told(
    auth: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("swordfish")

    monkeypatch.setattr(services, "held", fail)
    answer = Client().post("/xmlrpc/", body_of("get_resource_info", auth), "text/xml").content
    assert b"<int>100</int>" in answer
    assert b"swordfish" not in answer


def test_given_nodes_that_never_answer_when_vessels_are_acquired_then_all_is_given_back_in_time(
    auth: dict[str, str], alice: User, new_node: NewNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_node()
    monkeypatch.setattr(views, "PATIENCE", 0.1)
    assert in_process("acquire_resources", auth, {"rspec_type": "random", "number_of_nodes": 1}) == NOT_NOW
    alice.refresh_from_db()
    assert alice.credits_held == 0


def test_given_nodes_that_refuse_when_vessels_are_acquired_then_the_reason_is_the_fault(
    proxy: Any, auth: dict[str, str], new_node: NewNode
) -> None:
    new_node()
    with a_worker(lambda lease: services.not_assigned(lease, "the node does not answer")):
        assert fault(proxy.acquire_resources, auth, {"rspec_type": "random", "number_of_nodes": 1}) == NOT_NOW


def test_given_too_many_calls_when_one_more_is_made_then_it_has_to_wait(
    auth: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rate, "clock", staticmethod(lambda: 1000.0))
    assert in_process("get_account_info", auth) is None
    Allowance.objects.update(used=10_000)
    assert in_process("get_account_info", auth) == NOT_NOW


def test_given_a_database_that_is_away_when_a_call_is_made_then_it_can_not_be_had_now(
    auth: dict[str, str],
) -> None:
    def failing(*_: object) -> None:
        raise OperationalError("the password is swordfish")

    with connection.execute_wrapper(failing):
        answer = Client().post("/xmlrpc/", body_of("get_resource_info", auth), "text/xml").content
    with pytest.raises(Fault) as raised:
        loads(answer)
    assert raised.value.faultCode == NOT_NOW
    assert "try again" in raised.value.faultString
    assert "swordfish" not in raised.value.faultString


def test_given_a_browser_when_it_comes_by_then_it_is_told_where_to_read(db: None) -> None:
    for path in ("/xmlrpc", "/xmlrpc/"):
        page = Client().get(path)
        assert page.status_code == 200
        assert b"/api/v1/docs" in page.content


def test_given_a_path_without_a_slash_when_a_call_is_made_then_it_works(site: str, auth: dict[str, str]) -> None:
    with ServerProxy(f"{site}/xmlrpc") as proxy:
        assert proxy.get_account_info(auth)


def body_of(name: str, *arguments: Any) -> bytes:
    return dumps(arguments, name, allow_none=True).encode()


def in_process(name: str, *arguments: Any) -> int | None:
    """The code of the fault that this call ends with, asked without a socket; None if it went well."""
    answer = Client().post("/xmlrpc/", body_of(name, *arguments), "text/xml")
    try:
        loads(answer.content)
    except Fault as told:
        return told.faultCode
    return None
