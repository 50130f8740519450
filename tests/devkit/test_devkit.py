"""What is in a devkit works: its limits, its stubs, its words for editors, and its first page when it is followed."""

import ast
import json
import re
import shutil
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from tests.docs.newcomer import Newcomer

from seattle.cli.commands import run_command
from seattle.devkit import Owner, editors, examples, files, stubs, write, zipped
from seattle.repy.guest.runtime import Runtime
from seattle.resources.kinds import Resource
from seattle.resources.restrictions import parse_restrictions

OWNER = Owner("ann", 63155, "https://testbed.example")
COLOUR = "support.function.builtin.repy"
VIM = shutil.which("vim")


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    write(tmp_path / "kit", OWNER)
    return tmp_path / "kit"


def test_given_no_examples_here_when_a_zipped_kit_is_asked_for_then_no_half_of_one_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(examples, "__file__", str(tmp_path / "site-packages" / "seattle" / "devkit" / "examples.py"))
    assert run_command(["devkit", "--zip", str(tmp_path / "kit.zip")]) == 1
    assert "examples are not installed" in capsys.readouterr().err
    assert not (tmp_path / "kit.zip").exists()


def test_given_a_kit_when_it_is_written_then_it_has_its_owner_s_port_and_site(kit: Path) -> None:
    assert json.loads((kit / "seattle.json").read_text()) == {
        "user": "ann",
        "port": 63155,
        "site": "https://testbed.example",
    }
    vector = parse_restrictions((kit / "vessel.restrictions").read_text()).vector
    assert vector.ports(Resource.CONNPORT) == vector.ports(Resource.MESSPORT) == {63155}
    assert "seattle login https://testbed.example" in (kit / "README.md").read_text()


def test_given_a_folder_with_something_in_it_when_a_kit_is_written_then_it_is_refused(kit: Path) -> None:
    with pytest.raises(FileExistsError, match="not empty"):
        write(kit, OWNER)


def test_given_a_zip_file_when_opened_then_it_has_the_same_files_and_is_the_same_every_time() -> None:
    archive = zipfile.ZipFile(BytesIO(zipped(OWNER)))
    assert {one.removeprefix("seattle-devkit/") for one in archive.namelist()} == set(files(OWNER))
    assert zipped(OWNER) == zipped(OWNER)


def test_given_the_stubs_when_held_against_the_api_then_every_call_and_method_is_there_with_its_types(
    kit: Path,
) -> None:
    tree = ast.parse(stubs.stub())
    named = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert named == set(Runtime().calls()) - {"open", "print"}
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={kit}/.c", stubs.FILE]
    done = subprocess.run(command, cwd=kit, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_given_what_the_checker_prints_when_vs_code_reads_it_then_it_finds_the_place(kit: Path) -> None:
    (kit / "bad.py").write_text("exec('1')\n")
    repy = Path(sys.executable).parent / "repy"
    printed = subprocess.run([repy, "check", "bad.py"], cwd=kit, capture_output=True, text=True, check=False)
    task = json.loads((kit / ".vscode" / "tasks.json").read_text())["tasks"][0]
    found = re.match(task["problemMatcher"]["pattern"]["regexp"], (printed.stdout or printed.stderr).splitlines()[0])
    assert found
    assert found.groups()[:4] == ("bad.py", "1", "1", "RP020")


@pytest.mark.skipif(VIM is None, reason="there is no Vim here")
def test_given_vim_when_a_program_is_opened_then_the_calls_of_repy_are_coloured(kit: Path) -> None:
    (kit / "one.repy").write_text("sleep(1)\n")
    looks = "call writefile([&filetype, synIDattr(synID(1, 1, 1), 'name')], 'told')"
    words = ["--clean", "-N", "-u", "NONE", "-es", "-c", "set rtp^=editors/vim rtp+=editors/vim/after"]
    words += ["-c", "filetype plugin on", "-c", "syntax on", "-c", "edit one.repy", "-c", looks, "-c", "qall!"]
    subprocess.run([str(VIM), *words], cwd=kit, timeout=30, check=False)
    assert (kit / "told").read_text().split() == ["python", "repyCall"]


def test_given_the_colours_for_vs_code_when_they_are_tried_then_calls_are_told_from_what_is_not_there() -> None:
    grammar = json.loads(editors.files()["editors/vscode/syntaxes/repy.tmLanguage.json"])
    kinds = {
        word: [one["name"] for one in grammar["patterns"] if re.search(one["match"], word)]
        for word in ("sleep(1)", "x.sleep", "exec('1')")
    }
    assert kinds == {
        "sleep(1)": ["support.function.builtin.repy"],
        "x.sleep": [],
        "exec('1')": ["invalid.illegal.repy"],
    }


@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_given_a_newcomer_with_a_kit_when_they_follow_its_first_page_then_all_comes_as_it_says(tmp_path: Path) -> None:
    newcomer = Newcomer(tmp_path)
    try:
        newcomer.type("seattle up")
        newcomer.type("seattle devkit kit")
        newcomer.clone /= "kit"
        newcomer.follow(newcomer.clone / "README.md")
    finally:
        newcomer.close()
