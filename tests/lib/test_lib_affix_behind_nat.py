"""A server behind a NAT is reached through a relay: the examples of Affix, on a testbed in network namespaces."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.fabric.far_testbed import PATIENCE, USER, Far, far_testbed
from tests.fabric.private_networks import OUTSIDE, why_not

EXAMPLES = Path(__file__).parents[2] / "examples" / "affix"
NAT = "203.0.113.11"  # the address of the translator that the server is behind
HOMES = {"server": NAT, "clients": "203.0.113.12", USER: "203.0.113.13"}
NODES = {"net": [40, 30, 30], "server": [100], "clients": [40, 30, 30]}
PORT = "63150"
NO_HOST = "d" * 64  # a name that nobody has to ask the DNS about

DIRECTLY = """
try:
    openconnection(callargs[0], int(callargs[1]), getmyip(), min(getresources()[0]["connport"]), 5)
except (ConnectionRefusedError, TimeoutError):
    print("nobody")
"""


class Program:
    """A program that runs in a vessel, started by the user's command."""

    def __init__(self, command: "subprocess.Popen[bytes]") -> None:
        self._command = command
        self._said: list[str] = []

    def wait_for(self, text: str) -> str:
        """The next line that has this text in it."""
        assert self._command.stdout is not None
        for line in self._command.stdout:
            self._said.append(line.decode().rstrip())
            if text in self._said[-1]:
                return self._said[-1].partition(" | ")[2]
        pytest.fail(f"it ended, and wrote only {self._said}")

    def end(self) -> str:
        """Wait for its end; the rest of what it wrote."""
        assert self._command.stdout is not None
        rest = self._command.stdout.read().decode()
        self._command.wait(PATIENCE)
        return rest

    def stop(self) -> None:
        self._command.terminate()
        self._command.communicate(timeout=PATIENCE)


@dataclass
class World:
    """The testbed, with two relays and a server that tells who can hear."""

    far: Far
    server: str  # a vessel behind a NAT
    clients: list[str]  # vessels behind another one
    relays: list[str]  # vessels in the Internet

    @contextmanager
    def run(self, vessel: str, program: Path | str, *arguments: str) -> Iterator[Program]:
        running = Program(self.far.seattle_running("run", "--on", vessel, str(program), *arguments))
        try:
            yield running
        finally:
            running.stop()

    @contextmanager
    def relay(self, number: int) -> Iterator[Program]:
        with self.run(self.relays[number], EXAMPLES / "tcp_relay.py") as relay:
            relay.wait_for("relaying at")
            yield relay

    @contextmanager
    def serve(self, *name: str) -> Iterator[Program]:
        with self.run(self.server, EXAMPLES / "echo_server.py", *name) as server:
            yield server

    def talk(self, client: int, name: str, count: int = 5000, port: str = PORT) -> "subprocess.Popen[bytes]":
        words = (str(EXAMPLES / "echo_client.py"), name, port, str(count))
        return self.far.seattle_running("run", "--on", self.clients[client], *words)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if reason := why_not():
        pytest.skip(reason)
    with far_testbed(tmp_path_factory.mktemp("far"), HOMES, NODES) as far, ExitStack() as stack:
        deadline = time.monotonic() + PATIENCE
        while len(vessels := far.vessels()) < sum(map(len, NODES.values())):
            assert time.monotonic() < deadline
        by_address: dict[str, list[str]] = {}
        for vessel in vessels:
            by_address.setdefault(vessel["public_address"], []).append(vessel["vessel"])
        teller, *relays = by_address[OUTSIDE]
        world = World(far, by_address[NAT][0], by_address[HOMES["clients"]], relays)
        stack.enter_context(world.run(teller, EXAMPLES / "can_i_hear.py", "server")).wait_for("tells whether")
        yield world


def test_given_a_server_behind_a_nat_when_it_is_looked_for_then_only_the_relay_leads_there(world: World) -> None:
    with world.relay(0), world.serve("alpha", PORT) as server:
        assert f"alpha:{PORT} is reached by (TCPRelayAffix,{OUTSIDE}:" in server.wait_for("is reached by")
        with world.run(world.clients[0], world.far.program(DIRECTLY), NAT, PORT) as stranger:
            assert "nobody" in stranger.end()
        told, _ = world.talk(0, "alpha").communicate(timeout=PATIENCE)
        assert b"5000 bytes came back, the same" in told
        assert f"from {HOMES['clients']}:" in server.wait_for("somebody has come")


def test_given_a_server_behind_a_nat_when_several_clients_come_then_each_gets_its_own_data_back(world: World) -> None:
    with world.relay(0), world.serve("beta", PORT) as server:
        server.wait_for("is reached by")
        talks = [world.talk(client, "beta", 20_000) for client in range(len(world.clients))]
        told = [talk.communicate(timeout=PATIENCE)[0] for talk in talks]
        assert [b"20000 bytes came back, the same" in text for text in told] == [True] * len(talks)


def test_given_a_relay_when_it_is_stopped_then_the_server_says_so_and_is_reached_through_another(world: World) -> None:
    with ExitStack() as first, world.serve("gamma", PORT) as server:
        first.enter_context(world.relay(0))
        by_the_first = server.wait_for("is reached by")
        with world.relay(1):
            first.close()
            assert f"the relay {OUTSIDE}:" in server.wait_for("lost:")
            assert server.wait_for("is reached by") != by_the_first
            told, _ = world.talk(0, "gamma").communicate(timeout=PATIENCE)
            assert b"5000 bytes came back, the same" in told


def test_given_a_client_when_the_relay_is_stopped_then_its_connection_ends_and_new_ones_are_refused(
    world: World,
) -> None:
    hanging = (
        "from affix import AffixStack\n"
        "stack = AffixStack('(CoordinationAffix)(NamingAndResolverAffix)')\n"
        "here = min(getresources()[0]['connport'])\n"
        "connection = stack.openconnection(callargs[1], int(callargs[0]), stack.getmyip(), here, 10)\n"
        "print('connected')\n"
        "try:\n"
        "    while True:\n"
        "        waitready([connection], [], 1)\n"
        "        try:\n"
        "            connection.recv(1)\n"
        "        except SocketWouldBlockError:\n"
        "            pass\n"
        "except SocketClosedRemote:\n"
        "    print('ended')\n"
        "try:\n"
        "    stack.openconnection(callargs[1], int(callargs[0]), stack.getmyip(), here + 1, 10)\n"
        "except ConnectionRefusedError as why:\n"
        "    print('refused:', why)\n"
    )
    with ExitStack() as relay, world.serve(NO_HOST, PORT) as server:
        relay.enter_context(world.relay(0))
        server.wait_for("is reached by")
        with world.run(world.clients[0], world.far.program(hanging), PORT, NO_HOST) as client:
            client.wait_for("connected")
            relay.close()
            client.wait_for("ended")
            assert f"refused: {OUTSIDE} port" in client.end()


def test_given_vessels_when_they_are_asked_whether_they_can_hear_then_those_behind_nats_can_not(world: World) -> None:
    program = EXAMPLES / "can_i_hear.py"
    with world.run(world.server, program) as behind, world.run(world.relays[0], program) as outside:
        assert "nobody can connect to this computer" in behind.end()
        assert "others can connect to this computer" in outside.end()


def test_given_a_server_that_has_a_key_when_it_is_called_by_the_key_s_id_then_it_proves_itself_through_the_relay(
    world: World,
) -> None:
    with world.relay(0), world.serve() as server:
        name, _, port = server.wait_for("is reached by").partition(" ")[0].rpartition(":")
        assert len(name) == 56
        told, _ = world.talk(0, name, port=port).communicate(timeout=PATIENCE)
        assert b"5000 bytes came back, the same" in told


def test_given_a_name_that_a_program_announces_when_a_name_server_is_asked_elsewhere_then_it_has_the_address(
    world: World,
) -> None:
    announcing = world.far.program("import advertise\nadvertise.announce('A here.lab.example', '203.0.113.99', 60)\n")
    asking = "import dns\nprint(dns.resolve('here.lab.example', server=callargs[0], port=int(callargs[1])))\n"
    with world.run(world.server, announcing) as announcer:
        announcer.end()
    port = next(vessel["udp_ports"][0] for vessel in world.far.vessels() if vessel["vessel"] == world.relays[0])
    with world.run(world.relays[0], EXAMPLES / "name_server.py", "--", "lab.example", "-p", str(port)) as server:
        server.wait_for("answers for lab.example")
        with world.run(world.clients[0], world.far.program(asking), OUTSIDE, str(port)) as client:
            assert "['203.0.113.99']" in client.end()
