"""Two nodes and a user, each in a private network of its own behind a NAT; broker and directory are outside."""

import time
from collections.abc import Callable, Iterator

import pytest
from tests.fabric.far_testbed import PATIENCE, USER, Far, far_testbed
from tests.fabric.private_networks import INSIDE, why_not

HOMES = {"n1": "203.0.113.11", "n2": "203.0.113.12", USER: "203.0.113.13"}

WHERE = 'print("I am at", getmyip())\n'
FOR_EVER = 'print("up")\nwhile True:\n    sleep(0.1)\n'


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    if reason := why_not():
        pytest.skip(reason)
    with far_testbed(tmp_path_factory.mktemp("far"), HOMES, {"n1": [100], "n2": [100]}) as testbed:
        _until(lambda: len(testbed.vessels()) == 2)
        yield testbed


def test_given_nodes_and_a_user_behind_nats_when_a_program_is_run_then_its_lines_come_and_it_ends_well(
    far: Far,
) -> None:
    lines = far.seattle("run", far.program('print("hello from", callargs)\n'), "there").splitlines()
    assert len(lines) == 2
    assert all("hello from ['there']" in line for line in lines)


def test_given_a_program_behind_a_nat_when_it_asks_for_its_address_then_it_is_one_that_it_can_listen_on(
    far: Far,
) -> None:
    listening = WHERE + "listenforconnection(getmyip(), int(callargs[0])).close()\n"
    port = far.vessels()[0]["tcp_ports"][0]
    lines = far.seattle("run", far.program(listening), str(port)).splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == [INSIDE, INSIDE]


def test_given_nodes_behind_nats_when_vessels_are_listed_then_each_says_so_and_tells_its_public_address(
    far: Far,
) -> None:
    told = [(vessel["nat"], vessel["public_address"], vessel["addresses"]) for vessel in far.vessels()]
    assert sorted(told) == [("nat", HOMES["n1"], [INSIDE]), ("nat", HOMES["n2"], [INSIDE])]


def test_given_programs_behind_nats_when_their_logs_are_followed_and_they_are_stopped_then_the_logs_end(
    far: Far,
) -> None:
    far.seattle("run", "--detach", far.program(FOR_EVER))
    with far.seattle_running("logs", "--follow") as following:
        assert following.stdout is not None
        up = (line for line in following.stdout if line.endswith(b" up\n"))  # earlier runs are in the logs, too
        next(up), next(up)
        far.seattle("stop")
        following.communicate(timeout=PATIENCE)
    assert following.returncode == 0
    assert {vessel["outcome"]["kind"] for vessel in far.vessels()} == {"stopped"}


def test_given_a_nat_that_gets_another_address_when_its_node_connects_again_then_users_learn_the_new_one_at_once(
    far: Far,
) -> None:
    moved = "203.0.113.111"
    far.net.move("n1", moved)
    far.restart_broker()

    def told() -> bool:
        return {vessel["public_address"] for vessel in far.vessels()} == {moved, HOMES["n2"]}

    _until(told)  # without news of the connect, the next advert would be up to a minute away
    far.net.move("n1", HOMES["n1"])
    far.restart_broker()


def _until(so: Callable[[], bool]) -> None:
    """Wait, within a bound, for what tells nobody when it changes."""
    deadline = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.1)
