"""A testbed with a clearinghouse: its user gets vessels, the site holds no key, and all of it ends together."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from seattle.client.aio.testbed import AsyncTestbed, connect
from seattle.client.errors import ClientError, SiteRefused
from seattle.client.patience import Patience
from seattle.client.site.vessels import SiteVessels
from seattle.fabric.authority import Role
from seattle.fabric.enrolment_client import fetch_credential
from seattle.fabric.errors import EnrolmentRefused, FabricError
from seattle.testbed import LocalTestbed, Size, TestbedError
from seattle.testbed.clearinghouse import LocalClearinghouse

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

GoneWithin = Callable[[Iterable[int], float], list[int]]
CHUNK = 16 << 20  # bytes

START = """
from seattle.clearinghouse.start import start
start()
import json, time
from allauth.mfa.models import Authenticator
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.desk import services
from seattle.clearinghouse.desk.models import CutOff
from seattle.clearinghouse.fleet.models import Vessel
"""
CUT_OFF = """
root = User.objects.create(username="root", email="root@localhost.localdomain", is_staff=True)
Authenticator.objects.create(user=root, type=Authenticator.Type.TOTP, data={})
services.cut_off_user(User.objects.get(username="demo"), by=root, reason="it spins")
"""
HOW_FAR = """
ends = time.monotonic() + 20
while (cut := CutOff.objects.get()).done_at is None and time.monotonic() < ends:
    time.sleep(0.1)
left = Vessel.objects.exclude(state=Vessel.State.FREE).count()
print(json.dumps([(cut.done_at - cut.created_at).total_seconds(), left]))
"""
PARENT = """
import asyncio, json, sys
from pathlib import Path
import psutil
from seattle.testbed import LocalTestbed, Size

async def main():
    async with LocalTestbed(Path(sys.argv[1]), Size(nodes=1, vessels=1), clearinghouse=True):
        print(json.dumps([child.pid for child in psutil.Process().children(recursive=True)]), file=sys.stderr)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def testbed(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[LocalTestbed]:
    folder = tmp_path_factory.mktemp("with-site") / "testbed"
    async with LocalTestbed(folder, Size(nodes=2, vessels=2), clearinghouse=True) as running:
        yield running


async def test_given_a_user_when_they_acquire_run_and_release_then_it_all_works(
    testbed: LocalTestbed, tmp_path: Path
) -> None:
    (tmp_path / "hello.py").write_text("print('hello')\n")
    async with connect(testbed.profile) as client:
        vessels = await client.acquire(4)
        run = await vessels.run(tmp_path / "hello.py")
        async with run.follow() as lines:
            said = [line.text async for line in lines]
        released = await vessels.release()
    assert said == ["hello"] * 4
    assert len(released) == 4


def test_given_the_site_at_work_when_all_of_its_memory_is_searched_then_no_private_key_is_there(
    testbed: LocalTestbed,
) -> None:
    assert testbed.site is not None
    site, worker = testbed.site.children
    assert httpx.get(f"{testbed.site.url}/readyz").status_code == 200
    roles = [file.read_bytes().strip() for file in (testbed.folder / "authority").glob("*.nk")]
    assert len(roles) >= 5
    ours: bytes = testbed.site.worker_key.seed
    secrets = [ours, testbed.user.seed, *roles]
    paths = [os.fsencode(testbed.site.folder / "worker"), os.fsencode(testbed.folder / "authority")]
    environment = Path(f"/proc/{site.process.pid}/environ").read_bytes()
    assert b"SEATTLE_WORKER" not in environment
    assert not [path for path in paths if path in environment]
    assert found_in(site.process.pid, [*secrets, *paths]) == []
    assert found_in(worker.process.pid, [ours]) == [ours], "the search finds what is there"


async def test_given_a_user_with_a_running_program_when_the_desk_cuts_them_off_then_within_seconds_all_of_it_is_over(
    testbed: LocalTestbed, tmp_path: Path
) -> None:
    (tmp_path / "spin.py").write_text("while True:\n    sleep(0.1)\n")
    assert testbed.site is not None
    await testbed.site.wait_until_divided()  # and clean again
    async with connect(testbed.profile, patience=Patience(call=2.0)) as client:
        vessels = await client.acquire(2)
        run = await vessels.run(tmp_path / "spin.py")
        run.started.raise_for_failures()
        await asyncio.to_thread(at_the_desk, testbed.site, CUT_OFF)
        with pytest.raises((ClientError, FabricError)):
            await browse_on(client)
    took, left = json.loads(await asyncio.to_thread(at_the_desk, testbed.site, HOW_FAR))
    assert left == 0
    assert took < 20
    with pytest.raises(EnrolmentRefused):
        await fetch_credential(testbed.profile.enrol_url, testbed.user, role=Role.USER)
    with pytest.raises(SiteRefused):
        await asyncio.to_thread(SiteVessels.of(testbed.profile, testbed.user).account)


async def test_given_the_worker_is_killed_then_the_testbed_says_so(testbed: LocalTestbed) -> None:
    assert testbed.site is not None
    testbed.site.worker.process.send_signal(signal.SIGKILL)  # the last test: nothing works any more
    with pytest.raises(TestbedError, match="the worker ended unexpectedly"):
        await testbed.wait()


def test_given_a_testbed_with_a_site_when_its_parent_is_killed_then_no_process_of_it_is_left(
    tmp_path: Path, gone_within: GoneWithin
) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "testbed")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stderr is not None
            pids = json.loads(parent.stderr.readline())
            commands = " ".join(word for pid in pids for word in psutil.Process(pid).cmdline())
            assert "clearinghouse serve" in commands
            assert "clearinghouse worker" in commands
        finally:
            parent.kill()
    assert gone_within(pids, 10) == []


async def browse_on(client: AsyncTestbed) -> None:
    """Until it is refused."""
    async with asyncio.timeout(20):
        while True:
            await client.browse()


def at_the_desk(site: LocalClearinghouse, script: str) -> str:
    """Run this with the site's settings, as another of its processes."""
    command = [sys.executable, "-c", START + script]
    done = subprocess.run(command, env=site.site_environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def found_in(pid: int, needles: list[bytes]) -> list[bytes]:
    """Which of these bytes are anywhere in the memory of a process that we may trace."""
    longest = max(map(len, needles))
    found: set[bytes] = set()
    for piece in memory_of(pid, overlap=longest):
        found |= {needle for needle in needles if needle in piece}
    return sorted(found)


def memory_of(pid: int, *, overlap: int) -> Iterator[bytes]:
    maps = Path(f"/proc/{pid}/maps").read_text()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for first, last in re.findall(r"^([0-9a-f]+)-([0-9a-f]+) rw", maps, re.MULTILINE):
            for start in range(int(first, 16), int(last, 16), CHUNK - overlap):
                try:
                    memory.seek(start)
                    yield memory.read(min(CHUNK, int(last, 16) - start))
                except OSError:  # the kernel's own
                    break
