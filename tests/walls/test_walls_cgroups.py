"""Holding a guest by cgroup v2: with the kernel's own files where it has them, and with plain ones in that shape."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.walls.guests import NOBODY

from seattle.repy.monitor.cpu_alarm import cpu_clock
from seattle.repy.walls import CgroupLimits, Group, Groups, State, cgroups, confine, prepare

LIMITS = CgroupLimits(memory_bytes=64 << 20, processes=10, cpu_share=0.25)
FILES = ("memory.max", "memory.swap.max", "memory.oom.group", "pids.max", "cpu.max", "cgroup.procs")
EVERY = frozenset({"cpu", "memory", "pids"})


@pytest.fixture
def sleeper() -> Iterator[Callable[[], int]]:
    """Processes that wait until they are killed."""
    made: list[int] = []

    def make() -> int:
        pid = os.fork()
        if pid == 0:
            signal.pause()
            os._exit(0)
        made.append(pid)
        return pid

    yield make
    for pid in made:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def within(folder: Path, work: Callable[[], Any]) -> Any:
    """Do it in a process that lives in this cgroup; what it returns."""
    hear, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            (folder / "cgroup.procs").write_text("0")
            os.write(tell, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(tell)
    with os.fdopen(hear, "rb") as answer:
        said = answer.read()
    os.waitpid(pid, 0)
    return json.loads(said)


def settled(folder: Path) -> Groups:
    """The groups in it, made ready by a process that lives there."""
    controllers = within(folder, lambda: sorted(getattr(cgroups.settle(), "controllers", ["none"])))
    assert controllers != ["none"]
    return Groups(folder, frozenset(controllers))


def needs(groups: Groups, controller: str) -> None:
    if controller not in groups.controllers:
        pytest.skip(f"cgroup v2 has no {controller} here (in use by version 1, or not delegated)")


# --- the kernel's own files --------------------------------------------------------------------------------------


def test_given_a_delegated_folder_with_processes_when_settled_then_they_live_below_it(delegated_cgroup: Path) -> None:
    def work() -> Any:
        groups = cgroups.settle()
        return isinstance(groups, Groups), Path("/proc/self/cgroup").read_text().splitlines()[-1]

    ready, where = within(delegated_cgroup, work)
    assert ready
    assert where == f"0::/{delegated_cgroup.name}/seattle-supervisor"


def test_given_a_subgroup_of_a_delegated_folder_when_settled_then_its_processes_stay(delegated_cgroup: Path) -> None:
    subgroup = delegated_cgroup / "supervisor"
    subgroup.mkdir()

    def work() -> Any:
        groups = cgroups.settle()
        assert isinstance(groups, Groups)
        return os.fstat(groups.fd).st_ino, Path("/proc/self/cgroup").read_text().splitlines()[-1]

    assert within(subgroup, work) == [
        delegated_cgroup.stat().st_ino,
        f"0::/{delegated_cgroup.name}/supervisor",
    ]


def test_given_a_folder_that_nobody_delegated_when_root_settles_then_it_is_left_alone(delegated_cgroup: Path) -> None:
    inner = delegated_cgroup / "session" / "inner"
    inner.mkdir(parents=True)
    why = within(inner, lambda: str(cgroups.settle()))
    assert "no controllers that are delegated" in why
    assert [path.name for path in inner.iterdir() if path.is_dir()] == []


def test_given_a_folder_handed_to_an_account_when_that_settles_then_its_guests_have_groups(
    delegated_cgroup: Path,
) -> None:
    os.removexattr(delegated_cgroup, "trusted.delegate")
    for path in (delegated_cgroup, *map(delegated_cgroup.joinpath, ("cgroup.procs", "cgroup.subtree_control"))):
        os.chown(path, NOBODY, NOBODY)

    def work() -> Any:
        os.setresuid(NOBODY, NOBODY, NOBODY)
        groups, guest = cgroups.settle(), os.fork()
        if guest == 0:
            signal.pause()
            os._exit(0)
        assert isinstance(groups, Groups)
        group = groups.admit(guest)
        living = (delegated_cgroup / f"seattle-guest-{os.getpid()}" / "cgroup.procs").read_text().split() == [
            str(guest)
        ]
        group.kill()
        os.waitpid(guest, 0)
        group.remove()
        return living, [path.name for path in delegated_cgroup.iterdir() if path.is_dir()]

    assert within(delegated_cgroup, work) == [True, ["seattle-supervisor"]]


def test_given_an_admitted_guest_when_its_group_is_killed_then_it_is_gone_and_so_is_the_group(
    delegated_cgroup: Path, sleeper: Callable[[], int]
) -> None:
    guest = sleeper()
    group = settled(delegated_cgroup).admit(guest)
    folder = delegated_cgroup / f"seattle-guest-{os.getpid()}"
    assert (folder / "cgroup.procs").read_text().split() == [str(guest)]
    group.limit(LIMITS)
    group.kill()
    _pid, status = os.waitpid(guest, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    assert not group.ran_out_of_memory()
    group.remove()
    assert not folder.exists()


def test_given_a_guest_that_has_ended_when_admitted_then_no_group_is_left(delegated_cgroup: Path) -> None:
    guest = os.fork()
    if guest == 0:
        os._exit(0)
    os.waitpid(guest, 0)
    groups = settled(delegated_cgroup)
    with pytest.raises(OSError, match="No such process"):
        groups.admit(guest)
    assert not (delegated_cgroup / f"seattle-guest-{os.getpid()}").exists()


def test_given_what_a_killed_monitor_left_when_swept_then_its_guest_and_its_group_are_gone_and_no_others(
    delegated_cgroup: Path, sleeper: Callable[[], int]
) -> None:
    groups, guest = settled(delegated_cgroup), sleeper()
    living = groups.admit(sleeper())
    dead = os.fork()
    if dead == 0:
        groups.admit(guest)
        os._exit(0)
    os.waitpid(dead, 0)
    left = delegated_cgroup / f"seattle-guest-{dead}"
    assert left.exists()
    groups.sweep()
    _pid, status = os.waitpid(guest, 0)  # it was killed, not asked
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    groups.sweep()
    assert not left.exists()
    assert (delegated_cgroup / f"seattle-guest-{os.getpid()}" / "cgroup.procs").read_text().split()
    living.kill()


def test_given_a_confined_monitor_when_it_goes_for_cgroups_then_it_can_end_its_guest_and_nothing_else(
    delegated_cgroup: Path, tmp_path: Path, sleeper: Callable[[], int]
) -> None:
    groups, guest, other = settled(delegated_cgroup), sleeper(), sleeper()
    neighbours = Group(groups.fd, "neighbours", groups.controllers)
    neighbours.admit(other)
    prepared, at = prepare(), delegated_cgroup

    def work() -> Any:
        group = groups.admit(guest)
        own = at / f"seattle-guest-{os.getpid()}"
        confine(prepared, [os.open(tmp_path, os.O_PATH | os.O_DIRECTORY)], emptied=[groups.fd])
        attempts = {
            "leave": lambda: (at / "cgroup.procs").write_text("0"),
            "raise its guest's limits": lambda: (own / "cgroup.max.depth").write_text("1"),
            "freeze the neighbour": lambda: (at / "neighbours" / "cgroup.freeze").write_text("1"),
            "end the neighbour": lambda: (at / "neighbours" / "cgroup.kill").write_text("1"),
            "look around": lambda: os.listdir(at),  # noqa: PTH208 - one call
            "make one": lambda: os.mkdir("more", dir_fd=groups.fd),
            "remove the neighbour's": lambda: os.rmdir("neighbours", dir_fd=groups.fd),
        }
        told = {name: reason(attempt) for name, attempt in attempts.items()}
        group.kill()
        wait_until_empty(group)
        group.remove()
        return told

    told = within(delegated_cgroup / "seattle-supervisor", work)
    assert {*told.values()} == {"Permission denied", "Device or resource busy"}
    assert told["remove the neighbour's"] == "Device or resource busy"
    assert os.waitstatus_to_exitcode(os.waitpid(guest, 0)[1]) == -signal.SIGKILL
    assert os.waitpid(other, os.WNOHANG) == (0, 0)
    assert [path.name for path in delegated_cgroup.glob("seattle-guest-*")] == []
    neighbours.kill()


def test_given_a_memory_limit_when_a_guest_goes_beyond_then_the_kernel_ends_it_and_the_group_knows(
    delegated_cgroup: Path,
) -> None:
    groups = settled(delegated_cgroup)
    needs(groups, "memory")
    hear, tell = os.pipe()
    guest = os.fork()
    if guest == 0:
        os.read(hear, 1)
        bytearray(os.urandom(1 << 20) * 256)
        os._exit(0)
    group = groups.admit(guest)
    group.limit(LIMITS)
    os.write(tell, b"!")
    assert os.waitstatus_to_exitcode(os.waitpid(guest, 0)[1]) == -signal.SIGKILL
    assert group.ran_out_of_memory()
    group.remove()


@pytest.mark.parametrize("seconds", [2.0, pytest.param(10.0, marks=pytest.mark.soak)])
def test_given_a_cpu_share_when_a_guest_computes_then_the_kernel_holds_it_to_that_within_a_point(
    delegated_cgroup: Path, seconds: float
) -> None:
    groups = settled(delegated_cgroup)
    needs(groups, "cpu")
    guest = os.fork()
    if guest == 0:
        while True:
            pass
    group = groups.admit(guest)
    group.limit(LIMITS._replace(cpu_share=0.1))
    began, before = time.monotonic(), time.clock_gettime(cpu_clock(guest))
    time.sleep(seconds)
    share = (time.clock_gettime(cpu_clock(guest)) - before) / (time.monotonic() - began)
    group.kill()
    os.waitpid(guest, 0)
    group.remove()
    assert abs(share - 0.1) < 0.01


# --- plain files in the same shape -------------------------------------------------------------------------------


def plain(folder: Path, controllers: frozenset[str], **contents: str) -> Groups:
    """A folder with this process's group in it, as the kernel would have made it."""
    own = folder / f"seattle-guest-{os.getpid()}"
    own.mkdir()
    for name in FILES:
        (own / name).touch()
    for name, text in contents.items():
        (own / name.replace("_", ".", 1)).write_text(text)
    return Groups(folder, controllers)


def written(folder: Path) -> dict[str, str]:
    files = (folder / f"seattle-guest-{os.getpid()}").iterdir()
    return {file.name: text for file in files if (text := file.read_text())}


def test_given_every_controller_when_a_guest_is_limited_then_each_limit_is_written(tmp_path: Path) -> None:
    plain(tmp_path, EVERY).admit(4711).limit(LIMITS)
    assert written(tmp_path) == {
        "memory.max": "67108864",
        "memory.swap.max": "0",
        "memory.oom.group": "1",
        "pids.max": "10",
        "cpu.max": "25000 100000",
        "cgroup.procs": "4711",
    }


def test_given_a_confined_monitor_when_it_changes_the_cpu_share_then_the_kernel_is_told(tmp_path: Path) -> None:
    for name in ("home", "groups"):
        (tmp_path / name).mkdir()
    hear, tell = os.pipe()
    prepared = prepare()
    monitor = os.fork()
    if monitor == 0:
        try:
            group = plain(tmp_path / "groups", EVERY).admit(4711)
            confine(prepared, [os.open(tmp_path / "home", os.O_PATH | os.O_DIRECTORY)])
            group.change_cpu(0.5)
            os.write(tell, b"!")
        finally:
            os._exit(0)
    os.close(tell)
    assert os.read(hear, 1) == b"!"
    os.close(hear)
    os.waitpid(monitor, 0)
    assert (tmp_path / "groups" / f"seattle-guest-{monitor}" / "cpu.max").read_text() == "50000 100000"


@pytest.mark.parametrize(
    ("controller", "files"),
    [
        ("cpu", {"cpu.max"}),
        ("pids", {"pids.max"}),
        ("memory", {"memory.max", "memory.swap.max", "memory.oom.group"}),
    ],
)
def test_given_one_controller_when_a_guest_is_limited_then_it_is_used_and_the_others_are_not_missed(
    tmp_path: Path, controller: str, files: set[str]
) -> None:
    groups = plain(tmp_path, frozenset({controller}))
    groups.admit(4711).limit(LIMITS)
    assert written(tmp_path).keys() == {*files, "cgroup.procs"}
    part = groups.describe()
    assert part.state is State.UP
    assert "by the monitor, for want of delegated controllers" in part.detail


def test_given_no_controller_when_described_then_it_is_absent_and_says_how_to_have_them(tmp_path: Path) -> None:
    part = Groups(tmp_path, frozenset()).describe()
    assert part.state is State.ABSENT
    assert "Delegate=cpu memory pids" in part.detail


@pytest.mark.parametrize(
    ("events", "ran_out"),
    [("low 0\nmax 12\noom 1\noom_kill 1\n", True), ("low 0\nmax 12\noom 1\noom_kill 0\n", False), ("", False)],
)
def test_given_the_kernels_count_when_asked_then_it_says_whether_memory_was_the_end(
    tmp_path: Path, events: str, *, ran_out: bool
) -> None:
    assert plain(tmp_path, EVERY, memory_events=events).admit(4711).ran_out_of_memory() is ran_out


def test_given_this_machine_when_its_cgroups_are_reported_then_it_says_what_there_is(delegated_cgroup: Path) -> None:
    part = within(delegated_cgroup, lambda: [str(cgroups.report().state.value), cgroups.report().detail])
    assert part[0] in {"up", "absent"}
    assert "held by the kernel" in part[1] or "delegated without cpu, memory and pids" in part[1]
    assert [path.name for path in delegated_cgroup.glob("seattle-guest-*")] == []


def reason(action: Callable[[], object]) -> str:
    try:
        return f"done: {action()}"
    except OSError as why:
        return str(why.strerror)


def wait_until_empty(group: Group) -> None:
    """Until the kernel has ended what was killed; removing succeeds then."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.rmdir(group._name, dir_fd=group._parent)
        except OSError:
            time.sleep(0.005)  # a confined process is not told
        else:
            return
