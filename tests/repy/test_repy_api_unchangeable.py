"""What namespaces share - calls, classes, exceptions - can be changed by none of them, and carries nothing between."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seattle.repy import door
from seattle.repy.guest.channel import Channel
from seattle.repy.guest.exceptions import EXCEPTIONS, RepyException
from seattle.repy.language.names import words

Check = Callable[..., str]  # see conftest.py, as for the next
Repy = Callable[..., Any]

SHARED = """
import json
file, lock, space = openfile("file", True), createlock(), createvirtualnamespace("x = 1", "space")
opened = open("opened", "wb")
handles = {"file": file, "lock": lock, "space": space}
with open("lib.py", "w") as lib:
    lib.write("x = 1")
import lib
modules = {"lib": lib, "json": json, "dylink module": dy_import_module("lib.py")}
handles.update(modules)
try:
    dy_import_module("nothing.py")
except ImportError as why:
    handles["error"] = why
classes = {f"class of {name}": type(handle) for name, handle in handles.items()}
for kind in (SafeDict, type(sleep), type(opened), RepyException, FileNotFoundError, ResourceForbiddenError, OSError):
    classes[kind.__name__] = kind
calls = {name: _context[name] for name in NAMES}
methods = {}
for kind in classes.values():
    for name in ("close", "readat", "writeat", "acquire", "release", "evaluate", "keys", "update", "with_traceback"):
        if hasattr(kind, name):
            methods[f"{kind.__name__}.{name}"] = getattr(kind, name)
for name, handle in handles.items():
    for method in ("close", "acquire", "evaluate"):
        if hasattr(handle, method):
            methods[f"{name}.{method}"] = getattr(handle, method)
for name in (*modules, "error"):
    del handles[name]  # an error, and a module that the program has in a file, are its own
shared = {**handles, **classes, **calls, **methods, "_context": _context}
"""
CALLS = words(
    "openfile listfiles removefile open advertise_announce advertise_lookup "
    "gethostbyname getmyip sendmessage listenformessage openconnection waitready "
    "listenforconnection createthread getthreadname createlock sleep getruntime randombytes getresources getlasterror "
    "exitall log print createvirtualnamespace dy_import_module dy_import_module_symbols dy_dispatch_module"
)


@pytest.mark.parametrize(
    "change",
    [
        "thing.mine = 1",
        "setattr(thing, 'mine', 1)",
        "setattr(thing, NAME, lambda *args: None)",
        "setattr(thing, 'args', (1,))",
        "del thing.mine",
        "delattr(thing, NAME)",
        "thing.mine += 1",
        "setattr(thing, '__doc__', 'mine')",
        "setattr(thing, '__name__', 'mine')",
        "setattr(thing, '__defaults__', ())",
        "setattr(thing, '__kwdefaults__', {})",
        "setattr(thing, '__code__', (lambda: 0))",
        "setattr(thing, '__dict__', {})",
        "getattr(thing, '__dict__')['mine'] = 1",
        "getattr(thing, '__func__').mine = 1",
        "getattr(thing, '__self__').mine = 1",
        "getattr(thing, '__class__').mine = 1",
        "getattr(thing, '__bases__')[0].mine = 1",
        "getattr(thing, '__wrapped__')()",
    ],
)
def test_given_what_namespaces_share_when_a_program_tries_to_change_it_then_it_is_refused(
    check: Check, change: str
) -> None:
    change = change.replace("NAME", "key.rpartition('.')[2]")
    program = f"{SHARED.replace('NAMES', repr(CALLS))}\nfor key, thing in shared.items():\n    try:\n        {change}\n"
    program += "    except (AttributeError, TypeError):\n        pass\n    else:\n        print(key, 'was changed')\n"
    assert check(program + "print(len(shared) > 50)") == "True\n"


def test_given_a_class_of_handles_when_derived_or_called_then_it_makes_no_other_handle(check: Check) -> None:
    program = """
        kinds = {type(openfile("f", True)), type(createlock()), type(createvirtualnamespace("", "n"))}
        for kind in kinds:
            for arguments in ((), (1,), ("f", True)):
                try:
                    print(kind(*arguments))
                except TypeError:
                    pass
            class Derived(kind):
                def more(self):
                    pass
            try:
                print(Derived())
            except TypeError:
                pass
        try:
            class Mine(SafeDict):
                pass
        except TypeError:
            print(len(kinds))
        """
    assert check(program) == "3\n"


def test_given_exceptions_when_derived_by_a_program_then_only_the_derived_ones_are_changed(check: Check) -> None:
    program = """
        class Mine(FileNotFoundError):
            def __str__(self):
                return "mine"
        Mine.hint = "of mine"
        try:
            removefile("nothing")
        except FileNotFoundError as why:
            print(type(why) is FileNotFoundError, str(why) == "mine", hasattr(why, "hint"))
            why.hint = "of this one"
        try:
            removefile("nothing")
        except FileNotFoundError as why:
            print(hasattr(why, "hint"))
        """
    assert check(program) == "True False False\nFalse\n"


def test_given_a_call_when_a_program_binds_its_name_anew_then_no_other_namespace_sees_that(
    check: Check, vessel: Path
) -> None:
    (vessel / "helper.py").write_text("def names():\n    return sleep, RepyException, SafeDict, len, print\n")
    program = """
        import helper
        before = helper.names()
        sleep = RepyException = SafeDict = len = 5
        print(helper.names() == before, sleep, callfunc)
        names = createvirtualnamespace("found = RepyException, SafeDict, len", "space").evaluate({})
        print(names["found"] == before[1:4])
        """
    assert check(program) == "True 5 initialize\nTrue\n"


def test_given_text_that_lies_when_logged_then_the_next_to_log_does_not_run_its_methods(check: Check) -> None:
    program = """
        class Text(str):
            def __str__(self):
                return self
            def __getitem__(self, key):
                return self
            def isspace(self):
                print("caught in somebody else's call")
            def encode(self, *how):
                return b"a lie"
        class Data(bytes):
            def __bytes__(self):
                return self
            def __getitem__(self, key):
                return self
            def decode(self, *how):
                return Text()
        log(Text("a"))
        log("b")
        log(Data(b"c"))
        log("d")
        print(Text("e"))
        """
    assert check(program) == "a b c de\n"


def test_given_a_layer_when_the_program_marks_what_both_hold_then_the_layer_finds_no_mark(
    repy: Repy, tmp_path: Path
) -> None:
    layer = """
def looking():
    return hasattr(sleep, "mark"), hasattr(looking_below, "mark")
looking_below = looking
CHILD_CONTEXT_DEF["getmyip"] = {"type": "func", "args": None, "exceptions": None, "return": tuple, "target": looking}
secure_dispatch_module()
"""
    program = """
refused = 0
for call in (sleep, getmyip, openfile, print, dy_import_module):
    try:
        call.mark = 1
    except AttributeError:
        refused += 1
print(refused, getmyip())
"""
    (tmp_path / "layer.py").write_text(layer)
    (tmp_path / "program.py").write_text(program)
    done = repy("--layer", "layer.py", "program.py")
    assert (done.stdout, done.stderr) == ("5 (False, False)\n", "")


@pytest.mark.parametrize("refusal", door.Refusal)
def test_given_a_refusal_from_the_monitor_when_it_arrives_then_it_is_rebuilt_from_class_and_text(
    refusal: door.Refusal, line: tuple[socket.socket, Channel]
) -> None:
    monitor, channel = line
    monitor.send(door.encode(door.Failed(refusal, "why")))
    with pytest.raises(RepyException) as caught:
        channel.ask(door.RandomBytes())
    assert (type(caught.value), caught.value.args) == (EXCEPTIONS[refusal.value], ("why",))
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, Channel]]:
    """A monitor's end of a line, and the guest's channel on the other."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    channel = Channel(theirs.detach())
    yield ours, channel
    channel.close()
    ours.close()
