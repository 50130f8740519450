"""The benchmarks measure what their page says, and a process that goes away meanwhile does not end them."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)


def test_given_the_page_when_compared_then_it_has_a_row_for_each_benchmark_and_no_other() -> None:
    from benchmarks.__main__ import ALL, MODULES

    section = PAGE.read_text().partition("## Rows and targets")[2].partition("\n## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == ALL
    for name in ALL:
        assert importlib.util.find_spec(MODULES[name])


def test_given_the_page_when_compared_then_it_names_every_peer() -> None:
    from benchmarks.peers import SANDBOXES

    for sandbox in SANDBOXES:
        assert f"| {sandbox.name.split()[0]} |" in PAGE.read_text()


def test_given_a_name_that_is_none_when_measured_then_it_is_2_and_says_what_there_is() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "strat"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "start" in done.stderr


def test_given_a_benchmark_that_fails_when_measured_then_the_others_are_tried_and_it_is_1_and_says_which() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "site", "pages"],
        cwd=ROOT,
        env={**os.environ, "SEATTLE_BENCH_NODES": "many"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "invalid literal for int() with base 10: 'many'" in done.stderr
    assert done.stderr.endswith("error: site, pages failed; what went wrong is above\n")


def test_given_a_process_that_is_gone_when_its_memory_is_asked_for_then_it_has_none() -> None:
    from benchmarks.repy.memory import Memory, family, memory

    assert os.getpid() in family(os.getpid())
    assert memory(os.getpid()).unshared > 0
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert memory(child) == Memory()  # a zombie has none
    os.waitpid(child, 0)
    assert (memory(child), family(child)) == (Memory(), [])
