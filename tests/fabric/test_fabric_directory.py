import asyncio
import contextlib
import functools
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.fabric import subjects
from seattle.fabric.advert import MAX_AGE, Advert, SignedAdvert, open_advert, sign_advert
from seattle.fabric.advert_book import MAX_PAGE, AdvertBook
from seattle.fabric.authority import Role
from seattle.fabric.connection import NatsFabric
from seattle.fabric.directory import Advertiser, Directory, DirectoryClient, Found
from seattle.fabric.enrolment import enrol
from seattle.fabric.errors import AdvertRefused, BadReply, NobodyThere, RemoteError
from seattle.fabric.operations import encode, pack_answer, unpack
from seattle.fabric.server import EmbeddedServer
from seattle.fabric.session import Message
from seattle.identity.files import save_key_pair
from seattle.identity.keys import KeyPair

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[NatsFabric]]
NOW = 1_800_000_000.0
ALICE, BOB = KeyPair.generate().public, KeyPair.generate().public


def advert(key: KeyPair, *, at: float = NOW, holders: dict[str, list[str]] | None = None, **fields: object) -> bytes:
    return sign_advert(Advert(node=key.id, issued_at=at, vessels=holders or {}, **fields), key)  # type: ignore[arg-type]


def refusal(wire: bytes, *, now: float = NOW, publisher: str | None = None) -> str:
    with pytest.raises(AdvertRefused) as caught:
        open_advert(wire, now=now, publisher=publisher)
    return caught.value.code


def test_given_a_signed_advert_then_it_opens_to_what_was_signed() -> None:
    key = KeyPair.generate()
    wire = advert(key, holders={ALICE.id: ["v1", "v2"]}, addresses=["192.0.2.1"], resources={"cpu": 0.1})
    opened = open_advert(wire, now=NOW + 100, publisher=key.id)
    assert (opened.node, opened.vessels, opened.resources) == (key.id, {ALICE.id: ["v1", "v2"]}, {"cpu": 0.1})


def test_given_adverts_that_are_not_right_then_each_is_refused_for_its_own_reason() -> None:
    key, other = KeyPair.generate(), KeyPair.generate()
    good = advert(key)
    forged = msgspec.msgpack.encode(
        SignedAdvert(msgspec.msgpack.encode(Advert(node=key.id, issued_at=NOW)), other.sign(b"anything"))
    )
    assert refusal(forged) == "forged"
    assert refusal(good, publisher=other.id) == "not-the-publisher"
    assert refusal(advert(key, at=NOW - MAX_AGE - 1)) == "stale"
    assert refusal(advert(key, at=float("nan"))) == "stale"
    assert refusal(advert(key, at=NOW + 3600)) == "from-the-future"
    assert refusal(good + bytes(64 * 1024)) == "too-large"
    deep = b"\x81\xa1x" + b"\x91" * 5000 + b"\xc0"
    assert refusal(msgspec.msgpack.encode(SignedAdvert(deep, key.sign(deep)))) == "malformed"
    with pytest.raises(AdvertRefused, match="bytes"):
        advert(key, holders={KeyPair.generate().id: ["v" * 60] * 500 for _ in range(3)})


@given(st.binary(max_size=200))
def test_given_any_bytes_then_they_are_refused_and_nothing_else_happens(wire: bytes) -> None:
    assert refusal(wire) in {"malformed", "forged"}


@given(st.data())
def test_given_a_flipped_bit_anywhere_then_the_advert_is_refused(data: st.DataObject) -> None:
    wire = bytearray(advert(KeyPair.from_seed(bytes(32)), holders={ALICE.id: ["v1"]}))
    wire[data.draw(st.integers(0, len(wire) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert refusal(bytes(wire)) in {"malformed", "forged", "stale", "from-the-future"}


def test_given_a_newer_advert_then_an_older_one_played_again_changes_nothing() -> None:
    book, key = AdvertBook(), KeyPair.generate()
    old, new = advert(key, holders={ALICE.id: ["v1"]}), advert(key, at=NOW + 1, holders={BOB.id: ["v1"]})
    book.accept(old, publisher=key.id, now=NOW)
    book.accept(new, publisher=key.id, now=NOW)
    for again in (old, new):
        with pytest.raises(AdvertRefused) as caught:
            book.accept(again, publisher=key.id, now=NOW)
        assert caught.value.code == "outdated"
    assert book.lookup(ALICE.id, now=NOW).wires == []
    assert book.lookup(BOB.id, now=NOW).wires == [new]


def test_given_a_node_that_falls_silent_then_it_is_forgotten_after_its_time_to_live() -> None:
    book, key = AdvertBook(), KeyPair.generate()
    book.accept(advert(key, holders={ALICE.id: ["v1"]}), publisher=key.id, now=NOW)
    assert book.expire(NOW + MAX_AGE - 1) == 0
    assert len(book.live(now=NOW + MAX_AGE - 1).wires) == 1
    assert book.lookup(ALICE.id, now=NOW + MAX_AGE).wires == []  # before anyone expires it
    assert book.expire(NOW + MAX_AGE) == 1
    assert len(book) == 0
    assert not book._holders


def test_given_a_full_book_then_known_nodes_still_update_and_new_ones_are_refused() -> None:
    book, first, second = AdvertBook(max_nodes=1), KeyPair.generate(), KeyPair.generate()
    book.accept(advert(first), publisher=first.id, now=NOW)
    book.accept(advert(first, at=NOW + 1), publisher=first.id, now=NOW)
    with pytest.raises(AdvertRefused) as caught:
        book.accept(advert(second), publisher=second.id, now=NOW)
    assert caught.value.code == "full"


def test_given_more_than_fits_one_reply_then_pages_hold_each_node_once() -> None:
    book = AdvertBook()
    keys = [KeyPair.generate() for _ in range(60)]
    holders = {ALICE.id: ["v" * 60] * 400}  # some 25 KB
    for key in keys:
        book.accept(advert(key, holders=holders), publisher=key.id, now=NOW)
    seen, after, pages = [], "", 0
    while pages < 10:
        page = book.lookup(ALICE.id, now=NOW, after=after)
        assert sum(map(len, page.wires)) <= MAX_PAGE
        seen += [open_advert(wire, now=NOW).node for wire in page.wires]
        pages, after = pages + 1, page.after
        if not after:
            break
    assert pages > 1
    assert seen == sorted(key.id for key in keys)


def test_given_adverts_of_many_short_names_then_the_book_takes_hardly_more_memory_than_it_counts() -> None:
    """The attack: what is counted are bytes as they are signed, and names of two letters are large in memory."""
    principals = [KeyPair.generate().public.id for _ in range(39)]
    held = {principal: [f"{number:02x}" for number in range(255)] for principal in principals}
    keys = [KeyPair.generate() for _ in range(20)]
    wires = [advert(key, holders=held) for key in keys]
    book = AdvertBook()
    tracemalloc.start()
    try:
        for key, wire in zip(keys, wires, strict=True):
            book.accept(bytes(bytearray(wire)), publisher=key.id, now=NOW)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 2 * sum(map(len, wires))


async def test_given_three_nodes_when_a_fresh_directory_starts_then_it_learns_who_holds_what(join: Join) -> None:
    user, asked = await join(Role.USER), DirectoryClient(await join(Role.USER))
    nodes = [KeyPair.generate() for _ in range(3)]
    async with asyncio.TaskGroup() as group:
        running = []
        for number, key in enumerate(nodes):
            holder = ALICE if number < 2 else BOB
            described = Advert(node=key.id, issued_at=0, vessels={holder.id: ["v1"]})
            advertiser = Advertiser(await join(Role.NODE, key), key, functools.partial(_same, described), spread=0.05)
            running.append(group.create_task(advertiser.run()))
        # The nodes have advertised to nobody by now; both instances come later and ask them to do so again.
        instances = [Directory(await join(Role.SERVICE)) for _ in range(2)]
        for instance in instances:
            await instance.start()
        await _until(lambda: all(len(instance.book) == 3 for instance in instances))
        assert {it.node for it in await asked.lookup(ALICE)} == {nodes[0].id, nodes[1].id}
        assert {it.node for it in await DirectoryClient(user).live()} == {key.id for key in nodes}
        await instances[0].stop()
        for _ in range(5):  # the other one answers all
            assert [it.node for it in await asked.lookup(BOB)] == [nodes[2].id]
        for task in running:
            task.cancel()


async def test_given_a_change_then_the_node_advertises_at_once(join: Join) -> None:
    key, directory = KeyPair.generate(), Directory(await join(Role.SERVICE))
    await directory.start()
    holders: dict[str, list[str]] = {}
    node = await join(Role.NODE, key)
    advertiser = Advertiser(node, key, lambda: Advert(node=key.id, issued_at=0, vessels=dict(holders)), every=3600)
    running = asyncio.create_task(advertiser.run())
    await _until(lambda: len(directory.book) == 1)
    holders[ALICE.id] = ["v1"]
    advertiser.changed()
    await _until(lambda: bool(directory.book.lookup(ALICE.id, now=time.time()).wires))
    running.cancel()


@pytest.mark.parametrize("ahead", [30.0, 3600.0], ids=["which directories took", "which they refused"])
async def test_given_a_node_whose_clock_was_ahead_when_it_is_set_back_then_its_next_advert_is_taken(
    join: Join, ahead: float
) -> None:
    key, directory = KeyPair.generate(), Directory(await join(Role.SERVICE))
    await directory.start()
    told: list[str] = []

    def describe() -> Advert:
        told.append(f"v{len(told)}")
        return Advert(node=key.id, issued_at=0, vessels={ALICE.id: told[-1:]})

    def clock() -> float:
        return time.time() + (0 if told else ahead)

    advertiser = Advertiser(await join(Role.NODE, key), key, describe, every=3600, clock=clock)
    running = asyncio.create_task(advertiser.run())
    await _until(lambda: bool(told))
    advertiser.changed()
    await _until(lambda: any(b"v1" in wire for wire in directory.book.lookup(ALICE.id, now=time.time()).wires))
    running.cancel()


async def test_given_forged_adverts_and_malformed_look_ups_then_the_directory_goes_on(join: Join) -> None:
    directory, user = Directory(await join(Role.SERVICE)), await join(Role.USER)
    await directory.start()
    key, other = KeyPair.generate(), KeyPair.generate()
    node = await join(Role.NODE, key)
    for bad in (b"", b"rubbish", advert(other, at=time.time()), advert(key, at=time.time() - 999), bytes(100_000)):
        await node.publish(subjects.advert(node.id), bad)
    reply = await user.call(subjects.lookup(user.id), b"\xc1")
    with pytest.raises(RemoteError) as caught:
        unpack(reply)
    assert caught.value.code == "bad-request"
    await node.publish(subjects.advert(node.id), advert(key, at=time.time()))
    await _until(lambda: len(directory.book) == 1)
    assert [it.node for it in await DirectoryClient(user).live()] == [key.id]


async def test_given_a_directory_that_lies_then_its_client_believes_only_what_nodes_signed(join: Join) -> None:
    service, user = await join(Role.SERVICE), await join(Role.USER)
    key = KeyPair.generate()
    truth = advert(key, at=time.time(), holders={ALICE.id: ["v1"]})
    lie = truth[:-1] + bytes([truth[-1] ^ 1])

    async def lies(message: Message) -> bytes:
        return pack_answer(encode(Found(adverts=[lie, truth])))

    await service.serve(subjects.lookup("*"), lies, queue=subjects.DIRECTORY)
    assert [it.node for it in await DirectoryClient(user).lookup(ALICE)] == [key.id]
    assert await DirectoryClient(user).lookup(BOB) == []


async def test_given_a_directory_that_tells_of_nodes_without_end_then_its_client_stops_listening(join: Join) -> None:
    """The attack: keys are easily made, and each of them can sign that it is a node."""
    service, user = await join(Role.SERVICE), await join(Role.USER)
    pages = 0

    async def invent(_: Message) -> bytes:
        nonlocal pages
        pages += 1
        key = KeyPair.generate()
        return pack_answer(encode(Found(adverts=[advert(key, at=time.time())], after=f"U{pages:05}")))

    await service.serve(subjects.live("*"), invent, queue=subjects.DIRECTORY)
    with pytest.raises(BadReply, match="without end"):
        await DirectoryClient(user, most=10_000).live()
    assert pages < 100


def _same(it: Advert) -> Advert:
    return it


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.01)


async def start_directory(server: EmbeddedServer, folder: Path) -> asyncio.subprocess.Process:
    """One more, as a process of its own."""
    key = KeyPair.generate()
    save_key_pair(folder / "directory", key)
    credential = enrol(server._authority, key.public, role=Role.SERVICE, now=time.time())
    (folder / "credential").write_text(credential + "\n")
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "import sys; from seattle.cli import main; sys.exit(main())"),
        *("fabric", "directory", "--broker", server.url),
        *("--key", str(folder / "directory"), "--credential", str(folder / "credential")),
    )


async def test_given_the_command_then_a_directory_answers_until_it_is_told_to_stop(
    join: Join, server: EmbeddedServer, tmp_path: Path
) -> None:
    node_key = KeyPair.generate()
    node, user = await join(Role.NODE, node_key), DirectoryClient(await join(Role.USER))
    asked = asyncio.Event()

    async def hear(message: Message) -> None:
        asked.set()

    await node.subscribe(subjects.READVERTISE, hear)
    process = await start_directory(server, tmp_path)
    try:
        await asyncio.wait_for(asked.wait(), 20)  # it hears us from now on, and answers in a moment
        await node.publish(subjects.advert(node.id), advert(node_key, at=time.time()))
        live: list[Advert] = []
        async with asyncio.timeout(20):
            while not live:
                with contextlib.suppress(NobodyThere):
                    live = await user.live()
        assert [it.node for it in live] == [node.id]
    finally:
        process.terminate()
    assert await asyncio.wait_for(process.wait(), 20) == 0


def test_given_a_book_full_of_bytes_then_known_nodes_still_update_and_new_ones_are_refused() -> None:
    first, second = KeyPair.generate(), KeyPair.generate()
    book = AdvertBook(max_bytes=len(advert(first)) + 10)
    book.accept(advert(first), publisher=first.id, now=NOW)
    book.accept(advert(first, at=NOW + 1), publisher=first.id, now=NOW)
    with pytest.raises(AdvertRefused) as caught:
        book.accept(advert(second), publisher=second.id, now=NOW)
    assert caught.value.code == "full"
    book.expire(NOW + MAX_AGE + 1)
    later = advert(second, at=NOW + MAX_AGE)
    book.accept(later, publisher=second.id, now=NOW + MAX_AGE)
    assert book.live(now=NOW + MAX_AGE).wires == [later]


async def test_given_two_directories_when_one_is_killed_then_no_look_up_fails(
    join: Join, server: EmbeddedServer, tmp_path: Path
) -> None:
    node_key = KeyPair.generate()
    node, user, asked = await join(Role.NODE, node_key), DirectoryClient(await join(Role.USER)), asyncio.Semaphore(0)

    async def hear(message: Message) -> None:
        await node.publish(subjects.advert(node.id), advert(node_key, at=time.time()))
        asked.release()

    await node.subscribe(subjects.READVERTISE, hear)
    staying = Directory(await join(Role.SERVICE))
    await staying.start()
    await asyncio.wait_for(staying.news.wait(), 20)
    going = await start_directory(server, tmp_path)
    for _ in range(2):  # both have asked
        await asyncio.wait_for(asked.acquire(), 20)
    enough = asyncio.Event()

    async def look_up() -> int:
        count = 0
        while not enough.is_set():
            assert [it.node for it in await user.live()] == [node.id]
            count += 1
        return count

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        looking = [group.create_task(look_up()) for _ in range(20)]
        await asyncio.wait(looking, timeout=0.5)
        going.kill()
        await going.wait()
        await asyncio.wait(looking, timeout=0.5)
        enough.set()
    assert all(task.result() for task in looking)
    await staying.stop()


async def test_given_a_key_with_500_vessels_on_500_nodes_then_a_look_up_tells_all(join: Join) -> None:
    directory = Directory(await join(Role.SERVICE))
    for _ in range(500):
        key = KeyPair.generate()
        wire = advert(key, at=time.time(), holders={ALICE.id: ["v1"]})
        directory.book.accept(wire, publisher=key.id, now=time.time())
    await directory.start()
    user = DirectoryClient(await join(Role.USER))
    assert len(await user.lookup(ALICE)) == 500
    await directory.stop()
