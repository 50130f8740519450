"""Messages on connections: whole ones, ends, and what is none."""

import pytest
from tests.lib.conftest import Run

PAIR = """
import session, sockettimeout
listener = sockettimeout.listen("127.0.0.1")
one = sockettimeout.connect(*listener.address)
_, _, other = listener.getconnection()
"""


def test_given_messages_when_they_are_sent_then_they_come_one_by_one_and_whole(run: Run) -> None:
    program = """
big = bytes(range(256)) * 4000
def send():
    for message in (b"first", b"", "caf\\u00e9", big):
        session.send_message(one, message)
    session.send_end(one)

createthread(send)
print(session.receive_message(other), session.receive_message(other), session.receive_message(other).decode())
print(session.receive_message(other) == big)
try:
    session.receive_message(other)
except session.SessionEOF as why:
    print(why)
"""
    expected = "b'first' b'' café\nTrue\nthe other side has said that no more messages will come\n"
    assert run(PAIR + program) == expected


def test_given_the_raw_connections_of_the_api_when_messages_are_sent_then_they_come(run: Run) -> None:
    program = """
createthread(lambda: session.session_sendmessage(one.socket, b"raw"))
print(session.session_recvmessage(other.socket))
"""
    assert run(PAIR + program) == "b'raw'\n"


def test_given_python_s_sockets_when_messages_are_sent_then_they_come(run: Run) -> None:
    program = """
import session, socket
listener = socket.create_server(("127.0.0.1", 0))
one = socket.create_connection(listener.getsockname())
other, _ = listener.accept()
session.send_message(one, "hello")
one.close()
print(session.receive_message(other))
try:
    session.receive_message(other)
except session.SessionEOF:
    print("closed")
"""
    assert run(program) == "b'hello'\nclosed\n"


def test_given_a_connection_that_ends_in_a_message_when_it_is_received_then_it_is_no_message(run: Run) -> None:
    program = """
one.send(b"10\\nhalf")
one.close()
try:
    session.receive_message(other)
except session.SessionEOF as why:
    print(why)
"""
    assert run(PAIR + program) == "the other side has closed the connection\n"


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"x" * 40, "its header is too long"),
        (b"9" * 19 + b"\n", "can't have 9999999999999999999 bytes"),
        (b"16777217\n", "can't have 16777217 bytes"),
        (b"-2\n", "can't have -2 bytes"),
        (b"\n", "its header is no number"),
        (b"1_0\n", "its header is no number"),
        (b" 5\n", "its header is no number"),
        (b"--5\n", "its header is no number"),
        (b"abc\n", "its header is no number"),
        (b"\xff\n", "its header is no number"),
    ],
)
def test_given_what_is_no_message_when_it_is_received_then_nothing_of_it_is_kept(
    run: Run, sent: bytes, why: str
) -> None:
    program = f"""
one.send({sent!r})
try:
    session.receive_message(other)
except ValueError as why:
    print(why)
"""
    assert why in run(PAIR + program)


def test_given_silence_when_the_connection_has_a_timeout_then_receiving_ends_with_it(run: Run) -> None:
    program = """
one.send(b"5\\nab")
other.settimeout(0.05)
try:
    session.receive_message(other)
except sockettimeout.SocketTimeoutError as why:
    print(why)
"""
    assert run(PAIR + program) == "nothing has happened within the time\n"


def test_given_an_answer_that_takes_a_while_when_it_comes_then_nobody_has_computed_meanwhile(run: Run) -> None:
    program = """
raw = other.socket
def send():
    sleep(0.2)
    session.send_message(one, b"at last")

createthread(send)
began = getruntime()
print(session.receive_message(raw), getruntime() - began < 5)
cpu = getresources()[1]["cpu"]
createthread(send)
print(session.receive_message(raw), getresources()[1]["cpu"] - cpu < 0.1)
"""
    assert run(PAIR + program) == "b'at last' True\nb'at last' True\n"


def test_given_a_connection_of_somebody_else_s_making_when_it_has_nothing_then_it_is_asked_again(run: Run) -> None:
    program = """
class Slow:
    def __init__(self):
        self.data, self.looks = b"3\\nyes", 0
    def recv(self, most):
        self.looks += 1
        if self.looks % 2:
            raise SocketWouldBlockError("not yet")
        data, self.data = self.data[:most], self.data[most:]
        return data

print(session.receive_message(Slow()))
"""
    assert run("import session" + program) == "b'yes'\n"
