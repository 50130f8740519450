"""Announcements on a server of one's own, over UDP: less traffic than `centralizedadvertise`, whose calls these are.

An answer is heard only from the server that was asked, and with the number of the question, which nobody can guess;
what is lost is asked for again after 1, 2 and 4 seconds.

Missing: the reference's server (`udpadvertiseserver.poly.edu`), which is no more: `servername` has to be set.
"""

import sockettimeout
from centralizedadvertise import CentralAdvertiseError, check_announcement, check_lookup, values_in
from networking.ports import address_towards
from serialize import serialize_deserializedata, serialize_serializedata

servername = None  # a name or an address
serverport = 10102
waits = [1, 2, 4, 8]  # seconds for an answer, each time that the question is sent


class UDPCentralAdvertiseError(CentralAdvertiseError):
    """The server did not do what it was asked to; nobody knows whether it will."""


class UDPCentralAdvertiseTimeout(UDPCentralAdvertiseError, TimeoutError):
    """The server did not answer in time."""


def announce(key, value, ttlval):
    """Announce a value under a key, both text, for `ttlval` seconds; the same again lives until the later end.

    Raises UDPCentralAdvertiseError, TypeError and ValueError.
    """
    check_announcement(key, value, ttlval)
    answer = _ask("PUT", key, value, ttlval)
    if answer != ("OK",):
        raise UDPCentralAdvertiseError(f"the server did not take the announcement: {str(answer)[:200]}")


def lookup(key, maxvals=100):
    """The values that live under a key, at most `maxvals`, and as many as fit into a datagram.

    Raises UDPCentralAdvertiseError, TypeError and ValueError.
    """
    check_lookup(key, maxvals)
    answer = _ask("GET", key, maxvals)
    try:
        return values_in(answer, maxvals)
    except CentralAdvertiseError as why:
        raise UDPCentralAdvertiseError(str(why)) from None


def _ask(*question):
    """The answer to a question, without the number that goes with both."""
    if servername is None:
        raise UDPCentralAdvertiseError("there is no server: set servername to the name or address of one")
    number = int.from_bytes(randombytes()[:8], "big")
    data = serialize_serializedata((*question, number))

    def accept(answer):
        try:
            said = serialize_deserializedata(answer)
        except ValueError:
            return None
        return said[:-1] if isinstance(said, tuple) and len(said) > 1 and said[-1] == number else None

    try:
        ip = sockettimeout.address_of(servername)
        for seconds in waits:
            with sockettimeout.open_udp(address_towards(ip)) as udp:  # another port each time: one may be blocked
                try:
                    return udp.ask(ip, serverport, data, seconds, accept)
                except TimeoutError:
                    continue
    except (NetworkError, RepyArgumentError) as why:  # too long for a datagram, for one
        raise UDPCentralAdvertiseError(f"the server {servername} can't be asked: {why}") from None
    raise UDPCentralAdvertiseTimeout(f"the server {servername} did not answer within {sum(waits)} seconds")


udpcentralizedadvertise_announce = announce
udpcentralizedadvertise_lookup = lookup
