"""With whom a program exchanged data, as its donor's journal shows it."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.monitor.network.transport import Transport
from seattle.repy.monitor.sockets.destinations import MOST, Destinations
from seattle.repy.outcome import Outcome, OutcomeKind
from seattle.repy.outcome_file import OutcomeFile, read_account, read_outcome
from seattle.resources.defaults import REPY_DEFAULT
from seattle.resources.kinds import Resource

Repy = Callable[..., Any]  # see conftest.py
PORT = min(REPY_DEFAULT.ports(Resource.CONNPORT))
UDP_PORT = min(REPY_DEFAULT.ports(Resource.MESSPORT))


@pytest.fixture
def account_of(repy: Repy, program: Callable[..., Path], tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Run a program on this computer to its end; what its outcome file says that it has cost."""

    def account_of(text: str, *arguments: object) -> dict[str, Any]:
        log = tmp_path / "log"
        log.mkdir(exist_ok=True)
        result = repy("--log", log, program(text), *arguments)
        assert result.code == 0, result
        fd = os.open(log, os.O_RDONLY | os.O_DIRECTORY)
        try:
            account = read_account(fd)
        finally:
            os.close(fd)
        assert isinstance(account, dict)
        return account

    return account_of


def test_given_tcp_connections_when_the_run_has_ended_then_each_side_and_direction_has_its_bytes(
    account_of: Callable[..., dict[str, Any]],
) -> None:
    program = f"""
server = listenforconnection("127.0.0.1", {PORT})
client = openconnection("127.0.0.1", {PORT}, "127.0.0.1", {PORT + 1}, 5)
while True:
    try:
        accepted = server.getconnection()[2]
        break
    except SocketWouldBlockError:
        sleep(0.002)
client.send("x" * 1000)
left = 1000
while left:
    try:
        left -= len(accepted.recv(left))
    except SocketWouldBlockError:
        sleep(0.002)
"""
    account = account_of(program)
    assert account["destinations"] == [
        ["TCP", "out", "127.0.0.1", PORT, 1000, 0],
        ["TCP", "in", "127.0.0.1", PORT, 0, 1000],
    ]
    assert account["others"] == [0, 0]
    assert (account["sent"], account["received"]) == (0, 0)  # nothing has left this computer


def test_given_datagrams_when_the_run_has_ended_then_each_side_and_direction_has_its_bytes(
    account_of: Callable[..., dict[str, Any]],
) -> None:
    program = f"""
listener = listenformessage("127.0.0.1", {UDP_PORT})
for _ in range(2):
    sendmessage("127.0.0.1", {UDP_PORT}, "x" * 300, "127.0.0.1", {UDP_PORT + 1})
left = 2
while left:
    try:
        listener.getmessage()
        left -= 1
    except SocketWouldBlockError:
        sleep(0.002)
"""
    assert account_of(program)["destinations"] == [
        ["UDP", "out", "127.0.0.1", UDP_PORT, 600, 0],
        ["UDP", "in", "127.0.0.1", UDP_PORT, 0, 600],
    ]


def test_given_a_port_on_which_nobody_listens_when_it_is_tried_then_the_donor_sees_the_attempt(
    account_of: Callable[..., dict[str, Any]],
) -> None:
    program = f"""
try:
    openconnection("127.0.0.1", {PORT}, "127.0.0.1", {PORT + 1}, 1)
except ConnectionRefusedError:
    pass
"""
    assert account_of(program)["destinations"] == [["TCP", "out", "127.0.0.1", PORT, 0, 0]]


def test_given_a_program_that_computes_and_allocates_when_it_has_ended_then_its_account_says_so(
    account_of: Callable[..., dict[str, Any]],
) -> None:
    account = account_of("kept = bytearray(10_000_000)\nwhile sum(range(1000)) and getruntime() < 1.0:\n    pass\n")
    assert account["memory"] > 10_000_000
    assert account["cpu"] > 0.02


def test_given_more_destinations_than_are_kept_when_they_are_used_then_the_rest_is_summed_up() -> None:
    destinations = Destinations()
    for number in range(MOST + 1000):
        destinations.to(Transport.UDP, f"192.0.2.{number % 250}", number).sent += 10
    destinations.at(Transport.TCP, "198.51.100.1", 80).received += 7
    assert len(destinations.table()) == MOST
    assert destinations.others == [10_000, 7]


def test_given_a_destination_that_has_a_place_when_the_table_is_full_then_it_keeps_its_place() -> None:
    destinations = Destinations()
    for number in range(MOST + 1):
        destinations.to(Transport.UDP, "192.0.2.1", number)
    destinations.to(Transport.UDP, "192.0.2.1", 0).sent += 5
    assert destinations.table()[0] == ["UDP", "out", "192.0.2.1", 0, 5, 0]


def test_given_the_longest_account_and_a_full_disk_when_the_outcome_is_written_then_both_are_kept(
    small_disk: Path, fill: Callable[[Path], None]
) -> None:
    destinations = Destinations()
    for number in range(MOST):
        flow = destinations.to(Transport.TCP, f"2001:db8:{'ffff:' * 5}{0xF000 + number:x}", 65535)
        flow.sent = flow.received = 10**15
    account: dict[str, object] = {
        **dict.fromkeys(("cpu", "memory", "sent", "received"), 10**15),
        "destinations": destinations.table(),
        "others": [10**15, 10**15],
    }
    assert len(json.dumps(account)) < 8 * 1024
    fd = os.open(small_disk, os.O_RDONLY | os.O_DIRECTORY)
    file = OutcomeFile(fd)
    fill(small_disk)
    file.write(Outcome(OutcomeKind.EXCEPTION, "\U0001f600" * 50_000), traffic=0, account=account)
    file.close()
    assert read_account(fd) == json.loads(json.dumps(account))
    assert read_outcome(fd) is not None
    os.close(fd)
