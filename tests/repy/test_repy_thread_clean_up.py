"""A nursery's children do without what `threading` does after a fork; a process that may have threads does not.

Seen in interpreters of their own: pytest's has threads, and its hooks are nobody's to change.
"""

import subprocess
import sys

import pytest

FORK = """
import os, sys, threading
from seattle.repy import thread_clean_up

def threads_of_a_child():
    if (child := os.fork()) == 0:
        os._exit(len(threading.enumerate()))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

release = threading.Event()
other = threading.Thread(target=release.wait)
other.start()
STEPS
print(threads_of_a_child())
release.set()
other.join()
"""


def threads_in_a_child(*steps: str) -> int:
    """What `threading` knows of in a forked child of a process with two."""
    program = FORK.replace("STEPS", "\n".join(f"thread_clean_up.{step}()" for step in steps))
    return int(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)


def test_given_a_clean_up_that_was_left_out_when_forked_then_the_child_knows_what_its_parent_knew() -> None:
    assert threads_in_a_child("leave_out") == 2


@pytest.mark.parametrize("steps", [[], ["bring_back"], ["leave_out", "bring_back"]])
def test_given_a_clean_up_that_is_not_left_out_when_forked_then_the_child_knows_of_itself_alone(
    steps: list[str],
) -> None:
    assert threads_in_a_child(*steps) == 1
