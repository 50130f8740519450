"""`cv`: condition variables by handle."""

from tests.lib.conftest import Run

WAITING = (
    "import cv, threading\n"
    "handle, order = cv.create(), []\n"
    "def wait(number):\n    cv.wait(handle)\n    order.append(number)\n"
    "threads = [threading.Thread(target=wait, args=(number,)) for number in range(4)]\n"
    "for number, thread in enumerate(threads):\n"
    "    thread.start()\n"
    "    while len(cv._variables[handle]) <= number:\n        sleep(0.001)\n"
)


def test_given_several_who_wait_when_one_is_notified_then_it_is_who_has_waited_longest(run: Run) -> None:
    program = f"{WAITING}cv.notify_one(handle)\nthreads[0].join()\nprint(order)\ncv.notify_all(handle)\n"
    assert run(program) == "[0]\n"


def test_given_several_who_wait_when_all_are_notified_then_all_go_on(run: Run) -> None:
    program = f"{WAITING}cv.notify_all(handle)\nfor thread in threads:\n    thread.join()\nprint(sorted(order))\n"
    assert run(program) == "[0, 1, 2, 3]\n"


def test_given_one_who_waits_when_the_variable_is_destroyed_then_it_is_refused(run: Run) -> None:
    program = (
        f"{WAITING}try:\n    cv.cv_destroy(handle)\nexcept RuntimeError:\n    print('in use')\n"
        "cv.cv_notify_all(handle)\ncv.cv_destroy(handle)\n"
        "try:\n    cv.cv_wait(handle)\nexcept ValueError:\n    print('gone')\n"
    )
    assert run(program) == "in use\ngone\n"
