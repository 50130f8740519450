"""Programs in vessels, by way of a real fabric, a real nursery and real walls."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import psutil
import pytest

from seattle.fabric import node_api as api
from seattle.fabric.errors import RemoteError
from seattle.identity.keys import KeyPair
from seattle.node.machine import LEAST_MEMORY
from seattle.repy.door import MAX_PROGRAM
from seattle.resources.kinds import Resource
from seattle.resources.splitting import OFFCUT

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]

SPIN = "print('on')\nwhile True:\n    pass\n"
LISTEN = """
server = listenforconnection("127.0.0.1", 11000)
print("listening")
while True:
    try:
        ip, port, conn = server.getconnection()
        break
    except SocketWouldBlockError:
        sleep(0.01)
while True:
    try:
        print(conn.recv(1000).decode())
        break
    except SocketWouldBlockError:
        sleep(0.01)
conn.send(b"well met")
conn.close()
"""
CALL = """
conn = openconnection("127.0.0.1", 11000, "127.0.0.1", 11050, 5)
conn.send(b"hello from the other vessel")
while True:
    try:
        print(conn.recv(1000).decode())
        break
    except SocketWouldBlockError:
        sleep(0.01)
"""
LINGER = "print('on')\nwhile True:\n    sleep(0.1)\n"


async def test_given_a_program_when_it_is_uploaded_and_started_then_its_log_and_outcome_come_back(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    data, last = await hands.run("print('hello', callargs)\nsleep(0.2)\nprint('bye')\n", "one", "two words", "a=b\n")
    assert data == b"hello ['one', 'two words', 'a=b\\n']\nbye\n"
    assert last.outcome == api.RunOutcome(kind="exited", detail="0", exit_code=0)
    assert last.run == 1
    summary = await hands.summary()
    assert (summary.state, summary.outcome) == (api.VesselState.TERMINATED, last.outcome)


async def test_given_a_program_that_fails_when_it_ends_then_outcome_and_log_hold_its_traceback(
    node: Any, join: Join, user: KeyPair
) -> None:
    data, last = await (await join(user)).at(node.public).run("def f():\n    return 1 // 0\nf()\n")
    assert last.outcome.kind == "exception"
    assert "ZeroDivisionError" in last.outcome.detail
    assert b"program.py" in data
    assert b"line 2" in data


async def test_given_a_program_that_exits_with_a_number_of_no_machine_when_its_node_is_asked_then_it_answers(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    _data, last = await hands.run("raise SystemExit(2**64)\n")
    assert last.outcome == api.RunOutcome(kind="exited", detail=str(2**64), exit_code=1)
    assert (await hands.summary()).outcome == last.outcome


async def test_given_a_program_that_is_not_repy_when_it_is_started_then_the_outcome_says_what_is_not(
    node: Any, join: Join, user: KeyPair
) -> None:
    _data, last = await (await join(user)).at(node.public).run("eval('1')\n")
    assert last.outcome.kind == "unsafe"
    assert "eval" in last.outcome.detail


async def test_given_a_program_that_takes_too_much_memory_when_it_runs_then_the_limit_is_in_its_outcome(
    node: Any, join: Join, user: KeyPair
) -> None:
    text = "x = []\nwhile True:\n    x.append(bytes(1000000) + b'x')\n"
    _data, last = await (await join(user)).at(node.public).run(text)
    assert last.outcome.kind in ("killed", "exception")
    assert "memory" in last.outcome.detail.lower()


async def test_given_a_spinning_program_when_it_is_stopped_then_it_is_gone(
    node: Any, join: Join, user: KeyPair, alive: Callable[[int], bool], until: Any
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start(SPIN)
    await hands.until_it_says(b"on")
    guest = node.guest()
    await hands.stop()
    await until(lambda: not alive(guest), within=1.0)  # a promise of the design
    summary = await hands.summary()
    assert summary.state is api.VesselState.STOPPED
    assert summary.outcome.kind == "stopped"
    assert user.id in summary.outcome.detail


async def test_given_nothing_runs_when_a_vessel_is_stopped_then_nothing_happens(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.stop()
    assert (await hands.summary()).state is api.VesselState.FRESH


async def test_given_a_running_program_when_another_is_started_then_the_node_refuses(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start(LINGER)
    with pytest.raises(RemoteError) as refused:
        await hands.start_again()
    assert refused.value.code == "already-started"
    assert (await hands.summary()).state is api.VesselState.STARTED


async def test_given_two_starts_at_once_then_one_program_runs(node: Any, join: Join, user: KeyPair) -> None:
    hands = (await join(user)).at(node.public)
    await hands.put(LINGER)
    results = await asyncio.gather(hands.start_again(), hands.start_again(), return_exceptions=True)
    assert {type(result) for result in results} == {api.RunStarted, RemoteError}
    assert [event["event"] for event in node.logged].count("run_started") == 1


async def test_given_a_program_that_is_not_there_when_it_is_started_then_the_node_says_so(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    with pytest.raises(RemoteError, match=r"missing\.py") as refused:
        await hands.start_again(program="missing.py")
    assert refused.value.code == "no-such-file"
    assert (await hands.summary()).state is api.VesselState.FRESH


async def test_given_a_program_that_the_sandbox_does_not_take_when_it_is_started_then_the_reason_comes_back(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    with pytest.raises(RemoteError, match="bytes") as refused:
        await hands.start("#" * (MAX_PROGRAM + 1))
    assert refused.value.code == "not-started"
    summary = await hands.summary()
    assert (summary.state, summary.run) == (api.VesselState.FRESH, 0)


async def test_given_a_file_of_any_size_when_it_is_started_as_a_program_then_it_is_refused_before_it_is_read(
    node: Any, join: Join, user: KeyPair
) -> None:
    """The attack: have the node make a digest of gigabytes, as often as one likes."""
    hands = (await join(user)).at(node.public)
    await hands.put("pass")
    os.truncate(node.folder / "vessels" / "v1" / "files" / "program.py", 1 << 35)  # a sparse file: it takes no room
    with pytest.raises(RemoteError, match=f"may have {MAX_PROGRAM}") as refused:
        await hands.start_again()
    assert refused.value.code == "not-started"


async def test_given_many_runs_one_after_the_other_then_the_daemon_holds_no_more_descriptors_than_before(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.run("print('warm')")
    before = psutil.Process().num_fds()
    for _ in range(10):
        await hands.start(LINGER)
        await hands.usage()
        await hands.stop()
    assert psutil.Process().num_fds() <= before + 1


async def test_given_arguments_that_no_program_can_get_when_it_is_started_then_the_node_refuses(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.put(LINGER)
    for arguments in (["a\0b"], ["x" * 8000] * 9):  # a NUL character; more than a request may hold
        with pytest.raises(RemoteError) as refused:
            await hands.start_again(*arguments)
        assert refused.value.code == "bad-arguments"
    assert (await hands.summary()).run == 0


async def test_given_several_runs_when_the_log_is_read_then_offsets_go_on_and_runs_are_numbered(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    first, one = await hands.run("print('first')")
    second, two = await hands.run("print('second')")
    assert (first, second) == (b"first\n", b"second\n")
    assert (one.run, two.run) == (1, 2)
    assert (await hands.log()).data == b"first\nsecond\n"


async def test_given_a_silent_program_when_its_log_is_waited_for_then_the_answer_comes_with_the_first_words(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start("from_start = getruntime()\nsleep(0.5)\nprint('now')\nsleep(60)\n")
    chunk = await hands.log(0, wait=10.0)
    assert (chunk.data, chunk.ended) == (b"now\n", False)


async def test_given_a_run_that_never_says_anything_when_it_is_stopped_then_whoever_waits_for_its_log_hears_of_it(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public, within=60.0)
    await hands.start("sleep(60)\n")
    following = asyncio.create_task(hands.follow(0))
    await asyncio.sleep(0)
    await hands.stop()
    _data, last = await following
    assert last.outcome.kind == "stopped"


async def test_given_files_and_a_running_program_when_the_vessel_is_reset_then_it_is_as_if_fresh(
    node: Any, join: Join, user: KeyPair, alive: Callable[[int], bool], until: Any
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start(LINGER)
    await hands.until_it_says(b"on")
    await hands.reset()
    summary = await hands.summary()
    assert (summary.state, summary.outcome, summary.run) == (api.VesselState.FRESH, None, 0)
    assert await hands.files() == {}
    assert await hands.log() == api.LogChunk(offset=0, next_offset=0, ended=True)
    await until(lambda: not alive(node.guest()))
    _data, last = await hands.run("print('again')")
    assert last.run == 2  # a follower of the run before must not take this one for it


async def test_given_a_running_program_when_resources_are_asked_for_then_limits_and_usage_come(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    idle = await hands.usage()
    assert idle.usage["memory"] == 0
    await hands.start(LINGER)
    busy = await hands.usage()
    assert busy.limits == idle.limits
    assert busy.limits["messport"] == list(range(11000, 11050))
    memory, events = busy.usage["memory"], busy.usage["events"]
    assert isinstance(memory, int | float)
    assert memory > 1_000_000
    assert events == 1
    assert busy.usage["diskused"] == 4096 + len(LINGER)


async def test_given_a_program_that_runs_when_its_file_is_replaced_and_started_again_then_the_new_one_runs(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start(LINGER)
    await hands.until_it_says(b"on")
    await hands.put("print('new')")
    await hands.stop()
    offset = (await hands.log(2**60)).next_offset
    await hands.start_again()
    assert (await hands.follow(offset))[0] == b"new\n"


async def test_given_a_running_program_when_its_guest_is_killed_then_the_outcome_names_the_signal(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start(LINGER)
    await hands.until_it_says(b"on")  # a guest that is killed before it has its program has ended in another way
    guest = node.guest()
    os.kill(guest, signal.SIGKILL)
    _data, last = await hands.follow()
    assert last.outcome.kind == "crashed"
    assert "signal 9" in last.outcome.detail


async def test_given_a_running_program_when_its_monitor_is_killed_then_the_program_ends_and_the_outcome_says_so(
    node: Any, join: Join, user: KeyPair, alive: Callable[[int], bool], until: Any
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start(SPIN)
    await hands.until_it_says(b"on")
    guest = node.guest()
    os.kill(_monitor(guest), signal.SIGKILL)
    _data, last = await hands.follow()
    assert last.outcome.kind == "crashed"
    assert "monitor" in last.outcome.detail
    await until(lambda: not alive(guest))
    assert (await hands.run("print('next')"))[0] == b"next\n"


async def test_given_a_monitor_that_does_not_answer_when_its_program_is_stopped_then_it_is_gone_all_the_same(
    node: Any, join: Join, user: KeyPair, alive: Callable[[int], bool], until: Any
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start(SPIN)
    await hands.until_it_says(b"on")
    guest = node.guest()
    monitor = _monitor(guest)
    os.kill(monitor, signal.SIGSTOP)
    await hands.stop()
    await until(lambda: not alive(guest) and not alive(monitor))
    assert (await hands.summary()).state is api.VesselState.STOPPED
    assert (await hands.run("print('next')"))[0] == b"next\n"


async def test_given_the_nursery_is_killed_when_programs_run_then_they_go_on_and_the_next_one_starts(
    node: Any, join: Join, user: KeyPair, other_owner: KeyPair
) -> None:
    first = (await join(user)).at(node.public)
    second = (await join(other_owner)).at(node.public, vessel="v2")
    await first.start("sleep(1)\nprint('lived')\n")
    os.kill(node.nursery(), signal.SIGKILL)
    assert (await second.run("print('next')"))[0] == b"next\n"
    assert (await first.follow())[0] == b"lived\n"


async def test_given_two_vessels_of_a_computer_when_one_listens_then_the_other_reaches_it_over_loopback(
    node: Any, join: Join, user: KeyPair, other_owner: KeyPair
) -> None:
    listener = (await join(user)).at(node.public)
    caller = (await join(other_owner)).at(node.public, vessel="v2")
    await listener.start(LISTEN)
    await listener.until_it_says(b"listening")
    data, last = await caller.run(CALL)
    assert (data, last.outcome.kind) == (b"well met\n", "exited")
    assert b"hello from the other vessel" in (await listener.follow())[0]


async def test_given_a_port_of_this_computer_that_is_no_vessels_when_a_program_calls_it_then_it_is_refused(
    node: Any, server: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    text = f"openconnection('127.0.0.1', {server.port}, '127.0.0.1', 11000, 2)\n"  # the broker itself
    _data, last = await hands.run(text)
    assert last.outcome.kind == "exception"
    assert "DonorPolicyError" in last.outcome.detail


async def test_given_vessels_with_the_least_memory_when_a_program_is_started_then_it_runs(
    prepare: Any, donation: dict[str, int | float], start_node: Any, server: Any, join: Join, user: KeyPair
) -> None:
    memory = 2 * (LEAST_MEMORY + OFFCUT[Resource.MEMORY])
    node = await start_node(prepare(server.url, donation={**donation, "memory": memory}))
    hands = (await join(user)).at(node.public)
    limits = (await hands.usage()).limits
    assert limits["memory"] == LEAST_MEMORY
    assert (await hands.run("print('enough')"))[0] == b"enough\n"


def _monitor(guest: int) -> int:
    return psutil.Process(guest).ppid()


async def test_given_a_second_run_when_it_starts_then_the_node_tells_where_in_the_log_it_begins(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    first = await hands.start("print('one')\n")
    data, end = await hands.follow(first.log_offset)
    second = await hands.start("print('two')\n")
    assert (first.log_offset, second.log_offset) == (0, end.next_offset)
    assert data == b"one\n"
    assert (await hands.follow(second.log_offset))[0] == b"two\n"
