"""The server of announcements for where there is no testbed: what `centralizedadvertise` and its kin talk to.

    import advertiseserver_v2

    advertiseserver_v2.serve("192.0.2.7", 10102)

It answers over TCP and over UDP, to anybody, in one thread: no visitor can keep it from the others by being slow. All
is held in memory, and bounded: what one address may announce, how long it lives, how large questions and answers are.

Missing: the key `%all`, which told everything to anybody.
"""

import session
from networking.waiting import wait
from serialize import serialize_deserializedata, serialize_serializedata

LONGEST_KEY, LONGEST_VALUE = 256, 1024  # characters
LONGEST_LIFE = 86400  # seconds
MOST_VALUES = 20_000  # in all
MOST_BY_SOURCE = 1000  # values that one address has announced
MOST_FOUND = 100  # values in an answer
MOST_VISITORS = 100  # connections at a time; then the one that is there longest is closed
PATIENCE = 10  # seconds for a visitor's question and its answer
LONGEST_QUESTION = 8192  # bytes
LONGEST_DATAGRAM = 1200  # bytes of an answer over UDP
MOST_DATAGRAMS = 20  # that one address is sent in a second: anybody can ask in its name


class Announced:
    """Values under keys, each of which lives for some time. `clock` tells seconds."""

    def __init__(self, clock=getruntime):
        self._clock = clock
        self._values = {}  # by key: by value, its end, and who announced it first
        self._by_source = {}  # how many
        self._count = 0
        self._swept = clock()

    def __len__(self):
        return self._count

    def put(self, key, value, ttl, source):
        """Announce; return False where there is no room. The same again lives until the later end."""
        self._sweep()
        end = self._clock() + min(ttl, LONGEST_LIFE)
        known = self._values.get(key, {}).get(value)
        if known is not None:
            self._values[key][value] = max(end, known[0]), known[1]
            return True
        if self._by_source.get(source, 0) >= MOST_BY_SOURCE or self._count >= MOST_VALUES:
            return False
        self._values.setdefault(key, {})[value] = end, source
        self._by_source[source] = self._by_source.get(source, 0) + 1
        self._count += 1
        return True

    def get(self, key, most):
        """The values that live under a key, the oldest first."""
        now = self._clock()
        return [value for value, (end, _) in self._values.get(key, {}).items() if end > now][:most]

    def _sweep(self):
        """Once a second, forget what has ended."""
        now = self._clock()
        if now - self._swept < 1:
            return
        self._swept = now
        self._by_source = {}
        for key, values in list(self._values.items()):
            for value, (end, source) in list(values.items()):
                if end <= now:
                    del values[value]
                else:
                    self._by_source[source] = self._by_source.get(source, 0) + 1
            if not values:
                del self._values[key]
        self._count = sum(self._by_source.values())


class Server:
    """Answers at an address and port of the vessel, `(ip, port)`, once `serve_forever` is called.

    Raises what `listenforconnection` and `listenformessage` raise. `tell` is called with a text for each question;
    `clock` tells seconds.
    """

    def __init__(self, ip, port, tell=None, clock=getruntime):
        self.announced = Announced(clock)
        self._clock = clock
        self._tell = tell or (lambda text: None)
        self._listener = listenforconnection(ip, port)
        self._udp = listenformessage(ip, port)
        self._address = ip, port
        self._visitors = []
        self._datagrams = {}  # that each address was sent, in this second
        self._second = 0
        self._closed = False

    def serve_forever(self):
        """Answer, until `close` is called in another thread."""
        while not self._closed:
            self.serve_once(1.0)

    def serve_once(self, timeout):
        """Wait for somebody, for some seconds at most, and go on with all who are there."""
        speaking = [one.connection for one in self._visitors if not one.answer]
        hearing = [one.connection for one in self._visitors if one.answer]
        can_read, can_write = wait([self._listener, self._udp, *speaking], hearing, timeout)
        for one in self._visitors:
            if one.connection in (can_write if one.answer else can_read):
                one.go_on(self._answer)
        if self._udp in can_read:
            self._answer_datagrams()
        if self._listener in can_read:
            self._accept()
        late = self._clock() - PATIENCE
        for one in [one for one in self._visitors if one.is_done or one.since < late]:
            one.connection.close()
            self._visitors.remove(one)

    def close(self):
        """Answer no more."""
        self._closed = True
        for one in self._listener, self._udp, *(visitor.connection for visitor in self._visitors):
            one.close()

    def _accept(self):
        while True:
            try:
                ip, _, connection = self._listener.getconnection()
            except (SocketWouldBlockError, SocketClosedLocal):
                return
            except ResourceExhaustedError:  # this one was closed; the oldest gives way to the next
                if self._visitors:
                    self._visitors.pop(0).connection.close()
                return
            self._visitors.append(_Visitor(ip, connection, self._clock()))
            if len(self._visitors) > MOST_VISITORS:
                self._visitors.pop(0).connection.close()

    def _answer_datagrams(self):
        for _ in range(MOST_VISITORS):  # then it is others' turn
            try:
                ip, port, data = self._udp.getmessage()
            except (SocketWouldBlockError, SocketClosedLocal):
                return
            if self._may_be_told(ip) and (answer := self._answer_with_number(data, ip)) is not None:
                try:
                    sendmessage(ip, port, answer, *self._address)
                except (NetworkError, RepyArgumentError, ResourceForbiddenError):  # a place where nothing can go
                    continue

    def _may_be_told(self, ip):
        if int(self._clock()) != self._second:
            self._second, self._datagrams = int(self._clock()), {}
        self._datagrams[ip] = self._datagrams.get(ip, 0) + 1
        return self._datagrams[ip] <= MOST_DATAGRAMS

    def _answer_with_number(self, data, source):
        """The answer to a datagram, in which a number goes with question and answer; None if it is no question."""
        question = _question_in(data)
        if question is None or not isinstance(question[-1], int):
            return None
        answer = self._answer(question[:-1], source)
        if answer is None:
            return None
        status, values = answer if isinstance(answer, tuple) else (answer, None)
        while True:
            said = (status, question[-1]) if values is None else (status, values, question[-1])
            packet = serialize_serializedata(said)
            if len(packet) <= LONGEST_DATAGRAM or not values:
                return packet if len(packet) <= LONGEST_DATAGRAM else None
            values = values[: len(values) // 2]

    def _answer(self, question, source):
        """The answer to a question; None if it is none."""
        match question:
            case ("PUT", str(key), str(value), int(ttl)) if ttl > 0 and _fits(key, value):
                is_taken = self.announced.put(key, value, ttl, source)
                self._tell(f"{source} announces {key!r}: {value!r} for {ttl} s{'' if is_taken else ', but it is full'}")
                return "OK" if is_taken else "there is no room for more announcements"
            case ("GET", str(key), int(most)) if most > 0 and _fits(key, ""):
                self._tell(f"{source} looks up {key!r}")
                return "OK", self.announced.get(key, min(most, MOST_FOUND))
        return None


class _Visitor:
    """A connection, of which one question comes, and to which one answer goes."""

    def __init__(self, source, connection, since):
        self.source, self.connection, self.since = source, connection, since
        self.answer = b""
        self.is_done = False
        self._heard = b""

    def go_on(self, answer_to):
        try:
            if self.answer:
                self.answer = self.answer[self.connection.send(self.answer) :]
                self.is_done = not self.answer
                return
            self._heard += self.connection.recv(LONGEST_QUESTION)
            data = session.message_in(self._heard, LONGEST_QUESTION)
            if data is None:
                return
            question = _question_in(data)
            answer = None if question is None else answer_to(question, self.source)
            self.is_done = answer is None
            self.answer = b"" if answer is None else session.framed(serialize_serializedata(answer))
        except SocketWouldBlockError:
            return
        except (SocketClosedRemote, SocketClosedLocal, session.SessionEOF, ValueError):
            self.is_done = True


def serve(ip, port=10102, tell=None):
    """Answer at this address, without end. Raises what `Server` raises."""
    Server(ip, port, tell).serve_forever()


def main(arguments):
    """What the program does: `[-v] [PORT]`. Without a port it is 10102, or else the first that the vessel has."""
    words = list(arguments)
    tell = print if "-v" in words else None
    words = [word for word in words if word != "-v"]
    ports = sorted(getresources()[0]["connport"] & getresources()[0]["messport"])
    if len(words) > 1 or not all(word.isdecimal() for word in words) or not ports:
        print("usage: advertiseserver_v2 [-v] [PORT]; the vessel needs a port for both TCP and UDP")
        return
    port = int(words[0]) if words else 10102 if 10102 in ports else ports[0]
    ip = getmyip()
    server = Server(ip, port, tell)
    print(f"announcements are taken at {ip} port {port}")
    server.serve_forever()


def _question_in(data):
    try:
        question = serialize_deserializedata(data)
    except ValueError:
        return None
    return question if isinstance(question, tuple) and question else None


def _fits(key, value):
    return 0 < len(key) <= LONGEST_KEY and len(value) <= LONGEST_VALUE
