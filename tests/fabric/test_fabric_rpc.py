import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.fabric import subjects
from seattle.fabric.authority import Role
from seattle.fabric.connection import NatsFabric
from seattle.fabric.errors import BadReply, BadRequest, NoAnswer, NobodyThere, NotEncodable, RemoteError
from seattle.fabric.node_api import DESCRIBE, START, Describe, NodeDescription, RunStarted, Start
from seattle.fabric.operations import encode
from seattle.fabric.rpc import NodeClient, NodeServer
from seattle.identity.envelope import Request
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.nonces import NonceCache

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[NatsFabric]]


class Recorder:
    """A handler that does what the body says, and remembers what it served."""

    def __init__(self) -> None:
        self.served: list[Request] = []

    async def __call__(self, request: Request) -> bytes:
        self.served.append(request)
        match request.body:
            case b"refuse":
                raise RemoteError("no-such-vessel", "there is no vessel v9")
            case b"break":
                raise ZeroDivisionError("the secret is 42")
            case b"flood":
                return bytes(1024 * 1024)
        return b"done " + request.body


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def node(join: Join, recorder: Recorder) -> PublicKey:
    key = KeyPair.generate()
    fabric = await join(Role.NODE, key)
    await NodeServer(fabric, key, NonceCache(None), recorder).start()
    return key.public


@pytest.fixture
async def client(join: Join) -> NodeClient:
    key = KeyPair.generate()
    return NodeClient(await join(Role.USER, key), key)


async def test_given_a_sealed_call_then_the_node_knows_who_asked_what_and_answers(
    node: PublicKey, client: NodeClient, recorder: Recorder
) -> None:
    assert await client.call(node, "describe", b"x") == b"done x"
    (request,) = recorder.served
    assert (request.caller, request.method) == (client._caller.public, "describe")


async def test_given_a_refusal_then_its_code_and_message_reach_the_caller(node: PublicKey, client: NodeClient) -> None:
    with pytest.raises(RemoteError, match="there is no vessel v9") as caught:
        await client.call(node, "start", b"refuse")
    assert caught.value.code == "no-such-vessel"


async def test_given_an_error_inside_the_node_then_the_caller_learns_nothing_of_its_text(
    node: PublicKey, client: NodeClient
) -> None:
    with pytest.raises(RemoteError) as caught:
        await client.call(node, "start", b"break")
    assert caught.value.code == "internal"
    assert "42" not in str(caught.value)
    assert await client.call(node, "start", b"next") == b"done next"


async def test_given_an_answer_too_large_to_send_then_the_caller_is_told(node: PublicKey, client: NodeClient) -> None:
    with pytest.raises(RemoteError) as caught:
        await client.call(node, "read", b"flood")
    assert caught.value.code == "too-large"


async def test_given_no_such_node_then_the_call_fails_at_once(client: NodeClient) -> None:
    with pytest.raises(NobodyThere):
        await client.call(KeyPair.generate().public, "describe", b"")


async def test_given_captured_bytes_when_another_principal_sends_them_again_then_nothing_is_served(
    join: Join, node: PublicKey, client: NodeClient, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, bytes]] = []
    real = client._fabric.call

    async def capture(subject: str, body: bytes, *, within: float) -> bytes:
        sent.append((subject, body))
        return await real(subject, body, within=within)

    monkeypatch.setattr(client._fabric, "call", capture)
    await client.call(node, "start", b"once")
    thief = await join(Role.SERVICE)
    subject, wire = sent[0]
    for tried in (wire, wire[:-1] + bytes([wire[-1] ^ 1]), wire[: len(wire) // 2], b""):
        with pytest.raises(NoAnswer):
            await thief.call(subject.replace(client._caller.id, thief.id), tried, within=0.1)
    assert len(recorder.served) == 1


async def test_given_a_request_for_another_node_or_inbox_then_it_is_not_answered(
    join: Join, node: PublicKey, client: NodeClient, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []

    async def keep(subject: str, body: bytes, *, within: float) -> bytes:
        sent.append(body)
        raise NoAnswer(subject, within=within)

    monkeypatch.setattr(client._fabric, "call", keep)
    other = KeyPair.generate().public
    for to in (other, node):
        with pytest.raises(NoAnswer):
            await client.call(to, "start", b"x")
    thief = await join(Role.SERVICE)
    for body in sent:  # one for another node, one genuine but not yet served: the thief gets no reply to either
        with pytest.raises(NoAnswer):
            await thief.call(subjects.node_call(node.id, thief.id), body, within=0.1)
    assert not recorder.served


async def test_given_a_tampered_or_swapped_reply_then_the_caller_does_not_believe_it(
    node: PublicKey, client: NodeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies: list[bytes] = []
    real = client._fabric.call

    async def tamper(subject: str, body: bytes, *, within: float) -> bytes:
        replies.append(await real(subject, body, within=within))
        return replies[0] if len(replies) > 1 else replies[0][:-1] + bytes([replies[0][-1] ^ 1])

    monkeypatch.setattr(client._fabric, "call", tamper)
    with pytest.raises(BadReply):
        await client.call(node, "describe", b"1")
    with pytest.raises(BadReply):  # the first call's reply, genuine, in place of the second's
        await client.call(node, "describe", b"2")


async def test_given_a_slow_disk_then_nothing_is_done_or_answered_before_it_knows_of_the_request(
    join: Join, recorder: Recorder, tmp_path: Path
) -> None:
    """Else a power cut right after an answer would let a copy of the request be served once more."""
    at_work, go = threading.Event(), threading.Event()

    class SlowDisk(NonceCache):
        def sync(self) -> None:
            at_work.set()
            assert go.wait(20)
            super().sync()

    key, caller = KeyPair.generate(), KeyPair.generate()
    await NodeServer(await join(Role.NODE, key), key, SlowDisk(tmp_path / "nonces"), recorder).start()
    client = NodeClient(await join(Role.USER, caller), caller)
    call = asyncio.create_task(client.call(key.public, "start", b"x", within=20))
    assert await asyncio.to_thread(at_work.wait, 20)
    assert recorder.served == []
    go.set()
    assert await call == b"done x"


async def test_given_a_slow_disk_then_what_changes_nothing_does_not_wait_for_it(
    join: Join, recorder: Recorder, tmp_path: Path
) -> None:
    class StuckDisk(NonceCache):
        def sync(self) -> None:
            raise AssertionError("nobody was to wait for the disk")

    key, caller = KeyPair.generate(), KeyPair.generate()
    nonces = StuckDisk(tmp_path / "nonces")
    await NodeServer(await join(Role.NODE, key), key, nonces, recorder, reading={"read_log"}).start()
    client = NodeClient(await join(Role.USER, caller), caller)
    assert await client.call(key.public, "read_log", b"x") == b"done x"


async def test_given_a_disk_that_fails_to_take_a_request_then_only_what_may_be_served_twice_is_done(
    join: Join, recorder: Recorder, tmp_path: Path
) -> None:
    class BrokenDisk(NonceCache):
        def sync(self) -> None:
            raise OSError(5, "Input/output error")

    key, caller = KeyPair.generate(), KeyPair.generate()
    nonces = BrokenDisk(tmp_path / "nonces")
    await NodeServer(await join(Role.NODE, key), key, nonces, recorder, harmless={"describe"}).start()
    client = NodeClient(await join(Role.USER, caller), caller)
    assert await client.call(key.public, "describe", b"x") == b"done x"
    with pytest.raises(RemoteError) as refused:
        await client.call(key.public, "start", b"x")
    assert refused.value.code == "disk-broken"
    assert [request.method for request in recorder.served] == ["describe"]


@pytest.mark.parametrize("skew", [-3600.0, 3600.0, 10 * 365 * 86400.0])
async def test_given_clocks_apart_then_the_call_is_done_once_and_the_offset_is_remembered(
    join: Join, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, skew: float
) -> None:
    node, user = KeyPair.generate(), KeyPair.generate()
    on_node = await join(Role.NODE, node)
    await NodeServer(on_node, node, NonceCache(None), recorder, clock=lambda: time.time() + skew).start()
    client = NodeClient(await join(Role.USER, user), user)
    calls = 0
    real = client._fabric.call

    async def count(subject: str, body: bytes, *, within: float) -> bytes:
        nonlocal calls
        calls += 1
        return await real(subject, body, within=within)

    monkeypatch.setattr(client._fabric, "call", count)
    assert await client.call(node.public, "describe", b"1") == b"done 1"
    assert await client.call(node.public, "describe", b"2") == b"done 2"
    assert (calls, len(recorder.served)) == (3, 2)


async def test_given_typed_operations_then_requests_and_replies_keep_their_types(join: Join) -> None:
    node, user = KeyPair.generate(), KeyPair.generate()

    async def handle(request: Request) -> bytes:
        if request.method == START.method:
            START.decode_request(request.body)
            return encode(RunStarted(run=7))
        return encode(NodeDescription(node=node.id, version="1"))

    await NodeServer(await join(Role.NODE, node), node, NonceCache(None), handle).start()
    client = NodeClient(await join(Role.USER, user), user)
    described = await client.ask(node.public, DESCRIBE, Describe())
    assert described == NodeDescription(node=node.id, version="1")
    started = await client.asking(node.public)(START, Start(vessel="v1", program="a.py"))
    assert started.run == 7
    with pytest.raises(RemoteError) as caught:
        await client.call(node.public, "start", b"\xc1 not msgpack")
    assert caught.value.code == BadRequest("").code


async def test_given_a_node_that_answers_nested_without_end_then_the_caller_is_told_as_of_any_bad_reply(
    join: Join,
) -> None:
    node, user, deep = KeyPair.generate(), KeyPair.generate(), b"\x81\xa1x" + b"\x91" * 5000 + b"\xc0"

    async def handle(request: Request) -> bytes:
        if request.method == START.method:
            START.decode_request(deep)
        return deep

    await NodeServer(await join(Role.NODE, node), node, NonceCache(None), handle).start()
    client = NodeClient(await join(Role.USER, user), user)
    with pytest.raises(BadReply):
        await client.ask(node.public, DESCRIBE, Describe())
    with pytest.raises(RemoteError) as caught:
        await client.call(node.public, "start", deep)
    assert caught.value.code == BadRequest("").code


@pytest.mark.parametrize("name", [{"vessel": "v1", "program": "a\udcff.py"}, {"vessel": "v1", "program": 2**70}])
async def test_given_a_request_that_no_message_can_hold_then_it_is_told_and_nobody_is_asked(
    node: PublicKey, client: NodeClient, name: dict[str, Any]
) -> None:
    with pytest.raises(NotEncodable, match=r"can't be sent"):
        await client.ask(node, START, Start(**name))


async def test_given_many_calls_at_once_then_each_caller_gets_its_own_answer(
    node: PublicKey, client: NodeClient
) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(client.call(node, "m", str(n).encode())) for n in range(100)]
    assert [task.result() for task in tasks] == [f"done {n}".encode() for n in range(100)]


async def test_given_a_caller_with_many_long_calls_then_it_alone_is_told_to_wait(join: Join) -> None:
    node, greedy, owner = KeyPair.generate(), KeyPair.generate(), KeyPair.generate()
    both, go_on = asyncio.Barrier(3), asyncio.Event()

    async def handle(request: Request) -> bytes:
        if request.method == "wait":
            await both.wait()
            await go_on.wait()
        return b"done"

    await NodeServer(await join(Role.NODE, node), node, NonceCache(None), handle, at_once_by_caller=2).start()
    client = NodeClient(await join(Role.USER, greedy), greedy)
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(client.call(node.public, "wait", b"")) for _ in range(2)]
        await both.wait()
        with pytest.raises(RemoteError, match="2 of your calls are under way") as caught:
            await client.call(node.public, "wait", b"")
        assert caught.value.code == "too-busy"
        assert await NodeClient(await join(Role.USER, owner), owner).call(node.public, "stop", b"") == b"done"
        go_on.set()
    assert [task.result() for task in waiting] == [b"done"] * 2
    assert await client.call(node.public, "stop", b"") == b"done"


def test_given_a_call_then_its_subject_tells_who_calls_and_nothing_of_what() -> None:
    node, caller = KeyPair.generate().id, KeyPair.generate().id
    assert subjects.caller_of(subjects.node_call(node, caller)) == caller
    assert subjects.caller_of(subjects.lookup(caller)) == caller
