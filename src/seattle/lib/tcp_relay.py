"""A relay: programs that nothing can connect to are reached through it. TCPRelayAffix of `affix` uses it.

    import tcp_relay

    tcp_relay.main(callargs)  # [PORT [KEY]]

or `Relay(ip, port).serve()`. All messages are those of `session`, and ids are `name:port` as a server calls itself.

* A server says `REGISTER_NAT_SERVER,ID` and hears `CONNSUCCESS`, or `CONNFAIL` if there is no room or the id is taken.
  As long as this connection stands, the server is registered. It asks `CHECK_APPEND_CONN_REQUEST`, and hears
  `CLIENT_AVAILABLE` or `CLIENT_UNAVAILABLE`; or it says `NOTIFY_NAT_SERVER` once, hears that again, and from then on
  `CLIENT_AVAILABLE` for each client that comes. One that says nothing for 150 seconds is taken for gone.
* A client says `INITCONN_CLIENT,ID` and hears `CONNFAIL` if there is no such server, or it has too many clients;
  otherwise, as soon as the server has come for it, `CONNSUCCESS`.
* The server comes for its client on another connection, from the same address: `INITCONN_SERVER,ID`. It hears
  `CONNSUCCESS,IP:port` of the client, or `CONNFAIL` if none is left.

From then on what the one sends is what the other gets. When one side closes, what it has sent is delivered before the
other side is closed.

One thread does all of it, and everything has a bound: servers, of which half may be at one address, clients of a
server, connections that have not said what they want, the time to say it, and what is kept of a connection's data while
the other side does not read.

Missing: proofs of who registers; the protocol has none, so the first one has the name. Who needs to know encrypts.
"""

import math
from collections import Counter

from affix.announcing import Announcements
from affix.control import Control
from affix.relay import AVAILABLE, CLIENT, FAILURE, KEY, NOTIFY, POLL, REGISTER, SERVER, SUCCESS, UNAVAILABLE
from networking.waiting import wait

_CLIENTS_OF_EACH = 5
_UNDECIDED, _UNDECIDED_OF_EACH = 32, 8  # connections that have not said what they want, and those from one address
_SAYS_WITHIN = 10  # seconds
_MET_WITHIN = 30  # seconds that a client waits for its server
_GONE_AFTER = 150  # seconds without a word of a server
_DELIVERED_WITHIN = 10  # seconds for what is left when one side has closed
_FORGOTTEN_AFTER = 3600  # seconds in which neither side of a pair has sent anything
_LONGEST_ID = 200  # characters
_KEPT = 16384  # bytes, each way
_LONGEST_WAIT = 1.0  # seconds; so soon is it noticed that the relay was closed


class Relay:
    """A relay that listens at one address of this computer.

    `servers` is how many may register; if it is not said, as many as there are `outsockets` for. `clients` is how many
    each of them may have at a time. Raises what `listenforconnection` raises.
    """

    def __init__(self, ip, port, servers=None, clients=_CLIENTS_OF_EACH):
        of_each = 1 + 2 * clients  # its own connection, and two for each client
        sockets = getresources()[0]["outsockets"]
        self._most_undecided = min(_UNDECIDED, max(2, int(sockets // 4)))
        room = sockets - self._most_undecided
        self._most_servers = max(1, int(room // of_each)) if servers is None else servers
        self._most_clients = clients
        self._listener = listenforconnection(ip, port)
        self._servers = {}  # by id
        self._talks = set()
        self._undecided = Counter()  # by address
        self._is_open = True

    def serve(self):
        """Relay, until the relay is closed."""
        try:
            while self._is_open:
                self._turn()
        finally:
            self.close()
            for talk in list(self._talks):
                talk.steps.close()

    def close(self):
        """End it, and all that goes through it."""
        self._is_open = False
        self._listener.close()

    def _turn(self):
        talks = list(self._talks)
        reading = [socket for talk in talks for socket in talk.wait.reading]
        writing = [socket for talk in talks for socket in talk.wait.writing]
        if self._undecided.total() < self._most_undecided:
            reading.append(self._listener)
        soonest = min((talk.wait.until for talk in talks), default=math.inf)
        can_read, can_write = wait(reading, writing, min(max(soonest - getruntime(), 0), _LONGEST_WAIT))
        ready, now = set(can_read + can_write), getruntime()
        for talk in talks:
            if talk.wait.until <= now or not ready.isdisjoint(talk.wait.reading + talk.wait.writing):
                self._go_on(talk)
        self._accept()

    def _accept(self):
        for _ in range(_UNDECIDED):
            if self._undecided.total() >= self._most_undecided:
                return
            try:
                ip, port, connection = self._listener.getconnection()
            except (SocketWouldBlockError, SocketClosedLocal, ResourceExhaustedError):
                return
            if self._undecided[ip] >= _UNDECIDED_OF_EACH:
                connection.close()
                continue
            self._undecided[ip] += 1
            talk = _Talk(ip, port, connection)
            talk.steps = self._talk(talk)
            self._talks.add(talk)
            self._go_on(talk)

    def _go_on(self, talk):
        """A talk goes on until it waits again."""
        try:
            talk.wait = next(talk.steps)
        except StopIteration:
            self._talks.discard(talk)

    def _talk(self, talk):
        """What is done with one connection, from its first word to its end. Yields what it waits for."""
        try:
            verb, name = yield from self._first_word(talk)
            if verb == REGISTER:
                yield from self._keep(talk, name)
            elif verb == CLIENT:
                yield from self._queue(talk, name)
            elif verb == SERVER:
                yield from self._meet(talk, name)
        except (NetworkError, ValueError):
            pass  # whoever it was is gone, or does not speak the protocol
        finally:
            if not talk.is_taken:
                talk.connection.close()

    def _first_word(self, talk):
        try:
            end = getruntime() + _SAYS_WITHIN
            while (message := talk.control.take()) is None:
                if getruntime() >= end:
                    raise ValueError("nothing was said")
                yield talk.hears(end)
        finally:
            self._undecided -= Counter([talk.ip])
        verb, _, name = message.partition(",")
        if not 0 < len(name) <= _LONGEST_ID:
            raise ValueError("an id has 1 to 200 characters")
        return verb, name

    def _keep(self, talk, name):
        """A server is registered for as long as its connection stands."""
        from_there = [server for server in self._servers.values() if server.ip == talk.ip]
        is_full = len(self._servers) >= self._most_servers or len(from_there) >= max(1, self._most_servers // 2)
        if is_full or name in self._servers:
            talk.control.put(FAILURE)
            return
        server = self._servers[name] = _Server(talk)
        try:
            talk.control.put(SUCCESS)
            end = getruntime() + _GONE_AFTER
            while getruntime() < end:
                match talk.control.take():
                    case None:
                        yield talk.hears(end)
                        continue
                    case m if m == POLL:
                        talk.control.put(AVAILABLE if server.waiting else UNAVAILABLE)
                    case m if m == NOTIFY:
                        talk.control.put(NOTIFY)
                        server.wants_word = True
                        server.tell(len(server.waiting))
                end = getruntime() + _GONE_AFTER
                yield _AT_ONCE  # others have their turn, however much this one has to say
        finally:
            del self._servers[name]
            for client in server.waiting:
                client.is_refused = True
                client.wait = _AT_ONCE

    def _queue(self, talk, name):
        """A client waits for its server, which takes it over."""
        server = self._servers.get(name)
        if server is None or server.clients >= self._most_clients:
            talk.control.put(FAILURE)
            return
        server.clients += 1
        server.waiting.append(talk)
        try:
            server.tell(1)
            end = getruntime() + _MET_WITHIN
            while not talk.is_taken and not talk.is_refused and getruntime() < end:
                if talk.control.take() is not None:
                    raise ValueError("a client has nothing to say until it is met")
                yield talk.hears(end)
            if not talk.is_taken:
                talk.control.put(FAILURE)
        finally:
            if not talk.is_taken:
                server.clients -= 1
                server.waiting.remove(talk)

    def _meet(self, talk, name):
        """A server has come for a client."""
        server = self._servers.get(name)
        if server is None or server.ip != talk.ip or not server.waiting:
            talk.control.put(FAILURE)
            return
        client = server.waiting[0]
        talk.control.put(f"{SUCCESS},{client.ip}:{client.port}")  # if this fails, the client waits for the next one
        server.waiting.remove(client)
        client.is_taken = True
        client.wait = _AT_ONCE
        try:
            client.control.put(SUCCESS)
            yield from _pump(client.connection, talk.connection)
        finally:
            server.clients -= 1
            client.connection.close()


class _Wait:
    """What a talk waits for: sockets, and at most until a runtime."""

    def __init__(self, reading, writing, until):
        self.reading = reading
        self.writing = writing
        self.until = until


_AT_ONCE = _Wait([], [], 0.0)


class _Talk:
    """One connection, and what becomes of it."""

    def __init__(self, ip, port, connection):
        self.ip = ip
        self.port = port
        self.connection = connection
        self.control = Control(connection)
        self.is_taken = False  # a client whose server has come
        self.is_refused = False  # a client whose server has gone
        self.steps = None
        self.wait = _AT_ONCE

    def hears(self, until):
        """To wait for what the other side says."""
        return _Wait([self.connection], [], until)


class _Server:
    """One that is registered."""

    def __init__(self, talk):
        self.ip = talk.ip
        self.waiting = []  # clients, the first to be met first
        self.clients = 0  # those, and those it has been brought together with
        self.wants_word = False
        self._control = talk.control

    def tell(self, clients):
        """Say that so many more clients wait, if the server wants to hear of it."""
        for _ in range(clients if self.wants_word else 0):
            self._control.put(AVAILABLE)


class _Way:
    """One direction of a pair."""

    def __init__(self, source, target):
        self.source = source
        self.target = target
        self.kept = b""
        self.is_ended = False

    def move(self):
        """Take what has come, pass on what fits; whether there was anything. Raises the target's SocketClosedRemote."""
        moved = False
        if self.has_room():
            try:
                self.kept += self.source.recv(_KEPT - len(self.kept))
                moved = True
            except SocketWouldBlockError:
                pass
            except SocketClosedRemote:
                self.is_ended = True
        if self.kept:
            try:
                self.kept = self.kept[self.target.send(self.kept) :]
                moved = True
            except SocketWouldBlockError:
                pass
        return moved

    def has_room(self):
        """Whether to read on."""
        return len(self.kept) < _KEPT and not self.is_ended


def _pump(one, other):
    """Pass on what either sends, until one has closed and the other has got all of it."""
    ways = [_Way(one, other), _Way(other, one)]
    end = getruntime() + _FORGOTTEN_AFTER
    while getruntime() < end:
        if [way for way in ways if way.move()]:
            end = getruntime() + _FORGOTTEN_AFTER
        if any(way.is_ended for way in ways):
            break
        reading = [way.source for way in ways if way.has_room()]
        yield _Wait(reading, [way.target for way in ways if way.kept], end)
    end = getruntime() + _DELIVERED_WITHIN
    for way in ways:
        while way.is_ended and way.kept and getruntime() < end:
            way.move()
            yield _Wait([], [way.target], end)


def main(arguments):
    """Be a relay: `[PORT [KEY]]`, at the vessel's first port if none is said, announced under KEY."""
    port = int(arguments[0]) if arguments else min(getresources()[0]["connport"])
    key = arguments[1] if len(arguments) > 1 else KEY
    ip = getmyip()
    relay = Relay(ip, port)
    announcements = Announcements(advertise_announce)
    announcements.add(key, f"{ip}:{port}")
    if announcements.trouble:
        print("nobody finds this relay by itself:", announcements.trouble)
    print(f"relaying at {ip}:{port}")
    relay.serve()
