"""`log` and `print`: what gets to the log, byte for byte."""

from collections.abc import Callable

import pytest

Check = Callable[..., str]  # see conftest.py


@pytest.mark.parametrize(
    ("program", "written"),
    [
        ("log('a')", "a"),
        ("log('a', 1, None)", "a 1 None"),
        ("log('a')\nlog('b')", "a b"),
        ("log('a\\n')\nlog('b')", "a\nb"),
        ("log('a', '\\n')", "a \n"),
        ("log('a ')\nlog('b')", "a  b"),
        ("log()", ""),
        ("log(b'\\xff\\x00', 'x')", "\udcff\x00 x"),
        ("log([1, {'a': int}])", "[1, {'a': <class 'int'>}]"),
        ("print()", "\n"),
        ("print('a', 'b', sep='-', end='!')", "a-b!"),
        ("print('a')\nlog('b')", "a\nb"),
        ("print('a', flush=True)", "a\n"),
        ("print('\\ud800')", "?\n"),
        ("log(type(1))", "<class 'int'>"),
    ],
)
def test_given_values_when_they_are_logged_then_the_log_holds_their_text(
    check: Check, program: str, written: str
) -> None:
    assert check(program) == written


def test_given_more_than_a_frame_holds_when_it_is_logged_then_all_of_it_arrives(check: Check) -> None:
    assert check("log('x' * 1_000_000)", limits={"lograte": 10_000_000}) == "x" * 1_000_000


def test_given_a_str_method_that_raises_when_logged_then_the_program_can_catch_it(check: Check) -> None:
    program = """
        class Sulky:
            def __str__(self):
                raise ValueError("no")
        for write in (log, print):
            try:
                write("before", Sulky())
            except ValueError as why:
                print("caught", why)
        """
    assert check(program) == "caught no\ncaught no\n"


def test_given_a_type_when_logged_then_it_is_no_error(check: Check) -> None:
    assert check("class A:\n    pass\nlog(A)").startswith("<class ")


@pytest.mark.parametrize("log", ["log", "write_down"])
def test_given_a_file_when_it_is_printed_to_then_it_gets_the_text_and_the_log_does_not(check: Check, log: str) -> None:
    program = f"""
        class File:
            def write(self, text):
                written.append(text)
            def flush(self):
                written.append(None)
        def write_down(*values):
            log(*values)
        written = []
        context = _context.copy()
        context.update(dict(written=written, File=File, log={log}))
        inner = "print('a', 1, file=File())\\nprint('b', file=File(), flush=True)"
        createvirtualnamespace(inner, "inner").evaluate(context)
        log(written)
        """
    assert check(program) == "['a 1\\n', 'b\\n', None]"


def test_given_texts_of_a_class_of_its_own_when_a_file_gets_them_then_they_are_plain(check: Check) -> None:
    program = """
        class Text(str):
            def __str__(self):
                return self
        class File:
            def write(self, text):
                log(type(text) is str, text)
        print(Text("x"), end="", file=File())
        """
    assert check(program) == "True x"


def test_given_no_file_when_it_is_printed_to_then_it_is_python_s_error(check: Check) -> None:
    program = "try:\n    print('a', file=1)\nexcept AttributeError as why:\n    log(why)"
    assert check(program) == "'int' object has no attribute 'write'"


def test_given_many_threads_when_they_print_then_no_line_is_torn(check: Check) -> None:
    program = """
        def work():
            for number in range(50):
                print("word " * 20)
        for number in range(10):
            createthread(work)
        """
    assert check(program).splitlines() == ["word " * 20] * 500
