"""`listops` and `uniqueid`: the small helpers."""

import pytest
from tests.lib.conftest import Run


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("uniq([3, 1, 3, 2, 1])", "[3, 1, 2]"),
        ("uniq([[1], [2], [1]])", "[[1], [2]]"),
        ("union([1, 2, 2], [3, 2])", "[1, 2, 3]"),
        ("intersect([3, 1, 2, 3], [2, 3])", "[3, 2]"),
        ("intersect([[1], 2, (3,)], [(3,), [1]])", "[[1], (3,)]"),
        ("difference([3, 1, 2, 1], [2])", "[3, 1]"),
        ("difference([{'a': 1}, 5], [{'a': 1}])", "[5]"),
        ("difference([], [1])", "[]"),
    ],
)
def test_given_lists_when_they_are_put_together_then_their_order_stays(run: Run, expression: str, result: str) -> None:
    program = f"import listops\nprint(listops.{expression})\nprint(listops.listops_{expression})"
    assert run(program) == f"{result}\n{result}\n"


def test_given_many_threads_when_they_ask_for_numbers_then_none_is_had_twice(run: Run) -> None:
    program = (
        "import uniqueid, threading\n"
        "found = []\n"
        "def work():\n    found.extend(uniqueid.uniqueid_getid() for _ in range(200))\n"
        "threads = [threading.Thread(target=work) for _ in range(5)]\n"
        "for thread in threads:\n    thread.start()\n"
        "for thread in threads:\n    thread.join()\n"
        "print(len(found), len(set(found)))\n"
    )
    assert run(program) == "1000 1000\n"
