"""Reliable transfer over a bad network: what arrives is what was sent, whatever the network does."""

import random
import re
from pathlib import Path

import pytest
from tests.examples.conftest import BOUND, EXAMPLES, RunAlone, RunOn, StartOn

from seattle.client import VesselGroup

CONTENT = random.Random(3).randbytes(5000)
PROBE = """
import rendezvous
here = getmyip(), rendezvous.own_port()
socket = listenformessage(*here)
for packet in callargs[2:]:
    sendmessage(callargs[0], int(callargs[1]), packet, *here)
    ends = getruntime() + 0.5
    while getruntime() < ends:
        try:
            print(socket.getmessage()[2].decode())
            break
        except SocketWouldBlockError:
            sleep(0.01)
    else:
        print("nothing")
"""
SETTINGS = """
import rendezvous
import sliding_window
import stop_and_wait

here = getmyip(), rendezvous.own_port()
nobody = here[0], here[1] + 1

def send(protocol, size, *settings):
    protocol.reliable_config(*settings)
    began = getruntime()
    try:
        told = protocol.reliable_sendmess(*nobody, bytes(size), *here)
    except (TimeoutError, ValueError) as why:
        told = "too long" if isinstance(why, ValueError) else "timeout"
    print(told, "late" if getruntime() - began >= 0.15 else "soon")

send(stop_and_wait, 9, 10, 4, 0)
send(stop_and_wait, 8, 10, 4, 0)
send(stop_and_wait, 8, 10, 0, 150)
send(stop_and_wait, 8, 10, 2, 50)
stop_and_wait.reliable_close()
send(sliding_window, 15, 16, 4, 10, 3)
send(sliding_window, 8, 16, 4, 10, 0)
send(sliding_window, 8, 16, 2, 50, 1)
try:
    sliding_window.reliable_flush()
except TimeoutError:
    print("timeout")
sliding_window.reliable_close()
"""


@pytest.mark.parametrize(
    ("protocol", "shares"), [("stop-and-wait", (0.2, 0.2)), ("sliding-window", (0.2, 0.2, 0.2))], ids=str
)
def test_given_a_network_that_loses_doubles_and_mixes_up_when_a_file_is_sent_then_it_arrives_byte_for_byte(
    run_on: RunOn, vessels: VesselGroup, protocol: str, shares: tuple[float, ...]
) -> None:
    lines = run_on(3, "reliable/transfer.py", protocol, *shares, "--name", protocol)
    received, sent = lines[0][0], lines[2][0]
    assert received.startswith("received 20000 bytes, ")
    assert received.rpartition(" ")[2] == sent.rpartition(" ")[2]
    assert vessels[:1].read("received.bin").values[0] == random.Random(20000).randbytes(20000)
    again = re.search(r"(\d+) of them again", sent)
    assert again is not None
    assert int(again[1]) > 3


def test_given_a_long_way_when_the_window_is_larger_then_the_same_file_takes_less_time(run_on: RunOn) -> None:
    took = []
    for window in (1, 16):
        lines = run_on(
            3, "reliable/transfer.py", "sliding-window", 0, 0, 0, 12, "--window", window, "--name", f"w{window}"
        )
        seconds = re.search(r"in ([\d.]+) s", lines[2][0])
        assert seconds is not None
        took.append(float(seconds[1]))
    assert took[0] > 41 * 0.024, "each packet waits for a whole round trip"
    assert took[1] < took[0] / 1.5


@pytest.mark.parametrize(("word", "settings"), [("", ()), ("window", (512, 20, 50, 8))], ids=["one", "window"])
def test_given_server_and_client_of_the_handout_when_a_file_is_sent_then_the_server_writes_it(
    start_on: StartOn, vessels: VesselGroup, word: str, settings: tuple[int, ...]
) -> None:
    ip, port = vessels[0].addresses[0], vessels[0].udp_ports[0]
    server = start_on(0, "reliable/reliable_server.py", "out.bin", port, 5, *([word] if word else []))
    assert next(server.follow()).text == "listening"
    settings = settings or (512, 20, 50)
    client = start_on(1, "reliable/reliable_client.py", "in.bin", ip, port, *settings, files={"in.bin": CONTENT})
    assert client.results(timeout=BOUND).values[0].output.startswith("5000 bytes in ")
    assert server.results(timeout=BOUND).values[0].output.endswith("5000 bytes came, 0 packets more than once\n")
    assert vessels[:1].read("out.bin").values[0] == CONTENT


def test_given_a_packet_that_comes_twice_when_the_server_takes_it_then_it_acknowledges_both_and_writes_one(
    start_on: StartOn, vessels: VesselGroup, tmp_path: Path
) -> None:
    ip, port = vessels[0].addresses[0], vessels[0].udp_ports[0]
    server = start_on(0, "reliable/reliable_server.py", "out.bin", port, 5)
    assert next(server.follow()).text == "listening"
    probe = tmp_path / "probe.py"
    probe.write_text(PROBE)
    answers = start_on(1, probe, ip, port, "0:one", "0:one", "1:two", "0:", "nonsense").results(timeout=BOUND)
    assert answers.values[0].output.split() == ["a0:", "a0:", "a1:", "a0:", "nothing"]
    server.wait(BOUND)
    assert vessels[:1].read("out.bin").values[0] == b"onetwo"


def test_given_nobody_who_answers_when_a_file_is_sent_then_the_client_says_so_after_all_retries(
    start_on: StartOn, vessels: VesselGroup
) -> None:
    ip, port = vessels[0].addresses[0], vessels[0].udp_ports[0]
    client = start_on(1, "reliable/reliable_client.py", "in.bin", ip, port, 512, 3, 20, files={"in.bin": CONTENT})
    said = client.results(timeout=BOUND).values[0].output
    assert said == f"error: after 0 bytes: {ip}:{port} has not acknowledged a packet\n"


def test_given_the_settings_of_the_handout_when_nobody_answers_then_limits_retries_and_windows_mean_what_it_says(
    run_alone: RunAlone, tmp_path: Path
) -> None:
    for name in ("stop_and_wait.py", "sliding_window.py", "endpoint.py"):
        (tmp_path / name).write_text((EXAMPLES / "reliable" / name).read_text())
    (tmp_path / "settings.py").write_text(SETTINGS)
    assert run_alone(0, tmp_path / "settings.py") == [
        "too long soon",  # with its header
        "8 soon",  # no timeout: nothing is waited for, nothing is an error
        "8 late",  # no retries: it waits once, and that is no error
        "timeout late",  # three times 50 ms
        "too long soon",
        "0 soon",  # a window of 0 sends nothing
        "8 soon",  # there is room in the window
        "timeout",
    ]
