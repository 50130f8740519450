"""Announcements on a server of one's own, over TCP; in a testbed `advertise` needs none.

    import centralizedadvertise

    centralizedadvertise.servername = "192.0.2.7"
    centralizedadvertise.announce("experiment", "192.0.2.9:63100", 60)
    print(centralizedadvertise.lookup("experiment"))

The server is the program `advertiseserver_v2`, or one of the reference's, whose protocol this is. Anybody may announce
anything there, so what is found is a hint. `centralizedadvertise_v2` and `udpcentralizedadvertise` have the same calls,
for other servers and over UDP.

Missing: the reference's own servers (`advertiseserver.poly.edu`), which are no more: `servername` has to be set.
"""

import session
import sockettimeout
from serialize import serialize_deserializedata, serialize_serializedata

servername = None  # a name or an address
serverport = 10102
PATIENCE = 10  # seconds for one question
MOST = 2**20  # bytes of an answer


class CentralAdvertiseError(AdvertiseError):
    """The server did not do what it was asked to; nobody knows whether it will."""


class CentralAdvertiseTimeout(CentralAdvertiseError, TimeoutError):
    """The server did not answer in time."""


def announce(key, value, ttlval):
    """Announce a value under a key, both text, for `ttlval` seconds; the same again lives until the later end.

    Raises CentralAdvertiseError, TypeError and ValueError.
    """
    announce_at((servername, serverport), key, value, ttlval)


def lookup(key, maxvals=100):
    """The values that live under a key, at most `maxvals`. Raises CentralAdvertiseError, TypeError and ValueError."""
    return lookup_at((servername, serverport), key, maxvals)


def announce_at(server, key, value, ttlval):
    """As `announce`, at a server: `(host, port)`."""
    check_announcement(key, value, ttlval)
    answer = _ask(server, ("PUT", key, value, ttlval))
    if answer != "OK":
        raise CentralAdvertiseError(f"the server did not take the announcement: {str(answer)[:200]}")


def lookup_at(server, key, maxvals=100):
    """As `lookup`, at a server: `(host, port)`."""
    check_lookup(key, maxvals)
    return values_in(_ask(server, ("GET", key, maxvals)), maxvals)


def check_announcement(key, value, ttlval):
    """Raise TypeError or ValueError for what is no announcement."""
    if not isinstance(key, str) or not isinstance(value, str):
        raise TypeError(f"key and value are text, not {type(key).__name__} and {type(value).__name__}")
    _check_number("ttlval", ttlval)


def check_lookup(key, maxvals):
    """Raise TypeError or ValueError for what nobody can look up."""
    if not isinstance(key, str):
        raise TypeError(f"a key is text, not {type(key).__name__}")
    _check_number("maxvals", maxvals)


def values_in(answer, maxvals):
    """The text among the values of an answer to a look-up. Raises CentralAdvertiseError if it is none."""
    match answer:
        case ("OK", list(values)):  # a single one that is no text must not keep the others from being found
            return [value for value in values if isinstance(value, str)][:maxvals]
    raise CentralAdvertiseError(f"the server's answer makes no sense: {str(answer)[:200]}")


def _check_number(name, number):
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError(f"{name} is a whole number, not {type(number).__name__}")
    if number < 1:
        raise ValueError(f"{name} is 1 or more, not {number}")


def _ask(server, question):
    host, port = server
    if host is None:
        raise CentralAdvertiseError("there is no server: set servername to the name or address of one")
    try:
        with sockettimeout.connect(host, port, timeout=PATIENCE) as connection:
            connection.limit(PATIENCE)
            session.send_message(connection, serialize_serializedata(question))
            return serialize_deserializedata(session.receive_message(connection, MOST))
    except TimeoutError as why:
        raise CentralAdvertiseTimeout(f"the server {host} did not answer in time: {why}") from None
    except (NetworkError, session.SessionEOF, ValueError) as why:
        raise CentralAdvertiseError(f"the server {host} did not answer as it should: {why}") from None


centralizedadvertise_announce = announce
centralizedadvertise_lookup = lookup
