"""Each part of the wall with every other one left out, the system call filter too: what is it worth by itself?

A control beside each attack shows that it succeeds where that one part is missing.
"""

# An attack is one system call, and `os` names them.
# ruff: noqa: PTH101, PTH102, PTH104, PTH108, PTH115, PTH123, PTH208, PTH211

import ctypes
import errno
import fcntl
import os
import resource
import shutil
import signal
import socket
import stat
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.walls import GuestLimits, PartName, Prepared, State
from seattle.repy.walls.namespaces import KINDS

RunGuest = Callable[..., Any]  # see conftest.py, as for the next
Only = Callable[..., frozenset[str]]

NOBODY = 65534
MEBIBYTE = 1 << 20

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can set this up")


def reason(action: Callable[[], object]) -> str:
    """The name of the error that an action raises, or `done`."""
    try:
        action()
    except OSError as why:
        return errno.errorcode[why.errno or 0]
    return "done"


def read(path: str) -> None:
    with open(path, "rb") as file:
        file.read(16)


# Landlock


LANDLOCK = (PartName.NO_NEW_PRIVS, PartName.LANDLOCK)


@pytest.mark.parametrize(("parts", "expected"), [(LANDLOCK, "EACCES"), ((), "done")])
def test_given_only_landlock_when_files_are_touched_then_they_are_refused(
    run_guest: RunGuest, only: Only, shared_folder: Path, parts: tuple[str, ...], expected: str
) -> None:
    existing = shared_folder / "existing"
    existing.write_text("something to cut off")
    existing.chmod(0o666)

    def attack() -> Any:
        return [
            reason(lambda: read("/etc/passwd")),
            reason(lambda: read("/proc/self/status")),
            reason(lambda: os.listdir("/")),
            reason(lambda: os.truncate(existing, 0)),
            reason(lambda: os.symlink("x", shared_folder / "link")),
            reason(lambda: os.mkdir(shared_folder / "folder")),
            reason(lambda: os.mkfifo(shared_folder / "pipe")),
            reason(lambda: os.rename(existing, shared_folder / "moved")),
            reason(lambda: os.unlink(shared_folder / ("existing" if parts else "moved"))),
        ]

    assert run_guest(attack, leaving_out=only(*parts)).answer == [expected] * 9


def test_given_only_landlock_when_a_program_is_started_then_it_is_refused(run_guest: RunGuest, only: Only) -> None:
    outcome = run_guest(lambda: reason(lambda: os.execv("/bin/true", ["true"])), leaving_out=only(*LANDLOCK))
    assert outcome.answer == "EACCES"


@pytest.mark.parametrize(("parts", "expected"), [(LANDLOCK, "EACCES"), ((), "done")])
def test_given_only_landlock_when_tcp_is_used_then_it_is_refused(
    run_guest: RunGuest, only: Only, prepared: Prepared, parts: tuple[str, ...], expected: str
) -> None:
    if prepared.landlock_abi < 4:
        pytest.skip("this kernel's Landlock knows nothing of TCP")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()

        def attack() -> Any:
            with socket.socket() as one, socket.socket() as other:
                return [reason(lambda: one.connect(address)), reason(lambda: other.bind(("127.0.0.1", 0)))]

        assert run_guest(attack, leaving_out=only(*parts)).answer == [expected] * 2


@pytest.mark.parametrize(("parts", "expected"), [(LANDLOCK, "EPERM"), ((), "done")])
def test_given_only_landlock_when_others_are_reached_for_then_they_are_out_of_scope(
    run_guest: RunGuest, only: Only, prepared: Prepared, parts: tuple[str, ...], expected: str
) -> None:
    if prepared.landlock_abi < 6:
        pytest.skip("this kernel's Landlock has no scopes")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0walls-test-{os.getpid()}")
        server.listen()
        address = server.getsockname()

        def attack() -> Any:
            with socket.socket(socket.AF_UNIX) as one:
                return [reason(lambda: os.kill(os.getppid(), 0)), reason(lambda: one.connect(address))]

        assert run_guest(attack, leaving_out=only(*parts)).answer == [expected] * 2


# Namespaces and the empty root


@pytest.mark.parametrize("name", [*KINDS])
def test_given_only_one_namespace_when_a_guest_looks_then_it_is_not_the_hosts(
    run_guest: RunGuest, only: Only, name: str
) -> None:
    kind = {"mount_namespace": "mnt"}.get(name, name.removesuffix("_namespace"))
    link = f"/proc/self/ns/{kind}"
    hosts = os.readlink(link)
    # The user namespace is what permits an unprivileged process the others.
    outcome = run_guest(lambda: os.readlink(link), leaving_out=only(PartName.USER_NAMESPACE, name))
    assert outcome.answer != hosts
    assert run_guest(lambda: os.readlink(link), leaving_out=only()).answer == hosts


@needs_root
@pytest.mark.parametrize("name", [name for name in KINDS if name is not PartName.USER_NAMESPACE])
def test_given_no_user_namespaces_when_the_monitor_is_root_then_the_other_namespaces_still_go_up(
    prepared: Prepared, run_guest: RunGuest, only: Only, name: str
) -> None:
    outcome = run_guest(lambda: None, leaving_out=only(name), may_lack=True)
    part = next(part for part in outcome.report if part.name == name)
    if part.state is State.ABSENT:
        assert "not permitted" in part.detail  # the monitor that is not root
    else:
        assert part.state is State.UP


def test_given_only_a_net_namespace_when_the_hosts_services_are_called_then_nobody_answers(
    run_guest: RunGuest, only: Only
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind(f"\0walls-net-test-{os.getpid()}")
        local.listen()

        def attack() -> Any:
            with socket.socket() as one, socket.socket(socket.AF_UNIX) as other:
                return [
                    reason(lambda: one.connect(server.getsockname())),
                    reason(lambda: other.connect(f"\0walls-net-test-{os.getppid()}")),
                    [name for _, name in socket.if_nameindex()],
                ]

        parts = (PartName.USER_NAMESPACE, PartName.NET_NAMESPACE)
        assert run_guest(attack, leaving_out=only(*parts)).answer == ["ENETUNREACH", "ECONNREFUSED", ["lo"]]


def test_given_only_a_pid_namespace_when_others_are_signalled_then_there_are_none(
    run_guest: RunGuest, only: Only
) -> None:
    test = os.getpid()

    def attack() -> Any:
        return [os.getpid(), os.getppid(), reason(lambda: os.kill(test, 0)), reason(lambda: os.kill(-1, 0))]

    parts = (PartName.USER_NAMESPACE, PartName.PID_NAMESPACE)
    assert run_guest(attack, leaving_out=only(*parts)).answer == [1, 0, "ESRCH", "ESRCH"]


def test_given_only_its_own_session_when_a_guest_signals_its_group_then_it_is_alone_in_it(
    run_guest: RunGuest, only: Only
) -> None:
    parent = os.getpgid(0)
    outcome = run_guest(lambda: [os.getpgid(0), os.getsid(0) == os.getpid()], leaving_out=only(PartName.SESSION))
    assert outcome.answer[0] != parent
    assert outcome.answer[1]


EMPTY_ROOT = (PartName.USER_NAMESPACE, PartName.MOUNT_NAMESPACE, PartName.EMPTY_ROOT, PartName.CAPABILITIES)


def test_given_only_an_empty_root_when_a_guest_looks_for_files_then_there_are_none(
    run_guest: RunGuest, only: Only
) -> None:
    def attack() -> Any:
        return [
            reason(lambda: read("/etc/passwd")),
            reason(lambda: read("/proc/self/status")),
            reason(lambda: read("../../../../../../../etc/passwd")),
            reason(lambda: os.listdir("/")),
            reason(lambda: os.mkdir("/folder")),
            reason(lambda: os.chmod("/", 0o777)),
            reason(lambda: os.chroot(".")),
            reason(lambda: os.chdir("..")),
        ]

    refused = run_guest(attack, leaving_out=only(*EMPTY_ROOT)).answer
    assert refused == ["EACCES", "EACCES", "EACCES", "EACCES", "EACCES", "EROFS", "EACCES", "EACCES"]


def test_given_an_empty_root_and_capabilities_when_a_guest_tries_the_chroot_escape_then_there_is_no_way_out(
    run_guest: RunGuest, only: Only
) -> None:
    """Worst case: it kept every capability of its user namespace, and may mount and chroot."""

    def attack() -> Any:
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.mount(b"none", b"/", b"tmpfs", 0, None) == 0
        os.chdir("/..")
        os.mkdir("cell")
        os.chroot("cell")
        for _ in range(64):
            os.chdir("..")
        os.chroot(".")
        return [sorted(os.listdir(".")), reason(lambda: read("/etc/passwd"))]

    parts = set(EMPTY_ROOT) - {PartName.CAPABILITIES}
    assert run_guest(attack, leaving_out=only(*parts)).answer in ([["cell"], "ENOENT"], [[], "ENOENT"])


def test_given_a_user_namespace_when_a_guest_wants_another_inside_then_it_gets_none(
    run_guest: RunGuest, only: Only
) -> None:
    libc = ctypes.CDLL(None, use_errno=True)

    def attack() -> Any:
        return [libc.unshare(0x10000000), ctypes.get_errno()]

    nested = (PartName.USER_NAMESPACE, PartName.CAPABILITIES)
    assert run_guest(attack, leaving_out=only(*nested)).answer[0] == 0
    assert run_guest(attack, leaving_out=only(*nested, PartName.NO_NESTING)).answer == [-1, 28]


# Rights


def test_given_only_capabilities_dropped_when_privileged_things_are_tried_then_they_are_refused(
    run_guest: RunGuest, only: Only, kernel: Any, tmp_path: Path
) -> None:
    def attack() -> Any:
        status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines())
        return [
            [int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")],
            kernel.refusal("mount", b"none", b"/tmp", b"tmpfs", 0, None),
            kernel.refusal("chroot", b"/"),
            kernel.refusal("setuid", 1),
            kernel.refusal("unshare", 0x40000000),
            kernel.refusal("socket", socket.AF_INET, socket.SOCK_RAW, 1),
            reason(lambda: os.mknod(tmp_path / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))),
            kernel.refusal("prctl", 24, 0),
        ]

    answer = run_guest(attack, leaving_out=only(PartName.CAPABILITIES)).answer
    assert answer[0] == [0, 0, 0, 0]
    assert set(answer[1:]) <= {"EPERM", "EACCES"}


@needs_root
def test_given_only_capabilities_dropped_when_root_starts_a_program_then_it_gets_none_back(
    run_guest: RunGuest, only: Only
) -> None:
    def attack() -> Any:
        return subprocess.run(["grep", "Cap", "/proc/self/status"], capture_output=True, check=True).stdout.decode()

    lines = run_guest(attack, leaving_out=only(PartName.CAPABILITIES)).answer.splitlines()
    assert all(int(line.split()[1], 16) == 0 for line in lines if not line.startswith("CapBnd"))


@needs_root
def test_given_only_an_identity_when_root_forks_a_guest_then_it_is_nobody_here_too(
    run_roots_guest: RunGuest, only: Only
) -> None:
    def who() -> Any:
        return [*os.getresuid(), *os.getresgid(), *os.getgroups()]

    assert run_roots_guest(who, leaving_out=only(PartName.IDENTITY)).answer == [NOBODY] * 6


@needs_root
@pytest.mark.parametrize(("parts", "user"), [((PartName.NO_NEW_PRIVS,), NOBODY), ((), 0)])
def test_given_only_no_new_privs_when_a_set_uid_program_starts_then_it_gains_nothing(
    run_unprivileged_guest: RunGuest, only: Only, shared_folder: Path, parts: tuple[str, ...], user: int
) -> None:
    program = shared_folder / "id"
    shutil.copy(shutil.which("id") or "/usr/bin/id", program)
    program.chmod(0o4755)

    def attack() -> Any:
        return int(subprocess.run([program, "-u"], capture_output=True, check=True).stdout)

    assert run_unprivileged_guest(attack, leaving_out=only(*parts)).answer == user


# Limits


def test_given_only_rlimits_when_a_guest_wants_too_many_descriptors_then_it_gets_no_more(
    run_guest: RunGuest, only: Only
) -> None:
    def attack() -> Any:
        opened = 0
        try:
            for _ in range(1000):
                os.dup(0)
                opened += 1
        except OSError as why:
            return [opened, why.errno]
        return "all"

    limits = GuestLimits(data_bytes=1 << 30, open_files=20, processes=16)
    # The descriptors that die_with watches are closed with that part.
    parts = (PartName.DESCRIPTORS, PartName.PARENT_DEATH, PartName.RLIMITS)
    opened, why = run_guest(attack, leaving_out=only(*parts), limits=limits).answer
    assert why == errno.EMFILE
    # 20 less three standard ones, and less the one that carries the answer if its number is not past 20 anyway.
    assert opened in (20 - 4, 20 - 3)


def test_given_only_rlimits_and_a_user_namespace_when_a_guest_starts_threads_then_it_gets_its_number(
    run_guest: RunGuest, only: Only
) -> None:
    def attack() -> Any:
        stop, started = threading.Event(), []
        try:
            for _ in range(100):
                thread = threading.Thread(target=stop.wait, args=[30])
                thread.start()
                started.append(thread)
        except RuntimeError as why:
            stop.set()
            return [len(started), str(why)]
        return "all"

    limits = GuestLimits(data_bytes=1 << 30, open_files=20, processes=7)
    parts = (PartName.USER_NAMESPACE, PartName.IDENTITY, PartName.CAPABILITIES, PartName.RLIMITS)
    started, why = run_guest(attack, leaving_out=only(*parts), limits=limits).answer
    assert why == "can't start new thread"
    # Seven with the first. The midwife is in the same user namespace, and counts until the monitor has reaped it.
    assert started in (5, 6)


def test_given_two_guests_of_one_account_when_one_uses_all_its_threads_then_the_other_has_its_own(
    run_guest: RunGuest,
) -> None:
    """Counted apart, by their user namespaces: each guest gets its number while the monitor's account runs more."""

    def attack() -> Any:
        stop = threading.Event()
        threads = [threading.Thread(target=stop.wait, args=[30]) for _ in range(6)]
        for thread in threads:
            thread.start()
        stop.set()
        return len(threads)

    # Six, the first one, and the midwife: it is in the same user namespace until the monitor has reaped it.
    limits = GuestLimits(data_bytes=1 << 30, open_files=20, processes=8)
    assert run_guest(attack, limits=limits).answer == 6
    assert run_guest(attack, limits=limits).answer == 6


def own_data() -> int:
    """Bytes that this process has, and so its forks begin with: other tests may have left a lot."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmData:")[2].split()[0]) * 1024


def test_given_only_rlimits_when_a_guest_wants_memory_then_it_gets_what_it_may(run_guest: RunGuest, only: Only) -> None:
    def attack() -> Any:
        kept = bytearray(200 * MEBIBYTE)
        try:
            bytearray(600 * MEBIBYTE)
        except MemoryError:
            return len(kept)
        return "all"

    limits = GuestLimits(data_bytes=own_data() + 400 * MEBIBYTE, open_files=20, processes=7)
    outcome = run_guest(attack, leaving_out=only(PartName.RLIMITS), limits=limits)
    assert (outcome.answer, outcome.status) == (200 * MEBIBYTE, 0)


def test_given_only_rlimits_when_a_guest_writes_a_file_then_not_a_byte_gets_there(
    run_guest: RunGuest, only: Only, tmp_path: Path
) -> None:
    file = os.open(tmp_path / "file", os.O_CREAT | os.O_WRONLY)

    def attack() -> Any:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        return [reason(lambda: os.write(file, b"x")), reason(lambda: os.ftruncate(file, 1))]

    answer = run_guest(attack, leaving_out=only(PartName.RLIMITS)).answer
    os.close(file)
    assert answer == ["EFBIG", "EFBIG"]
    assert (tmp_path / "file").stat().st_size == 0


def test_given_only_rlimits_when_a_guest_raises_them_then_it_may_not(
    run_guest: RunGuest, only: Only, kernel: Any
) -> None:
    def attack() -> Any:
        refused = []
        for which in (resource.RLIMIT_DATA, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
            _, hard = resource.getrlimit(which)
            try:
                resource.setrlimit(which, (hard, hard + 1))
            except (OSError, ValueError):
                refused.append(which)
        return [len(refused), resource.getrlimit(resource.RLIMIT_CORE), kernel.refusal("mlock", 0, 4096)]

    parts = (PartName.RLIMITS, PartName.CAPABILITIES)
    assert run_guest(attack, leaving_out=only(*parts)).answer == [4, [0, 0], "EPERM"]


# The process


def test_given_only_descriptors_closed_when_a_guest_looks_for_leaks_then_only_the_door_is_open(
    run_guest: RunGuest, only: Only
) -> None:
    leak = os.open("/etc/passwd", os.O_RDONLY)
    high = fcntl.fcntl(leak, fcntl.F_DUPFD, 900)
    door, other = socket.socketpair()

    def attack() -> Any:
        standard = [os.readlink(f"/proc/self/fd/{number}") for number in (0, 1, 2)]
        return [standard, reason(lambda: os.read(leak, 1)), reason(lambda: os.read(high, 1)), len(door.recv(1))]

    with door, other:
        other.send(b"x")
        answer = run_guest(attack, leaving_out=only(PartName.DESCRIPTORS), keep=[door.fileno()]).answer
    os.close(leak)
    os.close(high)
    assert answer == [["/dev/null"] * 3, "EBADF", "EBADF", 1]


@pytest.mark.parametrize(("parts", "persona"), [((PartName.PERSONALITY,), 0), ((), 0x0440000)])
def test_given_only_the_personality_when_a_parent_made_memory_executable_then_it_is_not(
    run_guest: RunGuest, only: Only, kernel: Any, parts: tuple[str, ...], persona: int
) -> None:
    read_implies_exec, no_random_addresses = 0x0400000, 0x0040000
    outcome = run_guest(
        lambda: kernel.call("personality", 0xFFFFFFFF),
        leaving_out=only(*parts),
        before_fork=lambda: kernel.call("personality", read_implies_exec | no_random_addresses),
    )
    assert outcome.answer == persona


@pytest.mark.parametrize(("parts", "expected"), [((PartName.NOT_DUMPABLE,), "EACCES"), ((), "done")])
def test_given_only_not_dumpable_when_the_same_account_reads_its_memory_then_it_may_not(
    run_unprivileged_guest: RunGuest, only: Only, parts: tuple[str, ...], expected: str
) -> None:
    """The guest's child plays the other process: same account, no more rights."""

    def attack() -> Any:
        target = os.getpid()
        hear, tell = os.pipe()
        if os.fork() == 0:
            os.write(tell, reason(lambda: read(f"/proc/{target}/environ")).encode())
            os._exit(0)
        os.wait()
        return os.read(hear, 20).decode()

    assert run_unprivileged_guest(attack, leaving_out=only(*parts)).answer == expected


@pytest.mark.parametrize(("parts", "expected"), [((PartName.SIGNALS,), "default"), ((), "the monitor's")])
def test_given_only_signals_reset_when_the_monitor_has_handlers_then_the_guest_has_not(
    run_guest: RunGuest, only: Only, parts: tuple[str, ...], expected: str
) -> None:
    def handle() -> None:
        signal.signal(signal.SIGUSR1, lambda *_: None)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])

    def look() -> Any:
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        kept = signal.getsignal(signal.SIGUSR1) is not signal.SIG_DFL, signal.SIGUSR2 in blocked
        return {(True, True): "the monitor's", (False, False): "default"}[kept]

    assert run_guest(look, leaving_out=only(*parts), before_fork=handle).answer == expected


def test_given_only_an_oom_score_when_a_guest_looks_then_it_goes_first(run_guest: RunGuest, only: Only) -> None:
    outcome = run_guest(lambda: int(Path("/proc/self/oom_score_adj").read_text()), leaving_out=only(PartName.OOM_SCORE))
    assert outcome.answer == 1000


@pytest.mark.parametrize("parts", [(PartName.PERSONALITY,), (PartName.RLIMITS, PartName.NO_NEW_PRIVS)])
def test_given_parts_left_out_when_a_guest_enters_then_the_report_does_not_name_them(
    run_guest: RunGuest, only: Only, parts: tuple[str, ...]
) -> None:
    report = run_guest(lambda: None, leaving_out=only(*parts)).report
    assert {part.name for part in report} == set(parts)
