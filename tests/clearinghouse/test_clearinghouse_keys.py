"""The keys that nodes know users by: which ones are taken, and what becomes of vessels that are held."""

from collections.abc import Callable

import pytest

from seattle.clearinghouse.accounts import services
from seattle.clearinghouse.accounts.models import MAX_KEYS, User, UserKey
from seattle.clearinghouse.errors import BadKey, NotFound, NotPermitted
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.models import Kind
from seattle.identity.keys import KeyPair
from seattle.identity.nkey import NkeyKind, encode_nkey
from seattle.identity.openssh import format_private, format_public_line

RSA = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDk"
ECDSA = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY"


def new_line(comment: str = "") -> str:
    return format_public_line(KeyPair.generate().public, comment)


def hold_a_vessel(user: User, new_node: Callable[..., Node]) -> Vessel:
    """A vessel of the user's, on which all keys are right."""
    new_node()
    leases.acquire(user, Kind.RANDOM, 1)
    Vessel.objects.update(keys_synced=True)
    return Vessel.objects.get()


def test_given_a_public_line_when_it_is_added_then_its_comment_is_the_label(new_user: Callable[..., User]) -> None:
    added = services.add_key(new_user(), new_line("alice@desk"))
    assert (added.label, len(added.public_line.split())) == ("alice@desk", 2)


def test_given_an_id_when_it_is_added_then_it_is_the_users_key(new_user: Callable[..., User]) -> None:
    user, key = new_user(), KeyPair.generate()
    assert services.add_key(user, key.id).key_id == key.id


def test_given_a_key_that_is_the_users_when_it_is_added_again_then_nothing_changes(
    new_user: Callable[..., User],
) -> None:
    user, line = new_user(), new_line()
    assert services.add_key(user, line) == services.add_key(user, line)


def test_given_anothers_key_when_it_is_added_then_it_is_refused(new_user: Callable[..., User]) -> None:
    line = new_line()
    services.add_key(new_user(), line)
    with pytest.raises(BadKey, match="another account"):
        services.add_key(new_user(), line)


def test_given_as_many_keys_as_may_be_when_one_is_added_then_it_is_refused(new_user: Callable[..., User]) -> None:
    user = new_user()
    for _ in range(MAX_KEYS - 1):  # one it has already
        services.add_key(user, new_line())
    with pytest.raises(BadKey, match="retire one"):
        services.add_key(user, new_line())


@pytest.mark.parametrize(
    "text", [RSA, ECDSA, "", "hello", "ssh-ed25519 AAAA", f"{new_line()}\n{new_line()}", "x" * 9999]
)
def test_given_what_is_no_ed25519_key_when_it_is_added_then_the_error_says_what_is(
    new_user: Callable[..., User], text: str
) -> None:
    with pytest.raises(BadKey, match="ssh-keygen -t ed25519"):
        services.add_key(new_user(), text)


@pytest.mark.parametrize(
    "secret",
    [
        format_private(KeyPair.generate()),
        encode_nkey(NkeyKind.USER_SEED, KeyPair.generate().seed),
        "-----begin rsa private key-----\nMIIE",
        f"my seed {encode_nkey(NkeyKind.USER_SEED, KeyPair.generate().seed)} is here",
    ],
    ids=["a key file", "a seed", "half a key file", "a seed among words"],  # the keys are others each time
)
def test_given_a_private_key_when_it_is_added_then_it_is_refused_and_not_repeated(
    new_user: Callable[..., User], secret: str
) -> None:
    user = new_user()
    with pytest.raises(BadKey, match="private key") as refused:
        services.add_key(user, secret)
    assert not any(word in str(refused.value) for word in secret.split() if len(word) > 20)
    assert not UserKey.objects.filter(public_line__contains=secret).exists()


def test_given_a_label_of_many_lines_when_the_key_is_added_then_it_is_one_line(new_user: Callable[..., User]) -> None:
    added = services.add_key(new_user(), new_line(), "my\n\x1b[31mlaptop\t" + "x" * 300)
    assert added.label.isprintable()
    assert len(added.label) <= 100


def test_given_sql_and_html_in_a_label_when_the_key_is_added_then_it_is_text(new_user: Callable[..., User]) -> None:
    label = "'); DROP TABLE accounts_user; -- <script>alert(1)</script>"
    assert services.add_key(new_user(), new_line(), label).label == label


@pytest.mark.parametrize("change", ["add", "replace", "retire"])
def test_given_a_held_vessel_when_keys_change_then_it_is_to_be_told(
    new_user: Callable[..., User], new_node: Callable[..., Node], change: str
) -> None:
    user = new_user()
    vessel = hold_a_vessel(user, new_node)
    match change:
        case "add":
            services.add_key(user, new_line())
        case "replace":
            services.replace_keys(user, new_line())
        case _:
            services.retire_key(user, user.keys.get().key_id)
    vessel.refresh_from_db()
    assert not vessel.keys_synced


def test_given_anothers_vessel_when_keys_change_then_it_is_left_alone(
    new_user: Callable[..., User], new_node: Callable[..., Node]
) -> None:
    vessel = hold_a_vessel(new_user(), new_node)
    services.add_key(new_user(), new_line())
    vessel.refresh_from_db()
    assert vessel.keys_synced


def test_given_keys_when_they_are_replaced_then_one_is_left(new_user: Callable[..., User]) -> None:
    user = new_user()
    services.add_key(user, new_line())
    kept = services.replace_keys(user, new_line())
    assert list(services.active_keys(user)) == [kept]


def test_given_a_bad_key_when_keys_are_replaced_by_it_then_the_old_ones_stay(new_user: Callable[..., User]) -> None:
    user = new_user()
    services.add_key(other := new_user(), line := new_line())
    with pytest.raises(BadKey):
        services.replace_keys(user, line)
    assert services.active_keys(user).count() == 1
    assert services.active_keys(other).count() == 2


def test_given_a_retired_key_when_another_user_adds_it_then_it_is_theirs(new_user: Callable[..., User]) -> None:
    user, line = new_user(), new_line()
    services.retire_key(user, services.add_key(user, line).key_id)
    services.add_key(other := new_user(), line)
    assert services.active_keys(other).count() == 2


def test_given_anothers_key_when_it_is_retired_then_it_is_not_found(new_user: Callable[..., User]) -> None:
    theirs = new_user().keys.get()
    with pytest.raises(NotFound):
        services.retire_key(new_user(), theirs.key_id)
    theirs.refresh_from_db()
    assert theirs.retired_at is None


def test_given_a_banned_user_when_a_key_is_added_then_it_is_refused(new_user: Callable[..., User]) -> None:
    user = new_user()
    services.ban(user)
    with pytest.raises(NotPermitted):
        services.add_key(user, new_line())
