"""The service: what it does with versions that work, with those that do not, and when it is killed."""

import fcntl
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.installer.conftest import Unpack
from tests.installer.stand_ins import DIES_SOON, EXITS, HANGS

from seattle.installer.standalone.asking import ask
from seattle.installer.standalone.bounds import Bounds, delay
from seattle.installer.standalone.errors import InstallerError, SupervisorAway
from seattle.installer.standalone.mending import put_supervisor
from seattle.installer.standalone.versions import Home, Trial

pytestmark = pytest.mark.slow

PATIENCE = 30.0  # seconds, for whatever should happen at once
HASTY = Bounds(
    ready_within=2.0,
    connect_within=4.0,
    trial=0.5,
    end_within=5.0,
    first_back_off=0.05,
    longest_back_off=0.3,
    first_check=(1000.0, 1000.0),
    check=(1000.0, 1000.0),
    come_up=5.0,
    stay=0.5,
    step_aside=0.2,
    lock_within=0.5,
)


def until(so: Callable[[], Any], what: Callable[[], object] = lambda: "") -> Any:
    """Wait until something is so, which tells nobody when it changes; what it is."""
    deadline = time.monotonic() + PATIENCE
    while not (found := so()):
        assert time.monotonic() < deadline, what()
        time.sleep(0.02)
    return found


@dataclass
class Installed:
    """A home with a version in it, and its supervisor when it runs."""

    home: Home
    unpack: Unpack
    bounds: Bounds = HASTY
    started: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def add(self, version: str, **behaviour: Any) -> str:
        """Have a version there."""
        shutil.copytree(self.unpack(version, behaviour), self.home.folder_of(version), symlinks=True)
        return version

    def start(self) -> "subprocess.Popen[bytes]":
        with (self.home.folder / "out").open("ab") as out:
            command = ["/bin/sh", str(self.home.launcher), "--bounds", self.bounds.words()]
            self.started.append(subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True))
        return self.started[-1]

    def status(self) -> dict[str, Any]:
        with suppress(SupervisorAway):
            return dict(ask(self.home.folder, "status"))
        return {}

    def settled(self, version: str) -> dict[str, Any]:
        """Wait until this version serves and nothing is on trial; how all stands."""
        return dict(until(lambda: self._is_settled(version), self.logged))

    def _is_settled(self, version: str) -> dict[str, Any] | None:
        status = self.status()
        is_so = status.get("version") == version and status["ready"] and not status["trial"] and not status["next"]
        return status if is_so else None

    def logged(self) -> str:
        return f"{self.home.log.read_text()}\n{(self.home.folder / 'out').read_text()}"

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.home.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]

    def diary(self) -> list[str]:
        with suppress(FileNotFoundError):
            return (self.home.node / "diary").read_text().splitlines()
        return []

    def words(self) -> list[str]:
        """The diary without process ids."""
        return [" ".join(line.split()[:1] + line.split()[2:]) for line in self.diary()]

    def processes(self) -> list[psutil.Process]:
        """All that was started from this home."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if str(self.home.folder) in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def end(self) -> None:
        for process in self.processes():
            with suppress(psutil.Error):
                process.kill()
        for popen in self.started:
            popen.wait()


@pytest.fixture
def installed(tmp_path: Path, unpack: Unpack) -> Iterator[Installed]:
    """A home with version 1.0, which works."""
    home = Home(tmp_path / "home")
    home.versions.mkdir(parents=True)
    home.node.mkdir()
    made = Installed(home, unpack)
    home.switch(made.add("1.0"))
    put_supervisor(home, "1.0")
    yield made
    made.end()


def test_given_a_home_when_its_supervisor_starts_then_the_daemon_serves_and_a_stop_ends_both(
    installed: Installed,
) -> None:
    supervisor = installed.start()
    status = installed.settled("1.0")
    assert status["supervisor"] == supervisor.pid
    assert psutil.Process(status["daemon"]).ppid() == supervisor.pid
    ask(installed.home.folder, "stop")
    assert supervisor.wait(PATIENCE) == 0
    assert installed.words() == ["1.0 began", "1.0 ended"]
    assert not installed.processes()
    assert installed.status() == {}


def test_given_a_supervisor_when_a_second_one_is_started_then_that_ends_and_says_why(installed: Installed) -> None:
    installed.start()
    installed.settled("1.0")
    assert installed.start().wait(PATIENCE) == 1
    assert "another supervisor runs" in installed.logged()
    assert installed.settled("1.0")


def test_given_a_daemon_that_dies_when_it_is_started_again_then_each_wait_is_longer_up_to_a_bound(
    installed: Installed,
) -> None:
    installed.home.switch(installed.add("1.1", before_ready=EXITS))
    installed.start()
    until(lambda: installed.words().count("1.1 began") >= 6, installed.logged)
    assert installed.status()["ready"] is False


def test_given_a_supervisor_when_it_gets_sigterm_then_the_daemon_ends_with_its_programs(installed: Installed) -> None:
    supervisor = installed.start()
    installed.settled("1.0")
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(PATIENCE) == 0
    assert installed.words() == ["1.0 began", "1.0 ended"]


@pytest.mark.parametrize("order", ["verb", "SIGHUP"])
def test_given_a_supervisor_when_it_is_told_to_restart_the_daemon_then_that_hands_over_to_the_next(
    installed: Installed, order: str
) -> None:
    supervisor = installed.start()
    first = installed.settled("1.0")["daemon"]
    if order == "verb":
        ask(installed.home.folder, "restart")
    else:
        supervisor.send_signal(signal.SIGHUP)
    until(lambda: installed.status().get("daemon") not in (None, first), installed.logged)
    installed.settled("1.0")
    assert installed.words() == ["1.0 began", "1.0 handed over", "1.0 began"]


def test_given_a_next_version_that_works_when_it_is_named_then_it_serves_and_the_old_one_is_removed(
    installed: Installed,
) -> None:
    supervisor = installed.start()
    installed.settled("1.0")
    installed.home.name_next(installed.add("1.1"))
    ask(installed.home.folder, "status")
    installed.settled("1.1")
    assert installed.words() == ["1.0 began", "1.0 handed over", "1.1 began"]
    until(lambda: not installed.home.is_there("1.0"), installed.logged)
    assert installed.home.refused() == {}
    assert installed.status()["supervisor"] == supervisor.pid  # the same supervisor is no reason for another process


STUBBORN = "never ends when it is told to"
BROKEN = {
    "exits at once": ({"before_ready": EXITS}, "ended again and again"),
    "is never ready": ({"before_ready": HANGS}, "not ready within"),
    "dies once it is ready": ({"when_ready": DIES_SOON}, "ended again and again"),
    "is no Python": ({"before_ready": "$$"}, "ended again and again"),
    STUBBORN: (
        {"before_ready": f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {HANGS}"},
        "not ready within",
    ),
}


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
    installed.bounds = Bounds(**{**HASTY.__dict__, "end_within": 0.2, "deaths": 2})
    installed.start()
    installed.settled("1.0")
    installed.home.name_next(installed.add("1.1", before_ready=FORKS_AWAY))
    ask(installed.home.folder, "status")
    until(lambda: "1.1" in installed.home.refused(), installed.logged)
    installed.settled("1.0")
    until(lambda: len(installed.processes()) == 2, installed.processes)


LEAVES_NOTHING = """
here = Path(sys.executable).parents[1]
(here / "bin" / "python3").unlink()
(here / "seattle.bundle").unlink()
"""


def test_given_a_next_version_that_removes_its_own_interpreter_when_it_is_switched_to_then_the_old_one_is_back(
    installed: Installed,
) -> None:
    installed.start()
    installed.settled("1.0")
    installed.home.name_next(installed.add("1.1", before_ready=f"{LEAVES_NOTHING}\n{EXITS}"))
    ask(installed.home.folder, "status")
    until(lambda: "1.1" in installed.home.refused(), installed.logged)
    installed.settled("1.0")


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        pytest.param(*one, id=name, marks=pytest.mark.soak if name in ("is no Python", STUBBORN) else [])
        for name, one in BROKEN.items()
    ],
)
def test_given_a_next_version_whose_daemon_is_broken_when_it_is_switched_to_then_the_old_one_is_back_and_it_is_refused(
    installed: Installed, behaviour: dict[str, str], why: str
) -> None:
    installed.bounds = Bounds(**{**HASTY.__dict__, "end_within": 1.0})
    installed.start()
    installed.settled("1.0")
    installed.home.name_next(installed.add("1.1", **behaviour))
    ask(installed.home.folder, "status")
    until(lambda: "1.1" in installed.home.refused(), installed.logged)
    installed.settled("1.0")
    assert why in installed.home.refused()["1.1"].why
    assert installed.words()[-1] == "1.0 began"


def test_given_a_refused_version_when_it_is_named_again_then_it_is_not_switched_to_until_it_is_forgiven(
    installed: Installed,
) -> None:
    installed.home.refuse(installed.add("1.1"), "it was broken")
    installed.start()
    installed.settled("1.0")
    installed.home.name_next("1.1")
    assert installed.status()["next"] is None
    assert installed.words() == ["1.0 began"]
    installed.home.forgive("1.1")
    installed.home.name_next("1.1")
    ask(installed.home.folder, "status")
    installed.settled("1.1")


def test_given_a_supervisor_that_is_killed_when_it_starts_again_then_the_daemon_has_handed_over_to_the_next(
    installed: Installed,
) -> None:
    supervisor = installed.start()
    installed.settled("1.0")
    supervisor.kill()
    supervisor.wait()
    installed.start()
    installed.settled("1.0")
    assert installed.words() == ["1.0 began", "1.0 handed over", "1.0 began"], installed.logged()
    # A third is there for a moment: once the daemon is ready, a supervisor packs that of its version to compare them.
    until(lambda: len(installed.processes()) == 2, installed.processes)


def test_given_a_daemon_that_misses_the_end_of_its_supervisor_when_the_next_one_starts_then_that_ends_it(
    installed: Installed,
) -> None:
    installed.bounds = Bounds(**{**HASTY.__dict__, "end_within": 0.5})
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
    installed.bounds = Bounds(**{**HASTY.__dict__, "end_within": 0.2})
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
    until(lambda: killed.poll() is not None or (installed.home.next() is None and installed._is_settled(final)))
    if killed.poll() is None:  # it had fewer steps than that
        print("all steps were done")
        killed.kill()
        killed.wait()
    installed.start()
    installed.settled(final)
    assert ("1.1" in installed.home.refused()) == (new == "broken")
    assert installed.home.trial() is None
    assert "1.0 folder in use" not in installed.words()


def test_given_a_trial_that_a_crash_has_cut_short_when_the_home_recovers_then_it_is_before_or_after_it(
    installed: Installed,
) -> None:
    home = installed.home
    installed.add("1.1")
    home.set_trial(Trial("1.1", "1.0", time.time()))  # and not switched to yet
    home.recover()
    assert (home.current(), home.trial()) == ("1.0", None)
    home.set_trial(trial := Trial("1.1", "1.0", time.time()))
    home.switch("1.1")
    home.recover()
    assert (home.current(), home.trial()) == ("1.1", trial)
    home.refuse("1.1", "it was broken")  # and not gone back from yet
    home.recover()
    assert (home.current(), home.trial()) == ("1.0", None)


def test_given_a_new_supervisor_when_its_version_is_trusted_then_it_takes_over_and_the_daemon_does_not_notice(
    installed: Installed,
) -> None:
    supervisor = installed.start()
    installed.settled("1.0")
    source = Path(sys.modules[Home.__module__].__file__ or "").read_text()
    installed.home.name_next(installed.add("1.1", standalone={"versions.py": source + "\n# of another version\n"}))
    ask(installed.home.folder, "status")
    until(lambda: installed.events("supervisor_replaced"), installed.logged)
    assert installed.settled("1.1")["supervisor"] == supervisor.pid
    assert installed.words() == ["1.0 began", "1.0 handed over", "1.1 began"]
    assert b"# of another version" in installed.home.supervisor.read_bytes()
    until(lambda: len(installed.processes()) == 2, installed.logged)  # the guardian has gone
    before = installed.status()["daemon"]
    ask(installed.home.folder, "restart")
    until(lambda: installed.status().get("daemon") not in (None, before), installed.logged)
    daemon = installed.settled("1.1")["daemon"]  # by now it is another program than its supervisor
    held = {str(file.readlink()) for file in Path(f"/proc/{daemon}/fd").iterdir()}
    # It outlives its supervisor for a while: with this open, the next supervisor would be taken for a second one.
    assert str(installed.home.folder / "lock") not in held


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
    installed.bounds = Bounds(**{**HASTY.__dict__, "come_up": 2.0})
    installed.start()
    installed.settled("1.0")
    ours = installed.home.supervisor.read_bytes()
    installed.home.name_next(installed.add("1.1", standalone=standalone))
    ask(installed.home.folder, "status")
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
    supervisor = installed.start()
    installed.settled("1.0")
    fill_the_disk(supervisor, 60)  # enough for a line in the diary, and too little for what is written of a trial
    installed.home.name_next(installed.add("1.1"))
    ask(installed.home.folder, "status")
    until(lambda: installed.words()[-2:] == ["1.0 handed over", "1.0 began"], installed.logged)
    assert installed.settled("1.0")["supervisor"] == supervisor.pid


def test_given_a_disk_that_is_full_by_now_when_a_version_on_trial_fails_then_the_old_one_is_back_all_the_same(
    installed: Installed,
) -> None:
    installed.bounds = Bounds(**{**HASTY.__dict__, "ready_within": 1.0})
    supervisor = installed.start()
    installed.settled("1.0")
    silent = f"signal.signal(signal.SIGTERM, signal.SIG_DFL); {HANGS}"  # its last word takes no room in the diary
    installed.home.name_next(installed.add("1.1", before_ready=silent))
    ask(installed.home.folder, "status")
    until(lambda: installed.words()[-1:] == ["1.1 began"], installed.logged)
    fill_the_disk(supervisor, 80)  # too little for the reason why it is refused
    assert installed.settled("1.0")["supervisor"] == supervisor.pid


def test_given_a_python_that_has_gone_when_the_supervisor_starts_then_the_version_gets_another(
    installed: Installed,
) -> None:
    link = installed.home.folder_of("1.0") / "bin" / "python3"
    link.unlink()
    link.symlink_to("/usr/bin/python-that-was-removed")
    installed.start()
    installed.settled("1.0")
    assert link.exists()


def test_given_no_python_that_would_do_when_the_supervisor_starts_then_it_says_what_to_install(
    installed: Installed, tmp_path: Path
) -> None:
    folder = installed.home.folder_of("1.0")
    (folder / "bin" / "python3").unlink()
    (folder / "seattle.bundle").write_bytes(b"damaged, too")
    installed.start()
    trouble = until(lambda: installed.status().get("trouble"), installed.logged)
    assert "has gone, and no other will do" in trouble


def test_given_a_moment_to_look_for_updates_when_it_comes_then_the_update_step_runs_and_its_word_is_kept(
    installed: Installed,
) -> None:
    installed.bounds = Bounds(**{**HASTY.__dict__, "first_check": (0.0, 0.2), "check": (0.05, 0.1)})
    installed.start()
    until(lambda: installed.words().count("update") >= 3, installed.logged)
    status = until(lambda: (now := installed.status()).get("checked") and now, installed.logged)
    assert status["checked"]["result"] == "nothing_new"
    assert [line for line in installed.words() if line != "update"] == ["1.0 began"]  # nothing was restarted


def test_given_a_donor_who_asks_for_updates_when_it_is_long_until_the_next_look_then_it_is_made_at_once(
    installed: Installed,
) -> None:
    installed.start()
    installed.settled("1.0")
    ask(installed.home.folder, "check")
    until(lambda: "update" in installed.words(), installed.logged)


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
    installed.bounds = Bounds(**{**HASTY.__dict__, "check_within": 0.5 if takes_long else 1000.0})
    installed.home.switch(installed.add("1.1", update=HELPED))
    supervisor = installed.start()
    installed.settled("1.1")
    ask(installed.home.folder, "check")
    if takes_long:
        until(lambda: installed.events("update_checked"), installed.logged)
        until(lambda: len(installed.processes()) == 2, installed.processes)
    else:
        until(lambda: "update waits" in installed.diary(), installed.logged)
        ask(installed.home.folder, "stop")
        assert supervisor.wait(PATIENCE) == 0
        assert not installed.processes()


def test_given_many_nodes_when_each_waits_for_its_next_look_then_they_are_spread_over_the_span() -> None:
    chance = random.Random(7).random
    waits = [delay((1800.0, 5400.0), chance) for _ in range(10_000)]
    assert min(waits) >= 1800
    assert max(waits) <= 5400
    for quarter in range(4):
        there = sum(1800 + 900 * quarter <= wait < 2700 + 900 * quarter for wait in waits)
        assert 2300 < there < 2700


def test_given_a_supervisor_when_a_verb_is_unknown_then_it_says_which_there_are(installed: Installed) -> None:
    installed.start()
    installed.settled("1.0")
    with pytest.raises(InstallerError, match="check, restart, status, stop"):
        ask(installed.home.folder, "fly")


def test_given_a_supervisor_when_it_has_been_at_work_then_it_takes_little_memory(installed: Installed) -> None:
    supervisor = installed.start()
    installed.settled("1.0")
    memory = psutil.Process(supervisor.pid).memory_full_info()
    print(f"{memory.pss / 2**20:.1f} MB PSS, {memory.uss / 2**20:.1f} MB its own, {memory.rss / 2**20:.1f} MB resident")
    assert memory.pss < 12 * 2**20
    assert len(list(Path(f"/proc/{supervisor.pid}/task").iterdir())) == 1  # thread


MIGRATES = """
import sqlite3
with sqlite3.connect(folder / "store.sqlite") as db:
    db.execute("CREATE TABLE more (a)")
    db.execute("INSERT INTO vessels VALUES ('v2')")
    db.execute("PRAGMA user_version = 2")
"""
GOES_ON = """
import sqlite3
with sqlite3.connect(folder / "store.sqlite") as db:
    db.execute("INSERT INTO vessels VALUES ('v2')")
"""


@pytest.mark.parametrize(("behaviour", "left"), [(MIGRATES, (1, ["v1"])), (GOES_ON, (1, ["v1", "v2"]))])
def test_given_a_new_version_that_fails_when_it_has_changed_the_form_of_a_database_then_the_old_one_finds_its_own(
    installed: Installed, behaviour: str, left: tuple[int, list[str]]
) -> None:
    store = installed.home.node / "store.sqlite"
    with closing(sqlite3.connect(store)) as db:
        db.executescript("CREATE TABLE vessels (name); INSERT INTO vessels VALUES ('v1'); PRAGMA user_version = 1;")
    installed.start()
    installed.settled("1.0")
    installed.home.name_next(installed.add("1.1", before_ready=f"{behaviour}\n{EXITS}"))
    ask(installed.home.folder, "status")
    until(lambda: "1.1" in installed.home.refused(), installed.logged)
    installed.settled("1.0")
    with closing(sqlite3.connect(store)) as db:
        (form,) = db.execute("PRAGMA user_version").fetchone()
        names = sorted({name for (name,) in db.execute("SELECT name FROM vessels")})
    assert (form, names) == left


def test_given_a_program_that_a_version_has_started_when_another_is_trusted_then_the_first_stays_until_that_ends(
    installed: Installed,
) -> None:
    installed.start()
    installed.settled("1.0")
    python = installed.home.folder_of("1.0") / "bin" / "python3"
    with subprocess.Popen([python, "-c", "import time; time.sleep(1000)"]) as program:
        installed.home.name_next(installed.add("1.1"))
        ask(installed.home.folder, "status")
        until(lambda: installed.events("version_proven"), installed.logged)
        installed.settled("1.1")
        assert installed.home.is_there("1.0")
        program.kill()
        program.wait()
        ask(installed.home.folder, "check")
        until(lambda: not installed.home.is_there("1.0"), installed.logged)
