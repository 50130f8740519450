"""A broker is trusted for availability only. Here is one that reads, alters, drops, replays, reorders and delays."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from tests.fabric.hostile_broker import Frame, HostileBroker, Line, honest, hostile_broker

from seattle.fabric import claims, subjects
from seattle.fabric.advert import Advert
from seattle.fabric.authority import Authority, Role
from seattle.fabric.connection import Backoff, NatsFabric
from seattle.fabric.directory import Advertiser, Directory, DirectoryClient
from seattle.fabric.enrolment import enrol
from seattle.fabric.errors import BadReply, ConnectionFailed, NoAnswer, NotPermitted
from seattle.fabric.rpc import NodeClient, NodeServer
from seattle.fabric.server import EmbeddedServer
from seattle.fabric.wire import BoundedParser
from seattle.identity import tokens
from seattle.identity.envelope import Request
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.nonces import NonceCache
from seattle.identity.tokens import LIFETIME

pytestmark = pytest.mark.anyio
PATIENCE = 20  # seconds; far more than anything here takes
SECRET = b"what nobody but the two of them is to read"


class Clock:
    """The true time, or another."""

    ahead = 0.0  # seconds

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass
class Meeting:
    """A node and a user with nothing but a hostile broker between them."""

    broker: HostileBroker
    users_line: Line
    node: PublicKey
    user: NodeClient
    served: list[Request]
    nodes_clock: Clock
    connect: Callable[..., Awaitable[NatsFabric]]

    async def call(self, body: bytes = b"x", *, within: float = PATIENCE) -> bytes:
        return await self.user.call(self.node, "describe", body, within=within)

    def is_request(self, frame: Frame) -> bool:
        return frame.verb == b"PUB" and frame.subject.startswith("seattle.node.")

    def is_reply(self, frame: Frame) -> bool:
        return frame.verb == b"MSG" and frame.subject.startswith(f"_INBOX.{self.user._caller.id}.")


@pytest.fixture
async def meeting(authority: Authority, server: EmbeddedServer) -> AsyncIterator[Meeting]:
    served: list[Request] = []
    clock = Clock()

    async def answer(request: Request) -> bytes:
        served.append(request)
        return b"done " + request.body

    async with hostile_broker(server.port) as broker, AsyncExitStack() as stack:

        async def connect(
            role: Role, key: KeyPair | None = None, *, attempted: Callable[[], object] = list, **options: object
        ) -> NatsFabric:
            key = key or KeyPair.generate()

            async def fetch() -> str:
                attempted()
                return enrol(authority, key.public, role=role, now=time.time())

            fabric = NatsFabric(
                [broker.url],
                key,
                fetch,
                backoff=Backoff(first=0.02, longest=0.1),
                grace=0.2,
                **options,  # type: ignore[arg-type]  # tests pass what fits
            )
            return await stack.enter_async_context(fabric)

        node, user = KeyPair.generate(), KeyPair.generate()
        await NodeServer(await connect(Role.NODE, node), node, NonceCache(None), answer, clock=clock).start()
        client = NodeClient(await connect(Role.USER, user), user)
        yield Meeting(broker, broker.lines[-1], node.public, client, served, clock, connect)


# Reading.


async def test_given_a_broker_that_reads_all_then_it_learns_who_talks_to_whom_and_nothing_else(
    meeting: Meeting,
) -> None:
    assert await meeting.call(SECRET) == b"done " + SECRET
    wire = b"\n".join(frame.encode() for frame in meeting.broker.seen)
    assert meeting.node.id.encode() in wire
    assert SECRET not in wire
    assert b"describe" not in wire  # not even what is asked


async def test_given_a_broker_that_asks_to_sign_a_token_in_place_of_its_nonce_then_no_client_signs_it(
    meeting: Meeting,
) -> None:
    """The key that proves to a broker who we are is the key that signs our requests."""
    forged = tokens.sign(
        tokens.RequestClaims(
            iss=meeting.user._caller.id,
            aud=meeting.node.id,
            method="reset",
            digest=tokens.digest(b""),
            iat=time.time(),
            exp=time.time() + LIFETIME,
            jti="00" * 16,
        ),
        key=meeting.user._caller,
    )
    to_sign, _, _ = forged.rpartition(".")

    def ask(line: Line, frame: Frame) -> Iterable[Frame]:
        if frame.verb == b"INFO":
            facts = json.loads(frame.line[5:]) | {"nonce": to_sign}
            return [Frame(b"INFO " + json.dumps(facts).encode())]
        return [frame]

    meeting.broker.from_server = ask
    before = len(meeting.broker.lines)
    with pytest.raises(ConnectionFailed):
        await meeting.connect(Role.USER, meeting.user._caller, patience=0.3)
    tried = meeting.broker.lines[before:]
    assert tried
    assert not [frame for line in tried for frame in line.seen if frame.verb == b"CONNECT"]


# Altering.


@pytest.mark.parametrize("where", ["first", "middle", "last", "cut", "empty"])
async def test_given_a_broker_that_alters_requests_then_the_node_serves_none(meeting: Meeting, where: str) -> None:
    def alter(line: Line, frame: Frame) -> Iterable[Frame]:
        return [frame.having(payload=damaged(frame.payload or b"", where))] if meeting.is_request(frame) else [frame]

    meeting.broker.from_client = alter
    with pytest.raises(NoAnswer):
        await meeting.call(within=0.2)
    assert meeting.served == []


@pytest.mark.parametrize("where", ["first", "middle", "last", "cut", "empty"])
async def test_given_a_broker_that_alters_replies_then_the_caller_believes_none(meeting: Meeting, where: str) -> None:
    def alter(line: Line, frame: Frame) -> Iterable[Frame]:
        return [frame.having(payload=damaged(frame.payload or b"", where))] if meeting.is_reply(frame) else [frame]

    meeting.broker.from_server = alter
    with pytest.raises(BadReply):
        await meeting.call()


def damaged(payload: bytes, where: str) -> bytes:
    at = {"first": 0, "middle": len(payload) // 2, "last": len(payload) - 1}
    match where:
        case "cut":
            return payload[: len(payload) // 2]
        case "empty":
            return b""
    return payload[: at[where]] + bytes([payload[at[where]] ^ 1]) + payload[at[where] + 1 :]


async def test_given_a_broker_that_answers_for_the_node_then_the_caller_does_not_believe_it(meeting: Meeting) -> None:
    """It knows the whole form of a reply, and has a key of its own to make one with."""
    impostor = KeyPair.generate()
    served: list[Request] = []

    async def answer(request: Request) -> bytes:
        served.append(request)
        return b"yes, master"

    other = await meeting.connect(Role.NODE, impostor)
    await NodeServer(other, impostor, NonceCache(None), answer).start()
    genuine: list[bytes] = []

    def keep(line: Line, frame: Frame) -> Iterable[Frame]:
        if meeting.is_reply(frame):
            genuine.append(frame.payload or b"")
        return [frame]

    meeting.broker.from_server = keep
    assert await meeting.user.call(impostor.public, "describe", b"") == b"yes, master"

    def answer_for_it(line: Line, frame: Frame) -> Iterable[Frame]:
        return [frame.having(payload=genuine[0])] if meeting.is_reply(frame) else [frame]

    meeting.broker.from_server = answer_for_it
    with pytest.raises(BadReply):
        await meeting.call()


# Replaying, reordering, misdelivering.


async def test_given_a_broker_that_delivers_each_request_three_times_then_each_is_served_once(meeting: Meeting) -> None:
    meeting.broker.from_client = lambda _, frame: [frame] * 3 if meeting.is_request(frame) else [frame]
    for n in range(5):
        assert await meeting.call(b"%d" % n) == b"done %d" % n
    assert [request.body for request in meeting.served] == [b"0", b"1", b"2", b"3", b"4"]


async def test_given_a_broker_that_plays_an_earlier_reply_again_then_the_caller_does_not_believe_it(
    meeting: Meeting,
) -> None:
    replies: list[bytes] = []

    def play_the_first(line: Line, frame: Frame) -> Iterable[Frame]:
        if not meeting.is_reply(frame):
            return [frame]
        replies.append(frame.payload or b"")
        return [frame.having(payload=replies[0])]

    meeting.broker.from_server = play_the_first
    assert await meeting.call(b"is it running?") == b"done is it running?"
    with pytest.raises(BadReply):
        await meeting.call(b"is it running?")


async def test_given_a_broker_that_swaps_two_replies_then_neither_caller_takes_the_others(meeting: Meeting) -> None:
    held: list[tuple[Line, Frame]] = []

    def swap(line: Line, frame: Frame) -> Iterable[Frame]:
        if not meeting.is_reply(frame):
            return [frame]
        held.append((line, frame))
        if len(held) == 2:
            (_, one), (_, two) = held
            line.to_client(one.having(payload=two.payload))
            line.to_client(two.having(payload=one.payload))
        return []

    meeting.broker.from_server = swap
    answers = await asyncio.gather(meeting.call(b"1"), meeting.call(b"2"), return_exceptions=True)
    assert [type(answer) for answer in answers] == [BadReply, BadReply]


async def test_given_a_broker_that_turns_the_order_of_requests_round_then_each_gets_its_own_answer(
    meeting: Meeting,
) -> None:
    held: list[Frame] = []

    def turn_round(line: Line, frame: Frame) -> Iterable[Frame]:
        if not meeting.is_request(frame):
            return [frame]
        held.append(frame)
        return held[::-1] if len(held) == 3 else []

    meeting.broker.from_client = turn_round
    assert await asyncio.gather(*(meeting.call(b"%d" % n) for n in range(3))) == [b"done 0", b"done 1", b"done 2"]
    assert sorted(request.body for request in meeting.served) == [b"0", b"1", b"2"]


async def test_given_a_broker_that_delivers_to_another_node_then_that_one_serves_nothing(meeting: Meeting) -> None:
    other, served = KeyPair.generate(), []

    async def answer(request: Request) -> bytes:
        served.append(request)
        return b""

    await NodeServer(await meeting.connect(Role.NODE, other), other, NonceCache(None), answer).start()

    def divert(line: Line, frame: Frame) -> Iterable[Frame]:
        if not meeting.is_request(frame):
            return [frame]
        return [frame.having(subject=frame.subject.replace(meeting.node.id, other.id))]

    meeting.broker.from_client = divert
    with pytest.raises(NoAnswer):
        await meeting.call(within=0.2)
    assert served == []


async def test_given_a_broker_that_delivers_under_anothers_name_then_the_node_serves_neither(
    meeting: Meeting,
) -> None:
    """The name in the subject is for counting calls alone: a broker that lies there gives nobody a right."""
    boss = KeyPair.generate().id

    def rename(line: Line, frame: Frame) -> Iterable[Frame]:
        if frame.verb != b"MSG" or not frame.subject.startswith("seattle.node."):
            return [frame]
        return [frame.having(subject=frame.subject.replace(meeting.user._caller.id, boss))]

    meeting.broker.from_server = rename
    with pytest.raises(NoAnswer):
        await meeting.call(within=0.2)
    meeting.broker.from_server = honest
    await meeting.call(b"after it")
    assert [request.body for request in meeting.served] == [b"after it"]


# Dropping and delaying.


async def test_given_a_broker_that_lets_us_in_and_answers_nothing_when_each_is_told_then_not_all_of_them_know(
    authority: Authority, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "PATIENCE", 1.0)
    async with hostile_broker(server.port) as broker:
        broker.from_server = lambda _line, frame: [] if frame.verb == b"MSG" else [frame]
        told = await claims.push_to_each(authority, [server.url, broker.url])
    assert (len(told.brokers), told.of, list(told.untold)) == (1, 2, [broker.url])
    assert not told.is_all


async def test_given_a_broker_that_drops_all_then_each_wait_has_an_end(meeting: Meeting) -> None:
    meeting.broker.from_client = lambda _, frame: [] if meeting.is_request(frame) else [frame]
    with pytest.raises(NoAnswer):
        await meeting.call(within=0.2)


async def test_given_a_request_that_is_held_back_past_its_life_then_it_is_never_served(meeting: Meeting) -> None:
    held: list[tuple[Line, Frame]] = []

    def hold(line: Line, frame: Frame) -> Iterable[Frame]:
        if not meeting.is_request(frame):
            return [frame]
        held.append((line, frame))
        return []

    meeting.broker.from_client = hold
    with pytest.raises(NoAnswer):
        await meeting.call(b"stop it", within=0.2)
    meeting.broker.from_client = lambda _, frame: [frame]
    meeting.nodes_clock.ahead = LIFETIME + 1  # that much later
    line, frame = held[0]
    line.to_server(frame)
    assert await meeting.call(b"something else") == b"done something else"  # comes after it, on the same line
    assert [request.body for request in meeting.served] == [b"something else"]


async def test_given_a_broker_that_holds_requests_back_then_no_caller_learns_a_false_time(meeting: Meeting) -> None:
    """A request dated ahead is one that a broker could keep for a moment of its own choice."""
    asked = time.time()
    clock = Clock()
    user = meeting.user = NodeClient(meeting.user._fabric, meeting.user._caller, clock=clock)

    def hold(line: Line, frame: Frame) -> Iterable[Frame]:
        if meeting.is_request(frame):
            clock.ahead = meeting.nodes_clock.ahead = 40.0  # it arrives 40 s after it was asked
        return [frame]

    meeting.broker.from_client = hold
    assert await meeting.call() == b"done x"  # after being told of the skew, once more
    assert abs(user._offsets[meeting.node]) < (time.time() - asked) + 0.1
    assert len(meeting.served) == 1


async def test_given_a_broker_that_plays_an_old_advert_again_then_no_directory_lets_it_live_longer(
    meeting: Meeting,
) -> None:
    key = KeyPair.generate()
    node, service = await meeting.connect(Role.NODE, key), await meeting.connect(Role.SERVICE)
    directory = Directory(service)
    adverts: list[tuple[Line, Frame]] = []

    def keep(line: Line, frame: Frame) -> Iterable[Frame]:
        if frame.verb == b"MSG" and frame.subject.startswith("seattle.advert."):
            adverts.append((line, frame))
        return [frame]

    meeting.broker.from_server = keep
    await directory.start()
    vessels = {meeting.user._caller.id: ["v1"]}
    advertiser = Advertiser(node, key, lambda: Advert(node="", issued_at=0.0, vessels=vessels))
    running = asyncio.create_task(advertiser.run())
    try:
        await asyncio.wait_for(directory.news.wait(), PATIENCE)
        directory.news.clear()
        vessels.clear()
        advertiser.changed()
        await asyncio.wait_for(directory.news.wait(), PATIENCE)
        line, old = adverts[0]
        line.to_client(old)
        assert await DirectoryClient(meeting.user._fabric).lookup(meeting.user._caller.public) == []
        ends = directory.book._entries[key.id].expires_at
        assert ends <= time.time() + 180
    finally:
        running.cancel()
        await directory.stop()


async def test_given_a_broker_that_alters_adverts_then_nobody_takes_them(meeting: Meeting) -> None:
    key = KeyPair.generate()
    node, service = await meeting.connect(Role.NODE, key), await meeting.connect(Role.SERVICE)
    directory = Directory(service)
    await directory.start()
    altered = asyncio.Event()

    def alter(line: Line, frame: Frame) -> Iterable[Frame]:
        if frame.verb == b"MSG" and frame.subject == subjects.advert(key.id):
            altered.set()
            return [frame.having(payload=damaged(frame.payload or b"", "middle"))]
        return [frame]

    meeting.broker.from_server = alter
    running = asyncio.create_task(Advertiser(node, key, lambda: Advert(node="", issued_at=0.0)).run())
    try:
        await asyncio.wait_for(altered.wait(), PATIENCE)
        assert await DirectoryClient(meeting.user._fabric).live() == []
    finally:
        running.cancel()
        await directory.stop()


# Lying in the protocol itself.


async def test_given_a_broker_that_refuses_what_is_allowed_then_that_call_fails_and_the_next_is_made(
    meeting: Meeting,
) -> None:
    def refuse(line: Line, frame: Frame) -> Iterable[Frame]:
        if not meeting.is_request(frame):
            return [frame]
        line.to_client(Frame(f"-ERR 'Permissions Violation for Publish to \"{frame.subject}\"'".encode()))
        return []

    meeting.broker.from_client = refuse
    with pytest.raises(NotPermitted):
        await meeting.call()
    meeting.broker.from_client = lambda _, frame: [frame]
    assert await meeting.call() == b"done x"


@pytest.mark.parametrize(
    "lie",
    [
        b"INFO []",
        b"INFO {",
        b'INFO {"max_payload":"large","version":"2.15.1"}',
        b'INFO {"max_payload":1024,"version":["2"]}',
        b'INFO {"max_payload":-5,"version":"2.15.1"}',
        b"-ERR",
        b"MSG a b 5",
        b"MSG a 1 5 b",
        b"HMSG a 1 9 5\r\nabcde",
        b"MSG a 1 99999999999",
        b"HMSG a 1 99999999 99999999",
        b"WHAT IS THIS",
    ],
)
async def test_given_a_broker_that_says_what_is_not_of_the_protocol_then_the_connection_ends_and_a_new_one_is_made(
    meeting: Meeting, lie: bytes
) -> None:
    session = meeting.user._fabric._session  # type: ignore[attr-defined]  # the connection below
    await meeting.call()  # its inbox is subscription 1
    client = meeting.users_line
    client.to_client(Frame(lie))
    client.to_client(Frame(b"PONG"))
    await asyncio.wait_for(session.lost.wait(), PATIENCE)
    assert await meeting.call() == b"done x"


@pytest.mark.parametrize(
    "lie",
    [b"[]", b"{", b"5", b'{"max_payload":"x","version":"v"}', b'{"version":"2.15.1","max_payload":9,"nonce":5}', b"{}"],
)
async def test_given_a_broker_that_begins_with_nonsense_then_connecting_fails_and_nothing_else_does(
    meeting: Meeting, lie: bytes
) -> None:
    meeting.broker.from_server = lambda _, frame: [Frame(b"INFO " + lie)] if frame.verb == b"INFO" else [frame]
    with pytest.raises(ConnectionFailed):
        await meeting.connect(Role.USER, patience=0.3)
    meeting.broker.from_server = lambda _, frame: [frame]
    assert await meeting.call() == b"done x"


@pytest.mark.parametrize("piece", [1, 2, 7, 1000])
async def test_given_messages_that_come_in_pieces_of_any_size_then_each_is_read_whole_and_once(piece: int) -> None:
    heard: list[tuple[object, ...]] = []

    class Heard:
        async def _process_msg(self, *message: object) -> None:
            heard.append(message)

        async def _process_pong(self) -> None:
            heard.append(("pong",))

    parser, status = BoundedParser(Heard()), b"NATS/1.0 503\r\n\r\n"
    said = [
        b"MSG a 1 3\r\n\r\nx\r\n",
        b"MSG a 22  0\r\n\r\n",
        b"PONG\r\n",
        b"MSG a.b 3 re.ply 9\r\nMSG a 1 3\r\n",
        b"HMSG a 4 16 18\r\n" + status + b"hi\r\n",
        b"HMSG a 5 6 16 16\r\n" + status + b"\r\n",
        b"MSG \xff 6 2\r\nno\r\n",
        b"MSG a 7 x\x0by 2\r\nno\r\n",
    ]
    stream = b"".join(said)
    for start in range(0, len(stream), piece):
        await parser.parse(stream[start : start + piece])
    assert heard == [
        (1, b"a", b"", b"\r\nx", b""),
        (22, b"a", b"", b"", b""),
        ("pong",),
        (3, b"a.b", b"re.ply", b"MSG a 1 3", b""),
        (4, b"a", b"", b"hi", status),
        (5, b"a", b"6", b"", status),
    ]


async def test_given_a_broker_that_floods_with_one_endless_line_then_the_connection_ends(meeting: Meeting) -> None:
    session = meeting.user._fabric._session  # type: ignore[attr-defined]  # the connection below
    client = meeting.users_line
    client.client.write(b"MSG " + b"x" * 200_000)
    await asyncio.wait_for(session.lost.wait(), PATIENCE)
    assert isinstance(session.reason, ConnectionFailed)


class Longest(random.Random):
    """Draws the upper bound, always."""

    def uniform(self, _a: float, b: float) -> float:
        return b


async def test_given_a_broker_that_always_says_it_leaves_then_clients_do_not_come_back_without_pause(
    meeting: Meeting,
) -> None:
    def leave(line: Line, frame: Frame) -> Iterable[Frame]:
        if frame.verb == b"PONG":
            facts = {"version": "2.15.1", "max_payload": 1024, "ldm": True}
            return [frame, Frame(b"INFO " + json.dumps(facts).encode())]
        return [frame]

    attempts: list[float] = []
    enough = asyncio.Event()

    def count() -> None:
        attempts.append(time.monotonic())
        if len(attempts) == 6:
            enough.set()

    meeting.broker.from_server = leave
    await meeting.connect(Role.USER, attempted=count, rng=Longest())
    await asyncio.wait_for(enough.wait(), PATIENCE)
    assert attempts[5] - attempts[0] >= 0.02 + 0.04 + 0.08 + 0.1 + 0.1  # the longest pauses of the back-off here


async def test_given_a_broker_that_says_it_leaves_then_calls_go_on_over_another_connection(meeting: Meeting) -> None:
    client = meeting.users_line
    session = meeting.user._fabric._session  # type: ignore[attr-defined]  # the connection below
    client.to_client(Frame(b'INFO {"version":"2.15.1","max_payload":1048576,"ldm":true}'))
    async with asyncio.timeout(PATIENCE):
        while not session.lost.is_set():  # it retires when the next one is up
            assert await meeting.call() == b"done x"


async def test_given_a_broker_that_delivers_under_subjects_that_are_none_then_the_receiver_goes_on(
    meeting: Meeting,
) -> None:
    def strip(line: Line, frame: Frame) -> Iterable[Frame]:
        return [frame.having(subject="x"), frame] if frame.verb == b"MSG" else [frame]

    meeting.broker.from_server = strip
    assert await meeting.call() == b"done x"
    assert await meeting.call() == b"done x"
