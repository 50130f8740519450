"""Security layers, end to end: what the code beneath one gets, and what happens when a layer breaks its word."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Repy = Callable[..., Any]  # see conftest.py

DISPATCH = "\nsecure_dispatch_module()\n"
FUNCTION = """
def function(target, args, returns="any", exceptions="any"):
    return {"type": "func", "args": args, "exceptions": exceptions, "return": returns, "target": target}
"""


@pytest.fixture
def beneath(repy: Repy, tmp_path: Path) -> Callable[..., Any]:
    """Run a program beneath layers, the outermost first; further files by name without `.py`."""

    def run(program: str, *layers: str, arguments: tuple[str, ...] = (), **files: str) -> Any:
        words: list[str] = []
        for number, layer in enumerate(layers):
            (tmp_path / f"layer{number}.py").write_text(FUNCTION + layer + DISPATCH)
            words += ["--layer", f"layer{number}.py"]
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(text)
        (tmp_path / "program.py").write_text(program)
        return repy(*words, "program.py", *arguments)

    return run


Beneath = Callable[..., Any]


def test_given_a_layer_that_changes_nothing_when_a_program_runs_then_it_finds_all_that_it_always_has(
    beneath: Beneath,
) -> None:
    program = """
print(callargs, callfunc, mycontext, len(_context))
with open("x.txt", "w") as file:
    file.write("x")
print(sorted(name for name in _context.keys() if name != "_context"))
"""
    alone, below = beneath(program, arguments=("a",)), beneath(program, "", arguments=("a",))
    assert (below.code, below.stderr) == (0, "")
    assert below.stdout == alone.stdout


def test_given_layers_when_they_run_then_the_first_is_the_outermost_and_each_knows_what_is_beneath(
    beneath: Beneath,
) -> None:
    layer = """
print(callargs)
def more(text):
    log(text + NUMBER)
CHILD_CONTEXT_DEF["log"] = function(more, (str,))
"""
    done = beneath("log('x')\nprint('y', callargs)", layer.replace("NUMBER", "'1'"), layer.replace("NUMBER", "'2'"))
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == "['layer1.py', 'program.py']\n['program.py']\n1 x21 y []\n21"


def test_given_a_layer_when_the_program_has_ended_then_the_layer_goes_on(beneath: Beneath) -> None:
    program = "print('program')"
    layer = "def end():\n    print('after')\ntry:\n    secure_dispatch_module()\nfinally:\n    end()\n"
    done = beneath(program, layer)
    assert done.stdout == "program\nafter\n"
    assert "RepyArgumentError: secure_dispatch_module can be called once" in done.stderr


@pytest.mark.parametrize("name", ["log", "print", "openfile", "open", "exitall", "createvirtualnamespace"])
def test_given_a_name_that_a_layer_took_away_when_used_then_there_is_none(beneath: Beneath, name: str) -> None:
    program = f"import helper\ntry:\n    {name}\nexcept NameError:\n    sleep(0)\n    helper.tell()\n"
    helper = f"def tell():\n    try:\n        {name}\n    except NameError:\n        raise ValueError('it is gone')\n"
    done = beneath(program, f"del CHILD_CONTEXT_DEF[{name!r}]", helper=helper)
    if name == "openfile":
        assert "ModuleNotFoundError" in done.stderr
    else:
        assert done.stderr.endswith("ValueError: it is gone\n")


def test_given_a_call_that_a_layer_replaced_when_anything_is_made_of_it_then_it_is_made_of_the_layers(
    beneath: Beneath,
) -> None:
    layer = """
def opening(name, create):
    log("<" + name + ">")
    return openfile(name, create)
def logging(*values):
    log("[", *values, "]")
CHILD_CONTEXT_DEF["openfile"] = {**CHILD_CONTEXT_DEF["openfile"], "target": opening}
CHILD_CONTEXT_DEF["log"] = function(logging, ("var",))
"""
    program = """
import helper
dy_import_module("lib.py")
print("x")
createvirtualnamespace("print('y')\\nopen('x.txt', 'a').close()", "space").evaluate(_context.copy())
"""
    done = beneath(program, layer, helper="print('helper')", lib="print('lib')")
    assert (done.code, done.stderr) == (0, "")
    assert "".join(done.stdout.split()) == "<helper.py>[helper]<lib.py>[lib][x][y]<x.txt>"


@pytest.mark.parametrize(
    ("definition", "call", "why"),
    [
        ("function(lambda: 5, None, str)", "sleep()", "sleep returned int; its contract says str"),
        ("function(lambda: 5, None, None)", "sleep()", "sleep returned int; its contract says NoneType"),
        ("function(lambda: True, None, (int, str))", "sleep()", "sleep returned bool; its contract says int or str"),
        ("function(lambda: 1 // 0, None, 'any', None)", "sleep()", "sleep raised ZeroDivisionError, which its"),
        ("function(lambda: {}[0], None, 'any', (LookupError,))", "sleep()", "sleep raised KeyError, which its"),
        ("function(lambda: [0] * 10**12, None)", "sleep()", "sleep raised MemoryError, which its"),
    ],
)
def test_given_a_layer_that_breaks_its_contract_when_called_then_the_program_ends_at_once(
    beneath: Beneath, definition: str, call: str, why: str
) -> None:
    program = f"try:\n    {call}\nexcept BaseException:\n    print('caught')\nfinally:\n    print('finally')\n"
    done = beneath(program, f"CHILD_CONTEXT_DEF['sleep'] = {definition}")
    assert done.code == 7
    told = f"the layer layer0.py, on which program.py runs, broke its contract: {why}"
    assert done.stdout.startswith(f"repy: {told}")
    assert done.stderr.startswith(f"repy: violation: {told}")
    assert "caught" not in done.stdout
    assert "finally" not in done.stdout


def test_given_little_stack_when_a_layer_fails_for_want_of_it_then_the_program_ends_and_can_make_no_use_of_it(
    beneath: Beneath,
) -> None:
    layer = """
state = {"begun": 0, "done": 0}
def deep(depth):
    return depth and deep(depth - 1)
def work():
    state["begun"] += 1
    deep(200)
    state["done"] += 1
    return state["begun"] - state["done"]
CHILD_CONTEXT_DEF["sleep"] = function(work, None)
"""
    program = """
def dive():
    try:
        dive()
    except RecursionError:
        print(sleep())
dive()
"""
    done = beneath(program, layer)
    assert done.code == 7
    assert "sleep raised RecursionError" in done.stderr
    assert "1" not in done.stdout.partition("repy:")[0]


def test_given_a_decimal_context_of_the_program_when_a_layer_computes_then_it_does_so_in_its_own(
    beneath: Beneath,
) -> None:
    layer = """
from decimal import Decimal
def third():
    return len(str(Decimal(1) / 3))
CHILD_CONTEXT_DEF["third"] = function(third, None, int)
"""
    program = """
from decimal import Context, Decimal, localcontext
with localcontext(Context(prec=2)):
    print(third(), Decimal(1) / 3)
"""
    ended = beneath(program, layer)
    assert (ended.code, ended.stdout, ended.stderr) == (0, "30 0.33\n", "")


def test_given_an_exception_that_may_pass_when_raised_then_it_carries_plain_values_only(beneath: Beneath) -> None:
    layer = """
class Secret:
    pass
def look_up():
    return {}[Secret()]
def several():
    raise ExceptionGroup("all", [KeyError(Secret()), ValueError(1, "x")])
def stop():
    raise StopIteration(Secret())
CHILD_CONTEXT_DEF["sleep"] = function(look_up, None)
CHILD_CONTEXT_DEF["log"] = function(several, None)
CHILD_CONTEXT_DEF["randombytes"] = function(stop, None)
"""
    program = """
for call in (sleep, log, randombytes):
    try:
        call()
    except Exception as why:
        parts = [part.args for part in getattr(why, "exceptions", ())]
        mycontext[call] = (type(why).__name__, why.args, parts, getattr(why, "value", None))
raise ValueError(str(list(mycontext.values())))
"""
    done = beneath(program, layer)
    assert done.stderr.splitlines()[-1] == (
        "ValueError: [('KeyError', ('<Secret>',), [], None), "
        "('ExceptionGroup', ('all', '<list>'), [('<Secret>',), (1, 'x')], None), "
        "('StopIteration', ('<Secret>',), [], None)]"
    )


def test_given_an_exception_of_the_layers_own_class_when_it_passes_then_neither_it_nor_its_class_hands_out_objects(
    beneath: Beneath,
) -> None:
    layer = """
class Secret:
    pass
class LayerError(RepyException):
    __slots__ = ("slot", "empty")
    def explain(self):
        return "as the layer says"
def fail():
    error = LayerError("text")
    error.slot, error.file, error.number, error.words = Secret(), Secret(), 5, ["words"]
    raise error
def fail_in_python():
    raise AttributeError("text", name=Secret(), obj=Secret())
def judge():
    return LayerError("text").explain()
CHILD_CONTEXT_DEF["sleep"] = function(fail, None, None, LayerError)
CHILD_CONTEXT_DEF["getmyip"] = function(fail_in_python, None, None, Exception)
CHILD_CONTEXT_DEF["gethostbyname"] = function(judge, None, str)
"""
    program = """
for call in (sleep, getmyip):
    try:
        call()
    except Exception as why:
        names = ("slot", "empty", "file", "number", "words", "name", "args")
        print([(name, getattr(why, name)) for name in names if getattr(why, name, None) is not None])
        try:
            type(why).explain = lambda self: "as the program says"
        except TypeError:
            print("unchanged")
print(gethostbyname())
"""
    done = beneath(program, layer)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == (
        "[('number', 5), ('args', ('text',))]\nunchanged\n[('args', ('text',))]\nunchanged\nas the layer says\n"
    )


def test_given_an_exception_of_a_layer_when_reported_beneath_then_nothing_of_the_layers_text_is_told(
    beneath: Beneath,
) -> None:
    layer = """
def check(password):
    try:
        {}["the secret way"]
    except KeyError:
        if password != "open sesame":
            raise ResourceForbiddenError("no")
def several():
    try:
        check("")
    except ResourceForbiddenError as first:
        raise ExceptionGroup("all", [first])
CHILD_CONTEXT_DEF["sleep"] = function(check, (str,), None)
CHILD_CONTEXT_DEF["getmyip"] = function(several, None, None)
"""
    program = """
for attempt in (lambda: sleep(""), getmyip):
    try:
        attempt()
    except Exception:
        print(getlasterror())
sleep("")
"""
    done = beneath(program, layer)
    told = done.stdout + done.stderr
    assert 'File "program.py", line 4, in <module>' in told
    assert "ResourceForbiddenError: no" in told
    assert "sesame" not in told
    assert "the secret" not in told
    assert "layer0.py" not in done.stdout  # at the very end it is told who has run the program: the layer did


def test_given_lists_when_they_pass_a_layer_then_each_side_has_its_own(beneath: Beneath) -> None:
    layer = """
kept = []
def keep(items):
    items.append("layer")
    kept.append(items)
    return kept
def keep_named(items=None, more=None):
    more.append("layer")
    return None
CHILD_CONTEXT_DEF["sleep"] = function(keep, (list,), list)
CHILD_CONTEXT_DEF["gethostbyname"] = function(keep_named, "any", None)
CHILD_CONTEXT_DEF["randombytes"] = {"type": "const", "target": kept}
CHILD_CONTEXT_DEF["getmyip"] = {"type": "any", "target": kept}
"""
    program = """
mine = ["mine"]
got = sleep(mine)
got[0].append("changed")
print(mine, got, sleep([]), randombytes, len(getmyip))
gethostbyname(more=mine)
print(mine)
"""
    done = beneath(program, layer)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == "['mine'] [['mine', 'layer', 'changed']] [['mine', 'layer'], ['layer']] [] 2\n['mine']\n"


OBJECT = """
class Counter:
    def __init__(self, start):
        self.count = start
    def more(self, by):
        self.count += by
        return self.count
    def twin(self):
        return Counter(self.count)
METHODS = {"obj-type": Counter, "name": "Counter", "more": function(Counter.more, (int,), int, None)}
METHODS["twin"] = {**function(Counter.twin, None), "type": "objc", "return": dict(METHODS)}
CHILD_CONTEXT_DEF["counter"] = {**function(Counter, (int,)), "type": "objc", "return": METHODS}
"""


def test_given_an_object_of_a_layer_when_used_beneath_then_it_has_its_declared_methods_only(beneath: Beneath) -> None:
    layer = OBJECT.replace("function(Counter, (int,))", "function(lambda start: Counter(start), (int,))")
    program = """
one, two = counter(5), counter(5)
print(one, one.more(2), one.twin().more(1), one == two, one == one, len({one, two}), type(one)(5) if callargs else "")
for name in ("count", "self", "inner", "the__inner"):
    assert not hasattr(one, name)
for attempt in (lambda: one.more("x"), lambda: one.more(by=1), lambda: type(one).more(5, 1), lambda: type(one).more()):
    try:
        attempt()
    except (RepyArgumentError, TypeError) as why:
        print(why)
try:
    one.more = lambda by: 0
except AttributeError as why:
    print("unchanged")
"""
    done = beneath(program, layer)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:5] == [
        "<Counter> 7 8 False True 2 ",
        "argument 1 of Counter.more has to be int, not str",
        "Counter.more takes its arguments by position",
        "Counter.more belongs to objects of another kind",
        *[line for line in done.stdout.splitlines()[4:5] if "missing" in line or "positional" in line],
    ]
    assert done.stdout.endswith("unchanged\n")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("counter(5).more(1)", "Counter.more returned str; its contract says int"),
        ("counter(5).fail()", "Counter.fail raised ValueError, which its contract does not have: 5"),
        ("wrong()", "wrong returned list; its contract says Counter"),
    ],
)
def test_given_an_object_that_breaks_its_contract_when_used_then_the_program_ends_at_once(
    beneath: Beneath, change: str, why: str
) -> None:
    layer = """
class Counter:
    def __init__(self, start):
        self.start = start
    def more(self, by):
        return "more"
    def fail(self):
        raise ValueError(self.start)
METHODS = {"obj-type": Counter, "name": "Counter", "more": function(Counter.more, (int,), int, None)}
METHODS["fail"] = function(Counter.fail, None, None, KeyError)
def make(start):
    return Counter(start)
def wrong():
    return []
CHILD_CONTEXT_DEF["counter"] = {**function(make, (int,)), "type": "objc", "return": METHODS}
CHILD_CONTEXT_DEF["wrong"] = {**function(wrong, None), "type": "objc", "return": METHODS}
"""
    done = beneath(f"try:\n    {change}\nexcept BaseException:\n    print('caught')\n", layer)
    assert done.code == 7
    assert f"broke its contract: {why}" in done.stderr
    assert "caught" not in done.stdout


def test_given_exceptions_in_a_contract_when_raised_then_a_class_stands_for_those_below_it_and_a_tuple_for_just_these(
    beneath: Beneath,
) -> None:
    layer = """
def look_up(what):
    return {}[what]
def index(number):
    return [][number]
CHILD_CONTEXT_DEF["sleep"] = function(look_up, ("any",), "any", LookupError)
CHILD_CONTEXT_DEF["gethostbyname"] = function(index, [int], None, (KeyError, IndexError))
CHILD_CONTEXT_DEF["getmyip"] = function(index, (int,), None, "any")
"""
    program = """
for call in (sleep, gethostbyname, getmyip):
    try:
        call(1)
    except LookupError as why:
        print(type(why).__name__, why)
"""
    done = beneath(program, layer)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == "KeyError 1\n" + "IndexError list index out of range\n" * 2


def test_given_a_definition_of_its_own_when_a_layer_dispatches_then_the_program_has_just_these_names(
    beneath: Beneath,
) -> None:
    layer = """
for wrong in (5, [("log", 1)], SafeDict()):
    try:
        secure_dispatch_module(wrong)
    except RepyArgumentError:
        log("refused", "")
callargs = ["program.py", "mine"]
secure_dispatch_module({"tell": CHILD_CONTEXT_DEF["log"], "NUMBER": {"type": "const", "target": 5}})
def secure_dispatch_module():
    pass
"""
    program = """
tell(sorted(name for name in _context if name != "_context"), NUMBER, callargs)
"""
    done = beneath(program, layer)
    assert (done.code, done.stderr) == (0, "")
    names = ["NUMBER", "callargs", "callfunc", "mycontext", "tell"]
    assert done.stdout == f"refused  refused  refused  {names} 5 ['mine']"


@pytest.mark.parametrize(
    "definition",
    [
        "5",
        "{}",
        "{'type': 'func'}",
        "{'type': 'nothing', 'target': 5}",
        "{'type': 'const'}",
        "function(5, None)",
        "function(log, int)",
        "function(log, (5,))",
        "function(log, None, 5)",
        "function(log, None, None, int)",
        "{**function(log, None), 'more': 1}",
        "{**function(log, None), 'type': 'objc'}",
        "{**function(log, None), 'type': 'objc', 'return': {'obj-type': int, 'name': 'x', 'a': 5}}",
    ],
)
def test_given_a_malformed_definition_when_a_layer_dispatches_then_it_is_an_argument_error(
    beneath: Beneath, definition: str
) -> None:
    done = beneath("print('running')", f"CHILD_CONTEXT_DEF['sleep'] = {definition}")
    assert (done.code, done.stdout) == (1, "")
    assert "RepyArgumentError" in done.stderr


@pytest.mark.parametrize("name", ["__import__", "super", "a__b", "tb_next"])
def test_given_a_name_that_no_program_may_have_when_defined_then_it_is_refused(beneath: Beneath, name: str) -> None:
    done = beneath("print('running')", f"CHILD_CONTEXT_DEF[{name!r}] = {{'type': 'any', 'target': 5}}")
    assert (done.code, done.stdout) == (1, "")
    assert "RepyArgumentError" in done.stderr


def test_given_optional_and_further_arguments_when_declared_then_they_may_be_left_out(beneath: Beneath) -> None:
    layer = """
def count(*values):
    return len(values)
CHILD_CONTEXT_DEF["sleep"] = function(count, (int, (str, None), "var"), int)
CHILD_CONTEXT_DEF["getmyip"] = function(count, ("any", (int, type(None))), int)
"""
    program = """
for call, arguments in ((sleep, (1,)), (sleep, (1, "x")), (sleep, (1, "x", 2, 3)), (sleep, ()), (sleep, (1, 2)),
                        (getmyip, (1, None)), (getmyip, (None, 5)), (getmyip, (1,)), (getmyip, (1, True))):
    try:
        print(call(*arguments), end=" ")
    except RepyArgumentError:
        print("refused", end=" ")
"""
    done = beneath(program, layer)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == "1 2 4 refused refused 2 2 refused refused "


def test_given_files_of_the_vessel_when_a_layer_imports_one_then_it_has_none(beneath: Beneath) -> None:
    done = beneath("", "import helper", helper="print('running beside the layer')")
    assert (done.code, done.stdout) == (1, "")
    assert "ModuleNotFoundError" in done.stderr


def test_given_an_unsafe_layer_when_a_program_is_to_run_then_nothing_is_run(beneath: Beneath) -> None:
    done = beneath("print('running')", "import subprocess")
    assert (done.code, done.stdout) == (4, "")
    assert "layer0.py:" in done.stderr


def test_given_no_language_wall_when_a_layer_is_wanted_then_it_is_refused(repy: Repy, tmp_path: Path) -> None:
    for name in ("layer.py", "program.py"):
        (tmp_path / name).write_text("print('running')\n")
    done = repy("--walls", "kernel", "--layer", "layer.py", "program.py")
    assert (done.code, done.stdout) == (2, "")
    assert "layers need the language wall" in done.stderr
    assert repy("--walls", "language", "--layer", "layer.py", "program.py").stdout == "running\n"


@pytest.mark.parametrize("words", [["--layer", "nothing.py"], ["--layer"], ["--layer", "program.py"] * 17])
def test_given_a_layer_that_cant_be_had_when_a_program_is_to_run_then_it_is_wrong_usage(
    repy: Repy, tmp_path: Path, words: list[str]
) -> None:
    (tmp_path / "program.py").write_text("print('running')\n")
    done = repy(*words, *(["program.py"] if len(words) > 1 else []))
    assert (done.code, done.stdout) == (2, "")


HANDLES = """
held = []
def work():
    try:
        raise ValueError("the secret of the layer")
    except ValueError:
        held.extend([[] for _ in range(3000)])  # room for a collection
        log(getlasterror())
CHILD_CONTEXT_DEF["work"] = function(work, (), None)
"""


@pytest.mark.parametrize("layers", [(HANDLES,), (HANDLES, ""), ("", HANDLES)], ids=["one", "outer", "inner"])
@pytest.mark.parametrize(
    "end", ["except GeneratorExit: pass\n    told(getlasterror())", "finally: told(getlasterror())"]
)
def test_given_a_program_that_is_collected_in_the_middle_of_a_layer_then_it_learns_nothing_of_what_went_wrong_there(
    beneath: Beneath, layers: tuple[str, ...], end: str
) -> None:
    program = f"""
heard = []
def told(text):
    heard.append(str(text))
    try:
        [][1]
    except IndexError:
        heard.append(getlasterror())
def late():
    try: yield
    {end}
waiting = late()
next(waiting)
cycle = [waiting]
cycle.append(cycle)
del waiting, cycle
work()
print(len(heard), "secret" in "".join(heard), "IndexError" in heard[1], file=report)
"""
    done = beneath(
        "class Report:\n    def write(self, text): log('told', text)\nreport = Report()\n" + program, *layers
    )
    assert (done.code, done.stderr) == (0, "")
    assert "ValueError: the secret of the layer" in done.stdout  # to the layer itself it is told
    assert done.stdout.endswith("told 2 False True\n")
