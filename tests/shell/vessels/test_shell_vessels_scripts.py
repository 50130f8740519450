"""How scripts end that work with vessels: the exit codes that other programs go by."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from seattle.testbed import LocalTestbed

SEASH = [sys.executable, "-c", "from seattle.shell import main; raise SystemExit(main())"]
BEGIN = "browse; on browsegood; reset; "
BOUND = 60  # seconds


def start(local: LocalTestbed, folder: Path, line: str) -> "subprocess.Popen[str]":
    (folder / "endless.py").write_text("print('begun')\nwhile True:\n    sleep(1)\n")
    (folder / "short.py").write_text("print('done')\n")
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "SEATTLE_PROFILE": str(local.profile.folder)}
    return subprocess.Popen(
        [*SEASH, "--identity", "profile", "-c", BEGIN + line],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_given_a_script_that_does_its_work_on_some_vessels_when_it_has_ended_then_the_code_is_3(
    local: LocalTestbed, tmp_path: Path
) -> None:
    with start(local, tmp_path, "on %1 run endless.py; run short.py") as script:
        _, notes = script.communicate(timeout=BOUND)
    assert script.returncode == 3, notes
    assert "already started" in notes


def test_given_a_script_that_does_it_on_none_when_it_has_ended_then_the_code_is_1(
    local: LocalTestbed, tmp_path: Path
) -> None:
    with start(local, tmp_path, "run endless.py; run short.py; show timeout") as script:
        out, _ = script.communicate(timeout=BOUND)
    assert script.returncode == 1
    assert not out.endswith("10\n")  # what stands behind the line that failed is not done


def test_given_a_script_that_waits_when_it_is_interrupted_then_the_code_is_130(
    local: LocalTestbed, tmp_path: Path
) -> None:
    with start(local, tmp_path, "run endless.py; follow; show timeout") as script:
        assert script.stdout is not None
        while (line := script.stdout.readline()) and "begun" not in line:
            pass
        script.send_signal(signal.SIGINT)
        out, _ = script.communicate(timeout=BOUND)
    assert (script.returncode, out.endswith("10\n")) == (130, False)
