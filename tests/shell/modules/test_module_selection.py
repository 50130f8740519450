"""Choosing vessels by rules."""

from typing import Any

import pytest
from tests.shell.modules.shells import Shell

from seattle.client import Place, Vessel
from seattle.client.errors import UnusableFilter
from seattle.fabric.node_api import VesselState
from seattle.identity.keys import KeyPair
from seattle.shell.errors import NoSuchTarget, Unfit
from seattle.shell.modules.bundled.rules import read_rule, site_filters

pytestmark = pytest.mark.anyio

OURS, THEIRS, JOE = (KeyPair.from_seed(bytes([number] * 32)) for number in range(3))  # parts of tests' names


@pytest.fixture
def known(shell: Shell) -> Shell:
    """Four vessels: two of a German node, one of an American one behind a NAT, one that is nowhere."""
    german, american, nowhere = ("U" + letter * 55 for letter in "ABC")
    (profile,) = shell.session.identities
    shell.knows(
        Vessel(
            place=Place(german, "v1"),
            public_address="130.83.47.181",
            state=VesselState.STARTED,
            owner=profile.public.id,
            tcp_ports=(63100,),
        )
    )
    shell.knows(Vessel(place=Place(german, "v2"), public_address="130.83.47.181", users=(JOE.id,), nat="public"))
    shell.knows(Vessel(place=Place(american, "v1"), public_address="8.8.8.8", nat="nat", holding_back="on battery"))
    shell.knows(Vessel(place=Place(nowhere, "w1"), addresses=("10.0.0.1",), nat="unknown"))
    return shell


@pytest.mark.parametrize(
    ("rules", "chosen"),
    [
        ("country=DE", ["%1", "%2"]),
        ("country=de,us", ["%1", "%2", "%3"]),
        ("country=Germany", ["%1", "%2"]),
        ("country=ger*", ["%1", "%2"]),
        ("country!=DE", ["%3", "%4"]),
        ("as-name=google*", ["%3"]),
        ("state=started", ["%1"]),
        ("state!=started country=DE", ["%2"]),
        ("nat=nat", ["%3"]),
        ("nat=public,unknown", ["%2", "%4"]),
        ("node=UAAA", ["%1", "%2"]),
        ("name=v1", ["%1", "%3"]),
        ("name=w*", ["%4"]),
        ("owner=profile", ["%1"]),
        (f"user={JOE.id}", ["%2"]),
        ("identity=profile", ["%1", "%2", "%3", "%4"]),
        ("address=10.*", ["%4"]),
        ("port=63100", ["%1"]),
        ("ready=yes", ["%1", "%2", "%4"]),
        ("ready=no", ["%3"]),
        ("per-node=1", ["%1", "%3", "%4"]),
        ("limit=2", ["%1", "%2"]),
        ("per-node=1 limit=2", ["%1", "%3"]),
        ("per-country=1", ["%1", "%3", "%4"]),
        ("per-country=1 country!=US per-node=5", ["%1", "%4"]),
        ("per-country=0", []),
        ("limit=0", []),
        ("country=FR", []),
    ],
)
async def test_given_rules_when_vessels_are_selected_then_the_group_has_those_that_fit_all(
    known: Shell, rules: str, chosen: list[str]
) -> None:
    told = await known.do(f"select found where {rules}")
    assert known.group("found") == chosen
    assert told == f"Added group 'found' with {len(chosen)} target{'s' * (len(chosen) != 1)}\n"


async def test_given_a_target_when_vessels_are_selected_then_it_is_among_those(known: Shell) -> None:
    await known.do("select germans where country=DE", "on germans select found where name=v1")
    assert known.group("found") == ["%1"]


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("colour=red", "vessels have no 'colour'"),
        ("germany", "is no rule"),
        ("country=", "is no rule"),
        ("country>DE", "country is no amount"),
        ("memory!=5", "memory is an amount"),
        ("memory>=lots", "lots"),
        ("limit>=5", "says not how many"),
        ("limit=-1", "says not how many"),
        ("state==started", "state is never '=started'"),
        ("state!=runing", "state is never 'runing'"),
        ("state=fresh,stated", "state is never 'stated'"),
        ("nat=yes", "nat is never 'yes'"),
        ("ready=maybe", "ready is never 'maybe'"),
    ],
)
async def test_given_a_rule_that_makes_no_sense_when_vessels_are_selected_then_the_error_says_so(
    known: Shell, rule: str, told: str
) -> None:
    with pytest.raises(Unfit, match=told):
        await known.do(f"select found where {rule}")
    assert "found" not in known.session.targets.groups


async def test_given_a_name_that_no_group_can_have_when_vessels_are_selected_then_it_is_refused(known: Shell) -> None:
    with pytest.raises(Unfit, match="can't be the name of a group"):
        await known.do("select %1 where country=DE")


async def test_given_a_target_that_there_is_not_when_vessels_are_selected_then_the_error_names_it(
    known: Shell,
) -> None:
    with pytest.raises(NoSuchTarget, match="nothing"):
        await known.do("on nothing select found where country=DE")


@pytest.mark.parametrize(
    ("rules", "filters"),
    [
        (["country=DE,FR"], {"countries": ["DE", "FR"]}),
        (["country!=US"], {"not_countries": ["US"]}),
        (["memory>=500M", "cpu=0.5"], {"resources": {"memory": 500_000_000, "cpu": 0.5}}),
        (["uptime>=24"], {"least_uptime": 24.0}),
        (["near=192.0.2.1", "within-ms<=50"], {"near": "192.0.2.1", "within_ms": 50.0}),
        (["own-port=no", "asn=680,681"], {"own_port": False, "asns": [680, 681]}),
    ],
)
def test_given_rules_for_a_site_when_they_are_read_then_they_are_its_filters(
    rules: list[str], filters: dict[str, Any]
) -> None:
    assert site_filters([read_rule(rule) for rule in rules]) == filters


@pytest.mark.parametrize("rule", ["state=fresh", "memory<=5", "asn!=5", "memory=x", "near=192.0.2.1", "uptime>2"])
def test_given_a_rule_by_which_a_site_can_t_choose_when_it_is_read_then_it_is_refused(rule: str) -> None:
    with pytest.raises((Unfit, UnusableFilter)):
        site_filters([read_rule(rule)])


async def test_given_a_rule_that_is_begun_when_it_is_completed_then_names_are_offered(shell: Shell) -> None:
    selection, clearinghouse = (shell.session.extensions[name] for name in ("selection", "clearinghouse"))
    assert list(selection.complete(shell.session, ["select", "x", "where"], "co")) == ["country="]
    assert list(selection.complete(shell.session, ["select", "x"], "")) == []
    assert list(clearinghouse.complete(shell.session, ["as", "joe", "get", "5"], "")) == ["wan", "lan", "nat", "random"]
    assert list(clearinghouse.complete(shell.session, ["get", "5", "wan", "where"], "up")) == ["uptime="]
