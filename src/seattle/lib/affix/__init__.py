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
TCPRelayAffix; the module of each says more. `register` adds a program's own, and a class NAME in the vessel's file
`name.py` (in lower case) is found without.

Datagrams go through all components but those that are about connections: TCPRelayAffix and MultiPathAffix refuse them,
CoordinationAffix and MakeMeHearAffix hand them down as they are.
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


def register(component):
    """Let stacks have a component of the program's own, a class, by the name of its attribute `name`."""
    _registered[component.name] = component


def find_and_register_affix(name):
    """The class of the components of this name. Raises AffixNotFoundError."""
    if name not in _registered:
        _registered[name] = _of_library(name) or _of_vessel(name)
    return _registered[name]


def _of_library(name):
    found = None
    match name:
        case "NoopAffix":
            found = Component
        case "CoordinationAffix":
            from affix.coordination import CoordinationAffix as found
        case "MakeMeHearAffix":
            from affix.make_me_hear import MakeMeHearAffix as found
        case "NamingAndResolverAffix":
            from affix.naming import NamingAndResolverAffix as found
        case "TCPRelayAffix":
            from affix.relay import TCPRelayAffix as found
    return found


def _of_vessel(name):
    for file in (f"{name.lower()}.py", f"{name.lower()}.r2py"):
        try:
            return getattr(dy_import_module(file), name)
        except (ImportError, AttributeError, RepyArgumentError):
            continue
    raise AffixNotFoundError(f"there is no component {name}: SeattleLib has none, and the vessel no {name.lower()}.py")


parse_affix_string = parse_first
