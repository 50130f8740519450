r"""DNS: questions to a server, and the packets of its protocol as messages and back (RFC 1035, RFC 3596).

    for address in dns.resolve("example.org", "AAAA", server="192.0.2.53"):
        print(address)

`query` has the whole answer, `decode` and `encode` are for those who answer themselves. Names are text without the last
dot, the root is ""; within a label, a dot is written `\.` and what is no printable ASCII `\DDD`. An answer is heard
only from the server that was asked, from its port, with the number and the spelling of the question, since anybody can
send datagrams. Still nothing proves that an answer is true.

Missing: the computer's own servers, since nobody tells programs: `servers` are asked, which a program may change.
DNSSEC and EDNS, zone transfers. Names beyond ASCII: write them as `xn--`, for the tables of IDNA would take megabytes.
"""

import ipaddress
import re
import struct
from typing import NamedTuple

import sockettimeout
from networking.ports import address_towards

servers = ["1.1.1.1", "9.9.9.9", "8.8.8.8"]  # that are asked where no other is named, the first first
MOST = 65535  # bytes of a packet

KINDS = {
    "A": 1, "NS": 2, "MD": 3, "MF": 4, "CNAME": 5, "SOA": 6, "MB": 7, "MG": 8, "MR": 9, "NULL": 10, "WKS": 11,
    "PTR": 12, "HINFO": 13, "MINFO": 14, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "OPT": 41, "AXFR": 252,
    "MAILB": 253, "MAILA": 254, "ANY": 255,
}  # fmt: skip
CLASSES = {"IN": 1, "CS": 2, "CH": 3, "HS": 4, "ANY": 255}
RCODES = {0: "no error", 1: "format error", 2: "server failure", 3: "no such name", 4: "not implemented", 5: "refused"}
_PIECE = re.compile(r"\\\d\d\d|\\.|.", re.DOTALL)
_KIND_NAMES = {number: name for name, number in KINDS.items()}
_CLASS_NAMES = {number: name for name, number in CLASSES.items()}
_NAMES = ("NS", "CNAME", "PTR", "MB", "MD", "MF", "MG", "MR")  # the kinds whose data is a name

_HEADER, _POINTER, _TRUNCATED = 12, 0xC000, 0x200
_LONGEST_NAME, _LONGEST_LABEL = 255, 63  # bytes
_FARTHEST = 0x3FFF  # what a pointer can point at


class DNSError(Exception):
    """A question was not answered."""


class PacketError(DNSError, ValueError):
    """It is no packet of DNS, or what was to become one can't."""


class NoAnswer(DNSError, TimeoutError):
    """No server has answered in time."""


class ServerError(DNSError):
    """The server says that it can't answer; `rcode` is its reason, a number, and `message` the whole answer."""

    def __init__(self, text, message):
        super().__init__(text)
        self.rcode = message.rcode
        self.message = message


class NoSuchName(ServerError):
    """The server says that there is no such name."""


class Question(NamedTuple):
    """What is asked: the records of a kind (`KINDS`) of a name. A kind that has no name is called `TYPE65`."""

    name: str
    kind: str = "A"
    klass: str = "IN"


class Record(NamedTuple):
    """One record, good for `ttl` seconds.

    `data` is an address (A, AAAA), a name (CNAME, NS, PTR), a Mail (MX), a tuple of bytes (TXT), an Authority (SOA), a
    Service (SRV), or bytes.
    """

    name: str
    kind: str
    ttl: int
    data: object
    klass: str = "IN"


class Mail(NamedTuple):
    """Where mail goes, lowest preference first."""

    preference: int
    exchange: str


class Service(NamedTuple):
    """Where a service is, lowest priority first."""

    priority: int
    weight: int
    port: int
    target: str


class Authority(NamedTuple):
    """Whose a zone is: its first server, its keeper's mailbox as a name, and its times in seconds."""

    mname: str
    rname: str
    serial: int
    refresh: int
    retry: int
    expire: int
    minimum: int


class Message(NamedTuple):
    """A packet: a number of 16 bits, questions and records, and what its flags say."""

    id: int
    questions: tuple = ()
    answers: tuple = ()
    authority: tuple = ()
    additional: tuple = ()
    is_answer: bool = False
    opcode: int = 0
    authoritative: bool = False
    truncated: bool = False
    recursion_desired: bool = True
    recursion_available: bool = False
    authentic: bool = False
    checking_disabled: bool = False
    rcode: int = 0


def resolve(name, kind="A", server=None, port=53, timeout=5):
    """What a name has of a kind: a list of the `data` of its records, also of the name that it is an alias of.

    It is empty if there is nothing of this kind. Arguments and exceptions are those of `query`.
    """
    message = query(name, kind, server, port, timeout)
    names = {one.name.lower() for one in message.questions}
    for _ in message.answers:  # an alias may come behind what it leads to, but there are no more of them
        known = len(names)
        names |= {one.data.lower() for one in message.answers if one.kind == "CNAME" and one.name.lower() in names}
        if len(names) == known:
            break
    return [one.data for one in message.answers if one.kind == kind and one.name.lower() in names]


def query(name, kind="A", server=None, port=53, timeout=5):
    """Ask a server, an address, or those in `servers` in turn; return its Message.

    `timeout` is in seconds, in all. What does not fit into a datagram is asked for again over TCP.

    Raises NoSuchName, ServerError, NoAnswer, PacketError for a name that can't be one, and what the API's calls raise.
    """
    number = int.from_bytes(randombytes()[:2], "big")
    question = encode(Message(number, [Question(name, kind)]))
    deadline = getruntime() + timeout
    those = servers if server is None else [server]
    failure = NoAnswer(f"nobody has answered within {timeout} seconds what {name} {kind} is")
    for n, ip in enumerate(those):
        now = getruntime()
        try:
            message = _ask(question, ip, port, now + (deadline - now) / (len(those) - n))
        except (SocketClosedRemote, ConnectionRefusedError, PacketError, TimeoutError):  # over TCP, some of them
            continue
        if not message.rcode:
            return message
        why = f"{ip} says of {name} {kind}: {RCODES.get(message.rcode, message.rcode)}"
        if message.rcode == 3:
            raise NoSuchName(why, message)
        failure = ServerError(why, message)  # another may know
    raise failure


def reverse_name(address):
    """The name whose PTR record has the name of an address. Raises ValueError if it is none."""
    return ipaddress.ip_address(address).reverse_pointer


def decode(packet):
    """The Message in a packet. Raises PacketError, whatever the bytes are."""
    if not _HEADER <= len(packet) <= MOST:
        raise PacketError(f"a packet has {_HEADER} to {MOST} bytes, not {len(packet)}")
    number, flags, *counts = struct.unpack(">6H", packet[:_HEADER])
    reader = _Reader(packet)
    questions = tuple(reader.question() for _ in range(counts[0]))
    answers, authority, additional = (_records(reader, count, flags & _TRUNCATED) for count in counts[1:])
    is_answer, authoritative, truncated, desired, available, authentic, disabled = (
        bool(flags & bit) for bit in (0x8000, 0x400, _TRUNCATED, 0x100, 0x80, 0x20, 0x10)
    )
    opcode, rcode = flags >> 11 & 15, flags & 15
    return Message(
        number, questions, answers, authority, additional,
        is_answer, opcode, authoritative, truncated, desired, available, authentic, disabled, rcode,
    )  # fmt: skip


def encode(message):
    """The packet of a Message, each name written once. Raises PacketError for what can't be written."""
    flags = (message.opcode & 15) << 11 | message.rcode & 15
    bits = {
        0x8000: message.is_answer, 0x400: message.authoritative, _TRUNCATED: message.truncated,
        0x100: message.recursion_desired, 0x80: message.recursion_available, 0x20: message.authentic,
        0x10: message.checking_disabled,
    }  # fmt: skip
    flags |= sum(bit for bit, is_set in bits.items() if is_set)
    sections = message.answers, message.authority, message.additional
    writer = _Writer()
    try:
        writer.data += struct.pack(">6H", message.id, flags, len(message.questions), *map(len, sections))
        for one in message.questions:
            writer.question(one)
        for section in sections:
            for one in section:
                writer.record(one)
    except (struct.error, TypeError, AttributeError) as why:
        raise PacketError(f"this can't be written: {why}") from None
    if len(writer.data) > MOST:
        raise PacketError(f"a packet has at most {MOST} bytes, not {len(writer.data)}")
    return bytes(writer.data)


def _records(reader, count, truncated):
    found = []
    try:
        for _ in range(count):
            found.append(reader.record())  # noqa: PERF401 - what is there when it ends counts
    except PacketError:  # of a truncated packet, what was whole counts
        if not truncated:
            raise
        reader.at = len(reader.packet)
    return tuple(found)


class _Reader:
    """Reads a packet from its first byte after the header on. All that it returns was checked to be there."""

    def __init__(self, packet):
        self.packet, self.at = packet, _HEADER

    def take(self, count):
        begin, self.at = self.at, self.at + count
        if self.at > len(self.packet):
            raise PacketError("the packet ends before what it should have")
        return self.packet[begin : self.at]

    def numbers(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))

    def question(self):
        name = self.name()
        kind, klass = self.numbers(">HH")
        return Question(name, _KIND_NAMES.get(kind, f"TYPE{kind}"), _CLASS_NAMES.get(klass, f"CLASS{klass}"))

    def record(self):
        name = self.name()
        number, klass, ttl, size = self.numbers(">HHIH")
        kind, end = _KIND_NAMES.get(number, f"TYPE{number}"), self.at + size
        data = self.data(kind, size)
        if self.at != end:
            raise PacketError(f"the data of a record of {name!r} has not the length that it says")
        return Record(name, kind, ttl, data, _CLASS_NAMES.get(klass, f"CLASS{klass}"))

    def data(self, kind, size):
        if kind in ("A", "AAAA"):
            if size != (4 if kind == "A" else 16):
                raise PacketError(f"an address of {size} bytes")
            return str(ipaddress.ip_address(self.take(size)))
        if kind in _NAMES:
            return self.name()
        if kind == "MX":
            return Mail(*self.numbers(">H"), self.name())
        if kind == "SRV":
            return Service(*self.numbers(">HHH"), self.name())
        if kind == "SOA":
            return Authority(self.name(), self.name(), *self.numbers(">5I"))
        if kind == "TXT":
            texts, end = [], self.at + size
            while self.at < end:
                texts.append(self.take(self.take(1)[0]))
            return tuple(texts)
        return self.take(size)

    def name(self):
        """A name. A pointer has to point before where the name began, and before the last one: so there is an end."""
        labels, length, begin, back = [], 1, self.at, None
        while size := self.take(1)[0]:
            if size > _LONGEST_LABEL:
                target = (size << 8 | self.take(1)[0]) - _POINTER
                if not _HEADER <= target < begin:
                    raise PacketError("a name leads to where none can be")
                back = self.at if back is None else back
                begin = self.at = target
                continue
            length += 1 + size
            if length > _LONGEST_NAME:
                raise PacketError("a name of more than 255 bytes")
            labels.append(_text_of(self.take(size)))
        self.at = self.at if back is None else back
        return ".".join(labels)


class _Writer:
    """Writes a packet. `places`: where names begin that were written already."""

    def __init__(self):
        self.data, self.places = bytearray(), {}

    def question(self, one):
        self.name(one.name)
        self.data += struct.pack(">HH", _kind_number(one.kind), _class_number(one.klass))

    def record(self, one):
        self.name(one.name)
        self.data += struct.pack(">HHI", _kind_number(one.kind), _class_number(one.klass), one.ttl)
        size_at = len(self.data)
        self.data += bytes(2)
        self.write(one.kind, one.data)
        self.data[size_at : size_at + 2] = struct.pack(">H", len(self.data) - size_at - 2)

    def write(self, kind, data):
        if kind in ("A", "AAAA"):
            self.data += _packed_address(data, kind)
        elif kind in _NAMES:
            self.name(data)
        elif kind in ("MX", "SRV"):
            *numbers, name = data
            self.data += struct.pack(f">{len(numbers)}H", *numbers)
            self.name(name, shortened=kind == "MX")
        elif kind == "SOA":
            mname, rname, *numbers = data
            self.name(mname)
            self.name(rname)
            self.data += struct.pack(">5I", *numbers)
        elif kind == "TXT":
            for text in (data,) if isinstance(data, (str, bytes)) else data:
                octets = text.encode() if isinstance(text, str) else text
                self.data += struct.pack("B", len(octets)) + octets
        else:
            self.data += data

    def name(self, name, shortened=True):
        labels = _labels_of(name)
        for n in range(len(labels)):
            rest = tuple(label.lower() for label in labels[n:])
            if shortened and rest in self.places:
                self.data += struct.pack(">H", _POINTER + self.places[rest])
                return
            if len(self.data) <= _FARTHEST:
                self.places.setdefault(rest, len(self.data))
            self.data += bytes([len(labels[n])]) + labels[n]
        self.data += b"\0"


def _ask(question, ip, port, deadline):
    """The answer of one server. Raises TimeoutError, PacketError, and what the API's calls raise."""
    packet = question[:_HEADER] + _in_random_case(question[_HEADER:-4]) + question[-4:]

    def accept(data):
        if data[:2] != packet[:2] or data[_HEADER : len(packet)] != packet[_HEADER:]:
            return None
        try:
            message = decode(data[:_HEADER] + question[_HEADER:] + data[len(packet) :])
        except PacketError:
            return None
        return message if message.is_answer and len(message.questions) == 1 else None

    here = address_towards(ip)
    for share in (3, 1):  # a datagram may be lost: after a third of the time it is sent again
        with sockettimeout.open_udp(here) as udp:
            try:
                message = udp.ask(ip, port, packet, (deadline - getruntime()) / share, accept)
                break
            except TimeoutError as error:
                why = error
    else:
        raise why
    if message.truncated:
        message = accept(_ask_tcp(packet, ip, port, deadline))
    if message is None:
        raise PacketError("the answer is no answer to this question")
    return message


def _ask_tcp(packet, ip, port, deadline):
    left = max(0.1, deadline - getruntime())
    with sockettimeout.connect(ip, port, timeout=left) as connection:
        connection.limit(left)
        connection.sendall(struct.pack(">H", len(packet)) + packet)
        (size,) = struct.unpack(">H", _receive(connection, 2))
        return _receive(connection, size)


def _receive(connection, size):
    data = b""
    while len(data) < size:
        data += connection.recv(size - len(data))
    return data


def _in_random_case(name):
    """The name, with letters in a spelling that whoever forges an answer would have to guess."""
    spellings, chances = (name.upper(), name.lower()), randombytes()
    return bytes(spellings[chances[n] & 1][n] for n in range(len(name)))


def _text_of(label):
    return label.decode("ascii") if label.isalnum() else "".join(map(_escaped, label))


def _escaped(byte):
    if byte in b".\\":
        return "\\" + chr(byte)
    return chr(byte) if 0x21 <= byte <= 0x7E else f"\\{byte:03}"


def _labels_of(name):
    """The labels of a name. Raises PacketError if it can't be one."""
    labels = [bytearray()]
    for piece in _PIECE.findall(name):
        byte = int(piece[1:]) if len(piece) == 4 else ord(piece[-1])
        if piece == ".":
            labels.append(bytearray())
        elif byte > 255 or (byte > 127 and len(piece) == 1):
            raise PacketError(f"{name!r} is no name: write what is beyond ASCII as xn--")
        else:
            labels[-1].append(byte)
    if not labels[-1]:  # after the last dot
        labels.pop()
    whole = all(0 < len(one) <= _LONGEST_LABEL for one in labels)
    if name != "." and not (whole and sum(map(len, labels)) + len(labels) < _LONGEST_NAME):
        raise PacketError(f"{name!r} is no name: labels have 1 to 63 bytes, all of it less than 255")
    return [bytes(label) for label in labels if label]


def _kind_number(kind):
    return KINDS[kind] if kind in KINDS else _number_in(kind, "TYPE")


def _class_number(klass):
    return CLASSES[klass] if klass in CLASSES else _number_in(klass, "CLASS")


def _number_in(name, prefix):
    digits = str(name).removeprefix(prefix)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 5):
        raise PacketError(f"{name!r} is no kind or class of records; write {prefix}65 for one that has no name here")
    return int(digits)


def _packed_address(text, kind):
    try:
        address = ipaddress.ip_address(text)
    except ValueError as why:
        raise PacketError(str(why)) from None
    if address.version != (4 if kind == "A" else 6):
        raise PacketError(f"{text} is no address for a record of kind {kind}")
    return address.packed
