"""What a launcher and a monitor say to each other: start this, it has started, stop it, it has ended.

A launcher (`repy`, a node) connects to a nursery's `SOCK_SEQPACKET` Unix socket, once for each run. The nursery
forks a monitor, which reads one `LaunchRequest` with its descriptors, answers `STARTED`, and at the end `ENDED`.
While the program runs the launcher may send `STOP`, `FREEZE`, `THAW` or `CPU`, or ask for `USAGE`, and the monitor may
`ASK` something of a launcher that said that it answers, by `ANSWER` with the same number; if it hangs up, the
run is stopped, unless the request has said that it outlives its launcher: then the next one connects to the socket that
came with the request, hears `HERE`, and goes on in its place.

`repy` must start as fast as Python itself, so this module imports nothing but builtins and packets are as plain as
can be: strings joined by NUL, which no argument of a process and no text file for people contains.
"""

MAX_PACKET = 160 * 1024
"""Bytes of one packet. Arguments and restrictions together have to fit."""

STARTED = "started"  # then: guest's process id
HERE = "here"  # to a later launcher; then: the run's name, guest's process id, when it started (seconds since 1970)
ENDED = "ended"  # then: exit code, outcome kind, detail, bytes of network traffic
NOTE = "note"  # then: what the sandbox has to say while the program runs, where the log is a stream
REFUSED = "refused"  # then: why the run could not even begin
USAGE = "usage"  # then, in the answer: limits, usage, stop times and account (outcome_file.py) as JSON
ASK = "ask"  # then: a number, and ANNOUNCE, key, value, seconds or LOOK_UP, key, how many at most
ANSWER = "answer"  # then: the number, DONE or FAILED, and the values, or why not
ANNOUNCE, LOOK_UP, DONE, FAILED = "announce", "look_up", "done", "failed"
STOP = "stop"  # then: who asks
FREEZE = "freeze"  # let the program stand still, until it is thawed or stopped; doing so again changes nothing
THAW = "thaw"  # let it go on, as far as its CPU share allows
CPU = "cpu"  # then: its new share, as a restrictions file would have it

WALLS = ("both", "kernel", "language")

MAX_LAYERS = 16

NO_READER = "nobody reads its output any more"
"""Why a run is stopped whose output is a pipe that has lost its reader."""

NO_LOG = "the log can't be written"
"""How a refusal begins that is the log's: its disk is full, say."""

# In a packet each item of a list is a field of its own, under the name on the left.
_LISTS = {
    "argument": "arguments",
    "layer": "layers",
    "limit": "limits",
    "address": "addresses",
    "interface": "interfaces",
    "preload": "preloaded",
}
_NOT_TEXT = (*_LISTS.values(), "log_bytes")

LONGEST_UNWATCHED = 24 * 3600  # seconds


class LaunchError(Exception):
    """The request can't be sent or can't be read; the text says why."""


class LaunchRequest:
    """One run. Descriptors travel beside it: program, vessel folder, log, then a file for each layer.

    Where the run outlives its launcher, a listening socket for the next one comes between the log and the layers.

    The log is either one folder (`log="ring"`: a bounded ring on disk) or two streams (`log="streams"`: the
    program's output, and a stream for what the sandbox itself has to say).
    """

    __slots__ = (
        "addresses",
        "answers",
        "arguments",
        "callfunc",
        "interfaces",
        "layers",
        "limits",
        "log",
        "log_bytes",
        "loopback_ports",
        "name",
        "net_budget",
        "only_these_addresses",
        "outlive",
        "preloaded",
        "private",
        "program",
        "restrictions",
        "walls",
    )

    def __init__(
        self,
        *,
        program: str,
        arguments: list[str],
        restrictions: str = "",
        walls: str = "both",
        log: str = "streams",
        log_bytes: int = 64 * 1024,
        loopback_ports: str = "",
        private: str = "no",
        callfunc: str = "initialize",
        layers: list[str] | None = None,
        limits: list[str] | None = None,
        addresses: list[str] | None = None,
        interfaces: list[str] | None = None,
        only_these_addresses: str = "no",
        net_budget: str = "",
        preloaded: list[str] | None = None,
        name: str = "",
        outlive: str = "",
        answers: str = "no",
    ) -> None:
        self.program = program  # name of the program's file, as tracebacks show it
        self.arguments = arguments
        self.restrictions = restrictions  # text of a restrictions file; empty means the defaults
        self.walls = walls  # one of WALLS
        self.log = log
        self.log_bytes = log_bytes  # how much of the log is kept, at least
        self.loopback_ports = loopback_ports  # "FIRST-LAST": ports on this host that other vessels own
        self.private = private  # "yes" lets the program reach the donor's private network
        self.callfunc = callfunc
        self.layers = layers or []  # names of the layers' files, the outermost first
        self.limits = limits or []  # "NAME=VALUE": what differs from `restrictions`; see resources/overrides.py
        # Which of this computer's addresses the program shall use, the best first, and then those of which interfaces;
        # "yes": and no others but loopback.
        self.addresses = addresses or []
        self.interfaces = interfaces or []
        self.only_these_addresses = only_these_addresses
        self.net_budget = net_budget  # bytes that the program may exchange with other computers; empty: any number
        self.preloaded = (
            preloaded or []
        )  # names of modules to import before the walls go up; for `walls="kernel"` alone
        self.name = name  # of this run, which a later launcher hears
        self.answers = answers  # "yes": the launcher answers what the monitor asks
        self.outlive = outlive  # seconds that it runs on without a launcher; empty: it ends with its launcher

    def encode(self) -> bytes:
        """The request as one packet. Raises LaunchError for what a packet can't carry."""
        fields = [f"{name}={getattr(self, name)}" for name in self.__slots__ if name not in _NOT_TEXT]
        fields.append(f"log_bytes={self.log_bytes}")
        fields.extend(f"{name}={item}" for name, items in _LISTS.items() for item in getattr(self, items))
        if any("\0" in field for field in fields):
            raise LaunchError("an argument or the restrictions file contains a NUL character")
        packet = "\0".join(fields).encode("utf-8", "surrogateescape")
        if len(packet) > MAX_PACKET:
            raise LaunchError(f"arguments and restrictions take {len(packet)} bytes; at most {MAX_PACKET} fit")
        return packet

    @classmethod
    def decode(cls, packet: bytes) -> "LaunchRequest":
        """Read what `encode` wrote. Raises LaunchError."""
        lists: dict[str, list[str]] = {name: [] for name in _LISTS.values()}
        fields: dict[str, str] = {}
        for item in packet.decode("utf-8", "surrogateescape").split("\0"):
            name, separator, value = item.partition("=")
            if separator and name in _LISTS:
                lists[_LISTS[name]].append(value)
            elif separator and name in cls.__slots__ and name not in lists:
                fields[name] = value
            else:
                raise LaunchError(f"the launch request has an unknown field {name!r}")
        if fields.get("walls") not in WALLS or fields.get("log") not in ("ring", "streams"):
            raise LaunchError("the launch request is incomplete")
        if len(lists["layers"]) > MAX_LAYERS:
            raise LaunchError(f"there are {len(lists['layers'])} layers; at most {MAX_LAYERS} are allowed")
        try:
            log_bytes = int(fields.pop("log_bytes", ""))
            return cls(log_bytes=log_bytes, **lists, **fields)  # type: ignore[arg-type]  # a dict's values are of one type
        except (TypeError, ValueError) as why:
            raise LaunchError("the launch request is incomplete") from why


def pack(*words: str) -> bytes:
    """A packet of plain words, such as `pack(STOP, "its owner")`. What is too much is cut off the longest of them."""
    encoded = [word.replace("\0", "\\x00").encode("utf-8", "surrogateescape") for word in words]
    excess = sum(map(len, encoded)) + len(encoded) - 1 - MAX_PACKET
    if excess > 0:  # the detail of an outcome, say, and the words after it are as good as before
        longest = encoded.index(max(encoded, key=len))
        encoded[longest] = encoded[longest][:-excess]
    return b"\0".join(encoded)[:MAX_PACKET]


def unpack(packet: bytes) -> list[str]:
    """The words of a packet. Never fails: a peer that writes nonsense gets words that mean nothing."""
    return packet.decode("utf-8", "replace").split("\0")
