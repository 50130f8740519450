"""What `threading` does with the limits of a vessel; all that Python does, too, is compared in `programs/`."""

from tests.lib.conftest import Run


def test_given_a_thread_that_fails_when_nobody_catches_it_then_it_is_reported_and_the_program_goes_on(run: Run) -> None:
    program = (
        "import threading\n"
        "def fail():\n    1 / 0\n"
        "thread = threading.Thread(target=fail, name='failing')\n"
        "thread.start()\nthread.join()\nprint('goes on')\n"
    )
    told = run(program)
    assert told.startswith("Exception in thread failing:\n")
    assert 'File "program.py", line 3, in fail' in told
    assert told.endswith("ZeroDivisionError: division by zero\ngoes on\n")


def test_given_all_events_are_taken_when_a_thread_starts_then_both_python_s_and_repy_s_error_are_raised(
    run: Run,
) -> None:
    program = (
        "import threading\n"
        "end = threading.Event()\n"
        "threads = []\n"
        "try:\n"
        "    while True:\n"
        "        thread = threading.Thread(target=end.wait)\n"
        "        thread.start()\n"
        "        threads.append(thread)\n"
        "except RuntimeError as why:\n"
        "    print(isinstance(why, ResourceExhaustedError), thread.is_alive(), len(threads) > 100)\n"
        "print(threading.active_count() == len(threads) + 1)\n"
        "end.set()\n"
        "threads[0].join()\n"
        "while getresources()[1]['events'] == len(threads) + 1:\n"
        "    sleep(0.001)\n"
        "thread.start()\n"
        "thread.join()\n"
        "print(thread.is_alive())\n"
    )
    assert run(program) == "True False True\nTrue\nFalse\n"


def test_given_a_thread_of_the_api_when_it_asks_who_it_is_then_it_is_the_same_each_time(run: Run) -> None:
    program = (
        "import threading\n"
        "def work():\n"
        "    me = threading.current_thread()\n"
        "    print(me is threading.current_thread(), me is threading.main_thread(), me.name == getthreadname())\n"
        "createthread(work)\n"
    )
    assert run(program) == "True False True\n"


def test_given_a_call_that_knows_one_kind_of_thread_when_a_daemon_is_started_then_it_is_an_ordinary_one(
    run: Run,
) -> None:
    inner = (
        "import threading\n"
        "thread = threading.Thread(target=print, args=('runs',), daemon=True)\n"
        "thread.start()\nthread.join()\n"
    )
    program = (
        "def one_kind(*arguments):\n"
        "    if len(arguments) != 1:\n        raise RepyArgumentError('one argument')\n"
        "    createthread(*arguments)\n"
        "context = _context.copy()\n"
        "context['createthread'] = one_kind\n"
        f"createvirtualnamespace({inner!r}, 'inner').evaluate(context)\n"
    )
    assert run(program) == "runs\n"
