"""A testbed as a whole: it starts, it works, and nothing of it outlives it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from seattle.client.aio.testbed import connect
from seattle.testbed import LocalTestbed, Size, TestbedError, reserved_ports

pytestmark = pytest.mark.anyio

GoneWithin = Callable[[Iterable[int], float], list[int]]
Family = Callable[[int], list[int]]

SPIN = "while True:\n    pass\n"

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


async def test_given_a_testbed_when_it_is_browsed_then_all_vessels_are_there_with_ports_of_their_own(
    tmp_path: Path,
) -> None:
    async with (
        LocalTestbed(tmp_path / "testbed", Size(nodes=2, vessels=2)) as testbed,
        connect(testbed.profile) as client,
    ):
        vessels = await client.browse()
    assert len(vessels) == 4
    ports = [port for vessel in vessels for port in vessel.udp_ports]
    assert len(ports) == len(set(ports)) == 2 * 100
    assert {vessel.owner for vessel in vessels} == {testbed.user.id}


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


def test_given_nodes_in_two_networks_when_their_addresses_are_told_then_no_two_are_the_same() -> None:
    size = Size(nodes=5, networks=2)
    assert [size.address(node) for node in range(5)] == [
        "127.0.0.1", "127.0.1.1", "127.0.0.2", "127.0.1.2", "127.0.0.3"
    ]  # fmt: skip


def test_given_ports_of_one_testbed_when_another_wants_ports_then_it_gets_others() -> None:
    with reserved_ports(2) as first, reserved_ports(3) as second:
        assert not set(first) & set(second)
        assert len(first) == 200
        assert len(second) == 300
        assert max(first.stop, second.stop) <= 65536
