"""The DNS server that answers from announcements, asked by a resolver and by strangers."""

import pytest
from tests.lib.affix_programs import HERE
from tests.lib.conftest import Run

SERVER = f"""
import threading
import dns
import zenodotus
{HERE}
server = zenodotus.Server("Lab.Example.", HERE, 63100, lookup=look_up)
threading.Thread(target=server.serve, daemon=True).start()


def resolve(name, kind="A"):
    try:
        return dns.resolve(name, kind, HERE, 63100, 5)
    except dns.ServerError as why:
        return type(why).__name__, why.rcode
"""


def test_given_what_was_announced_when_names_are_resolved_then_that_is_the_answer(run: Run) -> None:
    told = run(
        f"""{SERVER}
announce("A printer.lab.example", "10.0.0.7", 600)
announce("A printer.lab.example", "2001:db8::7", 600)
announce("printer.lab.example", "10.0.0.8", 600)
announce("CNAME www.lab.example", "Printer.lab.example", 600)
print(resolve("printer.lab.example"), resolve("PRINTER.lab.example", "AAAA"), resolve("printer.lab.example", "TXT"))
print(resolve("www.lab.example", "CNAME"), resolve("lab.example") == [HERE], resolve("lab.example", "NS"))
print(resolve("nobody.lab.example"), resolve("example.org"), resolve("evillab.example"))
exitall()
"""
    )
    assert told == (
        "['10.0.0.7', '10.0.0.8'] ['2001:db8::7'] []\n"
        "['printer.lab.example'] True ['lab.example']\n"
        "('NoSuchName', 3) ('ServerError', 5) ('ServerError', 5)\n"
    )


def test_given_announcements_that_are_no_addresses_when_a_name_is_resolved_then_they_are_left_out(run: Run) -> None:
    told = run(
        f"""{SERVER}
for text in ("no address", "", "0.0.0.0", "224.0.0.1", "10.0.0.9", "10.0.0.9"):
    announce("A odd.lab.example", text, 600)
announce("CNAME odd.lab.example", "x" * 300, 600)
for number in range(50):
    announce("A many.lab.example", f"10.0.1.{{number}}", 600)
print(resolve("odd.lab.example"), len(resolve("many.lab.example")))
exitall()
"""
    )
    assert told == "['10.0.0.9'] 16\n"


def test_given_a_public_server_when_a_private_address_is_announced_then_it_is_not_told(run: Run) -> None:
    told = run(
        f"""{SERVER}
server._ip = "9.9.9.10"
announce("A inside.lab.example", "192.168.1.1", 600)
announce("A inside.lab.example", "127.0.0.1", 600)
announce("A inside.lab.example", "9.9.9.9", 600)
packet = server.answer(dns.encode(dns.Message(7, (dns.Question("inside.lab.example"),))))
print([record.data for record in dns.decode(packet).answers], len(packet) < 512)
exitall()
"""
    )
    assert told == "['9.9.9.9'] True\n"


def test_given_a_directory_that_fails_when_a_name_is_resolved_then_the_server_says_so(run: Run) -> None:
    told = run(
        f"""{SERVER}
def fail(key):
    raise AdvertiseError("the fabric is away")
server._lookup = fail
print(resolve("printer.lab.example"), resolve("lab.example") == [HERE])
exitall()
"""
    )
    assert told == "('ServerError', 2) True\n"


@pytest.mark.parametrize("packet", [b"", b"x", bytes(12), b"\xff" * 600, bytes(4) + b"\0\x09" + bytes(9000)])
def test_given_bytes_that_are_no_question_when_they_come_then_the_server_goes_on(run: Run, packet: bytes) -> None:
    told = run(
        f"""{SERVER}
sendmessage(HERE, 63100, {packet!r}, HERE, 63101)
print(resolve("lab.example") == [HERE])
exitall()
"""
    )
    assert told == "True\n"


def test_given_the_command_without_a_port_when_it_is_run_then_it_says_what_is_missing(run: Run) -> None:
    told = run("import zenodotus\nzenodotus.main(['lab.example'])", outcome=1)
    assert "-p" in told
