"""Stacks of components between a program and the network, each of which changes what happens on the way.

    from affix import AffixStack

    stack = AffixStack("(CoordinationAffix)(MakeMeHearAffix)(NamingAndResolverAffix,printer)")
    listener = stack.listenforconnection("printer", 63100)

A stack has the six network calls of the API (`getmyip`, `gethostbyname`, `openconnection`, `listenforconnection`,
`sendmessage`, `listenformessage`), with the API's arguments, results and exceptions; so a program does not notice
which components there are, nor does a component notice what is below. The text names the components, the one next to
the program first; the empty text is the API itself. Both sides of a connection need stacks that match: what one
compresses, the other has to expand. CoordinationAffix sees to that by itself.

Components of the library: AsciiShiftAffix, CompressionAffix, CoordinationAffix, EncryptionAffix, LatencyAffix,
LoggingAffix, LossAffix, MakeMeHearAffix, MultiPathAffix, NamingAndResolverAffix, NoopAffix, RateLimitAffix and
TCPRelayAffix; the module of each says more. `register` adds a program's own.

Datagrams go through all components but those that are about connections: TCPRelayAffix and MultiPathAffix refuse them,
CoordinationAffix and MakeMeHearAffix hand them down as they are.

Missing: components in files that only the stack's text names; the library does not see the vessel's files, so a program
imports and registers those.
"""

from affix.component import Component, Network
from affix.errors import (
    AffixArgumentError,
    AffixConfigError,
    AffixError,
    AffixInternalError,
    AffixNotFoundError,
    AffixStackError,
)
from affix.strings import parse, parse_first

__all__ = [
    "AffixArgumentError",
    "AffixConfigError",
    "AffixError",
    "AffixInternalError",
    "AffixNotFoundError",
    "AffixStack",
    "AffixStackError",
    "Component",
    "Network",
    "build_stack",
    "create_affix_object",
    "find_and_register_affix",
    "parse_affix_string",
    "register",
]

_registered = {}  # classes by name


class AffixStack(Component):
    """A stack, made of its text.

    `network` is what is below all components: the API's calls, or a Network that has others in place of some. Raises
    AffixConfigError for a text that describes no stack, AffixNotFoundError for a name that no component has, and
    AffixArgumentError for arguments that are of no use.
    """

    def __init__(self, text="", network=None):
        super().__init__(build_stack(text, network))

    def text(self):
        """Nothing: the stack itself changes nothing."""
        return ""

    def copy(self):
        """A stack like this one, of copies of its components."""
        other = AffixStack("", self.network)
        other.stand_on(self._below.copy())
        return other

    def openconnection(self, destip, destport, localip, localport, timeout):
        """As the API's: connect through all components."""
        self.settle()
        return self._below.openconnection(destip, destport, localip, localport, timeout)

    def listenforconnection(self, localip, localport):
        """As the API's: listen through all components."""
        self.settle()
        return self._below.listenforconnection(localip, localport)

    def sendmessage(self, destip, destport, message, localip, localport):
        """As the API's: send a datagram through all components."""
        self.settle()
        return self._below.sendmessage(destip, destport, message, localip, localport)

    def listenformessage(self, localip, localport):
        """As the API's: listen for datagrams through all components."""
        self.settle()
        return self._below.listenformessage(localip, localport)


def build_stack(text, below=None, allowed=None):
    """The topmost of the components that a text describes, which stand on `below`: another one, or the network.

    Only components of `allowed` (names) are made, for text of strangers. Raises as AffixStack does.
    """
    top = Network() if below is None else below
    for name, arguments in reversed(parse(text)):
        if allowed is not None and name not in allowed:
            raise AffixNotFoundError(f"strangers may not ask for {name}, only for {', '.join(sorted(allowed))}")
        top = create_affix_object(name, arguments, top)
    return top


def create_affix_object(name, arguments, below):
    """One component. Raises AffixNotFoundError, AffixArgumentError."""
    return find_and_register_affix(name)(below, arguments)


def register(component, name=None):
    """Let stacks have a component of the program's own, a class; by the name of its attribute, if no other is given."""
    _registered[name or component.name] = component


def find_and_register_affix(name):
    """The class of the components of this name. Raises AffixNotFoundError."""
    if name not in _registered:
        found = _of_library(name)
        if found is None:
            raise AffixNotFoundError(f"there is no component {name}; register() adds one of the program's own")
        _registered[name] = found
    return _registered[name]


def _of_library(name):
    found = Component if name == "NoopAffix" else None
    match name:  # what is not used is not loaded
        case "AsciiShiftAffix":
            from affix.ascii_shift import AsciiShiftAffix as found
        case "CompressionAffix":
            from affix.compression import CompressionAffix as found
        case "CoordinationAffix":
            from affix.coordination import CoordinationAffix as found
        case "EncryptionAffix":
            from affix.encryption import EncryptionAffix as found
        case "LatencyAffix":
            from affix.latency import LatencyAffix as found
        case "LoggingAffix":
            from affix.logging import LoggingAffix as found
        case "LossAffix":
            from affix.loss import LossAffix as found
        case "MakeMeHearAffix":
            from affix.make_me_hear import MakeMeHearAffix as found
        case "MultiPathAffix":
            from affix.multipath import MultiPathAffix as found
        case "NamingAndResolverAffix":
            from affix.naming import NamingAndResolverAffix as found
        case "RateLimitAffix":
            from affix.rate_limit import RateLimitAffix as found
        case "TCPRelayAffix":
            from affix.relay import TCPRelayAffix as found
    return found


parse_affix_string = parse_first
