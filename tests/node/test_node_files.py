"""Files of a vessel over a real fabric, and requests that somebody copied."""

import asyncio
import hashlib
import io
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from seattle.fabric import node_api as api
from seattle.fabric import subjects
from seattle.fabric.errors import FabricError, NoAnswer, RemoteError
from seattle.fabric.operations import encode
from seattle.fabric.server import EmbeddedServer
from seattle.fabric.transfer import download, upload
from seattle.identity.envelope import seal_request
from seattle.identity.keys import KeyPair

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]


async def test_given_a_large_file_when_it_is_sent_and_fetched_then_it_comes_back_as_it_was(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    content = random.Random(1).randbytes(3 * api.MAX_CHUNK + 17)
    await hands.put(content, name="data.bin")
    into = io.BytesIO()
    assert await download(hands.ask, vessel="v1", name="data.bin", into=into) == len(content)
    assert into.getvalue() == content
    assert await hands.files() == {"data.bin": len(content)}


async def test_given_files_when_one_is_deleted_then_it_is_gone_and_its_room_is_free(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    quota = (await hands.usage()).limits["diskused"]
    assert isinstance(quota, int | float)
    big = bytes(int(quota * 2 / 3))
    await hands.put(big, name="a")
    with pytest.raises(RemoteError) as full:
        await hands.put(big[1:], name="b")
    assert full.value.code == "over-quota"
    await hands.ask(api.DELETE_FILE, api.DeleteFile(vessel="v1", name="a"))
    await hands.put(big[1:], name="b")
    with pytest.raises(RemoteError) as gone:
        await hands.ask(api.DELETE_FILE, api.DeleteFile(vessel="v1", name="a"))
    assert gone.value.code == "no-such-file"


async def test_given_a_vessel_when_another_of_the_node_is_used_then_files_and_logs_are_apart(
    node: Any, join: Join, user: KeyPair, other_owner: KeyPair
) -> None:
    mine, theirs = (await join(user)).at(node.public), (await join(other_owner)).at(node.public, vessel="v2")
    await mine.run("open('mine.txt', 'w').write('x')\nprint('secret')\n")
    assert set(await mine.files()) == {"program.py", "mine.txt"}
    assert await theirs.files() == {}
    assert (await theirs.log()).data == b""
    data, _ = await theirs.run("print(listfiles())")
    assert data == b"['program.py']\n"


async def test_given_a_hostile_name_when_it_is_used_then_the_node_refuses_it(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    for name in ("../v2/files/x", "/etc/passwd", "..", ".x", "Upper"):
        for action in (
            hands.put(b"x", name=name),
            hands.start_again(program=name),
            hands.ask(api.READ_FILE, api.ReadFileChunk(vessel="v1", name=name, offset=0)),
            hands.ask(api.DELETE_FILE, api.DeleteFile(vessel="v1", name=name)),
        ):
            with pytest.raises(RemoteError) as refused:
                await action
            assert refused.value.code == "bad-name"


async def test_given_two_people_when_they_upload_at_once_then_each_file_is_one_of_theirs(
    node: Any, join: Join, user: KeyPair, owner: KeyPair
) -> None:
    contents = [random.Random(seed).randbytes(200_000) for seed in (1, 2)]
    people = [(await join(key)).at(node.public) for key in (user, owner)]
    await asyncio.gather(
        *(
            upload(hands.ask, vessel="v1", name="same", content=content, chunk=10_000)
            for hands, content in zip(people, contents, strict=True)
        )
    )
    part = await people[0].ask(api.READ_FILE, api.ReadFileChunk(vessel="v1", name="same", offset=0))
    assert part.data in contents


async def test_given_a_request_that_was_served_when_it_is_replayed_also_to_the_next_daemon_then_nothing_happens(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    prepared = prepare(server.url)
    node = await start_node(prepared)
    person = await join(user)
    hands = person.at(node.public)
    await hands.put(b"x", name="a")
    delete = encode(api.DeleteFile(vessel="v1", name="a"))
    wire, _ = seal_request(caller=user, node=node.public, method="delete_file", body=delete, now=time.time())
    subject = subjects.node_call(node.public.id, user.public.id)
    await person.fabric.call(subject, wire, within=10.0)
    assert await hands.files() == {}
    await hands.put(b"x", name="a")
    with pytest.raises(NoAnswer):
        await person.fabric.call(subject, wire, within=0.5)
    await node.end()
    await start_node(prepared)
    with pytest.raises(FabricError):
        await person.fabric.call(subject, wire, within=0.5)
    assert await hands.files() == {"a": 1}


async def test_given_a_request_for_another_node_when_it_is_delivered_to_this_one_then_nothing_happens(
    node: Any, join: Join, user: KeyPair
) -> None:
    person = await join(user)
    await person.at(node.public).put(b"x", name="a")
    delete = encode(api.DeleteFile(vessel="v1", name="a"))
    another = KeyPair.generate().public
    wire, _ = seal_request(caller=user, node=another, method="delete_file", body=delete, now=time.time())
    with pytest.raises(NoAnswer):
        await person.fabric.call(subjects.node_call(node.public.id, user.public.id), wire, within=0.5)
    assert await person.at(node.public).files() == {"a": 1}


async def test_given_many_who_follow_a_silent_log_when_the_owner_stops_it_then_the_stop_is_not_kept_waiting(
    node: Any, join: Join, user: KeyPair, owner: KeyPair
) -> None:
    follower, boss = (await join(user)).at(node.public, within=60.0), (await join(owner)).at(node.public)
    await boss.start("sleep(60)\n")
    async with asyncio.TaskGroup() as group:
        polls = [group.create_task(follower.log(0, wait=25.0)) for _ in range(100)]
        await boss.stop()
    assert {poll.result().data.strip() for poll in polls} <= {b"", b"stopped: key " + owner.id.encode()}


async def test_given_a_digest_that_is_no_digest_when_it_is_announced_then_the_node_refuses(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    for digest in ("../../../store.sqlite", "0" * 63, "0" * 65, "G" * 64, ""):
        part = api.AddFileChunk(vessel="v1", name="a", offset=0, total_size=1, digest=digest, data=b"x")
        with pytest.raises(RemoteError) as refused:
            await hands.ask(api.ADD_FILE, part)
        assert refused.value.code == "bad-request"
    newline = hashlib.sha256(b"x").hexdigest() + "\n"
    part = api.AddFileChunk(vessel="v1", name="a", offset=0, total_size=1, digest=newline, data=b"x")
    with pytest.raises(RemoteError):
        await hands.ask(api.ADD_FILE, part)
    assert (await hands.summary()).name == "v1"
