"""The fuzzer's corpus, and texts that are a change or two away from real programs."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fuzz.checker import try_out

ROOT = Path(__file__).parents[2]
CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
PROGRAMS = [path.read_bytes() for path in sorted((ROOT / "tests/escapes/programs").glob("*.py"))]
PROGRAMS += [path.read_bytes() for path in CORPUS]
PIECES = [
    *(b"__class__", b"\xef\xbc\xbf", b"__init__", b".gi_frame", b"{0.x}", b"f'{", b"'''", b"\\", b"\0", b"\r", b"\t"),
    *(b"(", b")", b"[", b"}", b":", b"\n    ", b":=", b"match x:\n case ", b"lambda:", b"*", b"@", b"async ", b"\xff"),
    *(b"class C(metaclass=M):", b"def f[T](", b"type X = ", b"except* ", b"from . import ", b"global ", b"1" * 5000),
]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_given_a_text_of_the_corpus_when_tried_out_then_the_checker_keeps_its_promises(path: Path) -> None:
    assert try_out(path.read_bytes()) is path.name.startswith("repy_")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(PROGRAMS), st.lists(st.tuples(st.integers(0, 4000), st.sampled_from(PIECES)), max_size=4))
def test_given_a_program_with_pieces_put_in_when_tried_out_then_the_checker_keeps_its_promises(
    program: bytes, changes: list[tuple[int, bytes]]
) -> None:
    for place, piece in changes:
        at = place % (len(program) + 1)
        program = program[:at] + piece + program[at:]
    try_out(program)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sampled_from(PROGRAMS), st.tuples(*[st.integers(0, 1000)] * 3))
def test_given_a_program_whose_words_change_places_when_tried_out_then_the_checker_keeps_its_promises(
    program: bytes, places: tuple[int, int, int]
) -> None:
    words = program.split(b" ")
    first, second, lost = (place % len(words) for place in places)
    words[first], words[second] = words[second], words[first]
    del words[lost]
    try_out(b" ".join(words))
