"""Programs that chance writes do inside the wall what they do under plain Python, and fail as they fail there.

Names say what they hold, and what could grow is cut short, so that each program ends soon: `i0` is a whole number,
`s0` a text, `l0` a list of numbers. Some statements are meant to fail, and some are put where nobody catches that.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from seattle.repy.guest.imports import Importer
from seattle.repy.guest.world import bare_builtins
from seattle.repy.language.builtins import safe_builtins
from seattle.repy.language.compiler import compile_program

Lines = list[str]

_NUMBERS = tuple(f"i{n}" for n in range(3))
_TEXTS = tuple(f"s{n}" for n in range(2))
_LISTS = tuple(f"l{n}" for n in range(2))

# Every program has these, so that most of what chance writes runs for a while before it fails.
_START = """\
import math
from functools import reduce, wraps
i0, i1, i2, s0, s1, l0, l1 = 1, 2, -3, "ab", "c", [1, 2, 3], [0]
class Base:
    made = 0
    def __init__(self, n=0):
        self.n = n
        Base.made += 1
    def step(self, by): return self.n - by
    def __repr__(self): return f"{type(self).__name__}({self.n!r})"
def noted(function):
    @wraps(function)
    def inner(*args, **kwargs):
        print("call", function.__name__, len(args), sorted(kwargs))
        return function(*args, **kwargs)
    return inner
"""


def programs() -> SearchStrategy[str]:
    """The text of a program."""
    return st.lists(_definitions() | _statements(2), min_size=2, max_size=7).map(
        lambda parts: _START + "\n".join(line for part in parts for line in part) + "\n"
    )


# Expressions


def _filled(template: str, **parts: SearchStrategy[str]) -> SearchStrategy[str]:
    return st.fixed_dictionaries(parts).map(lambda found: template.format(**found))


@cache
def _words(text: str) -> SearchStrategy[str]:
    return st.sampled_from(text.split())


@cache
def _numbers(depth: int = 2) -> SearchStrategy[str]:
    leaf = st.integers(-9, 99).map(lambda n: f"({n})" if n < 0 else str(n)) | st.sampled_from(_NUMBERS)
    if not depth:
        return leaf
    n, s, items, c = _numbers(depth - 1), _texts(depth - 1), _lists(depth - 1), _conditions(depth - 1)
    return st.one_of(
        leaf,
        _filled("({a} {op} {b})", a=n, op=_words("+ - & | ^"), b=n),
        _filled("({a} * {b} % 97)", a=n, b=n),
        _filled("({a} {op} {b})", a=n, op=_words("// %"), b=n),
        _filled("({op}{a})", op=_words("- + ~"), a=n),
        _filled("({a} if {c} else {b})", a=n, b=n, c=c),
        _filled("len({a})", a=s | items),
        _filled("sum({a})", a=items),
        _filled("{f}({a}, {b})", f=_words("min max"), a=n, b=n),
        _filled("{a}[{b}]", a=items, b=n),
        _filled("int({a} or 0)", a=s),
        _filled("(lambda x, y=2: x - y)({a})", a=n),
        _filled("(lambda *a, **k: len(a) + len(k))(*{a}, {b}, k={b})", a=items, b=n),
        _filled("reduce(lambda x, y: (x * 3 + y) % 91, {a}, {b})", a=items, b=n),
        _filled("math.gcd({a}, {b})", a=n, b=n),
        _filled("Base({a}).step({b})", a=n, b=n),
        _filled("(i0 := {a})", a=n),
        _filled("next((x for x in {a} if x > {b}), {b})", a=items, b=n),
    )


@cache
def _texts(depth: int = 2) -> SearchStrategy[str]:
    leaf = st.text("ab c1é", max_size=4).map(repr) | st.sampled_from(_TEXTS)
    if not depth:
        return leaf
    n, s, items = _numbers(depth - 1), _texts(depth - 1), _lists(depth - 1)
    return st.one_of(
        leaf,
        _filled("({a} + {b})[:40]", a=s, b=s),
        _filled("{a}.{m}()", a=s, m=_words("upper title strip swapcase")),
        _filled("{a}.replace({b}, {c})[:40]", a=s, b=s, c=s),
        _filled("{a}[{b}:{c}]", a=s, b=n, c=n),
        _filled('f"{{{a}}}|{{{b}!r:>6}}|{{{a}:04d}}"', a=st.sampled_from(_NUMBERS), b=st.sampled_from(_TEXTS)),
        _filled('"{{}}-{{0}}"[:{c}].format({a}, {b})', a=n, b=s, c=_words("2 3 6")),
        _filled('"{{x:>{{w}}}}{{l[0]}}{{c.imag}}".format(x={a}, w=5, l={b}, c={c})', a=s, b=items, c=n),
        _filled('("%s %5d" % ({a}, {b}))', a=s, b=n),
        _filled('"-".join(str(x) for x in {a})', a=items),
        _filled("str({a})", a=n | items),
        _filled("repr({a})", a=s),
        _filled("{a}.encode().decode()", a=s),
    )


@cache
def _lists(depth: int = 2) -> SearchStrategy[str]:
    n = _numbers(max(depth - 1, 0))
    leaf = st.lists(n, max_size=3).map(lambda items: f"[{', '.join(items)}]") | st.sampled_from(_LISTS)
    if not depth:
        return leaf
    items, c = _lists(depth - 1), _conditions(depth - 1)
    return st.one_of(
        leaf,
        _filled("({a} + {b})[:8]", a=items, b=items),
        _filled("[{n} for x in {a}]", n=_words("x x+i0 x*2%7 -x"), a=items),
        _filled("[x for x in {a} if {c}]", a=items, c=c),
        _filled("[x - y for x in {a} for y in range(2)][:8]", a=items),
        _filled("sorted({{x % 5 for x in {a}}})", a=items),
        _filled("list({{x: y for x, y in enumerate({a})}}.values())", a=items),
        _filled("sorted({a}, key=lambda x: ({b}, -x))", a=items, b=_words("x%3 0 x>2")),
        _filled("list({f}(lambda x: x % 3, {a}))", f=_words("map filter"), a=items),
        _filled("[*{a}, {n}][:8]", a=items, n=n),
        _filled("{a}[::{b}]", a=items, b=_words("1 -1 2 0")),
        _filled("list(range({n} % 6))", n=n),
    )


@cache
def _conditions(depth: int = 1) -> SearchStrategy[str]:
    n = _numbers(max(depth - 1, 0))
    leaf = _filled("{a} {op} {b}", a=n, op=_words("< <= == != > >="), b=n)
    if not depth:
        return leaf
    c, items = _conditions(depth - 1), _lists(depth - 1)
    return st.one_of(
        leaf,
        _filled("(not {c})", c=c),
        _filled("({c} {op} {d})", c=c, d=c, op=_words("and or")),
        _filled("{a} {op} {l}", a=n, op=st.sampled_from(("in", "not in")), l=items),
        _filled("0 <= {a} < 9", a=n),
        _filled("isinstance({a}, (int, str))", a=n),
        _filled("any({a})", a=items),
    )


@cache
def _risky() -> SearchStrategy[str]:
    """Expressions that fail, and those that may."""
    n, s, items = _numbers(1), _texts(1), _lists(1)
    return st.one_of(
        _filled("{a} + {b}", a=s, b=n),
        _filled("{a} // ({b} - {b})", a=n, b=n),
        _filled("{{1: 2}}[{a}]", a=n),
        _filled("{a}.nothing", a=s | items),
        _filled("int({a})", a=s),
        _filled("nowhere + {a}", a=n),
        _filled("{a}[{b}]", a=items | s, b=n),
        _filled("min([x for x in {a} if x > 50])", a=items),
        _filled("(lambda x: x)({a}, {b})", a=n, b=s),
        _filled("Base({a}) < Base({b})", a=n, b=n),
        _filled('"{{0.real}} {{1}}".format({a})', a=n),
        _filled("{a} in {b}", a=n, b=s),
    )


# Statements


def _indented(lines: Lines) -> Lines:
    return [f"    {line}" for line in lines]


@cache
def _body(depth: int) -> SearchStrategy[Lines]:
    return st.lists(_statements(depth), min_size=1, max_size=3).map(
        lambda parts: [line for part in parts for line in part]
    )


@cache
def _statements(depth: int) -> SearchStrategy[Lines]:
    simple = st.one_of(_assignments(), _prints(), _prints(), _failures())
    if not depth:
        return simple
    return st.one_of(simple, *(kind(depth - 1) for kind in (_ifs, _loops, _tries, _matches, _withs)))


@cache
def _assignments() -> SearchStrategy[Lines]:
    n, s, items = _numbers(), _texts(), _lists()
    i, t, l = (st.sampled_from(names) for names in (_NUMBERS, _TEXTS, _LISTS))  # noqa: E741 - as in the programs
    return st.one_of(
        _filled("{x} = {a}", x=i, a=n),
        _filled("{x} = {a}", x=t, a=s),
        _filled("{x} = {a}", x=l, a=items),
        _filled("{x} {op} {a}", x=i, op=_words("+= -= |= //="), a=n),
        _filled("i0, *l0 = {a}, {b}, {c}", a=n, b=n, c=n),
        _filled("i1, i2 = i2, {a}", a=n),
        _filled("l1[{a}] = {b}", a=n, b=n),
        _filled("l0[{a}:{b}] = [{c}]", a=n, b=n, c=n),
        _filled("del l1[{a}]", a=n),
        _filled("i0: int = {a}", a=n),
    ).map(lambda line: [line])


@cache
def _prints() -> SearchStrategy[Lines]:
    value = st.one_of(_numbers(), _texts(), _lists(), _conditions(), _filled("Base({a})", a=_numbers()))
    return st.lists(value, min_size=1, max_size=3).map(lambda values: [f"print({', '.join(values)})"])


@cache
def _failures() -> SearchStrategy[Lines]:
    return st.one_of(
        _risky().map(lambda risky: f"print({risky})"),
        _filled("assert {c}, {s}", c=_conditions(), s=_texts(1)),
        _filled("if {c}: raise {e}({s})", c=_conditions(), e=_words("ValueError KeyError Exception"), s=_texts(1)),
        _filled("if {c}: raise KeyError({n}) from ValueError({s})", c=_conditions(), n=_numbers(1), s=_texts(1)),
    ).map(lambda line: [line])


@st.composite
def _ifs(draw: DrawFn, depth: int) -> Lines:
    lines = [f"if {draw(_conditions(2))}:", *_indented(draw(_body(depth)))]
    if draw(st.booleans()):
        lines += [f"elif {draw(_conditions())}:", *_indented(draw(_body(depth)))]
    return [*lines, "else:", *_indented(draw(_body(depth)))]


@st.composite
def _loops(draw: DrawFn, depth: int) -> Lines:
    # A counter of its own: the body may change every other name.
    counter = f"turn{depth}"
    end = draw(st.sampled_from((["pass"], ["if i1 > 3: break"], ["if i1 % 2: continue"])))
    head = draw(_filled("for i1 in {a}[:3]:", a=_lists(1)) | st.just(f"while {counter} < 3 and i2 < 99:"))
    body = _indented([f"{counter} += 1", *draw(_body(depth)), *end])
    return [f"{counter} = 0", head, *body, "else:", *_indented(draw(_body(0)))]


@st.composite
def _tries(draw: DrawFn, depth: int) -> Lines:
    kinds = draw(_words("ZeroDivisionError (TypeError,IndexError) Exception (NameError,ValueError) LookupError"))
    shown = 'print("caught", type(e).__name__, e)'
    lines = ["try:", *_indented([*draw(_body(depth)), *draw(_failures())])]
    lines += [f"except {kinds} as e:", *_indented([shown, *draw(_body(0))])]
    if draw(st.booleans()):
        lines += ["else:", *_indented(draw(_body(0)))]
    if draw(st.booleans()):
        lines += ["finally:", *_indented(draw(_body(0)))]
    return lines


@st.composite
def _matches(draw: DrawFn, depth: int) -> Lines:
    subject = draw(_numbers() | _lists() | _filled("Base({a})", a=_numbers(1)) | _filled('{{"k": {a}}}', a=_numbers(1)))
    patterns = [
        "0 | 1 | 2",
        "int(x) if x > 3",
        "[x, *rest]",
        "Base(n=x)",
        '{"k": x, **rest}',
        "[]",
        "[[x] | (x, _), _]",
        "str() as x",
    ]
    lines = [f"match {subject}:"]
    for pattern in draw(st.lists(st.sampled_from(patterns), min_size=1, max_size=3)):
        lines += _indented([f"case {pattern}:", *_indented([f"print({pattern!r})", *draw(_body(depth))])])
    return [*lines, *_indented(["case _:", *_indented(draw(_body(0)))])]


@st.composite
def _withs(draw: DrawFn, depth: int) -> Lines:
    eats = draw(_words("None KeyError TypeError Exception"))
    return [
        "class Guard:",
        "    def __enter__(self): print('enter'); return i0",
        "    def __exit__(self, kind, error, traceback):",
        "        print('exit', kind and kind.__name__, error)",
        f"        return kind is not None and {eats} is not None and issubclass(kind, {eats})",
        "with Guard() as i2, Guard():",
        *_indented(draw(_body(depth))),
    ]


# Definitions, each with a use


@cache
def _definitions() -> SearchStrategy[Lines]:
    return st.one_of(_functions(), _generators(), _closures(), _classes())


def _used(use: str, draw: DrawFn) -> Lines:
    return (
        [f"print({use})"] if draw(st.booleans()) else ["try:", f"    print({use})", "except Exception as e: print(e)"]
    )


@st.composite
def _functions(draw: DrawFn) -> Lines:
    head = draw(
        st.sampled_from(("def f(a, b=2, *c, k=3, **d):", "def f(i0=4, /, s0='x', *l0):", "def f(i1, *, i2=1):"))
    )
    outer = [] if "i0" in head else draw(st.sampled_from((["global i0, l0"], [])))
    # What is assigned to is the function's own, and may be read before that: then it is an UnboundLocalError.
    inner = draw(_body(1))
    if any(": int = " in line for line in inner):
        outer = []  # Python has no annotated globals in functions
    body = _indented([*outer, *inner, f"return {draw(_numbers())}"])
    call = f"f({draw(_numbers(1))}, {draw(st.sampled_from(('5', 'k=5', 's0=s1', 'i2=7', '*l0')))})"
    return [*draw(st.sampled_from((["@noted"], []))), head, *body, *_used(call, draw)]


@st.composite
def _generators(draw: DrawFn) -> Lines:
    return [
        "def g(n):",
        "    try:",
        f"        for x in {draw(_lists(1))}:",
        "            got = yield x - n",
        f"            if got: yield from [got, {draw(_numbers(1))}]",
        f"        return {draw(_numbers(1))}",
        "    finally: print('end of g')",
        f"it = g({draw(_numbers(1))})",
        *_used(
            f"{draw(st.sampled_from(('list(it)', 'next(it), it.send(3)', '[*zip(it, it)]', 'sum(it), it.close()')))}",
            draw,
        ),
    ]


@st.composite
def _closures(draw: DrawFn) -> Lines:
    return [
        "def counter(step):",
        f"    n = {draw(_numbers(1))}",
        "    def up(times=1):",
        "        nonlocal n",
        f"        n += step * times % {draw(_words('7 13'))}",
        f"        return n if {draw(_conditions())} else -n",
        "    return up",
        "up = counter(2)",
        *_used(f"up(), up({draw(_numbers(1))}), up()", draw),
    ]


_METHODS: tuple[Callable[[str], str], ...] = (
    lambda n: f"def __add__(self, other): return type(self)(self.n + {n})",
    lambda n: f"def __eq__(self, other): return self.n == other.n or {n} > 9",
    lambda n: f"def __len__(self): return {n}",
    lambda n: f"def __getitem__(self, i): return [self.n, {n}][i]",
    lambda n: f"def __iter__(self): yield from (self.n, {n})",
    lambda n: f"def __call__(self, x=1): return x + {n}",
    lambda n: f"def __contains__(self, x): return x == {n}",
    lambda n: f"def __bool__(self): return self.n > {n}",
    lambda n: f"def __lt__(self, other): return self.n % 5 < other.n % 5 + {n} % 2",
    lambda n: f"def __format__(self, spec): return spec + str({n})",
    lambda n: f"def step(self, by): return super().step(by) + {n}",
    lambda n: f"@property\n    def double(self): return self.n + {n}",
    lambda n: f"@staticmethod\n    def free(x): return x - {n}",
    lambda n: f"@classmethod\n    def make(cls, n=1): return cls(n + {n})",
)
_USES = (
    "(A(1) + A(2)).n, A(3) == A(3)",
    "len(A(1)), A(1)[0], A(2)[-3]",
    "list(A(1)), 1 in A(1)",
    "A(1)(), A(1)(5)",
    "bool(A(4)), 'yes' if A(0) else 'no'",
    "sorted([A(7), A(3), A(6)])",
    "f'{A(1):>9}', '{:x}'.format(A(2)), A.made",
    "A(1).step(2), A(1).double, A.free(4), A.make(), isinstance(A.make(3), Base)",
)


@st.composite
def _classes(draw: DrawFn) -> Lines:
    lines = ["class A(Base):"]
    if draw(st.booleans()):
        n = draw(_numbers(1))
        lines += ["    def __init__(self, n, *more):", "        super().__init__(n)", f"        self.more = {n}"]
    for method in draw(st.lists(st.sampled_from(_METHODS), min_size=1, max_size=5, unique=True)):
        lines.append(f"    {method(draw(_numbers(1)))}")
    return [*lines, *(line for use in draw(st.lists(st.sampled_from(_USES), min_size=1)) for line in _used(use, draw))]


# The comparison


class Ended(NamedTuple):
    """What a program printed, and the exception that ended it."""

    printed: list[str]
    error: tuple[str, str] | None


def _ended(run: Callable[[Callable[..., None]], None]) -> Ended:
    printed: list[str] = []

    def show(*values: object) -> None:
        printed.append(" ".join(map(str, values)))

    try:
        run(show)
    except Exception as error:  # noqa: BLE001 - whatever it is, both have to end in it
        return Ended(printed, (type(error).__name__, str(error)))
    return Ended(printed, None)


def _inside(source: str) -> Ended:
    def run(show: Callable[..., None]) -> None:
        calls = {"print": show}
        builtins = safe_builtins(
            {**calls, "__import__": Importer(calls=calls, new_builtins=bare_builtins).import_module}
        )
        exec(compile_program(source, "p.py"), {"__builtins__": builtins, "__name__": "__main__"})

    return _ended(run)


def _outside(source: str) -> Ended:
    def run(show: Callable[..., None]) -> None:
        names: dict[str, Any] = {"__name__": "__main__", "print": show}
        exec(compile(source, "p.py", "exec", dont_inherit=True), names)

    return _ended(run)


def check(source: str) -> None:
    assert _inside(source) == _outside(source)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(programs())
def test_given_a_program_of_chance_when_run_then_it_prints_and_fails_as_under_plain_python(source: str) -> None:
    check(source)


@pytest.mark.soak
@settings(max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs())
def test_given_very_many_programs_of_chance_when_run_then_each_does_as_under_plain_python(source: str) -> None:
    check(source)
