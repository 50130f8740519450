"""The update step: what is newest is fetched, unpacked and tried beside what works, or all stays as it was."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.installer.stand_ins import Unpack, stand_in
from tests.node.conftest import OWN_DISK
from tests.updater.conftest import Managers, Mirror, new_repository, sign_all

from seattle.identity.keys import KeyPair
from seattle.installer import update
from seattle.installer.standalone.codes import UpdateCode
from seattle.installer.standalone.errors import BundleBroken, NoWheels
from seattle.installer.standalone.versions import Home, Trial
from seattle.node.settings import NodeSettings
from seattle.node.setup import set_up
from seattle.node.vesselinfo import VesselShare
from seattle.updater.errors import UpdateRefused, UpdateUnreachable
from seattle.updater.releases import ReleaseFolder
from seattle.updater.roles import Channel, RoleName


@pytest.fixture
def managers() -> Managers:
    return Managers()


@pytest.fixture
def releases(tmp_path: Path, managers: Managers) -> ReleaseFolder:
    """A repository with no release yet."""
    return new_repository(tmp_path, managers)


@pytest.fixture
def mirror(releases: ReleaseFolder) -> Any:
    made = Mirror(releases.metadata.parent)
    yield made
    made.close()


Publish = Callable[..., Path]


@pytest.fixture
def publish(releases: ReleaseFolder, managers: Managers, tmp_path: Path) -> Publish:
    """Publish a stand-in: `publish("1.1", health="sys.exit('ill')")`. `says`: the version in its manifest."""

    def published(version: str, *, says: str | None = None, **behaviour: Any) -> Path:
        file = stand_in(tmp_path / f"{version}.bundle", says or version, **behaviour)
        return released(releases, managers, file, version)

    return published


def released(releases: ReleaseFolder, managers: Managers, file: Path, version: str) -> Path:
    releases.release(Channel.STABLE, file, version)
    sign_all(releases, managers)
    return file


@pytest.fixture
def home(tmp_path: Path, mirror: Mirror, releases: ReleaseFolder, unpack: Unpack) -> Home:
    """An installation of version 1.0, with a node that was set up and has never run."""
    home = Home(tmp_path / "home")
    home.versions.mkdir(parents=True)
    home.updates.mkdir()
    shutil.copytree(unpack("1.0", {}), home.folder_of("1.0"), symlinks=True)
    home.switch("1.0")
    settings = NodeSettings(folder=Path(), fabric=["nats://127.0.0.1:4222"])
    set_up(home.node, vessels=[VesselShare(100, KeyPair.generate().public)], settings=settings)
    root = json.loads((releases.metadata / "1.root.json").read_bytes())
    home.build.write_text(json.dumps({"updates": {"url": mirror.url, "channel": "stable", "root": root}}))
    return home


def left_alone(home: Home) -> bool:
    """Whether all is as before."""
    versions = [folder.name for folder in home.versions.iterdir()]
    fetched = [file.name for file in home.updates.iterdir() if file.name != "metadata"]
    return (home.current(), home.next(), versions, fetched) == ("1.0", None, ["1.0"], [])


def test_given_a_newer_release_when_the_step_is_done_then_it_is_unpacked_and_named_as_the_next(
    home: Home, publish: Publish
) -> None:
    file = publish("1.1")
    assert update.step(home) is UpdateCode.PREPARED
    assert (home.current(), home.next()) == ("1.0", "1.1")
    assert (home.folder_of("1.1") / "seattle.bundle").read_bytes() == file.read_bytes()
    assert [file.name for file in home.updates.iterdir()] == ["metadata"]


def test_given_nothing_newer_when_the_step_is_done_then_nothing_changes_but_what_is_known_of_the_releases(
    home: Home, publish: Publish, mirror: Mirror
) -> None:
    publish("1.0")
    assert update.step(home) is UpdateCode.NOTHING_NEW
    before = mirror.sent
    assert update.step(home) is UpdateCode.NOTHING_NEW
    print(f"a check that finds nothing fetches {mirror.sent - before} bytes")
    assert mirror.sent - before < 2000
    assert left_alone(home)


def test_given_an_older_release_when_the_step_is_done_then_it_is_not_gone_back_to(home: Home, publish: Publish) -> None:
    publish("0.9")
    assert update.step(home) is UpdateCode.NOTHING_NEW
    assert left_alone(home)


def test_given_a_bundle_of_another_version_than_is_published_when_the_step_is_done_then_it_is_refused_for_good(
    home: Home, publish: Publish
) -> None:
    publish("1.1", says="1.0.5")
    with pytest.raises(BundleBroken, match=r"published as version .* says that it is"):
        update.step(home)
    assert left_alone(home)
    assert update.step(home) is UpdateCode.NOTHING_NEW
    assert "says that it is 1.0.5" in home.refused()["1.1"].why


def test_given_something_that_is_no_bundle_when_the_step_is_done_then_it_is_refused(
    home: Home, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    (tmp_path / "odd").write_bytes(b"this is no bundle" * 100)
    released(releases, managers, tmp_path / "odd", "1.1")
    with pytest.raises(BundleBroken):
        update.step(home)
    assert left_alone(home)


def test_given_a_version_that_does_not_work_here_when_the_step_is_done_then_it_is_refused_and_not_fetched_again(
    home: Home, publish: Publish, mirror: Mirror
) -> None:
    publish("1.1", health="sys.exit('no program runs behind both walls')")
    with pytest.raises(UpdateRefused, match="does not work here: no program runs behind both walls"):
        update.step(home)
    assert left_alone(home)
    before = mirror.sent
    assert update.step(home) is UpdateCode.NOTHING_NEW
    assert mirror.sent - before < 2000


def test_given_a_version_that_ends_without_a_word_when_it_tries_itself_then_it_does_not_pass(
    home: Home, publish: Publish
) -> None:
    publish("1.1", health="sys.exit(0)")
    with pytest.raises(UpdateRefused, match="its check ended with 0"):
        update.step(home)
    assert left_alone(home)


def test_given_a_version_that_says_what_is_no_text_when_it_tries_itself_then_it_is_refused(
    home: Home, publish: Publish
) -> None:
    publish("1.1", health="sys.stdout.buffer.write(b'\\xff\\n'); sys.stdout.flush()")
    with pytest.raises(UpdateRefused):
        update.step(home)
    assert "1.1" in home.refused()
    assert left_alone(home)


def runs(process: psutil.Process) -> bool:
    """Whoever is its parent by now may take a while to notice that it has ended."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def test_given_a_step_that_is_told_to_end_when_a_version_tries_itself_then_that_ends_too_and_all_is_as_before(
    home: Home, publish: Publish
) -> None:
    sign = home.folder / "tries"
    publish("1.1", health=f"import time; open({str(sign)!r}, 'w').close(); time.sleep(1000)")
    command = [sys.executable, "-m", "seattle.installer.update", "--home", str(home.folder)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as step:
        deadline = time.monotonic() + 60
        while not sign.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        (trying,) = psutil.Process(step.pid).children()
        step.terminate()
        assert step.wait(60) == UpdateCode.FAILED
    while runs(trying):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert [file.name for file in home.updates.iterdir()] == ["metadata"]
    assert (home.next(), home.refused()) == (None, {})


def test_given_a_version_that_takes_for_ever_when_it_tries_itself_then_it_is_given_another_day(
    home: Home, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update, "HEALTH_PATIENCE", 0.5)
    publish("1.1", health="import time; time.sleep(1000)")
    with pytest.raises(UpdateRefused, match="did not try itself"):
        update.step(home, clock=lambda: 1000.0)
    assert home.next() is None
    assert "1.1" in home.refused(1000.0 + update.DAY - 1)
    assert "1.1" not in home.refused(1000.0 + update.DAY + 1)


def test_given_a_refused_version_when_a_newer_one_is_published_then_that_is_prepared(
    home: Home, publish: Publish
) -> None:
    home.refuse("1.1", "it was broken")
    publish("1.1")
    assert update.step(home) is UpdateCode.NOTHING_NEW
    publish("1.2")
    assert update.step(home) is UpdateCode.PREPARED
    assert home.next() == "1.2"


def test_given_a_version_that_can_not_reach_the_updates_itself_when_the_step_is_done_then_it_is_tried_again_later(
    home: Home, publish: Publish
) -> None:
    publish("1.1", health="print('nobody answers', file=sys.stderr); sys.exit(3)")
    with pytest.raises(UpdateUnreachable, match="nobody answers"):
        update.step(home)
    assert home.refused() == {}
    assert home.next() is None


def test_given_nobody_who_serves_updates_when_the_step_is_done_then_all_is_as_before(
    home: Home, mirror: Mirror
) -> None:
    mirror.close()
    with pytest.raises(UpdateUnreachable):
        update.step(home)
    assert left_alone(home)


def test_given_a_release_for_other_machines_when_the_step_is_done_then_it_is_tried_again_the_next_day(
    home: Home, releases: ReleaseFolder, managers: Managers, tmp_path: Path
) -> None:
    from tests.installer.making import manifest, wheel, write_bundle

    wheels = {"a.whl": wheel({"a.py": ""})}
    told = manifest("1.1", wheels, {"cp311-riscv64": ["a.whl"]})
    released(releases, managers, write_bundle(tmp_path / "other", told, wheels), "1.1")
    with pytest.raises(NoWheels, match="whichever Python"):
        update.step(home, clock=lambda: 1000.0)
    assert left_alone(home)
    assert "1.1" in home.refused(1000.0 + update.DAY - 1)
    assert "1.1" not in home.refused(1000.0 + update.DAY + 1)


def test_given_a_disk_with_little_room_when_the_step_is_done_then_nothing_is_fetched(
    home: Home, publish: Publish, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("1.1")
    monkeypatch.setattr(update, "SPARE", 1 << 60)
    with pytest.raises(OSError, match="are needed for version"):
        update.step(home)
    assert left_alone(home)
    assert home.refused() == {}


def test_given_an_attempt_that_was_killed_when_the_step_is_done_again_then_nothing_of_it_is_used(
    home: Home, publish: Publish
) -> None:
    publish("1.1")
    (home.folder_of("1.1") / "lib").mkdir(parents=True)
    (home.folder_of("1.1") / "lib" / "stale").touch()
    assert update.step(home) is UpdateCode.PREPARED
    assert not (home.folder_of("1.1") / "lib" / "stale").exists()


def test_given_a_version_on_trial_when_the_step_is_done_then_no_other_is_looked_for(
    home: Home, publish: Publish, mirror: Mirror
) -> None:
    publish("1.1")
    home.set_trial(Trial("1.0", "0.9", 0.0))
    assert update.step(home) is UpdateCode.NOTHING_NEW
    assert mirror.sent == 0


def test_given_an_installation_that_gets_no_updates_when_the_step_is_done_then_nothing_is_new(home: Home) -> None:
    home.build.write_text('{"updates": null}')
    assert update.step(home) is UpdateCode.NOTHING_NEW


def test_given_releases_that_are_only_signed_again_when_the_step_is_done_then_nothing_is_new(
    home: Home, publish: Publish, releases: ReleaseFolder, managers: Managers
) -> None:
    publish("1.0")
    assert update.step(home) is UpdateCode.NOTHING_NEW
    for role in (RoleName.ROOT, RoleName.TARGETS):
        releases.renew(role)
    sign_all(releases, managers)
    assert update.step(home) is UpdateCode.NOTHING_NEW
    assert left_alone(home)


def test_given_what_is_known_of_the_releases_is_damaged_when_an_older_one_is_served_then_it_is_not_gone_back_to(
    home: Home, publish: Publish
) -> None:
    publish("0.9")
    update.step(home)
    for file in (home.updates / "metadata").rglob("*.json"):
        file.write_bytes(b"{ damaged")
    assert update.step(home) is UpdateCode.NOTHING_NEW
    assert left_alone(home)
    publish("1.1")
    assert update.step(home) is UpdateCode.PREPARED


@pytest.mark.parametrize("end", ["", "/"])
def test_given_releases_in_a_folder_of_a_server_when_the_step_is_done_then_they_are_found_with_and_without_a_slash(
    home: Home, publish: Publish, mirror: Mirror, releases: ReleaseFolder, end: str
) -> None:
    publish("1.1")
    below = releases.metadata.parent / "some" / "where"
    below.mkdir(parents=True)
    for folder in (releases.metadata, releases.targets):
        folder.rename(below / folder.name)
    build = json.loads(home.build.read_text())
    build["updates"]["url"] = f"{mirror.url}/some/where{end}"
    home.build.write_text(json.dumps(build))
    assert update.step(home) is UpdateCode.PREPARED


def test_given_a_disk_that_becomes_full_while_a_version_is_unpacked_when_the_step_ends_then_nothing_is_to_follow(
    home: Home, publish: Publish
) -> None:
    publish("1.1")
    # The disk of the versions alone: how much is free elsewhere was looked at before.
    command = [sys.executable, "-m", "seattle.installer.update", "--home", str(home.folder)]
    done = subprocess.run(
        [sys.executable, str(OWN_DISK), str(home.versions), "100000", *command],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if "Operation not permitted" in done.stderr:
        pytest.skip("no file system can be mounted here")
    assert done.returncode == UpdateCode.FAILED, done.stderr
    assert "No space left on device" in done.stderr
    assert left_alone(home)
    assert home.refused() == {}
