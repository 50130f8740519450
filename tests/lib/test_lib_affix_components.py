"""Each component of Affix: what it does to connections and datagrams, both of its sides in a real sandbox."""

import pytest
from tests.lib.affix_programs import PAIR
from tests.lib.conftest import Run

SECRET = "a secret that nobody guesses"
BOTH = [
    "",
    "(MultiPathAffix,1)",
    "(MultiPathAffix,4)",
    f"(MultiPathAffix,3)(CompressionAffix)(EncryptionAffix,{SECRET})",
    "(NoopAffix)",
    "(LoggingAffix,note)",
    "(AsciiShiftAffix,3)",
    "(CompressionAffix)",
    f"(EncryptionAffix,{SECRET})",
    "(LatencyAffix,1)",
    "(RateLimitAffix,10000000)",
    "(NamingAndResolverAffix)",
    f"(CompressionAffix)(EncryptionAffix,{SECRET})(AsciiShiftAffix,77)(LatencyAffix,1)(NoopAffix)",
]


@pytest.mark.parametrize("stack", BOTH)
def test_given_the_same_stack_on_both_sides_when_they_talk_then_each_gets_what_the_other_sent(
    run: Run, stack: str
) -> None:
    told = run(
        f"""{PAIR}
import threading
one, other = pair({stack!r}, {stack!r})
data = bytes(range(256)) * 600
there = threading.Thread(target=send, args=(one, data))
there.start()
print("there:", receive(other, len(data)) == data)
send(other, data[:50000])
print("back:", receive(one, 50000) == data[:50000])
there.join()
print(one.close(), one.close())
try:
    until(other.recv, 1)
except SocketClosedRemote:
    print("closed")
other.close()
"""
    )
    assert [line for line in told.splitlines() if not line.startswith("Affix")] == [
        "there: True",
        "back: True",
        "True False",
        "closed",
    ]


@pytest.mark.parametrize("stack", [stack for stack in BOTH if "MultiPath" not in stack])
def test_given_the_same_stack_on_both_sides_when_a_datagram_is_sent_then_it_comes_whole(run: Run, stack: str) -> None:
    told = run(f"{PAIR}\nput, take = datagrams({stack!r}, {stack!r})\nprint(put(b'hello'), until(take)[2])\n")
    assert told.splitlines()[-1] == "5 b'hello'"


@pytest.mark.parametrize("stack", BOTH)
def test_given_a_stack_when_its_calls_get_wrong_arguments_then_they_are_refused_as_by_the_api(
    run: Run, stack: str
) -> None:
    told = run(
        f"""{PAIR}
one, other = pair({stack!r}, {stack!r})
for call, wrong in ((one.recv, 0), (one.recv, "1"), (one.recv, True), (one.send, 5), (one.send, None)):
    try:
        print("came", until(call, wrong))
    except RepyArgumentError:
        print("refused")
other.close()
one.close()
for call, argument in ((one.recv, 1), (one.send, b"x")):
    try:
        call(argument)
    except SocketClosedLocal:
        print("closed")
"""
    )
    assert [line for line in told.splitlines() if line[:5] != "Affix"] == ["refused"] * 5 + ["closed"] * 2


def test_given_compression_when_much_of_the_same_is_sent_then_less_is_on_the_way(run: Run) -> None:
    program = (
        "one, other = pair('(CompressionAffix)', '')\nsend(one, bytes(10000))\nprint(len(until(other.recv, 10000)))"
    )
    assert int(run(f"{PAIR}\n{program}\n")) < 100


@pytest.mark.parametrize("stack", ["(CompressionAffix)", f"(EncryptionAffix,{SECRET})"])
def test_given_a_side_without_the_component_when_it_sends_then_that_ends_the_connection(run: Run, stack: str) -> None:
    told = run(
        f"""{PAIR}
one, other = pair('', {stack!r})
send(one, b"what is this? " * 1000)
try:
    print(until(other.recv, 1))
except SocketClosedRemote as why:
    print(why)
"""
    )
    assert told.startswith("what came is not what the stack expects: ")


def test_given_a_bomb_of_zeros_when_it_is_expanded_then_only_what_is_read_is_held(run: Run) -> None:
    told = run(
        f"""{PAIR}
import zlib
one, other = pair('', '(CompressionAffix)')
bomb = zlib.compressobj(9)
piece = b"".join([bomb.compress(bytes(1 << 20)) for _ in range(300)] + [bomb.flush(zlib.Z_SYNC_FLUSH)])
send(one, piece)
print(len(receive(other, 10000)), getresources()[1]["memory"] < 100e6)
"""
    )
    assert told == "10000 True\n"


@pytest.mark.parametrize(
    ("count", "taken"),
    [(65536, "[b'0000']"), (65537, "nothing")],
)
def test_given_a_datagram_that_expands_to_much_when_it_comes_then_it_is_dropped(
    run: Run, count: int, taken: str
) -> None:
    told = run(
        f"""{PAIR}
import zlib
put, take = datagrams('', '(CompressionAffix)')
put(zlib.compress(b"0" * {count}))
put(b"no zlib")
sleep(0.05)
try:
    print([take()[2][:4]])
except SocketWouldBlockError:
    print("nothing")
"""
    )
    assert told == f"{taken}\n"


def test_given_another_secret_when_something_is_sent_then_it_can_not_be_read(run: Run) -> None:
    told = run(
        f"""{PAIR}
one, other = pair("(EncryptionAffix,{SECRET})", "(EncryptionAffix,{SECRET}!)")
send(one, b"hello")
try:
    until(other.recv, 1)
except SocketClosedRemote as why:
    print(why)
"""
    )
    assert "not what the stack expects" in told


def test_given_an_encrypted_connection_when_it_is_changed_repeated_or_cut_off_then_that_is_noticed(run: Run) -> None:
    told = run(
        f"""{PAIR}
def attacked(attack):
    listener = affix.AffixStack("(EncryptionAffix,{SECRET})", network()).listenforconnection(HERE, 63120)
    raw = affix.AffixStack("", network()).listenforconnection(HERE, 63121)
    one = affix.AffixStack("(EncryptionAffix,{SECRET})", network()).openconnection(HERE, 63121, HERE, 63122, 5)
    between = until(raw.getconnection)[2]
    towards = openconnection(HERE, 63120, HERE, 63123, 5)
    other = until(listener.getconnection)[2]
    send(towards, receive(between, 32))
    send(between, receive(towards, 32))
    send(one, b"the first")
    send(one, b"the second")
    boxes = [receive(between, 2 + 9 + 16), receive(between, 2 + 10 + 16)]
    attack(towards, boxes)
    got = b""
    try:
        while True:
            got += until(other.recv, 100)
    except SocketClosedRemote as why:
        print(got, other.was_cut_off)
    for each in (listener, raw, one, between, towards, other):
        each.close()

def as_they_are(towards, boxes):
    send(towards, boxes[0] + boxes[1])
    towards.close()

def changed(towards, boxes):
    send(towards, boxes[0][:-1] + bytes([boxes[0][-1] ^ 1]) + boxes[1])

def repeated(towards, boxes):
    send(towards, boxes[0] + boxes[0])

def another_order(towards, boxes):
    send(towards, boxes[1] + boxes[0])

for attack in (as_they_are, changed, repeated, another_order):
    attacked(attack)
    sleep(0.01)
"""
    )
    assert told.splitlines() == [
        "b'the firstthe second' True",
        "b'' True",
        "b'the first' True",
        "b'' True",
    ]


def test_given_an_encrypted_connection_when_it_is_closed_then_it_was_not_cut_off(run: Run) -> None:
    told = run(
        f"""{PAIR}
one, other = pair("(EncryptionAffix,{SECRET})", "(EncryptionAffix,{SECRET})")
send(one, b"bye")
one.close()
print(receive(other, 3))
try:
    until(other.recv, 1)
except SocketClosedRemote:
    print(other.was_cut_off)
"""
    )
    assert told == "b'bye'\nFalse\n"


def test_given_latency_when_something_is_sent_then_it_comes_so_much_later(run: Run) -> None:
    told = run(
        f"""{PAIR}
one, other = pair("", "(LatencyAffix,100)")
put, take = datagrams("", "(LatencyAffix,100)")
for act in (lambda: (send(one, b"x"), receive(other, 1)), lambda: (put(b"x"), until(take))):
    begin = getruntime()
    act()
    print(0.1 <= getruntime() - begin < 5)
"""
    )
    assert told == "True\nTrue\n"


def test_given_losses_when_datagrams_are_sent_then_the_same_ones_are_lost_for_the_same_seed(run: Run) -> None:
    told = run(
        f"""{PAIR}
put, take = datagrams("(LossAffix,50,7)", "")
again, _ = affix.AffixStack("(LossAffix,50,7)", network()), None
def come(send_one):
    for number in range(20):
        send_one(bytes([number]))
    found = []
    while True:
        sleep(0.02)
        try:
            while True:
                found.append(take()[2][0])
        except SocketWouldBlockError:
            return found
first = come(put)
second = come(lambda data: again.sendmessage(HERE, 63100, data, HERE, 63101))
print(first == second, 3 < len(first) < 17)
"""
    )
    assert told == "True True\n"


def test_given_a_rate_when_more_is_sent_then_it_takes_so_long(run: Run) -> None:
    told = run(
        f"""{PAIR}
import threading
one, other = pair("(RateLimitAffix,10000)", "")
begin = getruntime()
threading.Thread(target=send, args=(one, bytes(13000))).start()
receive(other, 13000)
print(0.29 < getruntime() - begin < 1.25)  # without a second's worth at once it would be 1.3
"""
    )
    assert told == "True\n"


def test_given_a_logging_stack_when_it_is_used_then_each_call_is_in_the_log_but_no_data(run: Run) -> None:
    told = run(
        f"""{PAIR}
one, other = pair("(LoggingAffix,A)", "")
send(one, b"hello")
one.close()
try:
    affix.AffixStack("(LoggingAffix,A)", network()).openconnection(HERE, 63100, HERE, 63199, 5)
except ConnectionRefusedError:
    pass
print(affix.AffixStack("(LoggingAffix,A)(NoopAffix)").get_advertisement_string())
"""
    )
    opened, sent, closed, refused, advertised = told.splitlines()
    assert opened.startswith("Affix A: openconnection('127.")
    assert opened.endswith("-> Connection")
    assert (sent, closed) == ("Affix A: send(5 bytes) -> 5", "Affix A: close() -> True")
    assert "raises ConnectionRefusedError" in refused
    assert advertised == "(NoopAffix)"


@pytest.mark.parametrize(
    "stack",
    [
        "(AsciiShiftAffix,much)",
        "(CompressionAffix,10)",
        "(EncryptionAffix,short)",
        f"(EncryptionAffix,{SECRET},more)",
        "(LatencyAffix)",
        "(LatencyAffix,-1)",
        "(LatencyAffix,nan)",
        "(LossAffix)",
        "(LossAffix,101)",
        "(MakeMeHearAffix,,,)",
        "(MultiPathAffix,9)",
        "(MultiPathAffix,x)",
        "(NamingAndResolverAffix,)",
        "(NamingAndResolverAffix,one,two)",
        "(RateLimitAffix,0)",
        "(RateLimitAffix,inf)",
        "(TCPRelayAffix,example.com:1)",
        "(TCPRelayAffix,127.0.0.1:99999)",
    ],
)
def test_given_arguments_that_are_of_no_use_when_a_stack_is_made_then_it_says_what_was_wanted(
    run: Run, stack: str
) -> None:
    told = run(f"import affix\naffix.AffixStack({stack!r})", outcome=1)
    assert "AffixArgumentError: " in told


def test_given_several_paths_when_one_is_slow_then_the_fast_ones_carry_more_and_the_order_stays(run: Run) -> None:
    told = run(
        f"""{PAIR}
import threading
class Slow(affix.Component):
    name = "Slow"
    count = 0
    def over(self, connection, accepted):
        self.count += 1
        return Path(connection, 0.05 if self.count == 1 else 0)
class Path:
    def __init__(self, below, pause):
        self.below, self.pause, self.next, self.sent = below, pause, 0, 0
        paths.append(self)
    def send(self, data):
        if getruntime() < self.next:
            raise SocketWouldBlockError("slow")
        self.next = getruntime() + self.pause
        sent = self.below.send(data)
        self.sent += sent
        return sent
    def recv(self, count):
        return self.below.recv(count)
    def close(self):
        return self.below.close()
paths = []
affix.register(Slow)
one, other = pair("(MultiPathAffix,3)(Slow)", "(MultiPathAffix)")
data = randombytes() * 300
threading.Thread(target=send, args=(one, data), daemon=True).start()
print(receive(other, len(data)) == data, paths[0].sent < min(paths[1].sent, paths[2].sent) / 2)
exitall()
"""
    )
    assert told == "True True\n"


def test_given_several_paths_when_one_breaks_then_the_connection_ends(run: Run) -> None:
    told = run(
        f"""{PAIR}
kept = []
class Kept(affix.Component):
    name = "Kept"
    def over(self, connection, accepted):
        kept.append(connection)
        return connection
affix.register(Kept)
one, other = pair("(MultiPathAffix,3)(Kept)", "(MultiPathAffix)")
send(one, b"x")
print(receive(other, 1))
kept[2].close()
try:
    until(other.recv, 1)
except SocketClosedRemote as why:
    print(why)
"""
    )
    assert told == "b'x'\nthe other side has closed the connection\n"


@pytest.mark.parametrize(
    "hellos",
    [
        [bytes(16) + b"\0\2", bytes(16) + b"\0\2"],
        [bytes(16) + b"\0\2", bytes(16) + b"\1\3"],
        [bytes(16) + b"\0\0"],
        [bytes(16) + b"\0\x09"],
        [bytes(3)],
    ],
)
def test_given_paths_that_do_not_fit_together_when_they_come_then_they_are_dropped_and_others_served(
    run: Run, hellos: list[bytes]
) -> None:
    told = run(
        f"""{PAIR}
import affix.multipath
affix.multipath._COMPLETE_WITHIN = 0.2
listener = affix.AffixStack("(MultiPathAffix)", network()).listenforconnection(HERE, 63100)
strangers = [openconnection(HERE, 63100, HERE, 63120 + number, 5) for number in range({len(hellos)})]
for stranger, hello in zip(strangers, {hellos!r}):
    send(stranger, hello)
one = affix.AffixStack("(MultiPathAffix,2)", network()).openconnection(HERE, 63100, HERE, 63150, 5)
other = until(listener.getconnection)[2]
send(one, b"x")
print(receive(other, 1))
for stranger in strangers:
    try:
        while True:
            try:
                stranger.recv(1)
            except SocketWouldBlockError:
                try:
                    listener.getconnection()
                except SocketWouldBlockError:
                    sleep(0.01)
    except SocketClosedRemote:
        print("closed")
"""
    )
    assert told == "b'x'\n" + "closed\n" * len(hellos)


@pytest.mark.parametrize("piece", [b"\0\0\0\0\xff\xff" + bytes(65535), (b"\0\0\0\0\0\1x") * 2])
def test_given_a_path_with_pieces_that_are_none_when_they_come_then_the_connection_ends(run: Run, piece: bytes) -> None:
    told = run(
        f"""{PAIR}
listener = affix.AffixStack("(MultiPathAffix)", network()).listenforconnection(HERE, 63100)
stranger = openconnection(HERE, 63100, HERE, 63120, 5)
send(stranger, bytes(16) + b"\\0\\1" + {piece!r})
other = until(listener.getconnection)[2]
try:
    while until(other.recv, 1) == b"x":
        pass
except SocketClosedRemote:
    print("ended")
"""
    )
    assert told == "ended\n"
