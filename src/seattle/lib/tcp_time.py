"""The time of a server over TCP, for vessels that can't send datagrams; and such a server.

    import tcp_time

    print(tcp_time.ask("192.0.2.9", 63100))

A server sends the seconds since 1900 in decimal digits, then a dollar sign. `update`, which `time_interface` calls,
asks `servers` if there are any, or those that have announced themselves under `time_server`. Those may be anybody's: of
three answers the middle one is taken.

Missing: a server that is always there. `Server` is one; it goes by `time_interface` itself.
"""

import random
import re
import statistics

import advertise
import advertisepipe
import sockettimeout
import time_interface
from time_interface import TimeError

KEY = "time_server"
PATIENCE = 5  # seconds for one server
servers = []  # pairs of a host and a port
_ASKED, _ENOUGH = 5, 3  # servers that are asked, and answers that are waited for
_LONGEST = 64  # bytes of an answer
_ANSWER = re.compile(rb"([0-9]{10}(?:\.[0-9]{1,20})?)\$")


def update(localport=None):
    """Ask servers, and have `time_interface` go by what they say. Raises TimeError if none says anything sensible.

    `localport` is one of the vessel's ports in `connport`; if it is none of them, or None, any will do.
    """
    known = list(servers) or _announced()
    if localport not in getresources()[0]["connport"]:
        localport = None
    offsets, failures = [], []
    for host, port in random.sample(known, min(_ASKED, len(known))):
        try:
            offsets.append(ask(host, port, localport) - getruntime())
        except (TimeError, NetworkError, TimeoutError, ResourceForbiddenError, RepyArgumentError) as why:
            failures.append(f"{host} port {port}: {why}")
        if len(offsets) == _ENOUGH:
            break
    if not offsets:
        raise TimeError("; ".join(failures) or "no server has announced itself")
    time_interface.set_time(statistics.median(offsets) + getruntime())


def ask(host, port, localport=None, timeout=None):
    """The seconds since 1900 that a server tells, half of the way there and back added.

    Raises TimeError for what is no answer, and what `sockettimeout.connect` raises.
    """
    timeout = PATIENCE if timeout is None else timeout
    with sockettimeout.connect(host, port, localport=localport, timeout=timeout) as connection:
        connection.limit(timeout)
        begun, said = getruntime(), b""
        while b"$" not in said and len(said) < _LONGEST:
            try:
                said += connection.recv(_LONGEST)
            except SocketClosedRemote:
                break
        match = _ANSWER.fullmatch(said)
        if match is None:
            raise TimeError(f"what the server says is no time: {said[:_LONGEST]!r}")
        return float(match[1]) + (getruntime() - begun) / 2


class Server:
    """Tells the time at an address and port of the vessel once `serve_forever` is called, and announces itself.

    Raises what `listenforconnection` raises.
    """

    def __init__(self, ip, port, announced=True):
        self._listener = sockettimeout.listen(ip, port, None)
        self.address = self._listener.address
        self._handle = advertisepipe.add_to_pipe(KEY, "{}:{}".format(*self.address)) if announced else None

    def serve_forever(self):
        """Tell the time to each that comes, until `close` is called. Raises TimeError if it is not known."""
        time_interface.get_time()
        while True:
            try:
                _, _, connection = self._listener.getconnection()
            except SocketClosedLocal:
                return
            except ResourceExhaustedError:  # that one was closed; others may come later
                continue
            try:
                connection.send(b"%.6f$" % time_interface.get_time(), timeout=0)
            except (TimeoutError, NetworkError):  # who does not take so little has gone
                pass
            finally:
                connection.close()

    def close(self):
        """Tell it no more."""
        advertisepipe.remove_from_pipe(self._handle)
        self._listener.close()


def _announced():
    places = []
    try:
        values = advertise.lookup(KEY)
    except AdvertiseError as why:
        raise TimeError(f"nobody says where there are servers: {why}") from None
    for value in values:
        host, colon, port = value.rpartition(":")
        if colon and port.isdecimal() and 0 < int(port[:6]) < 65536:
            places.append((host, int(port)))
    return places


tcp_time_updatetime = update
time_interface.register_method("tcp", update)
