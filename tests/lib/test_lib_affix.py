"""Stacks of Affix: their text, what they are made of, surgery on them, and how two sides find each other."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lib.affix_programs import PAIR
from tests.lib.conftest import Run
from tests.repy.conftest import Finished

LAYERS = Path(__file__).parents[2] / "examples" / "layers"

# A relay, a server that tells who can hear (or not: `nat` says who can't), and the same network for all.
WORLD = f"""{PAIR}
import threading
import canihear
import tcp_relay

nat = set()  # ports that nobody can connect to


def through_nat(ip, port, *rest):
    if port in nat:
        raise ConnectionRefusedError("a translator is in the way")
    return openconnection(ip, port, *rest)


relay = tcp_relay.Relay(HERE, 63100)
threading.Thread(target=relay.serve, daemon=True).start()
announce(tcp_relay.KEY, f"{{HERE}}:63100", 240)
canihear.start_server(63101, HERE, network(openconnection=through_nat))


def echo(listener):
    _, _, connection = until(listener.getconnection)
    send(connection, receive(connection, 5))
    connection.close()


def talk(stack, name, port):
    connection = affix.AffixStack(stack, network()).openconnection(name, port, HERE, 63170, 5)
    send(connection, b"hello")
    print(receive(connection, 5))
    connection.close()


def listen_and_talk(listener, stack, name, port):
    threading.Thread(target=echo, args=(listener,), daemon=True).start()
    talk(stack, name, port)
"""


@pytest.mark.parametrize(
    ("text", "components"),
    [
        ("", []),
        ("(NoopAffix)", [("NoopAffix", [])]),
        ("(A,1,x y)(B)(C,,)", [("A", ["1", "x y"]), ("B", []), ("C", ["", ""])]),
        ("(A,(B,1,2)(C),3)", [("A", ["(B,1,2)(C)", "3"])]),
    ],
)
def test_given_the_text_of_a_stack_when_it_is_parsed_then_components_and_arguments_come_in_order(
    run: Run, text: str, components: list[object]
) -> None:
    program = "from affix.strings import describe, parse\n"
    told = run(f"{program}found = parse({text!r})\nprint(found)\nprint(''.join(describe(*one) for one in found))")
    assert told == f"{components}\n{text}\n"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("A", "begins with a parenthesis"),
        ("(A) (B)", "begins with a parenthesis"),
        ("(A))", "begins with a parenthesis"),
        ("((A)", "missing"),
        ("(A,(B)", "missing"),
        ("()", "is a word"),
        ("(a b)", "is a word"),
        (b"(A)", "is described by text"),
    ],
)
def test_given_text_that_describes_no_stack_when_it_is_parsed_then_the_error_says_why(
    run: Run, text: object, wrong: str
) -> None:
    told = run(f"import affix\naffix.AffixStack({text!r})", outcome=1)
    assert "AffixConfigError: " in told
    assert wrong in told


def test_given_a_name_that_no_component_has_when_a_stack_is_made_then_it_says_so(run: Run) -> None:
    told = run("import affix\naffix.AffixStack('(FancyAffix)')", outcome=1)
    assert "AffixNotFoundError: there is no component FancyAffix; register() adds" in told


def test_given_a_program_s_own_component_when_it_is_registered_then_stacks_can_name_it(run: Run) -> None:
    told = run(
        """
import affix
class Shout(affix.Component):
    name = "Shout"
    def outgoing(self, message):
        return message.upper()
affix.register(Shout)
stack = affix.AffixStack("(Shout)", affix.Network(sendmessage=lambda *call: print(call[2])))
print(stack.sendmessage("127.0.0.1", 1, "hello", "127.0.0.1", 2), stack.get_advertisement_string())
"""
    )
    assert told == "b'HELLO'\n5 (Shout)\n"


def test_given_a_stack_when_components_are_pushed_and_popped_then_its_text_says_so_until_it_is_used(run: Run) -> None:
    told = run(
        """
import affix
stack = affix.AffixStack("(AsciiShiftAffix,1)(NoopAffix)", affix.Network(listenforconnection=lambda *call: None))
stack.push(affix.create_affix_object("CompressionAffix", [], None))
print(stack.get_advertisement_string(), stack.peek().name)
stack.peek().pop()
print(stack.get_advertisement_string())
copy = stack.copy()
print(stack.pop().name, stack.get_advertisement_string(), copy.get_advertisement_string())
stack.listenforconnection("127.0.0.1", 1)
for surgery in (stack.pop, lambda: stack.push(copy), stack.peek().pop, stack.peek().peek().peek, copy.peek().pop):
    try:
        surgery()
        print("done", copy.get_advertisement_string())
    except affix.AffixStackError as why:
        print(why)
"""
    )
    in_use = "this stack is in use; alter a copy of it, made with copy()"
    assert told.splitlines() == [
        "(CompressionAffix)(AsciiShiftAffix,1)(NoopAffix) CompressionAffix",
        "(CompressionAffix)(NoopAffix)",
        "CompressionAffix (NoopAffix) (CompressionAffix)(NoopAffix)",
        in_use,
        in_use,
        in_use,
        "there is nothing below the network",
        "done (CompressionAffix)",
    ]


def test_given_a_network_with_a_name_that_is_no_call_when_it_is_made_then_it_is_refused(run: Run) -> None:
    assert "AffixArgumentError: openconn is no call" in run("import affix\naffix.Network(openconn=1)", outcome=1)


def test_given_a_stack_without_components_when_used_then_it_is_the_api_itself(run: Run) -> None:
    told = run(
        f"{PAIR}\none, other = pair('', '')\nprint(type(one).__name__)\nsend(one, b'x')\nprint(receive(other, 1))"
    )
    assert told == "Connection\nb'x'\n"


def test_given_who_can_be_heard_when_it_listens_then_it_is_announced_and_reached_directly(run: Run) -> None:
    told = run(
        f"""{WORLD}
stack = affix.AffixStack("(CoordinationAffix)(MakeMeHearAffix)(NamingAndResolverAffix,printer)", network())
print(stack.getmyip())
listener = stack.listenforconnection("printer", 63150)
print(announced["printer,63150,TCP"], announced["printer"] == [HERE])
listen_and_talk(listener, "(CoordinationAffix)(NamingAndResolverAffix)", "printer", 63150)
exitall()
"""
    )
    assert told == "printer\n['(NamingAndResolverAffix)'] True\nb'hello'\n"


def test_given_who_can_not_be_heard_when_it_listens_then_a_relay_is_announced_and_no_address(run: Run) -> None:
    told = run(
        f"""{WORLD}
nat.add(63150)
stack = affix.AffixStack("(CoordinationAffix)(MakeMeHearAffix)(NamingAndResolverAffix,printer)", network())
listener = stack.listenforconnection("printer", 63150)
print([text.replace(HERE, "HERE") for text in announced["printer,63150,TCP"]], "printer" in announced)
print(stack.get_advertisement_string())
listen_and_talk(listener, "(CoordinationAffix)(NamingAndResolverAffix)", "printer", 63150)
exitall()
"""
    )
    assert told == (
        "['(TCPRelayAffix,HERE:63100)(NamingAndResolverAffix)'] False\n(NamingAndResolverAffix)\nb'hello'\n"
    )


def test_given_stacks_to_choose_from_when_it_can_be_heard_then_the_second_is_listened_through(run: Run) -> None:
    told = run(
        f"""{WORLD}
stack = affix.AffixStack("(CoordinationAffix)(MakeMeHearAffix,(TCPRelayAffix),(AsciiShiftAffix,9))", network())
listener = stack.listenforconnection(HERE, 63150)
print(announced[HERE + ",63150,TCP"])
listen_and_talk(listener, "(CoordinationAffix)", HERE, 63150)
exitall()
"""
    )
    assert told == "['(AsciiShiftAffix,9)']\nb'hello'\n"


def test_given_nobody_who_tells_who_can_hear_when_it_listens_then_that_is_an_error(run: Run) -> None:
    told = run(
        f"""{PAIR}
stack = affix.AffixStack("(MakeMeHearAffix)", network())
try:
    stack.listenforconnection(HERE, 63150)
except AddressBindingError as why:
    print(str(why).replace(HERE, "HERE"))
"""
    )
    assert told == "can HERE:63150 be reached? Nobody says: no server is announced under 'canihear'\n"


def test_given_a_server_without_a_stack_when_a_coordinated_client_connects_then_it_gets_through(run: Run) -> None:
    told = run(
        f"{WORLD}\nlisten_and_talk(listenforconnection(HERE, 63150), '(CoordinationAffix)', HERE, 63150)\nexitall()"
    )
    assert told == "b'hello'\n"


def test_given_a_listener_that_was_closed_when_time_goes_by_then_it_is_announced_no_more(run: Run) -> None:
    told = run(
        f"""{PAIR}
import affix.announcing
affix.announcing._AGAIN = 0.05
stack = affix.AffixStack("(CoordinationAffix)(AsciiShiftAffix)", network())
listener = stack.listenforconnection(HERE, 63150)
said = announced[HERE + ",63150,TCP"]
while len(said) < 3:
    sleep(0.01)
print(set(said))
listener.close()
count = len(said)
sleep(0.3)
print(len(said) - count < 2)
"""
    )
    assert told == "{'(AsciiShiftAffix)'}\nTrue\n"


@pytest.mark.parametrize(
    "told",
    [
        "(CoordinationAffix)",
        "(MakeMeHearAffix)",
        "(LatencyAffix,59999)",
        "(RateLimitAffix,1)",
        "(EncryptionAffix,a secret of an attacker)",
        "(NoopAffix)(MyAffix)",
        "(NoopAffix)" * 7,
        f"(NamingAndResolverAffix,{'x' * 600})",
        "(((((",
        "(NoopAffix)x",
        "(AsciiShiftAffix,x)",
        "(TCPRelayAffix,evil.example:1)",
    ],
)
def test_given_a_stack_that_a_stranger_announced_when_a_client_connects_then_it_is_not_built(
    run: Run, told: str
) -> None:
    said = run(
        f"""{WORLD}
class MyAffix(affix.Component):
    name = "MyAffix"
affix.register(MyAffix)
announce(HERE + ",63150,TCP", {told!r}, 240)
listen_and_talk(listenforconnection(HERE, 63150), "(CoordinationAffix)", HERE, 63150)
print(affix.AffixStack("(CoordinationAffix)", network()).peek()._announced(HERE + ",63150,TCP"))
exitall()
"""
    )
    assert said == "b'hello'\n[]\n"


def test_given_many_announced_relays_that_refuse_when_a_client_connects_then_only_the_newest_are_asked(
    run: Run,
) -> None:
    told = run(
        f"""{WORLD}
asked = []
def noted(ip, port, *rest):
    asked.append(port)
    return openconnection(ip, port, *rest)
for port in range(1000, 1020):
    announce("printer,63150,TCP", f"(TCPRelayAffix,{{HERE}}:{{port + 62150}})", 240)
stack = affix.AffixStack("(CoordinationAffix)", network(openconnection=noted))
try:
    stack.openconnection("printer", 63150, HERE, 63170, 5)
except (ConnectionRefusedError, RepyArgumentError) as why:
    print(type(why).__name__, asked)
exitall()
"""
    )
    assert told == "ConnectionRefusedError [63169, 63168, 63167, 63166, 63165, 63150]\n"


def test_given_names_when_they_are_resolved_then_addresses_are_their_own_and_lies_are_not_taken(run: Run) -> None:
    told = run(
        f"""{PAIR}
asked = []
def look(key):
    asked.append(key)
    return {{"printer": ["no address", "0.0.0.0", "224.0.0.1", "192.0.2.7"]}}.get(key, [])
def dns(name):
    raise NetworkAddressError("nobody")
stack = affix.AffixStack("(NamingAndResolverAffix)", network(advertise_lookup=look, gethostbyname=dns))
print(stack.gethostbyname("192.0.2.1"), stack.gethostbyname("2001:DB8::1"), stack.gethostbyname("printer"), asked)
for call in (lambda: stack.gethostbyname("nobody"), lambda: stack.openconnection("nobody", 1, HERE, 2, 1)):
    try:
        call()
    except (NetworkAddressError, RepyArgumentError) as why:
        print(type(why).__name__)
"""
    )
    assert told == "192.0.2.1 2001:db8::1 192.0.2.7 ['printer']\nNetworkAddressError\nRepyArgumentError\n"


def test_given_a_host_with_a_name_when_its_address_changes_then_the_new_one_is_announced(run: Run) -> None:
    told = run(
        f"""{PAIR}
import affix.naming
affix.naming._LOOKS_EVERY = 0.02
address = ["127.0.0.1"]
stack = affix.AffixStack("(NamingAndResolverAffix,printer)", network(getmyip=lambda: address[0]))
listener = stack.listenforconnection(HERE, 63150)
print(announced["printer"])
address[0] = HERE
while HERE not in announced["printer"]:
    sleep(0.01)
print(listener.close(), stack.copy().getmyip() == HERE)
"""
    )
    assert told == "['127.0.0.1']\nTrue True\n"


def test_given_one_stack_when_many_threads_connect_through_it_at_once_then_each_has_its_own_connection(
    run: Run,
) -> None:
    told = run(
        f"""{WORLD}
nat.add(63151)
server = affix.AffixStack("(CoordinationAffix)(MakeMeHearAffix)(NamingAndResolverAffix,printer)", network())
listeners = [server.listenforconnection("printer", port) for port in (63150, 63151)]

def serve(listener):
    for _ in range(4):
        threading.Thread(target=answer, args=(until(listener.getconnection)[2],), daemon=True).start()

def answer(connection):
    send(connection, receive(connection, 2))

for listener in listeners:
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
client = affix.AffixStack("(CoordinationAffix)(NamingAndResolverAffix)", network())
heard = []

def talk_as(number):
    connection = client.openconnection("printer", 63150 + number % 2, HERE, 63160 + number, 10)
    send(connection, b"%02d" % number)
    heard.append((b"%02d" % number, receive(connection, 2)))

talks = [threading.Thread(target=talk_as, args=(number,)) for number in range(8)]
for one in talks:
    one.start()
for one in talks:
    one.join()
print(len(heard), all(said == came for said, came in heard))
exitall()
"""
    )
    assert told == "8 True\n"


def test_given_a_layer_that_lets_a_program_talk_to_one_host_when_a_stack_goes_elsewhere_then_the_layer_stops_it(
    repy: Callable[..., Finished], tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text(
        """
from affix import AffixStack
for stack in ("", "(NoopAffix)", "(TCPRelayAffix,192.0.2.9:63100)", "(MultiPathAffix,2)", "(NamingAndResolverAffix)"):
    try:
        AffixStack(stack).openconnection("192.0.2.7", 63100, "127.0.0.1", 63150, 1)
    except ResourceForbiddenError as why:
        print(why)
"""
    )
    done = repy("--layer", LAYERS / "one_host.py", "program.py")
    assert done.stdout.count("this program may talk to 127.0.0.1 only, not to 192.0.2.") == 5, done.stderr
