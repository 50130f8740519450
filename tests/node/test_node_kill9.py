"""The daemon is killed at random moments of random work, again and again; after each time everything is in order.

    no vessel is lost, and no resource is made or lost
    no file is there by halves, and what was said to be done is done
    there is one program in a vessel at most, and states tell the truth

Chance comes from a seed that is printed: `SEATTLE_KILL9_SEED=... pytest tests/node/test_node_kill9.py` repeats it, as
far as a race can be repeated. Add an operation to the table when a node learns one.
"""

import asyncio
import hashlib
import os
import random
import re
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from seattle.fabric import node_api as api
from seattle.fabric.errors import FabricError, RemoteError
from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair
from seattle.node.store import Store
from seattle.resources.splitting import OFFCUT
from seattle.resources.vector import ResourceVector

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]

ROUNDS, SOAK_ROUNDS = 20, 300
LONGEST_WORK = (
    0.08  # seconds before the kill, at first; on a machine with nothing else to do a start takes half of that
)
CALM = 0.15  # seconds in which a program that should not run would say that it does
HEARD = 5  # words of a program that runs
PATIENCE = 20.0  # seconds

# Counts aloud: two programs in one vessel would be two voices in its log.
COUNT = b"number = 0\nwhile True:\n    print(number)\n    number += 1\n    sleep(0.02)\n"
PART: dict[str, int | float | list[int]] = {
    "cpu": 0.1,
    "memory": 50_000_000,
    "diskused": 2_000_000,
    "events": 4,
    "filesopened": 4,
    "fileread": 1_000_000,
    "filewrite": 1_000_000,
    "lograte": 1_000_000,
}
NO_HARM = {  # a node may well say no to work chosen by chance, with these words
    *("already-started", "busy", "no-such-file", "not-allowed", "vessel-gone", "holders-changed", "not-started"),
    *("proposal-too-large", "same-vessel", "too-small-to-split", "too-many-vessels", "over-quota"),
}

Holds = Callable[[], Awaitable[bool]]


@dataclass
class World:
    """A node, its two owners, and what was done to it."""

    node: Any
    owners: dict[str, Any]  # people, by key
    chance: random.Random
    whole: ResourceVector  # all vessels, and what each costs
    longest_work: float = LONGEST_WORK  # follows what work takes on this machine now
    put: set[str] = field(default_factory=set)  # digests of all that was ever sent whole or in part
    promised: "list[tuple[str, Holds]]" = field(default_factory=list)  # what was said to be done before the last kill

    @property
    def folder(self) -> Path:
        return Path(self.node.prepared.folder)

    async def summaries(self) -> dict[str, api.VesselSummary]:
        found: dict[str, api.VesselSummary] = {}
        for person in self.owners.values():
            description = await person.client.ask(self.node.public, api.DESCRIBE, api.Describe())
            found |= {vessel.name: vessel for vessel in description.vessels}
        return found

    def hands(self, vessel: api.VesselSummary) -> Any:
        return self.owners[vessel.owner].at(self.node.public, vessel=vessel.name, within=PATIENCE)

    async def now(self, vessel: api.VesselSummary) -> api.VesselSummary:
        return (await self.summaries())[vessel.name]


async def start(world: World, vessel: api.VesselSummary, _other: api.VesselSummary) -> Holds:
    policy = world.chance.choice(list(api.RestartPolicy))
    started = await world.hands(vessel).start_again(restart=policy)

    async def holds() -> bool:
        now = await world.now(vessel)
        return (now.state, now.run, now.restart) == (api.VesselState.STARTED, started.run, policy)

    return holds


async def stop(world: World, vessel: api.VesselSummary, _other: api.VesselSummary) -> Holds:
    await world.hands(vessel).stop()

    async def holds() -> bool:
        now = await world.now(vessel)
        return now.state not in (api.VesselState.STARTED, api.VesselState.STALE) or vessel.state == now.state

    return holds


async def reset(world: World, vessel: api.VesselSummary, _other: api.VesselSummary) -> Holds:
    await world.hands(vessel).reset()

    async def holds() -> bool:
        return (await world.now(vessel)).state is api.VesselState.FRESH and not await world.hands(vessel).files()

    return holds


async def upload(world: World, vessel: api.VesselSummary, _other: api.VesselSummary) -> Holds:
    content = world.chance.randbytes(world.chance.randrange(1_200_000))
    name = f"data{world.chance.randrange(3)}"
    world.put.add(hashlib.sha256(content).hexdigest())
    await world.hands(vessel).put(content, name=name)

    async def holds() -> bool:
        files: dict[str, int] = await world.hands(vessel).files()
        return files.get(name) == len(content)

    return holds


async def put_program(world: World, vessel: api.VesselSummary, _other: api.VesselSummary) -> Holds:
    world.put.add(hashlib.sha256(COUNT).hexdigest())
    await world.hands(vessel).put(COUNT)

    async def holds() -> bool:
        return "program.py" in await world.hands(vessel).files()

    return holds


async def delete(world: World, vessel: api.VesselSummary, _other: api.VesselSummary) -> Holds:
    hands, name = world.hands(vessel), f"data{world.chance.randrange(3)}"
    await hands.ask(api.DELETE_FILE, api.DeleteFile(vessel=vessel.name, name=name))

    async def holds() -> bool:
        return name not in await world.hands(vessel).files()

    return holds


async def split(world: World, vessel: api.VesselSummary, _other: api.VesselSummary) -> Holds:
    request = api.Split(vessel=vessel.name, resources=PART)
    made = await world.hands(vessel).ask(api.SPLIT, request)

    async def holds() -> bool:
        return {made.rest, made.part} <= (names := set(await world.summaries())) and vessel.name not in names

    return holds


async def join_two(world: World, vessel: api.VesselSummary, other: api.VesselSummary) -> Holds:
    made = await world.hands(vessel).ask(api.JOIN, api.Join(vessel=vessel.name, other=other.name))

    async def holds() -> bool:
        return made.vessel in (names := set(await world.summaries())) and not {vessel.name, other.name} & names

    return holds


async def change_users(world: World, vessel: api.VesselSummary, _other: api.VesselSummary) -> Holds:
    users = [KeyPair.generate().public.id for _ in range(world.chance.randrange(4))]
    await world.hands(vessel).ask(api.CHANGE_USERS, api.ChangeUsers(vessel=vessel.name, users=users))

    async def holds() -> bool:
        return (await world.now(vessel)).users == users

    return holds


async def change_owner(world: World, vessel: api.VesselSummary, _other: api.VesselSummary) -> Holds:
    owner = world.chance.choice(list(world.owners))
    await world.hands(vessel).ask(api.CHANGE_OWNER, api.ChangeOwner(vessel=vessel.name, owner=owner))

    async def holds() -> bool:
        return (await world.now(vessel)).owner == owner

    return holds


async def change_words(world: World, vessel: api.VesselSummary, _other: api.VesselSummary) -> Holds:
    words = f"words {world.chance.random()}"
    request = api.ChangeOwnerInformation(vessel=vessel.name, owner_information=words)
    await world.hands(vessel).ask(api.CHANGE_OWNER_INFORMATION, request)

    async def holds() -> bool:
        return (await world.now(vessel)).owner_information == words

    return holds


OPERATIONS = {  # and how often each is chosen
    start: 6,
    stop: 3,
    reset: 1,
    upload: 3,
    put_program: 1,
    delete: 1,
    split: 2,
    join_two: 2,
    change_users: 1,
    change_owner: 1,
    change_words: 1,
}


@pytest.mark.timeout(1800)  # three hundred rounds take some eight minutes
@pytest.mark.parametrize("rounds", [ROUNDS, pytest.param(SOAK_ROUNDS, marks=pytest.mark.soak)])
async def test_given_random_work_when_the_daemon_is_killed_in_the_midst_of_it_then_the_next_finds_all_in_order(
    prepare: Any,
    spawn: Any,
    server: EmbeddedServer,
    join: Join,
    owner: KeyPair,
    other_owner: KeyPair,
    rounds: int,
) -> None:
    seed = int(os.environ.get("SEATTLE_KILL9_SEED", random.SystemRandom().randrange(2**32)))
    print(f"seed {seed}, {rounds} rounds")
    prepared = prepare(server.url)
    people = {key.public.id: await join(key) for key in (owner, other_owner)}
    node = await spawn(prepared)
    world = World(node, people, random.Random(seed), whole=all_resources(prepared.folder))
    await provide(world)
    done = dict.fromkeys((operation.__name__ for operation in OPERATIONS), 0)
    for number in range(rounds):
        print(f"round {number}: {', '.join(await work_and_kill(world, done))}")
        check_disk(world)
        world.node = await spawn(prepared)
        await check_truth(world)
        await provide(world)
    print("done and told before a kill:", done)
    assert sum(done.values()) > rounds / 10  # else the kills come too early to try anything


async def provide(world: World) -> None:
    """See to it that there is a program in each vessel."""
    for vessel in (await world.summaries()).values():
        if "program.py" not in await (hands := world.hands(vessel)).files():
            world.put.add(hashlib.sha256(COUNT).hexdigest())
            await hands.put(COUNT)


async def work_and_kill(world: World, done: dict[str, int]) -> list[str]:
    """Begin two operations, each on vessels of its own, and kill the daemon. What was told to be done has to hold."""
    vessels = list((await world.summaries()).values())
    world.chance.shuffle(vessels)
    chosen = world.chance.choices(list(OPERATIONS), list(OPERATIONS.values()), k=2)
    if join_two in chosen or len(vessels) == 1:  # that takes two vessels
        del chosen[1:]
    places = [(vessels[0], vessels[-1]), (vessels[-1], vessels[0])]
    tasks = [asyncio.create_task(operation(world, *place)) for operation, place in zip(chosen, places, strict=False)]
    await asyncio.sleep(
        world.chance.uniform(0, world.longest_work)
    )  # a moment that nothing announces: that is the test
    await world.node.kill()
    holds: list[tuple[str, Holds]] = []
    for operation, task in zip(chosen, tasks, strict=False):
        if task.done() and (why := task.exception()) is None:
            holds.append((operation.__name__, task.result()))
            done[operation.__name__] += 1
        elif task.done():
            assert isinstance(why, FabricError), why  # nobody is there any more, or the node said no
            assert not isinstance(why, RemoteError) or why.code in NO_HARM, why
    if not any(task.done() for task in tasks):
        world.longest_work *= 1.5
    elif all(task.done() for task in tasks) and world.longest_work > LONGEST_WORK:
        world.longest_work /= 1.5
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    world.promised = holds
    return [operation.__name__ for operation in chosen]


def check_disk(world: World) -> None:
    """While no daemon runs: the store is whole, and so is each file that has its name."""
    with closing(sqlite3.connect(world.folder / "store.sqlite")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert all_resources(world.folder) == world.whole
    for folder in (world.folder / "vessels").iterdir():
        for file in (folder / "files").glob("*"):
            assert file.name == "program.py" or re.fullmatch(r"data\d", file.name), file
            assert hashlib.sha256(file.read_bytes()).hexdigest() in world.put, f"{file} is there by halves"
        assert all(re.fullmatch(r"[0-9a-f]{64}", file.name) for file in (folder / "incoming").glob("*"))


async def check_truth(world: World) -> None:
    """With the next daemon: vessels are those of the store, states tell the truth, and what was promised holds."""
    for name, holds in world.promised:
        assert await holds(), f"{name} was said to be done, and is not: {await world.summaries()}"
    summaries = await world.summaries()
    assert sorted(summaries) == sorted(name for name, _ in names_and_resources(world.folder))
    assert {folder.name for folder in (world.folder / "vessels").iterdir()} == set(summaries)
    ends = {name: (await world.hands(vessel).log(2**60)).next_offset for name, vessel in summaries.items()}
    await asyncio.sleep(CALM)
    for name, vessel in summaries.items():
        hands = world.hands(vessel)
        if vessel.state is api.VesselState.STARTED:
            heard = await words(hands, ends[name])
            assert heard == list(range(heard[0], heard[0] + len(heard))), f"{name} speaks with two voices: {heard}"
        else:
            assert (await hands.log(ends[name])).data == b"" or vessel.again_at is not None, f"{name} is {vessel.state}"


async def words(hands: Any, offset: int) -> list[int]:
    """Some that a program has said from this offset of its log on."""
    data = b""
    async with asyncio.timeout(PATIENCE):
        while len(heard := data.split()[1:-1]) < HEARD:  # the first and the last may be cut
            chunk = await hands.log(offset, wait=5.0)
            offset, data = chunk.next_offset, data + chunk.data
    return list(map(int, heard))


def all_resources(folder: Path) -> ResourceVector:
    found = names_and_resources(folder)
    whole = found[0][1] + OFFCUT
    for _name, resources in found[1:]:
        whole = whole + resources + OFFCUT
    return whole


def names_and_resources(folder: Path) -> list[tuple[str, ResourceVector]]:
    store = Store(folder / "store.sqlite")
    try:
        return [(record.name, record.resources) for record in store.vessels()]
    finally:
        store.close()
