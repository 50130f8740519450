"""What programs log for people: on stderr, and never what a variable held."""

import subprocess
import sys

import pytest

PROGRAM = """
import structlog
{configure}

def fail(seed):
    raise ValueError("this failed")

try:
    fail("hush" * 3)
except ValueError:
    structlog.get_logger().exception("it_failed")
"""
WAYS = {
    "tools": "from seattle.fabric.events import show_events; show_events()",
    "SDK": "from seattle.client.aio.testbed import _keep_quiet; _keep_quiet()",
}


@pytest.mark.parametrize("configure", WAYS.values(), ids=WAYS.keys())
def test_given_a_failure_with_a_secret_in_a_variable_when_it_is_logged_then_the_secret_is_not_shown(
    configure: str,
) -> None:
    words = [sys.executable, "-c", PROGRAM.format(configure=configure)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)

    assert "it_failed" in done.stderr
    assert "ValueError: this failed" in done.stderr
    assert "hush" * 3 not in done.stderr
    assert done.stdout == ""
