"""What components of a stack have in common, and what is below them all.

A component offers the six network calls of the API, with the API's arguments, results and exceptions, and makes each of
the calls of the component below. One that changes what goes over connections has a method `over`, which puts something
around a connection that was made below; whatever belongs to a single connection lives in that. One that changes
datagrams has `outgoing` and `incoming`.

A stack can be altered with `push` and `pop` until it is used for the first time.
"""

from affix.errors import AffixArgumentError, AffixStackError
from affix.socket_calls import SocketCalls
from affix.strings import describe

_CALLS = (
    *("getmyip", "gethostbyname", "sendmessage", "listenformessage", "openconnection", "listenforconnection"),
    *("advertise_announce", "advertise_lookup"),
)


class Component(SocketCalls):
    """One component, which by itself changes nothing."""

    name = "NoopAffix"  # in the text of a stack

    def __init__(self, below, arguments=()):
        """Stand on the component `below`. Raises AffixArgumentError for arguments (texts) that are of no use."""
        self._below = below
        self.arguments = list(arguments)
        self._in_use = False

    # -- calls of the API

    def getmyip(self):
        """What the program is to take for its address."""
        return self._below.getmyip()

    def gethostbyname(self, name):
        """The address of a host."""
        return self._below.gethostbyname(name)

    def openconnection(self, destip, destport, localip, localport, timeout):
        """Connect. The timeout is in seconds, for all that has to be done."""
        return self.over(self._below.openconnection(destip, destport, localip, localport, timeout), False)

    def listenforconnection(self, localip, localport):
        """Listen; a Listener."""
        return Listener(self._below.listenforconnection(localip, localport), self)

    def sendmessage(self, destip, destport, message, localip, localport):
        """Send a datagram; how many bytes of it went."""
        data = message.encode() if isinstance(message, str) else message
        self._below.sendmessage(destip, destport, self.outgoing(data), localip, localport)
        return len(data)

    def listenformessage(self, localip, localport):
        """Listen for datagrams; a MessageListener."""
        return MessageListener(self._below.listenformessage(localip, localport), self)

    # -- what a component changes

    def over(self, connection, accepted):
        """What is to be used in place of a connection that was made below: opened, or accepted."""
        return connection

    def outgoing(self, message):
        """What is to be sent in place of a datagram (bytes)."""
        return message

    def incoming(self, message):
        """What is to be received in place of a datagram (bytes); None for nothing."""
        return message

    # -- the stack

    @property
    def network(self):
        """What is below all components."""
        return self._below.network

    def text(self):
        """What the other side has to have in its stack; empty if nothing."""
        return describe(self.name, self.arguments)

    def get_advertisement_string(self):
        """The text of the stack that the other side needs: of this component and those below."""
        return self.text() + self._below.get_advertisement_string()

    def copy(self):
        """The same, on a copy of what is below."""
        return type(self)(self._below.copy(), self.arguments)

    def peek(self):
        """The component below. Raises AffixStackError if there is none."""
        return self._below

    def push(self, component):
        """Put a component between this one and the one below."""
        self._refuse_in_use()
        component.stand_on(self._below)
        self._below = component

    def pop(self):
        """Take out the component below, and return it. Raises AffixStackError at the bottom."""
        self._refuse_in_use()
        taken = self._below
        self._below = taken.peek()
        return taken

    def stand_on(self, below):
        """Stand on another component."""
        self._refuse_in_use()
        self._below = below

    def settle(self):
        """From now on, this and all below stay as they are."""
        if not self._in_use:
            self._in_use = True
            self._below.settle()

    def _refuse_in_use(self):
        if self._in_use:
            raise AffixStackError("this stack is in use; alter a copy of it, made with copy()")


class Network(SocketCalls):
    """The bottom of a stack: calls of the API, or others in their place.

    `Network(openconnection=mine)` takes that one from the program, and the rest are those of the API. Besides the six
    calls there are `advertise_announce(key, value, seconds)` and `advertise_lookup(key)`, by which two sides find each
    other: those of `advertise`. `private` is the Ed25519 key of who runs this, whose id (`nkey`) can be its name: what
    is announced under that is signed, and what is not is not found there. Raises AffixArgumentError for a name that is
    none of these.
    """

    def __init__(self, private=None, **calls):
        self.private = private
        for name, call in calls.items():
            if name not in _CALLS:
                raise AffixArgumentError(f"{name} is no call of a network; those are {', '.join(_CALLS)}")
            setattr(self, name, call)

    def announce(self, key, value, seconds):
        """Announce a value, signed if the key is of our name."""
        from affix.signing import signed_value  # loaded when it is needed, since that takes milliseconds

        self.advertise_announce(key, signed_value(key, value, seconds, self.private), seconds)

    def look_up(self, key):
        """The values under a key, the newest last; those that are signed by whose name it is, if that is an id."""
        from affix.signing import proven_values

        return proven_values(key, self.advertise_lookup(key))

    def getmyip(self):
        """The API's."""
        return getmyip()

    def gethostbyname(self, name):
        """The API's."""
        return gethostbyname(name)

    def openconnection(self, destip, destport, localip, localport, timeout):
        """The API's."""
        return openconnection(destip, destport, localip, localport, timeout)

    def listenforconnection(self, localip, localport):
        """The API's."""
        return listenforconnection(localip, localport)

    def sendmessage(self, destip, destport, message, localip, localport):
        """The API's."""
        return sendmessage(destip, destport, message, localip, localport)

    def listenformessage(self, localip, localport):
        """The API's."""
        return listenformessage(localip, localport)

    def advertise_announce(self, key, value, ttlval):
        """That of `advertise`."""
        import advertise

        return advertise.announce(key, value, ttlval)

    def advertise_lookup(self, key):
        """That of `advertise`."""
        import advertise

        return advertise.lookup(key)

    @property
    def network(self):
        """Itself."""
        return self

    def get_advertisement_string(self):
        """Nothing: whoever connects needs no component for it."""
        return ""

    def copy(self):
        """Itself: there is one network."""
        return self

    def settle(self):
        """It stays as it is anyway."""

    def peek(self):
        """Refuse."""
        raise AffixStackError("there is nothing below the network")

    def pop(self):
        """Refuse."""
        raise AffixStackError("there is nothing below the network")

    def push(self, component):
        """Refuse."""
        raise AffixStackError("no component can be below the network")


class Listener:
    """Connections that come, each with a component over it."""

    def __init__(self, below, component):
        self._below = below
        self._component = component

    @property
    def advertisement(self):
        """The text of the stack by which one connects to this listener."""
        return self._component.text() + advertisement_of(self._below)

    def getconnection(self):
        """One that has come: `(ip, port, connection)`. Raises what the API's listener raises."""
        ip, port, connection = self._below.getconnection()
        return ip, port, self._component.over(connection, True)

    def close(self):
        """Listen no more."""
        return self._below.close()


class MessageListener:
    """Datagrams that come, as a component makes them."""

    def __init__(self, below, component):
        self._below = below
        self._component = component

    def getmessage(self):
        """One that has come: `(ip, port, message)`. Raises SocketWouldBlockError if there is none."""
        while True:
            ip, port, message = self._below.getmessage()
            if (message := self._component.incoming(message)) is not None:
                return ip, port, message

    def close(self):
        """Listen no more."""
        return self._below.close()


def advertisement_of(listener):
    """The text of the stack by which one connects to a listener; the network's own need none."""
    return getattr(listener, "advertisement", "")
