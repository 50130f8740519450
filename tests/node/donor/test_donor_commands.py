"""What a donor commands, on a real node: by the control socket, and by `seattle node`."""

import asyncio
import json
import resource as limits
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seattle.cli.console import WrongUsage
from seattle.cli.node_donor import minutes
from seattle.fabric import node_api as api
from seattle.fabric.errors import RemoteError
from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair
from seattle.node.asking import ask
from seattle.node.daemon import serve
from seattle.node.donor.gate import Gate
from seattle.node.donor.keeper import Keeper
from seattle.node.donor.orders import MAX_DENIED, Orders
from seattle.node.donor.verbs import (
    ALLOW,
    DENY,
    DRAIN,
    PAUSE,
    POLICY,
    RESUME,
    SNOOZE,
    Allow,
    Deny,
    DrainNow,
    PauseNow,
    Resume,
    ShowPolicy,
    Snooze,
)
from seattle.node.errors import ControlRefused, FolderUnusable
from seattle.node.overview import STATUS, GetStatus
from seattle.node.store import Store
from seattle.repy.monitor.cpu_alarm import cpu_clock

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]

SPIN = "print('on')\nwhile True:\n    pass\n"
MAIN = [sys.executable, "-c", "from seattle.cli import main; raise SystemExit(main())"]


async def order(node: Any, verb: Any, request: Any) -> Any:
    """Command the daemon in `node`'s folder, as another process would."""
    return await asyncio.to_thread(ask, node.folder, verb, request)


async def until_it(computes: bool, guest: int) -> None:
    async with asyncio.timeout(20):
        while True:
            before = time.clock_gettime(cpu_clock(guest))
            await asyncio.sleep(0.1)
            if (time.clock_gettime(cpu_clock(guest)) > before) is computes:
                return


async def describe(person: Any, node: Any) -> api.NodeDescription:
    told: api.NodeDescription = await person.client.asking(node.public, within=20)(api.DESCRIBE, api.Describe())
    return told


async def test_given_a_program_that_computes_when_the_donor_pauses_then_it_stands_still_until_they_resume(
    donate: Any, join: Join, user: KeyPair
) -> None:
    node = (await donate("")).node
    hands = (await join(user)).at(node.public)
    await hands.start(SPIN)
    standing = await order(node, PAUSE, PauseNow(reason="I need it"))
    assert standing.holding_back == "paused by the donor (I need it)"
    await until_it(False, node.guest())
    with pytest.raises(RemoteError, match=r"paused by the donor \(I need it\)") as refused:
        await hands.start_again()
    assert refused.value.code == "held-back"
    assert (await order(node, STATUS, GetStatus())).holding_back == standing.holding_back
    assert (await order(node, RESUME, Resume())).holding_back == ""
    await until_it(True, node.guest())


async def test_given_starts_that_race_with_a_pause_then_nothing_computes_afterwards(
    donate: Any, join: Join, user: KeyPair
) -> None:
    """The attack: be on the way through the nursery when the donor pauses."""
    node = (await donate("")).node
    hands = (await join(user)).at(node.public)
    await hands.put(SPIN)
    started = 0
    for attempt in range(8):
        starting = asyncio.create_task(hands.start_again())
        await asyncio.wait({starting}, timeout=0.01 * attempt)  # somewhere on the way
        await order(node, PAUSE, PauseNow())
        with suppress(RemoteError):
            await starting
            started += 1
            await until_it(False, node.guest())
        await order(node, RESUME, Resume())
        await hands.stop()
    assert started > 0


async def test_given_a_pause_without_grace_then_programs_are_stopped_and_the_outcome_says_by_whom_and_why(
    donate: Any, join: Join, user: KeyPair
) -> None:
    node = (await donate("")).node
    hands = (await join(user)).at(node.public)
    started = await hands.start(SPIN)
    await order(node, PAUSE, PauseNow(grace=0.0, reason="I need it"))
    _data, last = await hands.follow(started.log_offset)
    assert (last.outcome.kind, last.outcome.detail) == (
        "stopped",
        "the donor of this node: paused by the donor (I need it)",
    )


async def test_given_a_pause_when_the_daemon_comes_back_then_it_still_holds(
    donate: Any, join: Join, user: KeyPair, start_node: Any
) -> None:
    there = await donate("")
    await order(there.node, PAUSE, PauseNow())
    await there.node.end()
    node = await start_node(there.prepared)
    with pytest.raises(RemoteError, match="paused by the donor"):
        await (await join(user)).at(node.public).start(SPIN)


async def test_given_a_snooze_when_its_time_is_over_then_programs_go_on_by_themselves(
    donate: Any, join: Join, user: KeyPair
) -> None:
    node = (await donate("")).node
    hands = (await join(user)).at(node.public)
    await hands.start(SPIN)
    standing = await order(node, SNOOZE, Snooze(minutes=1.0 / 60))
    assert "until " in standing.holding_back
    await until_it(False, node.guest())
    await until_it(True, node.guest())
    assert (await order(node, POLICY, ShowPolicy())).orders == Orders()


async def test_given_a_drain_then_tenants_are_told_ahead_of_time_everywhere_and_nothing_is_started(
    donate: Any, join: Join, user: KeyPair
) -> None:
    node = (await donate("")).node
    person = await join(user)
    hands = person.at(node.public)
    await hands.start(SPIN)
    await order(node, DRAIN, DrainNow(minutes=5.0, reason="it moves"))
    listed = await person.client.asking(node.public, within=20)(api.GET_VESSELS, api.GetVessels())
    for told in (await describe(person, node), listed, await hands.log(0)):
        assert told.notice.startswith("the donor empties this node at ")
        assert "empties this node (it moves): programs are stopped at " in told.holding_back
    await until_it(True, node.guest())  # until then programs go on
    with pytest.raises(RemoteError, match="empties this node"):
        await hands.start_again()


async def test_given_a_drain_when_its_time_is_over_then_programs_are_stopped_and_it_stays_so_until_they_resume(
    donate: Any, join: Join, user: KeyPair, start_node: Any
) -> None:
    there = await donate("")
    hands = (await join(user)).at(there.node.public)
    started = await hands.start(SPIN)
    await order(there.node, DRAIN, DrainNow(minutes=0.5 / 60))
    _data, last = await hands.follow(started.log_offset)
    assert (last.outcome.kind, last.outcome.detail) == (
        "stopped",
        "the donor of this node: the donor has emptied this node",
    )
    await there.node.end()
    node = await start_node(there.prepared)
    with pytest.raises(RemoteError, match="has emptied this node"):
        await hands.start_again()
    await order(node, RESUME, Resume())
    await hands.start_again()


async def test_given_a_barred_owner_then_their_programs_are_stopped_and_every_call_of_theirs_is_refused(
    donate: Any, join: Join, owner: KeyPair, user: KeyPair, start_node: Any
) -> None:
    """The attack: somebody whom the donor does not want goes on by another call, another user, or after a restart."""
    there = await donate("")
    hers, his = (await join(owner)).at(there.node.public), (await join(user)).at(there.node.public)
    started = await hers.start(SPIN)
    await order(there.node, DENY, Deny(key=owner.id))
    _data, last = await his.follow(started.log_offset)  # a user of the same vessel is not barred
    assert last.outcome.detail == f"the donor of this node, who has barred the key {owner.id}"

    async def is_barred(node: Any) -> None:
        calls = [
            (api.DESCRIBE, api.Describe()),
            (api.GET_VESSELS, api.GetVessels()),
            (api.GET_RESOURCES, api.GetResources(vessel="v1")),
            (api.START, api.Start(vessel="v1", program="program.py")),
            (api.STOP, api.Stop(vessel="v1")),
            (api.RESET, api.Reset(vessel="v1")),
            (api.READ_LOG, api.ReadLog(vessel="v1")),
            (api.LIST_FILES, api.ListFiles(vessel="v1")),
            (api.READ_FILE, api.ReadFileChunk(vessel="v1", name="program.py", offset=0)),
            (api.DELETE_FILE, api.DeleteFile(vessel="v1", name="program.py")),
            (api.GET_RESOURCES, api.GetResources(vessel="v2")),  # nor does it learn what it has no right to
        ]
        for operation, request in calls:
            with pytest.raises(RemoteError, match="barred this key") as refused:
                await hers.ask(operation, request)
            assert refused.value.code == "denied"
        with pytest.raises(RemoteError, match="barred the owner of this vessel") as refused:
            await his.start_again()
        assert refused.value.code == "denied"

    await is_barred(there.node)
    await there.node.end()
    node = await start_node(there.prepared)
    await is_barred(node)
    await order(node, ALLOW, Allow(key=owner.id))
    await hers.start_again()


async def test_given_somebody_who_waits_for_a_log_when_they_are_barred_then_they_do_not_get_it(
    donate: Any, join: Join, user: KeyPair
) -> None:
    """The attack: ask just before, and be answered after."""
    node = (await donate("")).node
    his = (await join(user)).at(node.public)
    started = await his.start("sleep(3)\nprint('secret')\n")
    waiting = asyncio.create_task(his.log(started.log_offset, wait=20.0))
    await his.usage()  # so the node has the poll
    await order(node, DENY, Deny(key=user.id))
    with pytest.raises(RemoteError, match="barred this key"):
        await waiting


async def test_given_a_barred_user_then_what_runs_in_a_shared_vessel_is_stopped_and_its_owner_can_start_again(
    donate: Any, join: Join, owner: KeyPair, user: KeyPair
) -> None:
    node = (await donate("")).node
    hers, his = (await join(owner)).at(node.public), (await join(user)).at(node.public)
    started = await his.start(SPIN)
    await order(node, DENY, Deny(key=user.id))
    _data, last = await hers.follow(started.log_offset)
    assert user.id in last.outcome.detail
    with pytest.raises(RemoteError, match="barred this key"):
        await his.start_again()
    await hers.start_again()


async def start_for_ever(hands: Any, text: str) -> None:
    await hands.put(text)
    always = api.Start(vessel=hands.vessel, program="program.py", restart=api.RestartPolicy.ALWAYS)
    await hands.ask(api.START, always)


@pytest.mark.parametrize("text", [SPIN, "print('short')\n"])  # one that runs, and one that waits for its next start
async def test_given_a_barred_user_whose_program_shall_always_run_then_it_does_not_come_back(
    donate: Any, join: Join, owner: KeyPair, user: KeyPair, text: str, until: Any
) -> None:
    """The attack: let the node itself start what nobody may start any more."""
    node = (await donate("")).node
    hers, his = (await join(owner)).at(node.public), (await join(user)).at(node.public)
    await start_for_ever(his, text)
    if text != SPIN:
        await until(lambda: any(event["event"] == "run_ended" for event in node.logged))
    await order(node, DENY, Deny(key=user.id))
    run = (await hers.summary()).run
    await asyncio.sleep(1.5)  # the first pause before a restart is a second
    summary = await hers.summary()
    assert (summary.run, summary.state is api.VesselState.STARTED) == (run, False)


async def test_given_a_program_that_shall_always_run_when_a_pause_has_stopped_it_then_it_starts_again_after_that(
    donate: Any, join: Join, user: KeyPair
) -> None:
    node = (await donate("")).node
    hands = (await join(user)).at(node.public)
    await start_for_ever(hands, SPIN)
    await order(node, PAUSE, PauseNow(grace=0.0))
    _data, last = await hands.follow()
    assert last.outcome.kind == "stopped"
    await asyncio.sleep(0.3)
    assert (await hands.summary()).run == 1
    await order(node, RESUME, Resume())
    async with asyncio.timeout(20):
        while (await hands.summary()).run == 1:
            pass


async def test_given_a_program_that_stands_still_when_its_daemon_is_killed_then_the_next_one_does_not_thaw_it(
    prepare: Any, spawn: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    prepared = prepare(server.url)
    daemon = await spawn(prepared)
    hands = (await join(user)).at(daemon.public)
    await hands.start(SPIN)
    guest = daemon.guest()
    await order(prepared, PAUSE, PauseNow())
    await until_it(False, guest)
    await daemon.kill()
    await spawn(prepared)
    await until_it(False, guest)
    assert (await hands.summary()).state is api.VesselState.STARTED
    await order(prepared, RESUME, Resume())
    await until_it(True, guest)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"verb": "deny", "key": "short"}', "bad-request"),
        (b'{"verb": "snooze", "minutes": -1}', "bad-request"),
        (b'{"verb": "snooze", "minutes": 1e300}', "bad-request"),
        (b'{"verb": "drain", "minutes": 1, "reason": "' + b"x" * 300 + b'"}', "bad-request"),
        (b'{"verb": "pause", "colour": "red"}', "bad-request"),
    ],
)
async def test_given_an_order_that_makes_no_sense_then_it_is_refused_and_nothing_changes(
    donate: Any, line: bytes, code: str
) -> None:
    node = (await donate("")).node
    request = msgspec.json.decode(line)

    class Raw:
        name = "raw"
        reply = msgspec.Struct

    with pytest.raises(ControlRefused) as refused:
        await order(node, Raw, request)
    assert refused.value.code == code
    assert (await order(node, POLICY, ShowPolicy())).orders == Orders()


async def test_given_a_computer_that_does_not_answer_when_the_donor_pauses_then_the_pause_comes_at_once(
    donate: Any, computer: Any
) -> None:
    bus = computer.root / "run/dbus/system_bus_socket"
    bus.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(bus))
        silent.listen(100)
        there = await donate("[network]\nmetered = true\n")
        took = []
        for _ in range(3):
            began = time.monotonic()
            await order(there.node, PAUSE, PauseNow())
            took.append(time.monotonic() - began)
        assert min(took) < 0.5  # a bus that is asked is waited for a second


async def test_given_too_many_barred_keys_then_the_next_is_refused_and_the_daemon_can_begin_again(
    donate: Any, start_node: Any
) -> None:
    there = await donate("")
    await there.node.end()
    full = Orders(denied=[f"U{number:055}" for number in range(MAX_DENIED)])
    store = Store(there.node.folder / "store.sqlite")
    store.remember({"orders": msgspec.json.encode(full).decode()})
    store.close()
    node = await start_node(there.prepared)
    with pytest.raises(ControlRefused, match="barred already"):
        await order(node, DENY, Deny(key=KeyPair.generate().id))
    assert len((await order(node, POLICY, ShowPolicy())).orders.denied) == MAX_DENIED


async def test_given_a_disk_that_is_full_then_orders_and_conditions_hold_all_the_same(
    tmp_path: Path, computer: Any
) -> None:
    """The attack: fill the disk, so that nothing can be written down."""
    store = Store(tmp_path / "store.sqlite")
    store.remember({"ballast": "x" * 2_000_000})  # what is written next is past this
    policy_file = tmp_path / "policy.toml"
    policy_file.write_text("[temperature]\n")
    keeper = Keeper(gate=Gate(), store=store, vessels={}, policy_file=policy_file, root=computer.root)
    await keeper.look()
    soft, hard = limits.getrlimit(limits.RLIMIT_FSIZE)
    limits.setrlimit(limits.RLIMIT_FSIZE, (2_000_000, hard))
    try:
        with pytest.raises(ControlRefused, match="until the daemon ends"):
            await keeper.pause()
        assert keeper.gate.why == "paused by the donor"
        computer.is_hot(90)
        keeper.note_ended("v1/1", 1000)
        assert "the computer is hot" in (await keeper.look()).why
    finally:
        limits.setrlimit(limits.RLIMIT_FSIZE, (soft, hard))
        store.close()


async def test_given_orders_that_can_not_be_read_when_the_daemon_begins_then_it_does_not(donate: Any) -> None:
    """The attack: what bars a key is lost, and the key is let in."""
    there = await donate("")
    await there.node.end()
    store = Store(there.node.folder / "store.sqlite")
    store.remember({"orders": '{"denied": 7}'})
    store.close()
    with pytest.raises(FolderUnusable, match="orders"):
        await serve(there.prepared.settings, until=asyncio.Event())


async def command(*words: object) -> "subprocess.CompletedProcess[str]":
    """`seattle node ...` as a process of its own."""
    return await asyncio.to_thread(
        subprocess.run, [*MAIN, "node", *map(str, words)], capture_output=True, text=True, timeout=60, check=False
    )


async def test_given_the_commands_when_a_donor_uses_them_then_the_node_obeys_and_says_how_it_stands(
    prepare: Any, spawn: Any, server: EmbeddedServer, computer: Any, owner: KeyPair
) -> None:
    prepared = prepare(server.url, computer=computer.root, look_every=0.1)
    (prepared.folder / "policy.toml").write_text("[temperature]\n")
    await spawn(prepared)
    settings = ["--settings", prepared.settings_file]
    paused = await command("pause", *settings, "--reason", "lunch")
    assert (paused.returncode, paused.stdout) == (0, "")
    assert paused.stderr == "the node holds back: paused by the donor (lunch)\n"
    snoozed = json.loads((await command("snooze", "2h", *settings, "--json")).stdout)
    assert snoozed["orders"]["pause"]["until"] == pytest.approx(time.time() + 7200, abs=60)
    public = prepared.folder / "her.pub"
    public.write_text(f"{owner.id}\n")
    assert (await command("policy", "deny", public, *settings)).stderr == f"{owner.id} is barred\n"
    drained = await command("drain", "--in", "90s", *settings)
    assert "programs are stopped at" in drained.stderr
    assert (await command("resume", *settings)).stderr == "programs may run\n"
    shown = await command("policy", *settings)
    assert "40 degrees" in shown.stdout
    assert owner.id in shown.stdout
    assert json.loads((await command("policy", "--json", *settings)).stdout)["conditions"][0]["value"] == 40.0
    assert (await command("policy", "allow", owner.id, *settings)).returncode == 0


async def test_given_no_daemon_when_it_is_commanded_then_the_error_says_what_to_do(
    prepare: Any, server: EmbeddedServer
) -> None:
    prepared = prepare(server.url)
    failed = await command("pause", "--settings", prepared.settings_file)
    assert failed.returncode == 1
    assert "no daemon runs in" in failed.stderr
    assert "hint: " in failed.stderr


async def test_given_a_policy_file_when_it_is_checked_then_what_is_wrong_with_it_is_said(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("[load]\nstop_at = 10\nresume_at = 20\n")
    wrong = await command("policy", "check", file)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "nothing changes" in wrong.stderr
    assert (await command("policy", "check", tmp_path / "none.toml")).returncode == 1
    file.write_text("[load]\n")
    assert (await command("policy", "check", file)).returncode == 0


@pytest.mark.parametrize(("text", "length"), [("90s", 1.5), ("30", 30), ("30m", 30), ("1.5h", 90), ("1d", 1440)])
def test_given_a_time_as_people_write_it_then_it_is_read(text: str, length: float) -> None:
    assert minutes(text) == length


@pytest.mark.parametrize("text", ["", "-1", "1w", "h", "1e9", "367d", "nan", "²m"])
def test_given_what_is_no_time_then_it_is_wrong_usage(text: str) -> None:
    with pytest.raises(WrongUsage, match="is no time"):
        minutes(text)
