"""Who may ask what: the table, and a real node that keeps to it."""

import itertools
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
import pytest

from seattle.fabric import node_api as api
from seattle.fabric import subjects
from seattle.fabric.errors import FabricError, RemoteError
from seattle.fabric.node_api import NodeMethod
from seattle.fabric.operations import Operation
from seattle.identity.keys import KeyPair
from seattle.node.rights import NEEDED, Standing, may, standing

Join = Callable[..., Awaitable[Any]]

OWNER, USER, OTHER = (KeyPair.from_seed(bytes([number]) * 32).public for number in (1, 2, 3))
NAME, DIGEST = "program.py", "0" * 64
LAYER = api.Layer(name="layer.py", digest=DIGEST)
EVERY_CALL: list[tuple[Operation[Any, Any], Callable[[str], msgspec.Struct]]] = [
    (api.GET_RESOURCES, lambda vessel: api.GetResources(vessel=vessel)),
    (api.ADD_FILE, lambda vessel: api.AddFileChunk(vessel=vessel, name=NAME, offset=0, total_size=1, digest=DIGEST)),
    (api.READ_FILE, lambda vessel: api.ReadFileChunk(vessel=vessel, name=NAME, offset=0)),
    (api.LIST_FILES, lambda vessel: api.ListFiles(vessel=vessel)),
    (api.STAT_FILE, lambda vessel: api.StatFile(vessel=vessel, name=NAME)),
    (api.DELETE_FILE, lambda vessel: api.DeleteFile(vessel=vessel, name=NAME)),
    (api.START, lambda vessel: api.Start(vessel=vessel, program=NAME)),
    (api.START_BENEATH, lambda vessel: api.StartBeneath(vessel=vessel, program=NAME, layers=[LAYER])),
    (api.STOP, lambda vessel: api.Stop(vessel=vessel)),
    (api.RESET, lambda vessel: api.Reset(vessel=vessel)),
    (api.READ_LOG, lambda vessel: api.ReadLog(vessel=vessel)),
    (api.SPLIT, lambda vessel: api.Split(vessel=vessel, resources={"cpu": 0.1, "memory": 1, "diskused": 1})),
    (api.JOIN, lambda vessel: api.Join(vessel=vessel, other=vessel)),
    (api.CHANGE_OWNER, lambda vessel: api.ChangeOwner(vessel=vessel, owner=OTHER.id)),
    (api.CHANGE_USERS, lambda vessel: api.ChangeUsers(vessel=vessel)),
    (api.CHANGE_OWNER_INFORMATION, lambda vessel: api.ChangeOwnerInformation(vessel=vessel)),
    (api.CHANGE_ADVERTISE, lambda vessel: api.ChangeAdvertise(vessel=vessel, advertise=True)),
]
DECIDING = {
    NodeMethod.SPLIT,
    NodeMethod.JOIN,
    NodeMethod.CHANGE_OWNER,
    NodeMethod.CHANGE_USERS,
    NodeMethod.CHANGE_OWNER_INFORMATION,
    NodeMethod.CHANGE_ADVERTISE,
}
OF_NO_VESSEL = {
    NodeMethod.DESCRIBE,
    NodeMethod.GET_VESSELS,
    NodeMethod.GET_OFFCUT_RESOURCES,
    NodeMethod.WAIT_FOR_CHANGE,
}


def test_every_method_of_the_api_is_in_the_table() -> None:
    assert set(NEEDED) == set(NodeMethod)


@pytest.mark.parametrize(("caller", "method"), list(itertools.product(Standing, NodeMethod)))
def test_an_owner_may_do_all_a_user_all_but_decide_and_a_stranger_may_ask_what_is_public(
    caller: Standing, method: NodeMethod
) -> None:
    expected = {
        Standing.OWNER: set(NodeMethod),
        Standing.USER: set(NodeMethod) - DECIDING,
        Standing.STRANGER: {NodeMethod.DESCRIBE, NodeMethod.GET_OFFCUT_RESOURCES},
    }
    assert may(caller, method) == (method in expected[caller])


@pytest.mark.parametrize("caller", Standing)
def test_a_method_that_is_not_in_the_table_is_refused_to_everybody(caller: Standing) -> None:
    assert not may(caller, "become_root")


def test_a_key_is_what_the_vessel_says_it_is() -> None:
    assert standing(OWNER, owner=OWNER, users=(USER, OWNER)) is Standing.OWNER
    assert standing(USER, owner=OWNER, users=(USER,)) is Standing.USER
    assert standing(OTHER, owner=OWNER, users=(USER,)) is Standing.STRANGER


@pytest.mark.anyio
async def test_given_a_vessel_of_others_when_anything_is_asked_of_it_then_the_answer_is_as_if_it_did_not_exist(
    node: Any, join: Join, other_owner: KeyPair
) -> None:
    assert {operation.method for operation, _ in EVERY_CALL} == set(NodeMethod) - OF_NO_VESSEL
    for person in (await join(), await join(other_owner)):  # a stranger to the node; the owner of v2, on v1
        for operation, request in EVERY_CALL:
            answers = []
            for vessel in ("v1", "v9"):
                with pytest.raises(RemoteError) as refused:
                    await person.at(node.public).ask(operation, request(vessel))
                assert refused.value.code == "not-allowed", operation.method
                answers.append(str(refused.value).replace(vessel, "VESSEL"))
            assert answers[0] == answers[1]


@pytest.mark.anyio
async def test_given_a_user_when_it_decides_what_only_the_owner_may_then_it_is_refused_and_the_owner_is_not(
    node: Any, join: Join, owner: KeyPair, user: KeyPair
) -> None:
    mine = (await join(user)).at(node.public)
    before = await mine.summary()
    for operation, request in EVERY_CALL:
        if operation.method in DECIDING:
            with pytest.raises(RemoteError) as refused:
                await mine.ask(operation, request("v1"))
            assert refused.value.code == "not-allowed", operation.method
    assert await mine.summary() == before


@pytest.mark.anyio
async def test_given_a_stranger_when_it_asks_about_the_node_then_it_learns_of_no_vessel(node: Any, join: Join) -> None:
    hands = (await join()).at(node.public)
    described = await hands.ask(api.DESCRIBE, api.Describe())
    assert described.node == node.public.id
    assert described.vessels == []
    assert {wall.name: wall.state for wall in described.walls}["seccomp"] == "up"
    assert described.time > 0
    with pytest.raises(RemoteError) as refused:
        await hands.ask(api.GET_VESSELS, api.GetVessels())
    assert refused.value.code == "not-allowed"


@pytest.mark.anyio
async def test_given_a_stranger_who_floods_the_node_then_strangers_run_out_of_calls_and_the_owner_does_not(
    node: Any, join: Join, owner: KeyPair, logged: list[MutableMapping[str, Any]]
) -> None:
    stranger = await join()
    line, there = stranger.fabric._session._client, subjects.node_call(node.public.id, stranger.key.id)
    for _ in range(2000):
        await line.publish(there, b"rubbish")
    await line.flush()  # so it is on its way to the node before the owner asks
    listed = await (await join(owner)).at(node.public).ask(api.GET_VESSELS, api.GetVessels())
    assert listed.vessels
    assert {"all who have no right here"} == {one["caller"] for one in logged if one["event"] == "calls_dropped"}


@pytest.mark.anyio
async def test_given_an_owner_and_a_user_when_they_ask_for_vessels_then_each_sees_its_own(
    node: Any, join: Join, owner: KeyPair, user: KeyPair, other_owner: KeyPair
) -> None:
    for key, names in ((owner, ["v1"]), (user, ["v1"]), (other_owner, ["v2"])):
        hands = (await join(key)).at(node.public)
        listed = (await hands.ask(api.GET_VESSELS, api.GetVessels())).vessels
        assert [vessel.name for vessel in listed] == names
        assert listed == (await hands.ask(api.DESCRIBE, api.Describe())).vessels
    assert listed[0].owner == other_owner.id
    assert listed[0].tcp_ports == listed[0].udp_ports == list(range(11050, 11100))


@pytest.mark.anyio
async def test_given_two_users_when_one_runs_a_program_then_the_other_may_stop_it(
    node: Any, join: Join, owner: KeyPair, user: KeyPair
) -> None:
    mine, theirs = (await join(user)).at(node.public), (await join(owner)).at(node.public)
    await mine.start("sleep(60)\n")
    await theirs.stop()
    outcome = (await mine.summary()).outcome
    assert outcome is not None
    assert owner.id in outcome.detail


@pytest.mark.anyio
async def test_given_a_body_that_is_no_request_when_it_is_sent_then_the_node_says_so_and_serves_on(
    node: Any, join: Join, user: KeyPair
) -> None:
    person = await join(user)
    for body in (b"", b"\x00", b"\x81\xa6vessel\x01", b"\xc1" * 100, b"\x81\xa6vessel\xa2\xff\xfe", b"\x91" * 5000):
        for method in ("start", "read_log", "add_file"):
            with pytest.raises(RemoteError) as refused:
                await person.client.call(node.public, method, body)
            assert refused.value.code == "bad-request"
    assert (await person.at(node.public).summary()).name == "v1"


@pytest.mark.anyio
async def test_given_a_method_that_no_node_has_when_it_is_called_then_the_node_says_its_version(
    node: Any, join: Join, user: KeyPair
) -> None:
    with pytest.raises(RemoteError, match="version") as refused:
        await (await join(user)).client.call(node.public, "become_root", b"\x80")
    assert refused.value.code == "unknown-method"


@pytest.mark.anyio
async def test_given_a_node_when_it_is_called_by_the_key_of_another_then_nobody_is_there(
    node: Any, join: Join, user: KeyPair
) -> None:
    with pytest.raises(FabricError):
        await (await join(user)).client.ask(OTHER, api.DESCRIBE, api.Describe(), within=5.0)
