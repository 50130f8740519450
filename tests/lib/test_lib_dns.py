"""DNS: messages and packets, what hostile packets do, and answers from a server that a test is."""

import socket
import struct
from contextlib import suppress
from threading import Thread

import pytest
from tests.lib.conftest import Run
from tests.lib.small_servers import Answer, serve_tcp, udp_server

NAME = b"\x03www\x07example\x03org\x00"
QUESTION = NAME + struct.pack(">2H", 1, 1)


def header(number: int, flags: int, *counts: int) -> bytes:
    return struct.pack(">6H", number, flags, *counts, *[0] * (4 - len(counts)))


def record(kind: int, data: bytes, name: bytes = b"\xc0\x0c", ttl: int = 60) -> bytes:
    return name + struct.pack(">2HIH", kind, 1, ttl, len(data)) + data


EVERYTHING = b"".join(
    [
        header(7, 0x8580, 1, 4, 2, 2),
        QUESTION,
        record(5, b"\x04real\xc0\x10"),
        record(1, bytes([192, 0, 2, 1]), b"\xc0\x2d"),
        record(28, b"\x20\x01\x0d\xb8" + bytes(11) + b"\x01", b"\xc0\x2d"),
        record(16, b"\x05hello\x00\x02\xff\x00"),
        record(2, b"\x02ns\xc0\x10", b"\xc0\x10"),
        record(6, b"\x02ns\xc0\x10\x05first\x00" + struct.pack(">5I", 1, 2, 3, 4, 2**32 - 1), b"\xc0\x10"),
        record(15, struct.pack(">H", 10) + b"\x04mail\xc0\x10"),
        record(99, b"\x01\x02", b"\x00"),
    ]
)


SOA = "Authority(mname='ns.example.org', rname='first', serial=1, refresh=2, retry=3, expire=4, minimum=4294967295)"


def test_given_a_packet_with_all_kinds_of_records_when_it_is_decoded_then_the_message_says_the_same(run: Run) -> None:
    program = f"""
import dns
message = dns.decode({EVERYTHING!r})
print(message.id, message.is_answer, message.authoritative, message.recursion_available, message.rcode)
for one in (*message.questions, *message.answers, *message.authority, *message.additional):
    print(*one[:-1])
"""
    assert run(program).splitlines() == [
        "7 True True True 0",
        "www.example.org A",
        "www.example.org CNAME 60 real.example.org",
        "real.example.org A 60 192.0.2.1",
        "real.example.org AAAA 60 2001:db8::1",
        r"www.example.org TXT 60 (b'hello', b'', b'\xff\x00')",
        "example.org NS 60 ns.example.org",
        "example.org SOA 60 " + SOA,
        "www.example.org MX 60 Mail(preference=10, exchange='mail.example.org')",
        r" TYPE99 60 b'\x01\x02'",
    ]


def test_given_a_message_when_it_is_encoded_then_names_are_written_once_and_it_reads_the_same(run: Run) -> None:
    program = f"""
import dns
packet = {EVERYTHING!r}
message = dns.decode(packet)
again = dns.encode(message)
print(dns.decode(again) == message, len(again) <= len(packet), again.count(b"example"))
odd = dns.Message(1, (dns.Question("a\\\\.b\\\\000\\\\200.\\\\\\\\", "TYPE65", "CLASS4096"),))
print(dns.decode(dns.encode(odd)) == odd, dns.decode(dns.encode(odd)).questions[0].name)
service = dns.Record("a.b", "SRV", 1, dns.Service(1, 2, 3, "a.b"))
print(dns.decode(dns.encode(dns.Message(1, answers=[service]))).answers == (service,))
print(dns.reverse_name("192.0.2.1"), dns.reverse_name("2001:db8::1")[-24:])
"""
    assert run(program) == (
        "True True 1\nTrue a\\.b\\000\\200.\\\\\nTrue\n1.2.0.192.in-addr.arpa 8.b.d.0.1.0.0.2.ip6.arpa\n"
    )


@pytest.mark.parametrize(
    "name",
    ["a..b", ".a", "a" * 64, ".".join(["a" * 63] * 4), "caf\u00e9", "a\\999"],
)
def test_given_a_name_that_can_t_be_one_when_it_is_encoded_then_it_is_refused(run: Run, name: str) -> None:
    program = f"""
import dns
try:
    dns.encode(dns.Message(1, [dns.Question({name!r})]))
except dns.PacketError as why:
    print(why)
"""
    assert "is no name" in run(program)


HOSTILE = {
    "nothing": b"",
    "half a header": header(1, 0, 1)[:11],
    "questions that are not there": header(1, 0, 65535),
    "records that are not there": header(1, 0x8000, 0, 65535, 65535, 65535),
    "a name that leads to itself": header(1, 0, 1) + b"\xc0\x0c\0\1\0\1",
    "names that lead to each other": header(1, 0, 2) + b"\x01a\xc0\x12\0\1\0\1" + b"\x01a\xc0\x0c\0\1\0\1",
    "a name that leads forwards": header(1, 0, 1) + b"\xc0\x12\0\1\0\1\x01a\0",
    "a name that leads into the header": header(1, 0, 1) + b"\xc0\x02\0\1\0\1",
    "a label of a kind that nobody defined": header(1, 0, 1) + b"\x41a\0\0\1\0\1",
    "a name without an end": header(1, 0, 1) + b"\x3f" + b"a" * 63,
    "a name that is too long": header(1, 0, 1) + (b"\x3f" + b"a" * 63) * 4 + b"\0\0\1\0\1",
    "a name that grows too long over pointers": header(1, 0, 2)
    + (b"\x3f" + b"a" * 63) * 3
    + b"\0\0\1\0\1"
    + b"\x3f"
    + b"b" * 63
    + b"\xc0\x0c\0\1\0\1",
    "an address of three bytes": header(1, 0x8000, 1, 1) + QUESTION + record(1, b"\1\2\3"),
    "a text that is longer than its record": header(1, 0x8000, 1, 1) + QUESTION + record(16, b"\x05ab") + bytes(9),
    "a name that ends behind its record": header(1, 0x8000, 1, 1) + QUESTION + record(2, b"\x02n") + b"s\0",
    "a record longer than the packet": header(1, 0x8000, 1, 1) + QUESTION + b"\xc0\x0c\0\x63\0\1\0\0\0\0\xff\xff",
}


def test_given_hostile_packets_when_they_are_decoded_then_each_is_refused_at_once(run: Run) -> None:
    program = f"""
import dns
begun = getruntime()
for what, packet in {HOSTILE!r}.items():
    try:
        print(what, dns.decode(packet))
    except dns.PacketError:
        pass
print(getruntime() - begun < 5)
"""
    assert run(program) == "True\n"


def test_given_any_change_and_any_end_of_a_packet_when_it_is_decoded_then_it_is_a_message_or_none(run: Run) -> None:
    program = f"""
import dns
packet = {EVERYTHING!r}
changed = [packet[:at] for at in range(len(packet))]
for at in range(len(packet)):
    for byte in (0, 1, 0x3F, 0x40, 0xC0, 0xFF):
        changed.append(packet[:at] + bytes([byte]) + packet[at + 1 :])
seen = set()
for one in changed:
    try:
        dns.decode(one)
        seen.add("message")
    except dns.PacketError:
        seen.add("none")
print(*sorted(seen))
"""
    assert run(program) == "message none\n"


def test_given_a_packet_made_to_be_dear_when_it_is_decoded_then_it_costs_what_its_size_does(run: Run) -> None:
    """All records have the longest name that a pointer can reach."""
    long_name = (b"\x01a" * 127 + b"\0")[:255]
    dear = header(1, 0x8000, 1, 5000) + long_name + b"\0\1\0\1" + record(99, b"") * 5000
    program = f"""
import dns
begun = getruntime()
print(len(dns.decode({dear!r}).answers), getruntime() - begun < 5)
"""
    assert run(program) == "5000 True\n"


# Questions.


def answering(*records: bytes, flags: int = 0x8180) -> Answer:
    def answer(asked: bytes, sender: tuple[str, int], udp: socket.socket) -> None:
        udp.sendto(asked[:2] + header(0, flags, 1, len(records))[2:] + asked[12:] + b"".join(records), sender)

    return answer


def ask(port: int, *, kind: str = "A", timeout: float = 5, show: str = "print") -> str:
    return f"""
import dns
try:
    {show}(dns.resolve("www.example.org", {kind!r}, "127.0.0.1", {port}, {timeout}))
except dns.DNSError as why:
    print(type(why).__name__, why)
"""


def test_given_a_server_when_it_is_asked_then_its_addresses_are_the_answer(run: Run) -> None:
    alias = record(5, b"\x04REAL\xc0\x10")
    with udp_server(answering(record(1, b"\1\2\3\4", b"\x04real\xc0\x10"), alias)) as server:
        assert run(ask(server.port)) == "['1.2.3.4']\n"
        assert run(ask(server.port, kind="CNAME")) == "['REAL.example.org']\n"
        assert run(ask(server.port, kind="MX")) == "[]\n"


def test_given_aliases_in_a_circle_when_they_are_resolved_then_there_is_an_end(run: Run) -> None:
    circle = record(5, b"\x01a\0"), record(5, b"\x01b\0", b"\x01a\0"), record(5, b"\x01a\0", b"\x01b\0")
    with udp_server(answering(*circle)) as server:
        assert run(ask(server.port)) == "[]\n"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (0x8183, "NoSuchName 127.0.0.1 says of www.example.org A: no such name"),
        (0x8182, "ServerError 127.0.0.1 says of www.example.org A: server failure"),
    ],
)
def test_given_a_server_that_does_not_know_when_it_is_asked_then_it_says_why(run: Run, flags: int, said: str) -> None:
    with udp_server(answering(flags=flags)) as server:
        assert run(ask(server.port)).startswith(said)


def test_given_answers_that_are_forged_when_the_right_one_comes_last_then_it_alone_is_heard(run: Run) -> None:
    """They have another number, another spelling, another question, no question, are a question, or are no packet."""

    def answer(asked: bytes, sender: tuple[str, int], udp: socket.socket) -> None:
        false, true = record(1, b"\6\6\6\6"), record(1, b"\1\2\3\4")
        number, question = asked[:2], asked[12:]
        other_number = bytes([number[0] ^ 1, number[1]])
        with socket.socket(type=socket.SOCK_DGRAM) as elsewhere:
            elsewhere.sendto(number + header(0, 0x8180, 1, 1)[2:] + question + false, sender)
        for forged in (
            other_number + header(0, 0x8180, 1, 1)[2:] + question + false,
            number + header(0, 0x8180, 1, 1)[2:] + question.swapcase() + false,
            number + header(0, 0x8180, 1, 1)[2:] + b"\x01x" + question + false,
            number + header(0, 0x8180, 0, 1)[2:] + record(1, b"\6\6\6\6", b"\0"),
            number + header(0, 0x0180, 1, 1)[2:] + question + false,
            b"",
            number,
            number + header(0, 0x8180, 1, 1)[2:] + question + b"\xc0",
            number + header(0, 0x8180, 1, 1)[2:] + question + true,
        ):
            udp.sendto(forged, sender)

    with udp_server(answer) as server:
        assert run(ask(server.port)) == "['1.2.3.4']\n"


def test_given_two_questions_for_one_name_when_they_are_asked_then_nobody_can_foresee_how(run: Run) -> None:
    seen: list[bytes] = []

    def answer(asked: bytes, sender: tuple[str, int], udp: socket.socket) -> None:
        seen.append(asked)
        answering(record(1, b"\1\2\3\4"))(asked, sender, udp)

    with udp_server(answer) as server:
        program = ask(server.port)
        run(program + program + program)
    assert len({asked[:2] for asked in seen}) > 1
    assert len({asked[12:] for asked in seen}) > 1
    assert {asked[12:].lower() for asked in seen} == {QUESTION}


def test_given_a_datagram_that_is_lost_when_some_time_is_over_then_it_is_sent_again(run: Run) -> None:
    heard = []

    def answer(asked: bytes, sender: tuple[str, int], udp: socket.socket) -> None:
        heard.append(asked)
        if len(heard) > 1:
            answering(record(1, b"\1\2\3\4"))(asked, sender, udp)

    with udp_server(answer) as server:
        assert run(ask(server.port, timeout=5)) == "['1.2.3.4']\n"


def test_given_nobody_who_answers_when_the_time_is_over_then_it_says_so(run: Run) -> None:
    with udp_server(lambda *_: None) as server:
        said = run(ask(server.port, timeout=0.2))
    assert said == "NoAnswer nobody has answered within 0.2 seconds what www.example.org A is\n"


def test_given_servers_of_which_the_first_is_silent_when_they_are_asked_then_the_next_one_is(run: Run) -> None:
    program = """
import dns
dns.servers[:] = ["127.0.0.1", "127.0.0.2"]
print(dns.resolve("www.example.org", port=%d, timeout=5))
"""
    with udp_server(lambda *_: None) as silent, socket.socket(type=socket.SOCK_DGRAM) as speaking:
        speaking.bind(("127.0.0.2", silent.port))

        def serve() -> None:
            with suppress(OSError):  # closed: the test is over
                for _ in range(2):  # it is asked again if it is slow
                    answering(record(1, b"\1\2\3\4"))(*speaking.recvfrom(512), speaking)

        Thread(target=serve, daemon=True).start()
        assert run(program % silent.port) == "['1.2.3.4']\n"


IPV6_SERVER = """
import dns, sockettimeout
udp = sockettimeout.open_udp("::1")

def serve():
    ip, port, asked = udp.getmessage()
    message = dns.decode(asked)
    answer = dns.Record(message.questions[0].name, "AAAA", 5, "2001:db8::5")
    udp.send(ip, port, dns.encode(message._replace(is_answer=True, answers=(answer,))))

createthread(serve)
print(dns.resolve("host.example", "AAAA", "::1", udp.address[1]))
"""


def test_given_a_server_in_repy_at_an_ipv6_address_when_it_is_asked_then_it_answers(run: Run) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError as why:
            pytest.skip(f"there is no IPv6 loopback here: {why}")
    assert run(IPV6_SERVER) == "['2001:db8::5']\n"


# What does not fit into a datagram.


def truncating(asked: bytes, sender: tuple[str, int], udp: socket.socket) -> None:
    udp.sendto(asked[:2] + header(0, 0x8380, 1, 9)[2:] + asked[12:] + b"\xc0\x0c\0", sender)


def take(connection: socket.socket) -> bytes:
    (size,) = struct.unpack(">H", connection.recv(2, socket.MSG_WAITALL))
    return connection.recv(size, socket.MSG_WAITALL)


def test_given_an_answer_that_was_cut_off_when_it_comes_then_the_whole_one_is_fetched(run: Run) -> None:
    many = b"".join(record(1, bytes([10, 0, n >> 8, n & 255])) for n in range(1000))

    def answer(connection: socket.socket) -> None:
        asked = take(connection)
        packet = asked[:2] + header(0, 0x8180, 1, 1000)[2:] + asked[12:] + many
        connection.sendall(struct.pack(">H", len(packet)) + packet)

    with udp_server(truncating) as server:
        serve_tcp(server, answer)
        program = "def count(found):\n    print(len(found))\n" + ask(server.port, show="count")
        assert run(program) == "1000\n"


@pytest.mark.parametrize(
    "sent", [b"", b"\0", b"\0\0", b"\xff\xffabc", b"\0\x03abc", struct.pack(">H", 17) + header(0, 0x8180, 1) + NAME[:5]]
)
def test_given_a_whole_answer_that_is_none_when_it_is_fetched_then_it_is_no_answer(run: Run, sent: bytes) -> None:
    with udp_server(truncating) as server:
        serve_tcp(server, lambda connection: connection.sendall(sent) if take(connection) else None)
        assert run(ask(server.port)).startswith("NoAnswer")


def test_given_a_server_that_sends_the_whole_answer_a_byte_at_a_time_then_the_question_ends_in_time(run: Run) -> None:
    def drip(connection: socket.socket) -> None:
        take(connection)
        connection.sendall(b"\xff\xff")
        connection.settimeout(0.02)
        while True:
            connection.sendall(b".")
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                continue

    with udp_server(truncating) as server:
        serve_tcp(server, drip)
        program = ask(server.port, timeout=0.4) + "print(getruntime() < 20)"
        assert run(program).endswith("True\n")


# The reference's dictionaries.


def test_given_a_packet_when_it_becomes_a_dictionary_then_it_has_the_reference_s_keys_and_becomes_a_packet(
    run: Run,
) -> None:
    program = f"""
m = dy_import_module("dnscommon.r2py")
packet = {EVERYTHING!r}
told = m.convert_packet_to_dictionary(packet)
print(told["communication_id"], told["query_response"], told["authority_advisory"], told["z"], told["error_code"])
print(told["question_count"], told["answer_count"], told["authority_record_count"], told["additional_record_count"])
print(told["questions"])
for one in told["answers"][:5]:
    print(one["name"], one["type"], one["class"], one["time_to_live"], one["answer_data"])
again = m.convert_dictionary_to_packet(told)
print([one for one in m.convert_packet_to_dictionary(again).items() if one[0] != "raw_data" and told[one[0]] != one[1]])
"""
    assert run(program).splitlines() == [
        r"b'\x00\x07' True True False 0",
        "1 4 2 2",
        "[{'name': 'www.example.org', 'type': 'A', 'class': 'IN'}]",
        "www.example.org CNAME IN 60 {'address': 'real.example.org'}",
        "real.example.org A IN 60 {'address': '192.0.2.1'}",
        "real.example.org AAAA IN 60 {'address': '2001:db8::1'}",
        r"www.example.org TXT IN 60 {'strings': [b'hello', b'', b'\xff\x00']}",
        "example.org NS IN 60 {'address': 'ns.example.org', 'nameserver': 'ns.example.org'}",
        "[]",
    ]


def test_given_questions_when_a_packet_is_generated_then_its_number_is_its_own_and_all_is_said(run: Run) -> None:
    program = """
import dnscommon
asked = [{"name": "example.org", "type": "*", "class": "IN"}]
one, other = dnscommon.generate_packet(asked), dnscommon.generate_packet(asked, {**dnscommon.default_flags, "z": True})
told = dnscommon.convert_packet_to_dictionary(one)
print(told["questions"] == asked, told["recursion_desired"], one[2:] == other[2:], one[:2] != other[:2] or "by chance")
try:
    dnscommon.generate_packet(asked, {**dnscommon.default_flags, "answer_count": 1})
except dnscommon.MalformedPacketError as why:
    print(why)
try:
    dnscommon.convert_packet_to_dictionary(b"no packet of DNS")
except dnscommon.MalformedPacketError as why:
    print(why)
"""
    assert run(program).splitlines() == [
        "True True True True",
        "the counts speak of 1 records, but there are 0",
        "the packet ends before what it should have",
    ]
