"""Lines that end in odd ways, and sockets that go while somebody waits for them."""

import socket
from collections.abc import Callable
from typing import Any

from seattle.repy import door
from seattle.repy.outcome import OutcomeKind

Make = Callable[..., Any]  # see conftest.py
Ports = Callable[[int], list[int]]
LONG = 30.0  # seconds


def test_given_an_empty_frame_on_the_line_of_a_thread_when_it_comes_then_that_line_is_over_and_its_unit_is_back(
    fake_guest: Make,
) -> None:
    guest = fake_guest(events=2).begin()
    main = guest.lines[0]
    for _ in range(5):
        assert type(guest.ask(main, door.encode(door.NewThread()))) is door.Done
        assert guest.ask(main, door.encode(door.NewThread())).refusal == door.Refusal.EXHAUSTED
        line = guest.lines.pop()
        line.send(b"")
        assert line.recv(1) == b""  # the monitor has hung up, though this end is open
        line.close()
    assert type(guest.ask(main, door.encode(door.GetResources()))) is door.Done
    assert guest.stop().kind is OutcomeKind.STOPPED


def test_given_an_empty_frame_on_the_only_line_when_it_comes_then_the_vessel_ends(fake_guest: Make) -> None:
    guest = fake_guest().begin()
    guest.lines[0].send(b"")
    assert guest.wait().kind is OutcomeKind.VIOLATION


def test_given_a_wait_for_a_socket_when_another_takes_its_place_then_it_hears_of_the_end_and_of_nothing_else(
    fake_guest: Make, ports: Ports
) -> None:
    (port,) = ports(1)
    guest = fake_guest(ports=(port,)).begin()
    main = guest.lines[0]
    assert type(guest.ask(main, door.encode(door.NewThread()))) is door.Done
    waiting = guest.lines[1]
    first = guest.ask(main, door.encode(door.ListenForMessage("127.0.0.1", port))).value
    assert guest.ask(waiting, door.encode(door.WaitReady([first], [], LONG))) is None
    assert type(guest.ask(main, door.encode(door.CloseSocket(first)))) is door.Done
    assert guest.hear(waiting, within=LONG) == door.Done([[first], []])
    second = guest.ask(main, door.encode(door.ListenForMessage("127.0.0.1", port))).value
    assert second != first
    assert guest.ask(waiting, door.encode(door.WaitReady([first, second], [], 0.0))) == door.Done([[first], []])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"hello", ("127.0.0.1", port))
    assert guest.ask(waiting, door.encode(door.GetMessage(first))).refusal is door.Refusal.CLOSED_LOCAL
    assert guest.ask(main, door.encode(door.GetMessage(second))).value[2] == b"hello"
    assert guest.stop().kind is OutcomeKind.STOPPED
