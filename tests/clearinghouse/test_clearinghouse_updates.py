"""Updates as the site serves them: to a real client, over HTTP, and to who looks for what is none of theirs."""

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from packaging.version import Version
from tests.clearinghouse.live_site import served
from tests.clearinghouse.releases import BUNDLE, Releases

from seattle.updater.client import UpdateClient
from seattle.updater.errors import ReleaseError
from seattle.updater.published import published
from seattle.updater.roles import Channel

OLD, NEW = Version("1.0"), Version("1.1")


@pytest.fixture
def releases(settings: Any, tmp_path: Path) -> Releases:
    releases = Releases(tmp_path / "releases")
    settings.SITE = msgspec.structs.replace(settings.SITE, releases=releases.path)
    releases.publish_bytes(BUNDLE, str(NEW))
    return releases


def test_given_a_release_when_a_node_looks_then_it_gets_it_whole_from_the_site(
    transactional_db: None, releases: Releases, tmp_path: Path
) -> None:
    root = (releases.path / "metadata" / "root.json").read_bytes()
    with served() as url:
        client = UpdateClient(f"{url}/updates", Channel.STABLE, tmp_path / "cache", root)
        found = client.newest(OLD)
        assert found is not None
        assert found.version == NEW
        client.fetch(found, tmp_path / "fetched")
        assert (tmp_path / "fetched").read_bytes() == BUNDLE
        assert client.newest(NEW) is None


def test_given_a_release_when_only_its_head_is_asked_for_then_its_size_is_told(
    transactional_db: None, releases: Releases
) -> None:
    (file,) = (releases.path / "targets" / "stable").iterdir()
    with served() as url:
        head = httpx.head(f"{url}/updates/targets/stable/{file.name}")
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(BUNDLE)))


@pytest.mark.parametrize(
    "path",
    [
        "metadata/../staged/root.json",
        "metadata/..%2fstaged%2froot.json",
        "metadata/%2e%2e/%2e%2e/etc/passwd",
        "metadata//etc/passwd",
        "staged/targets.json",
        "metadata/0.root.json",
        "metadata/.1.root.json.new",
        "metadata/targets.json",
        "metadata/2.root.json",
        "targets/stable/bundle",
        "targets/../metadata/1.root.json",
        "targets/stable/" + "0" * 64 + ".bundle",
        "targets/stable/" + "A" * 64 + ".bundle",
        "",
    ],
)
def test_given_a_name_that_releases_do_not_have_when_it_is_asked_for_then_there_is_nothing_in_few_words(
    client: Any, releases: Releases, path: str
) -> None:
    answer = client.get(f"/updates/{path}")
    assert answer.status_code == 404
    assert len(answer.content) < 100


def test_given_no_folder_of_releases_when_it_is_asked_for_then_there_is_nothing(client: Any) -> None:
    assert client.get("/updates/metadata/timestamp.json").status_code == 404


def test_given_metadata_when_it_is_fetched_then_caches_keep_what_never_changes_and_ask_about_the_rest(
    client: Any, releases: Releases
) -> None:
    numbered = client.get("/updates/metadata/1.root.json")
    assert "immutable" in numbered["Cache-Control"]
    news = client.get("/updates/metadata/timestamp.json")
    assert news["Cache-Control"] == "public, no-cache"
    again = client.get("/updates/metadata/timestamp.json", headers={"If-None-Match": news["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    releases.folder.refresh(releases.online)
    assert client.get("/updates/metadata/timestamp.json", headers={"If-None-Match": news["ETag"]}).status_code == 200


def test_given_updates_when_they_are_posted_to_then_that_is_refused(client: Any, releases: Releases) -> None:
    assert client.post("/updates/metadata/timestamp.json").status_code == 405


def test_given_a_canary_when_the_newest_is_asked_for_then_each_channel_has_its_own(releases: Releases) -> None:
    releases.publish_bytes(b"a canary", "1.2", Channel.CANARY)
    stable, canary = (published(releases.path, channel) for channel in (Channel.STABLE, Channel.CANARY))
    assert stable is not None
    assert canary is not None
    assert (stable.version, canary.version) == ("1.1", "1.2")
    assert canary.file.read_bytes() == b"a canary"
    canary.check()


def test_given_a_bundle_that_was_exchanged_when_it_is_checked_then_it_is_refused(releases: Releases) -> None:
    found = published(releases.path, Channel.STABLE)
    assert found is not None
    found.file.write_bytes(b"something else")
    with pytest.raises(ReleaseError, match="not what was signed"):
        found.check()


def test_given_metadata_of_somebody_else_when_the_newest_is_asked_for_then_it_is_refused(
    releases: Releases, tmp_path: Path
) -> None:
    others = Releases(tmp_path / "others")
    others.publish_bytes(b"worse", "9.0")
    for file in (others.path / "metadata").glob("*.targets.json"):
        (releases.path / "metadata" / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ReleaseError, match="not as they should be"):
        published(releases.path, Channel.STABLE)


def test_given_nothing_that_was_published_when_the_newest_is_asked_for_then_there_is_none(tmp_path: Path) -> None:
    assert published(Releases(tmp_path / "empty").path, Channel.STABLE) is None
