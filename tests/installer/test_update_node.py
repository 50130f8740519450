"""A real node across updates: its program counts on, whatever the new version is like."""

import asyncio
import json
import re
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.installer.conftest import FIRST, Tree
from tests.node.conftest import DONATION, Hands
from tests.updater.conftest import Managers, Mirror, new_repository, sign_all

from seattle.fabric.authority import Authority, Role
from seattle.fabric.connection import Backoff, NatsFabric
from seattle.fabric.enrolment import enrol
from seattle.fabric.rpc import NodeClient
from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair, PublicKey
from seattle.installer.standalone.asking import ask
from seattle.installer.standalone.bounds import Bounds
from seattle.installer.standalone.bundles import Bundle
from seattle.installer.standalone.errors import SupervisorAway
from seattle.installer.standalone.mending import put_supervisor
from seattle.installer.standalone.versions import Home
from seattle.node.settings import NodeSettings
from seattle.node.setup import set_up
from seattle.node.vesselinfo import VesselShare
from seattle.updater.releases import ReleaseFolder
from seattle.updater.roles import Channel

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]
PATIENCE = 120.0  # seconds for an update; machines that run tests are busy
COUNT = "n = 0\nwhile True:\n    print(n)\n    n += 1\n    sleep(0.05)\n"
HASTY = Bounds(
    ready_within=20.0,
    trial=1.0,
    first_back_off=0.1,
    longest_back_off=0.5,
    first_check=(1000.0, 1000.0),
    check=(1000.0, 1000.0),
    stay=1.0,
    step_aside=0.5,
)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Donated:
    """An installation on this machine, its node, and the program that counts there."""

    home: Home
    hands: Hands
    releases: ReleaseFolder
    managers: Managers
    mirror: Mirror
    data: bytes = b""
    offset: int = 0

    def publish(self, bundle: Path, version: str) -> None:
        self.releases.release(Channel.STABLE, bundle, version)
        sign_all(self.releases, self.managers)

    async def status(self) -> dict[str, Any]:
        with suppress(SupervisorAway):
            return dict(await asyncio.to_thread(ask, self.home.folder, "status"))
        return {}

    async def until(self, so: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while True:
            status = await self.status()
            if status and so(status):
                return status
            assert time.monotonic() < deadline, f"{status}\n{self.home.log.read_text()}"
            await asyncio.sleep(0.1)

    async def settled(self, version: str) -> dict[str, Any]:
        return await self.until(
            lambda now: now["version"] == version and now["ready"] and not now["trial"] and not now["next"]
        )

    async def count(self) -> int:
        """What it has counted to by now. Every number is there, once; and it is still the first run."""
        async with asyncio.timeout(PATIENCE):
            before = len(self.data)
            while len(self.data) == before or not self.data.endswith(b"\n"):
                chunk = await self.hands.log(self.offset, wait=2.0)
                self.data, self.offset = self.data + chunk.data, chunk.next_offset
        assert chunk.run == 1
        numbers = [int(line) for line in self.data.split()]
        assert numbers == list(range(len(numbers)))
        return len(numbers)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[tuple[ReleaseFolder, Managers, Mirror]]:
    """A repository of releases, and who serves it."""
    managers = Managers()
    releases = new_repository(tmp_path, managers)
    served = Mirror(releases.metadata.parent)
    yield releases, managers, served
    served.close()


@pytest.fixture(scope="session")
def unpacked(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree as it is unpacked on a donor's computer."""
    folder = tmp_path_factory.mktemp("unpacked") / FIRST
    began = time.monotonic()
    with Bundle(bundle) as opened:
        opened.check()
        opened.unpack(folder)
    print(f"unpacked {bundle.stat().st_size / 2**20:.1f} MiB in {time.monotonic() - began:.1f} s")
    return folder


def installation(
    folder: Path, unpacked: Path, url: str, authority: Authority, user: PublicKey
) -> tuple[Home, PublicKey]:
    """A home with the tree in it, and a node with one vessel that is its user's."""
    home = Home(folder)
    home.versions.mkdir(parents=True)
    home.updates.mkdir()
    subprocess.run(["cp", "-a", str(unpacked), str(home.folder_of(FIRST))], check=True)
    home.switch(FIRST)
    put_supervisor(home, FIRST)
    settings = NodeSettings(
        folder=Path(), fabric=[url], donation=DONATION, first_port=11000, addresses=["127.0.0.1"], log_bytes=1 << 20
    )
    public = set_up(home.node, vessels=[VesselShare(100, user)], settings=settings)
    lifetime = timedelta(hours=1)
    (home.node / "node.jwt").write_text(enrol(authority, public, role=Role.NODE, now=time.time(), lifetime=lifetime))
    return home, public


@pytest.fixture
async def donated(
    tmp_path: Path, unpacked: Path, mirror: tuple[ReleaseFolder, Managers, Mirror]
) -> AsyncIterator[Donated]:
    """It runs, and its program has begun to count."""
    releases, managers, served = mirror
    authority, user = Authority.generate(), KeyPair.generate()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(EmbeddedServer(authority))
        home, public = installation(tmp_path / "home", unpacked, server.url, authority, user.public)
        root = json.loads((releases.metadata / "1.root.json").read_bytes())
        home.build.write_text(json.dumps({"updates": {"url": served.url, "channel": "stable", "root": root}}))

        async def fetch() -> str:
            return enrol(authority, user.public, role=Role.USER, now=time.time(), lifetime=timedelta(hours=1))

        fabric = NatsFabric([server.url], user, fetch, backoff=Backoff(first=0.02, longest=0.1))
        await stack.enter_async_context(fabric)
        hands = Hands(NodeClient(fabric, user).asking(public, within=60.0), "v1")
        donor = Donated(home, hands, releases, managers, served)
        command = ["/bin/sh", str(home.launcher), "--bounds", HASTY.words()]
        supervisor = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)  # noqa: ASYNC220 - it is at once
        try:
            await donor.settled(FIRST)
            started = await hands.start(COUNT)
            donor.offset = started.log_offset or 0
            await donor.count()
            yield donor
        finally:
            with suppress(SupervisorAway):
                await asyncio.to_thread(ask, home.folder, "stop")
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(supervisor.wait, 40)
            for process in from_home(home):
                with suppress(psutil.Error):
                    process.kill()
            supervisor.wait()


def from_home(home: Home) -> list[psutil.Process]:
    """All processes that were started from there."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if str(home.folder) in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


async def test_given_a_program_that_counts_when_its_node_is_updated_then_it_counts_on_and_no_number_is_missing(
    donated: Donated, tree: Tree, tmp_path: Path
) -> None:
    before = await donated.count()
    donated.publish(tree.bundle(tmp_path / "b", "1.1"), "1.1")
    began = time.monotonic()
    await asyncio.to_thread(ask, donated.home.folder, "check")
    status = await donated.settled("1.1")
    print(f"updated, and trusted after {HASTY.trial:g} s of it, in {time.monotonic() - began:.1f} s")
    assert psutil.Process(status["daemon"]).cmdline()[0] == str(donated.home.folder_of("1.1") / "bin" / "python3")
    assert await donated.count() > before
    # And a check that finds nothing new restarts nothing.
    daemon, sent = status["daemon"], donated.mirror.sent
    await asyncio.to_thread(ask, donated.home.folder, "check")
    status = await donated.until(lambda now: now["checked"] and now["checked"]["result"] == "nothing_new")
    print(f"a check that finds nothing fetches {donated.mirror.sent - sent} bytes")
    assert (status["daemon"], status["version"]) == (daemon, "1.1")
    memory = psutil.Process(status["supervisor"]).memory_full_info()
    print(f"the supervisor: {memory.pss / 2**20:.1f} MB PSS")
    await donated.hands.stop()


SERVE = ('    """Be a node until `until` is set.', '    BROKEN\n    """Be a node until `until` is set.')


def broken(statement: str) -> tuple[str, str]:
    return SERVE[0], SERVE[1].replace("BROKEN", statement)


BROKEN = {
    "exits at once": ({"seattle/node/daemon.py": broken("os._exit(7)")}, "ended again and again"),
    "is never ready": ({"seattle/node/daemon.py": broken("time.sleep(1000)")}, "not ready within"),
    "dies once it is ready": (
        {"seattle/node/daemon.py": ("    ready()\n", "    ready()\n    os._exit(8)\n")},
        "ended again and again",
    ),
}


@pytest.mark.parametrize(
    ("edits", "why"),
    [pytest.param(*one, id=name, marks=pytest.mark.soak) for name, one in BROKEN.items()],
)
async def test_given_a_program_that_counts_when_its_node_gets_a_broken_version_then_it_counts_on_with_the_old_one(
    donated: Donated, tree: Tree, tmp_path: Path, edits: dict[str, tuple[str, str]], why: str
) -> None:
    await gone_back(donated, tree.bundle(tmp_path / "b", "1.1", edits), why)


async def gone_back(donated: Donated, bundle: Path, why: str) -> None:
    before = await donated.count()
    donated.publish(bundle, "1.1")
    await asyncio.to_thread(ask, donated.home.folder, "check")
    status = await donated.until(lambda now: "1.1" in now["refused"])
    assert re.search(why, status["refused"]["1.1"]["why"])
    await donated.settled(FIRST)
    assert await donated.count() > before
    await donated.hands.stop()


NURSERY = (
    '        """Until the other end of `lifeline`',
    '        raise SystemExit\n        """Until the other end of `lifeline`',
)
ILL = {
    "runs no programs": ({"seattle/repy/nursery.py": NURSERY}, "no program runs"),
    "can't read the settings": ({"seattle/node/settings.py": ('"vesselinfo_file"', '"vesselinfo"')}, "vesselinfo"),
    "has no updates after it": (
        {"seattle/updater/client.py": ("import time\n", "import time\nimport no_such_module\n")},
        "no_such_module",
    ),
}


@pytest.mark.soak
@pytest.mark.parametrize(("edits", "why"), ILL.values(), ids=ILL)
async def test_given_a_version_that_does_not_work_here_when_it_tries_itself_then_the_daemon_is_not_even_restarted(
    donated: Donated, tree: Tree, tmp_path: Path, edits: dict[str, tuple[str, str]], why: str
) -> None:
    daemon = (await donated.status())["daemon"]
    donated.publish(tree.bundle(tmp_path / "b", "1.1", edits), "1.1")
    await asyncio.to_thread(ask, donated.home.folder, "check")
    status = await donated.until(lambda now: now["checked"])
    assert status["checked"]["result"] == "refused"
    assert why in status["refused"]["1.1"]["why"]
    assert status["daemon"] == daemon
    await donated.count()
    await donated.hands.stop()
