"""`priority_queue`: the lowest first."""

from tests.lib.conftest import Run

QUEUE = "import priority_queue\nqueue = priority_queue.PriorityQueue()\n"


def test_given_values_when_they_are_taken_then_the_lowest_priority_comes_first(run: Run) -> None:
    program = (
        f"{QUEUE}for priority in (5, 1, 3):\n    queue.insert(priority, str(priority))\n"
        "print(queue.getMinimum(), len(queue))\n"
        "print(queue.deleteMinimum(), queue.deleteMinimum(), queue.deleteMinimum(), queue.deleteMinimum())\n"
        "print(queue.getMinimum(), len(queue))\n"
    )
    assert run(program) == "(1, '1') 3\n(1, '1') (3, '3') (5, '5') None\nNone 0\n"


def test_given_a_queue_that_has_been_emptied_often_when_it_is_looked_at_then_nothing_stays_behind(run: Run) -> None:
    program = (
        f"{QUEUE}for number in range(100):\n    queue.insert(number, number)\n    queue.deleteMinimum()\n"
        "    queue.deleteMinimum()\n"
        "print(len(queue), queue._heap)\n"
    )
    assert run(program) == "0 []\n"


def test_given_one_priority_when_values_can_t_be_compared_then_the_first_comes_first(run: Run) -> None:
    program = (
        f"{QUEUE}for number in range(3):\n    queue.insert(0, {{number: None}})\n"
        "print([list(queue.delete_minimum()[1])[0] for _ in range(3)])\n"
    )
    assert run(program) == "[0, 1, 2]\n"
