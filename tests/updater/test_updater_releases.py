"""Release managers make releases, and nodes find and fetch them."""

from pathlib import Path

import pytest
from tests.updater.conftest import Managers, Mirror, install, new_node, publish, sign_all

from seattle.identity.keys import KeyPair
from seattle.updater.client import UpdateClient
from seattle.updater.errors import ReleaseError
from seattle.updater.releases import ReleaseFolder
from seattle.updater.roles import Channel, RoleName, Signers


def test_given_a_release_when_a_node_looks_then_it_fetches_the_bundle(node: UpdateClient, tmp_path: Path) -> None:
    assert install(node, tmp_path) == ("1.0", b"bundle 1.0" * 100)
    assert install(node, tmp_path, installed="1.0") is None


def test_given_a_next_release_when_a_node_looks_again_then_it_gets_that(
    node: UpdateClient, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    install(node, tmp_path)
    publish(releases, managers, "1.2")
    assert install(node, tmp_path, installed="1.0") == ("1.2", b"bundle 1.2" * 100)


def test_given_nodes_of_both_channels_when_they_look_then_only_the_canary_gets_its_bundle(
    mirror: Mirror, releases: ReleaseFolder, tmp_path: Path
) -> None:
    found = [install(new_node(mirror, releases, tmp_path, channel), tmp_path) for channel in Channel]
    assert [one[0] for one in found if one] == ["1.0", "1.1"]


def test_given_new_root_keys_when_a_node_of_old_looks_then_it_follows_them(
    node: UpdateClient, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    former = managers.root
    managers.root = [former[0], KeyPair.generate(), KeyPair.generate()]
    managers.online = KeyPair.generate()
    releases.rotate(root=managers.root_signers(), targets=managers.target_signers(), online=managers.online.public)
    for pair in (former[1], *managers.root[:2]):
        releases.sign(pair)
    publish(releases, managers, "1.3")
    assert install(node, tmp_path) == ("1.3", b"bundle 1.3" * 100)


def test_given_new_keys_for_bundles_when_a_node_looks_then_what_those_sign_counts(
    node: UpdateClient, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    managers.targets = [KeyPair.generate(), KeyPair.generate()]
    releases.rotate(root=managers.root_signers(), targets=managers.target_signers(), online=managers.online.public)
    sign_all(releases, managers)
    assert not list(releases.staged.glob("*.json"))
    assert install(node, tmp_path) == ("1.0", b"bundle 1.0" * 100)


def test_given_a_release_when_too_few_have_signed_then_it_is_not_published(
    node: UpdateClient, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    bundle.write_bytes(b"new")
    releases.release(Channel.STABLE, bundle, "2.0")
    assert releases.sign(managers.targets[0]) == [RoleName.TARGETS]
    assert releases.sign(managers.targets[0]) == [RoleName.TARGETS]  # the same key counts once
    releases.refresh(managers.online)
    assert install(node, tmp_path) == ("1.0", b"bundle 1.0" * 100)
    staged = [one for one in releases.standing() if one.role is RoleName.TARGETS][-1]
    assert (staged.signed_by, staged.threshold) == (1, 2)
    releases.sign(managers.targets[1])
    releases.refresh(managers.online)
    assert install(node, tmp_path) == ("2.0", b"new")


@pytest.mark.parametrize(
    ("version", "why"), [("0.9", "is at 1.0 already"), ("1.0", "is at 1.0"), ("new", "no version")]
)
def test_given_a_version_that_is_not_newer_when_released_then_it_is_refused(
    releases: ReleaseFolder, tmp_path: Path, version: str, why: str
) -> None:
    bundle = tmp_path / "bundle"
    bundle.write_bytes(b"old")
    with pytest.raises(ReleaseError, match=why):
        releases.release(Channel.STABLE, bundle, version)


def test_given_a_threshold_that_can_t_be_met_when_keys_are_named_then_it_is_refused() -> None:
    key = KeyPair.generate().public
    with pytest.raises(ReleaseError, match="2 of 1 different keys"):
        Signers.of([key, key], 2)


def test_given_metadata_that_runs_out_when_renewed_then_it_is_good_for_longer(
    node: UpdateClient, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    for role in (RoleName.ROOT, RoleName.TARGETS, RoleName.CANARY):
        releases.renew(role)
    sign_all(releases, managers)
    assert {one.number for one in releases.standing() if one.role is RoleName.ROOT} == {2}
    assert install(node, tmp_path) == ("1.0", b"bundle 1.0" * 100)


def test_given_nothing_new_when_a_node_looks_then_few_bytes_come(
    node: UpdateClient, mirror: Mirror, tmp_path: Path
) -> None:
    install(node, tmp_path)
    before = mirror.sent
    install(node, tmp_path, installed="1.0")
    assert mirror.sent - before < 1000  # the timestamp alone
