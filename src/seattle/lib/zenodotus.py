"""A DNS server that answers from what programs have announced: hosts with names that anybody's resolver can look up.

    advertise.announce("A printer.lab.example", getmyip(), 600)  # a program, again and again
    zenodotus.Server("lab.example", getmyip(), 63153).serve()    # another one

The addresses of `NAME` are those announced under `A NAME`, or under `NAME` as in the old days; one announced under
`CNAME NAME` is another name for it. The zone itself has the server's address. Whoever registers a zone with the DNS at
large has to send questions on from port 53, which no vessel has, to the server's port.

Anybody may announce anything, so names prove nothing. A server with a public address tells public addresses only, lest
somebody's browser be led into its own network.

Missing: TCP and DNSSEC; an answer has what fits into a datagram of 512 bytes. Times and ports, which the reference's
flags were about: a name has an address, and nothing else.
"""

import argparse
import ipaddress

import advertise
import dns

_TTL = 60  # seconds for which resolvers may keep an address
_KEPT, _MOST_KEPT = 10, 1000  # seconds for which a look-up holds, and how many are kept
_MOST_ADDRESSES = 16  # that fit into a datagram
_NO_ERROR, _FORMAT, _FAILURE, _NO_NAME, _NOT_IMPLEMENTED, _REFUSED = range(6)


class Server:
    """A server for one zone, at an address and a UDP port of this vessel.

    `lookup(key)` returns what is announced. Raises what `listenformessage` raises.
    """

    def __init__(self, zone, ip, port, lookup=advertise.lookup):
        self._zone = zone.lower().strip(".")
        self._ip = ip
        self._port = port
        self._lookup = lookup
        self._found = {}  # (runtime until which it holds, values), by key
        self._socket = listenformessage(ip, port)

    def serve(self):
        """Answer, until the server is closed."""
        while True:
            try:
                ip, port, packet = self._socket.getmessage()
            except SocketWouldBlockError:
                waitready([self._socket], [], None)
                continue
            except SocketClosedLocal:
                return
            if (answer := self.answer(packet)) is not None:
                try:
                    sendmessage(ip, port, answer, self._ip, self._port)
                except (NetworkError, DonorPolicyError):
                    continue  # whoever asked can't be told

    def close(self):
        """Answer no more."""
        self._socket.close()

    def answer(self, packet):
        """The packet that answers a packet; None for what is no question."""
        try:
            asked = dns.decode(packet)
        except dns.PacketError:
            return None
        if asked.is_answer:
            return None
        rcode, answers, authority = self._answer(asked)
        answer = dns.Message(
            asked.id,
            questions=asked.questions[:1],
            answers=tuple(answers),
            authority=tuple(authority),
            is_answer=True,
            opcode=asked.opcode,
            authoritative=rcode in (_NO_ERROR, _NO_NAME),
            recursion_desired=asked.recursion_desired,
            rcode=rcode,
        )
        return dns.encode(answer)

    def _answer(self, asked):
        """What the answer says: its code, its records, and whose the zone is."""
        if asked.opcode != 0:
            return _NOT_IMPLEMENTED, [], []
        if len(asked.questions) != 1:
            return _FORMAT, [], []
        question = asked.questions[0]
        name = question.name.lower()
        if question.klass != "IN" or (name != self._zone and not name.endswith(f".{self._zone}")):
            return _REFUSED, [], []
        try:
            records = self._records(name)
        except (AdvertiseError, TimeoutError, RepyArgumentError):
            return _FAILURE, [], []
        kinds = (question.kind, "CNAME") if question.kind in ("A", "AAAA") else (question.kind,)
        answers = [
            dns.Record(question.name, kind, _TTL, data) for kind, data in records if kind in kinds or "ANY" in kinds
        ]
        if answers:
            return _NO_ERROR, answers, []
        whose = dns.Authority(self._zone, f"hostmaster.{self._zone}", 1, 3600, 600, 86400, _KEPT)
        return _NO_ERROR if records else _NO_NAME, [], [dns.Record(self._zone, "SOA", _KEPT, whose)]

    def _records(self, name):
        """`(kind, data)` of all that a name has."""
        if name == self._zone:
            return [(_kind(self._ip), self._ip), ("NS", self._zone)]
        aliases = [text for text in self._look_up(f"CNAME {name}") if _is_name(text)]
        if aliases:
            return [("CNAME", aliases[-1].lower().strip("."))]
        values = [*self._look_up(f"A {name}"), *self._look_up(name)]
        addresses = dict.fromkeys(address for value in values if (address := self._address(value)))
        return [(_kind(address), address) for address in list(addresses)[-_MOST_ADDRESSES:]]

    def _address(self, text):
        """The address that a text is, if it may be told."""
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return None
        may_be_told = address.is_global or not ipaddress.ip_address(self._ip).is_global
        return str(address) if may_be_told and not address.is_multicast and not address.is_unspecified else None

    def _look_up(self, key):
        until, values = self._found.get(key, (0.0, []))
        if until > getruntime():
            return values
        values = self._lookup(key)
        if len(self._found) >= _MOST_KEPT:
            self._found.clear()
        self._found[key] = (getruntime() + _KEPT, values)
        return values


def main(arguments):
    """Be a server: `ZONE -p PORT [-ip ADDRESS]`."""
    parser = argparse.ArgumentParser("zenodotus", description="A DNS server that answers from announcements.")
    parser.add_argument("zone", help="such as lab.example; all names that end in it are this server's")
    parser.add_argument("-p", dest="port", type=int, required=True, help="one of the vessel's UDP ports")
    parser.add_argument("-ip", dest="ip", help="an address of this computer")
    options = parser.parse_args(arguments)
    ip = options.ip or getmyip()
    server = Server(options.zone, ip, options.port)
    print(f"answers for {options.zone} at {ip}:{options.port}")
    server.serve()


def _kind(address):
    return "AAAA" if ":" in address else "A"


def _is_name(text):
    try:
        dns.encode(dns.Message(0, (dns.Question(text),)))
    except dns.PacketError:
        return False
    return 0 < len(text.strip(".")) <= 200
