"""Threads, locks, time, randomness, resources and the last error."""

from collections.abc import Callable
from typing import Any

import pytest

Check = Callable[..., str]  # see conftest.py, as for the next
Run = Callable[..., Any]


def test_given_threads_when_named_then_each_has_its_own_name(check: Check) -> None:
    program = """
        def work():
            print(getthreadname())
        work()
        for number in range(3):
            assert createthread(work) is None
        """
    names = check(program).split()
    assert names[0] == "MainThread"
    assert sorted(names[1:]) == ["_EVENT:Thread:1", "_EVENT:Thread:2", "_EVENT:Thread:3"]


def test_given_methods_and_api_calls_when_made_threads_then_they_run(check: Check) -> None:
    program = """
        class A:
            def work(self):
                print("method")
        createthread(A().work)
        createthread(print)
        """
    assert sorted(check(program).splitlines()) == ["", "method"]


def test_given_the_main_part_is_over_when_threads_still_run_then_the_program_waits_for_them(check: Check) -> None:
    program = """
        def later():
            sleep(0.05)
            createthread(last)
        def last():
            sleep(0.05)
            print("last")
        createthread(later)
        """
    assert check(program) == "last\n"


def test_given_as_many_threads_as_events_when_one_more_is_wanted_then_it_is_exhausted_until_one_ends(
    check: Check,
) -> None:
    program = """
        gate = createlock()
        gate.acquire(True)
        def work():
            gate.acquire(True)
            gate.release()
        for number in range(4):
            createthread(work)
        try:
            createthread(work)
        except ResourceExhaustedError:
            print("exhausted", getresources()[1]["events"])
        gate.release()
        deadline = getruntime() + 20
        while getresources()[1]["events"] > 1 and getruntime() < deadline:
            sleep(0.002)
        createthread(work)
        print("again")
        """
    assert check(program, limits={"events": 5}) == "exhausted 5\nagain\n"


def test_given_the_default_of_a_thousand_events_when_all_are_used_then_nothing_breaks(check: Check) -> None:
    program = """
        gate = createlock()
        gate.acquire(True)
        made = 0
        try:
            while True:
                createthread(lambda: gate.acquire(True) and gate.release())
                made += 1
        except ResourceExhaustedError as why:
            print(0 < made < 1000, getresources()[1]["events"] == made + 1)
        gate.release()
        """
    assert check(program, limits={"events": 1000}) == "True True\n"


def test_given_an_exception_in_a_thread_when_uncaught_then_the_whole_program_ends(run: Run) -> None:
    program = """
        def fail():
            {}["nothing"]
        createthread(fail)
        sleep(1000)
        """
    result = run(program)
    assert result.kind == "exception"
    assert result.detail.endswith("KeyError: 'nothing'\n")
    assert "line 3, in fail" in result.detail


def test_given_a_lock_when_used_in_every_way_then_it_is_not_reentrant_and_anybody_may_release_it(check: Check) -> None:
    program = """
        lock = createlock()
        print(lock.acquire(True), lock.acquire(False), lock.release(), lock.acquire(False))
        createthread(lock.release)
        print(lock.acquire(True), lock.release())
        try:
            lock.release()
        except LockDoubleReleaseError:
            print("double")
        """
    assert check(program) == "True False None True\nTrue None\ndouble\n"


def test_given_a_sleep_when_it_is_over_then_it_was_no_shorter(check: Check) -> None:
    program = """
        before = getruntime()
        for seconds in (0, 0.0, 0.05, 0.1):
            assert sleep(seconds) is None
        print(getruntime() - before >= 0.15, before > 0, type(before) is float)
        """
    assert check(program) == "True True True\n"


def test_given_exitall_when_called_then_no_finally_runs_and_no_thread_goes_on(run: Run) -> None:
    program = """
        def other():
            sleep(1000)
        createthread(other)
        def work():
            try:
                print("before")
                exitall()
            finally:
                print("after")
        createthread(work)
        sleep(1000)
        """
    result = run(program)
    assert (result.kind, result.code, result.output) == ("exited", 0, "before\n")


@pytest.mark.parametrize(
    ("statement", "detail", "code"), [("raise SystemExit", "0", 0), ("raise SystemExit(3)", "3", 1)]
)
def test_given_system_exit_when_it_reaches_the_top_then_the_outcome_is_recorded(
    run: Run, statement: str, detail: str, code: int
) -> None:
    result = run(statement)
    assert (result.kind, result.detail, result.code) == ("exited", detail, code)


def test_given_random_bytes_when_asked_for_then_they_are_1024_and_never_the_same(check: Check) -> None:
    program = """
        one, two = randombytes(), randombytes()
        print(type(one) is bytes, len(one), len(two), one != two, len(set(one)) > 200)
        print(0 < getresources()[1]["random"] <= 2048)
        """
    assert check(program) == "True 1024 1024 True True\nTrue\n"


def test_given_resources_when_asked_for_then_every_name_is_there_with_its_type(check: Check) -> None:
    program = """
        limits, usage, stops = getresources()
        names = ("cpu memory diskused events fileread filewrite filesopened insockets outsockets netsend netrecv "
                 "loopsend looprecv lograte random messport connport").split()
        for name in names:
            kind = set if name.endswith("port") else (int, float)
            assert isinstance(limits[name], kind), name
            assert isinstance(usage[name], kind), name
        print(limits["events"], limits["messport"], usage["events"], stops)
        print(usage["memory"] > 1_000_000, usage["cpu"] > 0)
        limits["events"] = 1000
        usage.clear()
        print(getresources()[0]["events"], len(getresources()[1]) >= len(names))
        """
    assert check(program, limits={"events": 7, "messport": [63100]}) == "7 {63100} 1 []\nTrue True\n7 True\n"


def test_given_an_exception_being_handled_when_asked_for_then_it_is_its_report(check: Check) -> None:
    program = """
        print(getlasterror())
        try:
            {}["nothing"]
        except KeyError:
            print(getlasterror())
        print(getlasterror())
        """
    assert check(program) == (
        'None\nTraceback (most recent call last):\n  File "program.py", line 4, in <module>\n'
        "    {}[\"nothing\"]\nKeyError: 'nothing'\n\nNone\n"
    )


def test_given_arguments_when_the_program_starts_then_they_are_its_callargs(check: Check) -> None:
    output = check("print(callargs, callfunc, mycontext)", "a", "", "ä b", "--flag")
    assert output == "['a', '', 'ä b', '--flag'] initialize {}\n"
