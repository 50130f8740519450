"""Splitting a line into words, as other shells do: quotes keep blanks, a backslash takes what follows as it is.

From a `#` at the beginning of a word on, everything is a comment.
"""

import shlex

from seattle.shell.errors import Unfit


def split(line: str) -> list[str]:
    """The words of a line. Raises Unfit for a quote that is not closed."""
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    try:
        return list(lexer)
    except ValueError as why:
        raise Unfit("a quote is not closed", hint="write \\' or \\\" for a quote that is meant as a letter") from why


def quoted(word: str) -> str:
    """A word as it has to be typed."""
    return shlex.quote(word) if any(letter.isspace() or letter in "'\"\\#" for letter in word) or not word else word
