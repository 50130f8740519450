"""Whether others can connect: the check, its protocol, and what clients and servers try on each other."""

import pytest
from tests.lib.affix_programs import HERE
from tests.lib.conftest import Run

CAN_I_HEAR = f"""
import affix
import threading
import canihear
import serialize
import session
{HERE}

def scrambled(text, cookie):
    return bytes(one ^ other for one, other in zip(text.encode(), cookie))


def ask(connection, ip, port, cookie=b"a magic cookie of 21."):
    cookie = cookie[: len(f"{{ip}}:{{port}}")]
    question = {{"scrambled local ip and desired port": scrambled(f"{{ip}}:{{port}}", cookie), "magic cookie": cookie}}
    session.send_message(connection, serialize.serialize_serializedata(question))
"""


def test_given_a_port_that_others_can_connect_to_when_it_is_checked_then_that_is_what_is_told(run: Run) -> None:
    told = run(
        f"""{CAN_I_HEAR}
canihear.start_server(63100, HERE, network())
print(announced == {{"canihear": [f"{{HERE}}:63100"]}}, canihear.check_specific_port(63150, HERE, network()))
listener = listenforconnection(HERE, 63150)
print(canihear.check_port_with_specific_server(HERE, 63100, listener, 63150, HERE, network()) == (True, HERE, False))
exitall()
"""
    )
    assert told == "True True\nTrue\n"


def test_given_a_port_that_nobody_can_connect_to_when_it_is_checked_then_that_is_told_at_once(run: Run) -> None:
    told = run(
        f"""{CAN_I_HEAR}
def refuse(*call):
    raise ConnectionRefusedError("a translator is in the way")

canihear.start_server(63100, HERE, network(openconnection=refuse))
begin = getruntime()
print(canihear.check_specific_port(63150, HERE, network()), getruntime() - begin < 2)
listenforconnection(HERE, 63150)
exitall()
"""
    )
    assert told == "False True\n"


def test_given_a_server_when_a_client_says_what_the_reference_s_does_then_it_gets_the_reference_s_answers(
    run: Run,
) -> None:
    told = run(
        f"""{CAN_I_HEAR}
canihear.start_server(63100, HERE, network())
listener = listenforconnection(HERE, 63150)
connection = openconnection(HERE, 63100, HERE, 63120, 5)
ask(connection, "10.0.0.1", 63150)
answer = serialize.load(session.receive_message(connection))
apparent, cookie = (
    one.encode() if isinstance(one, str) else one
    for one in (answer["scrambled apparent ip and source port"], answer["magic cookie"])
)
print(bytes(one ^ other for one, other in zip(apparent, cookie)).decode().replace(HERE, "HERE"), sorted(answer))
ip, port, test = until(listener.getconnection)
print(ip == HERE, session.receive_message(test) == answer["test message"], len(answer["test message"]))
print(session.receive_message(connection).decode().replace(HERE, "HERE"))
exitall()
"""
    )
    assert told == (
        "HERE:63120 ['magic cookie', 'scrambled apparent ip and source port', 'test message']\n"
        "True True 1024\n"
        "connected to HERE:63150\n"
    )


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"N",
        b"D4:L0:4:L0:",
        b"D19:L13:Smagic cookie0:7:L3:Sab0:",
        b"L" * 1000,
    ],
)
def test_given_a_message_that_is_none_of_the_protocol_when_it_is_sent_then_the_server_hangs_up_and_goes_on(
    run: Run, message: bytes
) -> None:
    told = run(
        f"""{CAN_I_HEAR}
canihear.start_server(63100, HERE, network())
connection = openconnection(HERE, 63100, HERE, 63120, 5)
session.send_message(connection, {message!r})
try:
    print(session.receive_message(connection))
except session.SessionEOF:
    print("closed", canihear.check_specific_port(63150, HERE, network()))
exitall()
"""
    )
    assert told == "closed True\n"


def test_given_a_server_that_lies_when_a_client_asks_it_then_it_asks_another_one(run: Run) -> None:
    told = run(
        f"""{CAN_I_HEAR}
def lie(listener):
    while True:
        connection = until(listener.getconnection)[2]
        session.send_message(connection, b"Sa lie")
        connection.close()

threading.Thread(target=lie, args=(listenforconnection(HERE, 63101),), daemon=True).start()
announce("canihear", f"{{HERE}}:63101", 240)
try:
    canihear.check_specific_port(63150, HERE, network())
except canihear.CanIHearError as why:
    print(str(why).replace(HERE, "HERE"))
announce("canihear", "no address", 240)
canihear.start_server(63100, HERE, network())
print(canihear.check_specific_port(63150, HERE, network()))
exitall()
"""
    )
    assert told.endswith("True\n")
    assert "HERE:63101 does not do its work" in told


def test_given_somebody_else_who_connects_when_a_port_is_checked_then_that_does_not_count(run: Run) -> None:
    told = run(
        f"""{CAN_I_HEAR}
def refuse(ip, port, *rest):
    openconnection(HERE, 63150, ELSEWHERE, 63160, 5)  # somebody elsewhere gets through
    raise ConnectionRefusedError("a translator is in the way")

canihear.start_server(63100, HERE, network(openconnection=refuse))
print(canihear.check_specific_port(63150, HERE, network()))
exitall()
"""
    )
    assert told == "False\n"


def test_given_more_from_one_address_than_its_share_when_they_come_then_they_are_hung_up_on(run: Run) -> None:
    told = run(
        f"""{CAN_I_HEAR}
canihear.start_server(63100, HERE, network())
silent = [openconnection(HERE, 63100, ELSEWHERE, 63120 + number, 5) for number in range(5)]
ended, _ = waitready(silent, [], 5)
print(ended == [silent[4]], canihear.check_specific_port(63150, HERE, network()))
exitall()
"""
    )
    assert told == "True True\n"
