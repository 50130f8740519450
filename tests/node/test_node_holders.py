"""Whose a vessel is: what its owner may change, what nobody else can, and what the error says of a mistake."""

import asyncio
import errno
import hashlib
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.node.test_node_division import node as node_of
from tests.node.test_node_division import record

from seattle.fabric import node_api as api
from seattle.fabric.directory import Directory, DirectoryClient
from seattle.fabric.errors import RemoteError
from seattle.fabric.operations import Operation
from seattle.fabric.server import EmbeddedServer
from seattle.identity.envelope import Request
from seattle.identity.keys import KeyPair, PublicKey
from seattle.node.addresses import Whereabouts
from seattle.node.errors import TooManyUsers
from seattle.node.holders import MAX_OWNER_INFORMATION, MAX_USERS, used_by
from seattle.node.records import VesselRecord
from seattle.node.service import NodeFacts, Service
from seattle.node.vessel import Vessel
from seattle.repy.monitor.network.host import HostNetwork

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]

LINGER = "print('on')\nwhile True:\n    sleep(0.1)\n"
WANTED: dict[str, int | float | list[int]] = {
    "cpu": 0.25,
    "memory": 64_000_000,
    "diskused": 1_000_000,
    "events": 10,
    "filesopened": 5,
    "fileread": 100_000.5,
    "filewrite": 100_000,
    "lograte": 10_000,
    "connport": [11001],
}


async def refused(call: Awaitable[object]) -> RemoteError:
    with pytest.raises(RemoteError) as error:
        await call
    return error.value


async def test_given_a_vessel_when_its_owner_splits_it_then_both_parts_run_programs_with_what_they_were_given(
    node: Any, join: Join, owner: KeyPair, user: KeyPair
) -> None:
    hands = (await join(owner)).at(node.public)
    await hands.put(b"old", name="old")
    whole = (await hands.usage()).limits
    done = await hands.ask(api.SPLIT, api.Split(vessel="v1", resources=WANTED))
    assert (done.rest, done.part) == ("v3", "v4")
    person = await join(user)
    part, rest = person.at(node.public, vessel=done.part), person.at(node.public, vessel=done.rest)
    assert {name: (await part.usage()).limits[name] for name in WANTED} == WANTED
    offcut = (await hands.ask(api.GET_OFFCUT_RESOURCES, api.GetOffcutResources())).resources
    left = (await rest.usage()).limits
    assert left["memory"] == whole["memory"] - WANTED["memory"] - offcut["memory"]
    assert left["connport"] == [port for port in whole["connport"] if port != 11001]
    for one in (part, rest):
        assert await one.files() == {}
        assert (await one.run("print('here')"))[0] == b"here\n"
    assert (await refused(hands.files())).code == "not-allowed"  # v1 is no more


async def test_given_two_parts_when_their_owner_joins_them_then_the_whole_is_back_and_says_whose_right_is_gone(
    node: Any, join: Join, owner: KeyPair, user: KeyPair
) -> None:
    hands = (await join(owner)).at(node.public)
    before = (await hands.usage()).limits
    done = await hands.ask(api.SPLIT, api.Split(vessel="v1", resources=WANTED))
    await hands.ask(api.CHANGE_USERS, api.ChangeUsers(vessel=done.rest, users=[]))
    joined = await hands.ask(api.JOIN, api.Join(vessel=done.rest, other=done.part))
    assert (joined.vessel, joined.users_left_out) == ("v5", [user.id])
    assert (await hands.ask(api.GET_RESOURCES, api.GetResources(vessel="v5"))).limits == before


async def test_given_a_vessel_of_another_when_an_owner_joins_it_to_its_own_then_the_answer_is_as_if_there_were_none(
    node: Any, join: Join, owner: KeyPair, user: KeyPair
) -> None:
    for key in (owner, user):
        hands = (await join(key)).at(node.public)
        texts = []
        for one, other in (("v1", "v2"), ("v2", "v1"), ("v1", "v9"), ("v9", "v1")):
            error = await refused(hands.ask(api.JOIN, api.Join(vessel=one, other=other)))
            assert error.code == "not-allowed"
            texts.append(str(error).replace("'v9'", "'v2'"))
        assert texts[0] == texts[2]
        assert texts[1] == texts[3]
    assert (
        await refused((await join(owner)).at(node.public).ask(api.JOIN, api.Join(vessel="v1", other="v1")))
    ).code == ("same-vessel")


async def test_given_a_running_program_when_its_vessel_is_split_or_joined_then_that_is_refused_until_it_is_stopped(
    node: Any, join: Join, owner: KeyPair
) -> None:
    hands = (await join(owner)).at(node.public)
    done = await hands.ask(api.SPLIT, api.Split(vessel="v1", resources=WANTED))
    hands.vessel = done.rest
    await hands.start(LINGER)
    for operation, request in (
        (api.SPLIT, api.Split(vessel=done.rest, resources=WANTED)),
        (api.JOIN, api.Join(vessel=done.rest, other=done.part)),
        (api.JOIN, api.Join(vessel=done.part, other=done.rest)),
    ):
        error = await refused(hands.ask(operation, request))
        assert (error.code, "stop it first" in str(error)) == ("already-started", True)
    await hands.stop()
    assert (await hands.ask(api.JOIN, api.Join(vessel=done.rest, other=done.part))).vessel == "v5"


@pytest.mark.parametrize(
    ("resources", "code", "says"),
    [
        ({"cpu": 0.1, "memory": 1}, "not-assigned", "diskused"),
        ({**WANTED, "colour": 1}, "unknown-resource", "colour"),
        ({**WANTED, "memory": -1}, "bad-amount", "memory"),
        ({**WANTED, "memory": 0.5}, "bad-amount", "memory"),
        ({**WANTED, "cpu": float("nan")}, "bad-amount", "cpu"),
        ({**WANTED, "cpu": [1]}, "bad-amount", "cpu"),
        ({**WANTED, "connport": 1}, "bad-amount", "connport"),
        ({**WANTED, "connport": [70000]}, "bad-amount", "connport"),
        ({**WANTED, "connport": [80]}, "proposal-too-large", "connport"),
        ({**WANTED, "cpu": 3.5}, "proposal-too-large", "cpu"),
    ],
)
async def test_given_resources_that_can_not_be_when_a_split_asks_for_them_then_the_error_names_the_resource(
    node: Any, join: Join, owner: KeyPair, resources: Any, code: str, says: str
) -> None:
    hands = (await join(owner)).at(node.public)
    error = await refused(hands.ask(api.SPLIT, api.Split(vessel="v1", resources=resources)))
    assert (error.code, says in str(error)) == (code, True), error
    assert (await hands.summary()).name == "v1"


async def test_given_a_vessel_that_was_divided_when_the_daemon_starts_again_then_it_is_divided_and_names_go_on(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, owner: KeyPair
) -> None:
    prepared = prepare(server.url)
    node = await start_node(prepared)
    hands = (await join(owner)).at(node.public)
    done = await hands.ask(api.SPLIT, api.Split(vessel="v1", resources=WANTED))
    await hands.ask(api.JOIN, api.Join(vessel=done.rest, other=done.part))
    await node.end()
    await start_node(prepared)
    assert [vessel.name for vessel in (await hands.ask(api.GET_VESSELS, api.GetVessels())).vessels] == ["v5"]
    assert {folder.name for folder in (prepared.folder / "vessels").iterdir()} == {"v2", "v5"}
    again = await hands.ask(api.SPLIT, api.Split(vessel="v5", resources=WANTED))
    assert (again.rest, again.part) == ("v6", "v7")


async def test_given_a_running_program_when_its_vessel_is_given_away_then_it_runs_on_and_the_old_owner_is_a_stranger(
    node: Any, join: Join, owner: KeyPair, user: KeyPair, other_owner: KeyPair
) -> None:
    hands, new = (await join(owner)).at(node.public), (await join(other_owner)).at(node.public)
    await hands.ask(api.CHANGE_OWNER_INFORMATION, api.ChangeOwnerInformation(vessel="v1", owner_information="mine"))
    await hands.ask(api.CHANGE_ADVERTISE, api.ChangeAdvertise(vessel="v1", advertise=False))
    await hands.start(LINGER)
    await hands.ask(api.CHANGE_OWNER, api.ChangeOwner(vessel="v1", owner=other_owner.id))
    assert (await refused(hands.stop())).code == "not-allowed"
    summary = await new.summary()
    assert (summary.owner, summary.users) == (other_owner.id, [user.id])
    assert (summary.owner_information, summary.advertise) == ("", True)
    assert summary.state is api.VesselState.STARTED
    assert await new.files() == {"program.py": len(LINGER)}


async def test_given_users_when_the_owner_changes_them_then_those_and_no_others_may_use_it(
    node: Any, join: Join, owner: KeyPair, user: KeyPair
) -> None:
    hands, old, new = (await join(owner)).at(node.public), (await join(user)).at(node.public), await join()
    users = [new.key.id, new.key.id]
    await hands.ask(api.CHANGE_USERS, api.ChangeUsers(vessel="v1", users=users))
    assert (await hands.summary()).users == [new.key.id]
    assert (await new.at(node.public).run("print('mine')"))[0] == b"mine\n"
    assert (await refused(old.files())).code == "not-allowed"
    await hands.ask(api.CHANGE_USERS, api.ChangeUsers(vessel="v1", users=[]))
    assert (await refused(new.at(node.public).files())).code == "not-allowed"


async def test_given_starts_of_a_user_that_wait_when_the_owner_shuts_the_user_out_then_they_are_refused(
    node: Any, join: Join, owner: KeyPair, user: KeyPair
) -> None:
    hands, theirs = (await join(owner)).at(node.public), (await join(user)).at(node.public)
    await theirs.put(LINGER)
    waiting = [asyncio.create_task(call()) for _ in range(12) for call in (theirs.start_again, theirs.reset)]
    await waiting[0]  # the others are at the node, or on their way
    await hands.ask(api.CHANGE_USERS, api.ChangeUsers(vessel="v1", users=[]))
    results = await asyncio.gather(*waiting, return_exceptions=True)
    events = [event["event"] for event in node.logged]
    assert events[events.index("vessel_changed") :].count("run_started") <= 1  # that was under way at the time
    codes = {one.code for one in results if isinstance(one, RemoteError)}
    assert codes & {"holders-changed", "not-allowed"}


async def test_given_somebody_who_waits_for_a_log_when_the_owner_shuts_them_out_then_they_do_not_get_it(
    node: Any, join: Join, owner: KeyPair, user: KeyPair
) -> None:
    """The attack: ask just before, and be answered after."""
    hands, theirs = (await join(owner)).at(node.public), (await join(user)).at(node.public)
    started = await hands.start("while 'go' not in listfiles():\n    sleep(0.02)\nprint('secret')\n")
    waiting = asyncio.create_task(theirs.log(started.log_offset, wait=20.0))
    await theirs.usage()  # so the node has the poll
    await hands.ask(api.CHANGE_USERS, api.ChangeUsers(vessel="v1", users=[]))
    await hands.put(b"", name="go")
    assert (await refused(waiting)).code == "not-allowed"
    assert (await hands.follow(started.log_offset))[0] == b"secret\n"


Call = Callable[[PublicKey, Operation[Any, Any], msgspec.Struct], Coroutine[Any, Any, Any]]


def serving(folder: Path, vessel: VesselRecord) -> tuple[Vessel, Call]:
    """A node of this vessel, without its daemon; and how it is asked."""
    division = node_of(folder, vessel)
    service = Service(
        facts=NodeFacts(node=vessel.owner, version="1", walls=[], where=Whereabouts(["127.0.0.1"], HostNetwork())),
        store=division.around.store,
        vessels=division.vessels,
        division=division,
    )

    async def call(caller: PublicKey, operation: Operation[Any, Any], wanted: msgspec.Struct) -> Any:
        request = Request(caller, operation.method, msgspec.msgpack.encode(wanted), os.urandom(16))
        return operation.decode_reply(await service(request))

    return division.vessels[vessel.name], call


async def test_given_a_disk_that_is_full_when_a_whole_upload_is_put_in_its_place_then_the_node_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vessel, call = serving(tmp_path, record())
    digest = hashlib.sha256(b"x").hexdigest()
    chunk = api.AddFileChunk(vessel="v1", name="a", offset=0, total_size=1, digest=digest, data=b"x")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:  # which can't be filled here; its error can be had
        disk.setattr(os, "rename", full)
        assert (await refused(call(record().owner, api.ADD_FILE, chunk))).code == "disk-full"
    assert (await call(record().owner, api.ADD_FILE, msgspec.structs.replace(chunk, data=b""))).complete
    assert [entry.name for entry in vessel.files.entries()] == ["a"]


async def test_given_calls_for_files_that_wait_for_their_turn_when_who_made_them_is_shut_out_then_none_is_done(
    tmp_path: Path,
) -> None:
    """The attack: keep a vessel's files busy, and have calls wait there until somebody else's files are in it."""
    owner, user, heir = (KeyPair.generate().public for _ in range(3))
    vessel, call = serving(tmp_path, record(owner=owner, users=(user,)))
    (vessel.files.folder / "data").write_bytes(b"secret")
    digest = hashlib.sha256(b"planted").hexdigest()
    planted = api.AddFileChunk(vessel="v1", name="planted", offset=0, total_size=7, digest=digest, data=b"planted")
    wanted: list[tuple[Operation[Any, Any], msgspec.Struct]] = [
        (api.ADD_FILE, planted),
        (api.READ_FILE, api.ReadFileChunk(vessel="v1", name="data", offset=0)),
        (api.LIST_FILES, api.ListFiles(vessel="v1", digests=True)),
        (api.STAT_FILE, api.StatFile(vessel="v1", name="data")),
        (api.DELETE_FILE, api.DeleteFile(vessel="v1", name="data")),
        (api.GET_RESOURCES, api.GetResources(vessel="v1")),
    ]
    busy = threading.Event()
    turn = asyncio.create_task(vessel.turns.take(busy.wait))
    waiting = [asyncio.create_task(call(user, *one)) for one in wanted]
    given = api.ChangeOwner(vessel="v1", owner=heir.id)
    for deciding in ((api.CHANGE_USERS, api.ChangeUsers(vessel="v1")), (api.CHANGE_OWNER, given)):
        await asyncio.create_task(call(owner, *deciding))  # tasks run in their order: all others wait by now
    mine = asyncio.create_task(call(heir, api.READ_FILE, api.ReadFileChunk(vessel="v1", name="data", offset=0)))
    busy.set()
    await turn
    for one in waiting:
        assert (await refused(one)).code == "not-allowed"
    assert (await mine).data == b"secret"
    assert [entry.name for entry in vessel.files.entries()] == ["data"]


async def test_given_keys_that_are_none_when_a_vessel_is_given_to_them_then_the_error_names_the_bad_one(
    node: Any, join: Join, owner: KeyPair, user: KeyPair
) -> None:
    hands = (await join(owner)).at(node.public)
    wrong = user.id[:-1] + ("A" if user.id[-1] != "A" else "B")
    for operation, request in (
        (api.CHANGE_OWNER, api.ChangeOwner(vessel="v1", owner=wrong)),
        (api.CHANGE_USERS, api.ChangeUsers(vessel="v1", users=[user.id, wrong])),
    ):
        error = await refused(hands.ask(operation, request))
        assert (error.code, wrong in str(error)) == ("bad-key", True)
    assert (await hands.summary()).users == [user.id]


async def test_given_more_users_than_a_vessel_has_when_they_are_set_then_the_error_says_how_many_it_takes(
    node: Any, join: Join, owner: KeyPair
) -> None:
    hands = (await join(owner)).at(node.public)
    users = [KeyPair.generate().id for _ in range(MAX_USERS + 1)]
    error = await refused(hands.ask(api.CHANGE_USERS, api.ChangeUsers(vessel="v1", users=users)))
    assert (error.code, str(MAX_USERS) in str(error)) == ("too-many-users", True)
    await hands.ask(api.CHANGE_USERS, api.ChangeUsers(vessel="v1", users=users[1:]))
    assert (await hands.summary()).users == users[1:]


def test_given_far_more_users_than_a_vessel_has_when_they_are_set_then_none_of_them_is_looked_at() -> None:
    """The attack: an owner has the node read eight thousand keys a call, and do nothing else meanwhile."""
    with pytest.raises(TooManyUsers, match="8192 users"):
        used_by(record(), [f"no key {number}" for number in range(8192)])


@pytest.mark.parametrize("words", ["", "a|b 'c' \\n", "é" * MAX_OWNER_INFORMATION])
async def test_given_words_of_an_owner_when_they_are_set_then_they_come_back_as_they_are(
    node: Any, join: Join, owner: KeyPair, words: str
) -> None:
    hands = (await join(owner)).at(node.public)
    await hands.ask(api.CHANGE_OWNER_INFORMATION, api.ChangeOwnerInformation(vessel="v1", owner_information=words))
    assert (await hands.summary()).owner_information == words


@pytest.mark.parametrize("words", ["x" * (MAX_OWNER_INFORMATION + 1), "a\nb", "a\n", "\n", "a\rb", "a\u2028b"])
async def test_given_words_that_are_too_many_or_not_one_line_when_they_are_set_then_the_error_says_so(
    node: Any, join: Join, owner: KeyPair, words: str
) -> None:
    hands = (await join(owner)).at(node.public)
    request = api.ChangeOwnerInformation(vessel="v1", owner_information=words)
    error = await refused(hands.ask(api.CHANGE_OWNER_INFORMATION, request))
    assert error.code == "bad-owner-information"
    assert str(MAX_OWNER_INFORMATION) in str(error) or "line break" in str(error)


async def test_given_a_node_when_vessels_change_hands_then_the_directory_knows_at_once(
    node: Any, join: Join, join_service: Any, owner: KeyPair, user: KeyPair
) -> None:
    async with asyncio.TaskGroup() as group:
        directory = group.create_task(Directory(await join_service()).run())
        hands, new = (await join(owner)).at(node.public), await join()
        client = DirectoryClient(new.fabric)
        done = await hands.ask(api.SPLIT, api.Split(vessel="v1", resources=WANTED))
        await hands.ask(api.CHANGE_USERS, api.ChangeUsers(vessel=done.part, users=[new.key.id]))
        await hands.ask(api.CHANGE_ADVERTISE, api.ChangeAdvertise(vessel=done.rest, advertise=False))

        async def held() -> tuple[list[str], list[str]]:
            adverts = [advert.vessels for key in (new.key, owner) for advert in await client.lookup(key.public)]
            return (
                [name for advert in adverts for name in advert.get(new.key.id, [])][:1],
                [name for advert in adverts for name in advert.get(owner.id, [])][:1],
            )

        async with asyncio.timeout(20):  # an advert comes each minute by itself
            while await held() != ([done.part], [done.part]):  # noqa: ASYNC110 - a directory tells nobody
                await asyncio.sleep(0.05)
        assert not any(user.id in advert.vessels for advert in await client.lookup(owner.public))
        directory.cancel()
