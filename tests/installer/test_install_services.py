"""What keeps a node running: systemd's and cron's own tools check what is theirs, where this computer has them.

No test speaks to the service manager of whoever runs the tests. Where `systemctl` and `crontab` have to answer, they
are stand-ins that write down what they are asked, and keep what they are given as the real ones do.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.installer.donors import PATIENCE, Donor, from_home

from seattle.installer.standalone import services
from seattle.installer.standalone.services import UNIT
from seattle.installer.standalone.versions import Home

CRONTAB = """#!/bin/sh
# Keeps a crontab as the real one does; `deny` beside it says no, as cron.deny does.
[ -e {folder}/deny ] && {{ echo "You (ann) are not allowed to use this program (crontab)" >&2; exit 1; }}
case $1 in
  -l) [ -e {folder}/crontab ] && exec cat {folder}/crontab; echo "no crontab for ann" >&2; exit 1 ;;
  -r) exec rm {folder}/crontab ;;
  -) exec cat >{folder}/crontab ;;
esac
"""
SYSTEMCTL = """#!/bin/sh
# The user's systemd as far as it is asked: it starts what the unit says, and stops it.
echo "$@" >>{folder}/asked
unit="$HOME/.config/systemd/user/seattle-node.service"
case $2 in
  show-environment) echo HOME="$HOME"; printf 'ODD=\\351\\377\\n' ;;
  start)
    line=$(sed -n 's/^ExecStart="\\(.*\\)"$/\\1/p' "$unit")
    setsid "$line" >/dev/null 2>&1 &
    echo $! >{folder}/pid ;;
  stop)
    pid=$(cat {folder}/pid)
    kill "$pid"
    # Whoever is its parent now may not look after it: a zombie has ended, too.
    while grep -q '^State:.[^Z]' /proc/"$pid"/status 2>/dev/null; do sleep 0.05; done ;;
esac
exit 0
"""


LOOKS = ("show-environment", "cat")  # what is asked of systemd before anything is done


@pytest.fixture
def donor(tmp_path: Path) -> Iterator[Donor]:
    person = Donor(tmp_path)
    yield person
    person.close()


def stand_in_for(donor: Donor, name: str, text: str) -> Path:
    """Have a command on the donor's computer; the folder in which it keeps what it keeps."""
    folder = donor.commands.parent / f"{name}-keeps"
    folder.mkdir()
    command = donor.commands / name
    command.write_text(text.format(folder=folder))
    command.chmod(0o755)
    return folder


@pytest.fixture
def cron(donor: Donor) -> Iterator[Path]:
    """A computer on which a cron daemon runs, as far as its process shows."""
    daemon = donor.commands.parent / "cron"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", daemon)
    with subprocess.Popen([daemon, "1000"]) as process:
        yield stand_in_for(donor, "crontab", CRONTAB)
        process.kill()


def installed(donor: Donor, *options: str) -> str:
    done = donor.run("sh", donor.get("1.0"), "--yes", *options)
    assert done.code == 0, done.said
    return done.said


# cron


def test_given_cron_when_a_node_is_installed_and_removed_then_its_line_comes_and_goes_and_others_stay(
    donor: Donor, cron: Path
) -> None:
    (cron / "crontab").write_text("5 4 * * * /usr/local/bin/back-up\n")
    before = donor.everything()
    assert "started by cron at each boot" in installed(donor, "--service", "cron", "--no-start")
    assert (cron / "crontab").read_text().splitlines() == [
        "5 4 * * * /usr/local/bin/back-up",
        f"@reboot {donor.home.launcher} >/dev/null 2>&1",
    ]
    assert donor.node("uninstall", "--yes").code == 0
    assert (cron / "crontab").read_text() == "5 4 * * * /usr/local/bin/back-up\n"
    assert donor.everything() == before


def test_given_a_crontab_with_odd_bytes_when_a_node_was_there_then_no_line_of_it_has_become_two_or_another(
    donor: Donor, cron: Path
) -> None:
    own = (
        "# a page\f0 * * * * rm a\N{LINE SEPARATOR}0 * * * * rm b\r0 * * * * rm c\x85 d\x1c\r\n".encode()
        + b"# \xe9\xff\n\n"
    )
    (cron / "crontab").write_bytes(own)
    installed(donor, "--service", "cron", "--no-start")
    assert (cron / "crontab").read_bytes() == own + f"@reboot {donor.home.launcher} >/dev/null 2>&1\n".encode()
    assert donor.node("uninstall", "--yes").code == 0
    assert (cron / "crontab").read_bytes() == own


def test_given_a_donor_without_a_crontab_when_a_node_was_there_then_there_is_none_again(
    donor: Donor, cron: Path
) -> None:
    installed(donor, "--service", "cron", "--no-start")
    assert donor.node("uninstall", "--yes").code == 0
    assert not (cron / "crontab").exists()


def test_given_crons_line_when_this_computer_boots_then_the_supervisor_comes_up(donor: Donor, cron: Path) -> None:
    installed(donor, "--service", "cron", "--no-start")
    line = (cron / "crontab").read_text().removeprefix("@reboot ").strip()
    environment = {"HOME": str(donor.home_folder), "PATH": f"{donor.commands}:/usr/bin:/bin", "SHELL": "/bin/sh"}
    with subprocess.Popen(["/bin/sh", "-c", line], env=environment, cwd=donor.home_folder) as shell:
        until_it_runs(donor)
        assert donor.node("stop").code == 0
        shell.wait(PATIENCE)


def test_given_a_folder_with_odd_signs_when_cron_starts_it_then_its_line_names_just_that_folder(
    donor: Donor, cron: Path
) -> None:
    folder = donor.home_folder / "it's 100 % mine; $HOME"
    installed(donor, "--service", "cron", "--no-start", "--folder", str(folder))
    line = (cron / "crontab").read_text().removeprefix("@reboot ").strip().replace(r"\%", "%")  # as cron does
    words = subprocess.run(["/bin/sh", "-c", f"printf '%s\\n' {line.split(' >')[0]}"], capture_output=True, check=True)
    assert words.stdout.decode() == f"{folder}/supervise\n"
    assert donor.run(folder / "seattle-node", "uninstall", "--yes").code == 0
    assert not (cron / "crontab").exists()


def test_given_a_donor_who_may_not_use_cron_when_cron_is_wanted_then_it_says_so_and_nothing_is_left(
    donor: Donor, cron: Path
) -> None:
    (cron / "deny").touch()
    done = donor.run("sh", donor.get("1.0"), "--yes", "--service", "cron")
    assert done.code == 1
    assert "not allowed to use this program" in done.said
    assert donor.names() == ["."]


def test_given_no_cron_daemon_when_nothing_is_said_of_a_service_then_it_says_why_not_and_how_to_start_it(
    donor: Donor,
) -> None:
    stand_in_for(donor, "systemctl", "#!/bin/sh\nexit 1\n")
    stand_in_for(donor, "crontab", CRONTAB.replace("case $1", "echo 'crontab: broken' >&2; exit 1\ncase $1"))
    said = installed(donor, "--no-start")
    assert "not by systemd: the systemd of user" in said
    assert "not by cron: the crontab of" in said
    assert "`seattle-node start` does it" in said


@pytest.mark.parametrize("crontab", ["no program at all", "#!/bin/sh\nread forever </dev/zero\n"], ids=["odd", "stuck"])
def test_given_a_crontab_that_fails_or_hangs_when_nothing_is_said_of_a_service_then_it_is_started_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crontab: str
) -> None:
    (tmp_path / "crontab").write_text(crontab)
    (tmp_path / "crontab").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(services, "PATIENCE", 0.1)
    service, why_not = services.choose("auto", Home(tmp_path))
    assert service.kind == "none"
    assert any("the crontab of" in why for why in why_not)


# systemd


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze (package systemd)")
def test_given_the_unit_when_systemd_looks_at_it_then_it_finds_nothing_wrong(tmp_path: Path) -> None:
    launcher = tmp_path / "a home" / "supervise"
    launcher.parent.mkdir()
    launcher.write_text("#!/bin/sh\n")
    launcher.chmod(0o755)
    unit = tmp_path / "seattle-node.service"
    unit.write_text(UNIT.format(launcher=launcher))
    command = ["systemd-analyze", "verify", "--user", "--man=no", str(unit)]
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, unit.name in done.stderr) == (0, False), done.stderr


def test_given_systemd_when_a_node_is_installed_and_removed_then_its_unit_comes_and_goes_with_the_folders_made_for_it(
    donor: Donor,
) -> None:
    keeps = stand_in_for(donor, "systemctl", SYSTEMCTL)
    stand_in_for(donor, "loginctl", "#!/bin/sh\necho no\n")
    before = donor.everything()
    said = installed(donor)  # it is found out that it works here
    assert "started by systemd" in said
    assert "loginctl enable-linger" in said
    unit = donor.home_folder / ".config" / "systemd" / "user" / "seattle-node.service"
    assert f'ExecStart="{donor.home.launcher}"' in unit.read_text()
    until_it_runs(donor)
    assert donor.node("uninstall", "--yes").code == 0
    assert donor.everything() == before
    asked = (keeps / "asked").read_text().splitlines()
    wanted = ["daemon-reload", "enable", "start", "stop", "disable", "daemon-reload"]
    assert [line.split()[1] for line in asked if line.split()[1] not in LOOKS] == wanted


KILLED_AT = """
import os, pathlib, signal, subprocess, sys
sys.path.insert(0, {file!r})
left = None
def counted(real):
    def call(*words, **more):
        global left
        if left is not None:
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
        return real(*words, **more)
    return call
for name in ("replace", "rename", "unlink", "symlink", "fsync", "mkdir", "rmdir", "chmod", "open"):
    setattr(os, name, counted(getattr(os, name)))
for name in ("replace", "rename", "unlink", "symlink_to", "mkdir", "rmdir", "write_text", "chmod"):
    setattr(pathlib.Path, name, counted(getattr(pathlib.Path, name)))
subprocess.run = counted(subprocess.run)
from standalone import installing
put_in_place = installing._put_in_place
def put(*words):
    global left
    left = {step}
    put_in_place(*words)
    left = None
installing._put_in_place = put
sys.exit(installing.main(["--yes", "--service", "systemd", "--no-start"]))
"""


@pytest.mark.parametrize("step", [pytest.param(n, marks=[] if n == 17 else pytest.mark.soak) for n in range(32)])
def test_given_an_installer_killed_at_any_step_when_it_is_run_again_and_the_node_uninstalled_then_nothing_is_left(
    donor: Donor, step: int
) -> None:
    stand_in_for(donor, "systemctl", SYSTEMCTL)
    stand_in_for(donor, "loginctl", "#!/bin/sh\necho yes\n")
    (donor.home_folder / ".local" / "bin").mkdir(parents=True)
    before = donor.everything()
    file = donor.get("1.0")
    killed = donor.run("python3", "-I", "-S", "-c", KILLED_AT.format(file=str(file), step=step))
    assert killed.code in (0, -signal.SIGKILL), killed.said  # it may have fewer steps than that
    assert donor.run("sh", file, "--yes", "--service", "systemd", "--no-start").code == 0
    assert donor.node("uninstall", "--yes").code == 0
    assert donor.everything() == before


def test_given_a_donor_with_units_of_their_own_when_a_node_was_there_then_theirs_are_left_alone(donor: Donor) -> None:
    stand_in_for(donor, "systemctl", SYSTEMCTL)
    stand_in_for(donor, "loginctl", "#!/bin/sh\necho yes\n")
    own = donor.home_folder / ".config" / "systemd" / "user" / "own.service"
    own.parent.mkdir(parents=True)
    own.write_text("[Service]\n")
    before = donor.everything()
    assert "enable-linger" not in installed(donor, "--no-start")
    assert donor.node("uninstall", "--yes").code == 0
    assert donor.everything() == before


@pytest.mark.parametrize("is_link", [pytest.param(False, marks=pytest.mark.soak), True])
def test_given_a_unit_of_the_donors_under_that_name_when_a_node_is_installed_then_it_is_started_some_other_way(
    donor: Donor, is_link: bool
) -> None:
    stand_in_for(donor, "systemctl", SYSTEMCTL)
    own = donor.home_folder / ".config" / "systemd" / "user" / "seattle-node.service"
    own.parent.mkdir(parents=True)
    text = donor.home_folder / "text" if is_link else own
    text.write_text("[Service]\nExecStart=/bin/true\n")
    if is_link:
        own.symlink_to(text)
    before = donor.everything()
    assert "not by systemd: there is a unit seattle-node.service already" in installed(donor, "--no-start")
    assert donor.node("uninstall", "--yes").code == 0
    assert donor.everything() == before


def test_given_a_home_that_was_removed_by_hand_when_a_node_is_installed_there_again_then_systemd_starts_it(
    donor: Donor,
) -> None:
    stand_in_for(donor, "systemctl", SYSTEMCTL)
    stand_in_for(donor, "loginctl", "#!/bin/sh\necho yes\n")
    installed(donor, "--no-start")
    shutil.rmtree(donor.home.folder)
    assert "started by systemd" in installed(donor, "--no-start")


def test_given_a_systemd_that_refuses_the_unit_when_a_node_is_installed_then_nothing_is_left(donor: Donor) -> None:
    refuses = SYSTEMCTL.replace("case $2 in", 'case $2 in\n  enable) echo "Unit is masked" >&2; exit 1 ;;')
    stand_in_for(donor, "systemctl", refuses)
    before = donor.everything()
    done = donor.run("sh", donor.get("1.0"), "--yes")
    assert done.code == 1
    assert "Unit is masked" in done.said
    assert donor.everything() == before
    assert from_home(donor.home_folder) == []


def until_it_runs(donor: Donor) -> None:
    deadline = time.monotonic() + PATIENCE
    while '"ready": true' not in (told := donor.node("status", "--json").out):
        assert time.monotonic() < deadline, told
        time.sleep(0.1)
