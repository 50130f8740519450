"""Members that are enrolled like all others, and mean harm: what they flood, forge and misuse costs them alone."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from nats.aio.client import Client

from seattle.fabric import subjects
from seattle.fabric.advert import Advert, sign_advert
from seattle.fabric.advert_book import AdvertBook
from seattle.fabric.allowance import Allowance
from seattle.fabric.authority import MAX_SUBSCRIPTIONS, Role
from seattle.fabric.connection import NatsFabric
from seattle.fabric.directory import ADVERT_BURST, ADVERT_RATE, Directory, DirectoryClient, LookUp
from seattle.fabric.operations import encode
from seattle.fabric.rpc import NodeClient, NodeServer
from seattle.fabric.session import Message
from seattle.identity.envelope import Request, seal_request
from seattle.identity.keys import KeyPair
from seattle.identity.nonces import NonceCache

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[NatsFabric]]
PATIENCE = 20  # seconds; far more than anything here takes


def raw(fabric: NatsFabric) -> Client:
    """The client below: our own layers never do what a hostile principal may try."""
    assert fabric._session is not None
    return fabric._session._client


@asynccontextmanager
async def flood(fabric: NatsFabric, send: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Send without end while the block lasts, as fast as one connection does."""

    enough = False  # and not a cancellation, which nats-py may swallow

    async def on_and_on() -> None:
        while not enough:
            for _ in range(100):
                await send()
            await raw(fabric).flush()

    flooding = asyncio.create_task(on_and_on())
    try:
        yield
        assert not flooding.done(), "the flood dried up"
    finally:
        enough = True
        await flooding


async def send(fabric: NatsFabric, subject: bytes, *, reply: bytes = b"", headers: bytes = b"") -> None:
    """As no client would; the broker passes it on as it is."""
    transport = raw(fabric)._transport
    assert transport is not None
    verb, sizes = (b"HPUB", b"%d %d" % (len(headers), len(headers))) if headers else (b"PUB", b"0")
    transport.write(b"%s %s %s %s\r\n%s\r\n" % (verb, subject, reply, sizes, headers))
    await raw(fabric).flush()


async def answering_node(join: Join, served: list[Request] | None = None, **options: Any) -> KeyPair:
    """A node that does whatever it is asked. `options`: of its NodeServer."""
    key = KeyPair.generate()

    async def answer(request: Request) -> bytes:
        if served is not None:
            served.append(request)
        return b"done " + request.body

    await NodeServer(await join(Role.NODE, key), key, NonceCache(None), answer, **options).start()
    return key


async def call_often(join: Join, node: KeyPair, keys: Iterable[KeyPair]) -> None:
    """Have each of these users send five calls, which are on their way to the node then."""
    for key in keys:
        user = await join(Role.USER, key)
        there, reply = subjects.node_call(node.id, user.id), subjects.inbox(user.id, node.id, "x.1")
        for _ in range(5):
            wire, _ = seal_request(caller=key, node=node.public, method="m", body=b"", now=time.time())
            await raw(user).publish(there, wire, reply=reply)
        await raw(user).flush()


async def test_given_a_user_who_floods_a_node_with_rubbish_then_the_owners_calls_are_answered(join: Join) -> None:
    node, owner_key = await answering_node(join), KeyPair.generate()
    owner, villain = NodeClient(await join(Role.USER, owner_key), owner_key), await join(Role.USER)
    there = subjects.node_call(node.id, villain.id)

    async def send() -> None:
        await raw(villain).publish(there, bytes(64))

    async with flood(villain, send):
        for n in range(20):
            assert await owner.call(node.public, "stop", b"%d" % n, within=PATIENCE) == b"done %d" % n


async def test_given_a_user_who_floods_a_node_with_calls_then_it_gets_its_share_and_the_owner_too(join: Join) -> None:
    served: list[Request] = []
    began, node = time.monotonic(), await answering_node(join, served, allowance=Allowance(rate=10, burst=50))
    owner_key, villains_key = KeyPair.generate(), KeyPair.generate()
    owner, villain = NodeClient(await join(Role.USER, owner_key), owner_key), await join(Role.USER, villains_key)
    there, reply = subjects.node_call(node.id, villain.id), subjects.inbox(villain.id, node.id, "x.1")
    wires = itertools.cycle(
        [
            seal_request(caller=villains_key, node=node.public, method="m", body=b"", now=time.time())[0]
            for _ in range(2000)
        ]
    )

    async def send() -> None:
        await raw(villain).publish(there, next(wires), reply=reply)

    async with flood(villain, send):
        for n in range(20):
            assert await owner.call(node.public, "stop", b"%d" % n, within=PATIENCE) == b"done %d" % n
    by_villain = len([request for request in served if request.caller == villains_key.public])
    assert 50 <= by_villain <= 50 + 10 * (time.monotonic() - began)


async def test_given_many_users_who_flood_a_node_where_they_have_no_right_then_they_share_few_calls(join: Join) -> None:
    """The attack: one account has ten keys, and each had the calls of one caller."""
    served: list[Request] = []
    owner_key = KeyPair.generate()
    node = await answering_node(
        join,
        served,
        knows=lambda caller: caller == owner_key.public,
        of_strangers=Allowance(rate=1, burst=7, clock=lambda: 0.0),
    )
    await call_often(join, node, [KeyPair.generate() for _ in range(4)])
    owner = NodeClient(await join(Role.USER, owner_key), owner_key)
    for _ in range(10):
        assert await owner.call(node.public, "stop", b"v1") == b"done v1"
    assert [request.caller == owner_key.public for request in served] == [False] * 7 + [True] * 10


async def test_given_a_user_with_many_keys_who_floods_a_node_then_they_have_together_what_one_caller_has(
    join: Join,
) -> None:
    served: list[Request] = []
    owner_key, users_keys = KeyPair.generate(), [KeyPair.generate() for _ in range(4)]
    shares = {one.public: ["v1"] for one in users_keys} | {owner_key.public: ["v1", "v2"]}
    node = await answering_node(
        join,
        served,
        knows=lambda caller: True,
        allowance=Allowance(rate=1, burst=7, clock=lambda: 0.0),
        shares_of=shares.__getitem__,
    )
    await call_often(join, node, users_keys)
    owner = NodeClient(await join(Role.USER, owner_key), owner_key)
    assert await owner.call(node.public, "stop", b"v1") == b"done v1"
    assert [request.caller == owner_key.public for request in served] == [False] * 7 + [True]


async def test_given_a_member_who_calls_in_the_names_of_keys_that_it_has_made_then_the_node_looks_at_none_of_them(
    join: Join,
) -> None:
    """The attack: each key would have calls of its own, and room of its own in what is remembered."""
    served: list[Request] = []
    node, owner_key, villain = await answering_node(join, served), KeyPair.generate(), await join(Role.USER)
    owner = NodeClient(await join(Role.USER, owner_key), owner_key)
    for made in (KeyPair.generate() for _ in range(5)):
        wire, _ = seal_request(caller=made, node=node.public, method="m", body=b"", now=time.time())
        there, reply = subjects.node_call(node.id, villain.id), subjects.inbox(made.id, node.id, "x.1")
        await raw(villain).publish(there, wire, reply=reply)
    await raw(villain).flush()  # so they are on their way to the node before the owner asks
    assert await owner.call(node.public, "stop", b"") == b"done "
    assert [request.caller for request in served] == [owner_key.public]


async def test_given_a_node_that_floods_the_inbox_of_who_called_it_then_other_nodes_replies_arrive(join: Join) -> None:
    villains_key, node, user_key = KeyPair.generate(), await answering_node(join), KeyPair.generate()
    villain, user = await join(Role.NODE, villains_key), await join(Role.USER, user_key)
    addresses: asyncio.Queue[str] = asyncio.Queue()

    async def keep(message: Message) -> bytes:
        await addresses.put(message.reply)
        return b"thanks"

    await villain.serve(subjects.node_calls(villain.id), keep)
    await user.call(subjects.node_call(villain.id, user.id), b"")
    address = await asyncio.wait_for(addresses.get(), PATIENCE)  # with the secret in it

    async def send() -> None:
        await raw(villain).publish(address, bytes(64))

    client = NodeClient(user, user_key)
    async with flood(villain, send):
        for n in range(20):
            assert await client.call(node.public, "m", b"%d" % n, within=PATIENCE) == b"done %d" % n


# What brokers pass on, and a client may stumble over.
NO_NAMES = (b"\xff\xfe", b"x\x0by", b"x\x0c1", b"x\x85y")
NO_HEADERS = (
    b"x",
    b"NATS/1.0",
    b"NATS/1.0 \xff\xff\xff\r\n\r\n",
    b"NATS/1.0 503 \xff\r\n\r\n",
    b"NATS/1.0\r\n\xff\r\n\r\n",
)


async def test_given_a_user_who_sends_what_can_not_be_read_then_the_node_keeps_its_connection(join: Join) -> None:
    node, user = await join(Role.NODE), await join(Role.USER)

    async def answer(_: Message) -> bytes:
        return b"here"

    await node.serve(subjects.node_calls(node.id), answer)
    before, there = node._session, subjects.node_call(node.id, user.id)
    for name in NO_NAMES:
        await send(user, there.encode(), reply=name)
    for headers in NO_HEADERS:
        await send(user, there.encode(), headers=headers)
    assert await user.call(there, b"") == b"here"
    assert node._session is before


async def test_given_a_node_that_answers_what_can_not_be_read_then_the_caller_keeps_its_connection(join: Join) -> None:
    node, user = await join(Role.NODE), await join(Role.USER)

    async def answer(message: Message) -> bytes:
        inbox = message.reply.rpartition(".")[0].encode()
        for name in NO_NAMES:
            await send(node, inbox + b"." + name)
        for headers in NO_HEADERS:
            await send(node, inbox + b".0", headers=headers)
        return b"here"

    await node.serve(subjects.node_calls(node.id), answer)
    before = user._session
    assert await user.call(subjects.node_call(node.id, user.id), b"") == b"here"
    assert user._session is before


async def test_given_a_node_that_floods_the_directory_then_others_are_found_and_few_of_its_adverts_are_looked_at(
    join: Join,
) -> None:
    villains_key, honest_key = KeyPair.generate(), KeyPair.generate()
    villain, honest, user = (
        await join(Role.NODE, villains_key),
        await join(Role.NODE, honest_key),
        await join(Role.USER),
    )
    looked_at = 0

    class CountingBook(AdvertBook):
        def accept(self, wire: bytes, *, publisher: str, now: float) -> Advert:
            nonlocal looked_at
            looked_at += publisher == villains_key.id
            return super().accept(wire, publisher=publisher, now=now)

    directory, began = Directory(await join(Role.SERVICE), book=CountingBook()), time.monotonic()
    await directory.start()
    sent, many = itertools.count(1), asyncio.Event()

    async def send() -> None:
        if next(sent) > 3 * ADVERT_BURST:
            many.set()
        wire = sign_advert(Advert(node=villains_key.id, issued_at=time.time()), villains_key)
        await raw(villain).publish(subjects.advert(villain.id), wire)

    async with flood(villain, send):
        await asyncio.wait_for(many.wait(), PATIENCE)
        wire = sign_advert(Advert(node=honest_key.id, issued_at=time.time()), honest_key)
        await honest.publish(subjects.advert(honest.id), wire)
        async with asyncio.timeout(PATIENCE):
            while honest_key.id not in {advert.node for advert in await DirectoryClient(user).live()}:
                directory.news.clear()
                await directory.news.wait()
    assert looked_at <= ADVERT_BURST + ADVERT_RATE * (time.monotonic() - began)
    await directory.stop()


async def test_given_a_user_who_floods_the_directory_then_others_look_ups_are_answered(join: Join) -> None:
    villain, user = await join(Role.USER), await join(Role.USER)
    directory = Directory(await join(Role.SERVICE))
    await directory.start()
    body, reply = encode(LookUp()), subjects.inbox(villain.id, subjects.DIRECTORY, "x.1")

    async def send() -> None:
        await raw(villain).publish(subjects.live(villain.id), body, reply=reply)

    async with flood(villain, send):
        for _ in range(10):
            assert await DirectoryClient(user).live(within=PATIENCE) == []
    await directory.stop()


async def test_given_a_user_who_asks_the_directory_to_answer_to_another_then_it_answers_nobody(join: Join) -> None:
    """It would be a way to have the directory send a hundred times what one sends, to somebody else."""
    villain, victim = await join(Role.USER), await join(Role.USER)
    directory = Directory(await join(Role.SERVICE))
    await directory.start()
    heard: asyncio.Queue[Message] = asyncio.Queue()
    await victim.subscribe(subjects.inbox(victim.id), heard.put)
    for reply in (subjects.inbox(victim.id, subjects.DIRECTORY, "x.1"), "x", "$SYS.REQ.SERVER.PING"):
        await raw(villain).publish(subjects.live(villain.id), encode(LookUp()), reply=reply)
    assert await DirectoryClient(villain).live() == []  # the directory has come past the others, and goes on
    assert heard.empty()
    await directory.stop()


def test_given_a_caller_that_has_used_its_calls_up_then_it_alone_waits_and_gets_more_with_time() -> None:
    now = 0.0
    allowance = Allowance(rate=2, burst=3, clock=lambda: now)
    assert [allowance.take("villain") for _ in range(5)] == [True, True, True, False, False]
    assert allowance.take("owner")
    now = 1.0
    assert [allowance.take("villain") for _ in range(3)] == [True, True, False]
    now = 0.5  # a clock that goes back gives nothing
    assert not allowance.take("villain")
    now = 1000.0
    assert [allowance.take("villain") for _ in range(4)] == [True, True, True, False]


def test_given_more_callers_than_are_remembered_then_memory_is_bounded_and_the_busy_ones_are_kept() -> None:
    allowance = Allowance(rate=1, burst=1, max_callers=10, clock=lambda: 0.0)
    assert allowance.take("villain")
    for n in range(100):
        assert allowance.take(f"U{n}")
        assert not allowance.take("villain")
    assert len(allowance._buckets) == 10


async def test_given_a_member_that_subscribes_without_end_then_its_connection_ends_and_nobody_elses(join: Join) -> None:
    """Each subscription costs the broker memory, and a member has as many names of its own as it likes."""
    villain, node_key = await join(Role.USER), await answering_node(join)
    user_key = KeyPair.generate()
    user = NodeClient(await join(Role.USER, user_key), user_key)
    session = villain._session
    assert session is not None
    for n in range(MAX_SUBSCRIPTIONS + 1):
        await raw(villain).subscribe(subjects.inbox(villain.id, "x", str(n)))
    await asyncio.wait_for(session.lost.wait(), PATIENCE)
    assert await user.call(node_key.public, "m", b"x", within=PATIENCE) == b"done x"
