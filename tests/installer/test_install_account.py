"""A donor with a fresh account, offline but for the testbed: installs, is updated, and leaves nothing behind."""

import asyncio
import json
import re
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.installer.accounts import Account, fresh_account, listing, loopback_only, needs_root
from tests.installer.conftest import FIRST, Tree
from tests.installer.making import HERE, write_installer
from tests.installer.statements import SIGNER
from tests.installer.test_update_node import COUNT, HASTY, broken
from tests.node.conftest import Hands
from tests.updater.conftest import Managers, Mirror, new_repository, sign_all

from seattle.fabric.admissions import Admissions, Policy
from seattle.fabric.authority import Authority, Issuer, Role
from seattle.fabric.connection import NatsFabric
from seattle.fabric.enrolment import enrol
from seattle.fabric.enrolment_service import EnrolmentService, http_server
from seattle.fabric.rpc import NodeClient
from seattle.identity.keys import PublicKey
from seattle.installer.build_ids import new_build_id
from seattle.installer.building import assemble, bundle_fact, loader_digest
from seattle.installer.standalone.pythons import describe
from seattle.installer.statement import FORMAT, NodePart, Statement, Updates, sign
from seattle.testbed.local import LocalTestbed
from seattle.testbed.size import Size
from seattle.updater.releases import ReleaseFolder
from seattle.updater.roles import Channel

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(600), needs_root]
PATIENCE = 120.0  # seconds for an update; machines that run tests are busy
GUIDE = Path(__file__).parents[2] / "docs" / "donors-guide.md"
SYSTEM_PYTHON = Path("/usr/bin/python3")  # the only one that a fresh account has


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def offline() -> Iterator[None]:
    """First of all fixtures, so that whatever serves is in the same network."""
    with loopback_only():
        yield


@pytest.fixture
def account() -> Iterator[Account]:
    if not SYSTEM_PYTHON.exists() or describe(SYSTEM_PYTHON).tag != HERE:
        pytest.skip(f"{SYSTEM_PYTHON} is not of the version that these tests run on, and other accounts have no other")
    with fresh_account() as made:
        yield made


@pytest.fixture
async def testbed(offline: None, tmp_path: Path) -> AsyncIterator[tuple[LocalTestbed, str]]:
    """A testbed with a node of its own, and where other nodes enrol."""
    async with AsyncExitStack() as stack:
        testbed = await stack.enter_async_context(LocalTestbed(tmp_path / "testbed", Size(nodes=1, vessels=1)))
        admissions = Admissions(tmp_path / "enrolment.sqlite", {Role.NODE: Policy.OPEN})
        stack.callback(admissions.close)
        service = EnrolmentService(Issuer.load(testbed.folder / "authority"), admissions, brokers=testbed.profile.urls)
        server = http_server(service)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield testbed, f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


@pytest.fixture
def releases(offline: None, tmp_path: Path) -> Iterator[tuple[ReleaseFolder, Managers, Mirror]]:
    """A repository of releases, and who serves it."""
    managers = Managers()
    folder = new_repository(tmp_path, managers)
    served = Mirror(folder.metadata.parent)
    yield folder, managers, served
    served.close()


class Counter:
    """A program that counts in the donor's vessel, and whoever reads along."""

    def __init__(self, hands: Hands) -> None:
        self._hands, self._data, self._offset = hands, b"", 0

    async def start(self) -> None:
        self._offset = (await self._hands.start(COUNT)).log_offset or 0

    async def count(self) -> int:
        """What it has counted to by now. Every number is there, once; and it is still the first run."""
        async with asyncio.timeout(PATIENCE):
            before = len(self._data)
            while len(self._data) == before or not self._data.endswith(b"\n"):
                chunk = await self._hands.log(self._offset, wait=2.0)
                self._data, self._offset = self._data + chunk.data, chunk.next_offset
        assert chunk.run == 1
        numbers = [int(line) for line in self._data.split()]
        assert numbers == list(range(len(numbers)))
        return len(numbers)


async def settled(account: Account, version: str) -> dict[str, Any]:
    """Its node's status once this version serves, and is trusted."""
    deadline = time.monotonic() + PATIENCE
    while True:
        said = await asyncio.to_thread(account.type, ".local/share/seattle-node/seattle-node status --json")
        now: dict[str, Any] = json.loads(said.stdout) if said.returncode == 0 else {}
        if now.get("ready") and now["version"] == version and not now["trial"] and not now["next"]:
            return now
        assert time.monotonic() < deadline, f"{now}\n{said.stderr}"
        await asyncio.sleep(0.2)


async def ended(account: Account) -> None:
    """Until nothing of theirs runs."""
    deadline = time.monotonic() + PATIENCE
    while running := account.processes():
        assert time.monotonic() < deadline, running
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("with_updates", [False, pytest.param(True, marks=pytest.mark.soak)])
async def test_given_a_fresh_account_when_its_donor_installs_updates_and_uninstalls_then_programs_run_and_all_is_gone(
    *,
    with_updates: bool,
    testbed: tuple[LocalTestbed, str],
    releases: tuple[ReleaseFolder, Managers, Mirror],
    account: Account,
    tree: Tree,
    bundle: Path,
    tmp_path: Path,
) -> None:
    local, enrol_url = testbed
    folder, managers, mirror = releases

    def publish(version: str, edits: dict[str, tuple[str, str]]) -> None:
        folder.release(Channel.STABLE, tree.bundle(tmp_path / f"{version}.bundle", version, edits), version)
        sign_all(folder, managers)

    root = json.loads((folder.metadata / "1.root.json").read_bytes())
    statement = Statement(
        format=FORMAT,
        id=new_build_id(),
        name="a class",
        bundle=bundle_fact(bundle),
        loader=loader_digest(),
        vesselinfo=f"Percent 100\nOwner {local.user.public.id}\n",
        node=NodePart(list(local.profile.urls), enrol_url),
        updates=Updates(mirror.url, Channel.STABLE, root),
    )
    assemble(*sign(statement, SIGNER), bundle, account.home.parent / "node.pyz")
    print(f"the installer has {(account.home.parent / 'node.pyz').stat().st_size / 2**20:.1f} MiB")
    before = listing(account.home)

    # It is installed, with no network but the testbed's, and no rights.
    began = time.monotonic()
    install = f"sh ../node.pyz --yes --percent 50 --address 127.0.0.1 --signed-by {SIGNER.public.id}"
    done = await asyncio.to_thread(account.type, install)
    assert done.returncode == 0, done.stderr
    print(f"installed and started in {time.monotonic() - began:.1f} s\n{done.stderr}")
    node = re.search(r"this is node (\w+)", done.stderr)
    assert node is not None, done.stderr
    await settled(account, FIRST)
    print(f"it serves {time.monotonic() - began:.1f} s after the installer was started")

    # It is in the testbed, and a user's program runs there. The supervisor goes on in a hurry.
    command = account.home / ".local" / "share" / "seattle-node"
    assert (await asyncio.to_thread(account.type, f"{command}/seattle-node stop")).returncode == 0
    await ended(account)
    account.popen(["/bin/sh", str(command / "supervise"), "--bounds", HASTY.words()])
    await settled(account, FIRST)
    authority = Authority.load(local.folder / "authority")

    async def fetch() -> str:
        return enrol(authority, local.user.public, role=Role.USER, now=time.time(), lifetime=timedelta(hours=1))

    async with NatsFabric(list(local.profile.urls), local.user, fetch) as fabric:
        public = PublicKey.from_id(node[1])
        counter = Counter(Hands(NodeClient(fabric, local.user).asking(public, within=60.0), "v1"))
        await counter.start()
        counted = await counter.count()

        if with_updates:
            # A next version comes, while it counts.
            publish("1.1", {"seattle/installer/update.py": ("import argparse\n", "import argparse\n\n")})
            began = time.monotonic()
            done = await asyncio.to_thread(account.type, f"{command}/seattle-node update")
            assert (done.returncode, done.stdout) == (0, "prepared\n"), done.stderr
            await settled(account, "1.1")
            print(f"updated, and trusted after {HASTY.trial:g} s of it, in {time.monotonic() - began:.1f} s")
            counted, before_update = await counter.count(), counted
            assert counted > before_update

            # One that does not work comes, and goes again.
            publish("1.2", {"seattle/node/daemon.py": broken("os._exit(7)")})
            done = await asyncio.to_thread(account.type, f"{command}/seattle-node update")
            assert (done.returncode, done.stdout) == (0, "prepared\n"), done.stderr
            deadline = time.monotonic() + PATIENCE
            while "1.2" not in (await settled(account, "1.1"))["refused"]:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.2)
            print(f"tried, and gone back from, {time.monotonic() - began:.1f} s after that began")
            assert await counter.count() > counted

        # It is uninstalled, while it counts.
        began = time.monotonic()
        done = await asyncio.to_thread(account.type, f"{command}/seattle-node uninstall --yes")
        assert done.returncode == 0, done.stderr
        print(f"uninstalled in {time.monotonic() - began:.1f} s")
    await ended(account)
    assert listing(account.home) == before
    assert account.elsewhere() == []


@pytest.mark.soak
async def test_given_a_donor_with_the_guide_when_they_follow_it_to_the_letter_then_every_command_works_and_all_is_gone(
    testbed: tuple[LocalTestbed, str], account: Account, bundle: Path
) -> None:
    local, enrol_url = testbed
    node = NodePart(list(local.profile.urls), enrol_url)
    write_installer(account.home / "seattle-node.pyz", bundle, node=node)
    commands = account.home / ".local" / "bin"  # some accounts have it, and so a short command
    assert account.type(f"mkdir -p {commands}").returncode == 0
    donor = replace(account, path=f"{commands}:{account.path}")
    before = listing(donor.home)
    section = GUIDE.read_text(encoding="utf-8").partition("## With an installer\n")[2].partition("\n## ")[0]
    lines = [
        line[2:] for block in re.findall(r"```console\n(.*?)```", section, re.DOTALL) for line in block.splitlines()
    ]
    assert lines[-1] == "seattle-node uninstall"
    for line in lines:
        done = await asyncio.to_thread(donor.type, line)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        if line in ("sh seattle-node.pyz --percent 25", "seattle-node start"):
            await settled(donor, FIRST)
    await ended(donor)
    assert listing(donor.home) == before
    assert donor.elsewhere() == []
