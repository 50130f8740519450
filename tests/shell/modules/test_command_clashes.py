"""Commands that can't be told from each other."""

import pytest

from seattle.shell.call import Call
from seattle.shell.command_table import Command, CommandTable


async def work(call: Call) -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    ("there", "new"),
    [
        ("stop", "stop"),
        ("upload FILE", "upload TARGET"),
        ("upload FILE [NAME]", "upload WORD OTHER"),
        ("run FILE [ARGUMENT...]", "run PROGRAM FIRST SECOND"),
        ("show user|users", "show users"),
        ("give A to B", "give to A B"),  # `give to to b`
        ("show [NAME...]", "show WORD"),
    ],
)
def test_given_two_commands_that_some_words_fit_alike_when_they_are_compared_then_they_clash(
    there: str, new: str
) -> None:
    table, other = CommandTable([Command(there, work, "")]), Command(new, work, "")
    assert [(one.syntax, old.syntax) for one, old in table.clashes([other])] == [(new, there)]


@pytest.mark.parametrize(
    ("there", "new"),
    [
        ("stop", "start"),
        ("show log", "show log to PREFIX"),
        ("show log to PREFIX", "show NAME to PREFIX"),  # the one with more words of its own counts
        ("run FILE [ARGUMENT...]", "run fast FILE"),
        ("upload FILE", "upload FILE NAME"),
        ("show user", "show owner"),
    ],
)
def test_given_two_commands_of_which_always_one_is_meant_when_they_are_compared_then_they_don_t_clash(
    there: str, new: str
) -> None:
    assert CommandTable([Command(there, work, "")]).clashes([Command(new, work, "")]) == []
