"""NamingAndResolverAffix: hosts have names that do not change when their addresses do.

    (NamingAndResolverAffix)        other hosts' names are looked up
    (NamingAndResolverAffix,NAME)   this host has a name, too: `getmyip` returns it

While a host with a name listens for connections or datagrams, it announces name and address, and looks every ten
seconds whether its address is another one. A name is looked up among the announcements first, in the DNS otherwise; an
address is its own. What anybody may announce proves nothing. But if the name is an id, only what its holder has signed
counts: see `private` of Network. Whoever has to be sure who answers, also behind a relay, encrypts (EncryptionAffix).

The component belongs at the bottom of a stack, since those above it may make names of their own of addresses.

Missing: connections that outlive a change of address. Theirs are the two addresses; they end, and are made anew.
"""

import ipaddress
import secrets
import threading

from affix.announcing import Announcements
from affix.component import Component, Listener, MessageListener
from affix.errors import AffixArgumentError
from affix.signing import is_id

_LOOKS_EVERY = 10  # seconds
_LONGEST_NAME = 256  # characters, of an announcement's key


class NamingAndResolverAffix(Component):
    """Names for addresses."""

    name = "NamingAndResolverAffix"

    def __init__(self, below, arguments=()):
        super().__init__(below, arguments)
        if len(self.arguments) > 1 or not all(0 < len(one) <= _LONGEST_NAME for one in self.arguments):
            raise AffixArgumentError("NamingAndResolverAffix takes one argument, this host's name, or none")
        self._id = self.arguments[0] if self.arguments else None
        self._announcements = Announcements(self.network.announce)
        self._lock = createlock()
        self._listeners = 0
        self._announced = None  # address
        self._stopped = threading.Event()

    def text(self):
        """Without the name: the other side has its own."""
        return f"({self.name})"

    def copy(self):
        """The same on a copy of what is below, but without the name, which one stack alone announces."""
        return type(self)(self.peek().copy())

    def getmyip(self):
        """This host's name; its address if it has none."""
        return self._id or self.peek().getmyip()

    def gethostbyname(self, name):
        """The address of a host. Raises NetworkAddressError."""
        if name == self._id:
            return self.peek().getmyip()
        if (found := _literal(name) or self._announced_address(name)) is not None:
            return found
        if is_id(name):
            raise NetworkAddressError(f"{name} has announced no address")
        return self.peek().gethostbyname(name)

    def openconnection(self, destip, destport, localip, localport, timeout):
        """Connect to a host by its name. Raises RepyArgumentError for a name without an address."""
        return self.peek().openconnection(self._resolve(destip), destport, self._resolve(localip), localport, timeout)

    def sendmessage(self, destip, destport, message, localip, localport):
        """Send a datagram to a host by its name. Raises RepyArgumentError for a name without an address."""
        return self.peek().sendmessage(self._resolve(destip), destport, message, self._resolve(localip), localport)

    def listenforconnection(self, localip, localport):
        """Listen, and be found by name."""
        return _Named(self._listen(self.peek().listenforconnection, localip, localport), self)

    def listenformessage(self, localip, localport):
        """Listen for datagrams, and be found by name."""
        return _NamedForMessages(self._listen(self.peek().listenformessage, localip, localport), self)

    def forget(self):
        """One listener less. With the last of them, the name is announced no more."""
        with self._lock:
            self._listeners -= 1
            if not self._listeners:
                self._stopped.set()
                self._announcements.remove(self._id, self._announced)
                self._announced = None

    def _listen(self, listen, localip, localport):
        listener = listen(self._resolve(localip), localport)
        with self._lock:
            self._listeners += 1
            if self._listeners == 1 and self._id is not None:
                self._stopped = threading.Event()
                self._announce()
                threading.Thread(target=self._follow, args=(self._stopped,), daemon=True).start()
        return listener

    def _follow(self, stopped):
        while not stopped.wait(_LOOKS_EVERY):
            try:
                with self._lock:
                    if not stopped.is_set():
                        self._announce()
            except InternetConnectivityError:
                continue  # no address now; maybe there is one later

    def _announce(self):
        address = self.peek().getmyip()
        if address != self._announced:
            self._announcements.remove(self._id, self._announced)
            self._announced = address
            self._announcements.add(self._id, address)

    def _resolve(self, name):
        try:
            return self.gethostbyname(name)
        except NetworkAddressError as why:
            raise RepyArgumentError(f"{name} has no address: nobody announces one, nor does the DNS know one") from why

    def _announced_address(self, name):
        if not 0 < len(name) <= _LONGEST_NAME:
            return None
        try:
            values = self.network.look_up(name)
        except (AdvertiseError, TimeoutError):
            return None
        addresses = [found for value in values if (found := _literal(value)) and _is_of_one_host(found)]
        if is_id(name):
            return addresses[-1] if addresses else None  # the newest
        return secrets.choice(addresses) if addresses else None


class _Named(Listener):
    """A listener that ends the announcement when it is closed."""

    def close(self):
        """Listen no more."""
        if closed := super().close():
            self._component.forget()
        return closed


class _NamedForMessages(MessageListener):
    """The same for datagrams."""

    def close(self):
        """Listen no more."""
        if closed := super().close():
            self._component.forget()
        return closed


def _literal(text):
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _is_of_one_host(text):
    address = ipaddress.ip_address(text)
    return not address.is_unspecified and not address.is_multicast
