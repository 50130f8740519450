"""UDP ping: how long a datagram takes to another vessel and back, and how many are lost.

    seattle get 2
    seattle run examples/ping/udp_ping.py

The first of two vessels answers, the second pings it ten times and prints a line for each, then
`10 sent, 10 came back, 0 % lost; 0.4 / 0.6 / 1.1 ms at least, on average, at most`. `--name NAME` is for several runs
at the same time.
"""

import socket
import time
from contextlib import suppress

import rendezvous

COUNT = 10
PATIENCE = 1.0  # seconds for one answer
PAUSE = 0.1  # seconds between two pings
BYE = b"bye"


def answer_at(place):
    """Send back whatever comes, until somebody says bye."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as echo:
        echo.bind(place)
        while True:
            data, sender = echo.recvfrom(1024)
            if data == BYE:
                return
            echo.sendto(data, sender)


def ping(me, other):
    """The milliseconds of those pings that came back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as pings:
        pings.bind(me)
        wait_for_answers(pings, other)
        times = [once(pings, other, number) for number in range(COUNT)]
        pings.sendto(BYE, other)
    return [took for took in times if took is not None]


def wait_for_answers(pings, other):
    """The other one may not listen yet."""
    pings.settimeout(0.1)
    for _ in range(100):
        pings.sendto(b"first", other)
        with suppress(TimeoutError):
            pings.recvfrom(1024)
            return
    raise TimeoutError(f"{other[0]} does not answer")


def once(pings, other, number):
    word = b"%d" % number
    began = time.monotonic()
    pings.sendto(word, other)
    while (left := began + PATIENCE - time.monotonic()) > 0:
        pings.settimeout(left)
        try:
            data, _sender = pings.recvfrom(1024)
        except TimeoutError:
            break
        if data == word:  # and no late answer to an earlier one
            took = (time.monotonic() - began) * 1000
            print(f"ping {number}: {took:.2f} ms")
            time.sleep(PAUSE)
            return took
    print(f"ping {number}: lost")
    return None


name = callargs[callargs.index("--name") + 1] if "--name" in callargs else "udp-ping"
company = rendezvous.meet(name, 2)
if company.index == 0:
    answer_at(company.place)
else:
    times = ping(company.place, company.places[0])
    summary = f"{COUNT} sent, {len(times)} came back, {100 * (COUNT - len(times)) // COUNT} % lost"
    if times:
        summary += (
            f"; {min(times):.2f} / {sum(times) / len(times):.2f} / {max(times):.2f} ms at least, on average, at most"
        )
    print(summary)
