"""Every call with every kind of wrong argument: always a RepyArgumentError that the program can catch."""

from collections.abc import Callable

import pytest

Check = Callable[..., str]  # see conftest.py, as for the next
Ports = Callable[[int], list[int]]

# What is at hand in every expression: a port of each kind of socket, and one object of each kind that has methods.
PREPARED = """
port, udp_port, tcp_port = map(int, callargs[:3])
here = "127.0.0.1"
class A:
    pass
class Text(str):
    pass
class Number(int):
    pass
def function():
    pass
f = openfile("prepared", True)
lock = createlock()
space = createvirtualnamespace("", "space")
udp = listenformessage(here, udp_port)
tcp = listenforconnection(here, tcp_port)
connection = openconnection(here, tcp_port, here, port, 5)
def attempt(text, call):
    try:
        result = call()
    except RepyArgumentError:
        return
    except Exception as other:
        print(text, "->", type(other), other)
    else:
        print(text, "->", result)
"""

# Calls that take a fixed number of arguments, each with right ones.
RIGHT = {
    "gethostbyname": ["'localhost'"],
    "getmyip": [],
    "sendmessage": ["here", "udp_port", "b'm'", "here", "port"],
    "listenformessage": ["here", "port"],
    "openconnection": ["here", "tcp_port", "here", "port", "1"],
    "listenforconnection": ["here", "port"],
    "waitready": ["[udp]", "[connection]", "0"],
    "advertise_announce": ["'key'", "'value'", "60"],
    "openfile": ["'f'", "True"],
    "listfiles": [],
    "removefile": ["'prepared'"],
    "createthread": ["function", "False"],
    "getthreadname": [],
    "createlock": [],
    "sleep": ["0"],
    "getruntime": [],
    "exitall": [],
    "randombytes": [],
    "getresources": [],
    "getlasterror": [],
    "createvirtualnamespace": ["''", "'n'"],
    "space.evaluate": ["{}", "True"],
    "f.readat": ["1", "0"],
    "f.writeat": ["b''", "0"],
    "f.close": [],
    "lock.acquire": ["True"],
    "lock.release": [],
    "udp.getmessage": [],
    "udp.close": [],
    "tcp.getconnection": [],
    "tcp.close": [],
    "connection.recv": ["1"],
    "connection.send": ["b''", "True"],
    "connection.endsending": [],
    "connection.close": [],
}

NO_TEXT = ["None", "1", "b'x'", "True", "A", "A()", "['x']", "Text('x')", "iter([])", "'\\ud800'"]
NO_INT = ["None", "'1'", "1.0", "True", "A", "A()", "[1]", "Number(1)", "2**63", "-2**63-1", "10**5000"]
NO_PLACE = [*(wrong for wrong in NO_INT if wrong not in ("2**63", "10**5000")), "-1"]  # in a file: as far as wanted
NO_PORT = [*NO_INT, "0", "-1", "65536"]
NO_IP = [*NO_TEXT, "''", "'localhost'", "'0.0.0.0'", "'256.1.1.1'", "'x' * 2000"]
NO_DATA = ["None", "1", "True", "A", "A()", "[b'x']", "'\\ud800'", "iter([])", "memoryview"]
NO_BOOL = ["None", "1", "0", "'True'", "A", "[]"]
NO_NUMBER = ["None", "'1'", "True", "A", "A()", "-1", "-0.5", "1j", "-10**400"]
NO_NAME = [*NO_TEXT, "''", "'.'", "'..'", "'A'", "'.a'", "'a/b'", "'../a'", "'/etc/passwd'", "'x' * 121", "'a\\x00'"]
NO_SOCKETS = ["None", "1", "'x'", "{}", "udp", "[1]", "[None]", "[f]", "[lock]", "[A()]", "iter([])", "[udp] * 1025"]
NO_FUNCTION = ["None", "1", "'print'", "A", "A()", "int", "[print]", "iter([])"]

WRONG: list[tuple[str, int, list[str]]] = [
    ("gethostbyname", 0, NO_TEXT),
    ("sendmessage", 0, NO_IP),
    ("sendmessage", 1, NO_PORT),
    ("sendmessage", 2, [*NO_DATA, "b'x' * 9217", "b'x' * 1_000_000"]),
    ("sendmessage", 3, NO_IP),
    ("sendmessage", 4, [*NO_PORT, "udp_port"]),
    ("listenformessage", 0, NO_IP),
    ("listenformessage", 1, NO_PORT),
    ("openconnection", 0, NO_IP),
    ("openconnection", 1, NO_PORT),
    ("openconnection", 2, NO_IP),
    ("openconnection", 3, [*NO_PORT, "tcp_port"]),
    ("openconnection", 4, [*NO_NUMBER, "0", "0.0", "float('nan')"]),
    ("listenforconnection", 0, NO_IP),
    ("listenforconnection", 1, NO_PORT),
    ("waitready", 0, NO_SOCKETS),
    ("waitready", 1, NO_SOCKETS),
    ("waitready", 2, [*(wrong for wrong in NO_NUMBER if wrong != "None"), "float('nan')"]),
    ("advertise_announce", 0, [*NO_TEXT, "''", "'x' * 257", "'a\\x00'"]),
    ("advertise_announce", 1, [*NO_TEXT, "'x' * 1025", "'a\\x00'"]),
    ("advertise_announce", 2, [*NO_INT, "0", "-1", "3601"]),
    ("openfile", 0, NO_NAME),
    ("openfile", 1, NO_BOOL),
    ("removefile", 0, NO_NAME),
    ("createthread", 0, NO_FUNCTION),
    ("createthread", 1, NO_BOOL),
    ("sleep", 0, NO_NUMBER),
    ("f.readat", 0, [wrong for wrong in NO_PLACE if wrong != "None"]),
    ("f.readat", 1, NO_PLACE),
    ("f.writeat", 0, NO_DATA),
    ("f.writeat", 1, NO_PLACE),
    ("lock.acquire", 0, NO_BOOL),
    ("createvirtualnamespace", 0, [wrong for wrong in NO_TEXT if wrong not in ("b'x'", "'\\ud800'")]),
    ("createvirtualnamespace", 1, [*NO_TEXT, "'a\\x00'"]),
    ("space.evaluate", 0, ["None", "1", "'x'", "[]", "A", "A()", "[('x', 1)]", "lock"]),
    ("space.evaluate", 1, NO_BOOL),
    ("connection.recv", 0, [*NO_INT, "0", "-1"]),
    ("connection.send", 0, NO_DATA),
    ("connection.send", 1, NO_BOOL),
]


def attempts(calls: list[str]) -> str:
    return PREPARED + "\n".join(f"attempt({call!r}, lambda: {call})" for call in calls if "memoryview" not in call)


@pytest.mark.parametrize(("name", "index", "values"), WRONG, ids=[f"{name}-{index}" for name, index, _ in WRONG])
def test_given_a_wrong_argument_when_called_then_it_is_an_argument_error(
    check: Check, ports: Ports, name: str, index: int, values: list[str]
) -> None:
    given = ports(3)
    calls = [f"{name}({', '.join([*RIGHT[name][:index], value, *RIGHT[name][index + 1 :]])})" for value in values]
    assert check(attempts(calls), *given, limits={"messport": given, "connport": given}) == ""


def test_given_too_few_too_many_or_named_arguments_when_called_then_it_is_an_argument_error(
    check: Check, ports: Ports
) -> None:
    given, calls = ports(3), []
    for name, right in RIGHT.items():
        calls += [f"{name}({', '.join(right[:-1])})"] if right else []
        calls += [f"{name}({', '.join([*right, '1'])})", f"{name}({', '.join([*right, 'nonsense=1'])})"]
    calls.remove("space.evaluate({})")  # its second argument may be left out
    calls.remove("createthread(function)")  # likewise
    calls.remove("connection.send(b'')")  # likewise
    calls += ["space.evaluate()", "connection.send()", "createthread()", "log(x=1)", "log('x', end='')"]
    calls += ["openfile(filename='f', create=True)", "sleep(seconds=0)", "lock.acquire(blocking=True)"]
    assert check(attempts(calls), *given, limits={"messport": given, "connport": given}) == ""


def test_given_a_closed_object_and_a_wrong_argument_when_called_then_the_argument_is_told_first(
    check: Check, ports: Ports
) -> None:
    given = ports(3)
    calls = ["f.readat(-1, 0)", "f.writeat(1, 0)", "connection.recv(0)", "connection.send(1)"]
    program = PREPARED + "f.close()\nconnection.close()\n" + attempts(calls).removeprefix(PREPARED)
    assert check(program, *given, limits={"messport": given, "connport": given}) == ""


def test_given_no_permission_for_a_port_when_a_wrong_argument_comes_with_it_then_the_argument_is_told_first(
    check: Check, ports: Ports
) -> None:
    given = ports(3)
    calls = [
        "sendmessage('x', 1, b'', here, 1)",
        "sendmessage(here, 0, b'', here, 1)",
        "sendmessage(here, 1, b'', here, 1)",
        "listenformessage('x', 1)",
        "openconnection(here, 1, here, 1, 1)",
        "openconnection(here, 1, here, 2, 0)",
        "listenforconnection('x', 1)",
    ]
    assert check(attempts(calls), *given, limits={"messport": given, "connport": given}) == ""


def test_given_no_permission_for_a_port_when_the_message_is_too_long_then_the_port_is_told_first(check: Check) -> None:
    program = """
        try:
            sendmessage("127.0.0.1", 1, b"x" * 10000, "127.0.0.1", 2)
        except ResourceForbiddenError as why:
            print(why)
        """
    assert "UDP port 2" in check(program)


def test_given_an_infinite_sleep_when_the_program_is_stopped_then_it_was_no_crash(start: Callable[..., object]) -> None:
    run = start("createthread(lambda: sleep(float('inf')))\ncreatethread(lambda: sleep(10**400))\nprint('asleep')")
    run.wait_for_output("asleep")  # type: ignore[attr-defined]  # a Run, see conftest.py
    run.stop()  # type: ignore[attr-defined]
    assert run.wait().kind == "stopped"  # type: ignore[attr-defined]


def test_given_not_a_number_when_slept_then_it_is_over_at_once(check: Check) -> None:
    assert check("sleep(float('nan'))\nprint('over')") == "over\n"


def test_given_a_huge_read_when_the_file_is_short_then_it_is_all_of_the_file(check: Check) -> None:
    program = """
        f = openfile("f", True)
        f.writeat("text", 0)
        print(f.readat(2**62, 0), f.readat(2**63 - 1, 1), f.readat(None, 0), f.readat(2, 1), f.readat(0, 0))
        print(f.readat(9, 4))
        """
    assert check(program) == "b'text' b'ext' b'text' b'ex' b''\nb''\n"
