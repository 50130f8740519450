"""A machine that has lost a part of the wall is told so by its checks, and not by a line among many."""

import subprocess
import sys

import pytest

PATIENCE = 100  # seconds
TEST = "tests/walls/test_walls_parts_alone.py::test_given_only_landlock_when_a_program_is_started_then_it_is_refused"

# pytest in a world without Landlock.
WITHOUT = """
import errno, sys
import pyseccomp, pytest
world = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
world.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "landlock_create_ruleset")
world.load()
sys.exit(pytest.main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        ([], 0, "landlock is absent here: this kernel runs without Landlock"),
        (["--no-skips"], 1, "skipped, which is no option here: landlock is absent here"),
    ],
)
def test_given_a_kernel_without_landlock_when_its_test_is_run_then_it_has_failed_where_nothing_may_be_skipped(
    pytestconfig: pytest.Config, options: list[str], code: int, told: str
) -> None:
    words = [sys.executable, "-c", WITHOUT, "-p", "no:cacheprovider", *options, TEST]
    ended = subprocess.run(
        words, cwd=pytestconfig.rootpath, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert ended.returncode == code, ended.stdout
    assert told in ended.stdout


def test_given_a_machine_that_has_it_when_nothing_may_be_skipped_then_the_same_test_is_good(
    pytestconfig: pytest.Config,
) -> None:
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--no-skips", TEST]
    subprocess.run(words, cwd=pytestconfig.rootpath, capture_output=True, timeout=PATIENCE, check=True)
