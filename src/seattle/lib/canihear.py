"""Whether others can connect to this computer: a server elsewhere tries.

    canihear.check_specific_port(63100)  # True or False

The servers are vessels that run `canihear.main(["server"])`; they are found by what they announce under `canihear`.
What a client and a server say to each other are messages of `session` that hold dicts of `serialize`:

* The client listens on the port, and tells its address and the port, and a cookie with which they are scrambled, so
  that no translator on the way translates them: `scrambled local ip and desired port` and `magic cookie`.
* The server answers with the address and the port that it sees, scrambled with a cookie of its own, and 1024 random
  bytes: `scrambled apparent ip and source port`, `magic cookie`, `test message`.
* The server connects to the address that it sees, at the port that was told, and sends the test message there. On the
  first connection it says how that went, and closes it.

Missing: UDP ports; the protocol has none.
"""

import ipaddress
import secrets
import threading
from collections import Counter

import serialize
import session
from affix.announcing import Announcements
from affix.component import Network
from affix.control import Control
from affix.ports import connect
from networking.waiting import wait

KEY = "canihear"  # what servers are announced under

_LOCAL, _APPARENT = "scrambled local ip and desired port", "scrambled apparent ip and source port"
_COOKIE, _TEST = "magic cookie", "test message"
_TEST_BYTES = 1024
_LONGEST = 4096  # bytes of a message
_PATIENCE = 10  # seconds for each answer, and for the connection that is to come
_CONNECTS_WITHIN = 5  # seconds
_MOST_AT_ONCE, _MOST_OF_EACH = 16, 4  # clients of a server, and those from one address
_MOST_TRIED = 3  # servers, of those that were found


class CanIHearError(Exception):
    """No server could be asked, so it is not known whether anybody can connect."""


def check():
    """Whether others can connect to this computer, at any one of its ports."""
    return check_random_port()


def check_random_port():
    """The same as `check`."""
    return check_specific_port(secrets.choice(list(getresources()[0]["connport"])))


def check_specific_port(port, ip=None, network=None):
    """Whether others can connect to a port of this computer, which must be free; at the address `ip` of this computer.

    `network` has the calls that are used, as of an Affix stack. Raises CanIHearError, and what listening there raises.
    """
    network = network or Network()
    listener = network.listenforconnection(ip or network.getmyip(), port)
    try:
        trouble = f"no server is announced under {KEY!r}"
        for server_ip, server_port in _servers(network):
            try:
                return check_port_with_specific_server(server_ip, server_port, listener, port, ip, network)[0]
            except (CanIHearError, NetworkError, TimeoutError) as why:
                trouble = f"{server_ip}:{server_port}: {why}"
        raise CanIHearError(trouble)
    finally:
        listener.close()


def check_port_with_specific_server(server_ip, server_port, listener, port, ip=None, network=None):
    """Ask one server about the port of a listener: `(i_can_hear, apparent_ip, outgoing_port_is_remapped)`.

    The last says whether a translator on the way changes the ports that connections come from.
    Raises CanIHearError if the server does not do its work, and what connecting to it raises.
    """
    network = network or Network()
    ip = ip or network.getmyip()
    ports = []  # of the connections that were tried
    connection = connect(_Noting(network, ports), server_ip, server_port, _PATIENCE, local=ip)
    control = Control(connection, _LONGEST)
    try:
        cookie = secrets.token_bytes(len(f"{ip}:{port}"))
        answer = _unpacked(
            control.ask(_packed({_LOCAL: _scrambled(f"{ip}:{port}", cookie), _COOKIE: cookie}), _PATIENCE)
        )
        apparent_ip, apparent_port = _place(answer[_APPARENT], answer[_COOKIE])
        hears = _hears(listener, server_ip, answer[_TEST], control)
    except (KeyError, ValueError, SocketClosedRemote, TimeoutError) as why:
        raise CanIHearError(f"the server {server_ip}:{server_port} does not do its work: {why}") from why
    finally:
        connection.close()
    return hears, apparent_ip, apparent_port != ports[-1]


def start_server(port=None, ip=None, network=None):
    """Serve clients until the program ends, at a port of the vessel's; return `(ip, port)` at once.

    Raises what `listenforconnection` raises.
    """
    network = network or Network()
    ip, port = ip or network.getmyip(), port or min(getresources()[0]["connport"])
    listener = network.listenforconnection(ip, port)
    threading.Thread(target=_serve, args=(listener, network, ip)).start()
    announcements = Announcements(network.advertise_announce)
    announcements.add(KEY, f"{ip}:{port}")
    if announcements.trouble:
        print("nobody finds this server by itself:", announcements.trouble)
    return ip, port


def main(arguments):
    """Tell whether this computer can hear: `[PORT]`. Or be a server: `server [PORT]`."""
    if arguments[:1] == ["server"]:
        ip, port = start_server(*map(int, arguments[1:2]))
        print(f"tells whether they can hear, at {ip}:{port}")
    else:
        hears = check_specific_port(int(arguments[0])) if arguments else check()
        print("others can connect to this computer" if hears else "nobody can connect to this computer")


class _Noting:
    """A network that notes the ports from which connections are opened."""

    def __init__(self, network, ports):
        self._network = network
        self._ports = ports

    def openconnection(self, destip, destport, localip, localport, timeout):
        self._ports.append(localport)
        return self._network.openconnection(destip, destport, localip, localport, timeout)


def _hears(listener, server_ip, test, control):
    """Whether the server comes, with the test that it told of, before it gives up."""
    end = getruntime() + _PATIENCE
    gave_up = False
    while not gave_up and getruntime() < end:
        wait([listener, control.connection], [], end - getruntime())
        gave_up = _has_given_up(control)
        while getruntime() < end and (came := _next_of(listener)) is not None:
            ip, _, connection = came
            try:
                if ip == server_ip and Control(connection, _LONGEST).wait(_PATIENCE).encode("latin-1") == test:
                    return True
            except (SocketClosedRemote, TimeoutError, ValueError):
                continue
            finally:
                connection.close()
    return False


def _next_of(listener):
    try:
        return listener.getconnection()
    except SocketWouldBlockError:
        return None


def _has_given_up(control):
    try:
        return control.take() is not None
    except SocketClosedRemote:
        return True


def _servers(network):
    found = []
    for value in network.advertise_lookup(KEY):
        try:
            found.append(_address(value))
        except ValueError:
            continue  # anybody may announce anything
    return secrets.SystemRandom().sample(found, min(len(found), _MOST_TRIED))


def _serve(listener, network, ip):
    room = threading.Semaphore(_MOST_AT_ONCE)
    of_each = Counter()  # talks, by the client's address
    while True:
        room.acquire()
        talk = _Talk(*_accepted(listener), network, ip, of_each, room)
        try:
            createthread(talk.run)
        except ResourceExhaustedError:
            talk.end()


def _accepted(listener):
    while True:
        wait([listener], [], _PATIENCE)
        try:
            return listener.getconnection()
        except (SocketWouldBlockError, ResourceExhaustedError):
            continue


class _Talk:
    """A server's talk with one client."""

    def __init__(self, client_ip, client_port, connection, network, ip, of_each, room):
        self._client = client_ip, client_port
        self._connection = connection
        self._control = Control(connection, _LONGEST)
        self._network = network
        self._ip = ip
        self._of_each = of_each
        self._room = room
        of_each[client_ip] += 1

    def run(self):
        """Do what the client wants, unless it wants much at a time, and end the connection."""
        try:
            if self._of_each[self._client[0]] <= _MOST_OF_EACH:
                self._answer()
        except (KeyError, ValueError, SocketClosedRemote, TimeoutError):
            pass  # whoever it was is gone, or does not speak the protocol
        finally:
            self.end()

    def end(self):
        """Make room for the next one."""
        self._connection.close()
        self._of_each -= Counter([self._client[0]])
        self._room.release()

    def _answer(self):
        client_ip, client_port = self._client
        asked = _unpacked(self._control.wait(_PATIENCE))
        _, port = _place(asked[_LOCAL], asked[_COOKIE])
        cookie, test = secrets.token_bytes(len(f"{client_ip}:{client_port}")), secrets.token_bytes(_TEST_BYTES)
        scrambled = _scrambled(f"{client_ip}:{client_port}", cookie)
        self._control.put(_packed({_APPARENT: scrambled, _COOKIE: cookie, _TEST: test}))
        try:
            connection = connect(self._network, client_ip, port, _CONNECTS_WITHIN, local=self._ip)
        except (NetworkError, TimeoutError, ResourceUsageError) as why:
            self._control.put(f"could not connect to {client_ip}:{port}: {why}"[:1000])
            return
        try:
            session.send_message(connection, test)
            self._control.put(f"connected to {client_ip}:{port}")
        finally:
            connection.close()


def _packed(values):
    return serialize.serialize_serializedata(values).decode("latin-1")


def _unpacked(text):
    """The dict of bytes that a message holds. Raises ValueError."""
    values = serialize.load(text.encode("latin-1"), _LONGEST)
    if not isinstance(values, dict):
        raise ValueError("this message holds no dict")  # noqa: TRY004 - as all that is wrong with a message
    return {key: value.encode() if isinstance(value, str) else value for key, value in values.items()}


def _scrambled(text, cookie):
    return bytes(one ^ other for one, other in zip(text.encode(), cookie, strict=True))


def _place(scrambled, cookie):
    """The address and the port that were scrambled. Raises ValueError."""
    if not isinstance(scrambled, bytes) or not isinstance(cookie, bytes) or len(scrambled) != len(cookie):
        raise ValueError("this is no scrambled address")
    return _address(bytes(one ^ other for one, other in zip(scrambled, cookie, strict=True)).decode("ascii"))


def _address(text):
    """Address and port of `IP:port`. Raises ValueError."""
    ip, _, port = text.rpartition(":")
    if not 1 <= int(port) <= 65535:
        raise ValueError(f"there is no port {port}")
    return str(ipaddress.ip_address(ip)), int(port)
