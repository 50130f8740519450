import dis
import types
from collections.abc import Callable, Sequence

import pytest

from seattle.repy.language.compiler import compile_program
from seattle.repy.language.violations import CodeUnsafe

Run = Callable[..., list[str]]  # a program in, what it printed out

HOT = '''
class Particle:
    """Moves."""

    def __init__(self, x, v):
        self.x, self.v = x, v

    def step(self, dt):
        self.x += self.v * dt
        return self.x

def work(n, *, limit=10):
    import math
    found = {}
    for i in range(n):
        p = Particle(i, i / 2)
        if (x := p.step(0.1)) > limit:
            found[i] = [math.sqrt(y) for y in range(3) if y % 2]
        elif isinstance(p, Particle) and not x:
            yield f"{x:.2f}" if x else "{} {:.1f}".format(i, x)
    try:
        assert found, "none"
    except (AssertionError, KeyError) as error:
        raise ValueError(str(error)) from error
    with p as q:
        match q:
            case {"a": [1, *rest]} | (int() as rest):
                return rest

print(sorted(work(3), key=lambda p: p))
'''


def _instructions(code: types.CodeType) -> list[object]:
    own = [(i.opname, i.arg, i.starts_line) for i in dis.get_instructions(code)]
    return [own, *(_instructions(const) for const in code.co_consts if isinstance(const, types.CodeType))]


def test_given_no_guarded_name_then_the_bytecode_is_that_of_plain_python() -> None:
    ours = compile_program(HOT, "hot.py")
    theirs = compile(HOT, "hot.py", "exec", dont_inherit=True)
    assert _instructions(ours) == _instructions(theirs)


def test_given_a_guarded_name_then_line_numbers_stay_those_of_the_text() -> None:
    code = compile_program("x = 1\n\ny = x.format(\n 1)\nfrom m import (a,\n  b)\n", "p.py")
    lines = {line for _, _, line in code.co_lines() if line}
    assert {1, 3, 5} <= lines
    assert max(lines) <= 6


def test_given_what_only_the_compiler_finds_then_it_is_a_violation_too() -> None:
    with pytest.raises(CodeUnsafe) as refused:
        compile_program("\n\nreturn 1", "p.py")
    [violation] = refused.value.violations
    assert (violation.line, violation.code) == (3, "RP000")


def test_the_error_text_names_file_and_place() -> None:
    with pytest.raises(CodeUnsafe, match=r"^prog\.py:2:3: RP010 "):
        compile_program("x = 1\nx.__class__", "prog.py")


def test_given_imports_of_every_kind_then_each_name_is_bound(run: Run) -> None:
    assert run(
        "import math, json as j, math as m\nfrom math import pi as p, e\nprint(math is m, j.dumps([]), p > e)\n"
        "class A:\n    from math import floor\n    import math as inner\nprint(A.floor(1.5), A.inner is math)"
    ) == ["True [] True", "1 True"]


def test_given_a_dotted_import_then_the_hook_is_asked_as_python_asks() -> None:
    from seattle.repy.language.builtins import safe_builtins

    asked: list[tuple[object, ...]] = []

    def hook(name: str, _globals: object, _locals: object, fromlist: Sequence[str], _level: int = 0) -> object:
        asked.append((name, bool(fromlist)))
        return types.SimpleNamespace(c=name)

    source = "import a.b\nimport a.b as x\nimport a.b, d\nfrom a.b import c\nfound = c, a.c, x.c, d.c"
    namespace = {"__builtins__": safe_builtins({"__import__": hook})}
    exec(compile_program(source, "p.py"), namespace)
    assert asked == [("a.b", False), ("a.b", True), ("a.b", False), ("d", False), ("a.b", True)]


def test_given_a_missing_name_then_import_from_raises_import_error_and_looks_nowhere_else(run: Run) -> None:
    assert run("try:\n    from json import decoder\nexcept ImportError as e: print(e)") == [
        "cannot import name 'decoder' from 'json': module 'json' has no attribute 'decoder' in Repy"
    ]


def test_given_no_hook_then_importing_raises_import_error() -> None:
    from seattle.repy.language.builtins import safe_builtins

    with pytest.raises(ImportError, match="cannot import"):
        exec(compile_program("import json", "p.py"), {"__builtins__": safe_builtins({})})
