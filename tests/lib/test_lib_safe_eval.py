"""`safe_eval`: the value of an expression, and nothing else."""

import pytest
from tests.lib.conftest import Run


def test_given_an_expression_when_it_is_evaluated_then_it_has_the_names_of_its_context(run: Run) -> None:
    program = (
        "import safe_eval\n"
        "names = {'x': [1, 2], 'f': len}\n"
        "print(safe_eval.safe_eval('f(x) + 3', names), list(names))\n"
        "print(safe_eval.safe_eval('[n * n\\n for n in range(3)]'))\n"
    )
    assert run(program) == "5 ['x', 'f']\n[0, 1, 4]\n"


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("openfile('f', True)", "NameError"),
        ("sleep(1)", "NameError"),
        ("().__class__", "CodeUnsafeError"),
        ("import os", "CodeUnsafeError"),
        ("eval('1')", "CodeUnsafeError"),
        ("1)\nlog('out'\n(1", "CodeUnsafeError"),
        ("1)\nlog('out')\n(1", "NameError"),
    ],
)
def test_given_what_its_context_does_not_lead_to_when_it_is_evaluated_then_it_fails(
    run: Run, expression: str, error: str
) -> None:
    program = (
        f"import safe_eval\ntry:\n    safe_eval.safe_eval({expression!r}, {{'x': 1}})\n"
        "except Exception as why:\n    print(type(why).__name__)\n"
    )
    assert run(program) == f"{error}\n"
