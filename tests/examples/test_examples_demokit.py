"""The demokit on vessels. The walk does part of it as people do: `tests/shell/test_shell_walk.py`."""

import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.examples.conftest import BOUND, RunAlone, StartOn, ended_well

from seattle.client import Run, VesselGroup

A, B, C = 0, 2, 4  # vessels of three nodes: they have the same ports, at different addresses
TIME_SERVER = """
import struct
port = int(callargs[0])
socket = listenformessage(getmyip(), port)
print("serving")
while True:
    try:
        ip, from_port, asked = socket.getmessage()
    except SocketWouldBlockError:
        sleep(0.01)
        continue
    sendmessage(ip, from_port, bytes(40) + struct.pack("!II", 3_900_000_000, 2**31), getmyip(), port)
"""


@pytest.fixture
def ips(vessels: VesselGroup) -> dict[int, str]:
    """The addresses of the three."""
    return {number: vessels[number].addresses[0] for number in (A, B, C)}


@pytest.fixture
def port(vessels: VesselGroup) -> int:
    """The port that all three have."""
    assert len({vessels[number].tcp_ports[0] for number in (A, B, C)}) == 1
    return vessels[A].tcp_ports[0]


def first_line(run: Run) -> str:
    return next(run.follow()).text


def page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=BOUND) as answer:
        return str(answer.read().decode())


def address_in(line: str) -> str:
    found = re.search(r"http://\S+", line)
    assert found is not None, line
    return found[0]


def test_given_the_short_programs_when_run_then_each_writes_what_it_has_to_say(start_on: StartOn) -> None:
    runs = [
        start_on(0, "demokit/helloworld.repy"),
        start_on(1, "demokit/example.1.1.repy"),
        start_on(2, "demokit/example.2.1.repy"),
        start_on(3, "demokit/example.2.2.repy", files={"hello.file": b"hello"}),
        start_on(4, "demokit/example.4.1.repy"),
        start_on(5, "hello.py", "one", "two"),
    ]
    assert [ended_well(run) for run in runs] == [
        [["Hello World"]],
        [["Hello World!"]],
        [["hello from a file"]],
        [["files: example.2.2.repy hello.file", "removed hello.file; files: example.2.2.repy"]],
        [["localhost is 127.0.0.1"]],
        [["Hello from MainThread with ['one', 'two']"]],
    ]


def test_given_the_endless_program_when_it_runs_then_only_a_stop_ends_it(start_on: StartOn) -> None:
    run = start_on(A, "demokit/infloop.repy")
    run.stop().raise_for_failures()
    assert run.wait(BOUND).values[0].kind == "stopped"


def test_given_a_forwarder_between_two_vessels_when_one_is_pinged_then_each_side_sees_the_middle(
    start_on: StartOn, ips: dict[int, str], port: int
) -> None:
    server = start_on(A, "demokit/udppingserver.repy", port)
    middle = start_on(B, "demokit/udpforward.repy", ips[A], ips[C], port)
    heard = server.follow()
    assert next(heard).text == f"listening at {ips[A]} port {port}"
    assert first_line(middle) == f"forwarding between {ips[A]} and {ips[C]}"
    for through in (ips[B], ips[A]):
        (said,) = ended_well(start_on(C, "demokit/udpping.repy", through, port, constants={"PATIENCE": 0.5}))
        assert said[0] == f"sent 'ping' from {ips[C]} to {through}:{port}"
        assert re.fullmatch(rf"received 'got ping' from {through}:{port} after [\d.]+ ms", said[1])
        assert next(heard).text == f"received 'ping' from {through if through != ips[A] else ips[C]}:{port}"


def test_given_three_vessels_when_all_ping_all_then_the_page_of_each_has_the_whole_table(
    start_on: StartOn, ips: dict[int, str], port: int
) -> None:
    neighbours = {"neighboriplist.txt": "\n".join(ips.values()).encode()}
    run = start_on((A, B, C), "demokit/allpairsping.repy", port, files=neighbours)
    lines = run.follow()
    assert {address_in(next(lines).text) for _ in ips} == {f"http://{ip}:{port}/" for ip in ips.values()}
    deadline = time.monotonic() + BOUND
    for ip in ips.values():
        while len(re.findall(r"<td>[\d.]+</td>", page(f"http://{ip}:{port}/"))) < 6:
            assert time.monotonic() < deadline
        with pytest.raises(urllib.error.HTTPError, match="404"):
            page(f"http://{ip}:{port}/other")


def test_given_the_web_pages_when_they_are_looked_at_twice_then_each_is_as_the_tutorial_says(
    start_on: StartOn, vessels: VesselGroup
) -> None:
    ports = [vessel.tcp_ports[0] for vessel in vessels]
    idle = {"IDLE": 2.0}
    begin: list[Callable[[], Run]] = [
        lambda: start_on(0, "demokit/example.1.2.repy", ports[0]),
        lambda: start_on(1, "demokit/example.1.3.repy", ports[1]),
        lambda: start_on(2, "demokit/example.1.4.repy", ports[2], constants={"LONGEST": 3.0}),
        lambda: start_on(3, "demokit/example.1.5.repy", ports[3], constants=idle),
        lambda: start_on(4, "demokit/example.1.6.repy", ports[4], constants=idle),
    ]
    looked_at = [looked_at_twice(start()) for start in begin]
    assert [heads for _, heads in looked_at] == [
        ["Hello World!", "Hello World!"],
        ["You are visitor 1", "You are visitor 2"],
        ["Hello World!", "Hello World!"],
        ["Hello World!", "Hello World!"],
        ["You are visitor 1", "You are visitor 2"],
    ]
    assert [ended_well(run)[0][-1] for run, _ in looked_at[2:]] == [
        "time is over",
        "nobody comes any more",
        "2 visitors came, and now nobody does any more",
    ]


def looked_at_twice(run: Run) -> tuple[Run, list[str]]:
    """The headings of the page that a program shows at two visits."""
    url = address_in(first_line(run))
    return run, [heading for _ in range(2) for heading in re.findall(r"<h1>(.*)</h1>", page(url))]


def test_given_a_page_on_one_vessel_when_others_fetch_it_then_both_print_all_of_it(
    start_on: StartOn, vessels: VesselGroup
) -> None:
    url = address_in(first_line(start_on(A, "demokit/example.1.2.repy", vessels[A].tcp_ports[0])))
    runs = [
        start_on(B, "demokit/example.3.1.repy", url, vessels[B].tcp_ports[0]),
        start_on(C, "demokit/example.3.2.repy", url, vessels[C].tcp_ports[0]),
    ]
    for run in runs:
        (lines,) = ended_well(run)
        assert (lines[0], "<h1>Hello World!</h1>" in "".join(lines)) == ("HTTP/1.0 200 OK", True)


def test_given_a_time_server_on_one_vessel_when_another_asks_it_then_it_prints_its_time(
    start_on: StartOn, run_alone: RunAlone, ips: dict[int, str], port: int, tmp_path: Path
) -> None:
    (tmp_path / "server.py").write_text(TIME_SERVER)
    assert first_line(start_on(A, tmp_path / "server.py", port)) == "serving"
    assert run_alone(B, "demokit/example.4.2.repy", port, ips[A], port) == ["2023-08-02 21:20:00.500000+00:00"]
