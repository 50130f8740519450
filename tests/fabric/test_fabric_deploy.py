"""The configurations in deploy/nats, tried: one broker with TLS, a cluster of three that loses one, leaves."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from tests.fabric.brokers import PATIENCE, Broker, Site
from tests.fabric.certificates import CertificateAuthority
from tests.ports import free_ports

from seattle.fabric import subjects
from seattle.fabric.authority import Authority, Role
from seattle.fabric.claims import push_account
from seattle.fabric.connection import Backoff, NatsFabric
from seattle.fabric.enrolment import enrol
from seattle.fabric.errors import ConnectionFailed, CredentialRefused, FabricError, NoAnswer, NobodyThere
from seattle.fabric.session import Message
from seattle.identity.keys import KeyPair
from seattle.identity.nkey import NkeyKind, encode_nkey

pytestmark = pytest.mark.anyio
Connect = Callable[..., Awaitable[NatsFabric]]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    made = Site.make(tmp_path)
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
async def connect(site: Site) -> AsyncIterator[Connect]:
    """Connect a principal: `await connect(Role.NODE, urls=...)`."""
    async with AsyncExitStack() as stack:

        async def connected(
            role: Role, *, urls: list[str] | None = None, key: KeyPair | None = None, **options: object
        ) -> NatsFabric:
            key = key or KeyPair.generate()

            async def fetch() -> str:
                return enrol(site.authority, key.public, role=role, now=time.time())

            options = {"ca_file": site.members_ca.file} | options
            fabric = NatsFabric(
                urls or site.urls,
                key,
                fetch,
                backoff=Backoff(first=0.02, longest=0.2),
                grace=0.5,
                **options,  # type: ignore[arg-type]  # tests pass what fits
            )
            return await stack.enter_async_context(fabric)

        yield connected


async def echo(message: Message) -> bytes:
    return b"echo " + message.body


async def test_given_one_broker_with_tls_then_members_talk_over_it(site: Site, connect: Connect) -> None:
    await site.lay_out("single", "single.conf").start()
    node, user = await connect(Role.NODE), await connect(Role.USER)
    await node.serve(subjects.node_calls(node.id), echo)
    assert await user.call(subjects.node_call(node.id, user.id), b"x") == b"echo x"


async def test_given_a_credential_that_is_void_when_a_broker_with_tls_is_asked_then_the_refusal_is_told_and_no_more(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """The broker says no and is gone at once: that it has ended is not to hide why."""
    broker = site.lay_out("single", "single.conf")
    await broker.start()
    key = KeyPair.generate()
    void = enrol(Authority.generate(), key.public, role=Role.USER, now=time.time())

    async def kept() -> str:
        return void

    pace = Backoff(first=0.02, longest=0.2)
    for _ in range(3):
        with pytest.raises(CredentialRefused):
            await NatsFabric([broker.url], key, kept, ca_file=site.members_ca.file, backoff=pace).connect()
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


async def test_given_a_broker_whose_certificate_is_of_another_authority_then_nobody_connects(
    site: Site, connect: Connect, tmp_path: Path
) -> None:
    await site.lay_out("single", "single.conf").start()
    other = CertificateAuthority(tmp_path / "other.crt")
    with pytest.raises(ConnectionFailed, match="certificate"):
        await connect(Role.USER, ca_file=other.file, patience=1)
    with pytest.raises(ConnectionFailed, match="certificate"):
        await connect(Role.USER, ca_file=None, patience=1)  # nor is it of one that this system knows


async def test_given_a_broker_whose_certificate_is_for_another_host_then_nobody_connects(
    site: Site, connect: Connect
) -> None:
    broker = site.lay_out("single", "single.conf")
    tls = broker.folder / "tls"
    site.members_ca.issue(tls / "client.crt", tls / "client.key", host="elsewhere.example")
    await broker.start()
    with pytest.raises(ConnectionFailed, match="certificate"):
        await connect(Role.USER, patience=1)


async def test_given_a_line_that_says_no_to_tls_for_the_broker_then_nothing_is_said_in_the_clear(
    site: Site, connect: Connect
) -> None:
    """In nats's own order the broker says first, in the clear, whether it wants TLS: others on the line could lie."""
    heard: list[bytes] = []

    async def say_no(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b'INFO {"version":"2.15.1","max_payload":1048576,"auth_required":true,"nonce":"abcdefghijklmno"}\r\n'
        )
        heard.append(await reader.read(4096))
        writer.close()

    async with await asyncio.start_server(say_no, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionFailed):
            await connect(Role.USER, urls=[f"tls://127.0.0.1:{port}"], patience=1)
    assert heard
    assert all(first.startswith(b"\x16\x03") for first in heard)  # a TLS handshake, and no CONNECT


async def test_given_a_cluster_of_three_when_one_is_killed_under_load_then_no_acknowledged_request_is_lost(
    site: Site, connect: Connect
) -> None:
    await site.start_cluster(3)
    nodes = [await connect(Role.NODE) for _ in range(3)]
    users = [await connect(Role.USER) for _ in range(6)]  # each is at one of the three, by chance
    served: set[bytes] = set()
    acknowledged: set[bytes] = set()
    failed: list[FabricError] = []
    after = asyncio.Event()

    async def serve(message: Message) -> bytes:
        served.add(message.body)
        return b"echo " + message.body

    for node in nodes:
        await node.serve(subjects.node_calls(node.id), serve)

    async def keep_asking(number: int, user: NatsFabric) -> None:
        count, good_after = 0, 0
        while good_after < 50:
            body, node = b"%d/%d" % (number, count), nodes[count % len(nodes)]
            count += 1
            try:
                answer = await user.call(subjects.node_call(node.id, user.id), body, within=2.0)
            except FabricError as why:
                failed.append(why)
                continue
            assert answer == b"echo " + body
            acknowledged.add(body)
            good_after += after.is_set()

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        asking = [group.create_task(keep_asking(number, user)) for number, user in enumerate(users)]
        while len(acknowledged) < 200:
            await asyncio.wait(asking, timeout=0.01)
        await site.brokers[0].kill()
        after.set()
    assert len(acknowledged) >= 200 + 50 * len(users)
    assert acknowledged <= served
    for why in failed:  # what was under way failed, and said so
        assert isinstance(why, ConnectionFailed | NobodyThere | NoAnswer)


async def test_given_a_cluster_when_a_key_is_shut_out_then_it_is_everywhere_also_where_a_broker_was_away(
    site: Site, connect: Connect
) -> None:
    await site.start_cluster(3)
    away, *others = site.brokers
    villain, lives = KeyPair.generate(), []
    for broker in others:
        fabric = await connect(Role.USER, urls=[broker.url], key=villain)
        assert fabric._session is not None
        lives.append(fabric._session)
    await away.kill()
    site.authority.revocations.shut_out(villain.public, now=time.time())
    told = await push_account(site.authority, [others[0].url], ca_file=site.members_ca.file)
    assert told.brokers == ("n2", "n3")
    for session in lives:
        await asyncio.wait_for(session.lost.wait(), PATIENCE)
    await away.start()
    await site.until_joined(3)

    async def kept() -> str:
        return credential

    credential = fresh_credential(site, villain)
    for broker in site.brokers:
        with pytest.raises(ConnectionFailed):
            await NatsFabric([broker.url], villain, kept, ca_file=site.members_ca.file, patience=2).connect()


def fresh_credential(site: Site, key: KeyPair) -> str:
    """As of an enrolment service that has not heard of it yet."""
    site.authority.revocations.pardon(key.public)
    return enrol(site.authority, key.public, role=Role.USER, now=time.time())


async def test_given_a_broker_without_a_route_certificate_then_it_does_not_get_into_the_cluster(
    site: Site, tmp_path: Path
) -> None:
    await site.start_cluster(2)
    stranger = site.lay_out("stranger", "cluster.conf", routes=[])
    stranger.environment["ROUTES"] = site.brokers[0].environment["ROUTES"]
    other = CertificateAuthority(tmp_path / "other.crt")
    other.issue(stranger.folder / "tls" / "route.crt", stranger.folder / "tls" / "route.key")
    await stranger.start()
    await site.brokers[0].until_logged("TLS route handshake error")
    told = await push_account(site.authority, [site.brokers[0].url], ca_file=site.members_ca.file)
    assert told.brokers == ("n1", "n2")


async def test_given_a_leaf_then_its_members_and_those_of_the_hub_talk_to_each_other(
    site: Site, connect: Connect
) -> None:
    (leaves,) = free_ports(1)
    await site.start_cluster(1, "hub.conf", LEAVES=f'"127.0.0.1:{leaves}"')
    leaf = lay_out_leaf(site, leaves, site.authority.leaf_credential("campus", now=time.time(), lifetime=3600))
    await leaf.start()
    hub = site.brokers[0]
    node, user = await connect(Role.NODE, urls=[leaf.url]), await connect(Role.USER, urls=[hub.url])
    await node.serve(subjects.node_calls(node.id), echo)
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                assert await user.call(subjects.node_call(node.id, user.id), b"x", within=1) == b"echo x"
                break
            except (NobodyThere, NoAnswer):
                await asyncio.sleep(0.05)


async def test_given_a_members_credential_when_a_broker_comes_with_it_as_a_leaf_then_the_hub_refuses(
    site: Site, connect: Connect
) -> None:
    """Whoever gets in as a leaf can listen to all members and speak for them to the brokers behind it."""
    (leaves,) = free_ports(1)
    await site.start_cluster(1, "hub.conf", LEAVES=f'"127.0.0.1:{leaves}"')
    key = KeyPair.generate()
    token = enrol(site.authority, key.public, role=Role.SERVICE, now=time.time())
    template = site.authority.leaf_credential("x", now=time.time(), lifetime=3600).splitlines()
    template[1] = token
    template[5] = encode_nkey(NkeyKind.USER_SEED, key.seed)
    leaf = lay_out_leaf(site, leaves, "\n".join(template) + "\n")
    await leaf.start()
    await leaf.until_logged("Authorization Violation")


def lay_out_leaf(site: Site, leaves: int, credential: str) -> Broker:
    leaf = site.lay_out(
        "leaf",
        "leaf.conf",
        HUB=f'["tls://127.0.0.1:{leaves}"]',
        ACCOUNT=f'"{site.authority.account_id}"',
    )
    (leaf.folder / "leaf.creds").write_text(credential)
    return leaf


async def test_given_a_cluster_of_three_when_its_routes_are_counted_then_they_are_as_many_as_the_guide_says(
    site: Site,
) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operators-fabric.md").read_text()
    said = re.search(r"`num_routes` is (\d+) on each of three brokers", guide)
    assert said is not None
    await site.start_cluster(3)
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient() as client:
        for broker in site.brokers:
            monitor = broker.environment["MONITOR"].strip('"')
            while (await client.get(f"http://{monitor}/routez")).json()["num_routes"] != int(said[1]):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)


async def test_given_the_example_of_a_broker_then_others_are_told_of_it_by_a_name() -> None:
    """One that listens on all addresses tells its own: no certificate for a name fits, and others never give up."""
    folder = Path(__file__).parents[2] / "deploy" / "nats"
    example = dict(re.findall(r"(?m)^(\w+)='(.*)'$", (folder / "this-server.env.example").read_text()))
    assert re.search(r"(?m)^  advertise: \$ADVERTISE$", (folder / "cluster.conf").read_text())
    assert f"tls://{json.loads(example['ADVERTISE'])}" in json.loads(example["ROUTES"])


async def test_given_what_the_unit_needs_when_the_guide_is_read_then_it_makes_all_of_it() -> None:
    root = Path(__file__).parents[2]
    guide = (root / "docs" / "operators-fabric.md").read_text()
    commands = [line for line in guide.splitlines() if line.startswith("    ")]
    unit = dict(
        line.split("=", 1)
        for line in (root / "deploy" / "nats" / "seattle-nats.service").read_text().splitlines()
        if "=" in line and not line.startswith("#")
    )
    for name, command in (("User", "useradd"), ("ReadWritePaths", "mkdir"), ("ExecStart", "ln -s")):
        thing = unit[name].split()[0]
        assert any(command in line and thing in line for line in commands), f"{name}={thing}"
