"""Getting, renewing and releasing vessels from Python and from the command line.

The site, the broker, the directory and the client are real; nodes are those of the client's tests, and what a worker
does in the database, a thread does here.
"""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from anyio.from_thread import start_blocking_portal
from django.db import connections
from tests.clearinghouse.conftest import DATABASE
from tests.clearinghouse.live_site import served
from tests.client.conftest import World

from seattle.clearinghouse.accounts.models import User, UserKey
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind, Lease
from seattle.client import (
    CannotFulfil,
    NotEnoughCredits,
    Order,
    Patience,
    ProfileError,
    SiteError,
    Testbed,
    connect,
    write_profile,
)
from seattle.client.errors import SiteUnreachable, TimedOut
from seattle.client.profile import Profile
from seattle.fabric.authority import Role
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_public_line

pytestmark = pytest.mark.skipif(DATABASE != "sqlite", reason="clients don't know which database the site has")

NewUser = Callable[..., User]
BOUND = 60  # seconds; far more than anything here takes
MAIN = [sys.executable, "-c", "from seattle.cli import main; raise SystemExit(main())"]
PROGRAM = "say hello\nexit 0"


@dataclass
class Scene:
    """A user of a testbed with a site."""

    user: User
    key: KeyPair
    profile: Profile
    world: World
    folder: Path

    def node(self, *vessels: str, advertised: bool = True) -> Node:
        """A node with free vessels, which obeys our key already."""
        key = self.world.node(self.key, *vessels).key if advertised else KeyPair.generate()
        node = Node.objects.create(node_id=key.id, state=Node.State.READY, online=True, country="DE")
        Vessel.objects.bulk_create(Vessel(node=node, name=name, state=Vessel.State.FREE) for name in vessels)
        return node

    def held(self) -> int:
        """How many vessels are counted as ours."""
        self.user.refresh_from_db()
        return self.user.credits_held

    @property
    def environment(self) -> dict[str, str]:
        """Of a shell."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "SEATTLE_PROFILE": str(self.profile.folder)}

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run `seattle` as a shell does."""
        return subprocess.run(
            [*MAIN, *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BOUND,
            check=False,
        )


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with start_blocking_portal("asyncio") as portal:
        world = World(portal)
        try:
            portal.call(world.start)
            yield world
        finally:
            portal.call(world.stop)


@pytest.fixture
def there(transactional_db: None, world: World, new_user: NewUser, settings: Any, tmp_path: Path) -> Iterator[Scene]:
    user, key = new_user("alice", credit=4), KeyPair.generate()
    UserKey.objects.create(user=user, key_id=key.id, public_line=format_public_line(key.public))
    with served() as url:
        settings.SITE = msgspec.structs.replace(settings.SITE, url=url)
        profile = write_profile(
            tmp_path / "profile",
            urls=[world.server.url],
            key=key,
            credential=world.credential(key, Role.USER),
            site_url=url,
        )
        yield Scene(user, key, profile, world, tmp_path)


@pytest.fixture
def testbed(there: Scene) -> Iterator[Testbed]:
    with connect(there.profile, patience=Patience(appear=0.5)) as testbed:
        yield testbed


@contextmanager
def a_worker() -> Iterator[None]:
    """Somebody who does with every lease what a worker does."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.02):
            for lease in Lease.objects.filter(state=Lease.State.ASSIGNING):
                services.assigned(lease)
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_given_free_vessels_when_some_are_acquired_then_programs_run_on_them_until_they_are_released(
    there: Scene, testbed: Testbed, tmp_path: Path
) -> None:
    for _ in range(2):
        there.node("v2")
    heard: list[Order] = []
    (tmp_path / "hello.py").write_text(PROGRAM)
    with a_worker():
        vessels = testbed.acquire(2, progress=heard.append)
    assert len(vessels) == 2
    assert heard[-1].active == 2
    assert [line.text for line in vessels.run(tmp_path / "hello.py").follow()] == ["hello", "hello"]
    assert len(vessels.release().ok) == 2
    assert there.held() == 0


def test_given_acquired_vessels_when_they_are_renewed_then_until_when_is_told(there: Scene, testbed: Testbed) -> None:
    there.node("v2")
    with a_worker():
        vessels = testbed.acquire(1)
    (until,) = vessels.renew().values
    (lease,) = testbed.leases()
    assert lease.place == vessels[0].place
    assert lease.expires_at == until


def test_given_vessels_that_are_not_ours_any_more_when_they_are_released_then_that_is_a_failure_of_each(
    there: Scene, testbed: Testbed
) -> None:
    there.node("v2")
    with a_worker():
        vessels = testbed.acquire(1)
    services.release(there.user)
    assert [one.code for one in vessels.release().failed] == ["no-such-vessel"]
    assert [one.code for one in vessels.renew().failed] == ["no-such-vessel"]


def test_given_too_few_vessels_when_they_are_acquired_then_the_error_says_so_and_nothing_is_held(
    there: Scene, testbed: Testbed
) -> None:
    there.node("v2")
    with pytest.raises(CannotFulfil, match="1"):
        testbed.acquire(2, where={"countries": ["DE"]})
    with pytest.raises(NotEnoughCredits):
        testbed.acquire(5)
    assert there.held() == 0


def test_given_too_few_vessels_when_least_says_so_then_those_there_are_do(there: Scene, testbed: Testbed) -> None:
    there.node("v2")
    with a_worker():
        assert len(testbed.acquire(3, least=1)) == 1
    assert there.held() == 1


def test_given_nodes_that_never_answer_when_vessels_are_acquired_then_all_is_given_back(there: Scene) -> None:
    there.node("v2")
    with (
        connect(there.profile, patience=Patience(acquire=0.3)) as testbed,
        pytest.raises(TimedOut, match="given back"),
    ):
        testbed.acquire(1)
    assert there.held() == 0


def test_given_a_site_that_restarts_while_vessels_are_waited_for_when_it_is_back_then_they_come(
    there: Scene, settings: Any
) -> None:
    there.node("v2")
    with ThreadPoolExecutor() as pool:
        with served() as url:
            settings.SITE = msgspec.structs.replace(settings.SITE, url=url)
            elsewhere = dataclasses.replace(there.profile, site_url=url)
            ordered = threading.Event()
            getting = pool.submit(_acquire_one, elsewhere, ordered)
            assert ordered.wait(BOUND)
        with served(port=urlsplit(url).port or 0), a_worker():
            assert getting.result(BOUND) == 1
    assert there.held() == 1


def _acquire_one(profile: Profile, ordered: threading.Event) -> int:
    with connect(profile) as testbed:
        return len(testbed.acquire(1, progress=lambda _: ordered.set()))


def test_given_a_vessel_that_the_directory_does_not_know_when_it_is_acquired_then_it_is_told_as_unreachable(
    there: Scene, testbed: Testbed
) -> None:
    node = there.node("v2", advertised=False)
    with a_worker():
        vessels = testbed.acquire(1)
    assert len(vessels) == 0
    assert [one.vessel.node for one in vessels.unreachable] == [node.node_id]
    assert there.held() == 1


def test_given_a_vessel_whose_node_went_away_when_it_is_replaced_then_one_like_it_comes(
    there: Scene, testbed: Testbed
) -> None:
    lost = there.node("v2")
    with a_worker():
        vessels = testbed.acquire(1)
        Node.objects.filter(pk=lost.pk).update(online=False)
        other = there.node("v2")
        replaced = testbed.replace(vessels[0])
    assert [vessel.node for vessel in replaced] == [other.node_id]
    assert there.held() == 1


def test_given_a_user_when_they_ask_the_site_who_they_are_then_it_is_told(testbed: Testbed) -> None:
    account = testbed.account()
    assert (account.username, account.credits_available) == ("alice", 4)


def test_given_a_profile_without_a_site_when_vessels_are_acquired_then_the_error_says_what_to_do(
    there: Scene, world: World, tmp_path: Path
) -> None:
    credential = world.credential(there.key, Role.USER)
    bare = write_profile(tmp_path / "bare", urls=[world.server.url], key=there.key, credential=credential)
    with connect(bare) as testbed, pytest.raises(ProfileError, match="names no site"):
        testbed.acquire(1)


def test_given_a_key_that_was_retired_when_vessels_are_acquired_then_the_site_refuses(
    there: Scene, testbed: Testbed
) -> None:
    there.user.keys.filter(key_id=there.key.id).delete()
    with pytest.raises(SiteError, match="seattle login"):
        testbed.acquire(1)


def test_given_a_site_that_is_gone_when_vessels_are_acquired_then_that_is_the_error(
    there: Scene, world: World, tmp_path: Path
) -> None:
    credential = world.credential(there.key, Role.USER)
    gone = write_profile(
        tmp_path / "gone", urls=[world.server.url], key=there.key, credential=credential, site_url="http://127.0.0.1:9"
    )
    with connect(gone) as testbed, pytest.raises(SiteUnreachable):
        testbed.acquire(1)


# The command.


def test_given_free_vessels_when_they_are_got_renewed_and_released_by_command_then_each_step_is_told(
    there: Scene,
) -> None:
    node = there.node("v2", "v3")
    with a_worker():
        got = there.command("get", "1", "--where", "country=DE", "--json")
    assert (got.returncode, got.stderr.splitlines()[-1][:5]) == (0, "hint:")
    (vessel,) = json.loads(got.stdout)["vessels"]
    assert vessel["node"] == node.node_id
    renewed = there.command("renew", vessel["vessel"], "--json")
    (told,) = json.loads(renewed.stdout)
    listed = json.loads(there.command("vessels", "--json").stdout)["vessels"]
    expires = {one["vessel"]: one["expires_at"] for one in listed}
    assert (told["ok"], told["expires_at"]) == (True, expires[vessel["vessel"]])
    assert "ends in" in there.command("vessels").stdout
    released = there.command("release", "--all")
    assert (released.returncode, released.stderr) == (0, "note: 1 vessel was given back\n")
    assert there.held() == 0


def test_given_fewer_vessels_than_wanted_when_least_is_met_then_the_command_is_done_in_part(there: Scene) -> None:
    there.node("v2")
    with a_worker():
        got = there.command("get", "3", "--least", "1")
    assert got.returncode == 3
    assert "error: 1 of 3 vessels" in got.stderr


def test_given_vessels_that_are_waited_for_when_the_command_is_interrupted_then_they_are_given_back(
    there: Scene,
) -> None:
    there.node("v2")
    with subprocess.Popen([*MAIN, "get", "1"], env=there.environment, stderr=subprocess.PIPE, text=True) as getting:
        assert getting.stderr is not None
        assert "waiting for 1" in getting.stderr.readline()
        getting.send_signal(signal.SIGINT)
        assert getting.wait(BOUND) != 0
    assert there.held() == 0


def test_given_a_shortage_when_vessels_are_got_by_command_then_it_fails_with_the_reason(there: Scene) -> None:
    got = there.command("get", "1", "--kind", "nat")
    assert (got.returncode, got.stdout) == (1, "")
    assert got.stderr.startswith("error: ")


@pytest.mark.parametrize(
    "words",
    [
        ["get", "0"],
        ["get", "1", "--kind", "any"],
        ["get", "1", "--where", "planet=earth"],
        ["get", "1", "--where", "connport=63100"],
        ["get", "1", "--near", "192.0.2.1"],
        ["release"],
        ["renew", "--all", "U123/v1"],
    ],
)
def test_given_a_command_line_that_makes_no_sense_when_it_is_run_then_it_is_wrong_usage(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from seattle.cli.commands import run_command

    key = KeyPair.generate()
    profile = write_profile(
        tmp_path, urls=["nats://127.0.0.1:9"], key=key, credential="none", site_url="http://127.0.0.1:9"
    )
    monkeypatch.setenv("SEATTLE_PROFILE", str(profile.folder))
    assert run_command(words) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_given_a_name_of_no_vessel_when_it_is_released_then_the_command_fails_and_nothing_is(there: Scene) -> None:
    there.node("v2")
    with a_worker():
        services.acquire(there.user, Kind.RANDOM, 1)
    released = there.command("release", "UNONE/v1")
    assert released.returncode == 1
    assert "you hold no vessel UNONE/v1" in released.stderr
    assert there.held() == 1
