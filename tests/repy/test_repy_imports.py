"""`import` of the program's own files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Check = Callable[..., str]  # see conftest.py, as for the next
Run = Callable[..., Any]


@pytest.fixture
def write(vessel: Path) -> Callable[..., None]:
    """Write files of the vessel, by name without `.py`."""

    def write(**texts: str) -> None:
        for name, text in texts.items():
            (vessel / f"{name}.py").write_text(text)

    return write


Write = Callable[..., None]


def test_given_a_file_when_imported_then_it_is_a_module_which_is_run_once(check: Check, write: Write) -> None:
    write(helper='"""Help."""\nprint("running", __name__, callfunc, callargs)\nx = 1\ndef f():\n    return x\n')
    program = """
        import helper
        import helper as again
        from helper import f, x
        helper.x = 5
        print(helper, again is helper, f(), x, helper.__doc__, helper.__name__, hasattr(helper, "log"))
        """
    assert check(program, "a") == "running helper import ['a']\n<module 'helper'> True 5 1 Help. helper False\n"


def test_given_modules_that_import_each_other_when_imported_then_each_sees_what_there_is_so_far(
    check: Check, write: Write
) -> None:
    write(
        one="import two\nx = two.y\ndef f():\n    return two.g()\n",
        two="import one\ny = hasattr(one, 'x')\ndef g():\n    return one.x\n",
    )
    assert check("import one\nprint(one.x, one.f())") == "False False\n"


def test_given_modules_when_they_share_mycontext_then_all_see_the_same(check: Check, write: Write) -> None:
    write(helper="mycontext['x'] = 1\n")
    assert check("import helper\nprint(mycontext)") == "{'x': 1}\n"


def test_given_a_file_named_like_a_library_module_when_imported_then_the_librarys_comes(
    check: Check, write: Write
) -> None:
    write(json="x = 1\n")
    assert check("import json\nprint(json.dumps([1]))") == "[1]\n"


@pytest.mark.parametrize("name", ["nothing", "Helper", "a.b", "helper.x"])
def test_given_no_such_file_when_imported_then_the_error_names_it(check: Check, write: Write, name: str) -> None:
    write(helper="x = 1\n")
    program = f"""
        try:
            import {name}
        except ModuleNotFoundError as why:
            print(why)
        """
    assert f"there is no module {name!r}" in check(program)


def test_given_a_name_that_is_not_there_when_imported_from_a_module_then_it_is_an_import_error(
    check: Check, write: Write
) -> None:
    write(helper="x = 1\n")
    program = """
        try:
            from helper import y
        except ImportError as why:
            print(why)
        try:
            from helper import log
        except ImportError as why:
            print(why)
        """
    first, second = check(program).splitlines()
    assert "'y' from 'helper'" in first
    assert "'log' from 'helper'" in second


def test_given_unsafe_text_when_imported_then_the_violations_are_told_and_nothing_is_run(
    check: Check, write: Write
) -> None:
    write(helper="print('running')\nimport subprocess\nx.__class__\n")
    program = """
        for attempt in range(2):
            try:
                import helper
            except CodeUnsafeError as why:
                print(why)
        """
    lines = check(program).splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["helper.py:2:8:", "helper.py:3:3:"] * 2


def test_given_what_is_no_text_when_imported_then_it_is_refused(check: Check, vessel: Path) -> None:
    (vessel / "helper.py").write_bytes(b"\xff\xfe")
    assert "helper.py" in check("try:\n    import helper\nexcept CodeUnsafeError as why:\n    print(why)")


def test_given_a_module_that_fails_when_imported_then_the_report_has_its_lines_and_the_next_import_tries_again(
    run: Run, write: Write
) -> None:
    write(helper="mycontext['tries'] = mycontext.get('tries', 0) + 1\n1 // (mycontext['tries'] - 2)\n")
    program = """
        import helper
        print("fine")
        try:
            import other
        except ModuleNotFoundError:
            mycontext["tries"] = 1
        import bad
        """
    write(bad="import helper2\n", helper2="mycontext['tries'] += 1\n\n1 // (mycontext['tries'] - 2)\n")
    result = run(program)
    assert result.output == "fine\n"
    assert result.kind == "exception"
    assert '  File "bad.py", line 1, in <module>\n    import helper2\n' in result.detail
    assert "  File \"helper2.py\", line 3, in <module>\n    1 // (mycontext['tries'] - 2)\n" in result.detail
    assert "own_modules" not in result.detail


def test_given_a_file_that_is_open_when_imported_then_the_error_says_so(check: Check, write: Write) -> None:
    write(helper="x = 1\n")
    program = """
        file = openfile("helper.py", False)
        try:
            import helper
        except ImportError as why:
            print(why)
        file.close()
        import helper
        print(helper.x)
        """
    assert check(program) == "helper.py can't be imported while the program has it open\n1\n"


def test_given_threads_when_they_import_the_same_module_then_it_is_run_once_and_all_get_it_whole(
    check: Check, write: Write
) -> None:
    write(helper="sleep(0.1)\nprint('running')\nx = 1\n")
    program = """
        def work():
            import helper
            found.append(helper.x)
        found = []
        for number in range(5):
            createthread(work)
        work()
        while len(found) < 6:
            sleep(0.01)
        print(found)
        """
    assert check(program) == "running\n[1, 1, 1, 1, 1, 1]\n"


def test_given_threads_that_import_in_a_circle_when_they_meet_then_neither_waits_for_ever(
    check: Check, write: Write
) -> None:
    write(one="sleep(0.1)\nimport two\nx = 1\n", two="sleep(0.1)\nimport one\ny = 1\n")
    program = """
        def work():
            import two
            done.append(two)
        done = []
        createthread(work)
        import one
        while not done:
            sleep(0.01)
        print(one.x, done[0].y)
        """
    assert check(program) == "1 1\n"


def test_given_a_module_when_read_then_it_is_charged_like_any_read(check: Check, write: Write) -> None:
    write(helper="x = 1\n" + "#" * 50_000 + "\n")
    program = """
        before = getresources()[1]["fileread"]
        import helper
        print(getresources()[1]["fileread"] - before > 40000)
        """
    assert check(program, limits={"fileread": 60_000}) == "True\n"


@pytest.mark.parametrize(
    "attempt",
    [
        "helper.super = 1",
        "setattr(helper, 'super', 1)",
        "type(helper)()",
        "helper.nothing",
    ],
)
def test_given_a_module_when_misused_then_it_is_refused(check: Check, write: Write, attempt: str) -> None:
    write(helper="x = 1\n")
    program = f"""
        import helper
        try:
            {attempt}
        except (AttributeError, TypeError):
            print("refused")
        """
    assert check(program) == "refused\n"


def test_given_a_module_when_copied_then_it_is_refused(check: Check, write: Write) -> None:
    write(helper="x = 1\n")
    program = """
        import copy, helper
        for way in (copy.copy, copy.deepcopy):
            try:
                way(helper)
            except TypeError as why:
                print(why)
        """
    assert check(program) == "modules cannot be copied\n" * 2
