"""`sys` has what is harmless, and nothing that leads to the interpreter."""

import pytest
from tests.lib.conftest import Run

CALLED = "import sys\nprint(sys.argv)"


@pytest.mark.parametrize(
    "name",
    ["modules", "path", "meta_path", "_getframe", "settrace", "setprofile", "stdin", "gettrace", "addaudithook"],
)
def test_given_what_reaches_the_interpreter_when_a_program_wants_it_then_it_is_not_there(run: Run, name: str) -> None:
    assert run(f"import sys\nprint(hasattr(sys, {name!r}))") == "False\n"


def test_given_arguments_when_a_program_asks_then_they_follow_its_name(run: Run) -> None:
    assert run(CALLED, "one", "two") == "['program.py', 'one', 'two']\n"


def test_given_a_namespace_when_it_asks_for_arguments_then_it_has_those_of_its_context(run: Run) -> None:
    program = (
        f"inside = createvirtualnamespace({CALLED!r}, 'inside')\n"
        "inside.evaluate({'callargs': ['its own'], 'print': print})\n"
        "inside.evaluate({'callargs': None, 'print': print})\n"
        "inside.evaluate({'print': print})\n"
    )
    assert run(program, "one") == "['inside', 'its own']\n['inside']\n['inside']\n"


def test_given_a_module_of_the_program_when_it_asks_for_arguments_then_they_are_the_program_s(run: Run) -> None:
    program = (
        "with open('helper.py', 'w') as file:\n    file.write('import sys\\nprint(sys.argv)')\n"
        "import sys\nsys.argv.append('more')\nimport helper\n"
    )
    assert run(program, "one") == "['program.py', 'one', 'more']\n"


def test_given_a_program_that_another_chains_to_when_it_asks_for_arguments_then_they_are_its_own(run: Run) -> None:
    program = (
        f"with open('second.py', 'w') as file:\n    file.write({CALLED!r})\n"
        "callargs.insert(0, 'second.py')\ndy_dispatch_module()\n"
    )
    assert run(program, "one") == "['second.py', 'one']\n"


def test_given_an_exit_code_when_a_program_exits_then_it_is_its_outcome(run: Run) -> None:
    assert run("import sys\nsys.exit('the reason')", outcome=1) == "repy: exited: the reason\n"
    assert run("import sys\nsys.exit()") == ""


def test_given_a_stream_when_it_is_written_to_then_it_is_the_log_whichever_it_is(run: Run) -> None:
    program = "import sys\nprint('a', file=sys.stderr)\nsys.stderr.write('b\\n')\nsys.stdout.write('c\\n')"
    assert run(program) == "a\nb\nc\n"


def test_given_an_exception_when_it_is_asked_for_then_the_report_on_it_stays_the_same(run: Run) -> None:
    program = (
        "import sys\n"
        "try:\n    1 / 0\n"
        "except ZeroDivisionError as why:\n"
        "    assert sys.exception() is why and sys.exc_info()[2] is None\n"
        "    print(getlasterror(), end='')\n"
    )
    assert "seattlelib" not in run(program)
