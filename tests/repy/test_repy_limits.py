"""Every limit, reached by a program: rates make it wait, items are refused, quantities can't be overdrawn."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Check = Callable[..., str]  # see conftest.py, as for the next
Run = Callable[..., Any]
Ports = Callable[[int], list[int]]

MEBIBYTE = 1 << 20

# Something that needs each rate, in a vessel with port `ports[0]`.
NEEDS = {
    "random": ["randombytes()"],
    "lograte": ["log('x')", "log()", "print('x')"],
    "fileread": ["listfiles()", "openfile('there', False)", "removefile('there')", "openfile('new', True)"],
    "filewrite": ["openfile('new', True)", "removefile('there')", "openfile('there', False).writeat('x', 0)"],
    "netsend": ["gethostbyname('localhost')", "getmyip()", "sendmessage('1.1.1.1', 80, 'x', '127.0.0.1', port)"],
    "netrecv": ["gethostbyname('localhost')", "getmyip()", "openconnection('1.1.1.1', 80, '127.0.0.1', port, 1)"],
    "loopsend": [
        "sendmessage('127.0.0.1', port2, 'x', '127.0.0.1', port)",
        "openconnection('127.0.0.1', port2, '127.0.0.1', port, 1)",
        "listenforconnection('127.0.0.1', port).getconnection()",
    ],
    "looprecv": [
        "listenformessage('127.0.0.1', port).getmessage()",
        "openconnection('127.0.0.1', port2, '127.0.0.1', port, 1)",
        "listenforconnection('127.0.0.1', port).getconnection()",
    ],
}
EVERY_NEED = [(rate, call) for rate, calls in NEEDS.items() for call in calls]


@pytest.mark.parametrize(("rate", "call"), EVERY_NEED, ids=[f"{rate}-{call[:30]}" for rate, call in EVERY_NEED])
def test_given_a_rate_of_0_when_it_is_needed_then_it_is_forbidden_and_the_program_goes_on(
    run: Run, ports: Ports, vessel: Path, rate: str, call: str
) -> None:
    (vessel / "there").write_text("")
    program = f"""
        port, port2 = map(int, callargs)
        try:
            {call}
        except ResourceForbiddenError:
            raise SystemExit("forbidden")
        """
    own = ports(2)
    result = run(program, *own, limits={rate: 0, "messport": own, "connport": own})
    assert (result.kind, result.detail) == ("exited", "forbidden")
    assert result.output == ""
    assert [path.name for path in vessel.iterdir()] == ["there"]


@pytest.mark.parametrize(
    ("rate", "statement", "times", "units"),
    [
        ("random", "randombytes()", 4, 1024),
        ("lograte", "log('x' * 1024)", 4, 1024),
        ("fileread", "listfiles()", 4, 4096),
        ("filewrite", "f.writeat(b'x' * 4096, 0)", 4, 4096),
        ("loopsend", "sendmessage('127.0.0.1', port2, 'x' * 936, '127.0.0.1', port)", 4, 1000),
    ],
)
def test_given_a_rate_when_it_is_overdrawn_then_the_program_waits_at_least_as_long_as_the_rate_says(
    check: Check, ports: Ports, rate: str, statement: str, times: int, units: int
) -> None:
    program = f"""
        port, port2 = map(int, callargs)
        f = openfile("f", True)
        before = getruntime()
        for number in range({times}):
            {statement}
        print("\\nwaited", getruntime() - before)
        """
    # A second's worth is free. All that is used beyond it takes its time, 0.3 seconds here.
    own = ports(2)
    output = check(program, *own, limits={rate: times * units / 1.3, "messport": own})
    assert float(output.rpartition("waited ")[2]) >= 0.29


def test_given_several_threads_when_a_rate_is_overdrawn_then_they_wait_for_all_that_was_used(check: Check) -> None:
    program = """
        before = getruntime()
        def work():
            randombytes()
            randombytes()
            if getruntime() - before >= 0.3:
                print("late")
        for number in range(4):
            createthread(work)
        """
    assert "late" in check(program, limits={"random": 8 * 1024 / 1.4})


def test_given_more_memory_than_allowed_when_wanted_then_it_is_a_memory_error_that_can_be_caught(check: Check) -> None:
    program = """
        try:
            bytearray(2 * 64_000_000)
        except MemoryError:
            print("caught")
        try:
            pieces = []
            while True:
                pieces.append(bytearray(1_000_000))
        except MemoryError:
            count = len(pieces)
            pieces = None
            print("again", 5 < count < 64)
        bytearray(10_000_000)
        print("and goes on")
        """
    assert check(program, limits={"memory": 64_000_000}) == "caught\nagain True\nand goes on\n"


def test_given_more_memory_than_allowed_when_not_caught_then_the_outcome_says_so_and_it_is_no_crash(run: Run) -> None:
    result = run("x = [0] * 100_000_000", limits={"memory": 64_000_000})
    assert (result.kind, result.detail.splitlines()[-1][:11]) == ("exception", "MemoryError")


@pytest.mark.unwatched
@pytest.mark.parametrize("events", [1, 20, 1000])
def test_given_any_number_of_events_when_memory_is_full_then_it_is_a_memory_error_with_its_line(
    run: Run, events: int
) -> None:
    # Room for a thousand stacks must not become room for data, and the report needs room, too.
    program = """
        pieces = []
        while True:
            pieces.append(bytes(100_000))
        """
    result = run(program, limits={"memory": 64_000_000, "events": events})
    assert result.kind == "exception"
    assert "line 4, in <module>" in result.detail
    assert result.detail.endswith("MemoryError\n")


@pytest.mark.unwatched
@pytest.mark.parametrize("events", [1, 20, 1000])
def test_given_any_number_of_events_when_memory_is_full_of_small_pieces_then_it_is_a_memory_error(
    run: Run, events: int
) -> None:
    # No line is asked for here. A list takes as much as one entry of a traceback, so when the last such piece is gone
    # Python has nothing to note the line in. Whether a list or its items came last is chance, and differs by version.
    program = """
        pieces = []
        while True:
            pieces.append([len(pieces)] * 10)
        """
    result = run(program, limits={"memory": 64_000_000, "events": events})
    assert result.kind == "exception"
    assert result.detail.endswith("MemoryError\n")


def test_given_too_little_memory_for_an_interpreter_when_launched_then_it_is_refused_with_the_figure(
    start: Run,
) -> None:
    assert "memory 1000000" in start("print(1)", limits={"memory": 1_000_000}).refused


def test_given_a_tenth_of_a_core_when_the_program_computes_then_it_is_stopped_and_told_so(check: Check) -> None:
    program = """
        deadline = getruntime() + 2
        while getruntime() < deadline:
            pass
        stops = getresources()[2]
        print(len(stops) > 0, sum([duration for _, duration in stops]) > 0.5)
        print(all([when >= 0 and duration > 0 for when, duration in stops]), stops == sorted(stops))
        """
    assert check(program, limits={"cpu": 0.1}) == "True True\nTrue True\n"


def test_given_a_program_that_sleeps_at_each_tick_of_the_kernels_when_it_computes_in_between_then_it_keeps_its_share(
    check: Check,
) -> None:
    """The kernel's alarm rings for what computes at a tick. The coarse clock moves on with each."""
    program = """
        import time
        coarse = 6
        tick = late = time.clock_getres(coarse)
        for number in range(5):
            before = time.clock_gettime(coarse)
            while (last := time.clock_gettime(coarse)) == before:
                pass
            late = min(late, time.monotonic() - last)
        began, before = getruntime(), getresources()[1]["cpu"]
        while getruntime() < began + 1:
            last = time.clock_gettime(coarse) + late
            while time.monotonic() < last + 0.7 * tick:
                pass
            time.sleep(max(last + 1.1 * tick - time.monotonic(), 0))
        print((getresources()[1]["cpu"] - before) / (getruntime() - began) < 0.3)
        """
    assert check(program, walls="kernel", limits={"cpu": 0.1}) == "True\n"


def test_given_a_program_that_only_sleeps_when_its_share_is_small_then_it_is_not_stopped(check: Check) -> None:
    assert check("sleep(0.5)\nprint(getresources()[2])", limits={"cpu": 0.1}) == "[]\n"


@pytest.mark.parametrize(("name", "value"), [("cpu", 0), ("events", 0)])
def test_given_nothing_of_what_every_program_needs_when_launched_then_it_is_refused(
    start: Run, name: str, value: int
) -> None:
    assert name in start("print(1)", limits={name: value}).refused


def test_given_a_launcher_when_it_asks_for_usage_then_it_hears_what_the_program_would(start: Run) -> None:
    run = start("print('up')\nsleep(1000)")
    run.wait_for_output("up")
    _word, text = run.usage()
    limits, usage, stops, _account = json.loads(text)
    assert limits["events"] == 20
    assert usage["events"] == 1
    assert stops == []


def test_given_a_flood_of_output_when_the_rate_is_small_then_the_program_can_still_be_stopped(start: Run) -> None:
    run = start("while True:\n    print('x' * 1000)", limits={"lograte": 2000})
    run.wait_for_output("x")
    before = time.monotonic()
    run.stop()
    assert run.wait().kind == "stopped"
    assert len(run.output) < 3000 + 2000 * (time.monotonic() - before + 5)


def test_given_what_getresources_tells_when_it_is_changed_then_the_next_answer_is_as_before(check: Check) -> None:
    program = """
        limits, usage, stops = getresources()
        assert set(limits) <= set(usage)
        for name in "messport", "connport":
            assert type(limits[name]) is type(usage[name]) is set
            limits[name].add(1)
            usage[name].add(1)
        limits["events"] = usage["events"] = 99
        stops.append((1, 1))
        again, usage_again, stops_again = getresources()
        print(again["events"], usage_again["events"], stops_again, 1 in again["messport"] | usage_again["messport"])
        print(all([type(name) is str and type(amount) in (int, float, set, dict) for name, amount in usage.items()]))
        print(limits["random"] == limits["insockets"] == 0, 0 <= usage["cpu"] < 60, usage["memory"] > 1_000_000)
        """
    output = check(program, limits={"random": 0, "insockets": 0})
    assert output == "20 1 [] False\nTrue\nTrue True True\n"


def test_given_threads_that_compute_on_several_cores_when_held_to_a_share_then_it_is_the_share_of_all_together(
    check: Check,
) -> None:
    # Hashing much at once lets other threads run meanwhile.
    program = """
        import hashlib
        began, data = getruntime(), bytes(200_000)
        def work():
            while getruntime() < began + 2:
                hashlib.sha256(data)
        before = getresources()[1]["cpu"]
        for number in range(3):
            createthread(work)
        work()
        used = getresources()[1]["cpu"] - before
        print(used / (getruntime() - began) < 0.4)
        """
    assert check(program, limits={"cpu": 0.2}) == "True\n"


def test_given_calls_that_only_the_monitor_works_for_when_a_share_is_held_then_they_count(check: Check) -> None:
    program = """
        for number in range(600):
            openfile(str(number), True).close()
        before, began = getresources()[1]["cpu"], getruntime()
        while getruntime() < began + 1:
            listfiles()
        print(len(getresources()[2]) > 0)
        """
    assert check(program, limits={"cpu": 0.1, "fileread": 1e9, "filewrite": 1e9}) == "True\n"


def test_given_calls_that_cost_the_monitor_much_and_the_guest_little_when_a_share_is_held_then_it_is_soon(
    check: Check, vessel: Path
) -> None:
    for number in range(10_000):
        (vessel / f"{number}.txt").touch()
    program = """
        from seattle.repy import door
        from seattle.repy.guest.channel import ask
        while not getresources()[2]:
            ask(door.ListFiles("z"))
        print(getresources()[1]["cpu"] < 0.3)
        """
    assert check(program, walls="kernel", limits={"cpu": 0.1, "fileread": 1e9, "diskused": 10**9}) == "True\n"


@pytest.mark.unwatched
def test_given_memory_that_is_full_when_a_thread_is_wanted_then_it_is_refused_and_can_be_caught(check: Check) -> None:
    program = """
        pieces, refused = [], []
        def hold():
            waiting.acquire(True)
            waiting.release()
        waiting = createlock()
        waiting.acquire(True)
        try:
            while True:
                pieces.append(bytearray(1_000_000))
        except MemoryError:
            pass
        try:
            for number in range(150):
                createthread(hold)
        except (ResourceExhaustedError, MemoryError) as why:
            refused.append(type(why))
        pieces.clear()
        waiting.release()
        print("goes on")
        """
    assert check(program, limits={"memory": 64_000_000, "events": 200}) == "goes on\n"


@pytest.mark.parametrize("spare", range(200_000, 330_000, 16_384))
def test_given_memory_for_a_thread_but_not_for_its_first_step_when_it_is_wanted_then_it_is_refused(
    check: Check, spare: int
) -> None:
    program = """
        spare, pieces, begun, wanted = int(callargs[0]), [], [], 0
        def hold():
            begun.append(True)
            waiting.acquire(True)
            waiting.release()
        waiting = createlock()
        waiting.acquire(True)
        room = bytearray(spare)
        for size in (1_000_000, 140_000, 20_000, 4_000):
            try:
                while True:
                    pieces.append(bytearray(size))
            except MemoryError:
                pass
        room = None
        try:
            while True:
                createthread(hold)
                wanted += 1
        except (ResourceExhaustedError, MemoryError):
            pieces.clear()
        waiting.release()
        while len(begun) < wanted:
            sleep(0.001)
        print("all of them have run")
        """
    assert check(program, spare, limits={"memory": 64_000_000, "events": 200}) == "all of them have run\n"


@pytest.mark.unwatched
@pytest.mark.parametrize(
    "piece",
    ["bytes(1 << 20)", "' ' * 1000", "object()", "{len(pieces): 1}", "lambda: 0", "2 ** 10_000"],
)
def test_given_any_kind_of_data_when_memory_is_full_of_it_then_it_is_a_memory_error_that_can_be_caught(
    check: Check, piece: str
) -> None:
    program = f"""
        pieces = []
        try:
            while True:
                pieces.append({piece})
        except MemoryError:
            pieces = None
        print("caught", len(bytes(5_000_000)))
        """
    assert check(program, limits={"memory": 64_000_000}) == "caught 5000000\n"


def test_given_many_threads_that_print_much_at_a_small_rate_when_they_wait_then_the_monitor_stands(start: Run) -> None:
    program = """
        def work():
            while True:
                log("x" * 130_000)
        for number in range(60):
            createthread(work)
        print("all")
        """
    run = start(program, limits={"lograte": 1_000_000, "events": 100})
    run.wait_for_output("x" * 1000)
    run.stop()
    assert run.wait().kind == "stopped"


def test_given_a_donors_budget_when_used_up_then_program_and_launcher_hear_of_it_and_all_else_goes_on(run: Run) -> None:
    program = """
        for number in range(3):
            try:
                gethostbyname("127.0.0.1")
            except ResourceExhaustedError as why:
                print(type(why) is TrafficBudgetError, why)
        limits, usage, _ = getresources()
        print(limits["traffic"], usage["traffic"])
        """
    result = run(program, limits={"netsend": 1e9, "netrecv": 1e9}, net_budget="6000")
    text = "the donor's budget for network traffic is used up: 10240 of 6000 bytes"
    assert result.output == f"True {text}\n6000 10240\n"
    assert (result.notes, result.traffic, result.kind) == ([text], 10240, "exited")


def test_given_what_the_donors_policy_forbids_when_tried_then_it_has_an_exception_and_a_line_of_its_own(
    run: Run, ports: Ports
) -> None:
    own = ports(1)
    program = """
        for address, port in ("10.0.0.1", 80), ("169.254.169.254", 80), ("1.1.1.1", 25), ("fd00:ec2::254", 80):
            for number in range(2):
                try:
                    sendmessage(address, port, "x", "::1" if ":" in address else "127.0.0.1", int(callargs[0]))
                except ResourceForbiddenError as why:
                    print(type(why) is DonorPolicyError)
        """
    result = run(program, *own, limits={"messport": own})
    assert result.output == "True\n" * 8
    assert [
        note.partition(":")[0].removeprefix("the donor's policy keeps programs from ")[:16] for note in result.notes
    ] == [
        "private networks",
        "metadata service",
        "mail servers, so",
    ]
