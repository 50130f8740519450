"""Functions that ran while somebody watched have copies of their code, side by side, and do what they did before.

Seen in an interpreter of its own: all functions of the process are concerned.
"""

import subprocess
import sys

PROGRAM = """
import os
from contextlib import closing
from seattle.repy import gaps
from seattle.repy.hot_code import Watch, all_functions

def here(count, step=2):
    return [one * step for one in range(count)] + list(twice(count))

def twice(count):
    made = lambda one: one + count
    yield from map(made, range(2))

def there():
    return 1

def never():
    return 2

def makes_another():
    def another():
        return 3
    return another

far_apart, between = [], []
for number in range(64):
    names = {}
    exec(f"def one_of_many():\\n    return {number}", names)
    far_apart.append(names["one_of_many"])
    size = names["one_of_many"].__code__.__sizeof__() - b"".__sizeof__()
    between += [b"x" * size for _ in range(40)]

def pages():
    return len({id(function.__code__) // 4096 for function in far_apart})

def run():
    assert here(3) == [0, 2, 4, 3, 4]
    assert makes_another()() == 3
    assert [function() for function in far_apart] == list(range(64))

ALL = [here, twice, there, never, makes_another, run]
before = {function: function.__code__ for function in ALL}
inner, scattered = makes_another().__code__, pages()
with closing(Watch()) as watch:
    if os.fork() == 0:
        watch.begin()
        run()
        if os.fork() == 0:
            there()
            os._exit(0)
        os.wait()
        os._exit(0)
    os.wait()
    filling = gaps.fill()
    watch.bring_together(all_functions())
run()
CHECK
"""


def check(statement: str, expected: str) -> None:
    words = [sys.executable, "-c", PROGRAM.replace("CHECK", statement)]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip() == expected


def test_given_functions_of_which_some_ran_when_brought_together_then_those_have_copies_of_their_code() -> None:
    moved = "[function.__name__ for function in ALL if function.__code__ is not before[function]]"
    check(f"print(*{moved})", "here twice there makes_another run")


def test_given_a_function_that_another_makes_when_brought_together_then_its_code_is_copied_as_well() -> None:
    check("print(makes_another().__code__ is inner, makes_another().__code__ == inner)", "False True")


def test_given_functions_far_apart_when_brought_together_then_their_code_lies_on_few_pages() -> None:
    check("print(scattered > 32, pages() < 8)", "True True")
