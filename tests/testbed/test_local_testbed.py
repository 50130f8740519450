"""A testbed as a whole: it starts, it works, and nothing of it outlives it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network
from pathlib import Path

import httpx
import pytest

from seattle.client.aio.testbed import connect
from seattle.testbed import LocalTestbed, Size, TestbedError, reserved_addresses
from seattle.testbed.addresses import free_port, reserved_port
from seattle.testbed.child import Child, lifeline
from seattle.testbed.visitor import Visitor

pytestmark = pytest.mark.anyio

GoneWithin = Callable[[Iterable[int], float], list[int]]
Family = Callable[[int], list[int]]

SPIN = "while True:\n    pass\n"

# Listens at its own address, and at that of the other node, which it must not have.
THIEF = """
mine = getmyip()
socket = listenformessage(mine, 63100)
[other] = [ip for ip in callargs if ip != mine]
try:
    listenformessage(other, 63101)
except ResourceForbiddenError as why:
    print(mine, "has 63100,", "may not use" if f"may not use {other}" in str(why) else why)
"""

# Starts a testbed with a spinning program in each vessel, says which processes there are, and sleeps.
PARENT = """
import asyncio, json, sys
from pathlib import Path
import psutil
from seattle.client.aio.testbed import connect
from seattle.testbed import LocalTestbed, Size

async def main():
    folder = Path(sys.argv[1])
    async with LocalTestbed(folder / "testbed", Size(nodes=2, vessels=1)) as testbed:
        async with connect(testbed.profile) as client:
            while len(vessels := await client.browse()) < 2:
                await asyncio.sleep(0.1)
            run = await vessels.run(folder / "spin.py")
            run.started.raise_for_failures()
            print(json.dumps([child.pid for child in psutil.Process().children(recursive=True)]), file=sys.stderr)
            await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_given_a_testbed_when_it_is_browsed_then_all_vessels_are_there_with_ends_of_their_own(
    tmp_path: Path,
) -> None:
    async with (
        LocalTestbed(tmp_path / "testbed", Size(nodes=2, vessels=2)) as testbed,
        connect(testbed.profile) as client,
    ):
        vessels = await client.browse()
    assert len(vessels) == 4
    ends = [(vessel.addresses, port) for vessel in vessels for port in vessel.udp_ports]
    assert len(ends) == len(set(ends)) == 2 * 100
    assert {port for _, port in ends} == set(range(63100, 63200))
    assert {vessel.owner for vessel in vessels} == {testbed.user.id}


async def test_given_two_nodes_when_a_program_with_one_port_runs_on_both_then_each_has_its_own_address_alone(
    tmp_path: Path,
) -> None:
    program = tmp_path / "thief.py"
    program.write_text(THIEF)
    async with (
        LocalTestbed(tmp_path / "testbed", Size(nodes=2, vessels=1)) as testbed,
        connect(testbed.profile) as client,
    ):
        vessels = await client.browse()
        run = await vessels.run(program, *(vessel.addresses[0] for vessel in vessels))
        lines = [line.text async for line in run.follow()]
    refused = "may not use"
    assert sorted(lines) == sorted(f"{vessel.addresses[0]} has 63100, {refused}" for vessel in vessels)


async def test_given_a_testbed_when_its_block_ends_then_no_process_of_it_is_left(
    tmp_path: Path, gone_within: GoneWithin, family: Family
) -> None:
    (tmp_path / "spin.py").write_text(SPIN)
    of_other_tests = set(family(os.getpid()))
    async with (
        LocalTestbed(tmp_path / "testbed", Size(nodes=1, vessels=1)) as testbed,
        connect(testbed.profile) as client,
    ):
        run = await (await client.browse()).run(tmp_path / "spin.py")
        run.started.raise_for_failures()
        pids = set(family(os.getpid())) - of_other_tests
        assert len(pids) >= 4  # broker, node, nursery, and what runs
    assert gone_within(pids, 10) == []


def test_given_a_testbed_when_its_parent_is_killed_then_no_process_of_it_is_left(
    tmp_path: Path, gone_within: GoneWithin
) -> None:
    (tmp_path / "spin.py").write_text(SPIN)
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stderr is not None
            pids = json.loads(parent.stderr.readline())
            assert len(pids) >= 8  # broker, 2 nodes, 2 nurseries, 2 monitors with their guests, maybe spares
        finally:
            parent.kill()
    assert gone_within(pids, 10) == []


async def test_given_a_testbed_when_a_node_is_killed_then_its_programs_end_and_the_testbed_says_so(
    tmp_path: Path, gone_within: GoneWithin, family: Family
) -> None:
    (tmp_path / "spin.py").write_text(SPIN)
    async with (
        LocalTestbed(tmp_path / "testbed", Size(nodes=2, vessels=1)) as testbed,
        connect(testbed.profile) as client,
    ):
        run = await (await client.browse()).run(tmp_path / "spin.py")
        run.started.raise_for_failures()
        below = family(testbed.nodes[0].daemon.process.pid)
        assert below
        testbed.nodes[0].daemon.process.send_signal(signal.SIGKILL)
        with pytest.raises(TestbedError, match="node n1 ended unexpectedly"):
            await testbed.wait()
        assert gone_within(below, 10) == []


async def test_given_a_testbed_when_its_broker_is_killed_then_the_testbed_says_so(tmp_path: Path) -> None:
    async with LocalTestbed(tmp_path / "testbed", Size(nodes=1, vessels=1)) as testbed:
        assert testbed.broker_pid is not None
        os.kill(testbed.broker_pid, signal.SIGKILL)
        with pytest.raises(TestbedError, match="the broker ended unexpectedly"):
            await testbed.wait()


async def test_given_a_folder_with_an_old_testbed_when_another_is_started_there_then_it_refuses(tmp_path: Path) -> None:
    async with LocalTestbed(tmp_path / "testbed", Size(nodes=1, vessels=1)):
        pass
    with pytest.raises(Exception, match="authority"):
        await LocalTestbed(tmp_path / "testbed", Size(nodes=1, vessels=1)).__aenter__()


@pytest.mark.parametrize(("nodes", "vessels"), [(0, 1), (1000, 1), (1, 0), (1, 11)])
def test_given_a_size_that_can_not_be_when_it_is_made_then_the_error_says_what_can(nodes: int, vessels: int) -> None:
    with pytest.raises(TestbedError, match="choose 1 to"):
        Size(nodes=nodes, vessels=vessels)


@pytest.mark.parametrize("networks", [0, 4])
def test_given_more_networks_than_nodes_or_none_when_a_size_is_made_then_the_error_says_what_can(networks: int) -> None:
    with pytest.raises(TestbedError, match="choose 1 to 3"):
        Size(nodes=3, networks=networks)


@pytest.mark.parametrize(
    ("networks", "addresses"),
    [
        (1, ["127.7.0.1", "127.7.0.2", "127.7.0.3", "127.7.0.4"]),
        (3, ["127.7.0.1", "127.7.0.2", "127.7.1.1", "127.7.2.1"]),
        (None, ["127.7.0.1", "127.7.1.1", "127.7.2.1", "127.7.3.1"]),
    ],
)
def test_given_nodes_in_networks_when_their_addresses_are_told_then_the_first_network_has_all_that_others_do_not_need(
    networks: int | None, addresses: list[str]
) -> None:
    size = Size(nodes=4, networks=networks)
    assert [size.address(node, IPv4Network("127.7.0.0/16")) for node in range(4)] == addresses


def test_given_addresses_of_one_testbed_when_another_wants_some_then_it_gets_others() -> None:
    with reserved_addresses() as first, reserved_addresses() as second:
        assert not first.overlaps(second)


def test_given_the_port_of_one_testbeds_site_when_another_wants_it_then_it_gets_one_that_is_free() -> None:
    wanted = free_port()
    with reserved_port(wanted) as first, reserved_port(wanted) as second:
        assert first == wanted
        assert second != wanted


def test_given_a_server_at_the_port_when_a_testbed_wants_it_then_it_gets_one_that_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, reserved_port(server.getsockname()[1]) as found:
        assert found != server.getsockname()[1]


def descriptors() -> set[Path]:
    return set(Path("/proc/self/fd").iterdir())


async def test_given_a_process_that_was_not_waited_for_when_it_is_stopped_then_no_descriptor_is_left(
    tmp_path: Path,
) -> None:
    before = descriptors()
    with lifeline() as line:
        child = await Child.start("a process", "json.tool", [], log_file=tmp_path / "log", lifeline=line)
        await child.stop()
    assert descriptors() == before


def test_given_no_site_when_a_visitor_registers_or_approves_then_the_page_is_named() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(TestbedError, match="page /account/signup/ does not work"):
        Visitor.register(url)
    with httpx.Client(base_url=url, trust_env=False) as browser:
        visitor = Visitor(browser, "demo", "password")
        with pytest.raises(TestbedError, match="page /account/approve/ does not work"):
            visitor.approve("ABCD-EFGH")
