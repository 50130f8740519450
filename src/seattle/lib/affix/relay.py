"""TCPRelayAffix: programs behind a translator of addresses, to which nothing can connect, listen at a relay.

    (TCPRelayAffix)              any relay that has announced itself
    (TCPRelayAffix,IP:port)      this one

`listenforconnection` registers at the relay and keeps that connection; `openconnection` asks the same relay for a
connection to whoever has registered. `tcp_relay` is the relay, and has the protocol.

When the relay goes away, `getconnection` raises TCPServerSocketInvalidError: close the listener and listen anew, which
finds another relay. Ask it often: relays drop who has not said a word for 150 seconds. Connections through the relay
end with it, as SocketClosedRemote.

A relay sees, and can change, all that goes through it, and whoever registers a name first has it: put an
EncryptionAffix above what must stay secret.

Missing: datagrams; the protocol has none, so `sendmessage` and `listenformessage` raise AffixArgumentError.
"""

import ipaddress
import secrets

from affix.component import Component
from affix.control import Control
from affix.errors import AffixArgumentError
from affix.ports import connect

KEY = "__NAT_AFFIX_FORWARDER__"  # what relays are announced under
REGISTER = "REGISTER_NAT_SERVER"
NOTIFY = "NOTIFY_NAT_SERVER"  # ours: the relay tells of clients by itself
POLL = "CHECK_APPEND_CONN_REQUEST"
CLIENT = "INITCONN_CLIENT"
SERVER = "INITCONN_SERVER"
AVAILABLE, UNAVAILABLE = "CLIENT_AVAILABLE", "CLIENT_UNAVAILABLE"
SUCCESS, FAILURE = "CONNSUCCESS", "CONNFAIL"

_PATIENCE = 10  # seconds for an answer of the relay
_KNOWS_WITHIN = 3  # seconds for the answer to a word that the reference's relays do not know
_ASKS_AGAIN = 0.5  # seconds, of a relay that does not tell by itself
_SHOWS_LIFE = 30  # seconds between questions to one that does, so that no translator on the way forgets the connection
_MOST_HEARD = 100  # words of a relay at a time
_MOST_TRIED = 3  # relays, of those that were found


class TCPRelayAffix(Component):
    """Listening through a relay, and connecting to those who do."""

    name = "TCPRelayAffix"

    def __init__(self, below, arguments=()):
        super().__init__(below, arguments)
        if len(self.arguments) > 1:
            raise AffixArgumentError("TCPRelayAffix takes one argument, the IP:port of a relay, or none")
        self.relay = relay_at(self.arguments[0]) if self.arguments else None

    def listenforconnection(self, localip, localport):
        """Listen at a relay.

        Raises AddressBindingError if no relay takes us, AdvertiseError if none can be looked up.
        """
        last = AddressBindingError(f"no relay is announced under {KEY}")
        for relay in [self.relay] if self.relay else _some(self._announced()):
            try:
                return RelayListener(self.peek(), relay, f"{localip}:{localport}")
            except AddressBindingError as why:
                last = why
            except (NetworkError, TimeoutError, ValueError) as why:
                last = AddressBindingError(f"the relay {_text(relay)} does not do its work: {why}")
        raise last

    def openconnection(self, destip, destport, localip, localport, timeout):
        """Connect to a program that listens at the relay, from another port if this one is connected to it already.

        Raises ConnectionRefusedError if there is none there.
        """
        if self.relay is None:
            raise ConnectionRefusedError("it is not known at which relay the other side listens")
        end = getruntime() + timeout
        try:
            connection = self.peek().openconnection(*self.relay, localip, localport, timeout)
        except DuplicateTupleError:
            connection = connect(self.peek(), *self.relay, timeout, local=localip)
        try:
            answer = Control(connection).ask(f"{CLIENT},{destip}:{destport}", max(end - getruntime(), 0.01))
        except (SocketClosedRemote, ValueError) as why:
            answer = str(why)
        except TimeoutError:
            connection.close()
            raise
        if answer == SUCCESS:
            return connection
        connection.close()
        raise ConnectionRefusedError(
            f"nobody listens as {destip}:{destport} at the relay {_text(self.relay)} ({answer})"
        )

    def sendmessage(self, *_call):
        """Refuse."""
        raise AffixArgumentError("a relay carries no datagrams")

    listenformessage = sendmessage

    def _announced(self):
        found = []
        for value in self.network.advertise_lookup(KEY):
            try:
                found.append(relay_at(value))
            except AffixArgumentError:
                continue  # anybody may announce anything
        return found


class RelayListener:
    """What comes to a program through a relay. Raises AddressBindingError if the relay does not take it."""

    def __init__(self, below, relay, name):
        self.advertisement = f"(TCPRelayAffix,{_text(relay)})" + below.get_advertisement_string()
        self._below = below
        self._relay = relay
        self._name = name
        self._waiting = 0  # clients that we were told of
        self._lock = createlock()  # for those, and for the words of the relay
        self._is_open = True
        self._asks_at = getruntime()
        self._control = Control(connect(below, *relay, _PATIENCE))
        try:
            self._is_told = self._register()
        except BaseException:
            self._control.connection.close()
            raise

    def getconnection(self):
        """A client of the relay's: `(ip, port, connection)`, as the relay sees it. Waits for the relay's answer only.

        Raises SocketWouldBlockError if there is none, TCPServerSocketInvalidError if the relay is gone.
        """
        if not self._is_open:
            raise SocketClosedLocal("this listener is closed")
        with self._lock:
            self._hear()
            if not self._waiting:
                raise SocketWouldBlockError("no client is waiting at the relay")
            self._waiting -= 1
        try:
            connection = connect(self._below, *self._relay, _PATIENCE)
        except AddressBindingError as why:
            self._waiting += 1
            raise SocketWouldBlockError(f"a client waits until a port is free ({why})") from None
        except (ConnectionRefusedError, InternetConnectivityError, TimeoutError) as why:
            raise TCPServerSocketInvalidError(
                f"the relay {_text(self._relay)} can't be reached any more: {why}"
            ) from why
        try:
            answer = Control(connection).ask(f"{SERVER},{self._name}", _PATIENCE)
        except (SocketClosedRemote, TimeoutError, ValueError) as why:
            answer = str(why)
        outcome, _, client = answer.partition(",")
        ip, _, port = client.rpartition(":")
        if outcome != SUCCESS or not port.isdigit():
            connection.close()
            raise SocketWouldBlockError(f"the client went away before it was met ({answer})")
        return ip, int(port), connection

    def close(self):
        """Listen no more."""
        was_open, self._is_open = self._is_open, False
        self._control.connection.close()
        return was_open

    def _register(self):
        """Whether the relay tells of clients by itself."""
        if self._control.ask(f"{REGISTER},{self._name}", _PATIENCE) != SUCCESS:
            why = "it is full, or has one already"
            raise AddressBindingError(f"the relay {_text(self._relay)} does not take {self._name}: {why}")
        try:
            return self._control.ask(NOTIFY, _KNOWS_WITHIN) == NOTIFY
        except TimeoutError:
            return False  # it does not know the word

    def _hear(self):
        try:
            for _ in range(_MOST_HEARD):
                if (message := self._control.take()) is None:
                    break
                self._waiting = min(self._waiting + (message == AVAILABLE), _MOST_HEARD)
            if self._asks_at <= getruntime():
                self._control.put(POLL)
                self._asks_at = getruntime() + (_SHOWS_LIFE if self._is_told else _ASKS_AGAIN)
        except (SocketClosedRemote, ValueError) as why:
            raise TCPServerSocketInvalidError(f"the relay {_text(self._relay)} has gone: {why}") from why


def relay_at(text):
    """Address and port of a relay, of `IP:port`. Raises AffixArgumentError."""
    ip, _, port = text.rpartition(":")
    try:
        address, number = ipaddress.ip_address(ip.strip("[]")), int(port)
    except ValueError as why:
        raise AffixArgumentError(f"a relay is named as IP:port, not {text[:60]!r} ({why})") from None
    if not 1 <= number <= 65535:
        raise AffixArgumentError(f"a port has a number from 1 to 65535, not {number}")
    return str(address), number


def _some(relays):
    return secrets.SystemRandom().sample(relays, min(len(relays), _MOST_TRIED))


def _text(relay):
    ip, port = relay
    return f"{ip}:{port}"
