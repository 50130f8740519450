"""Memory between old objects is taken, so that new ones come to lie together."""

import gc

from seattle.repy import gaps

SIZE = 64  # bytes of an object
PAGE = 4096  # bytes
MANY = 512


def things(count: int) -> list[bytes]:
    return [b"x" * (SIZE - b"".__sizeof__()) for _ in range(count)]


def pages(objects: list[bytes]) -> int:
    return len({id(one) // PAGE for one in objects})


def with_gaps() -> list[bytes]:
    """Objects on many pages, each of which has room for a few more."""
    crowd = things(64 * MANY)
    kept = crowd[::8]
    del crowd
    gc.collect()
    return kept


def test_given_gaps_on_many_pages_when_they_are_filled_then_new_objects_lie_together() -> None:
    old = with_gaps()
    filling = gaps.fill()
    assert pages(things(MANY)) <= 3 * MANY * SIZE // PAGE
    assert old
    assert filling


def test_given_what_filled_the_gaps_when_it_is_let_go_of_then_they_are_there_again() -> None:
    old = with_gaps()
    filling = gaps.fill()
    filling.clear()
    assert pages(things(MANY)) > 3 * MANY * SIZE // PAGE
    assert old
