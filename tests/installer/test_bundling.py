"""Which wheels go into a bundle, and which of them each Python gets."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.commands import Command, runner
from tests.installer.making import HERE, bundle_of, wheel, write_installer
from tests.installer.statements import OWNER

from seattle.installer.bundling import make_bundle
from seattle.installer.errors import CannotBundle
from seattle.installer.standalone.bundles import Bundle

OURS = "seattle-1.2.0-py3-none-any.whl"
Wheels = Callable[..., Path]


@pytest.fixture
def wheels_named(tmp_path: Path) -> Wheels:
    """A folder with wheels of these names."""

    def make(*names: str) -> Path:
        folder = tmp_path / "wheels"
        folder.mkdir(exist_ok=True)
        for name in names:
            (folder / name).write_bytes(wheel({"of.txt": name}))
        return folder

    return make


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return runner(tmp_path, tmp_path / "profile")


def pythons(folder: Path, out: Path) -> dict[str, list[str]]:
    make_bundle(folder, out)
    with zipfile.ZipFile(out) as archive:
        found: dict[str, list[str]] = json.loads(archive.read("manifest.json"))["pythons"]
        return found


def test_given_the_tree_and_what_it_needs_when_a_bundle_is_made_then_it_is_whole_and_for_this_python(
    wheels: Path, tmp_path: Path
) -> None:
    make_bundle(wheels, tmp_path / "b")
    with Bundle(tmp_path / "b") as made:
        made.check()
        assert made.pythons == [HERE]


def test_given_wheels_of_pure_python_when_a_bundle_is_made_then_it_is_for_every_python(
    wheels_named: Wheels, tmp_path: Path
) -> None:
    found = pythons(wheels_named(OURS, "extra-1-py2.py3-none-any.whl"), tmp_path / "b")
    assert set(found) == {f"cp{minor}-{machine}" for minor in (311, 312, 313) for machine in ("x86_64", "aarch64")}
    assert all(chosen == ["extra-1-py2.py3-none-any.whl", OURS] for chosen in found.values())


def test_given_a_project_without_a_wheel_for_a_python_when_a_bundle_is_made_then_it_is_not_for_that_one(
    wheels_named: Wheels, tmp_path: Path
) -> None:
    fast = "fast-1-cp312-cp312-manylinux_2_17_aarch64.whl"
    assert pythons(wheels_named(OURS, fast), tmp_path / "b") == {"cp312-aarch64": [fast, OURS]}


def test_given_wheels_for_older_and_newer_systems_when_a_bundle_is_made_then_each_python_gets_what_runs_on_most(
    wheels_named: Wheels, tmp_path: Path
) -> None:
    older, newer = (f"box-1-cp38-abi3-{tag}_x86_64.whl" for tag in ("manylinux2014", "manylinux_2_34"))
    found = pythons(wheels_named(OURS, older, newer), tmp_path / "b")
    assert found == {f"cp{minor}-x86_64": [older, OURS] for minor in (311, 312, 313)}


def test_given_wheels_for_other_systems_alone_when_a_bundle_is_made_then_it_is_refused_with_what_is_missing(
    wheels_named: Wheels, tmp_path: Path
) -> None:
    folder = wheels_named(OURS, "box-1-cp38-abi3-musllinux_1_2_x86_64.whl")
    with pytest.raises(CannotBundle, match="cp311-x86_64 lacks box"):
        make_bundle(folder, tmp_path / "b")
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["extra-1-py3-none-any.whl"], "no wheel of Seattle"),
        ([OURS, "extra-1-py3-none-any.whl", "extra-2-py3-none-any.whl"], "extra as 1, 2"),
        ([OURS, "extra.whl"], r"extra\.whl is no name of a wheel"),
    ],
)
def test_given_a_folder_that_is_no_release_when_a_bundle_is_made_then_it_is_refused(
    wheels_named: Wheels, tmp_path: Path, names: list[str], why: str
) -> None:
    with pytest.raises(CannotBundle, match=why):
        make_bundle(wheels_named(*names), tmp_path / "b")


def test_given_the_same_wheels_in_another_folder_when_a_bundle_is_made_then_it_is_the_same_to_the_byte(
    wheels: Path, tmp_path: Path
) -> None:
    make_bundle(wheels, tmp_path / "once")
    shutil.copytree(wheels, tmp_path / "others", copy_function=shutil.copyfile)  # with other times and modes
    make_bundle(tmp_path / "others", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "once").read_bytes()


def test_given_the_command_when_a_bundle_is_made_then_it_says_of_which_version_and_for_which_pythons(
    command: Command, wheels_named: Wheels, tmp_path: Path
) -> None:
    done = command("installer", "bundle", str(wheels_named(OURS)), str(tmp_path / "b"), "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["version"], len(told["pythons"])) == (0, "1.2.0", 6)
    refused = command("installer", "bundle", str(tmp_path), str(tmp_path / "c"))
    assert refused.returncode == 1
    assert "error: " in refused.stderr


def test_given_an_installer_whose_words_would_steer_a_terminal_when_it_is_looked_at_then_they_do_not(
    command: Command, tmp_path: Path
) -> None:
    words = f"# \x1b[2J\x9b\nPercent 100\nOwner {OWNER.id}\nInformation \u202e\x1b]0;x\x07\n"
    bundle = bundle_of(tmp_path / "b", "1.2.0", {"of.txt": "x"})
    done = command("installer", "check", str(write_installer(tmp_path / "node.pyz", bundle, vesselinfo=words)))
    assert done.returncode == 0
    assert all(line.isprintable() for line in done.stdout.split("\n"))
    assert r"Information \u202e\x1b]0;x\x07" in done.stdout
