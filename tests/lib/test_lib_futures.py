"""`concurrent.futures` within the limits of a vessel; what CPython does as well is compared in `programs/`."""

from tests.lib.conftest import Run

FEW = """
def few(*arguments):
    if len(started) >= most:
        raise ResourceExhaustedError("no more")
    started.append(1)
    createthread(*arguments)
started = []
most = int(callargs[0])
context = _context.copy()
context["createthread"] = few
context["started"] = started
createvirtualnamespace({inner!r}, "inner").evaluate(context)
"""


def test_given_fewer_threads_than_wanted_when_a_pool_works_then_those_do_all_of_it(run: Run) -> None:
    inner = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(10) as pool:\n"
        "    print(sum(pool.map(lambda number: sleep(0.001) or number, range(50))), len(started) <= 2)\n"
    )
    assert run(FEW.format(inner=inner), "2") == "1225 True\n"


def test_given_no_thread_at_all_when_a_call_is_submitted_then_that_is_told(run: Run) -> None:
    inner = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(10)\n"
        "for kind in (RuntimeError, ResourceExhaustedError):\n"
        "    try:\n        pool.submit(print, 'never')\n    except kind as why:\n        print(why)\n"
        "pool.shutdown()\n"
    )
    assert run(FEW.format(inner=inner), "0") == "can't start new thread: no more\n" * 2


def test_given_a_callback_that_fails_when_a_call_is_over_then_it_is_told_and_the_others_are_called(run: Run) -> None:
    program = (
        "from concurrent.futures import Future\n"
        "future = Future()\n"
        "future.add_done_callback(lambda done: 1 / 0)\n"
        "future.add_done_callback(lambda done: print('called', done.result()))\n"
        "future.set_result(5)\n"
    )
    told = run(program)
    assert told.startswith("exception calling callback for <Future at ")
    assert told.endswith("ZeroDivisionError: division by zero\ncalled 5\n")


def test_given_an_initializer_that_fails_when_the_pool_is_used_then_it_is_broken(run: Run) -> None:
    program = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from concurrent.futures import BrokenExecutor\n"
        "pool = ThreadPoolExecutor(1, initializer=lambda: [][1])\n"
        "try:\n    pool.submit(print, 'never').result()\nexcept BrokenExecutor as why:\n    print(why)\n"
        "try:\n    pool.submit(print, 'never')\nexcept BrokenExecutor as why:\n    print(why)\n"
    )
    told = run(program)
    assert told.startswith("Exception in initializer:\nTraceback")
    assert told.endswith(
        "IndexError: list index out of range\nA thread initializer failed\n"
        "A thread initializer failed, the thread pool is not usable anymore\n"
    )


def test_given_a_pool_that_has_been_idle_when_it_gets_work_then_a_thread_begins_anew(run: Run) -> None:
    program = (
        "import threading\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(3)\n"
        "print(pool.submit(lambda: 1).result())\n"
        "while threading.active_count() > 1:\n    sleep(0.001)\n"
        "print(pool.submit(lambda: 2).result())\n"
    )
    assert run(program) == "1\n2\n"
