"""Affix on vessels, of which no one is behind a NAT. Those that are: `tests/lib/test_lib_affix_behind_nat.py`."""

from pathlib import Path

from tests.examples.conftest import EXAMPLES, RunAlone, StartOn, ended_well

from seattle.client import Run, VesselGroup

HERE = """
import advertise
advertise.announce("A here.lab.example", getmyip(), 600)
"""
DIG = """
import dns
ip, port = callargs[0], int(callargs[1])
print(dns.resolve("here.lab.example", "A", ip, port, 5))
try:
    dns.resolve("nobody.lab.example", "A", ip, port, 5)
except dns.NoSuchName:
    print("no such name")
"""


def line_with(run: Run, text: str) -> str:
    """The first line that has this text in it."""
    return next(line.text for line in run.follow() if text in line.text)


def test_given_somebody_who_tries_when_a_vessel_asks_then_it_is_told_that_it_can_hear(
    start_on: StartOn, vessels: VesselGroup
) -> None:
    teller = start_on(0, "affix/can_i_hear.py", "server")
    assert "tells whether" in line_with(teller, "tells")
    (told,) = ended_well(start_on(2, "affix/can_i_hear.py", vessels[2].tcp_ports[0]))
    assert told == ["others can connect to this computer"]


def test_given_a_server_that_can_be_heard_when_a_client_looks_for_its_name_then_it_gets_its_data_back(
    start_on: StartOn, run_alone: RunAlone, vessels: VesselGroup
) -> None:
    line_with(start_on(0, "affix/can_i_hear.py", "server"), "tells")
    server = start_on(2, "affix/echo_server.py", "directly")
    port = vessels[2].tcp_ports[0]
    assert line_with(server, "is reached by") == f"directly:{port} is reached by (NamingAndResolverAffix)"
    assert run_alone(4, "affix/echo_client.py", "directly", port, 3000) == [
        "connected",
        "3000 bytes came back, the same",
    ]


def test_given_a_server_that_listens_at_a_relay_when_a_client_looks_for_its_name_then_the_relay_is_between(
    start_on: StartOn, run_alone: RunAlone, vessels: VesselGroup, tmp_path: Path
) -> None:
    relay = start_on(0, "affix/tcp_relay.py")
    place = line_with(relay, "relaying at").removeprefix("relaying at ")
    text = (EXAMPLES / "affix/echo_server.py").read_text()
    (tmp_path / "echo_server.py").write_text(text.replace("(MakeMeHearAffix)", "(TCPRelayAffix)"))
    server = start_on(2, tmp_path / "echo_server.py", "relayed")
    assert f"is reached by (TCPRelayAffix,{place})" in line_with(server, "is reached by")
    assert run_alone(4, "affix/echo_client.py", "relayed", vessels[2].tcp_ports[0], 3000) == [
        "connected",
        "3000 bytes came back, the same",
    ]
    relay.stop().raise_for_failures()
    assert line_with(server, "lost:"), "it was the relay through which they talked"


def test_given_a_name_that_a_program_announces_when_the_name_server_is_asked_then_it_tells_where_that_is(
    start_on: StartOn, run_alone: RunAlone, vessels: VesselGroup, tmp_path: Path
) -> None:
    port = vessels[0].udp_ports[0]
    server = start_on(0, "affix/name_server.py", "lab.example", "-p", port)
    assert next(server.follow()).text
    (tmp_path / "here.py").write_text(HERE)
    (tmp_path / "dig.py").write_text(DIG)
    assert run_alone(2, tmp_path / "here.py") == []
    found = run_alone(4, tmp_path / "dig.py", vessels[0].addresses[0], port)
    assert found == [f"[{vessels[2].addresses[0]!r}]", "no such name"]
