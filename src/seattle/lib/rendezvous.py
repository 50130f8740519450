"""Programs that were started together find each other: who they are, in an order that all of them agree on.

    import rendezvous

    company = rendezvous.meet("ping", 4)
    print("I am number", company.index, "of", company.places)

Each announces where it can be reached under the name of the experiment, and looks until as many have done so as there
should be. Anybody may announce anything, so what is found there is a hint: who matters has to prove who it is. What
has been announced lives for some seconds: who starts the same again on other vessels waits so long, or takes another
name. A vessel behind a NAT announces an address at which nobody reaches it: `affix` has what reaches it all the same.
"""

from dataclasses import dataclass

LIFETIME = 15  # seconds for which an announcement holds
_AGAIN = 5.0  # seconds after which it is made anew
_LOOK_AGAIN = 0.2  # seconds between two looks for others, at first; then it becomes more
_LONGEST_LOOK = 0.7  # seconds: a vessel may ask twice a second in the long run


@dataclass(frozen=True)
class Company:
    """Those who have met: `places` are all of them, as (IP, port), in order; `index` is one's own place there."""

    index: int
    places: tuple

    @property
    def place(self):
        """One's own (IP, port)."""
        return self.places[self.index]

    @property
    def others(self):
        """The (IP, port) of all others, in order."""
        return self.places[: self.index] + self.places[self.index + 1 :]


def own_port():
    """The lowest port that this vessel may use for UDP and for TCP. Raises ResourceForbiddenError if it has none."""
    limits, _usage, _stops = getresources()
    ports = sorted(limits["messport"] & limits["connport"])
    if not ports:
        raise ResourceForbiddenError("this vessel has no port that is allowed for both UDP and TCP")
    return ports[0]


def meet(name, count, patience=60.0):
    """Meet all `count` programs that call this with the same name, oneself among them; return the Company.

    `patience` are the seconds after which those who have not come are given up. Raises TimeoutError then, ValueError
    for a `count` below 1, and AdvertiseError where there are no announcements: outside a testbed.
    """
    if count < 1:
        raise ValueError(f"{count} programs can't meet")
    mine = (getmyip(), own_port())
    ends = getruntime() + patience
    announced = -_AGAIN
    pause = _LOOK_AGAIN
    while True:
        if getruntime() - announced >= _AGAIN:
            announced = getruntime()
            advertise_announce(name, format_place(mine), LIFETIME)
        found = sorted({place for place in map(parse_place, advertise_lookup(name)) if place} | {mine})
        if len(found) >= count:
            advertise_announce(name, format_place(mine), LIFETIME)  # for those who have not looked yet
            kept = found[:count]
            if mine not in kept:
                raise TimeoutError(f"{len(found)} programs came to meet as {name!r}, where {count} should")
            return Company(kept.index(mine), tuple(kept))
        if getruntime() > ends:
            raise TimeoutError(f"only {len(found)} of {count} programs came to meet as {name!r}")
        sleep(pause)
        pause = min(pause * 1.2, _LONGEST_LOOK)


def format_place(place):
    """An (IP, port) as text, `IP:PORT`."""
    return f"{place[0]}:{place[1]}"


def parse_place(text):
    """The (IP, port) of a text `IP:PORT`; None if it is none."""
    ip, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or not 1 <= int(port) <= 65535:
        return None
    return ip, int(port)
