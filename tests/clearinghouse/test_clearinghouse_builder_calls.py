"""The reference's builder over XML-RPC, as the standard library's client sees it, and the same over REST."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from xmlrpc.client import Fault, ServerProxy, dumps, loads

import msgspec
import pytest
from django.test import Client
from tests.clearinghouse.asking import Asking, with_a_key, with_api_key
from tests.clearinghouse.live_site import served
from tests.clearinghouse.releases import Foundry, foundry

from seattle.clearinghouse.accounts import services as accounts
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.builds.models import Build
from seattle.clearinghouse.config import BuilderPolicy
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_public_line, parse_private

NewUser = Callable[..., User]

ANN = format_public_line(KeyPair.generate().public)
EIGHTY = [{"percentage": 80, "owner": "ann"}]
NOT_YOU, INVALID, NOT_NOW = 101, 102, 105


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Foundry:
    return foundry(settings, tmp_path)


@pytest.fixture
def proxy(site: Foundry, transactional_db: None) -> Iterator[Any]:
    """Open to everybody, as the reference's was."""
    with served() as url, ServerProxy(f"{url}/xmlrpc/", allow_none=True) as proxy:
        site.site(url=url, builder=BuilderPolicy.OPEN)
        yield proxy


@pytest.fixture
def alice(new_user: NewUser) -> User:
    return new_user("alice")


def fault(call: Callable[..., Any], *arguments: Any) -> tuple[int, str]:
    with pytest.raises(Fault) as raised:
        call(*arguments)
    return raised.value.faultCode, raised.value.faultString


def in_process(name: str, *arguments: Any) -> Any:
    """The same without a socket."""
    return loads(Client().post("/xmlrpc/", dumps(arguments, name).encode(), "text/xml").content)[0][0]


def test_given_the_reference_client_when_it_builds_then_it_gets_urls_keys_and_an_id(proxy: Any, site: Foundry) -> None:
    assert proxy.api_version() == "2.0"
    vessels = [{"percentage": 50, "owner": "ann", "users": ["bob"]}, {"percentage": 30, "owner": "bob"}]
    built = proxy.build_installers(vessels, {"ann": {"public_key": ANN}})
    assert set(built) == {"installers", "users", "build_id"}
    assert built["users"]["ann"] == {"public_key": ANN}
    assert (
        format_public_line(parse_private(built["users"]["bob"]["private_key"]).public)
        == (built["users"]["bob"]["public_key"])
    )
    assert proxy.get_urls(built["build_id"]) == built["installers"]
    site.sign()
    with urlopen(built["installers"]["linux"], timeout=20) as answer:
        assert answer.read(9) == b"#!/bin/sh"


def test_given_no_user_data_when_it_is_built_then_all_pairs_are_made(site: Foundry, db: None) -> None:
    site.site(builder=BuilderPolicy.OPEN)
    built = in_process("build_installers", EIGHTY)
    assert "private_key" in built["users"]["ann"]
    assert "private_key" not in str(Build.objects.get().people)


@pytest.mark.parametrize(
    ("vessels", "users", "words"),
    [
        ([{"percentage": 45, "owner": "ann"}, {"percentage": 35, "owner": "ann"}], {}, "45 %"),
        ([{"percentage": 70, "owner": "ann"}], {}, "70 % together"),
        ([{"percentage": 0, "owner": "ann"}, *EIGHTY], {}, "0 %"),
        ([{"percentage": 80, "owner": ""}], {}, "no owner"),
        ([{"percentage": 80}], {}, "expected a list"),
        ([{"percentage": "80", "owner": "ann"}], {}, "expected a list"),
        ([{"percentage": 80, "owner": "ann", "colour": "red"}], {}, "expected a list"),
        ([], {}, "at least one"),
        ("vessels", {}, "expected a list"),
        ([*EIGHTY] * 100, {}, "expected a list"),
        ([{"percentage": 80, "owner": "a b"}], {}, "no name of a user"),
        (EIGHTY, {"ann": {"public_key": "65537 123456789"}}, "ssh-ed25519"),
        (EIGHTY, {"ann": {"public_key": "nonsense"}}, "can't be used"),
        (EIGHTY, {"ann": "nonsense"}, "expected {NAME"),
        (EIGHTY, [], "expected {NAME"),
    ],
)
def test_given_arguments_that_make_no_sense_when_it_is_built_then_the_fault_says_what_is_taken(
    site: Foundry, db: None, vessels: Any, users: Any, words: str
) -> None:
    site.site(builder=BuilderPolicy.OPEN)
    code, text = fault(in_process, "build_installers", vessels, users)
    assert (code, words in text) == (INVALID, True), text
    assert not Build.objects.exists()


def test_given_numbers_whose_sum_python_can_not_write_when_it_is_built_then_they_are_refused(
    site: Foundry, db: None
) -> None:
    site.site(builder=BuilderPolicy.OPEN)
    body = dumps(([{"percentage": 4711, "owner": "ann"}] * 2, {}), "build_installers").replace("4711", "9" * 4300)
    with pytest.raises(Fault) as raised:
        loads(Client().post("/xmlrpc/", body.encode(), "text/xml").content)
    assert raised.value.faultCode == INVALID


def test_given_ids_that_are_none_when_urls_are_asked_for_then_the_faults_differ_as_in_the_reference(
    site: Foundry, db: None
) -> None:
    site.site(builder=BuilderPolicy.OPEN)
    assert "no id of a build" in fault(in_process, "get_urls", "x")[1]
    assert "there never was" in fault(in_process, "get_urls", "a" * 40)[1]
    assert fault(in_process, "get_urls", 7)[0] == INVALID


def test_given_a_builder_for_users_when_it_is_called_then_an_api_key_opens_it(
    proxy: Any, site: Foundry, alice: User
) -> None:
    site.site(builder=BuilderPolicy.USERS)
    assert fault(proxy.build_installers, EIGHTY, {})[0] == NOT_YOU
    auth = {"username": "alice", "api_key": accounts.make_api_key(alice, "test")}
    proxy.build_installers(EIGHTY, {}, auth)
    assert Build.objects.get().planner == alice
    assert fault(proxy.build_installers, EIGHTY, {}, {**auth, "api_key": "sak_wrong"})[0] == NOT_YOU


def test_given_strangers_when_they_build_too_much_then_they_have_to_wait(site: Foundry, db: None) -> None:
    site.site(builder=BuilderPolicy.OPEN)
    for _ in range(10):
        in_process("build_installers", EIGHTY, {})
    assert fault(in_process, "build_installers", EIGHTY, {})[0] == NOT_NOW


# REST.

LAYOUT = {
    "name": "class",
    "people": [{"name": "ann", "key": ANN}, {"name": "bob"}],
    "vessels": [{"percent": 60, "owner": "ann", "users": ["bob"]}, {"percent": 20, "owner": "bob"}],
}


def test_given_a_program_when_it_builds_then_private_keys_are_told_once_and_everybody_with_the_id_sees_the_rest(
    site: Foundry, alice: User
) -> None:
    ask = with_a_key(alice)
    made = ask.post("/builds", LAYOUT)
    assert made.status == 201
    assert list(made.body["private_keys"]) == ["bob"]
    site.sign()
    told = Asking().get(f"/builds/{made.body['id']}")
    assert (told.body["state"], told.body["version"], told.body["signer"]) == ("signed", "1.0", site.key.id)
    assert "private_keys" not in told.body
    assert ask.get("/builds").body["items"] == [told.body]


@pytest.mark.parametrize(
    "changes",
    [
        {"vessels": [{"percent": 45, "owner": "ann"}, {"percent": 35, "owner": "ann"}]},
        {"vessels": [{"percent": 70, "owner": "ann"}]},
        {"vessels": []},
        {"vessels": [{"percent": 80, "owner": "eve"}]},
        {"people": []},
        {"people": [{"name": "ann", "key": "65537 12345"}]},
        {"name": "<b>"},
        {"colour": "red"},
    ],
)
def test_given_a_layout_that_can_not_be_built_when_it_is_sent_then_it_is_refused(
    site: Foundry, alice: User, changes: dict[str, Any]
) -> None:
    answer = with_api_key(alice).post("/builds", {**LAYOUT, **changes})
    assert answer.status == 400
    assert answer.code in ("bad-request", "bad-layout")
    assert not Build.objects.exists()


def test_given_another_users_build_when_it_is_withdrawn_then_it_is_none_of_theirs(
    site: Foundry, alice: User, new_user: NewUser
) -> None:
    ask, mallory = with_api_key(alice), with_api_key(new_user("mallory"))
    build_id = ask.post("/builds", LAYOUT).body["id"]
    assert mallory.delete(f"/builds/{build_id}").status == 404
    assert mallory.get("/builds").body["items"] == []
    assert ask.delete(f"/builds/{build_id}").status == 204
    assert Asking().get(f"/builds/{build_id}").status == 404


def test_given_a_site_without_releases_when_something_is_built_then_it_can_not_be_had(
    site: Foundry, alice: User
) -> None:
    site.site(releases=None)
    assert with_api_key(alice).post("/builds", LAYOUT).code == "cannot-fulfil"


def test_given_a_closed_builder_when_something_is_built_then_nobody_may(site: Foundry, alice: User) -> None:
    site.settings.SITE = msgspec.structs.replace(site.settings.SITE, builder=BuilderPolicy.CLOSED)
    assert with_api_key(alice).post("/builds", LAYOUT).code == "not-permitted"
