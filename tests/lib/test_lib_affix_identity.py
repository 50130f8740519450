"""Names that are ids: only their holder can announce under them, and answer to them."""

from tests.lib.conftest import Run
from tests.lib.test_lib_affix import WORLD

IDS = f"""{WORLD}
import time
import ed25519
import nkey
import signed

alice, mallory = ed25519.new_key(), ed25519.new_key()
ALICE = nkey.id_of(ed25519.public_key(alice))
SERVER = f"(EncryptionAffix)(CoordinationAffix)(MakeMeHearAffix)(NamingAndResolverAffix,{{ALICE}})"
CLIENT = "(EncryptionAffix)(CoordinationAffix)(NamingAndResolverAffix)"


def serve(private, port):
    return affix.AffixStack(SERVER, network(private=private)).listenforconnection(ALICE, port)
"""


def test_given_a_server_with_a_key_when_it_is_named_by_its_id_then_it_is_reached_directly_and_by_relay(
    run: Run,
) -> None:
    told = run(
        f"""{IDS}
nat.add(63151)
for port in (63150, 63151):
    listen_and_talk(serve(alice, port), CLIENT, ALICE, port)
print(sum(text.startswith("ey") for key, values in announced.items() if ALICE in key for text in values))
exitall()
"""
    )
    assert told == "b'hello'\nb'hello'\n3\n"


def test_given_announcements_of_others_under_an_id_when_it_is_looked_up_then_none_of_them_counts(run: Run) -> None:
    told = run(
        f"""{IDS}
key = ALICE + ",63150,TCP"
later = time.time() + 100
for text in (
    "(NoopAffix)",
    "",
    "a.b.c",
    signed.sign(key + "\\n(NoopAffix)", mallory, expires=later),
    signed.sign(ALICE + ",63151,TCP\\n(NoopAffix)", alice, expires=later),  # of another port
    signed.sign(key + "\\n(NoopAffix)", alice, expires=time.time() - 1),
    signed.sign(key + "\\n(NoopAffix)", alice),  # without an end
    signed.sign(key + "\\n(NoopAffix)" + 1000 * " ", alice, expires=later),
):
    announce(key, text, 240)
print(network().look_up(key))
network(private=alice).announce(key, "(AsciiShiftAffix,1)", 100)
network(private=mallory).announce(key, "(NoopAffix)", 100)
network(private=alice).announce(key, "(AsciiShiftAffix,2)", 100)
print(network().look_up(key))
network(private=alice).announce("printer", "192.0.2.1", 100)
print(network().look_up("printer"))
exitall()
"""
    )
    assert told == "[]\n['(AsciiShiftAffix,1)', '(AsciiShiftAffix,2)']\n['192.0.2.1']\n"


def test_given_somebody_who_took_the_name_at_the_relay_when_a_client_comes_then_it_gets_nothing(run: Run) -> None:
    told = run(
        f"""{IDS}
way = f"(TCPRelayAffix,{{HERE}}:63100)"
network(private=alice).announce(ALICE + ",63150,TCP", way, 100)
impostor = affix.AffixStack("(EncryptionAffix)" + way, network(private=mallory)).listenforconnection(ALICE, 63150)
connection = []
waiting = threading.Thread(target=lambda: connection.append(until(impostor.getconnection)[2]))
waiting.start()
mine = affix.AffixStack(CLIENT, network()).openconnection(ALICE, 63150, HERE, 63170, 5)
waiting.join()

def hear():
    try:
        print(until(connection[0].recv, 1))
    except SocketClosedRemote:
        print("the impostor heard nothing")

hearing = threading.Thread(target=hear)
hearing.start()
try:
    until(mine.send, b"a secret")
except SocketClosedRemote as why:
    print(why)
hearing.join()
exitall()
"""
    )
    assert "what came is not what the stack expects: " in told
    assert "the impostor heard nothing\n" in told


def test_given_a_name_that_is_no_id_or_no_key_when_there_is_no_secret_then_that_is_refused(run: Run) -> None:
    told = run(
        f"""{IDS}
for call in (
    lambda: affix.AffixStack("(EncryptionAffix)").openconnection("printer", 1, HERE, 63170, 5),
    lambda: affix.AffixStack("(EncryptionAffix)").listenforconnection(HERE, 63170),
    lambda: affix.AffixStack("(EncryptionAffix)").sendmessage(HERE, 1, b"x", HERE, 63170),
):
    try:
        call()
    except affix.AffixArgumentError as why:
        print(why)
exitall()
"""
    )
    first, second, third = told.splitlines()
    assert first.startswith("without a secret, the other side's name has to be its id: ")
    assert (second, third) == (
        "without a secret, the stack's Network needs a private key",
        "without a secret, there are no datagrams",
    )


def test_given_an_id_whose_ways_all_fail_when_a_client_connects_then_no_other_way_is_tried(run: Run) -> None:
    told = run(
        f"""{IDS}
asked = []
def dns(name):
    asked.append(name)
    return HERE
network(private=alice).announce(ALICE + ",63150,TCP", f"(TCPRelayAffix,{{HERE}}:63199)", 100)
try:
    affix.AffixStack(CLIENT, network(gethostbyname=dns)).openconnection(ALICE, 63150, HERE, 63170, 5)
except ConnectionRefusedError:
    print("refused", asked)
exitall()
"""
    )
    assert told == "refused []\n"
