"""Virtual namespaces: code that has the names of its context, and no more."""

from collections.abc import Callable
from typing import Any

import pytest

Check = Callable[..., str]  # see conftest.py, as for the next
Run = Callable[..., Any]

ASK = """
def run(code, context):
    return createvirtualnamespace(code, "space").evaluate(context)

def error(function, *arguments):
    try:
        function(*arguments)
    except Exception as why:
        return type(why).__name__
    return None
"""


@pytest.fixture
def ask(check: Check) -> Check:
    """Run statements that have `run` and `error`."""
    return lambda program, *arguments, **options: check(ASK + program, *arguments, **options)


def test_given_a_dict_when_code_runs_in_it_then_a_copy_is_returned_and_the_dict_is_as_before(ask: Check) -> None:
    program = """
inner = [1]
given = {"x": inner, "again": inner}
found = run("x.append(2); y = again", given)
print(given, type(found).__name__, found["x"], found["y"] is found["x"], sorted(found.keys()))
"""
    assert ask(program) == "{'x': [1], 'again': [1]} SafeDict [1, 2] True ['again', 'x', 'y']\n"


def test_given_a_safedict_when_code_runs_in_it_then_it_is_the_context_itself(ask: Check) -> None:
    program = """
context = SafeDict({"x": 1})
print(run("x += 1; y = 5", context) is context, context["x"], context["y"], len(context))
space = createvirtualnamespace("x += 1", "space")
space.evaluate(context)
space.evaluate(context)
print(context["x"])
"""
    assert ask(program) == "True 2 5 2\n4\n"


def test_given_a_dict_that_has_itself_in_it_when_code_runs_in_it_then_that_is_a_copy_and_not_its_globals(
    ask: Check,
) -> None:
    program = """
given = {"x": 1}
given["me"] = given
found = run("me['x'] = 2; me['super'] = 3; names = sorted(me)", given)
print(found["x"], found["me"]["me"] is found["me"], found["names"], sorted(given))
"""
    assert ask(program) == "1 True ['me', 'super', 'x'] ['me', 'x']\n"


def test_given_the_callers_own_context_when_code_runs_in_it_then_it_acts_on_its_globals(ask: Check) -> None:
    program = """
run("there = 1\\nlog(callfunc)", _context)
print(there, _context["_context"] is _context)
_context["more"] = 2
print(more, "helper" in _context)
"""
    assert ask(program) == "initialize1 True\n2 False\n"


@pytest.mark.parametrize("name", ["log", "print", "open", "openfile", "sleep", "mycontext", "callargs", "_context"])
def test_given_an_empty_context_when_code_wants_a_call_then_there_is_none(ask: Check, name: str) -> None:
    assert ask(f"print(error(run, {name!r}, {{}}), end='')") == "NameError"


def test_given_an_empty_context_when_code_uses_the_language_then_all_of_it_is_there(ask: Check) -> None:
    program = """
code = '''
import json
from collections import Counter
class A(Exception):
    pass
r = json.dumps(sorted(Counter("abca")))
try:
    raise A
except A:
    s = isinstance(FileClosedError("x"), RepyException), SafeDict().keys()
'''
found = run(code, {})
print(found["r"], found["s"])
"""
    assert ask(program) == '["a", "b", "c"] (True, [])\n'


def test_given_files_of_the_program_when_a_namespace_imports_one_then_it_has_none(ask: Check, vessel: Any) -> None:
    (vessel / "helper.py").write_text("x = 1\n")
    assert ask("import helper\nprint(error(run, 'import helper', {}))\nrun('import helper', _context)") == (
        "ModuleNotFoundError\n"
    )


@pytest.mark.parametrize(
    ("context", "why"),
    [
        ("{'__builtins__': 1}", "ContextUnsafeError"),
        ("{'__name__': 1}", "ContextUnsafeError"),
        ("{'super': 1}", "ContextUnsafeError"),
        ("{1: 1}", "ContextUnsafeError"),
        ("{'a__b': 1}", "ContextUnsafeError"),
        ("{'tb_next': 1}", "ContextUnsafeError"),
        ("[]", "RepyArgumentError"),
        ("None", "RepyArgumentError"),
        ("type('x')", "RepyArgumentError"),
    ],
)
def test_given_what_is_no_context_when_code_is_to_run_in_it_then_it_is_refused(
    ask: Check, context: str, why: str
) -> None:
    assert ask(f"print(error(run, '', {context}), end='')") == why


@pytest.mark.parametrize("code", ["return", "break", "x = = 1", "import subprocess", "().__class__", "\0", "(" * 500])
def test_given_what_is_no_code_when_a_namespace_is_made_then_it_is_unsafe(ask: Check, code: str) -> None:
    assert ask(f"print(error(createvirtualnamespace, {code!r}, 'n'), end='')") == "CodeUnsafeError"


def test_given_unsafe_code_when_a_namespace_is_made_then_the_error_has_every_violation(ask: Check) -> None:
    program = """
try:
    createvirtualnamespace("import subprocess\\nx = 1\\nx.__class__\\n", "space")
except CodeUnsafeError as why:
    print(why)
"""
    first, second = ask(program).splitlines()
    assert first.startswith("space:1:8: RP021")
    assert second.startswith("space:3:3: RP010")


@pytest.mark.parametrize("arguments", ["", "'x'", "'x', 1", "1, 'x'", "'x', 'y', 'z'", "None, 'x'", "'x', 'a\\0'"])
def test_given_wrong_arguments_when_a_namespace_is_made_then_it_is_an_argument_error(
    ask: Check, arguments: str
) -> None:
    assert ask(f"print(error(createvirtualnamespace, {arguments}), end='')") == "RepyArgumentError"


def test_given_an_exception_in_a_namespace_when_nobody_catches_it_then_the_report_has_its_lines(run: Run) -> None:
    program = """
        code = "def fail():\\n    return 1 // 0\\n"
        found = createvirtualnamespace(code, "the space").evaluate({})
        found["fail"]()
        """
    result = run(program)
    assert result.kind == "exception"
    assert '  File "program.py", line 4, in <module>\n    found["fail"]()\n' in result.detail
    assert '  File "the space", line 2, in fail\n    return 1 // 0\n' in result.detail
    assert result.detail.count("File") == 2


def test_given_two_texts_of_one_name_when_one_fails_then_no_wrong_line_is_shown(run: Run) -> None:
    program = """
        createvirtualnamespace("x = 1", "space")
        createvirtualnamespace("1 // 0", "space").evaluate({})
        """
    detail = run(program).detail
    assert '  File "space", line 1, in <module>\nZeroDivisionError' in detail


def test_given_an_exception_in_a_namespace_when_caught_outside_then_it_is_the_same(ask: Check) -> None:
    program = """
class Mine(Exception):
    pass
try:
    run("raise Mine('x')", SafeDict({"Mine": Mine}))
except Mine as why:
    print(why, 'File "space", line 1' in getlasterror())
"""
    assert ask(program) == "x True\n"


def test_given_a_copied_context_when_a_call_is_replaced_then_what_is_made_of_it_is_replaced_too(ask: Check) -> None:
    program = """
def mine(name, create):
    print("opening", name)
    return openfile(name, create)

context = _context.copy()
context["openfile"] = mine
context["log"] = lambda text: print("logged", text)
run("with open('x.txt', 'w') as f:\\n    f.write('hello' * 5000)\\nprint(len(open('x.txt').read()), end='')", context)
print(error(run, "with open('x.txt', 'x') as f:\\n    pass", context))
print(open("x.txt").read(5))
"""
    opening = "opening x.txt\n"  # twice to write: to see whether it is there already
    assert ask(program) == opening * 3 + "logged 25000\n" + opening + "FileExistsError\nhello\n"


def test_given_a_copied_context_when_a_call_is_taken_out_then_what_is_made_of_it_goes_too(ask: Check) -> None:
    program = """
context = _context.copy()
del context["openfile"], context["log"]
run("print(5)", {"print": print})
print(error(run, "open", context), error(run, "print", context))
"""
    assert ask(program) == "5\nNameError NameError\n"


def test_given_a_namespace_when_looked_at_then_nothing_of_it_shows(ask: Check) -> None:
    program = """
space = createvirtualnamespace("x = 1", "space")
for name in ("code", "the__code", "names"):
    assert not hasattr(space, name), name
print(error(type(space)), error(lambda: type(space).evaluate(5, {})), len({space: 1}))
import copy
print(error(copy.copy, space), error(space.evaluate), error(space.evaluate, {}, 1), error(space.evaluate, {}, True, 1))
"""
    assert ask(program) == "TypeError TypeError 1\nTypeError RepyArgumentError RepyArgumentError RepyArgumentError\n"


def test_given_deep_text_when_a_thread_makes_namespaces_then_the_interpreter_lives(ask: Check) -> None:
    program = """
texts = ["-" * 100000 + "1", "x" + ".a" * 100000, "lambda:" * 20000 + "1", "not " * 50000 + "x"]
def work():
    print([error(createvirtualnamespace, text, "deep") for text in texts])
createthread(work)
"""
    assert ask(program) == f"{['CodeUnsafeError'] * 4}\n"


def test_given_namespaces_that_define_the_same_names_when_run_then_none_sees_the_other(ask: Check) -> None:
    program = """
one, two = run("def f(): return x\\nx = 1", {}), run("def f(): return x\\nx = 2", {})
import random
random.seed(1)
first = random.random()
random.seed(1)
run("import random\\nrandom.seed(5)", {})
print(one["f"](), two["f"](), random.random() == first)
"""
    assert ask(program) == "1 2 True\n"


def test_given_objects_in_a_dict_when_code_runs_in_it_then_they_are_the_same_objects(ask: Check) -> None:
    program = """
class A:
    pass
one = A()
found = run("y = x, z", {"x": A, "z": one})
print(found["y"][0] is A, found["y"][1] is one)
"""
    assert ask(program) == "True True\n"


def test_given_exit_in_a_namespace_when_code_runs_then_it_goes_to_the_caller_like_any_exception(ask: Check) -> None:
    program = """
try:
    run("raise SystemExit(3)", {})
except SystemExit as why:
    print("caught", why.code)
"""
    assert ask(program) == "caught 3\n"


def test_given_a_decimal_context_that_is_entered_for_good_when_the_code_ends_then_the_caller_has_its_own(
    ask: Check,
) -> None:
    program = """
from decimal import Decimal
code = "from contextlib import ExitStack\\nfrom decimal import Context, Decimal, localcontext\\n"
code += "ExitStack().enter_context(localcontext(Context(prec=2)))\\nfound = Decimal(1) / 3"
print(run(code, {})["found"], len(str(Decimal(1) / 3)))
"""
    assert ask(program) == "0.33 30\n"


def test_given_a_decimal_context_that_is_changed_or_replaced_when_the_code_ends_then_the_caller_has_its_own(
    ask: Check,
) -> None:
    program = """
from decimal import Context, Decimal, getcontext, setcontext
mine = getcontext()
changes = "getcontext().prec = 2", "setcontext(Context(prec=2))"
for change in changes:
    code = "from decimal import Context, Decimal, getcontext, setcontext\\n" + change + "\\nfound = Decimal(1) / 3"
    print(run(code, {})["found"], len(str(Decimal(1) / 3)), mine.prec, getcontext().prec)
"""
    assert ask(program) == "0.33 30 28 28\n" * 2


def test_given_the_names_at_the_start_when_looked_at_then_they_are_the_calls_and_a_few_more(ask: Check) -> None:
    program = """
others = ("callargs", "callfunc", "mycontext", "_context", "HAS_DYLINK", "CHILD_CONTEXT", "run", "error", "others")
print(sorted(name for name in _context.keys() if name not in others and type(_context[name]) is not type(print)))
print(type(mycontext) is dict, CHILD_CONTEXT["mycontext"] is mycontext, __name__)
for name in ("sys", "os", "builtins"):
    print(name in _context, end=" ")
"""
    assert ask(program) == "[]\nTrue False __main__\nFalse False False "
