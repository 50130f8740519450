"""How a line is split into words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.shell.errors import Unfit
from seattle.shell.words import quoted, scan, split, statements


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  browse  ", ["browse"]),
        ("run 'my program.py' a", ["run", "my program.py", "a"]),
        ('run "it\'s" ""', ["run", "it's", ""]),
        (r"run my\ program.py", ["run", "my program.py"]),
        (r'say "a \"b\" \n"', ["say", r'a "b" \n']),
        (r"say 'a\b'", ["say", r"a\b"]),
        ("x'a b'y", ["xa by"]),
        ("run a \\\n b", ["run", "a", "b"]),
        ("run a\\\nb", ["run", "ab"]),
        ("run \\\n", ["run"]),
        ("say 'a\nb'", ["say", "a\nb"]),
    ],
)
def test_given_quotes_and_backslashes_when_split_then_words_are_as_meant(line: str, words: list[str]) -> None:
    assert split(line) == words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("# all of it", []),
        ("list # the rest", ["list"]),
        ("list #", ["list"]),
        ("run a#b", ["run", "a#b"]),
        ("run '#a' \\#b", ["run", "#a", "#b"]),
    ],
)
def test_given_a_hash_when_split_then_only_one_that_begins_a_word_begins_a_comment(line: str, words: list[str]) -> None:
    assert split(line) == words


@pytest.mark.parametrize("line", ["run 'a", 'run "a', "run a\\"])
def test_given_a_line_that_does_not_end_when_split_then_it_is_refused(line: str) -> None:
    with pytest.raises(Unfit):
        split(line)


@given(st.lists(st.text(), min_size=1))
def test_given_any_words_when_quoted_then_split_gives_them_back(words: list[str]) -> None:
    assert split(" ".join(map(quoted, words))) == words


@given(st.text())
def test_given_anything_typed_then_scanning_finds_where_each_word_begins(line: str) -> None:
    found = scan(line)
    assert len(found.words) == len(found.begins)
    assert all(not line[place].isspace() for place in found.begins)


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("as joe; browse", ["as joe", "browse"]),
        ("browse", ["browse"]),
        ("say 'a; b'; list", ["say 'a; b'", "list"]),
        ("list # a; b", ["list # a; b"]),
    ],
)
def test_given_semicolons_when_divided_then_those_in_quotes_and_comments_stay(line: str, lines: list[str]) -> None:
    assert statements(line) == lines
