"""The monitor: unchanged by forking a guest, and then confined to its vessel's folder."""

# An attack is one system call, and `os` names them.
# ruff: noqa: PTH115, PTH208

import errno
import os
import resource
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.walls import Birth, GuestLimits, Prepared, WallError, confine, enter, fork_guest, process, standing

InMonitor = Callable[[Callable[[], object]], Any]

LIMITS = GuestLimits(data_bytes=1 << 30, open_files=64, processes=16)


def reason(action: Callable[[], object]) -> str:
    try:
        action()
    except OSError as why:
        return errno.errorcode[why.errno or 0]
    return "done"


def fork_one(prepared: Prepared, work: Callable[[], object]) -> Any:
    """A guest that does `work` and ends; its process id."""
    born = fork_guest()
    if not isinstance(born, Birth):
        return born
    try:
        if standing(enter(prepared, LIMITS, born, keep_fds=[])):
            work()
    finally:
        os._exit(0)


def test_given_a_guest_was_forked_when_the_monitor_starts_threads_then_it_can(
    in_monitor: InMonitor, prepared: Prepared
) -> None:
    """A process that itself left a pid namespace could not any more; that is what the midwife is for."""

    def namespaces() -> list[str]:
        kinds = ("user", "mnt", "net", "ipc", "uts", "pid", "pid_for_children", "cgroup")
        return [os.readlink(f"/proc/self/ns/{kind}") for kind in kinds]

    def work() -> Any:
        process.own_proc_self()  # the fixture changed its user
        before = namespaces()
        user = os.geteuid()
        guest = fork_one(prepared, lambda: None)
        ran = []
        thread = threading.Thread(target=lambda: ran.append("thread"))
        thread.start()
        thread.join(10)
        status = os.waitpid(guest, 0)[1]
        after = namespaces()
        return [ran, status, before == after, user == os.geteuid()]

    assert in_monitor(work) == [["thread"], 0, True, True]


def test_given_a_guest_was_forked_when_the_monitor_looks_then_it_has_one_child_and_no_new_descriptor(
    in_monitor: InMonitor, prepared: Prepared
) -> None:
    def work() -> Any:
        process.own_proc_self()
        before = sorted(os.listdir("/proc/self/fd"))
        guest = fork_one(prepared, lambda: None)
        after = sorted(os.listdir("/proc/self/fd"))
        waited = os.waitpid(-1, 0)[0]
        return [before == after, waited == guest, reason(lambda: os.waitpid(-1, 0))]

    assert in_monitor(work) == [True, True, "ECHILD"]


def test_given_a_monitor_that_ignores_sigchld_when_it_forks_a_guest_then_it_learns_which(
    in_monitor: InMonitor, prepared: Prepared
) -> None:
    def work() -> Any:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        guest = fork_one(prepared, lambda: threading.Event().wait(60))
        pidfd = os.pidfd_open(guest)
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        return guest > 1

    assert in_monitor(work)


def test_given_a_confined_monitor_when_it_signals_its_guest_then_the_guest_obeys(
    in_monitor: InMonitor, prepared: Prepared, shared_folder: Path
) -> None:
    def work() -> Any:
        own = os.open(shared_folder, os.O_PATH | os.O_DIRECTORY)
        guest = fork_one(prepared, lambda: threading.Event().wait(60))
        pidfd = os.pidfd_open(guest)
        confine(prepared, [own])
        signals = (signal.SIGSTOP, signal.SIGCONT, signal.SIGKILL)
        answers = [reason(lambda n=n: signal.pidfd_send_signal(pidfd, n)) for n in signals]  # type: ignore[misc]  # of a lambda's default, mypy knows no type
        return [*answers, os.waitstatus_to_exitcode(os.waitpid(guest, 0)[1])]

    assert in_monitor(work) == ["done", "done", "done", -signal.SIGKILL]


def test_given_a_confined_monitor_when_it_uses_files_then_only_its_own_are_there(
    in_monitor: InMonitor, prepared: Prepared, shared_folder: Path
) -> None:
    if prepared.landlock_abi == 0:
        pytest.skip("this kernel runs without Landlock")
    vessel, other = shared_folder / "vessel", shared_folder / "other"
    for folder in (vessel, other):
        folder.mkdir()
        folder.chmod(0o777)
    (other / "secret").write_text("not for this vessel")

    def work() -> Any:
        own = os.open(vessel, os.O_RDONLY | os.O_DIRECTORY)
        report = confine(prepared._replace(monitor_filter="left out"), [own])

        def put(name: str, mode: int = os.O_WRONLY | os.O_CREAT) -> Callable[[], object]:
            return lambda: os.close(os.open(name, mode, 0o600, dir_fd=own))

        return [
            [part.state.value for part in report],
            [
                reason(put("file")),
                reason(put("file", os.O_WRONLY | os.O_TRUNC)),
                reason(put("file", os.O_RDONLY)),
                reason(lambda: os.mkdir("folder", dir_fd=own)),
                reason(lambda: os.rename("file", "folder/moved", src_dir_fd=own, dst_dir_fd=own)),
                reason(lambda: os.unlink("folder/moved", dir_fd=own)),
                reason(lambda: os.rmdir("folder", dir_fd=own)),
                reason(lambda: os.close(os.open("/etc/hosts", os.O_RDONLY))),
            ],
            [
                reason(put("../other/secret", os.O_RDONLY)),
                reason(put(str(other / "new"))),
                reason(lambda: os.symlink("/etc/passwd", "link", dir_fd=own)),
                reason(lambda: os.mkfifo("pipe", dir_fd=own)),
                reason(lambda: os.close(os.open("/etc/hosts", os.O_WRONLY))),
                reason(lambda: os.close(os.open("/proc/self/status", os.O_RDONLY))),
                reason(lambda: os.listdir("/root")),
                reason(lambda: os.execv("/bin/true", ["true"])),
            ],
        ]

    states, allowed, refused = in_monitor(work)
    assert states == ["up", "up", "up", "absent"]
    assert allowed == ["done"] * len(allowed)
    assert refused == ["EACCES"] * len(refused)


def test_given_a_confined_monitor_when_it_is_handed_the_guests_proc_folder_then_it_can_read_there(
    in_monitor: InMonitor, prepared: Prepared, shared_folder: Path
) -> None:
    def work() -> Any:
        own = os.open(shared_folder, os.O_PATH | os.O_DIRECTORY)
        guest = fork_one(prepared, lambda: threading.Event().wait(60))
        proc = os.open(f"/proc/{guest}", os.O_RDONLY | os.O_DIRECTORY)
        pidfd = os.pidfd_open(guest)
        confine(prepared, [own], readable=[proc])
        with os.fdopen(os.open("stat", os.O_RDONLY, dir_fd=proc)) as file:
            found = file.read().split()[0]
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.waitpid(guest, 0)
        return int(found) == guest

    assert in_monitor(work)


def test_given_a_confined_monitor_when_it_uses_the_network_then_it_can(
    in_monitor: InMonitor, prepared: Prepared, shared_folder: Path
) -> None:
    def work() -> Any:
        confine(prepared, [os.open(shared_folder, os.O_PATH | os.O_DIRECTORY)])
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
            client.connect(server.getsockname())
            accepted, _ = server.accept()
            accepted.send(b"x")
            received = client.recv(1)
            accepted.close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, socket.socket(type=socket.SOCK_DGRAM) as two:
            two.bind(("127.0.0.1", 0))
            one.sendto(b"y", two.getsockname())
            received += two.recv(1)
        return received.decode()

    assert in_monitor(work) == "xy"


def test_given_a_confined_monitor_when_it_looks_up_names_then_the_system_resolver_works(
    in_monitor: InMonitor, prepared: Prepared, shared_folder: Path
) -> None:
    def look_up() -> Any:
        addresses = {info[4][0] for info in socket.getaddrinfo("localhost", "http", type=socket.SOCK_STREAM)}
        try:
            # International, which imports a codec; of a domain that never exists.
            socket.getaddrinfo("b\u00fccher.invalid", 80)
        except socket.gaierror:
            return sorted(addresses)
        return "found"

    def work() -> Any:
        confine(prepared, [os.open(shared_folder, os.O_PATH | os.O_DIRECTORY)])
        return look_up()

    found = in_monitor(work)
    assert found == look_up()
    assert set(found) & {"127.0.0.1", "::1"}


def test_given_a_confined_monitor_when_it_starts_threads_then_they_are_confined_too(
    in_monitor: InMonitor, prepared: Prepared, shared_folder: Path
) -> None:
    def work() -> Any:
        confine(prepared, [os.open(shared_folder, os.O_PATH | os.O_DIRECTORY)])
        seen = []
        thread = threading.Thread(target=lambda: seen.append(reason(lambda: os.listdir("/usr/bin"))))
        thread.start()
        thread.join(10)
        return seen

    assert in_monitor(work) == ["EACCES" if prepared.landlock_abi else "done"]


def test_given_an_account_that_may_not_fork_when_a_guest_is_wanted_then_it_is_a_wall_error_and_nothing_is_left_open(
    in_monitor: InMonitor,
) -> None:
    def work() -> Any:
        if os.geteuid() == 0:
            return None  # root may always fork
        process.own_proc_self()
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        before = sorted(os.listdir("/proc/self/fd"))
        try:
            fork_guest()
        except WallError as why:
            return [str(why), before == sorted(os.listdir("/proc/self/fd"))]
        return "forked"

    assert in_monitor(work) in (None, ["no guest could be forked: Resource temporarily unavailable", True])


def test_given_pytest_as_the_caller_when_a_monitor_was_confined_then_the_caller_was_not() -> None:
    assert subprocess.run(["true"], check=True).returncode == 0
