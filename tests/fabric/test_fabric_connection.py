import asyncio
import contextlib
import itertools
import os
import signal
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from seattle.fabric import subjects
from seattle.fabric.authority import Authority, Role
from seattle.fabric.connection import NatsFabric
from seattle.fabric.enrolment import enrol
from seattle.fabric.errors import (
    ConnectionFailed,
    ConnectionLost,
    CredentialRefused,
    EnrolmentRefused,
    FabricError,
    NoAnswer,
    NobodyThere,
    NotConnected,
    NotPermitted,
    ServerTooOld,
    TooLarge,
)
from seattle.fabric.kept_credential import KeptCredential
from seattle.fabric.server import EmbeddedServer
from seattle.fabric.session import HANG_UPS, Message, check_version, open_session
from seattle.identity.keys import KeyPair, PublicKey

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[NatsFabric]]
BOUND = 20  # seconds; far more than anything here takes


async def echo(message: Message) -> bytes:
    return b"echo " + message.body


async def test_given_a_node_that_serves_when_a_user_calls_then_its_reply_comes_back(join: Join) -> None:
    node, user = await join(Role.NODE), await join(Role.USER)
    await node.serve(subjects.node_calls(node.id), echo)
    assert await user.call(subjects.node_call(node.id, user.id), b"hello") == b"echo hello"


async def test_given_many_calls_at_once_then_each_gets_its_own_reply(join: Join) -> None:
    node, user = await join(Role.NODE), await join(Role.USER)
    await node.serve(subjects.node_calls(node.id), echo, at_once=3)
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(user.call(subjects.node_call(node.id, user.id), str(n).encode())) for n in range(50)]
    assert [call.result() for call in calls] == [f"echo {n}".encode() for n in range(50)]


async def test_given_limited_slots_when_more_requests_come_then_no_more_run_at_once_than_slots(join: Join) -> None:
    node, user = await join(Role.NODE), await join(Role.USER)
    running, most, enough = 0, 0, asyncio.Event()

    async def count(message: Message) -> bytes:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 2:
            enough.set()
        await enough.wait()
        await asyncio.sleep(0)
        running -= 1
        return b""

    await node.serve(subjects.node_calls(node.id), count, at_once=2)
    async with asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(user.call(subjects.node_call(node.id, user.id), b""))
    assert most == 2


async def test_given_an_offline_node_when_called_then_the_call_fails_at_once(join: Join) -> None:
    user = await join(Role.USER)
    with pytest.raises(NobodyThere):
        await user.call(subjects.node_call(KeyPair.generate().id, user.id), b"", within=BOUND)


async def test_given_a_silent_node_when_the_time_is_up_then_the_call_says_so(join: Join) -> None:
    node, user = await join(Role.NODE), await join(Role.USER)

    async def silent(message: Message) -> None:
        return None

    await node.serve(subjects.node_calls(node.id), silent)
    with pytest.raises(NoAnswer, match=r"within 0\.1 s"):
        await user.call(subjects.node_call(node.id, user.id), b"", within=0.1)


async def test_given_a_handler_that_fails_then_the_next_request_is_served(join: Join) -> None:
    node, user = await join(Role.NODE), await join(Role.USER)

    async def fails_on_demand(message: Message) -> bytes:
        return b"%d" % int(message.body)

    await node.serve(subjects.node_calls(node.id), fails_on_demand)
    with pytest.raises(NoAnswer):
        await user.call(subjects.node_call(node.id, user.id), b"not a number", within=0.1)
    assert await user.call(subjects.node_call(node.id, user.id), b"7") == b"7"


async def test_given_a_subject_not_its_own_when_called_then_that_call_fails_with_the_refusal(join: Join) -> None:
    node, user = await join(Role.NODE), await join(Role.USER)
    await node.serve(subjects.node_calls(node.id), echo)
    async with asyncio.TaskGroup() as group:
        good = group.create_task(user.call(subjects.node_call(node.id, user.id), b"", within=BOUND))
        bad = group.create_task(_error(user.call("seattle.secret.thing", b"", within=BOUND)))
    assert isinstance(bad.result(), NotPermitted)
    assert good.result() == b"echo "


async def test_given_a_message_over_the_limit_then_it_is_refused_here(join: Join) -> None:
    user = await join(Role.USER)
    with pytest.raises(TooLarge):
        await user.call(subjects.node_call(user.id, user.id), bytes(1024 * 1024 + 1))


@pytest.mark.parametrize("subject", ["seattle.node.a b.c", "seattle.node.a\r\nPUB x 0", ""])
async def test_given_text_that_is_no_subject_then_it_never_reaches_the_wire(join: Join, subject: str) -> None:
    user = await join(Role.USER)
    assert await _error(user.call(subject, b"")) is not None
    assert isinstance(
        await _error(user.call(subjects.node_call("nobody", user.id), b"")), NobodyThere
    )  # still connected


async def test_given_a_cancelled_call_then_nothing_of_it_is_left(join: Join) -> None:
    node, user = await join(Role.NODE), await join(Role.USER)
    arrived = asyncio.Event()

    async def never(message: Message) -> bytes:
        arrived.set()
        await asyncio.Event().wait()
        return b""

    await node.serve(subjects.node_calls(node.id), never)
    call = asyncio.create_task(user.call(subjects.node_call(node.id, user.id), b"", within=BOUND))
    await asyncio.wait_for(arrived.wait(), BOUND)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert user._session is not None
    assert not user._session._calls
    assert not user._session._waiting


async def test_given_a_broker_killed_and_back_on_its_port_then_both_sides_find_each_other_again(
    join: Join, server: EmbeddedServer
) -> None:
    node, user = await join(Role.NODE), await join(Role.USER)
    await node.serve(subjects.node_calls(node.id), echo)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    await asyncio.wait_for(server.wait(), BOUND)
    await server.stop()
    await server.start()
    async with asyncio.timeout(BOUND):
        while True:
            try:
                assert await user.call(subjects.node_call(node.id, user.id), b"again") == b"echo again"
                break
            except (ConnectionFailed, NobodyThere):
                await asyncio.sleep(0.02)


async def test_given_a_broker_that_dies_during_a_call_then_the_call_fails_at_once(
    join: Join, server: EmbeddedServer
) -> None:
    node, user = await join(Role.NODE), await join(Role.USER)
    arrived, over = asyncio.Event(), asyncio.Event()

    async def never(message: Message) -> bytes:
        arrived.set()
        await over.wait()
        return b""

    await node.serve(subjects.node_calls(node.id), never)
    call = asyncio.create_task(_error(user.call(subjects.node_call(node.id, user.id), b"", within=BOUND)))
    await asyncio.wait_for(arrived.wait(), BOUND)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert isinstance(await asyncio.wait_for(call, BOUND / 2), ConnectionLost)
    with pytest.raises(NotConnected):
        await user.call(subjects.node_call(node.id, user.id), b"", within=0.05)
    over.set()


async def test_given_a_short_lived_credential_when_it_nears_its_end_then_the_connection_goes_on(
    join: Join, authority: Authority
) -> None:
    key = KeyPair.generate()
    fetched = asyncio.Event()
    count = 0

    async def fetch() -> str:
        nonlocal count
        count += 1
        if count == 3:
            fetched.set()
        return enrol(authority, key.public, role=Role.NODE, now=time.time(), lifetime=timedelta(seconds=8))

    def ahead() -> float:  # so that a busy machine has time to change over before the broker cuts the old one off
        return time.time() + 2

    node, user = await join(Role.NODE, key, fetch=fetch, clock=ahead), await join(Role.USER)
    await node.serve(subjects.node_calls(node.id), echo)
    async with asyncio.timeout(BOUND):
        while not fetched.is_set():  # two change-overs, and no call is lost or served by nobody
            assert await user.call(subjects.node_call(node.id, user.id), b"x") == b"echo x"
            await asyncio.sleep(0.01)


async def test_given_an_expired_credential_then_connecting_is_refused_and_says_why(
    server: EmbeddedServer, authority: Authority
) -> None:
    key = KeyPair.generate()

    async def fetch() -> str:
        return enrol(authority, key.public, role=Role.USER, now=time.time() - 100, lifetime=timedelta(seconds=50))

    with pytest.raises(CredentialRefused, match="enrol again"):
        await NatsFabric([server.url], key, fetch, patience=BOUND).connect()


async def test_given_an_enrolment_service_that_says_no_then_connecting_ends_at_once_and_says_why(
    server: EmbeddedServer,
) -> None:
    attempts = itertools.count()

    async def fetch() -> str:
        next(attempts)
        raise EnrolmentRefused("this key was cut off")

    with pytest.raises(EnrolmentRefused, match="cut off"):
        await NatsFabric([server.url], KeyPair.generate(), fetch, patience=BOUND).connect()
    assert next(attempts) == 1


@pytest.mark.parametrize("content", [b"rubbish", b"\xff", b"a.b.c", None])
async def test_given_a_credential_file_of_no_use_then_connecting_ends_at_once_and_names_it(
    server: EmbeddedServer, tmp_path: Path, content: bytes | None
) -> None:
    key, file = KeyPair.generate(), tmp_path / "service.jwt"
    if content is not None:
        file.write_bytes(content)
    fetch = KeptCredential(file, key.public, role=Role.SERVICE)
    began = time.monotonic()
    with pytest.raises(EnrolmentRefused, match=rf"service\.jwt: .*fabric enrol {key.id} --role service"):
        await NatsFabric([server.url], key, fetch, patience=BOUND).connect()
    assert time.monotonic() - began < BOUND / 2


async def test_given_anothers_credential_then_connecting_is_refused(
    server: EmbeddedServer, authority: Authority
) -> None:
    async def fetch() -> str:
        return enrol(authority, KeyPair.generate().public, role=Role.USER, now=time.time())

    with pytest.raises(CredentialRefused):
        await NatsFabric([server.url], KeyPair.generate(), fetch, patience=BOUND).connect()


async def test_given_a_credential_of_another_authority_then_connecting_is_refused(server: EmbeddedServer) -> None:
    key = KeyPair.generate()

    async def fetch() -> str:
        return enrol(Authority.generate(), key.public, role=Role.USER, now=time.time())

    with pytest.raises(CredentialRefused):
        await NatsFabric([server.url], key, fetch, patience=BOUND).connect()


def hang_up(writer: asyncio.StreamWriter) -> None:
    """End a connection in such a way that the other end does not get to read what was written."""
    reset = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
    writer.transport.abort()


@pytest.mark.parametrize(("hang_ups", "expected"), [(2, CredentialRefused), (99, ConnectionFailed)])
async def test_given_a_broker_that_hangs_up_before_it_is_heard_then_it_is_asked_again_within_a_bound(
    hang_ups: int, expected: type[ConnectionFailed]
) -> None:
    connections = 0

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.write(b'INFO {"version":"2.15.1","auth_required":true,"nonce":"abcdefghijklmno","max_payload":1024}\r\n')
        await reader.readline()
        if connections <= hang_ups:
            hang_up(writer)
            return
        await reader.readline()
        writer.write(b"-ERR 'Authorization Violation'\r\n")
        writer.close()

    broker = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with broker:
        port = broker.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionFailed) as failed:
            await open_session([f"nats://127.0.0.1:{port}"], KeyPair.generate(), "credential", name="x", tls=None)
    assert type(failed.value) is expected
    assert connections == min(hang_ups + 1, HANG_UPS)


async def test_given_a_broker_that_refuses_and_is_not_heard_by_turns_then_connecting_is_refused(
    authority: Authority,
) -> None:
    key, turns = KeyPair.generate(), itertools.count()

    async def refuse_or_hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"version":"2.15.1","auth_required":true,"nonce":"abcdefghijklmno","max_payload":1024}\r\n')
        await reader.readline()
        if next(turns) % (HANG_UPS + 1):
            hang_up(writer)
            return
        await reader.readline()
        writer.write(b"-ERR 'Authorization Violation'\r\n")
        writer.close()

    async def fetch() -> str:
        return enrol(authority, key.public, role=Role.USER, now=time.time())

    broker = await asyncio.start_server(refuse_or_hang_up, "127.0.0.1", 0)
    async with broker:
        port = broker.sockets[0].getsockname()[1]
        with pytest.raises(CredentialRefused):
            await NatsFabric([f"nats://127.0.0.1:{port}"], key, fetch, patience=BOUND).connect()


async def test_given_no_broker_then_connect_gives_up_after_its_patience(authority: Authority) -> None:
    key = KeyPair.generate()

    async def fetch() -> str:
        return enrol(authority, key.public, role=Role.USER, now=time.time())

    fabric = NatsFabric(["nats://127.0.0.1:1"], key, fetch, patience=0.3)
    with pytest.raises(ConnectionFailed):
        await fabric.connect()
    with pytest.raises(NotConnected, match=r"connect\(\) first"):
        await fabric.call("seattle.node.x.y", b"")


async def test_given_a_request_under_way_when_the_server_closes_then_it_is_still_answered(join: Join) -> None:
    node, user = await join(Role.NODE), await join(Role.USER)
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(message: Message) -> bytes:
        arrived.set()
        await go_on.wait()
        return b"done"

    await node.serve(subjects.node_calls(node.id), slow)
    call = asyncio.create_task(user.call(subjects.node_call(node.id, user.id), b"", within=BOUND))
    await asyncio.wait_for(arrived.wait(), BOUND)
    closing = asyncio.create_task(node.close())
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.wait_for(closing, BOUND)
    assert await call == b"done"
    with pytest.raises(NobodyThere):
        await user.call(subjects.node_call(node.id, user.id), b"")


async def test_given_a_stopped_serving_then_nobody_is_there(join: Join) -> None:
    node, user = await join(Role.NODE), await join(Role.USER)
    serving = await node.serve(subjects.node_calls(node.id), echo)
    await serving.stop()
    with pytest.raises(NobodyThere):
        await user.call(subjects.node_call(node.id, user.id), b"")


async def _error(call: Awaitable[object]) -> object:
    try:
        return await call
    except FabricError as why:
        return why


async def test_given_publishes_cut_off_in_the_middle_then_the_connection_still_hears(join: Join) -> None:
    node, user = await join(Role.NODE), await join(Role.USER)
    await node.serve(subjects.node_calls(node.id), echo)
    for _ in range(10):
        publishing = asyncio.create_task(user.publish(subjects.node_call(node.id, user.id), b""))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        publishing.cancel()
    assert await user.call(subjects.node_call(node.id, user.id), b"x", within=5) == b"echo x"


@pytest.mark.parametrize(
    ("shown", "fine"), [("v2.14.3", True), ("v2.15.1", True), ("v2.9.10", False), ("v2.14.2", False)]
)
def test_given_a_brokers_version_then_only_2_14_3_and_later_will_do(shown: str, fine: bool) -> None:
    with contextlib.nullcontext() if fine else pytest.raises(ServerTooOld, match=r"2\.14\.3 or newer"):
        check_version(f"<nats server {shown}>")


async def test_given_credentials_that_can_not_be_had_for_a_while_then_the_connection_comes_when_they_can(
    join: Join, authority: Authority
) -> None:
    key, asked = KeyPair.generate(), 0

    async def fetch() -> str:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise OSError("the file is being replaced")
        return enrol(authority, key.public, role=Role.USER, now=time.time())

    user = await join(Role.USER, key, fetch=fetch)
    assert asked == 3
    assert user.trouble is None


async def test_given_a_revoked_key_then_its_connection_ends_and_others_go_on(
    join: Join, server: EmbeddedServer, authority: Authority
) -> None:
    key = KeyPair.generate()
    old = enrol(authority, key.public, role=Role.USER, now=time.time() - 5)

    async def fetch() -> str:
        return old

    node, other, user = await join(Role.NODE), await join(Role.USER), await join(Role.USER, key, fetch=fetch)
    await node.serve(subjects.node_calls(node.id), echo)
    assert await user.call(subjects.node_call(node.id, user.id), b"") == b"echo "
    session = user._session
    assert session is not None
    await server.revoke(key.public)
    await asyncio.wait_for(session.lost.wait(), BOUND)
    assert isinstance(await _error(user.call(subjects.node_call(node.id, user.id), b"", within=0.3)), ConnectionFailed)
    assert isinstance(session.reason, CredentialRefused)
    assert await other.call(subjects.node_call(node.id, other.id), b"") == b"echo "


async def test_given_keys_shut_out_one_right_after_the_other_then_the_broker_forgets_none(
    join: Join, server: EmbeddedServer, authority: Authority
) -> None:
    """What brokers are told is dated to the second: of two in one second they must not drop the later."""
    sessions = []
    for _ in range(4):
        user = await join(Role.USER)
        assert user._session is not None
        sessions.append((user, user._session))
    for user, _ in sessions:
        await server.revoke(PublicKey.from_id(user.id))
    async with asyncio.timeout(BOUND):
        for _, session in sessions:
            await session.lost.wait()


async def test_given_something_that_waits_to_be_sent_when_the_broker_dies_then_that_it_is_gone_is_noticed(
    join: Join, server: EmbeddedServer
) -> None:
    fabric = await join(Role.USER)
    assert fabric._session is not None
    client, lost = fabric._session._client, fabric._session.lost
    assert server.pid is not None
    os.kill(server.pid, signal.SIGSTOP)
    await client.publish("unread", b"x")  # by a broker that dies, so that the connection is reset
    await asyncio.sleep(0.1)  # until it is on its way; what nats-py does then, no caller can see
    client._pending.append(b"PING\r\n")
    client._pending_data_size += 6
    os.kill(server.pid, signal.SIGKILL)
    async with asyncio.timeout(BOUND):
        await lost.wait()
