"""A bad network between two programs: it loses, doubles and mixes up datagrams, the same ones in each run.

    lossy_network.py PORT TO_IP TO_PORT [LOSS [DOUBLE [MIX [DELAY_MS [SEED]]]]]

What comes to PORT goes on to TO_IP:TO_PORT, and what comes from there goes back to whoever sent last. LOSS, DOUBLE and
MIX are shares of the packets, 0 to 1, in both directions; one that is mixed up goes after the next. All take DELAY_MS
longer. Never ends by itself.
"""

import collections
import random
from contextlib import suppress

LOOK_AGAIN = 0.001  # seconds
LONGEST = 0.05  # seconds for which a packet is held back when no other comes


class Direction:
    """What goes one way."""

    def __init__(self, chance, loss, double, mix):
        self.chance, self.loss, self.double, self.mix = chance, loss, double, mix
        self.held = None  # (packet, since when)
        self.counts = {"passed": 0, "lost": 0, "doubled": 0, "mixed": 0}

    def through(self, packet, now):
        """What comes out now that this packet has gone in."""
        if self.chance.random() < self.loss:
            self.counts["lost"] += 1
            return []
        out = [packet]
        if self.chance.random() < self.double:
            self.counts["doubled"] += 1
            out.append(packet)
        if self.held is None and self.chance.random() < self.mix:
            self.counts["mixed"] += 1
            self.held = (out.pop(), now)
        elif self.held is not None:
            out.append(self.held[0])
            self.held = None
        self.counts["passed"] += len(out)
        return out

    def late(self, now):
        """What was held back for too long."""
        if self.held is None or now - self.held[1] < LONGEST:
            return []
        packet, self.held = self.held[0], None
        return [packet]


def carry(place, target, loss=0.0, double=0.0, mix=0.0, delay=0.0, seed=1, end=None):
    """Pass on what comes to `place`; `target` is whom it goes to, `delay` in milliseconds.

    If there is an `end`, it ends when just these bytes come from the target.
    """
    forth, back = (Direction(random.Random(seed + way), loss, double, mix) for way in (0, 1))
    socket, sender = listenformessage(*place), None
    under_way = collections.deque()  # (when it arrives, to whom, packet)
    while True:
        try:
            ip, port, packet = socket.getmessage()
        except SocketWouldBlockError:
            pairs = [(target, forth.late(getruntime())), (sender, back.late(getruntime()))]
            sleep(LOOK_AGAIN)
        else:
            if (ip, port) == target:
                if packet == end:
                    return
                pairs = [(sender, back.through(packet, getruntime()))]
            else:
                sender = (ip, port)
                pairs = [(target, forth.through(packet, getruntime()))]
        arrives = getruntime() + delay / 1000
        under_way.extend((arrives, to, packet) for to, packets in pairs for packet in packets if to is not None)
        while under_way and under_way[0][0] <= getruntime():
            _arrives, to, packet = under_way.popleft()
            with suppress(NetworkError, DonorPolicyError):
                sendmessage(*to, packet, *place)


if __name__ == "__main__":
    port, to_ip, to_port, *shares = callargs
    carry((getmyip(), int(port)), (to_ip, int(to_port)), *map(float, shares[:4]), *map(int, shares[4:]))
