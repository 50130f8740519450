"""Leaving without a trace: all that was put anywhere goes, and nothing else does."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.installer.donors import PATIENCE, Donor, from_home


@pytest.fixture
def donor(tmp_path: Path) -> Iterator[Donor]:
    person = Donor(tmp_path)
    yield person
    person.close()


def installed(donor: Donor, *options: str) -> None:
    done = donor.install(donor.get("1.0"), *options)
    assert done.code == 0, done.said


def test_given_a_node_that_runs_when_it_is_uninstalled_then_nothing_runs_and_the_home_is_as_before(
    donor: Donor,
) -> None:
    before = donor.everything()
    installed(donor)
    assert from_home(donor.home.folder)
    done = donor.node("uninstall", "--yes")
    assert done.code == 0, done.said
    assert from_home(donor.home.folder) == []
    assert donor.everything() == before


def test_given_a_donor_who_does_not_say_yes_when_asked_then_all_stays_and_runs_on(donor: Donor) -> None:
    installed(donor)
    before = json.loads(donor.node("status", "--json").out)
    done = donor.run(donor.home.folder / "seattle-node", "uninstall", answer="n")
    assert done.code == 1
    assert "nothing was removed" in done.said
    assert str(donor.home.folder) in done.said
    assert json.loads(donor.node("status", "--json").out)["supervisor"] == before["supervisor"]


def test_given_things_of_the_donors_beside_it_when_it_is_uninstalled_then_they_stay(donor: Donor) -> None:
    installed(donor, "--no-start")
    own = donor.home.folder.parent / "own"
    own.write_text("mine")
    assert donor.node("uninstall", "--yes").code == 0
    assert donor.names() == [".", ".local", ".local/share", ".local/share/own"]
    assert own.read_text() == "mine"


def test_given_a_folder_for_commands_when_installed_then_the_command_is_there_and_goes_with_the_rest(
    donor: Donor,
) -> None:
    commands = donor.home_folder / ".local" / "bin"
    commands.mkdir(parents=True)
    before = donor.everything()
    installed(donor, "--no-start")
    assert donor.run(commands / "seattle-node", "status").code == 0
    assert donor.run(commands / "seattle-node", "uninstall", "--yes").code == 0
    assert donor.everything() == before


def test_given_a_command_of_that_name_that_is_the_donors_when_uninstalled_then_it_was_never_touched(
    donor: Donor,
) -> None:
    own = donor.home_folder / ".local" / "bin" / "seattle-node"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    before = donor.everything()
    installed(donor, "--no-start")
    assert own.read_text() == "mine"
    assert donor.node("uninstall", "--yes").code == 0
    assert donor.everything() == before


def test_given_a_home_that_a_donor_has_named_when_uninstalled_then_the_folders_made_for_it_go_too(
    donor: Donor,
) -> None:
    before = donor.everything()
    folder = donor.home_folder / "deep" / "er" / "node"
    installed(donor, "--no-start", "--folder", str(folder))
    assert donor.run(folder / "seattle-node", "uninstall", "--yes").code == 0
    assert donor.everything() == before


def test_given_a_folder_of_the_donors_where_a_home_goes_first_when_it_is_uninstalled_then_that_is_left_alone(
    donor: Donor,
) -> None:
    place = donor.home_folder / "node"
    own = donor.home_folder / ".node.removed"
    own.mkdir()
    (own / "thesis").write_text("all of it")
    installed(donor, "--no-start", "--folder", str(place))
    done = donor.run(place / "seattle-node", "uninstall", "--yes")
    assert done.code == 1
    assert f"{own} is in the way, and not ours" in done.said
    own.rename(donor.home_folder / "own")
    assert donor.run(place / "seattle-node", "uninstall", "--yes").code == 0
    assert donor.names() == [".", "own", "own/thesis"]


def test_given_a_python_that_has_gone_when_it_is_uninstalled_then_another_does_it(donor: Donor) -> None:
    before = donor.everything()
    installed(donor, "--no-start")
    python = donor.home.link / "bin" / "python3"
    python.unlink()
    python.symlink_to("/nonexistent/python3")
    done = donor.node("uninstall", "--yes")
    assert done.code == 0, done.said
    assert donor.everything() == before


def test_given_a_supervisor_that_was_killed_when_it_is_uninstalled_then_nothing_is_left(donor: Donor) -> None:
    before = donor.everything()
    installed(donor)
    os.kill(json.loads(donor.node("status", "--json").out)["supervisor"], 9)
    assert donor.node("uninstall", "--yes").code == 0
    assert donor.everything() == before
    deadline = time.monotonic() + PATIENCE  # its daemon heard from the kernel, and ends in its own time
    while running := from_home(donor.home.folder):
        assert time.monotonic() < deadline, running
        time.sleep(0.05)


KILLED_AT = """
import os, signal, sys
sys.path.insert(0, {pyz!r})
left, unlink = {step}, os.unlink
def counted(*words, **more):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    unlink(*words, **more)
os.unlink = counted
from standalone.__main__ import main
sys.exit(main(["--home", {home!r}, "do", "uninstall", "--yes"]))
"""


@pytest.mark.parametrize("step", [pytest.param(n, marks=[] if n == 60 else pytest.mark.soak) for n in range(90)])
def test_given_an_uninstall_killed_at_any_step_when_a_node_comes_there_again_and_goes_then_nothing_of_either_is_left(
    donor: Donor, step: int
) -> None:
    before = donor.everything()
    place = donor.home_folder / "deep" / "er" / "node"
    installed(donor, "--no-start", "--folder", str(place))
    program = KILLED_AT.format(pyz=str(place / "supervisor.pyz"), step=step, home=str(place))
    killed = donor.run("python3", "-I", "-S", "-c", program)
    assert killed.code in (0, -signal.SIGKILL), killed.said  # it may have fewer steps than that
    assert not place.exists()
    installed(donor, "--no-start", "--folder", str(place))
    assert donor.run(place / "seattle-node", "uninstall", "--yes").code == 0
    assert donor.everything() == before


def test_given_an_installer_that_was_killed_at_work_when_the_node_is_uninstalled_then_nothing_of_either_is_left(
    donor: Donor,
) -> None:
    before = donor.everything()
    installed(donor, "--no-start")
    slow = donor.get("1.1", setup="(home / 'asked').touch(); import time; time.sleep(1000)")
    stage = donor.home.folder.parent / ".seattle-node.installing"
    with donor.start("sh", slow, "--yes", "--service", "none") as process:
        deadline = time.monotonic() + PATIENCE
        while not (stage / "asked").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
    assert donor.node("uninstall", "--yes").code == 0
    assert donor.everything() == before


def test_given_a_home_that_was_moved_and_linked_to_when_it_is_uninstalled_then_what_it_was_moved_to_is_gone(
    donor: Donor,
) -> None:
    before = donor.everything()
    installed(donor, "--no-start")
    larger = donor.downloads / "on a larger disk"
    donor.home.folder.rename(larger)
    donor.home.folder.symlink_to(larger)
    assert donor.node("uninstall", "--yes").code == 0
    assert donor.everything() == before
    assert not larger.exists()


def test_given_links_to_the_donors_files_in_a_home_when_it_is_uninstalled_then_what_they_lead_to_stays(
    donor: Donor,
) -> None:
    installed(donor, "--no-start")
    own = donor.home_folder / "own"
    own.mkdir()
    (own / "thesis").write_text("all of it")
    for link in ("linked", "versions/9.9", "node/linked", "before", ".lock.new"):
        (donor.home.folder / link).symlink_to(own)
    (donor.home.folder / "log.1").symlink_to(own / "thesis")
    assert donor.node("uninstall", "--yes").code == 0
    assert (own / "thesis").read_text() == "all of it"
    assert donor.names() == [".", "own", "own/thesis"]


# What else the command does.


def test_given_a_node_when_it_is_stopped_and_started_then_it_does_not_run_and_runs(donor: Donor) -> None:
    installed(donor)
    assert donor.node("stop").code == 0
    assert from_home(donor.home.folder) == []
    told = donor.node("status")
    assert "does not run" in told.out
    assert json.loads(donor.node("status", "--json").out) == {"version": "1.0", "running": False}
    assert donor.node("stop").code == 0  # asked twice
    assert donor.node("start").code == 0
    assert json.loads(donor.node("status", "--json").out)["supervisor"] in from_home(donor.home.folder)


def test_given_a_node_that_does_not_run_when_an_update_is_wanted_then_it_says_what_to_do(donor: Donor) -> None:
    installed(donor, "--no-start")
    done = donor.node("update")
    assert done.code == 1
    assert "start it first" in done.said


def test_given_a_node_when_it_is_paused_then_seattles_own_command_is_asked(donor: Donor) -> None:
    installed(donor, "--no-start")
    assert donor.node("pause").out == "node pause\n"
    assert donor.node("node", "journal", "--json").out == "node journal --json\n"


def test_given_a_node_when_the_log_is_wanted_then_the_last_lines_come(donor: Donor) -> None:
    installed(donor)
    assert "supervisor_started" in donor.node("log").out
    assert len(donor.node("log", "--lines", "1").out.splitlines()) == 1


def test_given_no_words_when_the_command_is_typed_then_it_says_what_it_can_do(donor: Donor) -> None:
    installed(donor, "--no-start")
    done = donor.node()
    assert done.code == 2
    for word in ("status", "start", "stop", "pause", "resume", "update", "log", "uninstall"):
        assert word in done.said + done.out
