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


def test_given_only_daemons_still_run_when_the_main_part_is_over_then_so_is_the_program(check: Check) -> None:
    program = """
        def forever():
            print("begins")
            begun.release()
            sleep(60)
            print("never")
        def last():
            print("last")
        begun = createlock()
        begun.acquire(True)
        createthread(forever, True)
        begun.acquire(True)
        createthread(last, False)
        """
    assert check(program) == "begins\nlast\n"


def test_given_a_daemon_has_ended_when_others_still_run_then_the_program_waits_for_them(check: Check) -> None:
    program = """
        def daemon():
            ended.release()
        def later():
            ended.acquire(True)
            print("later")
        ended = createlock()
        ended.acquire(True)
        createthread(later)
        createthread(daemon, True)
        """
    assert check(program) == "later\n"


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


def test_given_system_exit_in_the_main_part_when_threads_still_run_then_the_program_ends_after_them(run: Run) -> None:
    program = """
        def later():
            sleep(0.05)
            print("later")
        createthread(later)
        createthread(lambda: sleep(1000), True)
        raise SystemExit(3)
        """
    result = run(program)
    assert (result.kind, result.detail, result.code, result.output) == ("exited", "3", 1, "later\n")


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
        print(sorted(set(usage) - set(limits)), usage["threadcpu"] < getresources()[1]["threadcpu"])
        print(usage["memory"] > 1_000_000, usage["cpu"] > 0)
        limits["events"] = 1000
        usage.clear()
        print(getresources()[0]["events"], len(getresources()[1]) >= len(names))
        """
    assert check(program, limits={"events": 7, "messport": [63100]}) == (
        "7 {63100} 1 []\n['threadcpu', 'traffic'] True\nTrue True\n7 True\n"
    )


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


@pytest.mark.parametrize(("code", "detail"), [("SystemExit", "0"), ("SystemExit(3)", "3")])
def test_given_system_exit_in_a_thread_when_nobody_catches_it_then_the_whole_program_ends(
    run: Run, code: str, detail: str
) -> None:
    result = run(f"def end():\n    raise {code}\ncreatethread(end)\nsleep(1000)\nprint('later')")
    assert (result.kind, result.detail, result.output) == ("exited", detail, "")


def test_given_an_exception_in_the_main_part_when_threads_still_run_then_the_program_ends_without_them(
    run: Run,
) -> None:
    result = run("createthread(lambda: sleep(1000))\nraise ValueError('over')")
    assert result.kind == "exception"
    assert result.detail.endswith("ValueError: over\n")


def test_given_several_threads_that_fail_at_once_when_the_program_ends_then_there_is_one_outcome(run: Run) -> None:
    program = """
        gate = createlock()
        gate.acquire(True)
        def fail():
            while not gate.acquire(False):
                pass
            gate.release()
            1 // 0
        for number in range(8):
            createthread(fail)
        gate.release()
        sleep(1000)
        """
    result = run(program)
    assert result.kind == "exception"
    assert result.detail.count("ZeroDivisionError") == 1


def test_given_threads_that_ended_when_new_ones_are_made_then_no_name_comes_again(check: Check) -> None:
    program = """
        names = []
        for number in range(30):
            done = createlock()
            done.acquire(True)
            def work():
                names.append(getthreadname())
                names.append(getthreadname())
                done.release()
            while True:
                try:
                    createthread(work)
                    break
                except ResourceExhaustedError:
                    sleep(0.001)
            done.acquire(True)
        print(len(names), len(set(names)), getthreadname() in names)
        """
    assert check(program, limits={"events": 3}) == "60 30 False\n"


def test_given_threads_that_wait_for_each_other_for_ever_when_stopped_then_the_program_is_over(
    start: Callable[..., Any],
) -> None:
    program = """
        one, two, ready = createlock(), createlock(), createlock()
        ready.acquire(True)
        def work():
            two.acquire(True)
            ready.release()
            one.acquire(True)
        one.acquire(True)
        createthread(work)
        ready.acquire(True)
        print("both wait")
        two.acquire(True)
        """
    run = start(program)
    run.wait_for_output("both wait")
    run.stop("its owner")
    assert run.wait()[1:3] == ("stopped", "its owner")


@pytest.mark.unwatched
def test_given_memory_that_is_full_when_threads_are_wanted_then_each_is_refused_and_all_goes_on(check: Check) -> None:
    program = """
        def fill():
            kept, size = [], 1 << 20
            while size > 1000:
                try:
                    while True:
                        kept.append(bytes(size))
                except MemoryError:
                    size //= 2
            return kept
        def attempt():
            try:
                createthread(lambda: None)
            except ResourceExhaustedError:
                return 1
            return 0
        refused = [0] * 30
        kept = fill()
        for number in range(30):
            refused[number] = attempt()
        kept.clear()
        print(sum(refused) > 0, len(randombytes()), getresources()[1]["events"] <= 30)
        deadline = getruntime() + 20
        while getresources()[1]["events"] > 1 and getruntime() < deadline:
            sleep(0.01)
        print(getresources()[1]["events"])
        """
    assert check(program, limits={"events": 50, "memory": 60_000_000}) == "True 1024 True\n1\n"


def test_given_an_exception_that_was_caught_in_a_thread_when_asked_for_then_each_thread_hears_of_its_own(
    check: Check,
) -> None:
    program = """
        turn = createlock()
        turn.acquire(True)
        def work():
            try:
                raise ValueError("of the thread")
            except ValueError:
                mycontext["report"] = getlasterror()
                turn.release()
        try:
            raise KeyError("of the main part")
        except KeyError:
            createthread(work)
            turn.acquire(True)
            print("KeyError: 'of the main part'" in getlasterror(), getlasterror())
        print("ValueError: of the thread" in mycontext["report"], "main part" in mycontext["report"])
        """
    assert check(program) == "True None\nTrue False\n"


def test_given_a_lock_when_held_by_with_then_it_is_free_after_it_also_when_that_fails(check: Check) -> None:
    program = """
        lock = createlock()
        with lock:
            print(lock.acquire(False))
        try:
            with lock:
                raise KeyError
        except KeyError:
            print(lock.acquire(False))
        """
    assert check(program) == "False\nTrue\n"


def test_given_threads_that_count_under_a_lock_when_they_are_done_then_nothing_was_lost(check: Check) -> None:
    program = """
        lock = createlock()
        mycontext["count"] = 0
        def work():
            for number in range(200):
                lock.acquire(True)
                before = mycontext["count"]
                if number % 20 == 0:
                    sleep(0)
                mycontext["count"] = before + 1
                lock.release()
        for number in range(8):
            createthread(work)
        deadline = getruntime() + 20
        while mycontext["count"] < 1600 and getruntime() < deadline:
            sleep(0.01)
        print(mycontext["count"])
        """
    assert check(program) == "1600\n"


def test_given_handles_of_every_kind_when_used_as_objects_then_they_are_opaque(
    check: Check, ports: Callable[[int], list[int]]
) -> None:
    program = """
        port = int(callargs[0])
        handles = [openfile("f", True), createlock(), createvirtualnamespace("", "n")]
        handles += [listenformessage("127.0.0.1", port), listenforconnection("127.0.0.1", port)]
        print(len({handle: 1 for handle in handles}), handles[0] == handles[0], handles[0] == handles[1])
        for handle in handles:
            for attempt in (lambda: iter(handle), lambda: len(handle), lambda: handle[0], lambda: handle()):
                try:
                    attempt()
                    print("possible", handle)
                except TypeError:
                    pass
            if hasattr(handle, "nothing"):
                print("has everything", handle)
        import copy
        for handle in handles:
            try:
                copy.copy(handle)
                print("copied", handle)
            except TypeError:
                pass
        """
    given = ports(1)
    assert check(program, *given, limits={"messport": given, "connport": given}) == "5 True False\n"


def test_given_the_context_when_a_name_is_set_or_taken_out_then_it_is_the_programs_own_global(check: Check) -> None:
    program = """
        _context["x"] = 1
        print(x, "x" in _context, _context["_context"] is _context, type(_context) is SafeDict)
        del _context["x"]
        try:
            x
        except NameError:
            print("gone")
        """
    assert check(program) == "1 True True True\ngone\n"
