"""Transfers over the real fabric, to a small node of our own that keeps files in memory."""

import hashlib
import io
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.fabric import node_api as api
from seattle.fabric.authority import Role
from seattle.fabric.connection import NatsFabric
from seattle.fabric.errors import ConnectionLost, NoAnswer, NobodyThere, RemoteError, TransferFailed
from seattle.fabric.operations import Ask, Operation, encode
from seattle.fabric.rpc import NodeClient, NodeServer
from seattle.fabric.transfer import download, upload
from seattle.identity.envelope import Request
from seattle.identity.keys import KeyPair
from seattle.identity.nonces import NonceCache

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[NatsFabric]]


class Files:
    """The files of one vessel: parts by digest, then whole under their name."""

    def __init__(self) -> None:
        self.whole: dict[str, bytes] = {}
        self.parts: dict[str, bytes] = {}
        self.received = 0

    def add(self, chunk: api.AddFileChunk) -> api.FileProgress:
        held = self.parts.setdefault(chunk.digest, b"")
        self.received += len(chunk.data)
        if chunk.offset == len(held):
            held += chunk.data
        self.parts[chunk.digest] = held
        if len(held) == chunk.total_size:
            if hashlib.sha256(held).hexdigest() != chunk.digest:
                raise RemoteError("digest-mismatch", "what arrived is not what was announced")
            self.whole[chunk.name] = held
        return api.FileProgress(received=len(held), complete=len(held) == chunk.total_size)

    def read(self, wanted: api.ReadFileChunk) -> api.FileChunk:
        whole = self.whole.get(wanted.name)
        if whole is None:
            raise RemoteError("no-such-file", f"there is no file {wanted.name}")
        return api.FileChunk(
            data=whole[wanted.offset : wanted.offset + wanted.count],
            total_size=len(whole),
            digest=hashlib.sha256(whole).hexdigest(),
        )

    async def __call__(self, request: Request) -> bytes:
        if request.method == api.NodeMethod.ADD_FILE:
            return encode(self.add(api.ADD_FILE.decode_request(request.body)))
        return encode(self.read(api.READ_FILE.decode_request(request.body)))

    async def ask(self, operation: Operation[Any, Any], request: Any) -> Any:
        """Without a network between."""
        return self.add(request) if operation is api.ADD_FILE else self.read(request)


class Lossy:
    """Loses each reply (not the request) whose number is listed."""

    def __init__(self, ask: Ask, lost: Iterable[int]) -> None:
        self.ask, self.lost, self.count = ask, set(lost), 0

    async def __call__(self, operation: Operation[Any, Any], request: Any) -> Any:
        self.count += 1
        reply = await self.ask(operation, request)
        if self.count in self.lost:
            raise NoAnswer("x", within=1) if self.count % 2 else ConnectionLost("gone")
        return reply


async def test_given_a_file_of_several_chunks_when_sent_and_fetched_then_it_is_the_same(join: Join) -> None:
    node, user, files = KeyPair.generate(), KeyPair.generate(), Files()
    await NodeServer(await join(Role.NODE, node), node, NonceCache(None), files).start()
    ask = NodeClient(await join(Role.USER, user), user).asking(node.public)
    content = bytes(range(256)) * 5000  # 1.28 MB: three chunks
    seen: list[tuple[int, int]] = []
    sent = await upload(ask, vessel="v1", name="big", content=content, progress=lambda *at: seen.append(at))
    assert sent == len(content)
    assert files.whole["big"] == content
    assert seen == [(n, len(content)) for n in (0, 512 * 1024, 1024 * 1024, len(content))]
    into = io.BytesIO(b"something longer that was here before" * 100_000)
    assert await download(ask, vessel="v1", name="big", into=into) == len(content)
    assert into.getvalue() == content


@given(size=st.integers(0, 50), chunk=st.integers(1, 20), lost=st.sets(st.integers(1, 30), max_size=3))
async def test_given_lost_replies_then_the_file_arrives_whole_and_no_chunk_is_sent_twice(
    size: int, chunk: int, lost: set[int]
) -> None:
    files, content = Files(), bytes(range(size))
    lossy = Lossy(files.ask, lost)
    await upload(lossy, vessel="v", name="f", content=content, chunk=chunk, pause=0)
    assert files.whole["f"] == content
    assert files.received == size
    into = io.BytesIO()
    await download(Lossy(files.ask, lost), vessel="v", name="f", into=into, chunk=chunk, pause=0)
    assert into.getvalue() == content


async def test_given_a_small_file_when_it_is_put_then_it_is_one_call() -> None:
    files = Files()
    ask = Lossy(files.ask, lost=[])
    await upload(ask, vessel="v1", name="f", content=b"print(1)")
    assert (files.whole["f"], ask.count) == (b"print(1)", 1)


async def test_given_an_upload_broken_off_when_started_anew_then_it_goes_on_where_it_was() -> None:
    files, content = Files(), bytes(range(100))
    with pytest.raises(TransferFailed, match="stopped answering"):
        await upload(Lossy(files.ask, range(4, 99)), vessel="v", name="f", content=content, chunk=10, pause=0)
    half = files.received
    assert 0 < half < 100
    await upload(files.ask, vessel="v", name="f", content=io.BytesIO(content), chunk=10)
    assert (files.whole["f"], files.received) == (content, 100)


async def test_given_a_node_that_was_never_there_then_a_transfer_fails_at_the_first_question() -> None:
    asked = 0

    async def offline(operation: Operation[Any, Any], request: Any) -> Any:
        nonlocal asked
        asked += 1
        raise NobodyThere("x")

    with pytest.raises(NobodyThere):
        await upload(offline, vessel="v", name="f", content=b"x")
    with pytest.raises(NobodyThere):
        await download(offline, vessel="v", name="f", into=io.BytesIO())
    assert asked == 2


async def test_given_a_node_that_goes_midway_and_comes_back_then_the_upload_goes_on() -> None:
    files, asked = Files(), 0

    async def away_for_a_while(operation: Operation[Any, Any], request: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked in (3, 4, 5):
            raise NobodyThere("x")
        return await files.ask(operation, request)

    await upload(away_for_a_while, vessel="v", name="f", content=bytes(50), chunk=10, pause=0)
    assert (files.whole["f"], files.received) == (bytes(50), 50)


async def test_given_a_node_that_takes_nothing_then_the_upload_ends() -> None:
    async def takes_nothing(operation: Operation[Any, Any], request: Any) -> Any:
        return api.FileProgress(received=0)

    with pytest.raises(TransferFailed, match="takes no more"):
        await upload(takes_nothing, vessel="v", name="f", content=b"x", pause=0)


async def test_given_a_file_that_changes_while_it_is_fetched_then_the_fetch_starts_again() -> None:
    files = Files()
    files.whole["f"] = b"old old old"
    asked = 0

    async def changing(operation: Operation[Any, Any], request: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == 2:
            files.whole["f"] = b"new"
        return files.read(request)

    into = io.BytesIO()
    await download(changing, vessel="v", name="f", into=into, chunk=4)
    assert into.getvalue() == b"new"


async def test_given_a_node_that_sends_other_bytes_than_it_says_then_the_download_fails() -> None:
    async def lies(operation: Operation[Any, Any], request: Any) -> Any:
        return api.FileChunk(data=b"lies", total_size=4, digest="0" * 64)

    with pytest.raises(TransferFailed, match="3 times"):
        await download(lies, vessel="v", name="f", into=io.BytesIO())


@pytest.mark.parametrize("growth", [0, 5], ids=["too much at once", "a file that grows without end"])
async def test_given_a_node_that_sends_more_than_it_says_when_it_is_fetched_then_that_ends(growth: int) -> None:
    async def ask(operation: Operation[Any, Any], request: Any) -> Any:
        return api.FileChunk(data=b"12345", total_size=(request.offset + 5 + growth if growth else 4), digest="d" * 64)

    with pytest.raises(TransferFailed):
        await download(ask, vessel="v1", name="a.txt", into=io.BytesIO())


async def test_given_no_such_file_then_the_nodes_refusal_is_what_the_caller_sees() -> None:
    with pytest.raises(RemoteError, match="no file f"):
        await download(Files().ask, vessel="v", name="f", into=io.BytesIO())
