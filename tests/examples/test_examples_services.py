"""A time server, names looked up from everywhere, addresses located, and a relay that makes connections worse."""

import re
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.examples.conftest import BOUND, EXAMPLES, RunAlone, RunOn, StartOn

from seattle.client import VesselGroup

ECHO = """
import socketserver
import rendezvous

class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)

with socketserver.ThreadingTCPServer((getmyip(), rendezvous.own_port()), Echo) as server:
    print("echo")
    server.serve_forever()
"""

WHERE = """
import geoip_client
geoip_client.use(callargs[0])
for address in callargs[1:]:
    print(address, geoip_client.describe(geoip_client.locate(address)))
"""


def test_given_a_time_server_when_vessels_ask_it_then_their_clocks_are_its_own_and_the_time_is_right(
    run_on: RunOn,
) -> None:
    server, *clients = run_on(3, "services/time_server.py", 3)
    assert int(server[0].split()[1]) >= 16
    for (line,) in clients:
        told = re.fullmatch(r"offset (-?[\d.]+) ms, delay ([\d.]+) ms, the time is (\S+)", line)
        assert told is not None, line
        assert abs(float(told[1])) <= float(told[2]) / 2 + 0.1, "it is one computer's clock"
        now = datetime.fromisoformat(told[3]).replace(tzinfo=UTC)
        assert abs((datetime.now(UTC) - now).total_seconds()) < BOUND


def test_given_names_when_looked_up_from_everywhere_then_every_vessel_tells_what_it_was_told(run_on: RunOn) -> None:
    lines = run_on(6, "services/lookup.py", "localhost", "127.0.0.9", "no-such-host.invalid")
    assert lines == [["localhost 127.0.0.1", "127.0.0.9 127.0.0.9", "no-such-host.invalid nobody knows it"]] * 6


def test_given_a_server_beside_the_testbed_when_a_vessel_asks_where_addresses_are_then_it_is_told(
    run_alone: RunAlone, vessels: VesselGroup, tmp_path: Path
) -> None:
    (tmp_path / "where.py").write_text(WHERE)
    place = vessels[0].addresses[0], vessels[1].tcp_ports[-1]  # one that vessels may reach, and none of them uses
    command = [sys.executable, str(EXAMPLES / "services/geoip_server.py"), str(place[1]), place[0]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().split()[0]
            said = run_alone(2, tmp_path / "where.py", url, "193.99.144.80", "10.0.0.1")
        finally:
            server.kill()
    assert said == ["193.99.144.80 Germany", "10.0.0.1 nowhere"]


@pytest.fixture
def echo(start_on: StartOn, vessels: VesselGroup, tmp_path: Path) -> str:
    """Where a vessel sends everything back."""
    (tmp_path / "echo.py").write_text(ECHO)
    assert next(start_on(1, tmp_path / "echo.py").follow()).text == "echo"
    return f"{vessels[1].addresses[0]}:{vessels[1].tcp_ports[0]}"


def relay(start_on: StartOn, *arguments: object) -> tuple[str, int]:
    line = next(start_on(0, "relay/simplerelay.py", *arguments).follow()).text
    found = re.match(r"relaying ([\d.]+):(\d+) to ", line)
    assert found is not None, line
    return found[1], int(found[2])


def test_given_a_relay_with_a_delay_when_something_is_sent_then_it_comes_back_whole_after_both_ways(
    start_on: StartOn, echo: str
) -> None:
    with socket.create_connection(relay(start_on, 150, echo), timeout=BOUND) as connection:
        began = time.monotonic()
        sent = bytes(range(256)) * 40
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        back = b"".join(iter(lambda: connection.recv(65536), b""))
    assert len(back) == len(sent)
    assert back == sent
    assert 0.3 <= time.monotonic() - began < 10


def test_given_a_narrow_relay_with_a_full_buffer_when_more_is_sent_then_it_takes_its_time(
    start_on: StartOn, echo: str
) -> None:
    size = 60_000  # bytes: a second and a half at 320 kilobits a second
    with socket.create_connection(relay(start_on, 0, 320, 4, echo), timeout=BOUND) as connection:
        began = time.monotonic()
        connection.sendall(bytes(size))
        received = 0
        while received < size:
            received += len(connection.recv(65536))
    assert 1.3 < time.monotonic() - began < 10
