"""`parallelize`: calls for many targets, and what came of each."""

from tests.lib.conftest import Run

WORK = (
    "import parallelize\n"
    "def work(target, *extra):\n"
    "    if target == 3:\n        raise ValueError('three')\n"
    "    return (target, *extra)\n"
)


def test_given_targets_when_all_calls_were_made_then_each_has_its_result(run: Run) -> None:
    program = (
        f"{WORK}handle = parallelize.start(range(5), work, 2, 'more')\n"
        "print(parallelize.wait(handle, 30), parallelize.is_finished(handle))\n"
        "found = parallelize.results(handle)\n"
        "print(sorted(found['returned']), found['exception'], found['aborted'])\n"
    )
    assert run(program) == (
        "True True\n"
        "[(0, (0, 'more')), (1, (1, 'more')), (2, (2, 'more')), (4, (4, 'more'))] [(3, 'ValueError: three')] []\n"
    )


def test_given_one_thread_when_it_works_then_it_begins_at_the_end_of_the_list(run: Run) -> None:
    program = (
        f"{WORK}handle = parallelize.start([0, 1, 2], work, 1)\nparallelize.wait(handle)\n"
        "print([target for target, _ in parallelize.results(handle)['returned']])\n"
    )
    assert run(program) == "[2, 1, 0]\n"


def test_given_no_targets_when_it_starts_then_it_is_over(run: Run) -> None:
    assert run(f"{WORK}print(parallelize.is_finished(parallelize.start([], work)))") == "True\n"


def test_given_a_running_job_when_it_is_aborted_then_what_has_not_begun_is_told(run: Run) -> None:
    program = (
        "import parallelize, threading\n"
        "begun, end = threading.Event(), threading.Event()\n"
        "def work(target):\n    begun.set()\n    end.wait()\n    return target * 10\n"
        "handle = parallelize.start([1, 2, 3], work, 1)\n"
        "begun.wait()\n"
        "print(parallelize.abort(handle), parallelize.abort(handle), parallelize.is_finished(handle))\n"
        "end.set()\nparallelize.wait(handle)\nprint(parallelize.results(handle))\n"
    )
    assert run(program) == "True False False\n{'exception': [], 'aborted': [1, 2], 'returned': [(3, 30)]}\n"


def test_given_few_events_when_more_threads_are_wanted_then_there_are_fewer(run: Run) -> None:
    program = (
        f"{WORK}handle = parallelize.start(range(4, 2000), work, 1990)\n"
        "print(parallelize.wait(handle, 60), len(parallelize.results(handle)['returned']))\n"
    )
    assert run(program) == "True 1996\n"


def test_given_a_closed_job_when_it_is_asked_for_then_there_is_none(run: Run) -> None:
    program = (
        "m = dy_import_module('parallelize.r2py')\n"
        "handle = m.parallelize_initfunction([], print)\n"
        "print(m.parallelize_closefunction(handle), m.parallelize_closefunction(handle))\n"
        "try:\n    m.parallelize_getresults(handle)\n"
        "except m.ParallelizeError:\n    print('unknown')\n"
    )
    assert run(program) == "True False\nunknown\n"
