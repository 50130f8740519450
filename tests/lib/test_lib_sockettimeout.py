"""Connections and datagrams with timeouts, over the real loopback."""

import pytest
from tests.lib.conftest import Run

PAIR = """
import sockettimeout
listener = sockettimeout.listen("127.0.0.1")
one = sockettimeout.connect(*listener.address)
_, _, other = listener.getconnection()
"""


def test_given_a_connection_when_both_sides_talk_then_they_hear_each_other(run: Run) -> None:
    talk = """
createthread(lambda: one.sendall(b"x" * 300_000))
got = 0
while got < 300_000:
    got += len(other.recv(65536))
other.send("back")
print(got, one.recv(10), one.close(), one.close())
try:
    other.recv(1)
except SocketClosedRemote:
    print("closed")
"""
    assert run(PAIR + talk) == "300000 b'back' True False\nclosed\n"


def test_given_silence_when_its_timeout_is_over_then_one_exception_says_so_for_each_call(run: Run) -> None:
    silence = """
other.settimeout(0.05)
for call in (lambda: other.recv(1), lambda: one.recv(1, timeout=0), lambda: listener.getconnection(0.01)):
    try:
        call()
    except sockettimeout.SocketTimeoutError as why:
        print(isinstance(why, TimeoutError))
"""
    assert run(PAIR + silence) == "True\n" * 3


def test_given_a_connection_attempt_that_nobody_answers_when_its_time_is_over_then_it_is_the_same_exception(
    run: Run,
) -> None:
    program = """
import sockettimeout
def openconnection(*arguments):
    raise TimeoutError("the time is over")
inside = createvirtualnamespace('''
import sockettimeout
try:
    sockettimeout.connect("127.0.0.1", 9, timeout=2)
except sockettimeout.SocketTimeoutError as why:
    print(why)
''', "inside")
names = {name: _context[name] for name in ("getresources", "getruntime", "getmyip", "print")}
inside.evaluate({**names, "openconnection": openconnection})
"""
    assert run(program) == "127.0.0.1 port 9 has not answered within 2 seconds\n"


def test_given_a_limit_when_the_other_side_sends_a_byte_at_a_time_then_it_can_t_draw_it_out(run: Run) -> None:
    drip = """
def trickle():
    try:
        while True:
            one.send(b".")
            sleep(0.005)
    except SocketClosedRemote:
        pass

createthread(trickle)
other.settimeout(5)
other.limit(0.1)
begun = getruntime()
try:
    while True:
        other.recv(1)
except sockettimeout.SocketTimeoutError:
    print(0.1 <= getruntime() - begun < 20)
other.close()
"""
    assert run(PAIR + drip) == "True\n"


def test_given_a_send_that_the_other_side_does_not_take_when_its_timeout_is_over_then_it_says_so(run: Run) -> None:
    stuffed = """
try:
    one.sendall(bytes(50_000_000), timeout=0.1)
except sockettimeout.SocketTimeoutError:
    print("stuffed")
"""
    assert run(PAIR + stuffed) == "stuffed\n"


def test_given_ports_that_are_taken_when_connecting_then_another_is_tried(run: Run) -> None:
    program = """
import sockettimeout
tried = []
def attempt(ip, port):
    tried.append(port)
    if len(tried) < 3:
        raise AlreadyListeningError("taken")
    return "here"
print(sockettimeout.at_some_port(attempt, "connport", "127.0.0.1"), len(set(tried)))
def never(ip, port):
    raise DuplicateTupleError("taken")
try:
    sockettimeout.at_some_port(never, "messport", "127.0.0.1")
except AddressBindingError as why:
    print(why)
"""
    assert run(program) == "here 3\nno port of the vessel is free at 127.0.0.1; of the last: taken\n"


def test_given_a_question_by_datagram_when_strangers_answer_first_then_they_are_not_heard(run: Run) -> None:
    program = """
import sockettimeout
server = sockettimeout.open_udp("127.0.0.1")
stranger = sockettimeout.open_udp("127.0.0.1")
client = sockettimeout.open_udp("127.0.0.1")

def serve():
    ip, port, question = server.getmessage()
    stranger.send(ip, port, b"forged")
    server.send(ip, port, b"noise")
    server.send(ip, port, b"answer to " + question)

createthread(serve)
def accept(answer):
    return answer if answer.startswith(b"answer") else None
print(client.ask(*server.address, b"what", accept=accept))
"""
    assert run(program) == "b'answer to what'\n"


def test_given_a_flood_from_strangers_when_nobody_answers_then_the_question_ends_in_time(run: Run) -> None:
    program = """
import sockettimeout
server = sockettimeout.open_udp("127.0.0.1")
stranger = sockettimeout.open_udp("127.0.0.1")
client = sockettimeout.open_udp("127.0.0.1")
over = []

def flood():
    while not over:
        stranger.send(*client.address, b"forged")

createthread(flood)
try:
    client.ask(*server.address, b"what", timeout=0.2)
except sockettimeout.SocketTimeoutError:
    print("over")
over.append(True)
"""
    assert run(program) == "over\n"


def test_given_sockets_of_a_security_layer_when_they_are_waited_for_then_they_are_looked_at_again(run: Run) -> None:
    program = """
import sockettimeout
class Slow:
    looks = 0
    def recv(self, most):
        self.looks += 1
        if self.looks < 4:
            raise SocketWouldBlockError("not yet")
        return b"now"
slow = Slow()
print(sockettimeout.timeout_socket(slow).recv(5), slow.looks)
"""
    assert run(program) == "b'now' 4\n"


@pytest.mark.parametrize("timeout", ["-1", "float('nan')"])
def test_given_a_timeout_that_is_none_when_it_is_set_then_it_is_refused(run: Run, timeout: str) -> None:
    program = f"""
import sockettimeout
try:
    sockettimeout.timeout_socket(None, {timeout})
except ValueError as why:
    print(why)
"""
    assert run(program).startswith("a timeout is 0 seconds or more")


def test_given_the_reference_s_calls_when_a_program_uses_them_then_they_do_what_they_did(run: Run) -> None:
    program = """
m = dy_import_module("sockettimeout.r2py")
listener = m.timeout_listenforconnection("127.0.0.1", None)
one = m.timeout_openconnection("127.0.0.1", listener.address[1], "127.0.0.1", None, 5)
ip, port, other = listener.getconnection(timeout=5)
one.send("hello")
print(other.recv(5), hasattr(one.socket, "recv"), listener.close())

def hear(ip, port, connection, handle, same):
    print(ip, connection.recv(3))
    m.timeout_stopcomm(handle)

handle = m.timeout_waitforconn("127.0.0.1", None, hear)
m.timeout_openconn("127.0.0.1", handle.address[1]).send(b"old")
"""
    assert run(program) == "b'hello' True True\n127.0.0.1 b'old'\n"


def test_given_more_visitors_than_threads_when_they_come_then_the_program_goes_on_and_hears_later_ones(
    run: Run,
) -> None:
    program = """
m = dy_import_module("sockettimeout.r2py")
heard, done = [], createlock()

def hear(ip, port, connection, handle, same):
    heard.append(connection.recv(3, timeout=20))

handle = m.timeout_waitforconn("127.0.0.1", None, hear)

def block():
    done.acquire(True)
    done.release()

done.acquire(True)
rooms = int(getresources()[0]["events"] - getresources()[1]["events"])
for _ in range(rooms):
    createthread(block)
turned_away = m.timeout_openconn("127.0.0.1", handle.address[1])
try:
    turned_away.recv(1, timeout=20)
except SocketClosedRemote:
    print("turned away")
done.release()
while getresources()[1]["events"] > 2:
    sleep(0.001)
m.timeout_openconn("127.0.0.1", handle.address[1]).send("old")
while not heard:
    sleep(0.001)
print(heard)
m.timeout_stopcomm(handle)
"""
    assert run(program) == "turned away\n[b'old']\n"
