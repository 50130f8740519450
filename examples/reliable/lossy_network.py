"""A bad network between two programs: it loses, doubles and mixes up datagrams, the same ones in each run.

    lossy_network.py PORT TO_IP TO_PORT [LOSS [DOUBLE [MIX [SEED]]]]

What comes to PORT goes on to TO_IP:TO_PORT, and what comes from there goes back to whoever sent last. LOSS, DOUBLE and
MIX are shares of the packets, 0 to 1, in both directions; one that is mixed up goes after the next. Never ends by
itself.
"""

import random

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


def carry(place, target, loss=0.0, double=0.0, mix=0.0, seed=1, idle=None):
    """Pass on what comes to `place`; `target` is whom it goes to. It ends after `idle` seconds without any packet."""
    forth, back = (Direction(random.Random(seed + way), loss, double, mix) for way in (0, 1))
    socket, sender, last = listenformessage(*place), None, None
    while last is None or idle is None or getruntime() - last < idle:
        try:
            ip, port, packet = socket.getmessage()
        except SocketWouldBlockError:
            pairs = [(target, forth.late(getruntime())), (sender, back.late(getruntime()))]
            sleep(LOOK_AGAIN)
        else:
            last = getruntime()
            if (ip, port) == target:
                pairs = [(sender, back.through(packet, last))]
            else:
                sender = (ip, port)
                pairs = [(target, forth.through(packet, last))]
        for to, packets in pairs:
            for packet in packets:
                if to is not None:
                    sendmessage(*to, packet, *place)


if __name__ == "__main__":
    port, to_ip, to_port, *shares = callargs
    carry((getmyip(), int(port)), (to_ip, int(to_port)), *map(float, shares[:3]), *map(int, shares[3:]))
