"""The reference's `argparse`, which `dy_import_module` gives."""

import pytest
from tests.lib.conftest import Run


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ("scan_bool(['-v', 'x'], '-v')", "True"),
        ("scan_bool(['x'], '-v')", "False"),
        ("scan_bool(['x'], '-v', True)", "True"),
        ("scan_str(['-n', 'a', '-n', 'b'], '-n')", "a"),
        ("scan_str([], '-n', 'usual')", "usual"),
        ("scan_str(['-n'], '-n')", "ArgparseError"),
        ("scan_int(['-n', '5'], '-n')", "5"),
        ("scan_int([], '-n')", "False"),
        ("scan_int(['-n', 'five'], '-n')", "ArgparseError"),
    ],
)
def test_given_arguments_when_an_option_is_looked_for_then_the_first_is_found(run: Run, call: str, result: str) -> None:
    program = (
        "m = dy_import_module('argparse.r2py')\n"
        f"try:\n    print(m.argparse_{call})\nexcept m.ArgparseError as why:\n    print('ArgparseError')\n"
    )
    assert run(program) == f"{result}\n"
