"""What programs log for people: on stderr, and never what a variable held."""

import os
import re
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


HOSTILE_PROGRAM = """
import structlog
{configure}
log = structlog.get_logger()
hostile = "no\\x1b[2J\\x9b\\u202e\\n2026-01-01 00:00:00 [info     ] run_started"
log.error("refused", subject="a\\x1b[2J\\u202eb", why=hostile, heard=[hostile])
try:
    raise ValueError(hostile)
except ValueError:
    log.exception("it_failed")
"""
ON_A_TERMINAL = {
    "tools": WAYS["tools"],
    "SDK": WAYS["SDK"],
    "daemon": "from seattle.node.logs import log_to_stderr; log_to_stderr()",
    "site": "from seattle.clearinghouse.logs import configure_logs; configure_logs()",
}
COLOURS = re.compile(r"\x1b\[\d+m")


@pytest.mark.parametrize("configure", ON_A_TERMINAL.values(), ids=ON_A_TERMINAL.keys())
def test_given_words_that_would_steer_a_terminal_or_fake_events_when_they_are_logged_there_then_they_do_neither(
    configure: str,
) -> None:
    ours, theirs = os.openpty()
    try:
        words = [sys.executable, "-c", HOSTILE_PROGRAM.format(configure=configure)]
        subprocess.run(words, stderr=theirs, check=True, timeout=60)
        lines = COLOURS.sub("", os.read(ours, 65536).decode()).splitlines()
    finally:
        os.close(ours)
        os.close(theirs)

    assert any("refused" in line and r"a\x1b[2J\u202eb" in line for line in lines)
    assert any(line.startswith("  ValueError: no") for line in lines)
    assert all(line.isprintable() for line in lines)
    assert [line for line in lines if line.startswith("2026-01-01")] == []
