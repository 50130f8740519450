"""Layouts that can be built and those that can't, and what becomes of builds, by their services."""

import re
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from tests.clearinghouse.releases import Releases

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.builds import services
from seattle.clearinghouse.builds.installers import file_name
from seattle.clearinghouse.builds.layout import BadLayout, Layout, Part, Person, check, vesselinfo
from seattle.clearinghouse.builds.models import Build
from seattle.clearinghouse.config import BuilderPolicy
from seattle.clearinghouse.errors import BadRequest, CannotFulfil, NotAuthenticated, NotFound, NotPermitted
from seattle.clearinghouse.fleet import services as fleet
from seattle.clearinghouse.fleet.donation_tokens import good_tokens, make_token
from seattle.clearinghouse.fleet.models import DonationToken, Node
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_private, format_public_line
from seattle.node.vesselinfo import parse_vesselinfo

NewUser = Callable[..., User]

SITE = KeyPair.generate().public
ANN, BOB = (format_public_line(KeyPair.generate().public) for _ in range(2))
TWO = (Person("ann", ANN), Person("bob", BOB))
ONE_VESSEL = Layout(TWO, (Part(80, "ann", ("bob",)),))


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Any:
    """A site that can build."""
    releases = Releases(tmp_path / "releases")
    releases.publish_version("1.0")
    settings.SITE = msgspec.structs.replace(
        settings.SITE,
        releases=releases.path,
        worker_key=SITE.id,
        brokers=["tls://broker.example.org:4222"],
        enrolment_upstream="http://127.0.0.1:4281",
    )
    return settings.SITE


@pytest.fixture
def alice(new_user: NewUser) -> User:
    return new_user("alice")


def mistakes(*vessels: Part, people: tuple[Person, ...] = TWO, name: str = "") -> str:
    """What is wrong with a layout, in words; empty if it can be built."""
    try:
        check(Layout(people, vessels, name), site_key=SITE.id)
    except BadLayout as why:
        return "; ".join(one.text for one in why.mistakes)
    return ""


@pytest.mark.parametrize("percents", [(80,), (40, 40), (10,) * 8, (30, 30, 20)])
def test_given_tens_that_make_eighty_when_they_are_laid_out_then_they_can_be_built(percents: tuple[int, ...]) -> None:
    assert mistakes(*(Part(percent, "ann") for percent in percents)) == ""


@pytest.mark.parametrize(
    ("vessels", "words"),
    [
        ((), "at least one"),
        ((Part(45, "ann"), Part(35, "ann")), "can't have 45 %"),
        ((Part(70, "ann"),), "70 % together"),
        ((Part(80, "ann"), Part(10, "ann")), "90 % together"),
        ((Part(100, "ann"),), "100 % together"),
        ((Part(90, "ann"), Part(-10, "ann")), "can't have -10 %"),
        ((Part(80, "ann"), Part(0, "ann")), "can't have 0 %"),
        ((Part(10, "ann"),) * 9, "8 at most"),
        ((Part(80, ""),), "has no owner"),
        ((Part(80, "eve"),), "none of the users"),
        ((Part(80, "ann", ("eve",)),), "none of the users"),
        ((Part(80, "ann", ("bob", "bob")),), "twice"),
        ((Part(80, "ann", ("ann",)),), "need not be its user"),
    ],
)
def test_given_vessels_that_a_node_would_refuse_when_they_are_laid_out_then_it_is_said_what_is_wrong(
    vessels: tuple[Part, ...], words: str
) -> None:
    assert words in mistakes(*vessels)


@pytest.mark.parametrize(
    "name", ["", "ab", "_bob", "a" * 41, "ann b", "<b>ann</b>", "../ann", "ann\n", "ann\0", "Änne", "an٣"]
)
def test_given_a_name_that_is_none_when_it_is_laid_out_then_that_is_said(name: str) -> None:
    assert "is no name of a user" in mistakes(Part(80, name), people=(Person(name, ANN),))


@pytest.mark.parametrize("name", ["ann", "Ann_2", "9lives", "a" * 40])
def test_given_a_name_of_a_user_when_it_is_laid_out_then_it_can_be_built(name: str) -> None:
    assert mistakes(Part(80, name), people=(Person(name, ANN),)) == ""


def test_given_keys_that_make_no_sense_when_they_are_laid_out_then_it_is_said_why_and_no_secret_is_repeated() -> None:
    private = format_private(KeyPair.generate())
    for key in ("ssh-rsa AAAAB3NzaC1yc2E=", "65537 12345678901234567890", "x" * 5000, private):
        told = mistakes(Part(80, "ann"), people=(Person("ann", key),))
        assert "the key of 'ann' can't be used" in told
        assert private.splitlines()[1] not in told
    assert "that of ann, too" in mistakes(Part(80, "ann"), people=(Person("ann", ANN), Person("bob", ANN)))
    assert "the testbed itself" in mistakes(Part(80, "ann"), people=(Person("ann", SITE.id),))
    assert "2 users called ann" in mistakes(Part(80, "ann"), people=(Person("ann"), Person("ann")))


@pytest.mark.parametrize("name", ["<script>", "../up", "x" * 41, "-rf", "a\nb"])
def test_given_a_name_of_a_build_that_is_no_part_of_a_file_name_when_it_is_laid_out_then_it_is_refused(
    name: str,
) -> None:
    assert "the name of a build" in mistakes(Part(80, "ann"), name=name)


@given(
    percents=st.lists(st.sampled_from(range(10, 81, 10)), min_size=1, max_size=8),
    users=st.sets(st.text(string.ascii_letters + string.digits, min_size=3, max_size=8), min_size=1, max_size=5),
    chance=st.randoms(),
)
@trying(max_examples=30, deadline=None)
def test_given_any_layout_that_passes_when_it_becomes_a_vesselinfo_then_a_node_reads_the_same(
    percents: list[int], users: set[str], chance: Any
) -> None:
    keys = {name: KeyPair.generate().public for name in users}
    names = sorted(users)
    parts = tuple(
        Part(percent, owner := chance.choice(names), tuple(name for name in names if name != owner))
        for percent in percents
    )
    layout = Layout(tuple(Person(name, format_public_line(key)) for name, key in keys.items()), parts)
    try:
        check(layout, site_key=SITE.id)
    except BadLayout:
        assert sum(percents) != 80
        return
    shares = parse_vesselinfo(vesselinfo(parts, keys, site_key=SITE, token="don_abc"))
    assert [(one.percent, one.owner) for one in shares[:-1]] == [(part.percent, keys[part.owner]) for part in parts]
    assert [set(one.users) for one in shares[:-1]] == [{keys[user] for user in part.users} for part in parts]
    assert (shares[-1].percent, shares[-1].owner, shares[-1].information) == (20, SITE, "don_abc")


def test_given_people_without_keys_when_they_are_built_for_then_pairs_are_made_and_only_public_halves_kept(
    site: Any, alice: User
) -> None:
    built = services.build(Layout((Person("ann", ANN), Person("bob")), (Part(80, "bob", ("ann",)),)), planner=alice)
    assert list(built.pairs) == ["bob"]
    build = Build.objects.get()
    assert build.key_of == {"ann": ANN, "bob": format_public_line(built.pairs["bob"].public)}
    assert build.state == Build.State.WAITING
    secret = format_private(built.pairs["bob"]).splitlines()[2]
    assert not any(secret in str(value) for value in vars(build).values())


def test_given_many_builds_when_they_are_made_then_their_ids_are_random_and_in_the_form_of_the_reference(
    site: Any, alice: User
) -> None:
    ids = {services.build(ONE_VESSEL, planner=alice).build.build_id for _ in range(20)}
    assert len(ids) == 20
    assert all(len(one) == 40 and set(one) <= set(string.ascii_lowercase + string.digits) for one in ids)


def test_given_a_build_when_it_is_made_then_its_nodes_may_enrol_by_a_token_of_its_own(site: Any, alice: User) -> None:
    first, second = (services.build(ONE_VESSEL, planner=alice).build for _ in range(2))
    assert first.token.token != second.token.token
    assert first.token.user is None
    assert good_tokens().count() == 2


@pytest.mark.parametrize(
    ("policy", "nobody", "somebody"),
    [
        (BuilderPolicy.CLOSED, NotPermitted, NotPermitted),
        (BuilderPolicy.USERS, NotAuthenticated, None),
        (BuilderPolicy.OPEN, None, None),
    ],
)
def test_given_a_policy_when_somebody_wants_to_build_then_it_holds(
    site: Any, settings: Any, alice: User, policy: BuilderPolicy, nobody: Any, somebody: Any
) -> None:
    settings.SITE = msgspec.structs.replace(settings.SITE, builder=policy)
    for planner, refusal in ((None, nobody), (alice, somebody)):
        if refusal is None:
            services.build(ONE_VESSEL, planner=planner)
        else:
            with pytest.raises(refusal):
                services.build(ONE_VESSEL, planner=planner)


def test_given_a_banned_user_when_they_want_to_build_then_they_may_not(site: Any, alice: User) -> None:
    alice.is_active = False
    with pytest.raises(NotPermitted):
        services.build(ONE_VESSEL, planner=alice)


@pytest.mark.parametrize("missing", [{"releases": None}, {"worker_key": ""}, {"brokers": []}])
def test_given_a_site_that_is_not_set_up_when_somebody_wants_to_build_then_it_says_so(
    site: Any, settings: Any, alice: User, missing: dict[str, Any]
) -> None:
    settings.SITE = msgspec.structs.replace(settings.SITE, **missing)
    with pytest.raises(CannotFulfil, match="not set it up"):
        services.build(ONE_VESSEL, planner=alice)


def test_given_a_user_with_many_builds_when_they_want_one_more_then_they_have_to_withdraw_one(
    site: Any, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_OF_A_USER", 1)
    first = services.build(ONE_VESSEL, planner=alice).build
    with pytest.raises(BadRequest, match="withdraw"):
        services.build(ONE_VESSEL, planner=alice)
    services.withdraw(alice, first.build_id)
    services.build(ONE_VESSEL, planner=alice)


def test_given_a_build_when_somebody_else_withdraws_it_then_they_have_none_such(
    site: Any, alice: User, new_user: NewUser
) -> None:
    build = services.build(ONE_VESSEL, planner=alice).build
    with pytest.raises(NotFound):
        services.withdraw(new_user("mallory"), build.build_id)
    assert services.find(build.build_id) == build


def test_given_a_build_when_it_is_withdrawn_then_it_is_gone_and_its_token_lets_nobody_in(
    site: Any, alice: User
) -> None:
    build = services.build(ONE_VESSEL, planner=alice).build
    services.withdraw(alice, build.build_id)
    with pytest.raises(NotFound):
        services.find(build.build_id)
    assert not good_tokens().exists()


@pytest.mark.parametrize("build_id", ["", "a" * 39, "a" * 41, "A" * 40, "../" + "a" * 37, "é" * 40])
def test_given_what_is_no_id_when_a_build_is_looked_for_then_that_is_said(db: None, build_id: str) -> None:
    with pytest.raises(BadRequest, match="no id of a build"):
        services.find(build_id)


def test_given_an_id_of_none_when_a_build_is_looked_for_then_there_is_none(db: None) -> None:
    with pytest.raises(NotFound):
        services.find("a" * 40)


def test_given_a_donation_token_when_its_installer_is_wanted_twice_then_it_is_one_and_ends_with_the_token(
    site: Any, alice: User, new_user: NewUser
) -> None:
    token = make_token(alice, "attic")
    build = services.build_donation(alice, token.pk)
    assert services.build_donation(alice, token.pk) == build
    with pytest.raises(NotFound):
        services.build_donation(new_user("mallory"), token.pk)
    DonationToken.objects.filter(pk=token.pk).update(revoked_at="2026-01-01T00:00Z")
    with pytest.raises(NotFound):
        services.find(build.build_id)


def test_given_a_donor_who_is_banned_when_their_installer_is_wanted_then_there_is_none(site: Any, alice: User) -> None:
    build = services.build_donation(alice, make_token(alice).pk)
    User.objects.update(is_active=False)
    with pytest.raises(NotFound):
        services.find(build.build_id)


def test_given_a_planner_who_is_banned_when_their_build_is_used_then_it_is_gone_and_lets_nobody_in(
    site: Any, alice: User, new_node: Callable[..., Node]
) -> None:
    build = services.build(ONE_VESSEL, planner=alice).build
    User.objects.update(is_active=False)
    with pytest.raises(NotFound):
        services.find(build.build_id)
    assert not good_tokens().exists()
    assert "closed" in fleet.accept_donation(new_node(vessels=0).pk, build.token.token)
    User.objects.update(is_active=True)
    assert services.find(build.build_id) == build


def test_given_a_user_who_leaves_when_they_are_gone_then_their_layouts_stay_and_their_donation_installers_go(
    site: Any, alice: User
) -> None:
    mine = services.build(ONE_VESSEL, planner=alice).build
    services.build_donation(alice, make_token(alice).pk)
    alice.delete()
    assert [one.build_id for one in Build.objects.all()] == [mine.build_id]
    assert services.find(mine.build_id).planner is None


def test_given_workers_when_they_keep_the_general_installer_then_there_is_one(site: Any, db: None) -> None:
    for _ in range(3):
        services.keep_general()
    general = services.general()
    assert general is not None
    assert general.token.user is None
    assert Build.objects.count() == 1


def test_given_a_build_when_another_like_it_is_laid_out_then_it_is_the_same_layout(site: Any, alice: User) -> None:
    build = services.build(ONE_VESSEL, planner=alice).build
    assert services.layout_of(build) == ONE_VESSEL


def test_given_builds_when_all_are_purged_then_only_donation_tokens_stay_good(site: Any, alice: User) -> None:
    services.build(ONE_VESSEL, planner=alice)
    services.keep_general()
    token = make_token(alice)
    services.build_donation(alice, token.pk)
    assert services.purge() == 3
    assert [one.pk for one in good_tokens()] == [token.pk]


@pytest.mark.parametrize("name", ['a"\r\nSet-Cookie: a=b', "../../etc/passwd", "..", "a\u202egnp.exe", "x" * 40, " "])
def test_given_a_row_with_a_name_that_is_none_when_its_file_is_named_then_it_is_a_plain_name(name: str) -> None:
    named = file_name(Build(kind=Build.Kind.CUSTOM, name=name, version="1.0"))
    assert re.fullmatch(r"seattle-node-1\.0-[0-9A-Za-z_][0-9A-Za-z_.-]*\.pyz", named)
