"""An installer's file on a donor's computer: what it says, what it asks, and that it does all of it or nothing.

The releases in it are stand-ins but where a test is about Seattle's own.
"""

import json
import os
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.version import Version
from tests.installer.conftest import FIRST
from tests.installer.donors import PATIENCE, Donor, from_home
from tests.installer.making import write_installer
from tests.installer.statements import OWNER, SIGNER

from seattle.installer.standalone import installing
from seattle.installer.standalone.errors import BundleBroken
from seattle.installer.standalone.installing import is_older
from seattle.installer.standalone.loader import HEADER, write
from seattle.installer.standalone.offer import Offer
from seattle.node.settings import load_settings

STAGE = ".seattle-node.installing"  # where all is made
SLOW = "import time; (home / 'asked').touch(); time.sleep(1000)"


@pytest.fixture
def donor(tmp_path: Path) -> Iterator[Donor]:
    person = Donor(tmp_path)
    yield person
    person.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installer that does as it should."""
    folder = tmp_path_factory.mktemp("donor")
    return Donor(folder).get("1.0")


def until_it_asks(donor: Donor) -> None:
    """Wait until an installer measures the computer."""
    deadline = time.monotonic() + PATIENCE
    while not (donor.home_folder / STAGE / "asked").exists():
        assert time.monotonic() < deadline, list(donor.home_folder.iterdir())
        time.sleep(0.02)


# What it says and asks.


def test_given_nobody_to_ask_when_it_is_run_then_it_says_how_to_go_on_and_does_nothing(
    donor: Donor, file: Path
) -> None:
    done = donor.run("sh", file)
    assert (done.code, donor.names()) == (2, ["."])
    assert "--yes" in done.said


@pytest.mark.parametrize("answer", ["n", "", "no", "maybe"])
def test_given_somebody_who_does_not_say_yes_when_asked_then_nothing_is_left(
    donor: Donor, file: Path, answer: str
) -> None:
    before = donor.everything()
    done = donor.run("sh", file, "--service", "none", answer=answer)
    assert done.code == 1
    assert "Go on?" in done.said
    assert "nothing was installed" in done.said
    assert donor.everything() == before


def test_given_somebody_who_says_yes_when_asked_then_it_has_said_before_what_it_would_do(
    donor: Donor, file: Path
) -> None:
    done = donor.run("sh", file, "--service", "none", "--no-start", answer="y")
    assert done.code == 0, done.said
    told, _, after = done.said.partition("Go on?")
    assert f"install in {donor.home.folder}" in told
    assert "started by nobody after a restart" in told
    assert "signed by" in told
    assert "owned by" in told
    assert "nothing is installed yet" in told
    assert "installed, and not started" in after


@pytest.mark.parametrize(
    "words", [("--percent", "0"), ("--percent", "101"), ("--only-these-addresses",), ("--what",), ("--service", "init")]
)
def test_given_options_that_make_no_sense_when_it_is_run_then_it_says_so_and_does_nothing(
    donor: Donor, file: Path, words: tuple[str, ...]
) -> None:
    done = donor.run("sh", file, "--yes", *words)
    assert (done.code, donor.names()) == (2, ["."])
    assert words[0] in done.said


def test_given_a_service_that_this_computer_has_not_when_it_is_wanted_then_it_is_refused_with_the_reason(
    donor: Donor, file: Path
) -> None:
    done = donor.run("sh", file, "--yes", "--service", "cron")
    assert (done.code, donor.names()) == (1, ["."])
    assert "--service cron does not work here" in done.said


# How it is started.


STRICT = 'umask 777; set -eu; IFS=tn; export IFS POSIXLY_CORRECT=1 CDPATH=/ PYTHONHOME=/ PYTHONPATH=.; . "$0"'


@pytest.mark.parametrize("how", [("sh",), ("dash",), ("bash",), ("python3",), (), ("sh", "-c", STRICT)])
def test_given_the_file_when_it_is_run_in_any_way_then_it_does_the_same(
    donor: Donor, file: Path, how: tuple[str, ...]
) -> None:
    done = donor.run(*how, file, "show")
    assert done.code == 0, done.said
    assert "the file is whole, and signed" in done.out
    assert donor.names() == ["."]


def test_given_somebody_who_wants_to_know_first_when_help_is_asked_for_then_it_says_that_nothing_is_left_behind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        installing.main(["--help"])
    assert "`seattle-node uninstall` leaves nothing behind." in " ".join(capsys.readouterr().out.split())


def test_given_a_name_like_an_option_when_the_file_is_run_from_its_folder_then_it_is_taken_for_a_file(
    donor: Donor, file: Path
) -> None:
    folder = donor.downloads / "of $(touch them)\n all"
    folder.mkdir()
    (folder / "-x.pyz").write_bytes(file.read_bytes())
    done = donor.run("sh", "-c", 'cd "$0" && exec sh -- -x.pyz show', folder)
    assert done.code == 0, done.said


@pytest.mark.parametrize("home", ["/nonexistent/50% of it", ""])
def test_given_an_odd_home_when_help_is_wanted_then_it_comes(donor: Donor, file: Path, home: str) -> None:
    donor.more = {"HOME": home}
    done = donor.run("sh", file, "--help")
    assert done.code == 0, done.said
    assert "--signed-by" in done.out


def test_given_a_computer_without_python_when_the_file_is_run_then_it_says_which_it_takes(
    donor: Donor, file: Path
) -> None:
    (donor.commands / "python3").unlink()
    (donor.commands / "python3").write_text("#!/bin/sh\nexit 1\n")
    (donor.commands / "python3").chmod(0o755)
    shell = subprocess.run(
        ["/bin/sh", file], env={"PATH": str(donor.commands)}, check=False, capture_output=True, text=True
    )
    assert shell.returncode == 1
    assert "no Python 3.11, 3.12 or 3.13 here" in shell.stderr
    assert "SEATTLE_PYTHON" in shell.stderr


# What is in it is what was signed.


def changed(file: Path, out: Path, place: int, new: bytes) -> Path:
    data = bytearray(file.read_bytes())
    assert bytes(data[place : place + len(new)]) != new
    data[place : place + len(new)] = new
    out.write_bytes(data)
    return out


@pytest.mark.parametrize("part", ["standalone/services.py", "build.json", "seattle.bundle"])
def test_given_a_file_that_was_changed_when_it_is_run_then_it_is_refused_and_nothing_is_left(
    donor: Donor, file: Path, part: str
) -> None:
    with zipfile.ZipFile(file) as archive:
        entry = archive.getinfo(part)
    place = entry.header_offset + 30 + len(part) + entry.file_size // 2
    done = donor.install(changed(file, donor.downloads / "changed", place, b"\x00#\x00"))
    assert done.code != 0
    assert donor.names() == ["."]


def test_given_another_first_line_for_the_shell_when_the_file_is_looked_at_then_it_is_refused(
    donor: Donor, file: Path
) -> None:
    bad = changed(file, donor.downloads / "changed", len(b"#!/bin/sh\n"), b"rm -r ~  ")
    assert bad.read_bytes().startswith(b"#!/bin/sh\nrm -r ~")
    with pytest.raises(BundleBroken, match="not what its parts make"):
        Offer(bad)


@pytest.mark.parametrize("place", [0, len(HEADER), None])
def test_given_bytes_that_are_no_part_of_it_when_the_file_is_looked_at_then_it_is_refused(
    donor: Donor, file: Path, place: int | None
) -> None:
    data = file.read_bytes()
    at = len(data) if place is None else place
    bad = donor.downloads / "more"
    bad.write_bytes(data[:at] + b"more" + data[at:])
    with pytest.raises(BundleBroken):
        Offer(bad)


def test_given_the_file_as_it_was_made_when_it_is_looked_at_then_it_is_whole(file: Path) -> None:
    assert Offer(file).version == "1.0"


@pytest.mark.parametrize(("place", "value"), [(6, 255), (8, 1), (8, 32), (10, 99)], ids=str)
def test_given_a_directory_that_says_what_no_zip_of_ours_does_when_the_file_is_looked_at_then_it_is_refused_in_words(
    donor: Donor, file: Path, place: int, value: int
) -> None:
    directory = file.read_bytes().rindex(b"build.json") - 46  # APPNOTE.TXT, 4.3.12
    bad = changed(file, donor.downloads / "changed", directory + place, bytes([value]))
    with pytest.raises(BundleBroken):
        Offer(bad)


def test_given_a_statement_of_another_build_when_it_is_put_into_a_file_then_it_is_refused(
    donor: Donor, file: Path
) -> None:
    other = donor.get("1.1", standalone={"codes.py": "# another\n"}, build="c2" * 20)
    with zipfile.ZipFile(other) as archive:
        statement, signature = archive.read("build.json"), archive.read("build.sig")
    with zipfile.ZipFile(file) as archive, archive.open("seattle.bundle") as bundle:
        code = {name: archive.read(name) for name in archive.namelist() if name.endswith(".py")}
        with (donor.downloads / "mixed").open("wb") as mixed:
            write(mixed, code, statement, signature, bundle)
    with pytest.raises(BundleBroken, match="its release has another"):
        Offer(donor.downloads / "mixed")


# Nobody else gets into it.


def test_given_a_donor_whose_files_are_everybodys_when_it_is_installed_then_nobody_can_change_or_read_any_of_it(
    donor: Donor, file: Path
) -> None:
    words = f"umask 000; exec sh {file} --yes --service none"
    assert donor.run("sh", "-c", words).code == 0
    assert donor.node("stop").code == 0
    programs = ("seattle-node", "supervise")  # which nobody else gets to: what they are in is the donor's alone
    for made in (donor.home_folder / ".local", *(donor.home_folder / ".local").rglob("*")):
        if not made.is_symlink() and made.name not in programs:
            assert made.stat().st_mode & 0o077 == 0, made


def test_given_a_folder_that_everybody_may_write_into_when_it_is_to_be_installed_there_then_it_is_refused(
    donor: Donor, file: Path
) -> None:
    shared = donor.home_folder / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    done = donor.install(file, "--folder", str(shared / "deep" / "node"))
    assert done.code == 1
    assert f"{shared} may be written into by everybody" in done.said
    assert donor.run("sh", file, "show", "--folder", str(shared / "node")).code == 1  # it runs what it unpacks there
    assert list(shared.iterdir()) == []
    shared.chmod(0o1777)  # as /tmp is: nobody can move what is another's
    assert donor.install(file, "--no-start", "--folder", str(shared / "deep" / "node")).code == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has files of other owners")
def test_given_a_folder_of_another_user_when_it_is_to_be_installed_there_then_it_is_refused(
    donor: Donor, file: Path
) -> None:
    others = donor.home_folder / "others"
    others.mkdir()
    os.chown(others, 54321, 54321)
    done = donor.install(file, "--folder", str(others / "node"))
    assert done.code == 1
    assert f"{others} belongs to another user (54321)" in done.said
    assert list(others.iterdir()) == []


def test_given_a_node_that_everybody_could_change_when_it_is_installed_over_it_then_nothing_of_it_is_run(
    donor: Donor, file: Path
) -> None:
    home, ran = donor.home_folder / "node", donor.home_folder / "ran"
    assert donor.install(file, "--no-start", "--folder", str(home)).code == 0
    (home / "supervise").write_text(f"#!/bin/sh\ntouch {ran}\n")
    home.chmod(0o777)
    done = donor.install(file, "--folder", str(home))
    assert done.code == 1
    assert f"{home} may be written into by everybody" in done.said
    assert not ran.exists()


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2Jb"])
def test_given_a_folder_whose_name_would_be_lines_elsewhere_when_it_is_to_be_installed_there_then_it_is_refused(
    donor: Donor, file: Path, name: str
) -> None:
    done = donor.install(file, "--folder", str(donor.home_folder / name))
    assert (done.code, donor.names()) == (2, ["."])
    assert "has control characters" in done.said


@pytest.mark.parametrize(("place", "why"), [(".node.installing", "is in the way, and not ours"), ("node", "is a link")])
def test_given_a_link_in_its_way_when_it_is_to_be_installed_there_then_nothing_is_written_behind_it(
    donor: Donor, file: Path, place: str, why: str
) -> None:
    own = donor.home_folder / "own"
    own.mkdir()
    (donor.home_folder / place).symlink_to(own)
    before = donor.everything()
    done = donor.install(file, "--folder", str(donor.home_folder / "node"))
    assert done.code == 1
    assert f"{donor.home_folder / place} {why}" in done.said
    assert donor.everything() == before


def test_given_a_folder_of_the_donors_where_an_installer_works_when_it_is_run_then_it_leaves_that_alone(
    donor: Donor, file: Path
) -> None:
    own = donor.home_folder / ".node.installing"
    own.mkdir()
    (own / "thesis").write_text("all of it")
    before = donor.everything()
    done = donor.install(file, "--folder", str(donor.home_folder / "node"))
    assert done.code == 1
    assert f"{own} is in the way, and not ours" in done.said
    assert donor.everything() == before


# It is all there, or nothing is.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_given_an_installer_at_work_when_it_is_interrupted_then_nothing_is_left(
    donor: Donor, number: signal.Signals
) -> None:
    with donor.start("sh", donor.get("1.0", setup=SLOW), "--yes", "--service", "none") as process:
        until_it_asks(donor)
        process.send_signal(number)
        said = process.communicate(timeout=PATIENCE)[1]
    assert (process.returncode, donor.names()) == (1, ["."])
    assert "nothing was installed" in said
    assert from_home(donor.home_folder) == []


def test_given_an_installer_that_was_killed_when_it_is_run_again_then_it_installs_and_the_rest_of_the_first_is_gone(
    donor: Donor, file: Path
) -> None:
    with donor.start("sh", donor.get("1.0", setup=SLOW), "--yes", "--service", "none") as process:
        until_it_asks(donor)
        os.killpg(process.pid, signal.SIGKILL)
    assert (donor.home_folder / STAGE).exists()
    assert donor.install(file, "--no-start").code == 0
    assert not list(donor.home_folder.rglob("*.installing"))


def test_given_an_installer_at_work_when_another_is_run_then_it_waits_for_nobody_and_says_so(
    donor: Donor, file: Path
) -> None:
    with donor.start("sh", donor.get("1.0", setup=SLOW), "--yes", "--service", "none") as process:
        until_it_asks(donor)
        done = donor.install(file)
        process.terminate()
        process.communicate(timeout=PATIENCE)
    assert done.code == 1
    assert "another installer is at work" in done.said


def test_given_a_release_that_does_not_work_here_when_it_is_installed_then_it_says_why_and_nothing_is_left(
    donor: Donor,
) -> None:
    broken = donor.get("1.0", setup="sys.exit('error: no such wall on this computer')")
    done = donor.install(broken)
    assert (done.code, donor.names()) == (1, ["."])
    assert "no such wall on this computer" in done.said


def test_given_a_supervisor_that_does_not_come_up_when_it_is_installed_then_it_says_why_and_nothing_is_left(
    donor: Donor,
) -> None:
    broken = donor.get("1.0", standalone={"supervisor.py": "raise SystemExit('no supervisor today')\n"})
    done = donor.install(broken)
    assert (done.code, donor.names()) == (1, ["."])
    assert "does not come up" in done.said
    assert "no supervisor today" in done.said
    assert from_home(donor.home_folder) == []


# What is there already.


def test_given_a_node_that_runs_when_the_same_build_is_installed_again_then_nothing_changes(
    donor: Donor, file: Path
) -> None:
    assert donor.install(file).code == 0
    before = json.loads(donor.node("status", "--json").out)
    done = donor.install(file)
    assert done.code == 0, done.said
    assert "is installed in" in done.said
    assert json.loads(donor.node("status", "--json").out)["supervisor"] == before["supervisor"]


def test_given_a_node_when_another_build_is_installed_then_it_is_refused_and_says_what_to_do(
    donor: Donor, file: Path
) -> None:
    assert donor.install(file, "--no-start").code == 0
    before = donor.everything()
    done = donor.install(donor.get("1.1", build="c2" * 20))
    assert done.code == 1
    assert "uninstall" in done.said
    assert donor.everything() == before


def test_given_a_node_when_an_older_version_is_installed_then_it_is_refused(donor: Donor, file: Path) -> None:
    assert donor.install(file, "--no-start").code == 0
    before = donor.everything()
    done = donor.install(donor.get("0.9"))
    assert done.code == 1
    assert "an older one" in done.said
    assert donor.everything() == before


WORDS = st.lists(st.integers(0, 12), min_size=1, max_size=4).map(lambda numbers: ".".join(map(str, numbers)))
VERSIONS = st.tuples(
    st.sampled_from(["", "", "", "1!"]),
    WORDS,
    st.sampled_from(["", "", "a1", "a10", "b1", "rc1", "rc2"]),
    st.sampled_from(["", "", ".post1", ".post10"]),
    st.sampled_from(["", "", ".dev1", ".dev10"]),
).map("".join)


@given(one=VERSIONS, other=VERSIONS)
@example(one="1.0rc1", other="1.0")
@example(one="1", other="1.0")
def test_given_two_versions_when_one_is_to_take_the_place_of_the_other_then_it_is_known_which_is_older(
    one: str, other: str
) -> None:
    assert is_older(one, other) == (Version(one) < Version(other))


def test_given_a_folder_that_is_something_else_when_it_is_installed_there_then_it_is_refused(
    donor: Donor, file: Path
) -> None:
    own = donor.home_folder / "papers"
    own.mkdir()
    (own / "thesis").write_text("all of it")
    done = donor.install(file, "--folder", str(own))
    assert done.code == 1
    assert "no installation of Seattle" in done.said
    assert (own / "thesis").read_text() == "all of it"


def test_given_a_node_that_runs_when_a_newer_version_is_installed_then_the_supervisor_switches_and_the_node_stays(
    donor: Donor, file: Path
) -> None:
    assert donor.install(file).code == 0
    settings = (donor.home.node / "node.toml").read_bytes()
    done = donor.install(donor.get("1.1"))
    assert done.code == 0, done.said
    assert "Vessels, keys and settings stay" in done.said
    deadline = time.monotonic() + PATIENCE
    while not ((now := json.loads(donor.node("status", "--json").out))["version"] == "1.1" and now["ready"]):
        assert time.monotonic() < deadline, donor.home.log.read_text()
        time.sleep(0.1)
    assert (donor.home.node / "node.toml").read_bytes() == settings
    diary = (donor.home.node / "diary").read_text()
    assert "1.0" in diary  # the first version's daemon was told to hand over, not to end
    assert "handed over" in diary
    assert "ended" not in diary


# The options of a donor reach the node: here the release is Seattle's own.


@pytest.mark.slow
def test_given_a_donors_options_when_the_real_release_is_installed_then_they_are_the_nodes_settings(
    donor: Donor, bundle: Path
) -> None:
    file = write_installer(donor.downloads / "node.pyz", bundle)
    options = ("--percent", "25", "--first-port", "12000", "--address", "127.0.0.1", "--program-address", "127.0.0.2")
    more = ("--program-interface", "lo", "--only-these-addresses", "--signed-by", SIGNER.public.id)
    done = donor.install(file, "--no-start", *options, *more)
    assert done.code == 0, done.said
    assert f"signed by {SIGNER.public.id}" in done.said
    assert f"100 % of what is lent, owned by {OWNER.id}" in done.said
    assert "It would lend 25 %" in done.said
    for resource in ("cpu", "memory", "filewrite", "random"):  # what was measured is shown
        assert resource in done.said
    settings = load_settings(donor.home.node / "node.toml", {})
    assert (settings.share, settings.first_port) == (0.25, 12000)
    assert (settings.addresses, settings.program_addresses) == (["127.0.0.1"], ["127.0.0.2"])
    assert (settings.program_interfaces, settings.only_these_addresses) == (["lo"], True)
    assert donor.home.current() == FIRST
    assert donor.node("node", "check").code == 0


@pytest.mark.slow
def test_given_an_installer_that_another_key_has_signed_when_it_is_run_then_nothing_is_left(
    donor: Donor, bundle: Path
) -> None:
    file = write_installer(donor.downloads / "node.pyz", bundle)
    done = donor.install(file, "--signed-by", OWNER.id)
    assert (done.code, donor.names()) == (1, ["."])
    assert f"was signed by {SIGNER.public.id}, not by {OWNER.id}" in done.said
