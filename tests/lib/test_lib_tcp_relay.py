"""The relay: its protocol, word for word, and what strangers try on it."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lib.affix_programs import HERE
from tests.lib.conftest import Run
from tests.repy.conftest import Finished

RELAY = f"""
import affix
import threading
import session
import tcp_relay
{HERE}

def start(**limits):
    relay = tcp_relay.Relay(HERE, 63100, **limits)
    threading.Thread(target=relay.serve, daemon=True).start()
    return relay


ports = iter(range(63110, 63200))


def connect(ip=HERE):
    while True:
        try:
            return openconnection(HERE, 63100, ip, next(ports), 5)
        except (AlreadyListeningError, DuplicateTupleError):
            continue  # it was taken for something that nobody named a port for


def say(text, connection=None):
    connection = connection or connect()
    session.send_message(connection, text)
    return connection


def hear(connection):
    try:
        return session.receive_message(connection).decode()
    except session.SessionEOF:
        return "closed"


def ask(text, connection=None):
    return hear(say(text, connection))
"""


def test_given_a_server_and_a_client_when_they_say_what_the_reference_s_do_then_they_are_brought_together(
    run: Run,
) -> None:
    told = run(
        f"""{RELAY}
start()
server = say("REGISTER_NAT_SERVER,me:1224")
print(hear(server), ask("CHECK_APPEND_CONN_REQUEST", server))
client = say("INITCONN_CLIENT,me:1224")
while ask("CHECK_APPEND_CONN_REQUEST", server) != "CLIENT_AVAILABLE":
    sleep(0.005)
accepted = say("INITCONN_SERVER,me:1224")
print(hear(accepted).replace(HERE, "HERE"), hear(client), ask("CHECK_APPEND_CONN_REQUEST", server))
send(client, b"there")
send(accepted, b"back")
print(receive(accepted, 5), receive(client, 4))
"""
    )
    assert told == (
        "CONNSUCCESS CLIENT_UNAVAILABLE\nCONNSUCCESS,HERE:63111 CONNSUCCESS CLIENT_UNAVAILABLE\nb'there' b'back'\n"
    )


def test_given_a_server_that_wants_word_when_clients_come_then_it_is_told_without_asking(run: Run) -> None:
    told = run(
        f"""{RELAY}
start()
server = say("REGISTER_NAT_SERVER,me:1")
hear(server)
first = say("INITCONN_CLIENT,me:1")
while ask("CHECK_APPEND_CONN_REQUEST", server) != "CLIENT_AVAILABLE":
    sleep(0.005)
print(ask("NOTIFY_NAT_SERVER", server), hear(server))
second = say("INITCONN_CLIENT,me:1")
print(hear(server))
"""
    )
    assert told == "NOTIFY_NAT_SERVER CLIENT_AVAILABLE\nCLIENT_AVAILABLE\n"


def test_given_a_name_that_is_taken_when_another_registers_it_then_it_is_answered_until_the_first_has_gone(
    run: Run,
) -> None:
    told = run(
        f"""{RELAY}
start()
first = say("REGISTER_NAT_SERVER,me:1")
print(hear(first), ask("REGISTER_NAT_SERVER,me:1"))
first.close()
while (answer := ask("REGISTER_NAT_SERVER,me:1")) != "CONNSUCCESS":
    sleep(0.005)
print(answer)
"""
    )
    assert told == "CONNSUCCESS CONNFAIL\nCONNSUCCESS\n"


def test_given_nobody_of_that_name_when_either_side_comes_then_it_is_refused(run: Run) -> None:
    told = run(f"{RELAY}\nstart()\nprint(ask('INITCONN_CLIENT,me:1'), ask('INITCONN_SERVER,me:1'))")
    assert told == "CONNFAIL CONNFAIL\n"


def test_given_clients_that_wait_when_the_server_goes_then_they_are_refused(run: Run) -> None:
    told = run(
        f"""{RELAY}
start()
server = say("REGISTER_NAT_SERVER,me:1")
hear(server)
ask("NOTIFY_NAT_SERVER", server)
client = say("INITCONN_CLIENT,me:1")
hear(server)
server.close()
print(hear(client), hear(client))
"""
    )
    assert told == "CONNFAIL closed\n"


def test_given_a_client_that_went_away_when_the_server_comes_for_it_then_it_gets_the_next(run: Run) -> None:
    told = run(
        f"""{RELAY}
start()
server = say("REGISTER_NAT_SERVER,me:1")
hear(server)
ask("NOTIFY_NAT_SERVER", server)
first, second = say("INITCONN_CLIENT,me:1"), None
hear(server)
first.close()
second = say("INITCONN_CLIENT,me:1")
hear(server)
accepted = say("INITCONN_SERVER,me:1")
print(hear(accepted).rpartition(":")[2], hear(second), ask("INITCONN_SERVER,me:1"))
"""
    )
    assert told == "63112 CONNSUCCESS CONNFAIL\n"


def test_given_much_that_was_sent_when_its_sender_closes_then_all_of_it_is_delivered(run: Run) -> None:
    told = run(
        f"""{RELAY}
start()
listener = affix.AffixStack(f"(TCPRelayAffix,{{HERE}}:63100)", network()).listenforconnection("me", 1)
data = bytes(range(256)) * 4000

def serve():
    connection = until(listener.getconnection)[2]
    send(connection, data)
    connection.close()

threading.Thread(target=serve).start()
client = affix.AffixStack(listener.advertisement, network()).openconnection("me", 1, HERE, 63190, 5)
print(receive(client, len(data)) == data)
try:
    until(client.recv, 1)
except SocketClosedRemote:
    print("closed")
"""
    )
    assert told == "True\nclosed\n"


def test_given_more_servers_and_clients_than_there_is_room_for_when_they_come_then_they_are_refused(run: Run) -> None:
    told = run(
        f"""{RELAY}
start(servers=1, clients=2)
server = say("REGISTER_NAT_SERVER,me:1")
print(hear(server), ask("REGISTER_NAT_SERVER,you:1"))
ask("NOTIFY_NAT_SERVER", server)
waiting = [say("INITCONN_CLIENT,me:1"), say("INITCONN_CLIENT,me:1")]
print(hear(server), hear(server), ask("INITCONN_CLIENT,me:1"))
waiting.pop().close()
while True:
    third = say("INITCONN_CLIENT,me:1")
    sleep(0.01)
    try:
        third.recv(1)
        sleep(0.01)
    except SocketWouldBlockError:
        break
print(hear(server))
"""
    )
    assert told == "CONNSUCCESS CONNFAIL\nCLIENT_AVAILABLE CLIENT_AVAILABLE CONNFAIL\nCLIENT_AVAILABLE\n"


def test_given_somebody_elsewhere_when_it_comes_for_a_server_s_client_then_it_does_not_get_it(run: Run) -> None:
    told = run(
        f"""{RELAY}
start()
server = say("REGISTER_NAT_SERVER,me:1")
hear(server)
ask("NOTIFY_NAT_SERVER", server)
client = say("INITCONN_CLIENT,me:1")
hear(server)
print(ask("INITCONN_SERVER,me:1", connect(ELSEWHERE)), ask("INITCONN_SERVER,me:1")[:11], hear(client))
"""
    )
    assert told == "CONNFAIL CONNSUCCESS CONNSUCCESS\n"


@pytest.mark.parametrize(
    "words",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"-1\n",
        b"99999\n",
        b"1e3\n",
        b"5\nhello",
        b"19\nREGISTER_NAT_SERVER",
        b"20\nREGISTER_NAT_SERVER,",
        b"224\nREGISTER_NAT_SERVER," + b"x" * 204,
        b"16\nINITCONN_CLIENT,",
        b"2\n\xff\xfe",
    ],
)
def test_given_words_that_are_none_of_the_protocol_when_they_are_said_then_the_relay_hangs_up_and_goes_on(
    run: Run, words: bytes
) -> None:
    told = run(
        f"""{RELAY}
start()
connection = connect()
send(connection, {words!r})
print(hear(connection), ask("REGISTER_NAT_SERVER,me:1"))
"""
    )
    assert told == "closed CONNSUCCESS\n"


def test_given_many_who_say_nothing_when_one_speaks_then_it_waits_until_they_are_hung_up_on(run: Run) -> None:
    told = run(
        f"""{RELAY}
tcp_relay._SAYS_WITHIN, tcp_relay._UNDECIDED = 0.3, 3
start()
silent = [connect() for _ in range(4)]
begin = getruntime()
print(ask("REGISTER_NAT_SERVER,me:1"), getruntime() - begin >= 0.2, [hear(one) for one in silent])
"""
    )
    assert told == "CONNSUCCESS True ['closed', 'closed', 'closed', 'closed']\n"


def test_given_many_at_one_address_who_say_nothing_when_one_elsewhere_speaks_then_it_is_heard_at_once(run: Run) -> None:
    told = run(
        f"""{RELAY}
start()
silent = [connect(ELSEWHERE) for _ in range(40)]
begin = getruntime()
print(ask("REGISTER_NAT_SERVER,me:1"), getruntime() - begin < 8, hear(silent[8]))
"""
    )
    assert told == "CONNSUCCESS True closed\n"


def test_given_somebody_who_registers_many_names_when_half_are_taken_then_the_rest_is_for_others(run: Run) -> None:
    told = run(
        f"""{RELAY}
start(servers=4)
greedy = [say(f"REGISTER_NAT_SERVER,me:{{number}}", connect(ELSEWHERE)) for number in range(3)]
print([hear(one) for one in greedy], ask("REGISTER_NAT_SERVER,you:1"))
"""
    )
    assert told == "['CONNSUCCESS', 'CONNSUCCESS', 'CONNFAIL'] CONNSUCCESS\n"


def test_given_an_ipv6_relay_when_a_server_registers_then_it_is_reached_by_its_text(run: Run) -> None:
    told = run(
        f"""{RELAY}
import secrets
ports = sorted(getresources()[0]["connport"])
while True:
    port = secrets.choice(ports)
    try:
        relay = tcp_relay.Relay("::1", port)
        break
    except (AlreadyListeningError, CleanupInProgressError):
        continue
threading.Thread(target=relay.serve, daemon=True).start()
there = network(getmyip=lambda: "::1")
listener = affix.AffixStack(f"(TCPRelayAffix,::1:{{port}})", there).listenforconnection("me", 1)
accepted = []
meeting = threading.Thread(target=lambda: accepted.append(until(listener.getconnection)))
meeting.start()
ports.remove(port)
client = affix.AffixStack(listener.advertisement, there).openconnection("me", 1, "::1", secrets.choice(ports), 5)
meeting.join()
send(client, b"six")
print(accepted[0][0], receive(accepted[0][2], 3))
"""
    )
    assert told == "::1 b'six'\n"


def test_given_a_client_that_nobody_comes_for_when_time_is_over_then_it_is_refused(run: Run) -> None:
    told = run(
        f"""{RELAY}
tcp_relay._MET_WITHIN = 0.1
start()
server = say("REGISTER_NAT_SERVER,me:1")
print(hear(server), ask("INITCONN_CLIENT,me:1"))
"""
    )
    assert told == "CONNSUCCESS CONNFAIL\n"


def test_given_a_server_that_does_not_say_a_word_when_time_is_over_then_its_name_is_free(run: Run) -> None:
    told = run(
        f"""{RELAY}
tcp_relay._GONE_AFTER = 0.1
start()
server = say("REGISTER_NAT_SERVER,me:1")
print(hear(server), hear(server), ask("REGISTER_NAT_SERVER,me:1"))
"""
    )
    assert told == "CONNSUCCESS closed CONNSUCCESS\n"


def test_given_a_client_that_talks_before_it_is_met_when_it_does_then_it_is_hung_up_on(run: Run) -> None:
    told = run(
        f"""{RELAY}
start()
server = say("REGISTER_NAT_SERVER,me:1")
hear(server)
client = say("INITCONN_CLIENT,me:1")
print(ask("INITCONN_CLIENT,me:1", client), ask("CHECK_APPEND_CONN_REQUEST", server))
"""
    )
    assert told == "closed CLIENT_UNAVAILABLE\n"


def test_given_a_side_that_does_not_read_when_the_other_sends_on_and_on_then_little_of_it_is_kept(run: Run) -> None:
    told = run(
        f"""{RELAY}
start()
listener = affix.AffixStack(f"(TCPRelayAffix,{{HERE}}:63100)", network()).listenforconnection("me", 1)
accepted = []
threading.Thread(target=lambda: accepted.append(until(listener.getconnection)[2])).start()
client = affix.AffixStack(listener.advertisement, network()).openconnection("me", 1, HERE, 63190, 5)
before = getresources()[1]["memory"]
sent, last = 0, getruntime()
while getruntime() - last < 0.3 and sent < 100e6:
    try:
        sent += client.send(bytes(65536))
        last = getruntime()
    except SocketWouldBlockError:
        sleep(0.01)
print(sent < 50e6, getresources()[1]["memory"] - before < 5e6, ask("REGISTER_NAT_SERVER,you:1"))
"""
    )
    assert told == "True True CONNSUCCESS\n"


def test_given_a_relay_without_a_word_of_clients_when_a_server_registers_then_it_asks_by_itself(run: Run) -> None:
    told = run(
        f"""{RELAY}
import affix.relay
affix.relay.NOTIFY = "WHAT"  # of a relay of the reference, which does not know the word
affix.relay._KNOWS_WITHIN = 0.1
affix.relay._ASKS_AGAIN = 0.01
listener = listenforconnection(HERE, 63100)

def old_relay():
    control = until(listener.getconnection)[2]
    session.receive_message(control)
    session.send_message(control, "CONNSUCCESS")
    session.receive_message(control)  # it does not answer this
    while session.receive_message(control) == b"CHECK_APPEND_CONN_REQUEST":
        session.send_message(control, "CLIENT_AVAILABLE")
        met = until(listener.getconnection)[2]
        session.receive_message(met)
        session.send_message(met, "CONNSUCCESS,192.0.2.1:5")
        send(met, b"hello")

threading.Thread(target=old_relay, daemon=True).start()
served = affix.AffixStack(f"(TCPRelayAffix,{{HERE}}:63100)", network()).listenforconnection("me", 1)
ip, port, connection = until(served.getconnection)
print(ip, port, receive(connection, 5))
exitall()
"""
    )
    assert told == "192.0.2.1 5 b'hello'\n"


def test_given_a_server_that_never_stops_asking_when_others_come_then_they_have_their_turn(run: Run) -> None:
    told = run(
        f"""{RELAY}
start()
greedy = say("REGISTER_NAT_SERVER,me:1", connect(ELSEWHERE))
hear(greedy)

def ask_on():
    while True:
        send(greedy, b"25\\nCHECK_APPEND_CONN_REQUEST" * 200)

def hear_on():
    while True:
        waitready([greedy], [], None)
        try:
            greedy.recv(65536)
        except SocketWouldBlockError:
            pass

for part in (ask_on, hear_on):
    threading.Thread(target=part, daemon=True).start()
sleep(0.05)
begin = getruntime()
print([ask(f"REGISTER_NAT_SERVER,you:{{number}}") for number in range(3)], getruntime() - begin < 10)
exitall()
"""
    )
    assert told == "['CONNSUCCESS', 'CONNSUCCESS', 'CONNSUCCESS'] True\n"


def test_given_a_relay_that_never_stops_talking_when_a_server_looks_for_clients_then_that_ends(run: Run) -> None:
    told = run(
        f"""{RELAY}
listener = listenforconnection(HERE, 63100)

def flood():
    connection = until(listener.getconnection)[2]
    for _ in range(2):
        session.receive_message(connection)
        session.send_message(connection, "CONNSUCCESS")
    while True:
        send(connection, b"5\\nhello" * 1000)

threading.Thread(target=flood, daemon=True).start()
served = affix.AffixStack(f"(TCPRelayAffix,{{HERE}}:63100)", network()).listenforconnection("me", 1)
for _ in range(3):
    try:
        served.getconnection()
    except SocketWouldBlockError as why:
        print(why)
exitall()
"""
    )
    assert told == "no client is waiting at the relay\n" * 3


def test_given_a_small_vessel_when_it_relays_then_it_takes_as_many_as_it_has_sockets_for(
    repy: Callable[..., Finished], tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text(
        f"""{RELAY}
start()
servers = [say(f"REGISTER_NAT_SERVER,me:{{number}}", connect(ip)) for number, ip in enumerate([HERE, ELSEWHERE])]
print([hear(one) for one in servers])
servers[1].close()
client = say("INITCONN_CLIENT,me:0")
while ask("CHECK_APPEND_CONN_REQUEST", servers[0]) != "CLIENT_AVAILABLE":
    sleep(0.005)
accepted = say("INITCONN_SERVER,me:0", connect(HERE))
print(hear(accepted)[:11], hear(client))
"""
    )
    done = repy("--limit", "outsockets=12", "program.py")
    assert done.stdout == "['CONNSUCCESS', 'CONNFAIL']\nCONNSUCCESS CONNSUCCESS\n", done.stderr


def chaos(seed: int, count: int) -> str:
    """A program in which so many strangers do whatever comes to their minds, and then somebody uses the relay."""
    rng = random.Random(seed)
    words = ["REGISTER_NAT_SERVER,me:1", "INITCONN_CLIENT,me:1", "INITCONN_SERVER,me:1", "NOTIFY_NAT_SERVER", "POLL"]
    words += [
        "CHECK_APPEND_CONN_REQUEST",
        "REGISTER_NAT_SERVER,you:1",
        "INITCONN_CLIENT,you:1",
        "INITCONN_SERVER,you:1",
    ]
    acts = [[rng.choice(words) for _ in range(rng.randrange(4))] for _ in range(count)]
    return f"""{RELAY}
import random
relay = start()
strangers, addresses = [], [address() for _ in range(8)]
rng = random.Random({seed})
for words in {acts!r}:
    if len(strangers) > 20:
        strangers.pop(rng.randrange(len(strangers))).close()
    port = next(ports, None)
    if port is None:
        ports = iter(range(63110, 63200))
        port = next(ports)
    try:
        stranger = openconnection(HERE, 63100, rng.choice(addresses), port, 5)
    except (CleanupInProgressError, DuplicateTupleError):
        continue
    strangers.append(stranger)
    for word in words:
        try:
            say(word, stranger)
        except (SocketClosedRemote, session.SessionEOF):
            break
for stranger in strangers:
    stranger.close()
end = getruntime() + 20
while (relay._talks or relay._servers) and getruntime() < end:
    sleep(0.01)
print(len(relay._talks), relay._servers, relay._undecided.total())
listener = affix.AffixStack(f"(TCPRelayAffix,{{HERE}}:63100)", network()).listenforconnection("me", 1)
meeting = threading.Thread(target=lambda: send(until(listener.getconnection)[2], b"hello"))
meeting.start()
print(receive(affix.AffixStack(listener.advertisement, network()).openconnection("me", 1, HERE, 63105, 5), 5))
meeting.join()
"""


def test_given_strangers_who_do_anything_when_they_have_gone_then_nothing_of_them_is_left(run: Run) -> None:
    assert run(chaos(seed=1, count=80)) == "0 {} 0\nb'hello'\n"


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 22))
def test_given_many_strangers_who_do_anything_when_they_have_gone_then_nothing_of_them_is_left(
    run: Run, seed: int
) -> None:
    assert run(chaos(seed, count=500)) == "0 {} 0\nb'hello'\n"
