"""Memory between old objects is taken, so that new ones come to lie together.

Seen in an interpreter of its own, as the nursery has one: in this one other tests have left more gaps than are filled.
"""

import subprocess
import sys

PAGE = 4096  # bytes
SIZE = 64  # bytes of an object
MANY = 512
TOGETHER = 3 * MANY * SIZE // PAGE  # pages: a few more than so many objects need

PROGRAM = f"""
import gc
from seattle.repy import gaps

def things(count):
    return [b"x" * ({SIZE} - b"".__sizeof__()) for _ in range(count)]

crowd = things(64 * {MANY})
del crowd[::8]  # what stays lies on many pages, each of which has room for a few more
gc.collect()
filling = gaps.fill()
assert filling
LET_GO
print(len({{id(one) // {PAGE} for one in things({MANY})}}))
"""


def pages_of_new_objects(let_go: str = "") -> int:
    program = PROGRAM.replace("LET_GO", let_go)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_given_gaps_on_many_pages_when_they_are_filled_then_new_objects_lie_together() -> None:
    assert pages_of_new_objects() <= TOGETHER


def test_given_what_filled_the_gaps_when_it_is_let_go_of_then_they_are_there_again() -> None:
    assert pages_of_new_objects("filling.clear()") > TOGETHER
