"""What the broker lets each role do. The roles' templates are tried on the real server, one subject at a time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from nats.aio.client import Client

from seattle.fabric import subjects
from seattle.fabric.authority import Role
from seattle.fabric.connection import NatsFabric
from seattle.fabric.errors import FabricError, NobodyThere, NotPermitted
from seattle.fabric.session import Message
from seattle.identity.keys import KeyPair

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[NatsFabric]]

VICTIM = KeyPair.generate().id
FORBIDDEN_TO_HEAR = [
    (Role.USER, subjects.inbox(VICTIM)),
    (Role.USER, "_INBOX.>"),
    (Role.USER, subjects.node_calls(VICTIM)),
    (Role.USER, subjects.node_calls("*")),
    (Role.USER, subjects.node_calls("{me}")),
    (Role.USER, subjects.advert("*")),
    (Role.USER, subjects.lookup("*")),
    (Role.USER, subjects.lookup("{me}")),
    (Role.USER, subjects.READVERTISE),
    (Role.NODE, subjects.node_calls(VICTIM)),
    (Role.NODE, subjects.node_calls("*")),
    (Role.NODE, "seattle.node.>"),
    (Role.NODE, subjects.advert("*")),
    (Role.NODE, subjects.advert(VICTIM)),
    (Role.NODE, subjects.inbox(VICTIM)),
    (Role.NODE, subjects.lookup("*")),
    (Role.NODE, subjects.values("*")),
    (Role.NODE, subjects.announce("*")),
    (Role.USER, subjects.announce("*")),
    (Role.USER, subjects.values("*")),
    (Role.SERVICE, subjects.node_calls("*")),
    (Role.SERVICE, subjects.inbox(VICTIM)),
    *[(role, subject) for role in Role for subject in (">", "$SYS.>", "$JS.>", "$SRV.>", "seattle.>", "_R_.>")],
]
FORBIDDEN_TO_SAY = [
    (Role.USER, subjects.inbox(VICTIM, "{me}", "x.1")),
    (Role.USER, subjects.advert("{me}")),
    (Role.USER, subjects.READVERTISE),
    (Role.NODE, subjects.advert(VICTIM)),
    (Role.NODE, subjects.announce(VICTIM)),
    (Role.NODE, subjects.values(VICTIM)),
    (Role.NODE, subjects.lookup("{me}")),
    (Role.USER, subjects.announce("{me}")),
    (Role.USER, subjects.values("{me}")),
    (Role.NODE, subjects.inbox(VICTIM, VICTIM, "x.1")),
    (Role.NODE, subjects.inbox(VICTIM, subjects.DIRECTORY, "x.1")),
    (Role.NODE, subjects.node_call(VICTIM, "{me}")),
    (Role.USER, subjects.node_call("{me}", VICTIM)),  # in the name of another
    (Role.USER, subjects.lookup(VICTIM)),
    (Role.SERVICE, subjects.node_call("{me}", VICTIM)),
    (Role.NODE, subjects.READVERTISE),
    (Role.SERVICE, subjects.advert(VICTIM)),
    (Role.SERVICE, subjects.inbox(VICTIM, VICTIM, "x.1")),
    *[
        (role, subject)
        for role in Role
        for subject in (
            "$SYS.REQ.USER.INFO",
            "$SYS.REQ.SERVER.PING.CONNZ",
            "$JS.API.INFO",
            "$SRV.PING",
            "seattle",
            "anything",
        )
    ],
]


async def ignore(message: Message) -> None:
    return None


@pytest.mark.parametrize("role", Role)
async def test_given_a_role_then_the_broker_refuses_every_subject_that_is_not_its_own(join: Join, role: Role) -> None:
    one = await join(role)
    for subject in (subject.format(me=one.id) for who, subject in FORBIDDEN_TO_HEAR if who is role):
        with pytest.raises(NotPermitted):
            await one.subscribe(subject, ignore)
        with pytest.raises(NotPermitted):
            await one.serve(subject, ignore, queue=subjects.DIRECTORY)
    for subject in (subject.format(me=one.id) for who, subject in FORBIDDEN_TO_SAY if who is role):
        with pytest.raises(NotPermitted):
            await one.publish(subject, b"")


def raw(fabric: NatsFabric) -> Client:
    """The client below: our own layers never do what a hostile principal may try."""
    assert fabric._session is not None
    return fabric._session._client


async def test_given_a_role_then_its_own_subjects_work(join: Join) -> None:
    node, service, user = await join(Role.NODE), await join(Role.SERVICE), await join(Role.USER)
    heard: asyncio.Queue[Message] = asyncio.Queue()

    async def hear(message: Message) -> None:
        await heard.put(message)

    async def yes(message: Message) -> bytes:
        return b"yes"

    await service.subscribe(subjects.advert("*"), hear)
    await node.publish(subjects.advert(node.id), b"here")
    assert (await asyncio.wait_for(heard.get(), 5)).body == b"here"
    await node.subscribe(subjects.READVERTISE, hear)
    await service.publish(subjects.READVERTISE, b"who")
    assert (await asyncio.wait_for(heard.get(), 5)).body == b"who"
    await service.serve(subjects.lookup("*"), yes, queue=subjects.DIRECTORY)
    assert await user.call(subjects.lookup(user.id), b"") == b"yes"
    await node.serve(subjects.node_calls(node.id), yes)
    assert await service.call(subjects.node_call(node.id, service.id), b"") == b"yes"


async def test_given_a_reply_address_in_the_brokers_own_subjects_when_a_node_answers_then_the_broker_refuses(
    join: Join,
) -> None:
    """A user and a node that work together must not reach what neither may: `$SYS` would list all principals."""
    node, user = await join(Role.NODE), await join(Role.USER)
    asked = asyncio.Event()

    async def hear(message: Message) -> None:
        asked.set()

    await node.subscribe(subjects.node_calls(node.id), hear)
    for address in ("$SYS.REQ.SERVER.PING.CONNZ", subjects.advert(VICTIM), subjects.inbox(VICTIM, user.id, "x")):
        asked.clear()
        await raw(user).publish(subjects.node_call(node.id, user.id), b"", reply=address)
        await asyncio.wait_for(asked.wait(), 5)
        with pytest.raises(NotPermitted):
            await node.publish(address, b"")


async def test_given_a_node_that_nobody_called_when_it_writes_to_a_users_inbox_then_nothing_arrives(join: Join) -> None:
    stranger, node, user = await join(Role.NODE), await join(Role.NODE), await join(Role.USER)

    async def yes(message: Message) -> bytes:
        return b"yes"

    await node.serve(subjects.node_calls(node.id), yes)
    await user.call(subjects.node_call(node.id, user.id), b"")  # the inbox is open now
    before = raw(user).stats["in_msgs"]
    for n in range(20):
        await stranger.publish(subjects.inbox(user.id, stranger.id, f"guess.{n}"), b"unasked")
    await user.call(subjects.node_call(node.id, user.id), b"")
    assert raw(user).stats["in_msgs"] - before == 1


async def held_call(node: NatsFabric, user: NatsFabric) -> tuple[str, asyncio.Event, asyncio.Task[bytes]]:
    """A call that the node has and answers (`right`) when it is told to go on; first its reply address."""
    addresses: asyncio.Queue[str] = asyncio.Queue()
    go_on = asyncio.Event()

    async def tell(message: Message) -> bytes:
        await addresses.put(message.reply)
        await go_on.wait()
        return b"right"

    await node.serve(subjects.node_calls(node.id), tell)
    call = asyncio.create_task(user.call(subjects.node_call(node.id, user.id), b"", within=10))
    return await asyncio.wait_for(addresses.get(), 5), go_on, call


async def test_given_a_call_to_one_node_when_another_answers_it_then_only_the_right_reply_counts(join: Join) -> None:
    """The other knows the whole reply address, since it was called in the same session."""
    node, other, user = await join(Role.NODE), await join(Role.NODE), await join(Role.USER)
    address, go_on, call = await held_call(node, user)
    with pytest.raises(NotPermitted):
        await other.publish(address, b"wrong")
    await other.publish(address.replace(node.id, other.id), b"wrong")
    go_on.set()
    assert await call == b"right"


async def test_given_a_node_that_says_of_a_call_to_another_that_nobody_is_there_then_the_call_goes_on(
    join: Join,
) -> None:
    """In the broker's own words: a status, which members can send as well."""
    node, other, user = await join(Role.NODE), await join(Role.NODE), await join(Role.USER)
    held, go_on, call = await held_call(node, user)
    address = held.replace(node.id, other.id)
    transport, status = raw(other)._transport, b"NATS/1.0 503\r\n\r\n"
    assert transport is not None
    transport.write(b"HPUB %s %d %d\r\n%s\r\n" % (address.encode(), len(status), len(status), status))
    await raw(other).flush()
    await user.publish(subjects.lookup(user.id), b"")  # behind it on the user's own line
    go_on.set()
    assert await call == b"right"


async def test_given_a_user_that_stops_listening_then_nobody_there_is_all_that_others_learn(join: Join) -> None:
    user, other = await join(Role.USER), await join(Role.USER)
    with pytest.raises(NobodyThere):
        await other.call(subjects.node_call(user.id, other.id), b"")
    with pytest.raises(FabricError):
        await other.call(subjects.inbox(user.id, "x", "y"), b"")
