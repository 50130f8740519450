"""`dy_import_module` and its kin: the reference's way to use other files."""

from collections.abc import Callable
from pathlib import Path

import pytest

Check = Callable[..., str]  # see conftest.py


@pytest.fixture
def files(vessel: Path) -> Callable[..., None]:
    """Write files of the vessel, by name without `.py`."""

    def write(**texts: str) -> None:
        for name, text in texts.items():
            (vessel / f"{name}.py").write_text(text)

    return write


Write = Callable[..., None]


def test_given_a_file_when_imported_then_the_module_is_a_snapshot_and_its_context_is_live(
    check: Check, files: Write
) -> None:
    files(lib="print('running', callfunc, 'callargs' in _context)\nx = 1\n_hidden = 2\ndef get():\n    return x\n")
    program = """
        lib = dy_import_module("lib.py")
        print(lib, lib is dy_import_module("lib.py"), lib._name, hasattr(lib, "_hidden"), hasattr(lib, "log"))
        lib.x = 5
        print(lib.get(), lib._context["x"])
        lib._context["x"] = 7
        print(lib.get(), lib.x)
        """
    assert check(program, "a") == ("running import False\n<module 'lib.py'> True lib.py False False\n1 1\n7 5\n")


def test_given_a_module_that_makes_a_call_of_its_own_when_imported_then_that_is_seen_and_the_others_are_not(
    check: Check, files: Write
) -> None:
    files(lib="stock = sleep\ndef sleep(seconds):\n    print('slept', seconds)\ndy_import_module = print\n")
    program = """
        lib = dy_import_module("lib.py")
        lib.sleep(5)
        lib.stock(0)
        print([hasattr(lib, name) for name in ("log", "dy_import_module", "dy_dispatch_module")])
        """
    assert check(program) == "slept 5\n[False, False, False]\n"


def test_given_a_circle_of_modules_when_it_is_closed_then_all_are_whole_in_the_end(check: Check, files: Write) -> None:
    files(one="two = dy_import_module('two.py')\nname = 1\n", two="one = dy_import_module('one.py')\nname = 2\n")
    program = """
        one = dy_import_module("one.py")
        print(one.name, one.two.name, one.two.one is one, one.two.one.name)
        """
    assert check(program) == "1 2 True 1\n"


def test_given_a_file_when_its_symbols_are_imported_then_they_are_the_callers_own(check: Check, files: Write) -> None:
    files(lib="x = 1\nmycontext['x'] = 2\ndef get():\n    return x\n")
    program = """
        x = 5
        dy_import_module_symbols("lib.py")
        print(x, get(), mycontext, callfunc)
        """
    assert check(program) == "1 1 {} initialize\n"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nothing.py", "RepyImportError: there is no file 'nothing.py'"),
        ("bad.py", 'Exception: Traceback (most recent call last):\n  File "bad.py", line 2, in <module>\n    x / 0'),
        ("unsafe.py", "Exception: CodeUnsafeError: unsafe.py:1:8: RP021"),
        ("Upper.py", "RepyArgumentError: the file name 'Upper.py' is not allowed"),
    ],
)
def test_given_a_file_that_cant_be_imported_when_wanted_then_the_error_says_why(
    check: Check, files: Write, name: str, why: str
) -> None:
    files(bad="x = 1\nx / 0\n", unsafe="import subprocess\n")
    program = f"""
        try:
            dy_import_module({name!r})
        except Exception as error:
            print(f"{{type(error).__name__}}: {{error}}")
        """
    assert check(program).startswith(why)


def test_given_no_file_left_to_open_when_importing_then_resources_are_exhausted(check: Check, files: Write) -> None:
    files(lib="x = 1\n")
    program = """
        file = openfile("other.txt", True)
        try:
            dy_import_module("lib.py")
        except ResourceExhaustedError:
            file.close()
        print(dy_import_module("lib.py").x)
        """
    assert check(program, limits={"filesopened": 1}) == "1\n"


def test_given_programs_in_a_row_when_dispatched_then_each_gets_the_rest_of_the_arguments(
    check: Check, files: Write
) -> None:
    files(first="print(callargs, mycontext)\ndy_dispatch_module()\n", last="print(callargs, mycontext)\n")
    program = """
        mycontext["x"] = 1
        print(dy_dispatch_module(), callargs)
        """
    assert check(program, "first.py", "last.py", "a") == (
        "['last.py', 'a'] {}\n['a'] {}\nTrue ['first.py', 'last.py', 'a']\n"
    )


def test_given_nothing_to_dispatch_when_asked_then_it_says_so(check: Check, files: Write) -> None:
    files(next="print(callargs)\nprint(dy_dispatch_module())\nx = 1\n")
    program = """
        print(dy_dispatch_module(), CHILD_CONTEXT["x"], "x" in _context, callargs)
        """
    assert check(program, "next.py") == "[]\nFalse\nTrue 1 False ['next.py']\n"


def test_given_a_replaced_call_when_a_library_is_imported_beneath_then_it_has_the_replaced_one(
    check: Check, files: Write
) -> None:
    files(lib="def rest():\n    sleep(100)\n")
    program = """
        dy_import_module("lib.py")  # bound to the real one, and not to be had from beneath
        def mine(seconds):
            print("sleeping", seconds)
        context = _context.copy()
        context["sleep"] = mine
        createvirtualnamespace("dy_import_module('lib.py').rest()", "space").evaluate(context)
        context = CHILD_CONTEXT.copy()
        context["sleep"] = mine
        createvirtualnamespace("dy_import_module_symbols('lib.py')\\nrest()", "space").evaluate(context)
        print("rest" in _context)
        """
    assert check(program) == "sleeping 100\nsleeping 100\nFalse\n"


def test_given_a_context_that_is_not_to_have_dylink_when_evaluated_then_it_has_none(check: Check) -> None:
    program = """
        space = createvirtualnamespace("x = [name for name in names if has(name)]", "s")
        for context, dylink in ((_context.copy(), True), (_context.copy(), False), (SafeDict(), True)):
            context.update({"has": context.has_key, "names": ("dy_import_module", "HAS_DYLINK")})
            print(space.evaluate(context, dylink)["x"], context.get("HAS_DYLINK"))
        """
    assert check(program) == "['dy_import_module', 'HAS_DYLINK'] True\n['HAS_DYLINK'] False\n[] None\n"


@pytest.mark.parametrize("arguments", ["5", "'x.py', 5", "'x.py', 'import', 5", "b'x.py'"])
def test_given_wrong_arguments_when_importing_then_it_is_an_argument_error(check: Check, arguments: str) -> None:
    program = f"""
        try:
            dy_import_module({arguments})
        except RepyArgumentError:
            print("refused")
        """
    assert check(program) == "refused\n"


def test_given_globals_to_hand_on_when_importing_then_the_module_has_them(check: Check, files: Write) -> None:
    files(lib="x = more + 1\n")
    program = """
        more = 1
        print(dy_import_module("lib.py", "start", ["more"]).x)
        """
    assert check(program) == "2\n"


def test_given_a_context_without_dylink_when_evaluated_then_it_has_no_context_of_others_either(check: Check) -> None:
    program = """
        space = createvirtualnamespace("found = context.get(name)", "space")
        for context, dylink in ((_context.copy(), False), (_context.copy(), True)):
            if dylink:
                for name in ("dy_import_module", "dy_import_module_symbols", "dy_dispatch_module"):
                    del context[name]
            context.update({"context": context, "name": "CHILD_CONTEXT"})
            print(space.evaluate(context, dylink)["found"])
        context = _context.copy()
        context.update({"context": context, "name": "CHILD_CONTEXT", "sleep": "mine"})
        print(space.evaluate(context)["found"]["sleep"])
        """
    assert check(program) == "None\nNone\nmine\n"


def test_given_a_module_that_dispatches_when_it_does_then_the_program_has_all_calls(check: Check, files: Write) -> None:
    files(lib="def go():\n    return dy_dispatch_module()\n", last="print(callargs)\n")
    assert check("import lib\nprint(lib.go())", "last.py", "a") == "['a']\nTrue\n"


def test_given_symbols_when_imported_again_then_they_are_those_of_the_module_again(check: Check, files: Write) -> None:
    files(lib="print('running')\nx = 1\n")
    program = """
        dy_import_module_symbols("lib.py")
        x = 5
        dy_import_module_symbols("lib.py")
        print(x)
        """
    assert check(program) == "running\n1\n"


def test_given_threads_when_they_import_one_module_then_it_is_run_once_and_each_gets_it_whole(
    check: Check, files: Write
) -> None:
    files(slow="log('running\\n')\nsleep(0.2)\nx = 1\n")
    program = """
        gate, found = createlock(), []
        gate.acquire(True)
        def work():
            gate.acquire(True)
            gate.release()
            found.append(dy_import_module("slow.py").x)
        for number in range(4):
            createthread(work)
        gate.release()
        deadline = getruntime() + 20
        while len(found) < 4 and getruntime() < deadline:
            sleep(0.01)
        print(found)
        """
    assert check(program) == "running\n[1, 1, 1, 1]\n"


def test_given_a_file_that_is_too_long_when_imported_then_it_is_refused_and_not_cut(check: Check, vessel: Path) -> None:
    (vessel / "long.py").write_text("x = 1\n" + "#" * 4 * 1024 * 1024)
    program = """
        try:
            dy_import_module("long.py")
        except Exception as why:
            print("at most" in str(why))
        """
    assert check(program, limits={"fileread": 100_000_000}) == "True\n"
