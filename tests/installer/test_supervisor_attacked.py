"""The service when it is killed, by whatever it is at; and what others take away from it, or leave in its way."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from tests.installer.stand_ins import EXITS, HANGS
from tests.installer.supervised import HASTY, PATIENCE, Installed, hasty, until

from seattle.installer.standalone.asking import ask
from seattle.installer.standalone.versions import Home

pytestmark = pytest.mark.slow


FORKS_AWAY = """
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.setsid()
    time.sleep(1000)
os._exit(5)
"""


def test_given_a_next_version_whose_daemon_leaves_its_work_to_a_child_when_it_is_switched_to_then_the_old_one_is_back(
    installed: Installed,
) -> None:
    installed.bounds = hasty(end_within=0.2, deaths=2)
    installed.serve()
    installed.goes_back_from("1.1", before_ready=FORKS_AWAY)
    until(lambda: len(installed.processes()) == 2, installed.processes)


LEAVES_NOTHING = """
here = Path(sys.executable).parents[1]
(here / "bin" / "python3").unlink()
(here / "seattle.bundle").unlink()
"""


def test_given_a_next_version_that_removes_its_own_interpreter_when_it_is_switched_to_then_the_old_one_is_back(
    installed: Installed,
) -> None:
    installed.serve()
    installed.goes_back_from("1.1", before_ready=f"{LEAVES_NOTHING}\n{EXITS}")


def test_given_a_supervisor_that_is_killed_when_it_starts_again_then_the_daemon_has_handed_over_to_the_next(
    installed: Installed,
) -> None:
    supervisor = installed.serve()
    supervisor.kill()
    supervisor.wait()
    installed.serve()
    assert installed.words() == ["1.0 began", "1.0 handed over", "1.0 began"], installed.logged()
    # A third is there for a moment: once the daemon is ready, a supervisor packs that of its version to compare them.
    until(lambda: len(installed.processes()) == 2, installed.processes)


def test_given_a_daemon_that_misses_the_end_of_its_supervisor_when_the_next_one_starts_then_that_ends_it(
    installed: Installed,
) -> None:
    installed.bounds = hasty(end_within=0.5)
    installed.home.switch(installed.add("1.1", before_ready="signal.signal(signal.SIGTERM, signal.SIG_IGN)"))
    supervisor = installed.start()
    stubborn = installed.settled("1.1")["daemon"]
    supervisor.kill()
    supervisor.wait()
    installed.start()
    assert installed.settled("1.1")["daemon"] != stubborn
    assert [event["pid"] for event in installed.events("daemon_killed")] == [stubborn]


def test_given_somebody_elses_daemon_in_the_nodes_folder_when_the_supervisor_starts_then_it_is_left_alone_and_named(
    installed: Installed,
) -> None:
    installed.bounds = hasty(end_within=0.2)
    with (installed.home.node / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        installed.start()
        trouble = until(lambda: installed.status().get("trouble"), installed.logged)
        assert trouble == f"another daemon (process {os.getpid()}) works in the node's folder: end it first"
    installed.settled("1.0")


KILLED_AT = """
import os, signal, sys
sys.path.insert(0, {pyz!r})
left, end = [{step}], os.kill  # before that is one that counts
def counted(real):
    def call(*words, **more):
        if left[0] == 0:
            end(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return real(*words, **more)
    return call
for name in ("replace", "rename", "unlink", "kill", "fork", "symlink", "fsync"):
    setattr(os, name, counted(getattr(os, name)))
import pathlib
for name in ("replace", "unlink", "symlink_to"):
    setattr(pathlib.Path, name, counted(getattr(pathlib.Path, name)))
from standalone.__main__ import main
sys.exit(main(["--home", {home!r}, "--bounds", {bounds!r}]))
"""
BRIEFLY = {("works", 7), ("works", 17), ("broken", 12)}  # and the rest in the long version
STEPS = [
    pytest.param(new, step, marks=[] if (new, step) in BRIEFLY else pytest.mark.soak)
    for new in ("works", "broken")
    for step in range(80)
]


@pytest.mark.parametrize(("new", "step"), STEPS)
def test_given_a_supervisor_killed_at_any_step_of_a_switch_when_it_starts_again_then_it_ends_in_a_whole_state(
    installed: Installed, step: int, new: str
) -> None:
    installed.home.name_next(installed.add("1.1", before_ready="" if new == "works" else EXITS))
    program = KILLED_AT.format(
        pyz=str(installed.home.supervisor), step=step, home=str(installed.home.folder), bounds=HASTY.words()
    )
    with (installed.home.folder / "out").open("ab") as out:
        killed = subprocess.Popen([sys.executable, "-I", "-S", "-c", program], stdout=out, stderr=out)
    installed.started.append(killed)
    final = "1.1" if new == "works" else "1.0"
    until(lambda: killed.poll() is not None or (installed.home.next() is None and installed.is_settled(final)))
    if killed.poll() is None:  # it had fewer steps than that
        print("all steps were done")
        killed.kill()
        killed.wait()
    installed.start()
    installed.settled(final)
    assert ("1.1" in installed.home.refused()) == (new == "broken")
    assert installed.home.trial() is None
    assert "1.0 folder in use" not in installed.words()


def replaced(name: str, old: str, new: str) -> dict[str, str]:
    """One of the modules with a change."""
    source = (Path(sys.modules[Home.__module__].__file__ or "").parent / name).read_text()
    assert old in source
    return {name: source.replace(old, new)}


DIES = "dies after its first step"
SUPERVISORS = {
    "does not import": replaced("supervisor.py", "import contextlib", "import no_such_module"),
    "dies when it takes over": replaced(
        "supervisor.py", "        now = time.monotonic()\n        if daemon:", "        os.abort()\n        if daemon:"
    ),
    "hangs when it takes over": replaced(
        "supervisor.py",
        "        now = time.monotonic()\n        if daemon:",
        "        time.sleep(1000)\n        if daemon:",
    ),
    DIES: replaced("supervisor.py", "            self._wait()\n", "            os._exit(1)\n"),
}


@pytest.mark.parametrize(
    "standalone",
    [
        pytest.param(one, id=name, marks=pytest.mark.soak if name in ("hangs when it takes over", DIES) else [])
        for name, one in SUPERVISORS.items()
    ],
)
def test_given_a_new_supervisor_that_is_broken_when_it_is_to_take_over_then_the_old_one_goes_on(
    installed: Installed, standalone: dict[str, str]
) -> None:
    installed.bounds = hasty(come_up=2.0)
    installed.serve()
    ours = installed.home.supervisor.read_bytes()
    installed.offer("1.1", standalone=standalone)
    until((installed.home.folder / "supervisor.refused").exists, installed.logged)
    installed.settled("1.1")
    assert installed.home.supervisor.read_bytes() == ours
    until(lambda: len(installed.processes()) == 2, installed.logged)
    assert "1.1 ended" not in installed.words()


def fill_the_disk(supervisor: "subprocess.Popen[bytes]", room: int) -> None:
    """A limit on the size of files (bytes) is met as a full disk is: by a write that fails."""
    psutil.Process(supervisor.pid).rlimit(psutil.RLIMIT_FSIZE, (room, room))


def test_given_a_full_disk_when_a_next_version_is_there_then_it_is_not_switched_to_and_the_old_one_serves(
    installed: Installed,
) -> None:
    supervisor = installed.serve()
    fill_the_disk(supervisor, 60)  # enough for a line in the diary, and too little for what is written of a trial
    installed.offer("1.1")
    until(lambda: installed.words()[-2:] == ["1.0 handed over", "1.0 began"], installed.logged)
    assert installed.settled("1.0")["supervisor"] == supervisor.pid


def test_given_a_disk_that_is_full_by_now_when_a_version_on_trial_fails_then_the_old_one_is_back_all_the_same(
    installed: Installed,
) -> None:
    installed.bounds = hasty(ready_within=1.0)
    supervisor = installed.serve()
    silent = f"signal.signal(signal.SIGTERM, signal.SIG_DFL); {HANGS}"  # its last word takes no room in the diary
    installed.offer("1.1", before_ready=silent)
    until(lambda: installed.words()[-1:] == ["1.1 began"], installed.logged)
    fill_the_disk(supervisor, 80)  # too little for the reason why it is refused
    assert installed.settled("1.0")["supervisor"] == supervisor.pid


def test_given_a_python_that_has_gone_when_the_supervisor_starts_then_the_version_gets_another(
    installed: Installed,
) -> None:
    link = installed.home.folder_of("1.0") / "bin" / "python3"
    link.unlink()
    link.symlink_to("/usr/bin/python-that-was-removed")
    installed.serve()
    assert link.exists()


def test_given_no_python_that_would_do_when_the_supervisor_starts_then_it_says_what_to_install(
    installed: Installed,
) -> None:
    folder = installed.home.folder_of("1.0")
    (folder / "bin" / "python3").unlink()
    (folder / "seattle.bundle").write_bytes(b"damaged, too")
    installed.start()
    trouble = until(lambda: installed.status().get("trouble"), installed.logged)
    assert "has gone, and no other will do" in trouble


HELPED = """
import os, time
if os.fork() == 0:
    time.sleep(1000)
with (home / "node" / "diary").open("a") as diary:
    diary.write("update waits\\n")
time.sleep(1000)
"""


@pytest.mark.parametrize("why", [pytest.param("it takes too long", marks=pytest.mark.soak), "the supervisor ends"])
def test_given_an_update_step_that_has_others_work_for_it_when_it_is_ended_then_they_end_too(
    installed: Installed, why: str
) -> None:
    takes_long = why == "it takes too long"
    installed.bounds = hasty(check_within=0.5 if takes_long else 1000.0)
    installed.home.switch(installed.add("1.1", update=HELPED))
    supervisor = installed.serve("1.1")
    ask(installed.home.folder, "check")
    if takes_long:
        until(lambda: installed.events("update_checked"), installed.logged)
        until(lambda: len(installed.processes()) == 2, installed.processes)
    else:
        until(lambda: "update waits" in installed.diary(), installed.logged)
        ask(installed.home.folder, "stop")
        assert supervisor.wait(PATIENCE) == 0
        assert not installed.processes()
