"""`seattle release-update`: two release managers and a site publish a version, and a node finds it."""

import json
from pathlib import Path

import pytest
from packaging.version import Version
from tests.cli.commands import Command, runner
from tests.installer.making import bundle_of
from tests.updater.conftest import Mirror

from seattle.updater.client import UpdateClient
from seattle.updater.roles import Channel

INIT = "release-update init releases --root ann --root bob --root-threshold 2 --targets ann --canary bob --online site"


@pytest.fixture
def run(tmp_path: Path) -> Command:
    run = runner(tmp_path, tmp_path / "profile")
    for name in ("ann", "bob", "site", "mallory"):
        assert run("key", "new", name).returncode == 0
    return run


def done(run: Command, line: str) -> str:
    ended = run(*line.split())
    assert ended.returncode == 0, ended.stderr
    return ended.stdout + ended.stderr


def test_given_managers_when_they_publish_a_version_then_a_node_fetches_it(run: Command, tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path / "new.bundle", "1.4.0", {"seattle/__init__.py": ""})
    told = done(run, INIT)
    assert "root 1 has 0 of 2 signatures" in told
    assert "root 1 has 1 of 2" in done(run, "release-update sign releases --key ann")
    done(run, "release-update sign releases --key bob")
    assert "version 1.4.0 is the newest stable one" in done(run, "release-update add releases new.bundle")
    done(run, "release-update sign releases --key ann")
    done(run, "release-update refresh releases --key site")
    standing = json.loads(done(run, "release-update show releases --json"))
    assert [(one["role"], one["number"], one["published"]) for one in standing if one["role"] != "canary"] == [
        ("root", 1, True),
        ("targets", 2, True),
        ("snapshot", 1, True),
        ("timestamp", 1, True),
    ]
    mirror = Mirror(tmp_path / "releases")
    try:
        root = (tmp_path / "releases" / "metadata" / "root.json").read_bytes()
        node = UpdateClient(mirror.url, Channel.STABLE, tmp_path / "cache", root)
        available = node.newest(Version("1.3"))
        assert available
        node.fetch(available, tmp_path / "fetched")
    finally:
        mirror.close()
    assert (tmp_path / "fetched").read_bytes() == bundle.read_bytes()


@pytest.mark.parametrize(
    ("line", "code", "why"),
    [
        ("release-update sign releases --key mallory", 2, "nothing waits for a signature of this key"),
        ("release-update refresh releases --key ann", 1, "is not published yet"),
        ("release-update sign releases --key nobody", 1, "there is no private key nobody"),
        ("release-update add releases missing.bundle", 1, "missing.bundle"),
        ("release-update add releases /dev/null", 1, "the bundle can't be read"),
        ("release-update renew releases snapshot", 2, "`seattle release-update refresh` renews the snapshot"),
        ("release-update show elsewhere", 2, "elsewhere is no repository"),
        ("release-update sign elsewhere --key ann", 2, "elsewhere is no repository"),
        ("release-update refresh elsewhere --key ann", 2, "elsewhere is no repository"),
        ("release-update renew elsewhere root", 2, "elsewhere is no repository"),
        (INIT, 1, "there is a repository already"),
    ],
)
def test_given_what_can_t_be_done_when_asked_then_it_is_said(run: Command, line: str, code: int, why: str) -> None:
    done(run, INIT)
    ended = run(*line.split())
    assert (ended.returncode, ended.stdout) == (code, "")
    assert why in ended.stderr
