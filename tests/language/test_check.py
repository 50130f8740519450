import ast
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.repy.language.check import MAX_DEPTH, MAX_SOURCE, MAX_VIOLATIONS, check
from seattle.repy.language.compiler import compile_program
from seattle.repy.language.rules import EXPLANATIONS, RULES, Rule
from seattle.repy.language.violations import CodeUnsafe, Violation

# code: (what the rule refuses, what it leaves alone)
RULE_BY_RULE: dict[str, tuple[list[str], list[str]]] = {
    "RP000": (["x = ", "return 1", "break", "def f(): nonlocal x", "'\ud800'", "a\0b"], ["x = 1", ""]),
    "RP002": (["async def f(): pass"], ["def f(): pass"]),
    "RP003": (["class A(metaclass=M): pass", "class A(B, x=1): pass", "class A(**k): pass"], ["class A(B, C): pass"]),
    "RP004": (["try: pass\nexcept* E: pass"], ["try: pass\nexcept E: pass"]),
    "RP006": (["from m import *"], ["from m import a, b as c", "import m.n", "import m.n as o"]),
    "RP007": (["from . import a", "from .a import b"], ["from a import b"]),
    "RP010": (
        ["x.__class__", "__builtins__", "f(__x=1)", "x.a__b", "x.__name__ = 1", "'{0.__x__}'.format(1)", "x.__len__()"],
        [
            "x.__name__",
            "x.__doc__",
            "super().__init__()",
            "A.__init__(self)",
            "__name__",
            "__all__ = []",
            "'__class__'",
        ],
    ),
    "RP011": (
        ["x.gi_frame", "x.tb_next", "x.f_back", "x.co_code", "x.mro()", "f(f_globals=1)", "x.func_code"],
        ["x.f_score", "x.co_author", "f_back = 1", "x.frame", "x.tb", "x.func_name", "f(co_author=1)"],
    ),
    "RP012": (
        ["class A:\n def __getattr__(self, n): pass", "class A:\n def __del__(self): pass"],
        [
            "class A:\n def __len__(self): pass",
            "class A:\n def __post_init__(self): pass",
            "class A:\n def _x(self): pass",
        ],
    ),
    "RP013": (
        ["class A:\n @d\n def __exit__(self, *a): pass", "class A:\n __exit__ = f"],
        ["class A:\n def __exit__(self, *a): pass", "class A:\n @d\n def __enter__(self): pass"],
    ),
    "RP014": (
        ["class A:\n __slots__ = x", "class A:\n __slots__ = ('a', b)", "class A:\n __match_args__ = ['a']"],
        ["class A:\n __slots__ = ('a', 'b')", "class A:\n __slots__ = ['a']", "class A:\n __match_args__ = ('a',)"],
    ),
    "RP015": (
        [
            "x.format += 1",
            "x.obj -= 1",
            "match x:\n case A(format=f): pass",
            "match x:\n case A(obj=f): pass",
            "match x:\n case y.format: pass",
        ],
        ["x.format = 1", "x.obj", "x.other += 1", "match x:\n case A(form=f): pass"],
    ),
    "RP016": (["super = 1", "def f(super): pass", "import super"], ["super()", "f = super"]),
    "RP020": (
        ["eval(x)", "globals()", "input()", "memoryview(b)"],
        ["def eval(x): pass\neval(1)", "print(1)", "dict()"],
    ),
    "RP021": (
        ["import subprocess", "from builtins import open", "import importlib.util as u", "import pickle"],
        ["import json", "import mine"],
    ),
    "RP022": (["-" * 1000 + "1", "x" + ".a" * 1000, "#" * (MAX_SOURCE + 1)], ["x" + ".a" * 100]),
}


def _codes(source: str) -> set[str]:
    try:
        compile_program(source, "p.py")
    except CodeUnsafe as refused:
        return {violation.code for violation in refused.violations}
    return set()


REFUSED = [(code, source) for code, (refused, _) in RULE_BY_RULE.items() for source in refused]
ALLOWED = [(code, source) for code, (_, allowed) in RULE_BY_RULE.items() for source in allowed]


@pytest.mark.parametrize(("code", "source"), REFUSED)
def test_given_text_that_breaks_a_rule_then_it_is_refused_with_the_code_of_that_rule(code: str, source: str) -> None:
    assert code in _codes(source)


@pytest.mark.parametrize(("code", "source"), ALLOWED)
def test_given_text_close_to_the_rule_but_fine_then_it_is_accepted(code: str, source: str) -> None:
    assert _codes(source) == set()


def test_every_rule_has_an_explanation_and_a_test() -> None:
    new_syntax_only = {"RP001", "RP005"}  # tested below
    assert {rule.value for rule in Rule if rule.value.startswith("RP")} <= set(EXPLANATIONS)
    assert set(RULE_BY_RULE) | new_syntax_only == set(EXPLANATIONS)
    assert all(explanation.title and explanation.why for explanation in EXPLANATIONS.values())


def test_given_syntax_that_nobody_has_reviewed_then_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(RULES, ast.Lambda)
    assert [violation.code for violation in check("f = lambda: 0", "p.py")] == ["RP001"]


def test_every_node_class_of_this_python_is_ruled_on_or_abstract_or_obsolete() -> None:
    leaves = {kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AST)}
    unruled = {
        kind.__name__
        for kind in leaves - set(RULES)
        if not kind.__subclasses__() and kind.__module__ in {"ast", "_ast"}
    }
    obsolete = {"AugLoad", "AugStore", "Param", "Suite", "Index", "ExtSlice", "Num", "Str", "Bytes", "Ellipsis"}
    other_modes = {"Interactive", "Expression", "FunctionType", "TypeIgnore", "NameConstant"}
    assert unruled <= obsolete | other_modes


@pytest.mark.skipif(not hasattr(ast, "TypeAlias"), reason="this Python has no type statements")
@pytest.mark.parametrize("source", ["type X = int", "def f[T](x: T): pass", "class A[T]: pass"])
def test_given_type_syntax_then_it_is_refused(source: str) -> None:
    assert "RP005" in _codes(source)


def test_given_a_violation_then_line_and_column_point_at_the_name() -> None:
    [violation] = check("x = 1\né = (x.\n  __class__)\n", "p.py")
    assert (violation.line, violation.column) == (3, 3)
    [violation] = check("é = 'é', x.__class__", "p.py")
    assert violation.column == 12


def test_a_violation_reads_as_one_line_that_says_what_to_write() -> None:
    [violation] = check("f(x.__class__)", "prog.py")
    assert violation.describe("prog.py") == (
        "prog.py:1:5: RP010 the attribute '__class__' is not part of Repy (write type(x) instead)"
    )


def test_given_several_violations_then_all_are_reported_in_order_of_place() -> None:
    found = check("import subprocess\nx.__class__\neval(1)\nx.__class__", "p.py")
    assert [violation.line for violation in found] == [1, 2, 3, 4]


def test_given_very_many_violations_then_their_number_is_bounded() -> None:
    assert len(check("x.__class__\n" * 10_000, "p.py")) <= MAX_VIOLATIONS


@pytest.mark.parametrize(
    "source",
    ["(" * 100_000, "[" * 5000, "-" * 100_000 + "1", "x" + "[0]" * 50_000, "x" + "()" * 50_000, "a" * MAX_SOURCE]
    + ["if x:\n" + " " * i for i in range(3)]
    + [
        "1" * 100_000,
        "0x" + "f" * 100_000,
        "1+" * 20_000 + "1",
        "not " * 50_000 + "x",
        "f'{" * 1000,
        "lambda:" * 20_000,
    ]
    + ["\n".join(" " * i + "if x:" for i in range(150)), "x if y else " * 20_000 + "z", "'a' " * 50_000, "*" * 1000],
    ids=lambda source: f"{source[:6]!r}*{len(source)}",
)
def test_given_monstrous_text_then_it_is_refused_or_accepted_but_never_breaks_the_checker(source: str) -> None:
    assert isinstance(check(source, "p.py"), list)
    _codes(source)


def test_given_nesting_below_the_limit_then_it_compiles() -> None:
    assert _codes("x = " + "-" * (MAX_DEPTH - 10) + "1") == set()


@given(st.text(max_size=200))
def test_check_never_raises_for_any_text(source: str) -> None:
    for violation in check(source, "p.py"):
        assert isinstance(violation, Violation)
        assert violation.line >= 1
        assert violation.column >= 1
        assert violation.code in EXPLANATIONS


_PIECES = st.sampled_from(
    [
        "x",
        ".",
        "__",
        "class",
        " ",
        "\n",
        "(",
        ")",
        ":",
        "=",
        "def ",
        "import ",
        "'",
        "{",
        "}",
        "f'",
        "match ",
        "case ",
        "0",
        ",",
    ]
)


@given(st.lists(_PIECES, max_size=40).map("".join))
def test_check_never_raises_for_text_that_resembles_programs(source: str) -> None:
    check(source, "p.py")
    _codes(source)


@given(st.text(alphabet="_acls\uff3f\uff43\ufe33", min_size=1, max_size=12))
def test_given_any_spelling_of_an_attribute_then_text_and_run_time_agree_on_it(name: str) -> None:
    from seattle.repy.language import guards, names

    normal = names.normalise(name)
    if name.isidentifier() and not keyword.iskeyword(normal):
        assert bool(check(f"x.{name}", "p.py")) == (not guards.may_read(normal))
