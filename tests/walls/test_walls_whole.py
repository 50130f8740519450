"""A guest behind all of the wall: what it can still do, and some of what it can't."""

import array
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seattle.repy.walls import GuestLimits, Part, PartName, State, standing, tighten

RunGuest = Callable[..., Any]  # see conftest.py, as for the next
Only = Callable[..., frozenset[str]]

MEBIBYTE = 1 << 20


def test_given_a_machine_that_offers_everything_when_a_guest_enters_then_the_wall_stands(run_guest: RunGuest) -> None:
    outcome = run_guest(lambda: None)
    assert standing(outcome.report)
    assert [part for part in outcome.report if part.state is State.FAILED] == []
    monitors = {PartName.CGROUP, PartName.MONITOR_LANDLOCK, PartName.MONITOR_SECCOMP}
    assert {part.name for part in outcome.report} == set(PartName) - monitors
    assert outcome.status == 0


def test_given_the_whole_wall_when_the_guest_starts_threads_then_they_run_sleep_and_lock(run_guest: RunGuest) -> None:
    def work() -> Any:
        done, lock = [], threading.Lock()

        def one(number: int) -> Any:
            time.sleep(0.001)
            with lock:
                done.append(number)

        threads = [threading.Thread(target=one, args=[number]) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        event = threading.Event()
        return [sorted(done), event.wait(0.001)]

    assert run_guest(work).answer == [list(range(8)), False]


def test_given_a_small_stack_size_when_threads_allocate_then_they_still_run(run_guest: RunGuest) -> None:
    def work() -> Any:
        threading.stack_size(256 * 1024)
        sizes = []
        threads = [threading.Thread(target=lambda: sizes.append(len(bytearray(3 * MEBIBYTE)))) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        return sizes

    assert run_guest(work).answer == [3 * MEBIBYTE] * 10


def test_given_a_data_limit_when_the_guest_wants_more_then_it_gets_a_memory_error_and_lives(
    run_guest: RunGuest,
) -> None:
    def work() -> Any:
        kept = bytearray(300 * MEBIBYTE)  # well within the limit
        try:
            bytearray(1024 * MEBIBYTE)
        except MemoryError:
            return ["refused", len(kept), len(bytearray(MEBIBYTE))]
        return "allowed"

    limits = GuestLimits(data_bytes=1024 * MEBIBYTE, open_files=16, processes=4)
    outcome = run_guest(work, limits=limits)
    assert outcome.answer == ["refused", 300 * MEBIBYTE, MEBIBYTE]
    assert outcome.status == 0


def test_given_many_small_objects_beyond_the_limit_when_they_are_made_then_it_is_a_memory_error(
    run_guest: RunGuest,
) -> None:
    def work() -> Any:
        kept = []
        try:
            for number in range(50_000_000):
                kept.append(f"{number:0100}")  # noqa: PERF401 (one at a time is the point)
        except MemoryError:
            kept.clear()
            return "refused"
        return "allowed"

    outcome = run_guest(work, limits=GuestLimits(data_bytes=384 * MEBIBYTE, open_files=16, processes=4))
    assert (outcome.answer, outcome.status) == ("refused", 0)


def test_given_a_guest_behind_the_wall_when_its_limits_are_tightened_then_they_hold_and_cannot_be_raised(
    run_guest: RunGuest,
) -> None:
    report: list[Part] = [Part(PartName.USER_NAMESPACE, State.UP, "")]

    def work() -> Any:
        part = tighten(GuestLimits(data_bytes=512 * MEBIBYTE, open_files=10, processes=3), report)
        after = tighten(GuestLimits(data_bytes=900 * MEBIBYTE, open_files=12, processes=5), report)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        except ValueError:
            raised = "refused"
        else:
            raised = "raised"
        return [part.state.value, part == after, raised, resource.getrlimit(resource.RLIMIT_NOFILE)]

    assert run_guest(work).answer == ["up", True, "refused", [10, 10]]


def test_given_a_door_when_the_monitor_sends_a_new_door_through_it_then_the_guest_can_use_both(
    run_guest: RunGuest,
) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    second, sent = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(10)
    second.settimeout(10)
    with ours, theirs, second, sent:
        socket.send_fds(ours, [b"a new door"], [sent.fileno()])

        def work() -> Any:
            text, ancillary, _, _ = theirs.recvmsg(100, socket.CMSG_SPACE(4))
            received = array.array("i", ancillary[0][2][:4])[0]
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, fileno=received) as other:
                other.send(b"hello through the second")
            theirs.send(b"hello through the first")
            return text.decode()

        outcome = run_guest(work, keep=[theirs.fileno()])
        assert outcome.answer == "a new door"
        assert ours.recv(100) == b"hello through the first"
        assert second.recv(100) == b"hello through the second"


def test_given_a_guest_that_waits_when_it_is_stopped_and_continued_then_it_waits_on(run_guest: RunGuest) -> None:
    """The kernel has it start the call again by another one, which the filter must know."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # The credentials of a message say who the guest is in our own pid namespace.
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)

    def stop_and_continue() -> bool:
        _, ancillary, _, _ = ours.recvmsg(100, socket.CMSG_SPACE(12))
        guest = array.array("i", ancillary[0][2])[0]
        os.kill(guest, signal.SIGSTOP)
        stopped = any("State:\tT" in Path(f"/proc/{guest}/status").read_text() for _ in range(100_000))
        os.kill(guest, signal.SIGCONT)
        return stopped

    def work() -> Any:
        theirs.send(b"here I am")
        return threading.Event().wait(0.3)  # seconds; long enough to be stopped meanwhile

    with ours, theirs:
        other = os.fork()
        if other == 0:
            try:
                ours.settimeout(10)
                os._exit(0 if stop_and_continue() else 1)
            finally:
                os._exit(2)
        outcome = run_guest(work, keep=[theirs.fileno()])
        assert os.waitpid(other, 0)[1] == 0
    assert (outcome.answer, outcome.status) == (False, 0)


def test_given_the_whole_wall_when_random_seeds_itself_then_the_kernel_gives_the_seed(run_guest: RunGuest) -> None:
    assert run_guest(lambda: len(os.urandom(32))).answer == 32


def test_given_a_part_that_is_required_and_not_up_when_asked_then_the_wall_does_not_stand(
    run_guest: RunGuest, only: Only
) -> None:
    report = run_guest(lambda: None).report
    for required in (PartName.SECCOMP, PartName.NO_NEW_PRIVS, PartName.RLIMITS):
        without = [part for part in report if part.name != required]
        assert not standing(without)
        failed = [part._replace(state=State.FAILED) if part.name == required else part for part in report]
        assert not standing(failed)
    assert not standing([])
