"""A system that offers no namespaces to the unprivileged, as Ubuntu 24.04 and many containers don't."""

import os
import resource
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.walls import PartName, State, libc, standing
from seattle.repy.walls.namespaces import KINDS

RunGuest = Callable[..., Any]  # see conftest.py


@pytest.fixture
def barred() -> Callable[[], None]:
    """Makes a monitor one that may have no namespace: no capability, and a user namespace that permits no other."""

    def bar() -> None:
        user, group = os.geteuid(), os.getegid()
        libc.prctl(libc.PR_SET_DUMPABLE, 1)
        try:
            libc.unshare(KINDS[PartName.USER_NAMESPACE])
        except OSError:
            return  # this system bars them by itself
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path(f"/proc/self/{name}").write_text(text)
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
        libc.capset(0, 0, 0)

    return bar


def test_given_no_namespaces_when_a_guest_enters_then_the_wall_stands_and_says_what_is_absent(
    run_unprivileged_guest: RunGuest, barred: Callable[[], None]
) -> None:
    outcome = run_unprivileged_guest(lambda: None, before_fork=barred, may_lack=True)
    assert standing(outcome.report)
    states = {part.name: part.state for part in outcome.report}
    absent = {*KINDS, PartName.EMPTY_ROOT, PartName.IDENTITY}
    assert {name for name, state in states.items() if state is State.ABSENT} == absent
    assert State.FAILED not in states.values()
    user_namespace = next(part for part in outcome.report if part.name == PartName.USER_NAMESPACE)
    assert user_namespace.detail.endswith(")")  # why not, in brackets


def test_given_no_namespaces_when_a_guest_works_then_threads_run_and_attacks_are_refused(
    run_unprivileged_guest: RunGuest, barred: Callable[[], None], kernel: Any
) -> None:
    def work() -> Any:
        done: list[int] = []
        threads = [threading.Thread(target=done.append, args=[number]) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        return [
            sorted(done),
            kernel.refusal("openat", -100, b"/etc/passwd", 0),
            kernel.refusal("socket", 2, 1, 0),
            kernel.refusal("clone", 17, 0, 0, 0, 0),
        ]

    outcome = run_unprivileged_guest(work, before_fork=barred, may_lack=True)
    assert outcome.answer == [list(range(8)), "EPERM", "EPERM", "EPERM"]


def test_given_no_namespaces_and_no_filter_when_a_guest_looks_for_files_then_landlock_refuses(
    run_unprivileged_guest: RunGuest, barred: Callable[[], None], kernel: Any, prepared: Any
) -> None:
    if prepared.landlock_abi == 0:
        pytest.skip("this kernel runs without Landlock")

    def attack() -> Any:
        return [kernel.refusal("openat", -100, b"/etc/passwd", 0), kernel.refusal("execve", b"/bin/true", None, None)]

    outcome = run_unprivileged_guest(attack, before_fork=barred, leaving_out=[PartName.SECCOMP], may_lack=True)
    assert outcome.answer == ["EACCES", "EACCES"]


def test_given_no_user_namespace_when_threads_are_limited_then_the_account_keeps_a_quarter(
    run_unprivileged_guest: RunGuest, barred: Callable[[], None]
) -> None:
    """The kernel counts the account's processes together then, and the node has to be able to fork."""

    def bar_and_allow_1000() -> None:
        resource.setrlimit(resource.RLIMIT_NPROC, (1000, 1000))
        barred()

    outcome = run_unprivileged_guest(
        lambda: resource.getrlimit(resource.RLIMIT_NPROC),
        before_fork=bar_and_allow_1000,
        leaving_out=[PartName.SECCOMP],
        may_lack=True,
    )
    assert outcome.answer == [750, 750]
