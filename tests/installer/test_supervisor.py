"""The service: what it does with versions that work, and with those that do not."""

import itertools
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from tests.installer.stand_ins import DIES_SOON, EXITS, HANGS
from tests.installer.supervised import HASTY, PATIENCE, Installed, hasty, until

from seattle.installer.standalone.asking import ask
from seattle.installer.standalone.bounds import delay
from seattle.installer.standalone.errors import InstallerError
from seattle.installer.standalone.versions import Home, Trial

pytestmark = pytest.mark.slow


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
    installed.serve()
    assert installed.start().wait(PATIENCE) == 1
    assert "another supervisor runs" in installed.logged()
    assert installed.settled("1.0")


def test_given_a_daemon_that_dies_when_it_is_started_again_then_each_wait_is_longer_up_to_a_bound(
    installed: Installed,
) -> None:
    installed.home.switch(installed.add("1.1", before_ready=f"note(time.monotonic()); {EXITS}"))
    installed.start()
    until(lambda: installed.words().count("1.1 began") >= 9, installed.logged)
    assert installed.status()["ready"] is False
    moments = [float(word.split()[1]) for word in installed.words() if not word.endswith("began")]
    waits = [later - earlier for earlier, later in itertools.pairwise(moments)]
    failures = 0
    for wait, event in zip(waits, installed.events("daemon_ended"), strict=False):
        # On a busy computer one may take so long to die that it has lived: then it begins anew.
        failures = 1 if event["lived"] >= HASTY.longest_back_off else failures + 1
        assert wait >= min(HASTY.first_back_off * 2 ** (failures - 1), HASTY.longest_back_off), waits
    assert waits[-1] < HASTY.first_back_off * 2 ** (len(waits) - 1)


def test_given_a_supervisor_when_it_gets_sigterm_then_the_daemon_ends_with_its_programs(installed: Installed) -> None:
    supervisor = installed.serve()
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
    supervisor = installed.serve()
    installed.offer("1.1")
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
    installed.bounds = hasty(end_within=1.0)
    installed.serve()
    installed.goes_back_from("1.1", **behaviour)
    assert why in installed.home.refused()["1.1"].why
    assert installed.words()[-1] == "1.0 began"


def test_given_a_refused_version_when_it_is_named_again_then_it_is_not_switched_to_until_it_is_forgiven(
    installed: Installed,
) -> None:
    installed.home.refuse(installed.add("1.1"), "it was broken")
    installed.serve()
    installed.home.name_next("1.1")
    assert installed.status()["next"] is None
    assert installed.words() == ["1.0 began"]
    installed.home.forgive("1.1")
    installed.home.name_next("1.1")
    ask(installed.home.folder, "status")
    installed.settled("1.1")


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
    supervisor = installed.serve()
    source = Path(sys.modules[Home.__module__].__file__ or "").read_text()
    installed.offer("1.1", standalone={"versions.py": source + "\n# of another version\n"})
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


def test_given_a_moment_to_look_for_updates_when_it_comes_then_the_update_step_runs_and_its_word_is_kept(
    installed: Installed,
) -> None:
    installed.bounds = hasty(first_check=(0.0, 0.2), check=(0.05, 0.1))
    installed.start()
    until(lambda: installed.words().count("update") >= 3, installed.logged)
    status = until(lambda: (now := installed.status()).get("checked") and now, installed.logged)
    assert status["checked"]["result"] == "nothing_new"
    assert [line for line in installed.words() if line != "update"] == ["1.0 began"]  # nothing was restarted


def test_given_a_donor_who_asks_for_updates_when_it_is_long_until_the_next_look_then_it_is_made_at_once(
    installed: Installed,
) -> None:
    installed.serve()
    ask(installed.home.folder, "check")
    until(lambda: "update" in installed.words(), installed.logged)


def test_given_many_nodes_when_each_waits_for_its_next_look_then_they_are_spread_over_the_span() -> None:
    chance = random.Random(7).random
    waits = [delay((1800.0, 5400.0), chance) for _ in range(10_000)]
    assert min(waits) >= 1800
    assert max(waits) <= 5400
    for quarter in range(4):
        there = sum(1800 + 900 * quarter <= wait < 2700 + 900 * quarter for wait in waits)
        assert 2300 < there < 2700


def test_given_a_supervisor_when_a_verb_is_unknown_then_it_says_which_there_are(installed: Installed) -> None:
    installed.serve()
    with pytest.raises(InstallerError, match="check, restart, status, stop"):
        ask(installed.home.folder, "fly")


def test_given_a_supervisor_when_it_has_been_at_work_then_it_takes_little_memory(installed: Installed) -> None:
    supervisor = installed.serve()
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
    installed.serve()
    installed.goes_back_from("1.1", before_ready=f"{behaviour}\n{EXITS}")
    with closing(sqlite3.connect(store)) as db:
        (form,) = db.execute("PRAGMA user_version").fetchone()
        names = sorted({name for (name,) in db.execute("SELECT name FROM vessels")})
    assert (form, names) == left


def test_given_a_program_that_a_version_has_started_when_another_is_trusted_then_the_first_stays_until_that_ends(
    installed: Installed,
) -> None:
    installed.serve()
    python = installed.home.folder_of("1.0") / "bin" / "python3"
    with subprocess.Popen([python, "-c", "import time; time.sleep(1000)"]) as program:
        installed.offer("1.1")
        until(lambda: installed.events("version_proven"), installed.logged)
        installed.settled("1.1")
        assert installed.home.is_there("1.0")
        program.kill()
        program.wait()
        ask(installed.home.folder, "check")
        until(lambda: not installed.home.is_there("1.0"), installed.logged)
