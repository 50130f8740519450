"""Reading a command line: options up to the first word that is none, and errors that say what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.repy.cli.options import Command, HelpWantedError, Option, UsageError

OPTIONS = (
    Option("--file", "FILE", "a file"),
    Option("--many", "WORD", "some words", many=True),
    Option("--which", "WHICH", "one of these", choices=("this", "that")),
    Option("--flag", "", "a flag\nwith two lines of help"),
)
COMMAND = Command("repy thing", "repy thing [OPTION ...] WORD", "Do the thing.", OPTIONS, leading=True)
ANYWHERE = Command("repy thing", "repy thing [OPTION ...] WORD", "Do the thing.", OPTIONS)


def test_given_options_before_a_word_when_read_then_each_has_its_value_and_the_word_is_left() -> None:
    chosen = COMMAND.read(["--file", "a", "--flag", "--which=that", "program"])
    assert (chosen.get("--file"), chosen.has("--flag"), chosen.get("--which")) == ("a", True, "that")
    assert chosen.words == ["program"]


def test_given_no_options_when_read_then_what_was_not_given_has_its_default() -> None:
    chosen = COMMAND.read([])
    assert (chosen.get("--file", "none"), chosen.has("--flag"), chosen.all("--many"), chosen.words) == (
        "none",
        False,
        [],
        [],
    )


@given(st.lists(st.text()))
def test_given_any_words_behind_the_first_that_is_no_option_when_read_then_they_are_not_ours(words: list[str]) -> None:
    assert COMMAND.read(["--flag", "program", *words]).words == ["program", *words]
    assert COMMAND.read(["--", *words]).words == words


@given(st.lists(st.sampled_from(["--file", "--many", "--flag", "--which", "this", "=", "--", "-", "--x", "-h", "a=b"])))
def test_given_any_words_when_read_then_they_are_understood_or_an_error_says_why(words: list[str]) -> None:
    for command in (COMMAND, ANYWHERE):
        try:
            said = " ".join(command.read(words).words)
        except (UsageError, HelpWantedError) as why:
            said = str(why)
        assert "repy thing" in said or len(said.split()) <= len(words)


def test_given_a_command_whose_options_may_stand_anywhere_when_read_then_they_do() -> None:
    chosen = ANYWHERE.read(["a", "--flag", "-", "--", "--file"])
    assert (chosen.has("--flag"), chosen.words) == (True, ["a", "-", "--file"])


def test_given_an_option_that_may_be_repeated_when_read_then_the_order_is_kept() -> None:
    assert COMMAND.read(["--many", "b", "--many=a", "--many", "--flag"]).all("--many") == ["b", "a", "--flag"]


def test_given_an_empty_value_or_one_with_an_equals_sign_when_read_then_it_is_taken_as_it_is() -> None:
    assert COMMAND.read(["--file="]).get("--file", "default") == ""
    assert COMMAND.read(["--file=a=b"]).get("--file") == "a=b"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["--nonsense"], "there is no option --nonsense"),
        (["--fiel", "x"], "is --file meant?"),
        (["-f"], "there is no option -f"),
        (["--file"], "--file needs a value, FILE"),
        (["--flag=yes"], "--flag takes no value"),
        (["--which", "other"], "none of this, that"),
        (["--file", "a", "--file", "b"], "--file is given twice"),
        (["--flag", "--flag"], "--flag is given twice"),
    ],
)
def test_given_wrong_words_when_read_then_the_error_says_which_and_where_to_look(words: list[str], shown: str) -> None:
    with pytest.raises(UsageError) as raised:
        COMMAND.read(words)
    assert shown in str(raised.value)
    assert "`repy thing --help`" in str(raised.value)


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["--flag", "--help"]])
def test_given_a_wish_for_help_when_read_then_every_option_is_told(words: list[str]) -> None:
    with pytest.raises(HelpWantedError) as raised:
        COMMAND.read(words)
    text = str(raised.value)
    assert text.startswith("usage: repy thing [OPTION ...] WORD\n\nDo the thing.\n")
    for option in OPTIONS:
        assert f"  {option.name} {option.value}".rstrip() in text
        for line in option.about.split("\n"):
            assert line in text


def test_given_a_wish_for_help_behind_the_program_when_read_then_it_is_the_programs() -> None:
    assert COMMAND.read(["program", "--help"]).words == ["program", "--help"]
