"""A time server, and vessels that ask it: how far their clocks are from its, and how long the question took.

    seattle get 3
    seattle run examples/services/time_server.py 3

The first vessel serves its own clock over UDP as NTP does (RFC 5905, mode 4), at its vessel's port; all others ask it
eight times, and print what the quickest answer says: `offset 0.12 ms, delay 0.61 ms, the time is 2026-11-28T18:05:11`.
An offset is right to half of the delay: a way there and a way back that differ can't be told from a wrong clock.
`--name NAME` is for several runs at the same time; any NTP client can ask the server, as long as it runs.
"""

import socket
import struct
import time
from datetime import UTC, datetime

import rendezvous

SINCE_1900 = 2_208_988_800  # seconds from the beginning of NTP's time to that of Python's
PACKET = struct.Struct("!BBbbII4sQQQQ")  # leap and mode, stratum, ..., four times
CLIENT, SERVER, VERSION = 3, 4, 4
STRATUM = 15  # of a clock of which nobody knows how good it is; 16 would be none at all
QUESTIONS = 8
PATIENCE = 0.5  # seconds for an answer
LONGEST = 10.0  # seconds for which the server waits for another question


def to_ntp(seconds):
    """Seconds since 1970 as NTP has them: since 1900, in 2**-32 of a second."""
    return int((seconds + SINCE_1900) * 2**32)


def from_ntp(number):
    return number / 2**32 - SINCE_1900


def answer(packet, came):
    """The answer to a client's packet that came at a time; None if it is none."""
    if len(packet) < PACKET.size or packet[0] & 7 != CLIENT:
        return None
    *_, asked = PACKET.unpack(packet[: PACKET.size])
    head = (VERSION << 3 | SERVER, STRATUM, 0, -20, 0, 0, b"LOCL")
    return PACKET.pack(*head, to_ntp(came), asked, to_ntp(came), to_ntp(time.time()))


def serve(place):
    """Answer until nobody asks any more."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(place)
        server.settimeout(LONGEST)
        answered = 0
        try:
            while True:
                packet, sender = server.recvfrom(1024)
                reply = answer(packet, time.time())
                if reply is not None:
                    server.sendto(reply, sender)
                    answered += 1
                server.settimeout(1.0 if answered >= QUESTIONS * len(company.others) else LONGEST)
        except TimeoutError:
            print("answered", answered, "questions")


def ask(client, server):
    """(delay, offset) in seconds of one question; None if it was lost."""
    sent = time.time()
    client.sendto(PACKET.pack(VERSION << 3 | CLIENT, 0, 0, 0, 0, 0, b"", 0, 0, 0, to_ntp(sent)), server)
    try:
        packet, sender = client.recvfrom(1024)
    except TimeoutError:
        return None
    back = time.time()
    *_, asked, came, left = PACKET.unpack(packet[: PACKET.size])
    if sender != server or asked != to_ntp(sent):
        return None  # late, or from somebody else
    came, left = from_ntp(came), from_ntp(left)
    return (back - sent) - (left - came), ((came - sent) + (left - back)) / 2


def compare(place, server):
    """The quickest of some answers."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind(place)
        client.settimeout(PATIENCE)
        for _ in range(100):
            found += [one for one in [ask(client, server)] if one]
            if len(found) == QUESTIONS:
                return min(found)
    raise TimeoutError("the time server does not answer")


name = callargs[callargs.index("--name") + 1] if "--name" in callargs else "time"
company = rendezvous.meet(name, int(callargs[0]))
if company.index == 0:
    serve(company.place)
else:
    delay, offset = compare(company.place, company.places[0])
    now = datetime.fromtimestamp(time.time() + offset, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    print(f"offset {offset * 1000:.2f} ms, delay {delay * 1000:.2f} ms, the time is {now}")
