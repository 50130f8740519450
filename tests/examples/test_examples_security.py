"""The security series: right monitors hold, wrong ones do not, and the grader says so and why."""

import csv
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.examples.conftest import BOUND, EXAMPLES, StartOn
from tests.repy.conftest import Finished

from seattle.client import VesselGroup
from seattle.testbed import LocalTestbed

SECURITY = EXAMPLES / "security"
VARIANTS = sorted(folder.name for folder in SECURITY.iterdir() if folder.is_dir())
NOTHING = "CHILD_CONTEXT_DEF = CHILD_CONTEXT_DEF\nsecure_dispatch_module()\n"
ORDINARY = """
def tell(what):
    try:
        print(what())
    except Exception as error:
        print(type(error))

tell(lambda: openfile("missing", False))
tell(lambda: openfile("NO NAME", True))
tell(lambda: openfile("file", 1))
file = openfile("file", True)
tell(lambda: openfile("file", True))
tell(lambda: file.readat(None, 0))
tell(lambda: file.writeat(b"bdfhjlnprtv", 0))
tell(lambda: file.writeat("bdfhjl", 5))
tell(lambda: file.writeat("x", 12))
tell(lambda: file.writeat("x", -1))
tell(lambda: file.writeat(5, 0))
tell(lambda: file.readat(3, 2))
tell(lambda: file.readat(-1, 0))
tell(lambda: file.readat(None, 99))
tell(lambda: removefile("file"))
tell(file.close)
tell(file.close)
tell(lambda: file.writeat("x", 0))
tell(lambda: removefile("file"))
"""

Grade = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def grade(environment: dict[str, str], tmp_path: Path) -> Grade:
    def grade(defences: Path, attacks: Path, *words: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, SECURITY / "grade.py", defences, attacks, "--into", tmp_path / "into", *words]
        return subprocess.run(
            list(map(str, command)), env=environment, capture_output=True, text=True, timeout=BOUND, check=False
        )

    return grade


@pytest.fixture
def profile(local: LocalTestbed, environment: dict[str, str]) -> None:
    """The grader is the testbed's user."""
    environment["SEATTLE_PROFILE"] = str(local.profile.folder)


def reasons(tmp_path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((tmp_path / "into" / "reasons.json").read_text())
    return found


def rows(file: Path) -> list[list[str]]:
    with file.open(newline="") as text:
        return list(csv.reader(text))


@pytest.mark.parametrize("variant", VARIANTS)
def test_given_a_variant_when_graded_then_the_right_monitor_holds_against_all_attacks_and_the_wrong_one_against_none(
    grade: Grade, tmp_path: Path, variant: str
) -> None:
    folder = SECURITY / variant
    done = grade(folder, folder, "--reference", folder / "reference_monitor_right.py")
    assert (done.returncode, done.stderr) == (0, "")
    head, right, wrong = rows(tmp_path / "into" / "All_Attacks_matrix.csv")
    assert len(head) >= 3, "two attacks at least"
    assert right == ["reference_monitor_right.py", *["0"] * (len(head) - 1)]
    assert wrong == ["reference_monitor_wrong.py", *["1"] * (len(head) - 1)]
    for cell in reasons(tmp_path)["cells"]:
        assert cell["output"] == "" if "right" in cell["monitor"] else cell["reason"] != "repy failed"


@pytest.mark.parametrize("variant", VARIANTS)
def test_given_a_variant_when_its_attacks_are_made_in_vessels_then_the_right_monitor_holds_and_the_wrong_one_does_not(
    start_on: StartOn, variant: str
) -> None:
    attacks = sorted(path.relative_to(EXAMPLES) for path in (SECURITY / variant).glob("*_attackcase*.py"))
    assert len(attacks) >= 2
    for some in (attacks[:3], attacks[3:]):
        monitors = [f"security/{variant}/reference_monitor_{which}.py" for which in ("right", "wrong")]
        pairs = [(monitor, attack) for monitor in monitors for attack in some]
        runs = [start_on(number, attack, layers=[monitor]) for number, (monitor, attack) in enumerate(pairs)]
        for (monitor, attack), run in zip(pairs, runs, strict=True):
            (result,) = run.results(timeout=BOUND).raise_for_failures().values
            held = (result.outcome.kind, result.outcome.exit_code, result.output) == ("exited", 0, "")
            assert held == ("right" in monitor), (attack, result)
            assert result.outcome.kind in ("exited", "exception", "violation"), (attack, result)


@pytest.mark.parametrize("variant", sorted(set(VARIANTS) - {"permissions", "immutableversion"}))
def test_given_a_right_monitor_when_a_program_does_what_no_policy_speaks_of_then_all_is_as_without_it(
    repy: Callable[..., Finished], tmp_path: Path, variant: str
) -> None:
    (tmp_path / "program.py").write_text(ORDINARY)
    with_layer = repy("--layer", SECURITY / variant / "reference_monitor_right.py", "program.py")
    without = repy("program.py")
    assert (with_layer.stdout, with_layer.code, with_layer.stderr) == (without.stdout, 0, "")
    assert without.stdout.count("\n") == 18


def test_given_a_terminal_when_pairs_are_graded_then_it_is_told_how_far_and_ctrl_c_begins_no_more_of_them(
    environment: dict[str, str], tmp_path: Path
) -> None:
    folder = SECURITY / "leftpad"
    attacks = tmp_path / "attacks"
    attacks.mkdir()
    shutil.copy(folder / "ada_attackcase1.py", attacks / "a_1.py")
    for number in range(2):
        (attacks / f"b_{number}.py").write_text("while True:\n    sleep(1)\n")
    ours, theirs = pty.openpty()
    grading = subprocess.Popen(
        [sys.executable, SECURITY / "grade.py", folder, attacks, "--into", tmp_path / "into", "--jobs", "1"],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    with grading, os.fdopen(ours, "rb", buffering=0) as terminal:
        seen = b""
        while b"graded: 1 of 6" not in seen:
            seen += terminal.read(1000)
        os.killpg(grading.pid, signal.SIGINT)
        assert grading.wait(20) == 130
    assert not (tmp_path / "into").exists()


def test_given_vessels_when_pairs_are_graded_in_them_then_the_matrix_and_the_reasons_are_as_at_home(
    grade: Grade, tmp_path: Path, folders: tuple[Path, Path], vessels: VesselGroup, profile: None
) -> None:
    done = grade(*folders, "--vessels", "--timeout", 1)
    assert done.returncode == 0, done.stderr
    assert {(cell["monitor"][18:-3], cell["attack"][:-3]): cell["reason"] for cell in reasons(tmp_path)["cells"]} == {
        ("ok", "ada_attackcase1"): "held",
        ("ok", "ada_attackcase2"): "output",
        ("ok", "bob_attackcase1"): "timeout",
        ("ok", "bob_attackcase2"): "exception",
        ("unsafe", "ada_attackcase1"): "not Repy",
        ("unsafe", "ada_attackcase2"): "not Repy",
        ("unsafe", "bob_attackcase1"): "not Repy",
        ("unsafe", "bob_attackcase2"): "not Repy",
    }
    assert len(vessels) > 1, "several at the same time"


def test_given_all_eleven_variants_then_none_is_missing() -> None:
    assert len(VARIANTS) == 11


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two monitors, of which one is no Repy, and attacks of all kinds."""
    defences, attacks = tmp_path / "defences", tmp_path / "attacks"
    defences.mkdir()
    attacks.mkdir()
    (defences / "reference_monitor_ok.py").write_text(NOTHING)
    (defences / "reference_monitor_unsafe.py").write_text("print(().__class__)\n" + NOTHING)
    (attacks / "ada_attackcase1.py").write_text("pass\n")
    (attacks / "ada_attackcase2.py").write_text("log('broken')\n")
    (attacks / "bob_attackcase1.py").write_text("while True:\n    sleep(1)\n")
    (attacks / "bob_attackcase2.py").write_text("raise ValueError('x')\n")
    (attacks / "eve_attackcase1.py").write_text("print(().__class__)\n")
    return defences, attacks


def test_given_all_kinds_of_attacks_when_graded_then_each_cell_has_its_reason_and_students_are_summed_up(
    grade: Grade, tmp_path: Path, folders: tuple[Path, Path]
) -> None:
    done = grade(*folders, "--timeout", 1)
    assert done.returncode == 0
    assert "invalid: eve_attackcase1.py: it is no Repy" in done.stderr
    found = {(cell["monitor"][18:-3], cell["attack"][:-3]): cell["reason"] for cell in reasons(tmp_path)["cells"]}
    assert {attack: reason for (monitor, attack), reason in found.items() if monitor == "ok"} == {
        "ada_attackcase1": "held",
        "ada_attackcase2": "output",
        "bob_attackcase1": "timeout",
        "bob_attackcase2": "exception",
    }
    assert {reason for (monitor, _), reason in found.items() if monitor == "unsafe"} == {"not Repy"}
    assert rows(tmp_path / "into" / "All_Students_matrix.csv") == [
        ["", "ada", "bob"],
        ["reference_monitor_ok.py", "1", "1"],
        ["reference_monitor_unsafe.py", "1", "1"],
    ]


def test_given_an_attack_that_speaks_beneath_the_right_monitor_when_graded_then_it_is_left_out(
    grade: Grade, tmp_path: Path, folders: tuple[Path, Path]
) -> None:
    for name in ("bob_attackcase1.py", "eve_attackcase1.py"):
        (folders[1] / name).unlink()
    done = grade(*folders, "--reference", folders[0] / "reference_monitor_ok.py")
    assert set(reasons(tmp_path)["invalid"]) == {"ada_attackcase2.py", "bob_attackcase2.py"}
    assert rows(tmp_path / "into" / "All_Attacks_matrix.csv")[0] == ["", "ada_attackcase1.py"]
    assert "beneath the right monitor: output: broken" in done.stderr


def test_given_an_attack_on_the_files_of_the_grader_when_graded_then_it_finds_an_empty_folder(
    grade: Grade, tmp_path: Path, folders: tuple[Path, Path]
) -> None:
    attack = "for name in listfiles():\n    log(name)\nopenfile('reference_monitor_ok.py', True).writeat('x', 0)\n"
    for file in folders[1].iterdir():
        file.unlink()
    (folders[1] / "ada_attackcase1.py").write_text(attack)
    (folders[1] / "ada_attackcase2.py").write_text(attack)
    (folders[0] / "reference_monitor_unsafe.py").unlink()
    grade(*folders)
    assert [cell["reason"] for cell in reasons(tmp_path)["cells"]] == ["held", "held"]
    assert (folders[0] / "reference_monitor_ok.py").read_text() == NOTHING


@pytest.mark.parametrize(("words", "why"), [((), "one monitor"), (("--reference", "nothing.py"), "is not there")])
def test_given_nothing_to_grade_when_asked_then_it_is_wrong_usage(
    grade: Grade, tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    (tmp_path / "empty").mkdir()
    done = grade(tmp_path / "empty", tmp_path / "empty", *words)
    assert done.returncode == 2
    assert why in done.stderr
