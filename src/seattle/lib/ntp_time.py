"""The time of NTP servers (RFC 5905), good to some milliseconds.

    import ntp_time

    sample = ntp_time.ask(["192.0.2.123"])[0]
    print(sample.unix_time, "give or take", sample.delay / 2)

An answer is heard only from a server that was asked, with the random number that went with the question; the time that
it took on its way is taken into account. `update`, which `time_interface` calls, asks several servers and takes the
middle one of three, so that a single one that is wrong does no harm.

Missing: steering a clock, as a daemon does with many samples over hours; and authentication.
"""

import ipaddress
import random
import statistics
import struct
from typing import NamedTuple

import sockettimeout
import time_interface
from networking.ports import address_towards
from time_interface import SECONDS_1900_TO_1970, TimeError

servers = ["pool.ntp.org", "time.nist.gov", "time.cloudflare.com", "time.google.com", "ntp.se", "ptbtime1.ptb.de"]
PORT = 123
PATIENCE = 5  # seconds for answers
_ASKED, _ENOUGH = 5, 3  # servers that are asked, and answers that are waited for
_CLIENT = struct.pack(">B39x", 4 << 3 | 3)  # version 4, a client's mode; then its time, which nobody has to know
_ANSWER = struct.Struct(">BBxxIIxxxx8x8s8s8s")
_FARTHEST = 1.5  # seconds that the server may be from its source of time, as in RFC 5905
_ERA = 2**32  # seconds after which NTP counts from 0 again: in February 2036


class Sample(NamedTuple):
    """One server's answer: the `time` in seconds since 1900 at `at` (of `getruntime`), give or take half a `delay`."""

    server: str
    time: float
    at: float
    delay: float
    stratum: int

    @property
    def now(self):
        """The seconds since 1900 now."""
        return self.time + getruntime() - self.at

    @property
    def unix_time(self):
        """The seconds since 1970 now."""
        return self.now - SECONDS_1900_TO_1970


def update(localport=None):
    """Ask several of `servers`, and have `time_interface` go by their answers. Raises TimeError if there are none.

    `localport` is one of the vessel's ports in `messport`, or None for any.
    """
    addresses = []
    for name in random.sample(servers, min(_ASKED, len(servers))):
        try:
            addresses.append(sockettimeout.address_of(name))
        except NetworkAddressError:
            continue
    samples = ask(addresses, localport)
    if not samples:
        raise TimeError(f"none of {len(addresses)} NTP servers has answered well within {PATIENCE} seconds")
    if len(samples) < _ENOUGH:
        time_interface.set_time(min(samples, key=lambda sample: sample.delay).now)
    else:
        time_interface.set_time(statistics.median(sample.now for sample in samples))


def ask(addresses, localport=None, timeout=None, port=None, enough=_ENOUGH):
    """Ask servers at these addresses; return a list of Samples, `enough` or as many as come within `timeout` seconds.

    Raises what `listenformessage` and `sendmessage` raise.
    """
    if not addresses:
        return []
    ends = getruntime() + (PATIENCE if timeout is None else timeout)
    port = PORT if port is None else port
    asked, samples = {}, []
    with sockettimeout.open_udp(address_towards(addresses[0]), localport) as udp:
        for ip in addresses:
            number = randombytes()[:8]
            asked[ipaddress.ip_address(ip)] = number, getruntime()
            try:
                udp.send(ip, port, _CLIENT + number)
            except NetworkError:  # there is no way to this one
                continue
        while asked and len(samples) < enough and getruntime() < ends:
            try:
                sender, senders_port, data = udp.getmessage(max(0, ends - getruntime()))
            except TimeoutError:
                break
            now = getruntime()
            number, sent = asked.get(ipaddress.ip_address(sender), (None, None))
            if senders_port != port or number is None or data[24:32] != number:
                continue
            del asked[ipaddress.ip_address(sender)]  # it has said what it has to say
            sample = _sample(sender, data, sent, now)
            if sample is not None:
                samples.append(sample)
    return samples


def _sample(server, data, sent, heard):
    """What an answer says; None if it is none that one can go by."""
    if len(data) < 48:
        return None
    first, stratum, root_delay, root_dispersion, _, received, answered = _ANSWER.unpack(data[:48])
    leap, version, mode = first >> 6, first >> 3 & 7, first & 7
    if mode != 4 or version not in (3, 4) or leap == 3 or not 1 <= stratum <= 15 or not any(answered):
        return None
    if root_delay / 2**17 + root_dispersion / 2**16 > _FARTHEST:
        return None
    begun, ended = _seconds(received), _seconds(answered)
    delay = heard - sent - (ended - begun)
    if ended < begun or delay < -0.001:
        return None
    return Sample(server, ended + max(0.0, delay) / 2, heard, max(0.0, delay), stratum)


def _seconds(timestamp):
    whole, fraction = struct.unpack(">II", timestamp)
    return whole + fraction / 2**32 + (_ERA if whole < _ERA // 2 else 0)


ntp_time_updatetime = update
time_interface.register_method("ntp", update)
